//! Readings: what a device or feed says, raw.
//!
//! Invariants
//! - RD1 `observed_at` is the device's clock, `received_at` ours; neither ever replaces the other.
//! - RD2 A reading has an id: given by the device, or the hash of its content (`h:` prefix).
//! - RD3 A [`Value::Number`] is finite; NaN and infinities never become a reading.

use crate::{device::DeviceId, problem::Diagnostic, subject::Subject, time::Instant};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl $name {
            pub fn new(s: impl Into<String>) -> Self {
                $name(s.into())
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A connection, gateway or feed; the unit a watermark is kept for. Not a device.
    SourceId
);
text_id!(
    /// Unique within a source.
    ReadingId
);
text_id!(
    /// What was measured, from the catalogue: `door_open`, `pressure_mpa`, `occupancy`, `smoke` …
    Measure
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Number(f64),
    Flag(bool),
    /// A code or key: a card, a state word.
    Text(String),
}

impl Value {
    /// The value as a number: flags count as 0 and 1, texts as none.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            Value::Flag(b) => Some(f64::from(u8::from(*b))),
            Value::Text(_) => None,
        }
    }
}

/// A reading that passed the intake's checks and is durable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub id: ReadingId,
    pub device: DeviceId,
    pub observed_at: Instant,
    pub measure: Measure,
    pub value: Value,
    /// Given by the sender, else taken from the device's registration.
    pub subject: Option<Subject>,
}

/// What one message brought, as acknowledged: good rows and bad ones together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingBatch {
    pub source: SourceId,
    pub received_at: Instant,
    pub readings: Vec<Reading>,
    pub quarantined: Vec<Quarantined>,
}

/// Why a row is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    Malformed,
    UnknownDevice,
    UnknownMeasure,
    /// The credential may not speak for this device.
    ForeignDevice,
    /// Observed before 2000 or more than the allowed skew ahead of our clock.
    ClockOutOfRange,
    /// The same id came before with other content.
    ConflictingDuplicate,
    /// A MAC, IMSI or face feature: refused by law (G4, G9); the payload is not kept, only the incident.
    ForbiddenContent,
    ValueOutOfRange,
}

impl QuarantineReason {
    pub fn as_str(self) -> &'static str {
        match self {
            QuarantineReason::Malformed => "malformed",
            QuarantineReason::UnknownDevice => "unknown_device",
            QuarantineReason::UnknownMeasure => "unknown_measure",
            QuarantineReason::ForeignDevice => "foreign_device",
            QuarantineReason::ClockOutOfRange => "clock_out_of_range",
            QuarantineReason::ConflictingDuplicate => "conflicting_duplicate",
            QuarantineReason::ForbiddenContent => "forbidden_content",
            QuarantineReason::ValueOutOfRange => "value_out_of_range",
        }
    }
}

/// A row that was acknowledged but must not reach the engine until a person has looked at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Row number within its message, from 1.
    pub row: u32,
    /// As it came, cut at 8 KiB; empty for [`QuarantineReason::ForbiddenContent`].
    pub raw: String,
    pub reason: QuarantineReason,
    pub diagnostic: Diagnostic,
}
