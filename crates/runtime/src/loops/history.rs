//! The history loop: readings of the log into Parquet by area and day; and what retention drops.

use crate::Installation;
use linli_history::{CLOCK_AHEAD_MAX, HistoryRow, PositionRange};
use linli_model::{AreaId, DeviceId, DeviceState, Fault, Instant, LogEntry, Millis, Position};
use linli_past::Clocks;
use linli_server::rules::past::registry;
use linli_store::{Change, Commit, CommitError, DeviceRecord, Guard, commit::Forget};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

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
    let places = places(&house, &entries).await?;
    let rows: Vec<HistoryRow> =
        entries.into_iter().flat_map(|(position, entry)| rows_of(position, entry, &places)).collect();
    house.history.add(PositionRange { from, to }, rows).await?;
    let commit = Commit {
        at: house.clock.now(),
        guards: vec![Guard::Checkpoint(CHECKPOINT.into(), kept)],
        changes: vec![Change::CheckpointSet { name: CHECKPOINT.into(), position: to, snapshot: None }],
        idempotency: None,
    };
    match house.store.commit(commit).await {
        Ok(_) | Err(CommitError::Stale(_)) => Ok(full),
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(CommitError::Conflict(refusal)) => Err(Fault::lasting(refusal.message.en)),
    }
}

/// Where devices stand, and what is known of their clocks.
struct Places {
    areas: HashMap<DeviceId, AreaId>,
    offsets: HashMap<DeviceId, Millis>,
    /// Where some of what is known is newer than what came in: what was known when.
    clocks: Option<Clocks>,
}

impl Places {
    /// How far a device's clock was known to be ahead when this came in.
    fn offset(&self, device: &DeviceId, received_at: Instant) -> Millis {
        match &self.clocks {
            Some(clocks) => clocks.offset(device, received_at),
            None => self.offsets.get(device).copied().unwrap_or(Millis(0)),
        }
    }
}

/// As these entries need it.
async fn places(house: &Installation, entries: &[(Position, LogEntry)]) -> Result<Places, Fault> {
    let areas = house.state.areas().await?;
    let devices = house.store.all_devices().await?;
    let received = entries.iter().filter(|(_, e)| matches!(e, LogEntry::Readings(_)));
    let since = received.map(|(_, e)| e.logged_at()).min().unwrap_or(Instant::MAX);
    let newer = |r: &&DeviceRecord| {
        r.learned.clock_since.is_some_and(|at| at > since) || r.device.state == DeviceState::Retired
    };
    let newer: HashSet<&DeviceId> = devices.iter().filter(newer).map(|r| &r.device.id).collect();
    let clocks = match speaks_one_of(entries, &newer) {
        true => Some(Clocks::of(&registry(&*house.store).await?)),
        false => None,
    };
    let (mut stand, mut offsets) = (HashMap::new(), HashMap::new());
    for r in devices {
        if let Some((area, _)) = areas.partition_of(&r.device.area_path) {
            offsets.extend(r.learned.clock_offset_ms.map(|ms| (r.device.id.clone(), Millis(ms))));
            stand.insert(r.device.id, area);
        }
    }
    Ok(Places { areas: stand, offsets, clocks })
}

fn speaks_one_of(entries: &[(Position, LogEntry)], devices: &HashSet<&DeviceId>) -> bool {
    let of = |(_, entry): &(Position, LogEntry)| match entry {
        LogEntry::Readings(batch) => batch.readings.iter().any(|r| devices.contains(&r.device)),
        _ => false,
    };
    !devices.is_empty() && entries.iter().any(of)
}

fn rows_of(position: Position, entry: LogEntry, places: &Places) -> Vec<HistoryRow> {
    let LogEntry::Readings(batch) = entry else { return Vec::new() };
    let (source, received_at) = (batch.source, batch.received_at);
    let row = |reading: linli_model::Reading| {
        let area = places.areas.get(&reading.device)?.clone();
        let offset = places.offset(&reading.device, received_at);
        Some(HistoryRow {
            position,
            source: source.clone(),
            received_at,
            area,
            late: false,
            clamped: reading.observed_at - offset > received_at + CLOCK_AHEAD_MAX,
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
