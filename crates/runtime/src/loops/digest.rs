//! The digest loop: what could wait, gathered twice a day for those who want it so (WY3).

use crate::Installation;
use linli_model::Fault;
use linli_notice::ways::{digest, digest_times};
use linli_store::{Change, Commit};
use std::sync::Arc;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let now = house.clock.now();
    let Some(times) = digest_times(now, &house.timing.zone) else { return Ok(false) };
    let mut changes = Vec::new();
    for user in house.store.digest_readers().await? {
        let waiting = house.store.unseen_between(user, times.1, times.0).await?;
        // Written once: the second of the same time is the same notice.
        changes.extend(digest(user, &waiting, times).map(Change::NoticeAdd));
    }
    if !changes.is_empty() {
        let commit = Commit { at: now, changes, ..Commit::default() };
        house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(false)
}
