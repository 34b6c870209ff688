//! The suite every log is run through. `open` gives a new, empty log each time.

use crate::{Log, READ_ENTRIES_MAX};
use linli_model::{
    DeviceId, Diagnostic, Instant, LogEntry, Measure, Position, QuarantineReason, Quarantined, Reading,
    ReadingBatch, ReadingId, RegistryChange, RegistryEntry, SourceId, Subject, SubjectKind, Value,
};
use std::{future::Future, sync::Arc};

/// An entry that says nothing but its number.
pub fn tick(n: i64) -> LogEntry {
    LogEntry::Tick { at: Instant(n) }
}

/// A batch of `rows` readings that differ from those of every other `n`.
pub fn batch(n: i64, rows: usize) -> LogEntry {
    let reading = |i: usize| Reading {
        id: ReadingId::new(format!("r{n}-{i}")),
        device: DeviceId::new(format!("dev-{}", i % 7)),
        observed_at: Instant(1_795_420_800_000 + n * 1_000 + i as i64),
        measure: Measure::new("pressure_mpa"),
        value: match i % 3 {
            0 => Value::Number(0.1 + i as f64 / 1_000.0),
            1 => Value::Flag(n % 2 == 0),
            _ => Value::Text(format!("门{i}")),
        },
        subject: i.is_multiple_of(2).then(|| Subject::new(SubjectKind::Dwelling, format!("d{i}"))),
    };
    LogEntry::Readings(ReadingBatch {
        source: SourceId::new("contract"),
        received_at: Instant(1_795_420_800_000 + n),
        readings: (0..rows).map(reading).collect(),
        quarantined: vec![Quarantined {
            row: 1,
            raw: "{\"id\":".into(),
            reason: QuarantineReason::Malformed,
            diagnostic: Diagnostic::new("malformed", "rows[1]", "不完整", "cut short").at(1, 6),
        }],
    })
}

pub async fn every_promise<F, Fut>(open: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Log>>,
{
    an_empty_log_is_at_zero(&*open().await).await;
    positions_are_dense_from_one(&*open().await).await;
    every_kind_of_entry_reads_back_as_written(&*open().await).await;
    reading_starts_after_a_position_and_stops_at_the_limit(&*open().await).await;
    the_entries_of_one_call_are_neighbours(open().await).await;
    trimming_never_takes_what_it_was_not_given(&*open().await).await;
    positions_go_on_after_everything_was_trimmed(&*open().await).await;
    followers_see_the_newest_position(&*open().await).await;
}

async fn an_empty_log_is_at_zero(log: &dyn Log) {
    assert_eq!(log.last().await.unwrap(), 0);
    assert_eq!(log.first().await.unwrap(), 1);
    assert_eq!(log.read(0, 10).await.unwrap(), vec![]);
    assert_eq!(log.append(vec![]).await.unwrap(), 0, "appending nothing moves nothing");
}

async fn positions_are_dense_from_one(log: &dyn Log) {
    assert_eq!(log.append(vec![tick(1)]).await.unwrap(), 1);
    assert_eq!(log.append(vec![tick(2), tick(3)]).await.unwrap(), 3);
    assert_eq!(log.append(vec![tick(4)]).await.unwrap(), 4);
    let read = log.read(0, 10).await.unwrap();
    assert_eq!(read, (1..=4).map(|n| (n as Position, tick(n))).collect::<Vec<_>>());
}

async fn every_kind_of_entry_reads_back_as_written(log: &dyn Log) {
    let registry = LogEntry::Registry(RegistryEntry {
        seq: 1,
        effective_at: Instant(5),
        change: RegistryChange::AwaySet {
            subject: Subject::new(SubjectKind::Person, "p1"),
            until: Some(Instant(9)),
            reason: "住院".into(),
        },
    });
    let entries = vec![batch(1, 40), registry, tick(3), batch(4, 0)];
    log.append(entries.clone()).await.unwrap();
    let read: Vec<_> = log.read(0, 10).await.unwrap().into_iter().map(|(_, e)| e).collect();
    assert_eq!(read, entries);
}

async fn reading_starts_after_a_position_and_stops_at_the_limit(log: &dyn Log) {
    for n in 1..=20 {
        log.append(vec![tick(n)]).await.unwrap();
    }
    let read = log.read(7, 5).await.unwrap();
    assert_eq!(read.first().unwrap(), &(8, tick(8)));
    assert_eq!(read.last().unwrap(), &(12, tick(12)));
    assert_eq!(log.read(20, 5).await.unwrap(), vec![]);
    assert_eq!(log.read(0, READ_ENTRIES_MAX * 2).await.unwrap().len(), 20);
}

async fn the_entries_of_one_call_are_neighbours(log: Arc<dyn Log>) {
    let senders = (0..8).map(|sender| {
        let log = log.clone();
        async move {
            for call in 0..10 {
                let n = sender * 1_000 + call * 10;
                let last = log.append(vec![tick(n), tick(n + 1), tick(n + 2)]).await.unwrap();
                let read = log.read(last - 3, 3).await.unwrap();
                let entries: Vec<_> = read.into_iter().map(|(_, e)| e).collect();
                assert_eq!(entries, vec![tick(n), tick(n + 1), tick(n + 2)]);
            }
        }
    });
    let mut together = tokio::task::JoinSet::new();
    for sender in senders {
        together.spawn(sender);
    }
    together.join_all().await;
    assert_eq!(log.last().await.unwrap(), 240);
}

async fn trimming_never_takes_what_it_was_not_given(log: &dyn Log) {
    log.append((1..=50).map(tick).collect()).await.unwrap();
    log.trim(30).await.unwrap();
    let first = log.first().await.unwrap();
    assert!((1..=30).contains(&first), "first is {first}");
    assert_eq!(log.read(29, 1).await.unwrap(), vec![(30, tick(30))]);
    if first > 1 {
        let fault = log.read(0, 1).await.unwrap_err();
        assert!(!fault.retry, "a gap does not go away by trying again");
    }
}

async fn positions_go_on_after_everything_was_trimmed(log: &dyn Log) {
    log.append((1..=5).map(tick).collect()).await.unwrap();
    log.trim(Position::MAX).await.unwrap();
    assert_eq!(log.last().await.unwrap(), 5);
    assert_eq!(log.append(vec![tick(6)]).await.unwrap(), 6);
    assert_eq!(log.read(5, 10).await.unwrap(), vec![(6, tick(6))]);
}

async fn followers_see_the_newest_position(log: &dyn Log) {
    let mut follower = log.appended();
    assert_eq!(*follower.borrow_and_update(), 0);
    log.append(vec![tick(1), tick(2)]).await.unwrap();
    assert!(follower.has_changed().unwrap());
    assert_eq!(*follower.borrow_and_update(), 2);
    assert_eq!(*log.appended().borrow(), 2, "who comes later sees it too");
}
