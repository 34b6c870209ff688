//! A year of a sub-district: 23 residential areas, 4,000 devices of ten classes, 100 readings per device and day, the same
//! ones every time, written through the history port.
//!
//! `LINLI_BENCH_DIR` keeps the history between runs, `LINLI_BENCH_DAYS` (365), `LINLI_BENCH_DEVICES` (4000) and
//! `LINLI_BENCH_READINGS` (100 per device and day) choose its size.

#![allow(dead_code)] // Each benchmark uses its part.

use linli_history::{History, HistoryRow, PositionRange};
use linli_history_parquet::ParquetHistory;
use linli_model::{
    AreaId, DeviceId, Instant, LocalDay, Measure, Millis, Reading, ReadingId, SourceId, Subject, SubjectKind,
    Value,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub const AREAS: usize = 23;
const DAY_MS: i64 = 86_400_000;
/// By class of device, what it measures.
pub const CLASSES: [&str; 10] = [
    "door_card",
    "door_open",
    "motion",
    "gate_delta",
    "pressure_mpa",
    "smoke",
    "temperature_c",
    "noise_db",
    "water_m3",
    "pressure_m",
];

/// How much there is of everything.
#[derive(Clone, Copy)]
pub struct Size {
    pub days: i64,
    pub devices: usize,
    pub readings: i64,
}

impl Size {
    pub fn chosen() -> Size {
        let of = |name: &str, default: i64| {
            std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
        };
        Size {
            days: of("LINLI_BENCH_DAYS", 365),
            devices: of("LINLI_BENCH_DEVICES", 4_000) as usize,
            readings: of("LINLI_BENCH_READINGS", 100),
        }
    }
    pub fn last_day(self) -> LocalDay {
        "2026-10-31".parse().unwrap()
    }
    pub fn day(self, n: i64) -> LocalDay {
        self.last_day() - jiff::Span::new().days(self.days - 1 - n)
    }
    fn folder(self) -> String {
        format!("year-2-{}x{}x{}", self.days, self.devices, self.readings)
    }
}

pub fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap()
}

