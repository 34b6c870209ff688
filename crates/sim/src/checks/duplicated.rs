//! EN3: whatever comes again changes nothing.

use super::Check;
use crate::{
    draw::Dice,
    lived::Lived,
    run::{Difference, run_entries, same_to_the_letter},
};
use linli_model::{Instant, LogEntry, ReadingBatch, ReadingId, SourceId};
use std::collections::{BTreeMap, BTreeSet};

pub const CHECK: Check = Check {
    name: "duplicated",
    about: "repeating readings, batches and registry entries changes nothing",
    run: check,
    behind: None,
};

/// Lives as short as this are repeated in every way.
const SHORT: usize = 24;

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    // What the life itself repeats, long after or with another content, has no effect.
    let without = run_entries(life, &told_once(life.log()));
    same_to_the_letter(&life.undisturbed().found, &without.found)?;
    repeated(life)
}

fn repeated(life: &Lived<'_>) -> Result<(), Difference> {
    let (entries, once) = (life.log(), life.undisturbed());
    let first = first_received(entries);
    let mut dice = Dice::child(life.seed, "duplicated");
    let (mut twice, mut extra) = (Vec::new(), 0);
    for (i, entry) in entries.iter().enumerate() {
        twice.push(entry.clone());
        let mut which: Vec<usize> = Vec::new();
        if entries.len() <= SHORT {
            which.extend(0..=i);
        } else {
            // The one just appended, or any that is still remembered.
            for _ in 0..dice.weighed(&[60, 30, 10]) {
                which.push(if dice.chance(50) { i } else { dice.below(i + 1) });
            }
        }
        for again in which {
            let Some(again) = as_of(&entries[again], entry, life.timing.window, &first) else { continue };
            if let LogEntry::Readings(b) = &again {
                extra += b.readings.len() as u64;
            }
            twice.push(again);
        }
    }
    let again = run_entries(life, &twice);
    same_to_the_letter(&once.found, &again.found)?;
    let (one, two) = (once.counters(), again.counters());
    let repeated = (two.duplicates + two.conflicts) - (one.duplicates + one.conflicts);
    if two.readings - one.readings != extra || repeated != extra {
        return Err(Difference::of(format!(
            "{extra} readings were repeated; the engine counted {} and took {repeated} as repeated",
            two.readings - one.readings
        )));
    }
    Ok(())
}

type Ids = BTreeMap<(SourceId, ReadingId), Instant>;

fn first_received(entries: &[LogEntry]) -> Ids {
    let mut first = Ids::new();
    for entry in entries {
        if let LogEntry::Readings(b) = entry {
            for r in &b.readings {
                first.entry((b.source.clone(), r.id.clone())).or_insert(b.received_at);
            }
        }
    }
    first
}

/// An entry as it comes again now; None when its readings may be forgotten.
fn as_of(again: &LogEntry, now: &LogEntry, window: i64, first: &Ids) -> Option<LogEntry> {
    let LogEntry::Readings(b) = again else { return Some(again.clone()) };
    let received_at = match now {
        LogEntry::Registry(_) => return None,
        now => now.logged_at(),
    };
    let remembered = |id: &ReadingId| {
        first.get(&(b.source.clone(), id.clone())).is_some_and(|at| (received_at - *at).0 <= window)
    };
    let all = b.readings.iter().all(|r| remembered(&r.id));
    all.then(|| LogEntry::Readings(ReadingBatch { received_at, ..b.clone() }))
}

/// Without the readings whose id came before; a batch that is left without any is a tick.
fn told_once(entries: &[LogEntry]) -> Vec<LogEntry> {
    let mut seen = BTreeSet::new();
    let once = entries.iter().map(|entry| match entry {
        LogEntry::Readings(b) => {
            let mut b = b.clone();
            b.readings.retain(|r| seen.insert((b.source.clone(), r.id.clone())));
            if b.readings.is_empty() { LogEntry::Tick { at: b.received_at } } else { LogEntry::Readings(b) }
        }
        other => other.clone(),
    });
    once.collect()
}
