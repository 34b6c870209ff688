//! Late is never dropped: inside the correction window, what stands in the end is what would stand had all been in
//! time.

use super::Check;
use crate::{
    life::{Change, Life, rule_of},
    lived::Lived,
    run::{Difference, Net, net, run, same_set, say},
};
use linli_model::{Finding, RegistryChange};
use std::collections::BTreeSet;

pub const CHECK: Check = Check {
    name: "late_is_in_time",
    about: "readings and registry changes late inside the window: the net findings are those of a life in time",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let late =
        life.clocks_set_right().settled_only().told_once().no_fast_clocks().within_window().until_settled();
    let short_sighted = short_sighted(&late);
    let mut in_time = late.in_time();
    in_time.end = late.end;
    let (late, in_time) = (run(&late), run(&in_time));
    if late.counters().late_beyond_window > 0 {
        return Err(Difference::of("a reading inside the window counts as beyond it"));
    }
    let compared = |found: &[Finding]| -> Result<Vec<Net>, Difference> {
        let of = |net: &Net, rule: &String| net.rule.split(['~', '@']).next() == Some(rule);
        Ok(net(found)?.into_iter().filter(|n| !short_sighted.iter().any(|rule| of(n, rule))).collect())
    };
    same_set(("late", "in time"), &compared(&late.found)?, &compared(&in_time.found)?).map_err(|mut d| {
        d.0.push(format!("late:    {:?}", late.counters()));
        d.0.push(format!("in time: {:?}", in_time.counters()));
        d.0.extend(late.found.iter().map(say));
        d
    })
}

/// Rules that were set late and would have looked back on something, had they been set in time, that is not kept any more
/// when they are (WA3).
fn short_sighted(life: &Life) -> BTreeSet<String> {
    let window = life.timing.window;
    let sets =
        |c: &&Change| matches!(c.what, RegistryChange::RuleSet { .. } | RegistryChange::AreaRuleSet { .. });
    let missed = |c: &&Change| {
        let gone = c.effective - window..c.logged - window;
        life.said().any(|s| gone.contains(&s.observed()))
    };
    let late = life.changes().filter(sets).filter(missed);
    late.filter_map(|c| rule_of(&c.what)).map(str::to_owned).collect()
}
