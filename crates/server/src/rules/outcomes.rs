//! How often a street rule was right, all in all and area by area, and where it stands.
//!
//! Invariants
//! - OC1 The figures of the whole are for everybody who works here (G8); areas are the caller's own, and none of fewer
//!   than five outcomes is shown, nor the whole where it would tell them (PC4 of the indicators).

use super::precision::{self, estate};
use crate::{
    cases::view::area,
    labels::say,
    problem::Answer,
    state::ServerState,
    who::{Who, lang},
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    page::Coded,
    rule::{OutcomeArea, OutcomeShare, OutcomesView, SuspensionView},
};
use linli_indicator::precision::{Outcomes, by_area, differs, said, total};
use linli_model::{AreaId, Hand, Instant, SuspensionStep, Text};
use std::collections::BTreeMap;

#[utoipa::path(get, path = "/rules/{rule}/outcomes", operation_id = "getRuleOutcomes", tag = "rules",
    params(("rule" = String, Path)), responses((status = 200, body = OutcomesView), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
) -> Answer<Json<OutcomesView>> {
    Ok(Json(view(&state, &who, &rule).await?))
}

pub(super) async fn view(state: &ServerState, who: &Who, rule: &str) -> Answer<OutcomesView> {
    who.check_anywhere(state, Action::RuleTry)?;
    let standing = precision::standing(state, rule).await?;
    let plan = linli_rule::check(&standing.text, &state.catalogue)?;
    let cases = precision::cases(state, &standing).await?;
    let all = Outcomes::of(&cases);
    let areas = state.areas().await?;
    let mine = who.areas(state, Action::RuleTry);
    let mut by: BTreeMap<AreaId, Outcomes> = BTreeMap::new();
    for case in cases.iter().filter(|c| mine.iter().any(|m| c.area_path.within(m))) {
        if let (Some(id), true) = (estate(&areas, case), said(case).is_some()) {
            let sum = by.entry(id).or_default();
            let one = Outcomes::of([case]);
            (sum.n, sum.confirmed) = (sum.n + one.n, sum.confirmed + one.confirmed);
        }
    }
    let rows = by_area(by);
    let whole = total(all, &rows);
    let rows = rows.into_iter().map(|(id, outcomes)| OutcomeArea {
        area: area(&areas, &id),
        share: outcomes.map(share),
        differs: whole.zip(outcomes).is_some_and(|(all, o)| differs(o, all)),
    });
    let owner = precision::streets(&areas).iter().all(|s| who.check(state, Action::RuleApprove, s).is_ok());
    let asked_by_me = standing.asked.as_ref().is_some_and(|(by, _)| by.user == who.user.id);
    let (code, label) = precision::verdict(all, plan.suspects);
    Ok(OutcomesView {
        rule: standing.rule.clone(),
        version: standing.version,
        since: standing.since.to_string(),
        suspects: plan.suspects,
        all: whole.map(share),
        sentence: whole.map_or_else(hidden, precision::sentence).get(lang()).to_owned(),
        verdict: Coded::new(code, say(&label)),
        areas: rows.collect(),
        suspended: standing.suspended,
        asked: standing.asked.as_ref().map(|(by, reason)| format!("{}:{reason}", by.name)),
        may_ask: standing.suspended && standing.asked.is_none() && owner,
        may_grant: standing.suspended && standing.asked.is_some() && owner && !asked_by_me,
        steps: standing.steps.iter().rev().map(step).collect(),
    })
}

fn hidden() -> Text {
    Text::new(
        "结果还少:合计不显示,否则能推出某个区域不足 5 个的结果。",
        "Few outcomes yet: their sum is not shown, because it would tell an area's that are fewer than five.",
    )
}

fn share(o: Outcomes) -> OutcomeShare {
    let wrong = o.share().map(|s| 1.0 - s);
    OutcomeShare { n: o.n, confirmed: o.confirmed, false_alarms: wrong, lower: o.lower(), upper: o.upper() }
}

fn step((at, version, step): &(Instant, u32, SuspensionStep)) -> SuspensionView {
    let said = |by: &Hand, zh: &str, en: &str, reason: &str| {
        Text::new(format!("{} {zh}:{reason}", by.name), format!("{} {en}: {reason}", by.name))
    };
    let (code, text) = match step {
        SuspensionStep::Suspended { n, confirmed, upper_permille, told } => {
            let upper = precision::percent(f64::from(*upper_permille) / 1_000.0);
            let (zh, en) = (told.join("、"), told.join(", "));
            let text = Text::new(
                format!("自动停用:{n} 个结果中 {confirmed} 个属实,上界 {upper},低于 30 %。已告知:{zh}"),
                format!(
                    "Suspended by itself: {confirmed} of {n} outcomes confirmed, upper bound {upper}, below 30 %. Told: {en}"
                ),
            );
            ("suspended", text)
        }
        SuspensionStep::Asked { by, reason } => ("asked", said(by, "申请恢复", "asked for it back", reason)),
        SuspensionStep::Granted { by, reason, .. } => {
            ("granted", said(by, "同意恢复", "switched it on again", reason))
        }
    };
    SuspensionView {
        at: at.to_string(),
        version: *version,
        step: code.to_owned(),
        sentence: text.get(lang()).to_owned(),
    }
}
