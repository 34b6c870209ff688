//! What the ordered log holds.

use crate::{reading::ReadingBatch, registry::RegistryEntry, time::Instant};
use serde::{Deserialize, Serialize};

/// A place in the log; the first entry is at 1, 0 means "nothing yet".
pub type Position = u64;

// A batch keeps its rows behind a pointer and a call carries few entries: a box per registry change would save nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEntry {
    Readings(ReadingBatch),
    Registry(RegistryEntry),
    /// Time passes even when nothing arrives; written every 10 s.
    Tick {
        at: Instant,
    },
}

impl LogEntry {
    /// Our clock when this was logged; registry entries carry the time they hold from.
    pub fn logged_at(&self) -> Instant {
        match self {
            LogEntry::Readings(batch) => batch.received_at,
            LogEntry::Registry(entry) => entry.effective_at,
            LogEntry::Tick { at } => *at,
        }
    }
}
