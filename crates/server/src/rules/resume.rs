//! A suspended rule comes back: one who answers for it asks with a reason, another one agrees.
//!
//! Invariants
//! - RS1 Nobody grants what they asked for, and nothing comes back without a reason (four eyes).
//! - RS2 What comes back is the text that was suspended; its outcomes are counted from then on (SU2 of the model).

use super::{outcomes, precision};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    rule::{OutcomesView, ResumeAsk},
};
use linli_model::{Diagnostic, Hand, Refusal, RegistryChange, RuleStanding, SuspensionStep, Text};
use linli_store::{Change, Commit, Guard};

const REASON_CHARS_MAX: usize = 500;
/// Steps of suspensions, one after the other: two at once cannot both count.
pub const SUSPENSIONS: &str = "rule_suspensions";

#[utoipa::path(post, path = "/rules/{rule}/resume", operation_id = "askRuleBack", tag = "rules",
    params(("rule" = String, Path)), request_body = ResumeAsk, responses((status = 200, body = OutcomesView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn ask(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Json(ask): Json<ResumeAsk>,
) -> Answer<Json<OutcomesView>> {
    let (standing, reached) = suspended(&state, &who, &rule).await?;
    let reason = ask.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Diagnostic::new(
            "reason_needed",
            "reason",
            "请写明为什么恢复(500 字以内)",
            "say why it should come back, in at most 500 characters",
        )
        .into());
    }
    if standing.asked.is_some() {
        return Err(
            Refusal::new("already_asked", "已有人申请恢复", "somebody has asked for it already").into()
        );
    }
    let by = hand(&who);
    let body = Text::new(format!("{}:{reason}", by.name), format!("{}: {reason}", by.name));
    let now = state.now();
    let title = Text::new(format!("申请恢复规则 {rule}"), format!("Rule {rule} is asked back"));
    let others = precision::owners(&state).await?.into_iter().filter(|p| p.user != by.user);
    let notices = others
        .map(|p| precision::notice(&standing, &p, ("rule_asked_back", title.clone()), body.clone(), now));
    let mut changes: Vec<Change> = notices.map(Change::NoticeAdd).collect();
    changes.push(step(&state, &standing, SuspensionStep::Asked { by, reason: reason.to_owned() }));
    commit(&state, changes, reached).await?;
    Ok(Json(outcomes::view(&state, &who, &rule).await?))
}

#[utoipa::path(post, path = "/rules/{rule}/resume/grant", operation_id = "grantRuleBack", tag = "rules",
    params(("rule" = String, Path)), responses((status = 200, body = OutcomesView), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn grant(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
) -> Answer<Json<OutcomesView>> {
    let (standing, reached) = suspended(&state, &who, &rule).await?;
    let Some((asked_by, reason)) = standing.asked.clone() else {
        return Err(Refusal::new("nobody_asked", "还没有人申请恢复", "nobody has asked for it back").into());
    };
    if asked_by.user == who.user.id {
        return Err(Refusal::new(
            "second_person",
            "这是您自己申请的,须由另一位负责人同意",
            "you asked for it yourself; somebody else who answers for it has to agree",
        )
        .into());
    }
    let back = RegistryChange::RuleSet {
        pack: standing.pack.clone(),
        rule: standing.rule.clone(),
        version: standing.version,
        text: standing.text.clone(),
    };
    let changes = vec![
        step(&state, &standing, SuspensionStep::Granted { by: hand(&who), asked_by, reason }),
        Change::Registry { effective_at: state.now(), change: Box::new(back) },
    ];
    commit(&state, changes, reached).await?;
    Ok(Json(outcomes::view(&state, &who, &rule).await?))
}

fn hand(who: &Who) -> Hand {
    Hand { user: who.user.id, name: who.user.name.clone() }
}

fn step(state: &ServerState, standing: &RuleStanding, step: SuspensionStep) -> Change {
    let (rule, version) = (standing.rule.clone(), standing.version);
    let change = RegistryChange::RuleSuspension { rule, version, step };
    Change::Registry { effective_at: state.now(), change: Box::new(change) }
}

/// A suspended rule of somebody who answers for it, with how far the steps have come.
async fn suspended(state: &ServerState, who: &Who, rule: &str) -> Answer<(RuleStanding, u64)> {
    let areas = state.areas().await?;
    for street in precision::streets(&areas) {
        who.check(state, Action::RuleApprove, street)?;
    }
    who.check_anywhere(state, Action::RuleApprove)?;
    // Read first: what is committed after it lets the commit fail.
    let reached = state.store.checkpoint(SUSPENSIONS).await?.position;
    let standing = precision::standing(state, rule).await?;
    if !standing.suspended {
        return Err(Refusal::new("not_suspended", "规则没有停用", "the rule is not suspended").into());
    }
    Ok((standing, reached))
}

async fn commit(state: &ServerState, mut changes: Vec<Change>, reached: u64) -> Answer<()> {
    changes.push(Change::CheckpointSet { name: SUSPENSIONS.into(), position: reached + 1, snapshot: None });
    let guards = vec![Guard::Checkpoint(SUSPENSIONS.into(), reached)];
    let commit = Commit { at: state.now(), guards, changes, idempotency: None };
    state.store.commit(commit).await.map_err(ApiError::from)?;
    (state.devices_changed)();
    Ok(())
}
