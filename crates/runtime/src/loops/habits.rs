//! The habits loop: what is usual of devices, told from the log, into the registry (linli-habit).
//!
//! It follows the log behind a checkpoint of its own, which moves together with what it has gathered and what it learned. When that
//! cannot be read it begins anew at the checkpoint, with what the registry knows: it then takes its time to learn, and takes
//! nothing back for lack of evidence.

use crate::Installation;
use linli_habit::{Facts, Habits, Learned};
use linli_model::{Fault, Instant, Millis, Position};
use linli_store::{Change, Commit, CommitError, Guard};
use std::{sync::Arc, time::Duration};

pub const CHECKPOINT: &str = "habits";
const ENTRIES_MAX: usize = 1_000;
/// Nothing here is urgent.
const PAUSE: Duration = Duration::from_secs(30);
const AFTER_FAULT: Duration = Duration::from_secs(1);
/// What was gathered is kept so often, by the log's time; a crash gathers it again.
const KEEP_EVERY: Millis = Millis::hours(1);
/// A fact holds this much after it was decided: it is in the log by then, so that live and backtest agree on what was received
/// before it and what after.
const LEAD: Millis = Millis::minutes(1);

pub async fn run(house: Arc<Installation>) {
    while !house.stop.is_cancelled() {
        if let Err(fault) = follow(&house).await {
            tracing::error!(%fault, "the habits loop failed and starts again from its checkpoint");
            metrics::counter!("linli_loop_faults_total", "loop" => "habits").increment(1);
            pause(&house, AFTER_FAULT).await;
        }
    }
}

async fn follow(house: &Installation) -> Result<(), Fault> {
    let mut follower = Follower::from_checkpoint(house).await?;
    while !house.stop.is_cancelled() {
        if !follower.turn(house).await? {
            pause(house, PAUSE).await;
        }
    }
    Ok(())
}

async fn pause(house: &Installation, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = house.stop.cancelled() => {}
    }
}

/// What was gathered, and how far the log was followed. After a turn that failed it is of no use any more.
pub struct Follower {
    habits: Habits,
    at: Position,
    /// The checkpoint, and the log's time of it.
    kept: Position,
    kept_at: Option<Instant>,
}

impl Follower {
    pub async fn from_checkpoint(house: &Installation) -> Result<Follower, Fault> {
        let kept = house.store.checkpoint(CHECKPOINT).await?;
        let at = kept.position.max(house.log.first().await?.saturating_sub(1));
        let habits = match kept.snapshot.and_then(|bytes| Habits::from_snapshot(&bytes)) {
            Some(habits) => habits,
            None => from_registry(house).await?,
        };
        Ok(Follower { habits, at, kept: kept.position, kept_at: None })
    }

    /// One batch of the log; says whether there may be more.
    pub async fn turn(&mut self, house: &Installation) -> Result<bool, Fault> {
        let entries = house.log.read(self.at, ENTRIES_MAX).await?;
        let Some((last, entry)) = entries.last() else { return Ok(false) };
        let (last, now, more) = (*last, entry.logged_at(), entries.len() == ENTRIES_MAX);
        let mut learned = Vec::new();
        for (_, entry) in &entries {
            self.habits.step(entry, &mut learned);
        }
        self.at = last;
        let kept_at = *self.kept_at.get_or_insert(now);
        if !learned.is_empty() || now - kept_at >= KEEP_EVERY {
            self.keep(house, learned).await?;
            self.kept_at = Some(now);
        }
        Ok(more)
    }

    async fn keep(&mut self, house: &Installation, learned: Vec<Learned>) -> Result<(), Fault> {
        let now = house.clock.now();
        let snapshot = Some(self.habits.snapshot());
        let mut changes = vec![Change::CheckpointSet { name: CHECKPOINT, position: self.at, snapshot }];
        for learned in learned {
            let Facts { clock_offset_ms, silence_secs } = learned.facts;
            let (device, since) = (learned.device.clone(), now + LEAD);
            tracing::info!(%device, ?clock_offset_ms, ?silence_secs, "learned of a device");
            changes.push(Change::DeviceLearned { device, clock_offset_ms, silence_secs, since });
            changes.push(Change::Registry { effective_at: since, change: Box::new(learned.change()) });
        }
        let guards = vec![Guard::Checkpoint(CHECKPOINT, self.kept)];
        let commit = Commit { at: now, guards, changes, idempotency: None };
        match house.store.commit(commit).await {
            Ok(_) => {
                self.kept = self.at;
                Ok(())
            }
            Err(CommitError::Stale(_)) => Err(Fault::passing("another process learns from this log")),
            Err(CommitError::Fault(fault)) => Err(fault),
            Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
        }
    }
}

async fn from_registry(house: &Installation) -> Result<Habits, Fault> {
    let mut habits = Habits::default();
    for record in house.store.all_devices().await? {
        let learned = record.learned;
        let facts =
            Facts { clock_offset_ms: learned.clock_offset_ms, silence_secs: learned.silence_secs };
        habits.stand(&record.device, facts);
    }
    Ok(habits)
}
