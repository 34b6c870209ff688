//! What stands between the log and the relations: checkpoints, quarantine, the numbered registry changes.

use crate::{Page, PageAsk};
use linli_model::{Fault, Instant, Position, Quarantined, RegistryEntry, SourceId};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    pub position: Position,
    pub snapshot: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct QuarantineItem {
    /// `position-row`: the same row gives the same id when the log is read again.
    pub id: String,
    pub source: SourceId,
    pub received_at: Instant,
    pub row: Quarantined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarantineState {
    Open,
    Resubmitted,
    Discarded,
}

impl QuarantineState {
    pub fn code(self) -> &'static str {
        match self {
            QuarantineState::Open => "open",
            QuarantineState::Resubmitted => "resubmitted",
            QuarantineState::Discarded => "discarded",
        }
    }
}

#[async_trait::async_trait]
pub trait StreamStore: Send + Sync {
    async fn checkpoint(&self, name: &str) -> Result<Checkpoint, Fault>;
    /// Open rows, newest first.
    async fn quarantine(&self, reason: Option<&str>, page: &PageAsk) -> Result<Page<QuarantineItem>, Fault>;
    async fn quarantine_item(&self, id: &str) -> Result<Option<QuarantineItem>, Fault>;
    async fn quarantine_open(&self) -> Result<u64, Fault>;
    async fn registry_after(&self, seq: u64, limit: u32) -> Result<Vec<RegistryEntry>, Fault>;
}
