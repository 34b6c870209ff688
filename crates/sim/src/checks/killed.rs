//! EN4, SN1, SN2: killed anywhere and started again from a snapshot of then or of before, it goes on as if nothing
//! had happened.

use super::Check;
use crate::{
    draw::Dice,
    life::Life,
    run::{Difference, Ran, run_entries, same_to_the_letter},
};
use linli_engine::Engine;
use linli_model::LogEntry;

pub const CHECK: Check = Check {
    name: "killed",
    about: "a snapshot at any position, restored, goes on with the same findings and counters; an older one, too",
    run: check,
    behind: None,
};

/// Lives as short as this are cut everywhere.
const SHORT: usize = 24;

fn check(life: &Life) -> Result<(), Difference> {
    let entries = life.entries();
    let whole = run_entries(life, &entries);
    let mut dice = Dice::child(life.seed, "killed");
    let many = entries.len();
    let cuts: Vec<(usize, usize)> = if many <= SHORT {
        (0..=many).flat_map(|cut| [(cut, cut), (cut, many)]).collect()
    } else {
        let mut cut = || {
            let cut = dice.below(many + 1);
            (cut, cut + dice.below(many - cut + 1))
        };
        (0..3).map(|_| cut()).collect()
    };
    for (cut, killed) in cuts {
        goes_on(life, &entries, &whole, cut, killed).map_err(|mut d| {
            d.0.insert(0, format!("snapshot behind entry {cut}, killed behind {killed} of {many}"));
            d
        })?;
    }
    Ok(())
}

/// The snapshot is of `cut`; it had gone on to `killed`, and of that nothing was committed.
fn goes_on(
    life: &Life,
    entries: &[LogEntry],
    whole: &Ran,
    cut: usize,
    killed: usize,
) -> Result<(), Difference> {
    let mut first = run_entries(life, &entries[..cut]);
    let snapshot = first.engine.snapshot();
    let before = first.found.len();
    first.go_on(&entries[cut..killed]);
    first.found.truncate(before);
    let engine = Engine::from_snapshot(life.config(), &snapshot)
        .map_err(|e| Difference::of(format!("it cannot be restored: {e}")))?;
    if engine.snapshot() != snapshot {
        return Err(Difference::of("a restored engine gives another snapshot"));
    }
    let mut second = Ran { engine, found: first.found };
    second.go_on(&entries[cut..]);
    same_to_the_letter(&whole.found, &second.found)?;
    if whole.counters() != second.counters() {
        return Err(Difference(vec![
            "other counters:".to_owned(),
            format!("  one:   {:?}", whole.counters()),
            format!("  other: {:?}", second.counters()),
        ]));
    }
    Ok(())
}
