//! The registry loop: numbered changes of the store, copied into the log in order.

use crate::Installation;
use linli_log::Log;
use linli_model::{Fault, Instant, LogEntry};
use linli_store::{Change, Commit, CommitError, Guard, Store};
use std::sync::Arc;

const CHECKPOINT: &str = "registry";
const ENTRIES_MAX: u32 = 1_000;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    carry(&*house.store, &*house.log, house.clock.now()).await
}

/// One share of the changes that the log does not have; says whether there was one. All of them are carried before the
/// first reading after a start is taken: one received behind a fact's moment must find it in the log (the engine's CK1).
pub async fn carry(store: &dyn Store, log: &dyn Log, now: Instant) -> Result<bool, Fault> {
    let at = store.checkpoint(CHECKPOINT).await?.position;
    let entries = store.registry_after(at, ENTRIES_MAX).await?;
    let Some(last) = entries.last().map(|e| e.seq) else { return Ok(false) };
    // Appended first: a crash before the checkpoint appends again, and the engine knows the numbers it has seen.
    log.append(entries.into_iter().map(LogEntry::Registry).collect()).await?;
    let commit = Commit {
        at: now,
        guards: vec![Guard::Checkpoint(CHECKPOINT.into(), at)],
        changes: vec![Change::CheckpointSet { name: CHECKPOINT.into(), position: last, snapshot: None }],
        idempotency: None,
    };
    match store.commit(commit).await {
        Ok(_) | Err(CommitError::Stale(_)) => Ok(true),
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
    }
}
