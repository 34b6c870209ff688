//! What is usual of a device, told from the log: how far its clock is off, and how long it is silent.
//!
//! A device whose clock is constantly wrong shows it by the time between what it says and when that came. One that speaks by
//! a rhythm of its own shows by that rhythm when it is too quiet. What was learned is asked for as a registry fact
//! (`DeviceLearned`), and becomes one through the outbox like any other: the engine hears it from the log (A5).
//!
//! Owns: the evidence per device ([`Habits`]), what is asked for ([`Learned`]), and when enough is known
//! (clock.rs, rhythm.rs).
//!
//! Invariants
//! - HB1 Pure: the same log gives the same facts at the same positions, also when it is cut and goes on from a snapshot.
//! - HB2 Bounded: some hundreds of bytes for each registered device, however much it says; nothing for any other.
//! - HB3 Nothing flaps: more evidence is needed to learn a fact than to keep it, and what is asked for is not asked again.
//! - HB4 A registered longest silence wins: of such a device none is learned.
//! - HB5 A device out of service has no habits; back in service it is learned anew (RG3 of the model).
//!
//! Deliberately absent: ids of readings (what is sent again is told by its time, which does not advance), what rules look
//! for, whole sources. What one household does is never taken for its device's rhythm (rhythm.rs).

mod clock;
mod rhythm;

use clock::ClockHabit;
use linli_model::{
    Device, DeviceId, DeviceState, Instant, LogEntry, QuarantineReason, ReadingBatch, RegistryChange, Value,
};
use rhythm::RhythmHabit;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

/// Grows with every change of what is kept.
const VERSION: u32 = 1;

/// What a device says of itself, not of what happens before it.
const OF_ITSELF: [&str; 3] = ["heartbeat", "battery_pct", "rssi_dbm"];

/// What is known of a device, as the registry has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How far its clock is ahead of ours; negative when it is slow.
    pub clock_offset_ms: Option<i64>,
    /// Longest silence that is usual for it.
    pub silence_secs: Option<u32>,
}

/// Facts that should stand of a device from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    pub device: DeviceId,
    pub facts: Facts,
}

impl Learned {
    pub fn change(self) -> RegistryChange {
        let Facts { clock_offset_ms, silence_secs } = self.facts;
        RegistryChange::DeviceLearned { device: self.device, clock_offset_ms, silence_secs }
    }
}

/// One device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Habit {
    /// Its longest silence is registered.
    watched: bool,
    /// Announced work: its silence says nothing.
    in_maintenance: bool,
    known: Facts,
    /// Asked for, and not yet in the log.
    asked: Option<Facts>,
    clock: ClockHabit,
    rhythm: RhythmHabit,
}

/// A row whose clock was too far off to be taken: of a device that is constantly fast, there is nothing else.
#[derive(Deserialize)]
struct Refused {
    device: DeviceId,
    observed_at: Instant,
}

/// What one batch brought of one device.
struct Message {
    received_at: i64,
    /// Its newest reading, by its own clock.
    observed_at: i64,
    /// It speaks of the device itself ([`OF_ITSELF`]) and of nothing else.
    of_itself: bool,
    /// Of whom it speaks, by hash; at most [`rhythm::CROWD`].
    of: Vec<u32>,
}

/// The evidence of all registered devices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Habits {
    devices: BTreeMap<DeviceId, Habit>,
}

impl Habits {
    /// Takes one entry of the log; what should be known from now on is appended to `out`, and taken out again of a device
    /// that goes out of service (HB5).
    pub fn step(&mut self, entry: &LogEntry, out: &mut Vec<Learned>) {
        match entry {
            LogEntry::Readings(batch) => self.step_batch(batch, out),
            LogEntry::Registry(entry) => {
                if let Some(device) = entry.change.retires() {
                    out.retain(|learned| learned.device != *device);
                }
                self.take(&entry.change);
            }
            LogEntry::Tick { .. } => {}
        }
    }

    /// A device as it stands in the registry, where its entries are not in the log any more.
    pub fn stand(&mut self, device: &Device, facts: Facts) {
        self.register(device);
        if let Some(habit) = self.devices.get_mut(&device.id) {
            habit.known = facts;
        }
    }

