//! Readings whose texts are numbers: how the past is handed on where there are millions of them.
//!
//! Invariants
//! - NB1 A number means something only together with the [`Names`] it was given by; a table only grows.

use crate::{
    device::DeviceId,
    reading::{Measure, Value},
    subject::Subject,
    time::{Instant, LocalDay, Millis},
};
use std::collections::HashMap;

/// "None" among numbers.
pub const NO_NUMBER: u32 = u32::MAX;

/// What a row's `value` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Number,
    /// 0 or 1.
    Flag,
    /// The number of a text.
    Text,
}

/// A reading of the past: 48 bytes, no pointers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// As the device said.
    pub observed_at: Instant,
    pub received_at: Instant,
    pub value: f64,
    pub source: u32,
    pub device: u32,
    pub measure: u32,
    /// [`NO_NUMBER`] = what the device stands for.
    pub subject: u32,
    pub kind: ValueKind,
    /// Its clock was ahead: see [`Row::at`].
    pub clamped: bool,
}

impl Row {
    /// When it counts: as the device said, but where its clock was ahead no later than `ahead_max` after it came.
    pub fn at(&self, ahead_max: Millis) -> Instant {
        event_time(self.observed_at, self.received_at, self.clamped, ahead_max)
    }
}

/// When a reading counts, see [`Row::at`].
pub fn event_time(observed_at: Instant, received_at: Instant, clamped: bool, ahead_max: Millis) -> Instant {
    if clamped { observed_at.min(received_at.saturating_add(ahead_max)) } else { observed_at }
}

/// What is kept of one local day, in no order.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub day: LocalDay,
    pub rows: Vec<Row>,
}

/// Texts by number and numbers by text, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct Table {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Table {
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(n) = self.numbers.get(text) {
            return *n;
        }
        let n = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), n);
        n
    }
    /// None for a number of another table.
    pub fn find(&self, n: u32) -> Option<&str> {
        self.texts.get(n as usize).map(String::as_str)
    }
    pub fn len(&self) -> usize {
        self.texts.len()
    }
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
    /// From the `n`th on: what a reader that knows the first `n` has not seen.
    pub fn since(&self, n: usize) -> &[String] {
        self.texts.get(n..).unwrap_or_default()
    }
}

/// What the numbers of rows stand for. Subjects are written `kind:id`.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub sources: Table,
    pub devices: Table,
    pub measures: Table,
    pub subjects: Table,
    pub texts: Table,
}

impl Names {
    pub fn device(&self, row: &Row) -> DeviceId {
        DeviceId::new(self.devices.find(row.device).unwrap_or_default())
    }
    pub fn measure(&self, row: &Row) -> Measure {
        Measure::new(self.measures.find(row.measure).unwrap_or_default())
    }
    pub fn subject(&self, row: &Row) -> Option<Subject> {
        self.subjects.find(row.subject).and_then(|s| s.parse().ok())
    }
    pub fn value(&self, row: &Row) -> Value {
        match row.kind {
            ValueKind::Number => Value::Number(row.value),
            ValueKind::Flag => Value::Flag(row.value != 0.0),
            ValueKind::Text => Value::Text(self.texts.find(row.value as u32).unwrap_or_default().to_owned()),
        }
    }
    /// A value as a row has it.
    pub fn number_value(&mut self, value: &Value) -> (ValueKind, f64) {
        match value {
            Value::Number(n) => (ValueKind::Number, *n),
            Value::Flag(b) => (ValueKind::Flag, f64::from(u8::from(*b))),
            Value::Text(t) => (ValueKind::Text, f64::from(self.texts.number(t))),
        }
    }
}
