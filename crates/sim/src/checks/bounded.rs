//! OP2, DD2: what an engine keeps is bounded by the keys of its life, however long that goes on.

use super::Check;
use crate::{
    life::{Act, DAY, Life},
    lived::Lived,
    rules::Drawn,
    run::{Difference, Ran, run},
};
use linli_model::{Instant, LogEntry, Millis, ReadingId, RegistryChange, Value};
use std::collections::BTreeSet;

pub const CHECK: Check = Check {
    name: "bounded",
    about: "slots and snapshot stay within what the keys allow; the same life once more adds nothing",
    run: check,
    behind: None,
};

/// Bytes of a snapshot: of an engine without anything, per slot and operator in it, per reading an operator may keep
/// or that waits or whose id is remembered, per byte of a text that is kept as it is.
const BYTES_BARE: usize = 512;
const BYTES_SLOT: usize = 512;
const BYTES_READING: usize = 96;
const BYTES_NAME: usize = 512;
/// What was told in the correction window is remembered, to tell how it differs.
const BYTES_TOLD: usize = 512;
const CHUNK_READINGS: usize = 4096;
const CHUNK_BYTES_READING: usize = 32;
/// Areas a life has.
const PLACES_MAX: usize = 10;
/// How often a life is repeated until the engine's memory, twice the correction window where rules are set, is full.
const ROUNDS_REMEMBERED: i64 = 3;
/// How often a life is repeated until a baseline has as many samples of each hour as it remembers.
const ROUNDS_LEARNING: i64 = 10;
/// How often a life is repeated.
const ROUNDS: i64 = 4;

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let life = Life::clone(life).until_settled();
    let ran = run(&life);
    let keys = Keys::of(&life);
    let slots_max = keys.slots_max(&life);
    if ran.engine.slots() > slots_max {
        return Err(Difference::of(format!("{} slots, the keys allow {slots_max}", ran.engine.slots())));
    }
    let size_max = BYTES_BARE
        + slots_max * BYTES_SLOT
        + keys.names * BYTES_NAME
        + keys.texts
        + ran.found.len() * BYTES_TOLD
        + (1 + life.rules.len() * 2) * life.said().count() * BYTES_READING;
    let size = ran.engine.snapshot().len();
    if size > size_max {
        return Err(Difference::of(format!("a snapshot of {size} bytes, the bound is {size_max}")));
    }
    grows_no_more(&life, ran)
}

/// The same life later, again and again: once all that can be learned is learned, it adds nothing.
fn grows_no_more(life: &Life, ran: Ran) -> Result<(), Difference> {
    let first = life.acts.first().map_or(life.end, Act::logged);
    let last = life.changes().map(|c| c.effective).max().unwrap_or(life.end).max(life.end);
    // Long enough for everything to be forgotten that may be, and whole weeks, so that days fall as before.
    let shift = ((last - first + life.timing.window + 10 * DAY) / (7 * DAY) + 1) * 7 * DAY;
    let learned = if life.rules.iter().any(|r| r.text.contains("\"baseline\"")) {
        ROUNDS_LEARNING
    } else {
        ROUNDS_REMEMBERED
    };
    let entries = life.entries();
    let mut engine = ran;
    let mut live = |rounds: std::ops::RangeInclusive<i64>| {
        for round in rounds {
            engine.go_on(&later(&entries, shift * round, round));
            engine.found.clear();
        }
        (engine.engine.slots(), engine.engine.snapshot().len())
    };
    // A slot may say something for the first time, and numbers are written in as many bytes as they need.
    let (slots, before) = live(1..=learned + 1);
    let (slots_now, after) = live(learned + 2..=learned + ROUNDS);
    // The readings of the correction window are kept in chunks, which are forgotten as a whole.
    let chunk = (life.said().count() * ROUNDS as usize).min(CHUNK_READINGS) * CHUNK_BYTES_READING;
    if slots_now > slots || after > before + 64 + slots * BYTES_SLOT + chunk {
        return Err(Difference::of(format!(
            "lived {} times {slots} slots and {before} bytes, after {} lives {slots_now} slots and {after} bytes",
            learned + 2,
            learned + ROUNDS + 1
        )));
    }
    Ok(())
}

