//! How parts lie: format 2 is read page by page, and format 1 is still read.

use arrow::{
    array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    },
    datatypes::{DataType, Field, Schema},
};
use jiff::tz::TimeZone;
use linli_history::{
    History, HistoryQuery, HistoryRow, PositionRange, ScanQuery,
    contract::{MORNING, row},
};
use linli_history_parquet::{ParquetHistory, folder_of};
use linli_model::{AreaId, Fault, Instant, Measure, Millis, Subject, Value, time::DEFAULT_ZONE};
use parquet::{
    arrow::ArrowWriter,
    file::{
        metadata::{KeyValue, ParquetMetaDataReader},
        properties::WriterProperties,
    },
};
use std::{path::Path, sync::Arc};

fn zone() -> TimeZone {
    TimeZone::get(DEFAULT_ZONE).unwrap()
}

async fn open(folder: &Path) -> ParquetHistory {
    ParquetHistory::open_folder(folder, zone()).await.unwrap()
}

fn range(from: u64, to: u64) -> PositionRange {
    PositionRange { from, to }
}

fn always() -> HistoryQuery {
    HistoryQuery::between(Instant(0), MORNING + Millis::days(1_000))
}

/// How many rows of one measure a scan gives.
fn scanned(history: &ParquetHistory, measure: &str) -> Result<usize, Fault> {
    let to = MORNING + Millis::days(1_000);
    let measures = vec![Measure::new(measure)];
    let query = ScanQuery { area: AreaId::new("a1"), from: Instant(0), to, measures, devices: vec![] };
    let mut scan = history.scan(&query);
    let mut rows = 0;
    while let Some(block) = scan.next_day()? {
        rows += block.rows.len();
    }
    Ok(rows)
}

