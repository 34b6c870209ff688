//! The suite every history is run through. `open` gives a new, empty history in Shanghai's zone each time.

use crate::{History, HistoryQuery, HistoryRow, PositionRange};
use linli_model::{
    AreaId, DeviceId, Instant, Measure, Millis, Position, Reading, ReadingId, SourceId, Subject, SubjectKind,
    Value,
};
use std::{future::Future, sync::Arc};

/// 2026-11-23 08:00 in Shanghai.
pub const MORNING: Instant = Instant(1_795_392_000_000);

/// A row of the log position `position`, observed so many minutes after [`MORNING`].
pub fn row(position: Position, area: &str, device: &str, minutes: i64, value: Value) -> HistoryRow {
    let observed_at = MORNING + Millis::minutes(minutes);
    HistoryRow {
        position,
        source: SourceId::new("gw-1"),
        received_at: observed_at + Millis(1_500),
        area: AreaId::new(area),
        reading: Reading {
            id: ReadingId::new(format!("{device}-{minutes}-{position}")),
            device: DeviceId::new(device),
            observed_at,
            measure: Measure::new(if matches!(value, Value::Number(_)) {
                "pressure_mpa"
            } else {
                "door_open"
            }),
            subject: (minutes % 2 == 0)
                .then(|| Subject::new(SubjectKind::Dwelling, format!("{area}-{device}"))),
            value,
        },
        late: minutes % 5 == 0,
        clamped: minutes % 7 == 0,
    }
}

fn range(from: Position, to: Position) -> PositionRange {
    PositionRange { from, to }
}

fn always() -> HistoryQuery {
    HistoryQuery::between(Instant(0), MORNING + Millis::days(1_000))
}

