//! EN4, SN1, SN2: killed anywhere and started again from a snapshot of then or of before, it goes on as if nothing
//! had happened.

use super::Check;
use crate::{
    draw::Dice,
    lived::Lived,
    run::{Difference, Ran, same_to_the_letter},
};
use linli_engine::Engine;
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "killed",
    about: "a snapshot at any position, restored, goes on with the same findings and counters; an older one, too",
    run: check,
    behind: None,
};

/// Lives as short as this are cut everywhere.
const SHORT: usize = 24;

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let mut dice = Dice::child(life.seed, "killed");
    let many = life.log().len();
    let cuts: Vec<usize> = if many <= SHORT {
        (0..=many).collect()
    } else {
        let mut cut = || {
            let cut = dice.below(many + 1);
            // Where it was killed makes no difference to a snapshot of before; drawn it is still, so that cuts stay where they were.
            dice.below(many - cut + 1);
            cut
        };
        (0..3).map(|_| cut()).collect()
    };
    let snapshots = snapshots(life, &cuts)?;
    for (cut, snapshot) in &snapshots {
        goes_on(life, *cut, snapshot).map_err(|mut d| {
            d.0.insert(0, format!("snapshot behind entry {cut} of {many}"));
            d
        })?;
    }
    Ok(())
}

/// By cut: a snapshot of then. The engine that gives them goes on to the end.
fn snapshots(life: &Lived<'_>, cuts: &[usize]) -> Result<BTreeMap<usize, Vec<u8>>, Difference> {
    let mut snapshots: BTreeMap<usize, Vec<u8>> = cuts.iter().map(|cut| (*cut, Vec::new())).collect();
    let (mut ran, mut from) = (Ran::of(Engine::from_config(life.config())), 0);
    for (cut, snapshot) in &mut snapshots {
        ran.go_on(&life.log()[from..*cut]);
        *snapshot = ran.engine.snapshot();
        from = *cut;
    }
    ran.go_on(&life.log()[from..]);
    same(life.undisturbed(), &ran).map_err(|mut d| {
        d.0.insert(0, "giving a snapshot disturbed it".to_owned());
        d
    })?;
    Ok(snapshots)
}

/// The snapshot is of `cut`; of what came after it nothing was committed.
fn goes_on(life: &Lived<'_>, cut: usize, snapshot: &[u8]) -> Result<(), Difference> {
    let whole = life.undisturbed();
    let engine = Engine::from_snapshot(life.config(), snapshot)
        .map_err(|e| Difference::of(format!("it cannot be restored: {e}")))?;
    if engine.snapshot() != snapshot {
        return Err(Difference::of("a restored engine gives another snapshot"));
    }
    let before = cut.checked_sub(1).map_or(0, |last| whole.behind[last]);
    let mut second = Ran::of(engine);
    second.found.extend_from_slice(&whole.found[..before]);
    second.go_on(&life.log()[cut..]);
    same(whole, &second)
}

fn same(whole: &Ran, other: &Ran) -> Result<(), Difference> {
    same_to_the_letter(&whole.found, &other.found)?;
    if whole.counters() != other.counters() {
        return Err(Difference(vec![
            "other counters:".to_owned(),
            format!("  one:   {:?}", whole.counters()),
            format!("  other: {:?}", other.counters()),
        ]));
    }
    Ok(())
}
