//! The registry loop: numbered changes of the store, copied into the log in order.

use crate::Installation;
use linli_model::{Fault, LogEntry};
use linli_store::{Change, Commit, CommitError, Guard};
use std::sync::Arc;

const CHECKPOINT: &str = "registry";
const ENTRIES_MAX: u32 = 1_000;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let at = house.store.checkpoint(CHECKPOINT).await?.position;
    let entries = house.store.registry_after(at, ENTRIES_MAX).await?;
    let Some(last) = entries.last().map(|e| e.seq) else { return Ok(false) };
    // Appended first: a crash before the checkpoint appends again, and the engine knows the numbers it has seen.
    house.log.append(entries.into_iter().map(LogEntry::Registry).collect()).await?;
    let commit = Commit {
        at: house.clock.now(),
        guards: vec![Guard::Checkpoint(CHECKPOINT, at)],
        changes: vec![Change::CheckpointSet { name: CHECKPOINT, position: last, snapshot: None }],
        idempotency: None,
    };
    match house.store.commit(commit).await {
        Ok(_) | Err(CommitError::Stale(_)) => Ok(true),
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
    }
}
