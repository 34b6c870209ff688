//! The suite every history is run through. `open` gives a new, empty history in Shanghai's zone each time.

use crate::{History, HistoryQuery, HistoryRow, PositionRange, ScanQuery};
use linli_model::{
    AreaId, DeviceId, Instant, LocalDay, Measure, Millis, Position, Reading, ReadingId, Row, SourceId,
    Subject, SubjectKind, Value,
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
    a_row_of_a_clock_that_is_ahead_lies_in_the_day_in_which_it_counts(&*open().await).await;
    a_scan_gives_the_rows_asked_for_by_days_in_their_order(&*open().await).await;
    an_id_that_comes_again_counts_once(&*open().await).await;
    what_counts_stays_the_same_when_ranges_are_added_again_and_parts_are_joined(&*open().await).await;
}

/// A row of a scan with its texts: day, device, measure, observed_at, value, subject.
type Scanned = (LocalDay, String, String, Instant, Value, Option<Subject>);

fn scanned(history: &dyn History, query: &ScanQuery) -> Vec<Scanned> {
    let mut scan = history.scan(query);
    let mut found = Vec::new();
    while let Some(block) = scan.next_day().unwrap() {
        let names = scan.names();
        let text = |r: &Row| {
            let (device, measure) = (names.device(r).0, names.measure(r).0);
            (block.day, device, measure, r.observed_at, names.value(r), names.subject(r))
        };
        let mut day: Vec<Scanned> = block.rows.iter().map(text).collect();
        day.sort_by(|a, b| (a.3, &a.1, &a.2).cmp(&(b.3, &b.1, &b.2)));
        found.extend(day);
    }
    assert!(found.is_sorted_by_key(|s| s.0), "days come in their order");
    found
}