/// A number that depends on its place alone.
fn drawn(device: usize, day: i64, n: i64) -> u64 {
    let mut h = (device as u64) << 40 ^ (day as u64) << 20 ^ n as u64;
    for _ in 0..2 {
        h = (h ^ h >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    h ^ h >> 29
}

pub fn measure(device: usize) -> &'static str {
    CLASSES[device % CLASSES.len()]
}
pub fn area(device: usize) -> String {
    format!("R{}", device / CLASSES.len() % AREAS + 1)
}
pub fn device_id(device: usize) -> DeviceId {
    DeviceId::new(format!("{}-{device}", measure(device)))
}
/// Doors, rooms and meters stand for a dwelling.
pub fn dwelling(device: usize) -> Option<Subject> {
    let home = || Subject::new(SubjectKind::Dwelling, format!("H{}", device / CLASSES.len()));
    matches!(measure(device), "door_open" | "motion" | "water_m3").then(home)
}

/// What a device of its class says: usual values, and now and then what a rule looks for.
fn value(device: usize, day: i64, n: i64, minute: i64) -> Value {
    let draw = drawn(device, day, n);
    // A bad day comes to a device once in two months.
    let bad = drawn(device, day, -1).is_multiple_of(60);
    let (small, night) = ((draw >> 8) % 100, !(360..1_320).contains(&minute));
    let number = |n: f64| Value::Number((n * 1000.0).round() / 1000.0);
    match measure(device) {
        "door_card" => Value::Text(format!("card-{}-{}", device / CLASSES.len(), draw % 40)),
        "door_open" | "motion" => Value::Flag(!bad && !night && small < 50),
        "gate_delta" => number(if draw.is_multiple_of(2) { 1.0 } else { -1.0 }),
        "pressure_mpa" if bad && (480..540).contains(&minute) => number(0.05 + small as f64 / 2_000.0),
        "pressure_mpa" => number(0.25 + small as f64 / 1_000.0),
        "smoke" => Value::Flag(bad && n == 40 && device.is_multiple_of(3)),
        "temperature_c" if bad && n == 50 => number(56.0),
        "temperature_c" => number(18.0 + small as f64 / 10.0),
        "noise_db" => {
            number(if night { 38.0 } else { 52.0 } + small as f64 / 10.0 + if bad { 24.0 } else { 0.0 })
        }
        "water_m3" => number(if bad || night { 0.0 } else { (small / 10) as f64 / 100.0 }),
        _ => number(if bad { 9.0 } else { 22.0 } + small as f64 / 50.0),
    }
}

/// A day's readings of all devices, as the history loop would add them.
fn rows_of(size: Size, n: i64) -> Vec<HistoryRow> {
    let start = Instant::start_of(size.day(n), &zone());
    let every = DAY_MS / size.readings;
    let mut rows = Vec::with_capacity(size.devices * size.readings as usize);
    for device in 0..size.devices {
        let (area, id) = (AreaId::new(area(device)), device_id(device));
        let source = SourceId::new(format!("gw-{}", device / CLASSES.len() % AREAS * 3 + device % 3));
        for i in 0..size.readings {
            let observed_at = start + Millis(i * every + (drawn(device, n, i) >> 20) as i64 % every);
            let minute = (observed_at - start).0 / 60_000;
            rows.push(HistoryRow {
                position: n as u64 + 1,
                source: source.clone(),
                received_at: observed_at + Millis((drawn(device, n, i) >> 40) as i64 % 3_000),
                area: area.clone(),
                reading: Reading {
                    id: ReadingId::new(format!("{device}-{n}-{i}")),
                    device: id.clone(),
                    observed_at,
                    measure: Measure::new(measure(device)),
                    value: value(device, n, i, minute),
                    subject: None,
                },
                late: false,
                clamped: false,
            });
        }
    }
    rows
}

pub async fn written(folder: &Path, size: Size) -> PathBuf {
    let (done, making) = (folder.join(size.folder()), folder.join(format!("{}.part", size.folder())));
    if done.is_dir() {
        return done;
    }
    let began = std::time::Instant::now();
    let _ = std::fs::remove_dir_all(&making);
    let history = Arc::new(ParquetHistory::open_folder(&making, zone()).await.unwrap());
    let mut next = tokio::task::spawn_blocking(move || rows_of(size, 0));
    for n in 0..size.days {
        let rows = next.await.unwrap();
        next = tokio::task::spawn_blocking(
            move || if n + 1 < size.days { rows_of(size, n + 1) } else { vec![] },
        );
        let position = n as u64 + 1;
        history.add(PositionRange { from: position, to: position }, rows).await.unwrap();
        if n % 50 == 0 {
            eprintln!("day {n} of {} written after {:.0} s", size.days, began.elapsed().as_secs_f64());
        }
    }
    std::fs::rename(&making, &done).unwrap();
    let bytes: u64 = ParquetHistory::open_folder(&done, zone())
        .await
        .unwrap()
        .days()
        .await
        .unwrap()
        .iter()
        .map(|d| d.bytes)
        .sum();
    let readings = size.days * size.devices as i64 * size.readings;
    println!(
        "{:<44} {:>8.1} s {readings:>12} readings, {} MB, {:.1} bytes a reading",
        "written through the history port",
        began.elapsed().as_secs_f64(),
        bytes / 1_000_000,
        bytes as f64 / readings as f64,
    );
    done
}

/// A measurement that is being taken: of the clock, and of the processor, which others may be using, too.
pub struct Watch(std::time::Instant, f64);

impl Watch {
    pub fn started() -> Watch {
        Watch(std::time::Instant::now(), cpu_seconds())
    }
    pub fn line(self, what: &str, readings: usize, more: &str) {
        let (took, cpu) = (self.0.elapsed().as_secs_f64(), cpu_seconds() - self.1);
        let per_second = readings as f64 / took / 1e6;
        println!(
            "{what:<40} {took:>7.2} s {cpu:>7.2} cpu s {readings:>11} readings {per_second:>6.2} million/s  {more}"
        );
    }
}

/// What this process has used of the processors so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// The year's history in a folder that is kept, if there is one, else in a temporary one.
pub async fn kept(size: Size) -> (PathBuf, tempfile::TempDir) {
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var("LINLI_BENCH_DIR").ok();
    let folder = kept.map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    (written(&folder, size).await, temporary)
}
