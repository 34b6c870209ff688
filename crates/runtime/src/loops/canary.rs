//! The canary: every ten seconds through the outbox and along each channel, so that somebody knows of a dead path
//! before an alarm needs it (NP1–NP3).
//!
//! What it writes into the outbox is read back before it goes on: a store that takes nothing is a dead path, too.
//! Of that one the figures and the log tell; a notice could not be written. And the way in: what was logged has to have
//! been heard by the rules, for an alarm nobody hears is told to nobody.

use super::engine::{CHECKPOINT, ENTRIES_MAX};
use crate::{Installation, delivery::Way};
use futures::future::join_all;
use linli_model::{Fault, Instant, LogEntry};
use linli_notice::path::{ANSWER_MAX, KNOWN_WITHIN, Paths, RULES, Turned, told};
use linli_server::ports::Clock;
use linli_store::{Change, Commit, Store};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const KEY: &str = "canary";
const OUTBOX: &str = "outbox";

/// What canaries go along.
pub struct Round<'a> {
    pub store: &'a dyn Store,
    pub channels: &'a [Way],
    pub clock: &'a dyn Clock,
    pub paths: &'a Mutex<Paths>,
}

impl Round<'_> {
    /// One canary along each path, all at the same time; gives what changed.
    pub async fn fly(&self) -> Vec<Turned> {
        let most = Duration::from_millis(ANSWER_MAX.0.unsigned_abs());
        let outbox = async {
            let through = through_the_outbox(self.store, self.clock.now());
            (OUTBOX.to_owned(), matches!(tokio::time::timeout(most, through).await, Ok(Ok(()))))
        };
        let mut probes = Vec::with_capacity(self.channels.len());
        for way in self.channels {
            probes.push(async move {
                let probed = tokio::time::timeout(most, way.channel.probe()).await;
                (way.name.clone(), matches!(probed, Ok(Ok(()))))
            });
        }
        let (outbox, mut heard) = tokio::join!(outbox, join_all(probes));
        heard.push(outbox);
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        heard.into_iter().filter_map(|(path, came_back)| paths.hear(&path, came_back, now)).collect()
    }
}

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let (store, clock) = (&*house.store, &*house.clock);
    let mut turned = Round { store, channels: &house.channels, clock, paths: &house.paths }.fly().await;
    // A story that is being told goes faster than any engine.
    if (house.ticks_from)() {
        let hears = matches!(rules_hear(&house).await, Ok(true));
        let mut paths = house.paths.lock().unwrap_or_else(PoisonError::into_inner);
        turned.extend(paths.hear(RULES, hears, clock.now()));
    }
    for turned in turned {
        match turned {
            Turned::Died { path, heard_at } => died(&house, &path, heard_at, clock.now()).await?,
            Turned::CameBack { path, .. } => {
                tracing::warn!(path, "a path by which people are told leads somewhere again");
                metrics::gauge!("linli_path_dead", "path" => path).set(0.0);
            }
        }
    }
    Ok(false)
}

/// Whether what was logged longer ago than a canary may take has been heard.
async fn rules_hear(house: &Installation) -> Result<bool, Fault> {
    let reached = house.store.checkpoint(CHECKPOINT).await?.position;
    let unheard = house.log.read(reached, ENTRIES_MAX).await?;
    // A change of the registry holds from when it says, not from when it came.
    let timed = unheard.iter().find(|(_, entry)| !matches!(entry, LogEntry::Registry(_)));
    Ok(timed.is_none_or(|(_, entry)| house.clock.now() - entry.logged_at() <= ANSWER_MAX))
}

async fn died(house: &Installation, path: &str, heard_at: Instant, now: Instant) -> Result<(), Fault> {
    tracing::error!(
        path,
        within_secs = KNOWN_WITHIN.0 / 1_000,
        "a path by which people are told leads nowhere"
    );
    metrics::gauge!("linli_path_dead", "path" => path.to_owned()).set(1.0);
    metrics::histogram!("linli_path_dead_to_known_seconds").record((now - heard_at).0 as f64 / 1_000.0);
    let notices = told(path, heard_at, &house.state.roster().await?, now);
    let changes = notices.iter().cloned().map(Change::NoticeAdd).collect();
    let commit = Commit { at: now, changes, ..Commit::default() };
    house.store.commit(commit).await.map(drop).map_err(|e| Fault::passing(e.to_string()))
}

async fn through_the_outbox(store: &dyn Store, now: Instant) -> Result<(), Fault> {
    let value = serde_json::json!(now.millis());
    let change = Change::SettingSet { key: KEY.to_owned(), value: value.clone() };
    let commit = Commit { at: now, changes: vec![change], ..Commit::default() };
    store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    match store.setting(KEY).await? {
        Some(read) if read == value => Ok(()),
        _ => Err(Fault::passing("the outbox gave back something else")),
    }
}