#[tokio::test]
async fn a_scan_of_one_measure_does_not_touch_the_pages_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path()).await;
    let of = |n: i64| {
        let mut number = row(1, "a1", "d1", 0, Value::Number((n as f64).sqrt()));
        (number.reading.observed_at, number.reading.id.0) = (MORNING + Millis(n), format!("n-{n}"));
        let mut flag = row(1, "a1", "d1", 0, Value::Flag(n % 3 == 0));
        (flag.reading.observed_at, flag.reading.id.0) = (MORNING + Millis(n), format!("f-{n}"));
        [number, flag]
    };
    history.add(range(1, 1), (0..20_000).flat_map(of).collect()).await.unwrap();
    assert_eq!(scanned(&history, "pressure_mpa").unwrap(), 20_000);

    // Doors come before pressures; their values' first page is spoilt.
    let path = folder
        .path()
        .join(folder_of(&AreaId::new("a1"), "2026-11-23".parse().unwrap()))
        .join("part-000000000001-000000000001.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::from(bytes.clone())).unwrap();
    let columns = metadata.row_group(0).columns();
    let value = columns.iter().find(|c| c.column_path().string() == "value").unwrap();
    let first = value.data_page_offset() as usize;
    bytes[first..first + 64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();

    assert_eq!(scanned(&history, "pressure_mpa").unwrap(), 20_000);
    assert!(!scanned(&history, "door_open").unwrap_err().retry);
}

/// As it was written before format 2.
fn write_format_1(path: &Path, rows: &[HistoryRow]) {
    let texts = |text: &dyn Fn(&HistoryRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(text)))
    };
    let times = |time: &dyn Fn(&HistoryRow) -> i64| -> ArrayRef {
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(time));
        Arc::new(times.with_timezone("UTC"))
    };
    let flag = |r: &HistoryRow| match r.reading.value {
        Value::Flag(flag) => Some(flag),
        _ => None,
    };
    let text = |r: &HistoryRow| match &r.reading.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let subject = |r: &HistoryRow| r.reading.subject.as_ref().map(Subject::to_string);
    let columns: Vec<(&str, bool, ArrayRef)> = vec![
        ("position", false, Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.position as i64)))),
        ("observed_at", false, times(&|r| r.reading.observed_at.millis())),
        ("received_at", false, times(&|r| r.received_at.millis())),
        ("source", false, texts(&|r| r.source.as_str())),
        ("device", false, texts(&|r| r.reading.device.as_str())),
        ("id", false, texts(&|r| r.reading.id.as_str())),
        ("measure", false, texts(&|r| r.reading.measure.as_str())),
        ("value", true, Arc::new(rows.iter().map(|r| r.reading.value.number()).collect::<Float64Array>())),
        ("flag", true, Arc::new(rows.iter().map(flag).collect::<BooleanArray>())),
        ("text", true, Arc::new(rows.iter().map(text).collect::<StringArray>())),
        ("subject", true, Arc::new(rows.iter().map(subject).collect::<StringArray>())),
        ("late", false, Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(r.late))))),
        ("clamped", false, Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(r.clamped))))),
    ];
    let field = |(name, nullable, column): &(&str, bool, ArrayRef)| {
        let of: &DataType = column.data_type();
        Field::new(*name, of.clone(), *nullable)
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|c| c.2).collect()).unwrap();
    let format = KeyValue::new("linli.history.format".to_owned(), "1".to_owned());
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![format])).build();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn parts_of_format_1_are_read_and_become_format_2_when_they_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join(folder_of(&AreaId::new("a1"), "2026-11-23".parse().unwrap()));
    let values = [Value::Number(0.25), Value::Flag(true), Value::Text("卡A".into())];
    let mut old: Vec<HistoryRow> = (1..=4)
        .flat_map(|n| values.iter().enumerate().map(move |(i, v)| (n, i as i64, v.clone())))
        .map(|(n, i, v)| row(n, "a1", "d1", n as i64 * 10 + i, v))
        .collect();
    // The first reading came once more.
    old.push(HistoryRow { position: 4, ..old[0].clone() });
    write_format_1(&day.join("part-000000000001-000000000002.parquet"), &old[..6]);
    write_format_1(&day.join("part-000000000003-000000000004.parquet"), &old[6..]);

    let history = open(folder.path()).await;
    let mut expected = old.clone();
    linli_history::memory::sort_as_read(&mut expected);
    let counting = [("pressure_mpa", 4), ("door_open", 8)];
    for joined in [false, true] {
        if joined {
            assert_eq!(history.compact("2026-11-24".parse().unwrap()).await.unwrap(), 1);
        }
        assert_eq!(history.read(&always()).await.unwrap(), expected, "joined: {joined}");
        assert_eq!(history.read(&always().of_measure(Measure::new("pressure_mpa"))).await.unwrap().len(), 5);
        for (measure, n) in counting {
            assert_eq!(scanned(&history, measure).unwrap(), n, "{measure}, joined: {joined}");
        }
    }
    // What is added to an old day is compared with it.
    let again = HistoryRow { position: 5, ..old[0].clone() };
    history.add(range(5, 5), vec![again]).await.unwrap();
    assert_eq!(scanned(&history, "pressure_mpa").unwrap(), 4);
}

#[tokio::test]
async fn a_damaged_part_of_yesterday_does_not_stop_what_comes_today() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path()).await;
    let yesterday = row(1, "a1", "d1", 0, Value::Number(1.0));
    let at = yesterday.reading.observed_at;
    history.add(range(1, 1), vec![yesterday]).await.unwrap();
    drop(history);
    let day = folder.path().join(folder_of(&AreaId::new("a1"), at.day_in(&zone())));
    let part = std::fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&part, b"not a parquet file").unwrap();

    let history = open(folder.path()).await;
    let mut today = row(2, "a1", "d1", 0, Value::Number(2.0));
    today.reading.observed_at = at + Millis::days(1);
    today.received_at = at + Millis::days(1);
    today.reading.id.0 = "today".to_owned();
    history.add(range(2, 2), vec![today]).await.unwrap();
    let query = HistoryQuery::between(at + Millis::hours(20), at + Millis::days(2));
    assert_eq!(history.read(&query).await.unwrap().len(), 1);
    assert!(history.read(&always()).await.is_err(), "who reads yesterday is told");
    assert_eq!(scanned(&history, "pressure_mpa").unwrap_err().code(), "history_unreadable");
}
