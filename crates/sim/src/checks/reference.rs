//! The simplest operators against a slow and obviously right way to find the same episodes.

use super::Check;
use crate::{
    life::{Change, DAY_ONE},
    lived::Lived,
    reference::{Episode, History},
    rules::{Drawn, find_kind},
    run::{Difference, net, run, same_set},
};
use linli_model::{RegistryChange, own_code};

pub const CHECK: Check = Check {
    name: "reference",
    about: "a slow, obviously right way over the whole history finds the same episodes",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    // Retiring a device ends what is open about it: that is about devices, not about the operator.
    let life = life.clocks_set_right().settled_only().told_once().rules_for_good().never_retired();
    let life = life.registry_in_time().untied().in_time().until_settled();
    let ran = run(&life);
    let found = net(&ran.found)?;
    let Some(end) = ran.engine.watermark() else { return Ok(()) };
    let history = History::of(&life, end.0);
    // By which code it runs as drawn, in the whole of the partition; of a part the slow way knows nothing.
    let runs_as = |rule: &Drawn| {
        let code_of = |c: &Change| match &c.what {
            RegistryChange::RuleSet { text, .. } => (*text == rule.text).then(|| rule.rule.clone()),
            RegistryChange::AreaRuleSet { area, text, shadow, .. } if rule.own == Some("") => {
                (*text == rule.text).then(|| own_code(&rule.rule, area, *shadow))
            }
            _ => None,
        };
        life.changes().filter(|c| c.effective == DAY_ONE).find_map(code_of)
    };
    for (rule, code) in life.rules.iter().filter_map(|r| Some((r, runs_as(r)?))) {
        let expected = find_kind(rule.kind).and_then(|k| k.reference).and_then(|r| r(rule, &history));
        let Some(mut expected) = expected else { continue };
        // What was over before the rule came is not told.
        expected.retain(|e| e.end.is_none_or(|end| end >= DAY_ONE));
        expected.sort();
        let of_rule: Vec<Episode> = found
            .iter()
            .filter(|f| f.rule == code && f.kind == "signal")
            .map(|f| Episode { subject: f.subject.clone(), start: f.start, end: f.end })
            .collect();
        same_set(("engine", "reference"), &of_rule, &expected).map_err(|mut d| {
            d.0.insert(0, format!("rule {}", rule.rule));
            d
        })?;
    }
    Ok(())
}
