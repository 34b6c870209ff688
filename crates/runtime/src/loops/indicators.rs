//! Tallies what is not tallied yet: cases of a time before there were indicators, or tallied by an older reckoning.

use crate::Installation;
use linli_model::Fault;
use linli_store::{Change, Commit};
use std::sync::Arc;

/// Few enough that nobody who writes cases waits long for it.
const CASES_MAX: u32 = 100;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let cases = house.store.cases_untallied(CASES_MAX).await?;
    if cases.is_empty() {
        return Ok(false);
    }
    let changes = cases.iter().copied().map(Change::CaseTallied).collect();
    let commit = Commit { at: house.clock.now(), changes, ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    Ok(true)
}
