//! Any bytes are taken as readings without a panic: every row is accepted or put in quarantine with a reason in both
//! languages, and an accepted reading reads back as it is.
//!
//! The first byte chooses the way in: a message as it came, a message that says it is gzip, a message we pack, a file
//! through each of three mappings.

use crate::{shipped::catalogue, told};
use linli_intake::{
    Encoding, Intake, Message, Principal, Snapshot, body,
    file::{Imported, Mapping, Outcome, mapping::FileForm, read_readings, table::read_table},
};
use linli_log::{Log, MemoryLog};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Instant, LogEntry, Reading, ReadingBatch,
    SourceId, Value,
};
use std::{
    future::Future,
    io::Write,
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Waker},
};

/// 2026-11-23T08:30:00+08:00
const NOW: Instant = Instant(1_795_393_800_000);

/// Our own table, one whose numbers are scaled and whose rows last, and NDJSON with times of the wall clock.
const MAPPINGS: [&str; 3] = [
    include_str!("../../mappings/readings_csv.toml"),
    r#"name = "scaled"
kind = "readings"
title = { zh = "试", en = "Trial" }
provenance = "fuzzing"
zone = "Europe/London"
drop_repeated_rows = true
[file]
form = "tsv"
columns = ["start", "length", "sensor", "value"]
[[check]]
column = "value"
min = -5.0
on_breach = "flag"
code = "low"
message = { zh = "低", en = "low" }
[readings]
source = "trial"
time = { column = "start", form = "epoch_secs" }
length_secs_column = "length"
[readings.device]
column = "sensor"
prefix = "t-"
class = "other"
area = "trial"
[[readings.reading]]
measure = "temperature_c"
column = "value"
value = "number"
scale = 1000.0
at = "end"
"#,
    r#"name = "lines"
kind = "readings"
title = { zh = "试", en = "Trial" }
provenance = "fuzzing"
zone = "Europe/London"
[file]
form = "ndjson"
columns = ["at", "device", "value"]
[readings]
source = "trial"
time = { column = "at", form = { pattern = "%Y-%m-%d %H:%M" } }
[readings.device]
column = "device"
class = "other"
area = "trial"
[[readings.reading]]
measure = "door_open"
column = "value"
value = "flag"
"#,
];

pub fn holds(bytes: &[u8]) {
    let Some((way, bytes)) = bytes.split_first() else { return };
    match way % 6 {
        0 => check_message(bytes, Encoding::Identity),
        1 => check_message(bytes, Encoding::Gzip),
        2 => check_message(&packed(bytes), Encoding::Identity),
        n => check_file(MAPPINGS[usize::from(n) - 3], bytes),
    }
}

// -- messages --

fn check_message(bytes: &[u8], encoding: Encoding) {
    let log = Arc::new(MemoryLog::empty());
    let intake = Intake::new(log.clone(), Arc::new(directory().clone()), Arc::new(|| NOW));
    let sender = Principal::gateway("gw", SourceId::new("gw-1"));
    let unpacked = body::unpack(bytes, encoding, intake.limits());
    let taken = now(intake.take(&sender, Message { body: bytes, encoding, source: None }));
    let (receipt, unpacked) = match (taken, unpacked) {
        (Ok(receipt), Ok(unpacked)) => (receipt, unpacked),
        (Err(linli_intake::IntakeError::TooLarge(d) | linli_intake::IntakeError::Unreadable(d)), _) => {
            return told::check(&[d]);
        }
        (taken, unpacked) => panic!("taken {taken:?}, unpacked {unpacked:?}"),
    };
    let rows = body::rows(&unpacked).count().max(1);
    assert_eq!((receipt.accepted + receipt.quarantined) as usize, rows, "a row is not accounted for");
    assert_eq!(receipt.rows.len(), receipt.quarantined as usize);
    let mut last = 0;
    for row in &receipt.rows {
        assert!(row.row > last && row.row as usize <= rows, "row {} of {rows}, after {last}", row.row);
        last = row.row;
        told::check(std::slice::from_ref(&row.diagnostic));
    }
    let (mut accepted, mut quarantined) = (0, 0);
    for (_, entry) in now(log.read(0, usize::MAX)).expect("a log in memory") {
        let LogEntry::Readings(batch) = entry else { panic!("no batch: {entry:?}") };
        accepted += batch.readings.len();
        quarantined += batch.quarantined.len();
        batch.readings.iter().for_each(|r| check_reads_back(r, &intake, &sender, &batch));
    }
    assert_eq!((accepted, quarantined), (receipt.accepted as usize, receipt.quarantined as usize));
}

