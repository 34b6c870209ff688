//! Telling the story: readings, reports and what the committee learns, in order, through the front door; then live.

use super::{people, settle::story_stands, share};
use linli_model::{Fault, Instant, LogEntry, Millis, Position};
use linli_runtime::{Installation, StoryClock};
use linli_server::ports::Clock;
use linli_store::{Change, Commit};
use linli_twin::Twin;
use std::{sync::Arc, time::Duration};

/// The story is told in pieces of this length; after each, everybody catches up and people act.
const PIECE: Millis = Millis::hours(1);
/// Between two ticks of the log while the story is told.
const TICK: Millis = Millis::minutes(5);
/// From here on the story is told as it happens.
const PRESENT: Millis = Millis::secs(10);
const ENTRIES_MAX: usize = 500;

pub(super) async fn tell(
    house: Arc<Installation>,
    clock: Arc<StoryClock>,
    twin: Arc<Twin>,
    from: Instant,
    speed: f64,
) -> Result<(), Fault> {
    let mut at = from;
    let mut shown = 0;
    loop {
        let now = clock.machine();
        // Telling a piece takes time, too: within a moment of the present is the present.
        if now - at < PRESENT {
            break;
        }
        let to = (at + PIECE).min(now);
        piece(&house, &clock, &twin, at, to).await?;
        people::act(&house, now).await;
        stands(&house, &twin, to).await?;
        at = to;
        let percent = share(from, at, now);
        if percent >= shown + 10 {
            shown = percent / 10 * 10;
            eprintln!("  telling two weeks of the estate's life / 正在演示两周的日常: {shown} %");
        }
        if speed > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(1.0 / speed)).await;
        }
    }
    clock.go_live();
    eprintln!("live / 已进入实时");
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = clock.now();
        piece(&house, &clock, &twin, at, now).await?;
        stands(&house, &twin, now).await?;
        at = now;
    }
}

async fn stands(house: &Installation, twin: &Twin, until: Instant) -> Result<(), Fault> {
    let change = story_stands(twin.story_from, until);
    let commit = Commit { at: until, changes: vec![change], ..Commit::default() };
    house.store.commit(commit).await.map(drop).map_err(|e| Fault::passing(e.to_string()))
}

/// One piece: what the committee learns, what devices say, what people report; then the loops catch up.
async fn piece(
    house: &Arc<Installation>,
    clock: &StoryClock,
    twin: &Twin,
    from: Instant,
    to: Instant,
) -> Result<(), Fault> {
    let changes: Vec<Change> = twin
        .registry_changes(from, to)
        .into_iter()
        .map(|(effective_at, change)| Change::Registry { effective_at, change: Box::new(change) })
        .collect();
    if !changes.is_empty() {
        house
            .store
            .commit(Commit { at: from, changes, ..Commit::default() })
            .await
            .map_err(|e| Fault::passing(e.to_string()))?;
    }
    // What the committee learned stands in the log before what devices say after it.
    registry_logged(house).await?;
    let mut entries = Vec::new();
    let mut tick = from + TICK;
    for (received, batch) in twin.life(from, to) {
        while tick <= received {
            entries.push(LogEntry::Tick { at: tick });
            tick = tick + TICK;
        }
        clock.advance_to(received);
        entries.push(LogEntry::Readings(batch));
        if entries.len() >= ENTRIES_MAX {
            house.log.append(std::mem::take(&mut entries)).await?;
        }
    }
    entries.push(LogEntry::Tick { at: to });
    let last = house.log.append(entries).await?;
    clock.advance_to(to);
    for report in twin.reports(from, to) {
        people::report(house, &report).await;
    }
    caught_up(house, last).await
}

/// Waits until every registry change has reached the log.
async fn registry_logged(house: &Installation) -> Result<(), Fault> {
    loop {
        let logged = house.store.checkpoint("registry").await?.position;
        if house.store.registry_after(logged, 1).await?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        if house.stop.is_cancelled() {
            return Err(Fault::passing("told to stop"));
        }
    }
}

/// Waits until the engine has passed a position.
async fn caught_up(house: &Installation, position: Position) -> Result<(), Fault> {
    while house.store.checkpoint("engine").await?.position < position {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if house.stop.is_cancelled() {
            return Err(Fault::passing("told to stop"));
        }
    }
    Ok(())
}
