//! IK1, LG1, LG3: what was acknowledged is there, once for each time it was taken; what is there was sent.

use super::{Check, none_of};
use crate::run::Lived;
use linli_model::{LogEntry, Millis, Position, ReadingBatch, RegistryChange, RegistryEntry, SourceId};
use linli_sim::run::Difference;
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "acknowledged",
    about: "what was acknowledged is in the log, in the registry and in quarantine, and nothing else is",
    run: check,
    again: None,
};

fn check(lived: &Lived) -> Result<(), Difference> {
    let mut lines = log_is_as_written(lived);
    lines.extend(messages(lived));
    lines.extend(registry(lived));
    lines.extend(quarantine(lived));
    lines.extend(commands(lived));
    none_of(lines)
}

/// What is still in the log is what was written there; what is gone was done with and old enough.
fn log_is_as_written(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    let kept: BTreeMap<Position, &LogEntry> = lived.log.iter().map(|(p, e)| (*p, e)).collect();
    let first = kept.keys().next().copied().unwrap_or(Position::MAX);
    let done =
        ["engine", "engine_snapshot", "history"].map(|n| lived.checkpoints.get(n).copied().unwrap_or(0));
    let done = done.into_iter().min().unwrap_or(0);
    let oldest = lived.now - Millis::days(i64::from(crate::generate::window_days(lived.life.window)));
    for (position, entry) in &lived.kept.log {
        match kept.get(position) {
            Some(there) if *there == entry => {}
            Some(_) => lines.push(format!("position {position} reads otherwise than it was written")),
            None if *position < first && *position <= done && entry.logged_at() <= oldest => {}
            None => lines.push(format!("position {position} is gone: {}", short(entry))),
        }
    }
    let written = |p: &&Position| !lived.kept.log.contains_key(p);
    lines.extend(kept.keys().filter(written).map(|p| format!("position {p} was never written")));
    lines
}

fn batches(lived: &Lived) -> impl Iterator<Item = (Position, &ReadingBatch)> {
    lived.kept.log.iter().filter_map(|(p, e)| match e {
        LogEntry::Readings(batch) => Some((*p, batch)),
        _ => None,
    })
}

fn messages(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    for message in &lived.kept.acknowledged {
        let there = match lived.kept.log.get(&message.position) {
            Some(LogEntry::Readings(batch)) => {
                batch.source == message.source
                    && batch.readings == message.readings
                    && batch.quarantined.len() == message.quarantined
            }
            _ => false,
        };
        if !there {
            lines.push(format!("acknowledged at position {}, and not there", message.position));
        }
    }
    let mut found: BTreeMap<(SourceId, String), u32> = BTreeMap::new();
    for (_, batch) in batches(lived) {
        for reading in &batch.readings {
            *found.entry((batch.source.clone(), reading.id.to_string())).or_default() += 1;
        }
    }
    for (id, times) in found {
        let sent = lived.kept.sent.get(&id).copied().unwrap_or(0);
        if times > sent {
            lines.push(format!("{} {} was sent {sent} times and is there {times} times", id.0, id.1));
        }
    }
    lines
}

/// Each change that was answered is numbered once, and reaches the log in its order.
fn registry(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    let stored: Vec<&RegistryEntry> = lived.registry.iter().collect();
    for change in lived.kept.registry.values() {
        if !stored.iter().any(|e| e.change == *change) {
            lines.push(format!("answered and not in the registry: {change:?}"));
        }
    }
    // What the habits loop learned nobody asked for.
    let asked = |e: &RegistryEntry| {
        let learned = matches!(e.change, RegistryChange::DeviceLearned { .. });
        !learned || lived.kept.registry.values().any(|c| *c == e.change)
    };
    let answered = stored.iter().filter(|e| asked(e)).count();
    if answered != lived.kept.registry.len() {
        lines.push(format!(
            "{} changes were answered, {answered} are in the registry",
            lived.kept.registry.len()
        ));
    }
    let mut newest = 0;
    let mut logged: BTreeMap<u64, &RegistryEntry> = BTreeMap::new();
    for entry in lived.kept.log.values() {
        let LogEntry::Registry(entry) = entry else { continue };
        if entry.seq > newest + 1 {
            lines.push(format!("the log has registry change {} behind {newest}", entry.seq));
        }
        newest = newest.max(entry.seq);
        logged.insert(entry.seq, entry);
    }
    for entry in stored {
        if logged.get(&entry.seq) != Some(&entry) {
            lines.push(format!("registry change {} is not in the log as it was stored", entry.seq));
        }
    }
    lines
}

/// What could not be read, and what came under an id that was taken, is before a person's eyes, once.
fn quarantine(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    let there: BTreeMap<&str, _> = lived.quarantine.iter().map(|q| (q.id.as_str(), &q.row)).collect();
    for (position, batch) in batches(lived) {
        for row in &batch.quarantined {
            let id = format!("{position}-{}", row.row);
            if there.get(id.as_str()) != Some(&row) {
                lines.push(format!("row {id} of the log is not in quarantine"));
            }
        }
    }
    for id in there.keys().filter(|id| !lived.kept.quarantine.contains_key(**id)) {
        lines.push(format!("quarantine {id} comes from nowhere"));
    }
    lines
}

/// A command that was answered took effect, and under one key it did so once.
fn commands(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    for (case, mark, version) in &lived.kept.done {
        let there = lived.facts.get(case).is_some_and(|facts| facts.len() >= *version as usize);
        if !there {
            lines.push(format!(
                "command {mark} was answered with version {version} of {case}, which is not there"
            ));
        }
    }
    let said: Vec<String> =
        lived.facts.values().flatten().map(|f| serde_json::to_string(&f.fact).unwrap_or_default()).collect();
    for mark in &lived.kept.marks {
        let carrying = lived.kept.commits.iter().filter(|c| {
            c.cases
                .iter()
                .any(|(_, facts)| facts.iter().any(|f| format!("{:?}", f.fact).contains(mark.as_str())))
        });
        let times = carrying.count();
        if times > 1 {
            lines.push(format!("command {mark} took effect {times} times"));
        }
        if times == 1 && !said.iter().any(|s| s.contains(mark.as_str())) {
            lines.push(format!("command {mark} was committed and is not among the facts"));
        }
    }
    lines
}

fn short(entry: &LogEntry) -> String {
    format!("{entry:?}").chars().take(120).collect()
}
