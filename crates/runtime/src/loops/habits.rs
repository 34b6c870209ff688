//! The habits loop: what is usual of devices, told from the log, into the registry (linli-habit).
//!
//! Its checkpoint moves together with what it has gathered and what it learned. When that cannot be read it begins anew at the
//! checkpoint, with what the registry knows: it then takes its time to learn, and takes nothing back for lack of evidence.

use crate::Installation;
use linli_habit::{Facts, Habits, Learned};
use linli_model::{Fault, Millis};
use linli_store::{Change, Commit, CommitError, Guard};
use std::sync::Arc;

pub const CHECKPOINT: &str = "habits";
const ENTRIES_MAX: usize = 1_000;
/// What was gathered is written once in so many reads.
const READS_MAX: usize = 20;
/// A fact holds this much after it was decided: it is in the log by then, so that live and backtest agree on what was received
/// before it and what after.
const LEAD: Millis = Millis::minutes(1);

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let kept = house.store.checkpoint(CHECKPOINT).await?;
    let mut at = kept.position.max(house.log.first().await?.saturating_sub(1));
    let mut habits = match kept.snapshot.and_then(|bytes| Habits::from_snapshot(&bytes)) {
        Some(habits) => habits,
        None => from_registry(&house).await?,
    };
    let (mut learned, mut more) = (Vec::new(), true);
    for _ in 0..READS_MAX {
        let entries = house.log.read(at, ENTRIES_MAX).await?;
        more = entries.len() == ENTRIES_MAX;
        for (position, entry) in &entries {
            habits.step(entry, &mut learned);
            at = *position;
        }
        if !more {
            break;
        }
    }
    if at == kept.position {
        return Ok(false);
    }
    let (now, nothing) = (house.clock.now(), learned.is_empty());
    let snapshot = Some(habits.snapshot());
    // Somebody may put one out of service that moment; then this turn is taken again behind that (RG3 of the model).
    let mut guards: Vec<Guard> = learned.iter().map(|l| Guard::DeviceInService(l.device.clone())).collect();
    guards.push(Guard::Checkpoint(CHECKPOINT.into(), kept.position));
    let mut changes = vec![Change::CheckpointSet { name: CHECKPOINT.into(), position: at, snapshot }];
    for Learned { device, facts } in learned {
        let (Facts { clock_offset_ms, silence_secs }, since) = (facts, now + LEAD);
        tracing::info!(%device, ?clock_offset_ms, ?silence_secs, "learned of a device");
        let change = Box::new(Learned { device: device.clone(), facts }.change());
        changes.push(Change::DeviceLearned { device, clock_offset_ms, silence_secs, since });
        changes.push(Change::Registry { effective_at: since, change });
    }
    match house.store.commit(Commit { at: now, guards, changes, idempotency: None }).await {
        Ok(_) => {
            if !nothing {
                // The intake lets fast clocks in that are known.
                house.directory.renew(&*house.store).await?;
            }
            Ok(more)
        }
        Err(CommitError::Stale(_)) => Ok(more),
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
    }
}

async fn from_registry(house: &Installation) -> Result<Habits, Fault> {
    let mut habits = Habits::default();
    for record in house.store.all_devices().await? {
        let learned = record.learned;
        let facts = Facts { clock_offset_ms: learned.clock_offset_ms, silence_secs: learned.silence_secs };
        habits.stand(&record.device, facts);
    }
    Ok(habits)
}
