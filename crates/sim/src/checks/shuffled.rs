//! EN2: the order of arrival inside the lateness changes nothing that settled rules find.

use super::Check;
use crate::{
    draw::Dice,
    life::{Act, Life},
    lived::Lived,
    run::{Difference, run, same_but_for_when},
};
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "shuffled",
    about: "permuting arrivals inside the lateness changes nothing that settled rules find",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let in_time =
        life.clocks_set_right().settled_only().told_once().registry_in_time().in_time().until_settled();
    let straight = run(&in_time);
    if straight.counters().late > 0 {
        return Err(Difference::of("a reading that arrives when it is observed counts as late"));
    }
    for round in 0..2 {
        let other = run(&shuffled(&in_time, round));
        if other.counters().late > 0 {
            return Err(Difference::of("a reading inside the lateness counts as late"));
        }
        same_but_for_when(&straight.found, &other.found)?;
    }
    Ok(())
}

fn shuffled(in_time: &Life, round: u32) -> Life {
    let mut life = in_time.clone();
    let mut heard: BTreeMap<String, i64> = BTreeMap::new();
    for act in &mut life.acts {
        let Act::Said(s) = act else { continue };
        // A source that was never heard holds nothing back: until then everybody's shortest lateness counts (WM2).
        let known = heard.get(&s.source).is_some_and(|at| *at <= s.observed());
        let lateness =
            if known { in_time.timing.of(&s.source).0 } else { in_time.timing.shortest_lateness() };
        let mut dice = Dice::child(in_time.seed, &format!("shuffled {round} {}", s.reading.id));
        s.received = s.observed() + dice.between(0, lateness);
        let first = heard.entry(s.source.clone()).or_insert(s.received);
        *first = (*first).min(s.received);
    }
    life.sorted()
}
