//! The watching loop: room on the disk, and the figures somebody should be woken for.

use crate::Installation;
use linli_model::{Fault, IdSeed, Role, Severity, Text, UserId};
use linli_notice::{Notice, NoticeId, Recipient};
use linli_store::{Change, Commit};
use std::{
    path::Path,
    sync::{Arc, PoisonError, atomic::Ordering},
};

const MIB: u64 = 1 << 20;

/// Bytes that this process may still write where `folder` lies.
pub fn free_bytes(folder: &Path) -> Result<u64, Fault> {
    let room = rustix::fs::statvfs(folder)
        .map_err(|e| Fault::passing(format!("the room at {} is unknown: {e}", folder.display())))?;
    Ok(room.f_bavail * room.f_frsize)
}

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    room(&house)?;
    let now = house.clock.now();
    let due = house.store.notices_due(now, 1).await?;
    let oldest = due.first().map_or(0, |n| (now - n.due_at).0.max(0));
    metrics::gauge!("linli_outbox_oldest_seconds").set(oldest as f64 / 1_000.0);
    for (path, age) in house.paths.lock().unwrap_or_else(PoisonError::into_inner).ages(now) {
        metrics::gauge!("linli_canary_age_seconds", "path" => path.to_owned()).set(age.0 as f64 / 1_000.0);
    }
    metrics::gauge!("linli_quarantine_open").set(house.store.quarantine_open().await? as f64);
    let behind = house.log.last().await?.saturating_sub(house.store.checkpoint("engine").await?.position);
    metrics::gauge!("linli_log_behind").set(behind as f64);
    Ok(false)
}

/// A year whose holidays are not known is said to who can add them: once a month, and as a figure.
pub async fn calendar(house: Arc<Installation>) -> Result<bool, Fault> {
    let now = house.clock.now();
    let alarm = house.state.calendar.alarm(now);
    metrics::gauge!("linli_calendar_runs_out").set(if alarm.is_some() { 1.0 } else { 0.0 });
    let Some(alarm) = alarm else { return Ok(false) };
    let today = now.day_in(&house.timing.zone);
    let step = u32::from(today.month().unsigned_abs()) + 100 * u32::from(today.year().unsigned_abs());
    let roster = house.state.roster().await?;
    let keepers = roster.candidates.iter().filter(|c| c.post.role == Role::Administrator);
    let notice = |user: UserId| Notice {
        id: IdSeed::of_name(&format!("calendar {user} {step}")).id::<NoticeId>("calendar"),
        case: None,
        push: None,
        reason: "calendar_runs_out".to_owned(),
        recipient: Recipient::User(user),
        step,
        title: Text::new("节假日数据即将用完", "The calendar of holidays runs out"),
        body: alarm.message.clone(),
        severity: Severity::Attention,
        due_at: house.state.policy.earliest(now, Severity::Attention, 0),
        channel: "in_app".to_owned(),
        created_at: now,
    };
    // Written once: the second of the same month is the same notice.
    let changes = keepers.map(|k| Change::NoticeAdd(notice(k.post.user))).collect();
    let commit = Commit { at: now, changes, ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    Ok(false)
}

/// Below the floor nothing new is taken; a tenth above it things go on, so that it does not flutter.
fn room(house: &Installation) -> Result<(), Fault> {
    let free = free_bytes(&house.config.data)?;
    metrics::gauge!("linli_disk_free_bytes").set(free as f64);
    let floor = house.config.retention.free_mib_min * MIB;
    let full = &house.state.full;
    let was = full.load(Ordering::Relaxed);
    let is = if was { free < floor + floor / 10 } else { free < floor };
    if is != was {
        full.store(is, Ordering::Relaxed);
        if is {
            tracing::error!(free_mib = free / MIB, "the disk is nearly full: nothing new is taken");
        } else {
            tracing::warn!(free_mib = free / MIB, "there is room on the disk again");
        }
    }
    Ok(())
}