/// As JSON, and as a row of the format.
fn check_reads_back(reading: &Reading, intake: &Intake, sender: &Principal, batch: &ReadingBatch) {
    check_json(reading);
    let mut row = serde_json::json!({
        "id": reading.id, "source": batch.source, "device": reading.device,
        "observed_at": reading.observed_at, "measure": reading.measure,
        "value": match &reading.value {
            Value::Number(n) => serde_json::json!(n),
            Value::Flag(b) => serde_json::json!(b),
            Value::Text(t) => serde_json::json!(t),
        },
    });
    if let Some(subject) = &reading.subject {
        row["subject"] = serde_json::json!(subject);
    }
    let row = row.to_string();
    let verdict = intake.judge_one(sender, row.as_bytes());
    assert!(verdict.is_ok(), "accepted, and not when it is written again: {verdict:?}\n{row}");
}

fn check_json(reading: &Reading) {
    if let Value::Number(n) = reading.value {
        assert!(n.is_finite(), "IK5: {reading:?}");
    }
    let json = serde_json::to_string(reading).expect("a reading is plain data");
    let back: Reading = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {json}"));
    assert_eq!(back, *reading, "reads back as another reading: {json}");
}

/// The devices of the corpus, with every measure of the catalogue.
fn directory() -> &'static Arc<Snapshot> {
    static DIRECTORY: OnceLock<Arc<Snapshot>> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let devices = [
            device("door-17", DeviceClass::SmartDoor),
            device("probe-1", DeviceClass::WirelessProbe),
            device("d", DeviceClass::Other),
        ];
        Arc::new(Snapshot::default().devices(&devices).catalogue(catalogue()))
    })
}

fn device(id: &str, class: DeviceClass) -> Device {
    let area = AreaId::new("A1");
    Device {
        id: DeviceId::new(id),
        class,
        name: id.to_owned(),
        area_path: AreaPath::root(&area),
        area,
        source: SourceId::new("gw-1"),
        subject: None,
        measures: Vec::new(),
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(0),
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("into memory");
    packed.finish().expect("into memory")
}

/// Nothing here waits for anything: the log is in memory.
fn now<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

// -- files --

fn check_file(mapping: &str, bytes: &[u8]) {
    let mapping: Mapping = toml::from_str(mapping).expect("the mappings are right");
    let read = match read_readings(&mapping, bytes) {
        Ok(read) => read,
        Err(wrong) => return told::check(&wrong),
    };
    let rows = read_table(&mapping.file, bytes).expect("it was read before").rows.len();
    assert_eq!(read.rows.len(), rows, "IF1: a row is not accounted for");
    if mapping.file.form == FileForm::Ndjson && !bytes.starts_with(&[0x1f, 0x8b]) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.split(|c| *c == b'\n').filter(|l| !l.trim_ascii().is_empty()).count();
        assert_eq!(rows, lines, "IF1: a line is not accounted for");
    }
    check_rows(&read);
    let counts = read.counts();
    let sum = counts.clean + counts.flagged + counts.duplicate + counts.quarantined;
    assert_eq!((sum, counts.rows), (rows as u64, rows as u64), "IF1: {counts:?}");
    let entries: usize =
        read.entries().iter().map(|e| if let LogEntry::Readings(b) = e { b.readings.len() } else { 0 }).sum();
    assert_eq!(entries as u64, counts.readings);
    read.registry(1);
}

fn check_rows(read: &Imported) {
    for (i, row) in read.rows.iter().enumerate() {
        assert_eq!(row.row as usize, i + 1, "IF1: rows keep their numbers");
        match &row.outcome {
            Outcome::Clean(readings) | Outcome::Flagged { readings, .. } => {
                readings.iter().for_each(check_json);
            }
            Outcome::Duplicate { of } => assert!(*of < row.row),
            Outcome::Quarantined(q) => told::check(std::slice::from_ref(&q.diagnostic)),
        }
    }
}
