//! The engines as they stood, after a start: from their snapshot and the log behind it, or from what was registered and the log
//! that is left.

use super::engine::{CHECKPOINT, ENTRIES_MAX, SNAPSHOT};
use crate::{Installation, engines::Engines};
use linli_log::Log;
use linli_model::{AreaTree, Fault, LogEntry, Position};
use linli_store::Store;

/// The engines as they stood at the committed position: the snapshot, and the log from there.
pub async fn replay_to_checkpoint(house: &Installation) -> Result<(Engines, Position), Fault> {
    let checkpoint = house.store.checkpoint(CHECKPOINT).await?.position;
    let written = house.store.checkpoint(SNAPSHOT).await?;
    let restored = written
        .snapshot
        .filter(|_| written.position <= checkpoint)
        .and_then(|bytes| Engines::from_snapshot(house.timing.clone(), &bytes));
    let areas = house.state.areas().await?;
    let (mut engines, mut at) = match restored {
        Some(engines) => (engines, written.position),
        None => {
            let from = house.log.first().await?.saturating_sub(1);
            let engines = Engines::with_timing(house.timing.clone());
            (before_the_log(&*house.store, &*house.log, from, &areas, engines).await?, from)
        }
    };
    let mut dropped = Vec::new();
    while at < checkpoint {
        let most = ENTRIES_MAX.min((checkpoint - at) as usize);
        let entries = house.log.read(at, most).await?;
        let Some(last) = entries.last().map(|(p, _)| *p) else { break };
        for (_, entry) in &entries {
            engines.step(entry, &areas, &mut dropped);
        }
        dropped.clear();
        at = last;
    }
    Ok((engines, checkpoint))
}

/// Engines that know what was registered before the log that is left begins: without their snapshot, which another
/// version of this program wrote, the store says it. What the log brings again they know by its number.
async fn before_the_log(
    store: &dyn Store,
    log: &dyn Log,
    from: Position,
    areas: &AreaTree,
    mut engines: Engines,
) -> Result<Engines, Fault> {
    let until = first_registered(log, from).await?;
    let (mut after, mut dropped) = (0, Vec::new());
    loop {
        let entries = store.registry_after(after, ENTRIES_MAX as u32).await?;
        let Some(last) = entries.last().map(|e| e.seq) else { return Ok(engines) };
        for entry in entries {
            if until.is_some_and(|until| entry.seq >= until) {
                return Ok(engines);
            }
            engines.step(&LogEntry::Registry(entry), areas, &mut dropped);
        }
        dropped.clear();
        after = last;
    }
}

/// The number of the first registry change that is still in the log.
async fn first_registered(log: &dyn Log, from: Position) -> Result<Option<u64>, Fault> {
    let mut at = from;
    loop {
        let entries = log.read(at, ENTRIES_MAX).await?;
        let Some((last, _)) = entries.last() else { return Ok(None) };
        at = *last;
        let number = |(_, entry): &(Position, LogEntry)| match entry {
            LogEntry::Registry(e) if e.seq > 0 => Some(e.seq),
            _ => None,
        };
        if let Some(seq) = entries.iter().find_map(number) {
            return Ok(Some(seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::Timing;
    use linli_log::MemoryLog;
    use linli_model::*;
    use linli_store::{Change, Commit};
    use linli_store_sql::{Keyring, SqlStore};
    use std::sync::Arc;

    const RULE: &str = "rule = \"low\"\nname = { zh = \"低\", en = \"low\" }\nkey = \"device\"\nseverity = \"info\"\n\
        case_class = \"x.y\"\nsentence = { zh = \"低\", en = \"low\" }\n[signal]\noperator = \"level\"\nraise = \"smoke\"\n";

    fn timing() -> Timing {
        Timing {
            lateness: Millis::minutes(2),
            idle: Millis::minutes(5),
            correction_window: Millis::days(7),
            zone: jiff::tz::TimeZone::UTC,
            catalogue: Arc::new(linli_rule::Catalogue::shipped()),
        }
    }

    fn device(id: &str) -> RegistryChange {
        RegistryChange::DeviceSet(Device {
            id: DeviceId::new(id),
            class: DeviceClass::Smoke,
            name: id.to_owned(),
            area: AreaId::new("R"),
            area_path: AreaPath("S/R/".to_owned()),
            source: SourceId::new("s"),
            subject: None,
            measures: vec![Measure::new("smoke")],
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: Instant(0),
        })
    }

    /// An upgrade refuses the snapshot of the version before, and retention has dropped where the devices were registered.
    #[tokio::test]
    async fn without_a_snapshot_the_engines_know_what_was_registered_before_the_log_begins() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("store.sqlite").display());
        let store: Box<dyn Store> =
            Box::new(SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap());
        let rule = RegistryChange::RuleSet {
            pack: "p".to_owned(),
            rule: "low".to_owned(),
            version: 1,
            text: RULE.to_owned(),
        };
        let registered = [rule, device("first"), device("second")];
        let change = |change| Change::Registry { effective_at: Instant(1_000), change: Box::new(change) };
        let changes = registered.into_iter().map(change).collect();
        store.commit(Commit { at: Instant(1_000), changes, ..Commit::default() }).await.unwrap();
        let entries = store.registry_after(0, 10).await.unwrap();

        // The rule and the first device are gone from the log; the second one's registration is its first entry.
        let log = MemoryLog::empty();
        let reading = |id: &str| Reading {
            id: ReadingId::new(id),
            device: DeviceId::new(id),
            observed_at: Instant(5_000),
            measure: Measure::new("smoke"),
            value: Value::Flag(true),
            subject: None,
        };
        let batch = ReadingBatch {
            source: SourceId::new("s"),
            received_at: Instant(5_000),
            readings: vec![reading("first"), reading("second")],
            quarantined: vec![],
        };
        let later = LogEntry::Tick { at: Instant(5_000) + Millis::hours(1) };
        let left = vec![LogEntry::Registry(entries[2].clone()), LogEntry::Readings(batch), later];
        log.append(left.clone()).await.unwrap();
        let area = |id: &str, level, path: &str| Area {
            id: AreaId::new(id),
            level,
            name: id.to_owned(),
            parent: AreaPath(path.to_owned()).ids().rev().nth(1),
            path: AreaPath(path.to_owned()),
        };
        let areas = AreaTree::from_areas(vec![
            area("S", AreaLevel::Street, "S/"),
            area("R", AreaLevel::ResidentialArea, "S/R/"),
        ]);
        let blank = Engines::with_timing(timing());
        let mut engines = before_the_log(&*store, &log, 0, &areas, blank).await.unwrap();
        let mut found = Vec::new();
        for entry in &left {
            engines.step(entry, &areas, &mut found);
        }
        let mut subjects: Vec<String> = found.iter().map(|f| f.subject.to_string()).collect();
        subjects.sort();
        assert_eq!(subjects, ["device:first", "device:second"]);
    }
}