/// The same entries, all times later, other ids of the same length.
fn later(entries: &[LogEntry], by: i64, round: i64) -> Vec<LogEntry> {
    let by = Millis(by);
    let changes = entries.iter().filter(|e| matches!(e, LogEntry::Registry(_))).count() as u64;
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        match entry {
            LogEntry::Tick { at } => *at = *at + by,
            LogEntry::Registry(e) => {
                e.seq += changes * round as u64;
                e.effective_at = e.effective_at + by;
                match &mut e.change {
                    RegistryChange::DeviceSet(d) => d.valid_from = d.valid_from + by,
                    RegistryChange::AwaySet { until: Some(until), .. } => *until = *until + by,
                    _ => {}
                }
            }
            LogEntry::Readings(b) => {
                b.received_at = b.received_at + by;
                for r in &mut b.readings {
                    r.observed_at = Instant(r.observed_at.0) + by;
                    r.id = ReadingId::new(format!("{}{}", (b'A' + round as u8) as char, &r.id.as_str()[1..]));
                }
            }
        }
    }
    entries
}

/// What a life has keys of.
struct Keys {
    devices: usize,
    subjects: usize,
    texts_said: usize,
    names: usize,
    /// Bytes of rule texts and of registered devices.
    texts: usize,
}

impl Keys {
    fn of(life: &Life) -> Keys {
        let (mut devices, mut subjects, mut said) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut texts = 0;
        for s in life.said() {
            devices.insert(s.reading.device.as_str().to_owned());
            subjects.extend(s.reading.subject.as_ref().map(ToString::to_string));
            if let Value::Text(t) = &s.reading.value {
                said.insert(t.clone());
            }
        }
        for c in life.changes() {
            match &c.what {
                RegistryChange::DeviceSet(d) => {
                    devices.insert(d.id.as_str().to_owned());
                    subjects.extend(d.subject.as_ref().map(ToString::to_string));
                }
                RegistryChange::DeviceRetired(d) => drop(devices.insert(d.as_str().to_owned())),
                RegistryChange::MemberJoined { subject, .. }
                | RegistryChange::MemberLeft { subject, .. }
                | RegistryChange::AwaySet { subject, .. }
                | RegistryChange::AwayEnded { subject } => drop(subjects.insert(subject.to_string())),
                // A change that waits for its moment is kept as it is.
                RegistryChange::RuleSet { text, .. } | RegistryChange::AreaRuleSet { text, .. } => {
                    texts += 2 * text.len();
                }
                _ => {}
            }
        }
        let names = 2 * devices.len() + subjects.len() + said.len() + life.changes().count();
        Keys { devices: devices.len(), subjects: subjects.len(), texts_said: said.len(), names, texts }
    }

    /// One slot per rule and key of its kind.
    fn slots_max(&self, life: &Life) -> usize {
        // Keys kept apart by area have a state in each of them.
        let apart = |text: &str| if text.contains("\napart") { PLACES_MAX } else { 1 };
        let each = life.rules.iter().map(|r| match linli_rule::check(&r.text, crate::life::catalogue()) {
            Err(_) => 0,
            Ok(plan) => match plan.key {
                linli_rule::Key::Device => self.devices,
                linli_rule::Key::Value => self.texts_said,
                linli_rule::Key::Population(_) => self.subjects,
                linli_rule::Key::Subject => self.subjects + self.devices,
                linli_rule::Key::Area { .. } => PLACES_MAX,
            },
        });
        // A rule may be set again with another key.
        let each = each.map(|n| n.max(self.subjects + self.devices));
        // An own rule may run in its shadow as well.
        let runs = |r: &Drawn| if r.own.is_some() { 2 } else { 1 };
        each.zip(&life.rules).map(|(n, r)| n * apart(&r.text) * runs(r)).sum()
    }
}
