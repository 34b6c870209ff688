//! What the versions of an own rule changed, one against the other.
//!
//! Invariants
//! - OX1 Versions are compared as rules, not as texts (DF1), whether areas may still compose them so or not.
//! - OX2 One that cannot be read is compared with none; the next one is compared with the last that can.

use super::place;
use crate::{
    cases::view::area,
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_api::{Problem, own_rule::*};
use linli_model::{OwnRule, Text};
use linli_rule::{Difference, RulePlan, RuleVersion};
use std::sync::Arc;

#[utoipa::path(get, path = "/own-rules/{area}/{rule}/versions", operation_id = "listOwnRuleVersions", tag = "rules",
    params(("area" = String, Path), ("rule" = String, Path)),
    responses((status = 200, body = OwnHistoryView), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Path((at, rule)): Path<(String, String)>,
) -> Answer<Json<OwnHistoryView>> {
    let (at, ground) = place(&state, &who, &at).await?;
    let rule = ground.find(&at.id, &rule).ok_or(ApiError::NotFound)?;
    let on = rule.on.as_ref().map(|on| on.version);
    let view = OwnHistoryView {
        area: area(&ground.areas, &rule.area),
        rule: rule.rule.clone(),
        on,
        versions: changes(&state, rule, on),
    };
    Ok(Json(view))
}

/// Newest first.
fn changes(state: &ServerState, rule: &OwnRule, on: Option<u32>) -> Vec<OwnVersionChanges> {
    let plans: Vec<Option<Arc<RulePlan>>> =
        rule.versions.iter().map(|v| linli_rule::check(&v.text, &state.catalogue).ok()).collect();
    let read: Vec<(u32, Option<RuleVersion<'_>>)> = rule
        .versions
        .iter()
        .zip(&plans)
        .map(|(v, plan)| (v.version, plan.as_ref().map(|p| RuleVersion::of(p, &state.catalogue))))
        .collect();
    let readable = |version: u32| read.iter().find(|r| r.0 == version).and_then(|r| r.1.as_ref());
    let running = on.and_then(|v| Some((v, readable(v)?)));
    let all = |found: Vec<Difference>| found.into_iter().map(|d| told(state, d)).collect::<Vec<_>>();
    let mut views = Vec::new();
    let mut before: Option<(u32, &RuleVersion<'_>)> = None;
    for (v, (version, this)) in rule.versions.iter().zip(&read) {
        let both = before.zip(this.as_ref());
        let back = running.zip(this.as_ref()).filter(|((on, _), _)| on != version);
        views.push(OwnVersionChanges {
            version: v.version,
            saved_at: v.saved_at.to_string(),
            authors: v.authors.iter().map(|a| a.name.clone()).collect(),
            readable: this.is_some(),
            before: both.map(|((version, _), _)| version),
            changes: both.map_or_else(Vec::new, |((_, was), is)| all(is.differences(was))),
            back: back.map(|((_, now), is)| all(is.differences(now))),
        });
        before = this.as_ref().map(|is| (*version, is)).or(before);
    }
    views.reverse();
    views
}

fn told(state: &ServerState, mut difference: Difference) -> OwnChange {
    if difference.place == "case_class" {
        difference.was = difference.was.map(|code| class(state, code));
        difference.is = difference.is.map(|code| class(state, code));
    }
    OwnChange { text: say(&difference.said()), place: difference.place }
}

/// A class as cases call it.
fn class(state: &ServerState, code: Text) -> Text {
    state.classes.classes.iter().find(|c| c.code == code.en).map_or(code, |c| c.label.clone())
}