fn whole(area: &str) -> ScanQuery {
    let measures = ["pressure_mpa", "door_open"].map(Measure::new).into();
    let to = MORNING + Millis::days(1_000);
    ScanQuery { area: AreaId::new(area), from: Instant(0), to, measures, devices: vec![] }
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

async fn a_row_of_a_clock_that_is_ahead_lies_in_the_day_in_which_it_counts(history: &dyn History) {
    let mut ahead = row(1, "a1", "d1", 0, Value::Number(1.0));
    ahead.reading.observed_at = MORNING + Millis::days(900);
    ahead.clamped = true;
    history.add(range(1, 1), vec![ahead.clone()]).await.unwrap();
    let today = HistoryQuery::between(MORNING, MORNING + Millis::hours(1));
    assert_eq!(history.read(&today).await.unwrap(), [ahead.clone()]);
    let day = MORNING.day_in(&jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap());
    let query = ScanQuery { to: MORNING + Millis::hours(1), ..whole("a1") };
    let found = scanned(history, &query);
    assert_eq!(found.iter().map(|s| (s.0, s.3)).collect::<Vec<_>>(), [(day, ahead.reading.observed_at)]);
    assert_eq!(history.drop_days(day.tomorrow().unwrap()).await.unwrap(), 1, "it goes with its day");
}

async fn a_scan_gives_the_rows_asked_for_by_days_in_their_order(history: &dyn History) {
    let mut rows = vec![];
    let day = 24 * 60;
    for (n, minutes) in [2 * day + 7, 5, 30, day + 1, 3 * day, 4].into_iter().enumerate() {
        let position = n as Position + 1;
        let text = Value::Text(format!("c{}", n % 2));
        rows.push(row(position, "a1", "d1", minutes, Value::Number(n as f64 / 3.0)));
        rows.push(row(position, "a1", "d2", minutes + 1, Value::Flag(n % 2 == 0)));
        rows.push(HistoryRow { ..row(position, "a1", "d3", minutes, text.clone()) });
        rows.push(row(position, "a2", "d1", minutes, Value::Number(7.0)));
        if let Some(last) = rows.iter_mut().rev().find(|r| r.reading.value == text) {
            last.reading.measure = Measure::new("door_card");
        }
    }
    history.add(range(1, 3), rows.iter().filter(|r| r.position <= 3).cloned().collect()).await.unwrap();
    history.add(range(4, 6), rows.iter().filter(|r| r.position > 3).cloned().collect()).await.unwrap();
    let expected = |query: &ScanQuery| {
        let zone = jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap();
        let mut found: Vec<Scanned> = rows
            .iter()
            .filter(|r| query.matches(r))
            .map(|row| {
                let r = row.reading.clone();
                (r.observed_at.day_in(&zone), r.device.0, r.measure.0, r.observed_at, r.value, r.subject)
            })
            .collect();
        found.sort_by(|a, b| (a.3, &a.1, &a.2).cmp(&(b.3, &b.1, &b.2)));
        found
    };
    let narrow = |measures: &[&str], devices: &[&str]| ScanQuery {
        measures: measures.iter().map(|m| Measure::new(*m)).collect(),
        devices: devices.iter().map(|d| DeviceId::new(*d)).collect(),
        ..whole("a1")
    };
    let (from, to) = (MORNING + Millis::minutes(5), MORNING + Millis::minutes(day + 2));
    let all = ["pressure_mpa", "door_open", "door_card"];
    for query in [
        narrow(&all, &[]),
        narrow(&["pressure_mpa"], &[]),
        narrow(&["door_card", "door_open"], &[]),
        narrow(&["pressure_mpa"], &["d3", "nobody"]),
        narrow(&["humidity_pct"], &[]),
        ScanQuery { from, to, ..narrow(&all, &[]) },
        ScanQuery { from, to, ..narrow(&["door_open"], &["d1"]) },
        ScanQuery { from: to, to: from, ..narrow(&all, &[]) },
        ScanQuery { area: AreaId::new("a3"), ..narrow(&all, &[]) },
    ] {
        assert_eq!(scanned(history, &query), expected(&query), "{query:?}");
    }
    assert_eq!(scanned(history, &narrow(&all, &[])).len(), 18);
}

/// Rows of which every second one says again, in some way, what came under its id before.
fn with_repetitions() -> (Vec<HistoryRow>, Vec<f64>) {
    let id = |r: HistoryRow, id: &str| HistoryRow {
        reading: Reading { id: ReadingId::new(id), ..r.reading },
        ..r
    };
    let number = |n: f64| Value::Number(n);
    let first = id(row(1, "a1", "d1", 0, number(1.0)), "one");
    let elsewhere =
        HistoryRow { source: SourceId::new("gw-2"), ..id(row(4, "a1", "d1", 1, number(5.0)), "one") };
    let rows = vec![
        first.clone(),
        HistoryRow { position: 1, ..first.clone() },
        id(row(2, "a1", "d1", 1, number(2.0)), "two"),
        HistoryRow { position: 3, ..first.clone() },
        id(row(3, "a1", "d1", 2, number(3.0)), "three"),
        // Other content, another measure, another day.
        id(row(4, "a1", "d1", 0, number(91.0)), "one"),
        id(row(4, "a1", "d1", 24 * 60, number(92.0)), "two"),
        id(row(5, "a1", "d2", 24 * 60, Value::Flag(true)), "three"),
        // Another source, another area.
        elsewhere,
        id(row(6, "a2", "d1", 3, number(6.0)), "one"),
    ];
    (rows, vec![1.0, 2.0, 3.0, 5.0])
}

fn numbers(history: &dyn History) -> Vec<f64> {
    let mut found: Vec<f64> = scanned(history, &whole("a1")).iter().filter_map(|s| s.4.number()).collect();
    found.sort_by(f64::total_cmp);
    found
}

async fn an_id_that_comes_again_counts_once(history: &dyn History) {
    let (rows, counting) = with_repetitions();
    let of = |n: Position| rows.iter().filter(|r| r.position == n).cloned().collect::<Vec<_>>();
    for n in 1..=6 {
        history.add(range(n, n), of(n)).await.unwrap();
    }
    assert_eq!(history.read(&always()).await.unwrap().len(), rows.len(), "all of it is kept");
    assert_eq!(numbers(history), counting);
    assert_eq!(scanned(history, &whole("a2")).len(), 1);
}

async fn what_counts_stays_the_same_when_ranges_are_added_again_and_parts_are_joined(history: &dyn History) {
    let (rows, counting) = with_repetitions();
    let cut = |from, to| rows.iter().filter(|r| range(from, to).contains(r.position)).cloned().collect();
    for (from, to) in [(1, 2), (1, 4), (3, 3), (2, 6), (1, 6), (4, 4)] {
        history.add(range(from, to), cut(from, to)).await.unwrap();
    }
    assert_eq!(numbers(history), counting);
    let days = history.days().await.unwrap();
    history.compact(days.last().unwrap().day.tomorrow().unwrap()).await.unwrap();
    assert_eq!(numbers(history), counting);
    let more = HistoryRow { position: 7, ..rows[2].clone() };
    history.add(range(7, 7), vec![more]).await.unwrap();
    assert_eq!(numbers(history), counting);
}
