//! The history loop: readings of the log into Parquet by area and day; and what retention drops.

use crate::Installation;
use linli_history::{CLOCK_AHEAD_MAX, HistoryRow, PositionRange};
use linli_model::{AreaId, DeviceId, Fault, LogEntry, Millis, Position};
use linli_store::{Change, Commit, CommitError, DeviceRecord, Guard, commit::Forget};
use std::{collections::HashMap, sync::Arc};

const CHECKPOINT: &str = "history";
/// So many positions make a part, or as many as came in the pause between two turns.
const ENTRIES_MAX: usize = 4_000;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let kept = house.store.checkpoint(CHECKPOINT).await?.position;
    let at = kept.max(house.log.first().await?.saturating_sub(1));
    let entries = house.log.read(at, ENTRIES_MAX).await?;
    let (Some(from), Some(to)) = (entries.first().map(|e| e.0), entries.last().map(|e| e.0)) else {
        return Ok(false);
    };
    let full = entries.len() == ENTRIES_MAX;
    let places = places(&house).await?;
    let rows: Vec<HistoryRow> =
        entries.into_iter().flat_map(|(position, entry)| rows_of(position, entry, &places)).collect();
    house.history.add(PositionRange { from, to }, rows).await?;
    let commit = Commit {
        at: house.clock.now(),
        guards: vec![Guard::Checkpoint(CHECKPOINT, kept)],
        changes: vec![Change::CheckpointSet { name: CHECKPOINT, position: to, snapshot: None }],
        idempotency: None,
    };
    match house.store.commit(commit).await {
        Ok(_) | Err(CommitError::Stale(_)) => Ok(full),
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
    }
}

/// Where a device stands, and how far its clock is ahead.
struct Place {
    area: AreaId,
    offset: Millis,
}

async fn places(house: &Installation) -> Result<HashMap<DeviceId, Place>, Fault> {
    let areas = house.state.areas().await?;
    let devices = house.store.all_devices().await?;
    let place = |r: DeviceRecord| {
        let (area, _) = areas.partition_of(&r.device.area_path)?;
        let offset = Millis(r.learned.clock_offset_ms.unwrap_or(0));
        Some((r.device.id, Place { area, offset }))
    };
    Ok(devices.into_iter().filter_map(place).collect())
}

fn rows_of(position: Position, entry: LogEntry, places: &HashMap<DeviceId, Place>) -> Vec<HistoryRow> {
    let LogEntry::Readings(batch) = entry else { return Vec::new() };
    let (source, received_at) = (batch.source, batch.received_at);
    let row = |reading: linli_model::Reading| {
        let place = places.get(&reading.device)?;
        Some(HistoryRow {
            position,
            source: source.clone(),
            received_at,
            area: place.area.clone(),
            late: false,
            clamped: reading.observed_at - place.offset > received_at + CLOCK_AHEAD_MAX,
            reading,
        })
    };
    batch.readings.into_iter().filter_map(row).collect()
}

/// Drops what is older than the settings say, joins small parts, and trims the log behind everybody's checkpoints.
pub async fn retain(house: Arc<Installation>) -> Result<bool, Fault> {
    let now = house.clock.now();
    let today = now.day_in(&house.timing.zone);
    let retention = &house.config.retention;
    let day_before = |days: u32| (now - Millis::days(i64::from(days))).day_in(&house.timing.zone);
    house.history.drop_days(day_before(retention.history_days)).await?;
    house.history.compact(today).await?;
    let changes = vec![
        Change::Forget(Forget::SessionsBefore(now)),
        Change::Forget(Forget::IdempotencyBefore(now - Millis::days(7))),
        Change::Forget(Forget::LooksBefore(now - Millis::days(i64::from(retention.access_log_days)))),
    ];
    let commit = Commit { at: now, changes, ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    trim(&house).await?;
    Ok(false)
}

/// Forgets log entries that every loop has passed and that are older than the correction window.
async fn trim(house: &Installation) -> Result<(), Fault> {
    let mut before = Position::MAX;
    for name in ["engine", "engine_snapshot", super::habits::CHECKPOINT, CHECKPOINT] {
        before = before.min(house.store.checkpoint(name).await?.position);
    }
    let oldest = house.clock.now() - house.config.correction_window();
    let mut at = house.log.first().await?.saturating_sub(1);
    while at < before {
        let entries = house.log.read(at, 1_000).await?;
        let Some((last, entry)) = entries.last() else { break };
        if entry.logged_at() >= oldest || *last >= before {
            break;
        }
        at = *last;
    }
    house.log.trim(at + 1).await
}
