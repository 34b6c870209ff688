//! The evidence of all devices, and what each entry of the log makes of it (HB1 to HB5).

use crate::{
    Facts, Learned,
    clock::ClockHabit,
    message::{Message, messages},
    rhythm::RhythmHabit,
};
use linli_model::{
    Device, DeviceId, DeviceState, Instant, LogEntry, QuarantineReason, ReadingBatch, RegistryChange,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Grows with every change of what is kept.
const VERSION: u32 = 1;

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