    /// What is kept, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        postcard::to_stdvec(&(VERSION, self)).unwrap_or_default()
    }

    /// None when the bytes are of another version or no snapshot at all.
    pub fn from_snapshot(bytes: &[u8]) -> Option<Habits> {
        let (version, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
        (version == VERSION).then(|| postcard::from_bytes(rest).ok())?
    }

    fn take(&mut self, change: &RegistryChange) {
        if let Some(device) = change.retires() {
            self.devices.remove(device);
            return;
        }
        match change {
            RegistryChange::DeviceSet(device) => self.register(device),
            RegistryChange::DeviceLearned { device, clock_offset_ms, silence_secs } => {
                if let Some(habit) = self.devices.get_mut(device) {
                    habit.known = Facts { clock_offset_ms: *clock_offset_ms, silence_secs: *silence_secs };
                    habit.asked = habit.asked.filter(|asked| *asked != habit.known);
                }
            }
            _ => {}
        }
    }

    fn register(&mut self, device: &Device) {
        if device.state == DeviceState::Retired {
            self.devices.remove(&device.id);
            return;
        }
        let habit = self.devices.entry(device.id.clone()).or_default();
        habit.watched = device.silence_secs_max.is_some();
        habit.in_maintenance = device.state == DeviceState::Maintenance;
    }

    fn step_batch(&mut self, batch: &ReadingBatch, out: &mut Vec<Learned>) {
        let received_at = batch.received_at.in_calendar().0;
        let refused = batch.quarantined.iter().filter(|q| q.reason == QuarantineReason::ClockOutOfRange);
        for row in refused.filter_map(|q| serde_json::from_str::<Refused>(&q.raw).ok()) {
            let Some(habit) = self.devices.get_mut(&row.device) else { continue };
            if let Some(facts) = habit.tell_time(row.observed_at.in_calendar().0, received_at) {
                habit.asked = Some(facts);
                out.push(Learned { device: row.device, facts });
            }
        }
        for (device, message) in messages(batch) {
            let Some(habit) = self.devices.get_mut(device) else { continue };
            if let Some(facts) = habit.hear(&message) {
                habit.asked = Some(facts);
                out.push(Learned { device: device.clone(), facts });
            }
        }
    }
}

impl Habit {
    /// What should stand by the clock of a reading, if something else does.
    fn tell_time(&mut self, observed_at: i64, received_at: i64) -> Option<Facts> {
        let stand = self.asked.unwrap_or(self.known);
        let clock_offset_ms = self.clock.hear(observed_at, received_at, stand.clock_offset_ms)?;
        Some(Facts { clock_offset_ms, ..stand })
    }
    /// The facts that should stand, if others do.
    fn hear(&mut self, m: &Message) -> Option<Facts> {
        let stand = self.asked.unwrap_or(self.known);
        let mut facts = self.tell_time(m.observed_at, m.received_at).unwrap_or(stand);
        let offset = self.known.clock_offset_ms.unwrap_or(0);
        let silence = self.rhythm.hear(m, offset, self.in_maintenance, stand.silence_secs);
        if let Some(silence) = silence.filter(|_| !self.watched) {
            facts.silence_secs = silence;
        }
        (facts != stand).then_some(facts)
    }
}

/// What a batch brought, by device.
fn messages(batch: &ReadingBatch) -> BTreeMap<&DeviceId, Message> {
    let received_at = batch.received_at.in_calendar().0;
    let mut messages: BTreeMap<&DeviceId, Message> = BTreeMap::new();
    for reading in &batch.readings {
        let observed_at = reading.observed_at.in_calendar().0;
        let empty = || Message { received_at, observed_at, of_itself: true, of: Vec::new() };
        let m = messages.entry(&reading.device).or_insert_with(empty);
        m.observed_at = m.observed_at.max(observed_at);
        m.of_itself &= OF_ITSELF.contains(&reading.measure.as_str());
        let of = match (&reading.subject, &reading.value) {
            (Some(subject), _) => hash_of(&(subject.kind, &subject.id)),
            (None, Value::Text(text)) => hash_of(text),
            _ => continue,
        };
        if m.of.len() < rhythm::CROWD && !m.of.contains(&of) {
            m.of.push(of);
        }
    }
    messages
}

fn hash_of(what: &impl Hash) -> u32 {
    let mut h = FxHasher::default();
    what.hash(&mut h);
    (h.finish() >> 32) as u32
}
