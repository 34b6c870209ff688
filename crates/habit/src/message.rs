//! What a batch brought, by device: as much of it as evidence is made of.

use crate::rhythm;
use linli_model::{DeviceId, ReadingBatch, Value};
use rustc_hash::FxHasher;
use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

/// What a device says of itself, not of what happens before it.
const OF_ITSELF: [&str; 3] = ["heartbeat", "battery_pct", "rssi_dbm"];

/// What one batch brought of one device.
pub(crate) struct Message {
    pub(crate) received_at: i64,
    /// Its newest reading, by its own clock.
    pub(crate) observed_at: i64,
    /// It speaks of the device itself ([`OF_ITSELF`]) and of nothing else.
    pub(crate) of_itself: bool,
    /// Of whom it speaks, by hash; at most [`rhythm::CROWD`].
    pub(crate) of: Vec<u32>,
}

/// What a batch brought, by device.
pub(crate) fn messages(batch: &ReadingBatch) -> BTreeMap<&DeviceId, Message> {
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
