//! Events: readings as the engine sees them, interned and timed.

use linli_model::Instant;
use serde::{Deserialize, Serialize};

/// "None" among interned numbers.
pub const NONE: u32 = u32::MAX;

/// What an event's `value` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueTag {
    Number,
    /// 0 or 1.
    Flag,
    /// The number of an interned text.
    Text,
}

/// A reading after interning: 40 bytes, no pointers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Event time in milliseconds: `observed_at`, clamped.
    pub at: i64,
    pub value: f64,
    /// Where its id is remembered ([`crate::dedupe::ReadingNo`]).
    pub reading: u64,
    pub device: u32,
    /// What the sender said it is about; [`NONE`] = what the device stands for.
    pub subject: u32,
    pub measure: u16,
    pub tag: ValueTag,
    /// Its clock was clamped.
    pub clamped: bool,
}

impl Event {
    pub fn instant(&self) -> Instant {
        Instant(self.at)
    }
    /// Its value as an interned text.
    pub fn text(&self) -> Option<u32> {
        (self.tag == ValueTag::Text).then_some(self.value as u32)
    }
    /// Its value as a number; texts are none.
    pub fn number(&self) -> Option<f64> {
        (self.tag != ValueTag::Text).then_some(self.value)
    }
}

/// An event an operator remembers as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub at: i64,
    pub value: f64,
    pub reading: u64,
    pub device: u32,
    pub measure: u16,
    pub tag: ValueTag,
}

impl From<&Event> for Seen {
    fn from(e: &Event) -> Self {
        Seen {
            at: e.at,
            value: e.value,
            reading: e.reading,
            device: e.device,
            measure: e.measure,
            tag: e.tag,
        }
    }
}