pub async fn every_promise<F, Fut>(open: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn History>>,
{
    every_field_reads_back_as_added(&*open().await).await;
    adding_the_same_range_again_changes_nothing(&*open().await).await;
    a_range_cut_differently_replaces_what_it_covers(&*open().await).await;
    a_question_narrows_by_every_field(&*open().await).await;
    answers_come_in_order_and_stop_at_the_limit(&*open().await).await;
    retention_forgets_whole_local_days(&*open().await).await;
    compaction_changes_no_answer(&*open().await).await;
    rows_outside_their_range_are_refused(&*open().await).await;
}

async fn every_field_reads_back_as_added(history: &dyn History) {
    let rows = vec![
        row(1, "a1", "d1", 0, Value::Number(0.1 + 0.2)),
        row(1, "a1", "d1", 1, Value::Flag(true)),
        row(2, "a1", "d1", 2, Value::Flag(false)),
        row(2, "a1", "d1", 3, Value::Text("卡 7\n\"".into())),
        row(3, "a1", "d1", 4, Value::Number(-0.0)),
        row(3, "a1", "d1", 5, Value::Text(String::new())),
    ];
    history.add(range(1, 3), rows.clone()).await.unwrap();
    assert_eq!(history.read(&always()).await.unwrap(), rows);
    let points = history.series(&always()).await.unwrap();
    assert_eq!(points.len(), rows.len());
    assert!(
        points.iter().zip(&rows).all(|(p, r)| p.value == r.reading.value && p.device == r.reading.device)
    );
}

async fn adding_the_same_range_again_changes_nothing(history: &dyn History) {
    let rows: Vec<_> = (1..=20).map(|n| row(n, "a1", "d1", n as i64, Value::Number(n as f64))).collect();
    history.add(range(1, 20), rows.clone()).await.unwrap();
    history.add(range(1, 20), rows.clone()).await.unwrap();
    assert_eq!(history.read(&always()).await.unwrap(), rows);
}

async fn a_range_cut_differently_replaces_what_it_covers(history: &dyn History) {
    let all: Vec<_> = (1..=30).map(|n| row(n, "a1", "d1", n as i64, Value::Number(n as f64))).collect();
    let cut = |from: usize, to: usize| all[from - 1..to].to_vec();
    for (from, to) in [(1, 10), (1, 20), (11, 15), (16, 30), (5, 12), (30, 30)] {
        history.add(range(from as Position, to as Position), cut(from, to)).await.unwrap();
    }
    assert_eq!(history.read(&always()).await.unwrap(), all);
}

async fn a_question_narrows_by_every_field(history: &dyn History) {
    let mut rows = vec![];
    for (i, area) in ["a1", "a2"].iter().enumerate() {
        for device in ["d1", "d2"] {
            rows.push(row(1, area, device, i as i64, Value::Number(1.0)));
            rows.push(row(1, area, device, 60 + i as i64, Value::Flag(true)));
        }
    }
    history.add(range(1, 1), rows).await.unwrap();
    let count = async |query: HistoryQuery| history.read(&query).await.unwrap().len();
    assert_eq!(count(always()).await, 8);
    assert_eq!(count(always().in_area(AreaId::new("a2"))).await, 4);
    assert_eq!(count(always().of_device(DeviceId::new("d1"))).await, 4);
    assert_eq!(count(always().of_measure(Measure::new("door_open"))).await, 4);
    assert_eq!(count(always().about(Subject::new(SubjectKind::Dwelling, "a1-d1"))).await, 2);
    let hour = HistoryQuery::between(MORNING, MORNING + Millis::minutes(60));
    assert_eq!(count(hour.clone()).await, 4, "the end is not included");
    assert_eq!(count(hour.in_area(AreaId::new("a1")).of_device(DeviceId::new("d2"))).await, 1);
    assert_eq!(count(always().of_device(DeviceId::new("nobody"))).await, 0);
}

async fn answers_come_in_order_and_stop_at_the_limit(history: &dyn History) {
    let rows = (1..=40)
        .map(|n| row(n, "a1", if n % 3 == 0 { "d2" } else { "d1" }, 40 - n as i64, Value::Number(0.0)))
        .collect::<Vec<_>>();
    history.add(range(1, 20), rows[..20].to_vec()).await.unwrap();
    history.add(range(21, 40), rows[20..].to_vec()).await.unwrap();
    let read = history.read(&always()).await.unwrap();
    assert!(read.is_sorted_by_key(|r| (r.reading.observed_at, r.reading.device.clone(), r.position)));
    assert_eq!(history.read(&always().first(7)).await.unwrap(), read[..7]);
}

async fn retention_forgets_whole_local_days(history: &dyn History) {
    let day = 24 * 60;
    // 08:00 of three days, and 23:59 local of the first.
    let rows = vec![
        row(1, "a1", "d1", 0, Value::Number(1.0)),
        row(1, "a1", "d1", 16 * 60 - 1, Value::Number(2.0)),
        row(2, "a1", "d1", day, Value::Number(3.0)),
        row(3, "a2", "d1", 2 * day, Value::Number(4.0)),
    ];
    history.add(range(1, 3), rows).await.unwrap();
    let kept = history.days().await.unwrap();
    assert_eq!(kept.len(), 3);
    let second = kept[1].day;
    assert_eq!(history.drop_days(second).await.unwrap(), 1);
    let left: Vec<_> = history.read(&always()).await.unwrap().iter().map(|r| r.position).collect();
    assert_eq!(left, [2, 3]);
    assert_eq!(history.drop_days(second).await.unwrap(), 0, "twice forgets nothing more");
}

async fn compaction_changes_no_answer(history: &dyn History) {
    for n in 1..=12 {
        let rows = vec![
            row(n, "a1", "d1", n as i64, Value::Number(n as f64)),
            row(n, "a2", "d2", n as i64, Value::Flag(true)),
        ];
        history.add(range(n, n), rows).await.unwrap();
    }
    let before = history.read(&always()).await.unwrap();
    let day = history.days().await.unwrap()[0].day;
    history.compact(day).await.unwrap();
    history.compact(day.tomorrow().unwrap()).await.unwrap();
    assert_eq!(history.read(&always()).await.unwrap(), before);
    let again = before.iter().filter(|r| r.position > 6).cloned().collect();
    history.add(range(7, 12), again).await.unwrap();
    assert_eq!(
        history.read(&always()).await.unwrap(),
        before,
        "a range inside a joined part is replaced in it"
    );
}

async fn rows_outside_their_range_are_refused(history: &dyn History) {
    let stray = row(9, "a1", "d1", 0, Value::Number(1.0));
    assert!(!history.add(range(1, 3), vec![stray]).await.unwrap_err().retry);
    assert!(history.read(&always()).await.unwrap().is_empty());
}
