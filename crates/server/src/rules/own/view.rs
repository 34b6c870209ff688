//! An own rule as its page shows it.

use super::Ground;
use crate::{
    cases::view::area,
    labels::{own_stage as stage, say},
    problem::Answer,
    state::ServerState,
};
use linli_api::own_rule::*;
use linli_model::{Diagnostic, OwnRule, OwnRun};
use linli_rule::own::{Asker, Weighed, available};

/// Of rules about persons, fewer are not shown (G13).
const HIDDEN_BELOW: u64 = 5;

pub(super) async fn view(
    state: &ServerState,
    ground: &Ground,
    rule: &OwnRule,
    asker: &Asker,
) -> Answer<OwnRuleView> {
    let read = ground.read(rule);
    let weighed: Vec<Weighed> = read.iter().map(|r| r.weighed.clone()).collect();
    let newest = read.last();
    let plan = newest.and_then(|r| r.plan.as_ref().ok());
    let mistakes = newest.and_then(|r| r.plan.as_ref().err()).map_or(&[][..], Vec::as_slice);
    let actions = available(rule, &weighed, asker, &ground.around(Some(rule)), ground.bounds());
    let about = |version: u32| weighed.iter().any(|w| w.version == version && w.about_persons);
    let run = async |run: &Option<OwnRun>, shadow: bool| -> Answer<Option<OwnRunView>> {
        let Some(run) = run else { return Ok(None) };
        let n = state.store.findings_made(&rule.code(shadow), run.version).await?;
        let findings = (!about(run.version) || n == 0 || n >= HIDDEN_BELOW).then_some(n);
        let (since, by) = (run.since.to_string(), run.by.name.clone());
        Ok(Some(OwnRunView { version: run.version, since, by, findings }))
    };
    Ok(OwnRuleView {
        area: area(&ground.areas, &rule.area),
        rule: rule.rule.clone(),
        code: rule.code(false),
        name: plan.map_or_else(|| rule.rule.clone(), |p| say(&p.name)),
        revision: rule.revision,
        stage: stage(rule.stage()),
        on: run(&rule.on, false).await?,
        shadow: run(&rule.shadow, true).await?,
        version: rule.newest().map_or(0, |v| v.version),
        text: rule.newest().map_or_else(String::new, |v| v.text.clone()),
        mistakes: mistakes.iter().map(mistake).collect(),
        cost: newest.filter(|r| r.plan.is_ok()).map(|r| r.weighed.cost),
        cost_max: ground.bounds().cost_rule_max,
        about_persons: newest.is_some_and(|r| r.weighed.about_persons),
        versions: rule
            .versions
            .iter()
            .map(|v| OwnVersionView {
                version: v.version,
                saved_at: v.saved_at.to_string(),
                authors: v.authors.iter().map(|a| a.name.clone()).collect(),
                text: v.text.clone(),
            })
            .collect(),
        moves: rule
            .moves
            .iter()
            .rev()
            .map(|m| OwnMoveView {
                at: m.at.to_string(),
                by: m.by.name.clone(),
                to: stage(m.to),
                version: m.version,
                consent: m.consent.clone(),
            })
            .collect(),
        actions: actions
            .into_iter()
            .map(|a| OwnActionView {
                action: a.want.code().to_owned(),
                label: say(&a.want.label()),
                version: a.version,
                enabled: a.refused.is_none(),
                reason: a.refused.map(|r| say(&r.message)),
                needs_consent: a.needs_consent,
            })
            .collect(),
        may_write: asker.composes,
    })
}

fn mistake(d: &Diagnostic) -> OwnMistake {
    OwnMistake {
        code: d.code.clone(),
        field: d.field.clone(),
        line: d.span.map(|s| s.line),
        column: d.span.map(|s| s.column),
        message: say(&d.message),
        suggestion: d.suggestion.as_ref().map(say),
    }
}
