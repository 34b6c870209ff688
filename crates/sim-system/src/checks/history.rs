//! HS1, HS2: what is in Parquet is what is in the log; engines over the past as Parquet has it find what was found live.

use super::{Check, none_of};
use crate::{run::Lived, street};
use linli_model::{AreaTree, DeviceId, Finding, LogEntry, Position, ReadingBatch, RegistryChange};
use linli_runtime::engines::Engines;
use linli_sim::run::{Difference, same_to_the_letter};
use std::collections::{BTreeMap, BTreeSet};

pub const CHECK: Check = Check {
    name: "history",
    about: "the history has each reading of the log once, and a replay of it finds what was found live",
    run: check,
    again: None,
};

type Line = (Position, String);

fn check(lived: &Lived) -> Result<(), Difference> {
    let known = devices(lived);
    let mut wanted: Vec<Line> = Vec::new();
    for (position, entry) in &lived.kept.log {
        if let LogEntry::Readings(batch) = entry {
            let known = batch.readings.iter().filter(|r| known.contains(&r.device));
            wanted
                .extend(known.map(|r| (*position, format!("{} {} {r:?}", batch.source, batch.received_at))));
        }
    }
    let mut there: Vec<Line> = lived
        .history
        .iter()
        .map(|r| (r.position, format!("{} {} {:?}", r.source, r.received_at, r.reading)))
        .collect();
    wanted.sort();
    there.sort();
    let lines = differences(&wanted, &there);
    if !lines.is_empty() {
        return none_of(lines);
    }
    same_to_the_letter(&lived.undisturbed, &replayed(lived))
}

/// Devices the registry has ever named: readings of others are in no residential area.
fn devices(lived: &Lived) -> BTreeSet<DeviceId> {
    let of = |c: &RegistryChange| match c {
        RegistryChange::DeviceSet(device) => Some(device.id.clone()),
        _ => None,
    };
    lived.registry.iter().filter_map(|e| of(&e.change)).collect()
}

fn differences(wanted: &[Line], there: &[Line]) -> Vec<String> {
    let mut left: BTreeMap<&Line, i64> = BTreeMap::new();
    wanted.iter().for_each(|l| *left.entry(l).or_default() += 1);
    there.iter().for_each(|l| *left.entry(l).or_default() -= 1);
    let say = |(line, n): (&Line, i64)| {
        let which = if n > 0 { "only in the log" } else { "only in the history" };
        format!("{which} ({} times): {} {}", n.abs(), line.0, line.1)
    };
    left.into_iter().filter(|(_, n)| *n != 0).map(say).collect()
}

/// The log once more, with its readings taken from the history instead.
fn replayed(lived: &Lived) -> Vec<Finding> {
    let areas = AreaTree::from_areas(street::areas());
    let mut past: BTreeMap<Position, ReadingBatch> = BTreeMap::new();
    for row in &lived.history {
        let batch = past.entry(row.position).or_insert_with(|| ReadingBatch {
            source: row.source.clone(),
            received_at: row.received_at,
            readings: Vec::new(),
            quarantined: Vec::new(),
        });
        batch.readings.push(row.reading.clone());
    }
    let mut engines = Engines::with_timing(lived.timing.clone());
    let mut found = Vec::new();
    for (position, entry) in &lived.kept.log {
        match entry {
            LogEntry::Readings(live) => {
                let Some(mut batch) = past.remove(position) else { continue };
                // Parquet sorts by time of observation; within a message the order of its rows is the log's.
                let place = |id: &linli_model::ReadingId| live.readings.iter().position(|r| r.id == *id);
                batch.readings.sort_by_key(|r| place(&r.id));
                engines.step(&LogEntry::Readings(batch), &areas, &mut found);
            }
            other => engines.step(other, &areas, &mut found),
        }
    }
    found
}
