//! Port: the one ordered, replayable stream of an installation.
//!
//! Owns: the [`Log`] trait, an in-memory log for tests ([`memory`]), the suite every log is run through
//! ([`contract`], feature `contract`).
//!
//! Invariants
//! - LG1 `append` returns only after every entry of the call is durable; an error means that none of them
//!   may be taken as kept. (They may still be there after a restart: readers dedupe by reading id.)
//! - LG2 Positions are dense from 1 in the order of appending; the entries of one call are neighbours.
//! - LG3 What was read once at a position is read there for ever, until it is trimmed.
//! - LG4 After a sync that failed, nothing is acknowledged any more until the log is opened anew.
//! - LG5 Reading from before the first kept position is a lasting fault, never a silent gap.
//!
//! Deliberately absent: consumers and their checkpoints (the relational store keeps those, in the
//! transaction with what they wrote), and any way to change an entry.

use async_trait::async_trait;
use linli_model::{Fault, LogEntry, Position};
use tokio::sync::watch;

#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod fault;
pub mod memory;

pub use memory::MemoryLog;

/// The most entries one call of [`Log::read`] returns, whatever it was asked for.
pub const READ_ENTRIES_MAX: usize = 10_000;

/// The largest written form of one entry, in bytes. Intake cuts messages far below it.
pub const ENTRY_BYTES_MAX: usize = 32 * 1024 * 1024;

#[async_trait]
pub trait Log: Send + Sync {
    /// Makes the entries durable and gives the position of the last of them. Calls from many senders
    /// share syncs. No entries: gives the last position and writes nothing.
    async fn append(&self, entries: Vec<LogEntry>) -> Result<Position, Fault>;

    /// Up to `entries_max` entries after the position `after`, in order; empty at the end of the log.
    /// At least one entry is returned where there is one, however large it is.
    async fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault>;

    /// The position of the newest durable entry; 0 when nothing was ever appended.
    async fn last(&self) -> Result<Position, Fault>;

    /// The position of the oldest entry still kept; `last + 1` when none is.
    async fn first(&self) -> Result<Position, Fault>;

    /// Allows the log to forget entries before `before`. It may keep more than that (whole segments), it
    /// never forgets the entry at `before` or later, and never gives a position a second time.
    async fn trim(&self, before: Position) -> Result<(), Fault>;

    /// Follows the position of the newest durable entry.
    fn appended(&self) -> watch::Receiver<Position>;
}
