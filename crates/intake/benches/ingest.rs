//! Readings per second: judged in memory, and durable as messages of 1,000 (what an HTTP batch or an MQTT array is once
//! its bytes are here), on the folder in `LINLI_BENCH_DIR` (else the system's temporary one: mind that it may be in memory).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use linli_intake::{
    Intake, JudgeContext, Message, Principal, RawRow, Snapshot, judge, take::CLOCK_AHEAD_MAX,
};
use linli_log::Log;
use linli_log_embedded::{EmbeddedLog, LogOptions};
use linli_model::{AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Instant, SourceId};
use linli_rule::Catalogue;
use std::{path::PathBuf, sync::Arc};

const SENDERS: usize = 8;
const MESSAGES: usize = 8;
const READINGS: usize = 1_000;

fn now() -> Instant {
    "2026-11-23T08:30:00+08:00".parse().expect("a time")
}

fn snapshot() -> Snapshot {
    let area = AreaId::new("310104011012");
    let devices: Vec<Device> = (0..200)
        .map(|n| Device {
            id: DeviceId(format!("water-{n}")),
            class: DeviceClass::WaterPressure,
            name: String::new(),
            area_path: AreaPath::root(&area),
            area: area.clone(),
            source: SourceId::new("gw-1"),
            subject: None,
            measures: vec![],
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: Instant(0),
        })
        .collect();
    Snapshot::default().devices(&devices).catalogue(&Catalogue::shipped())
}

fn rows(message: usize) -> Vec<String> {
    let row = |n: usize| {
        let (device, value, ms) = (n % 200, 0.2 + (n % 100) as f64 / 1_000.0, n % 1_000);
        format!(
            r#"{{"id":"m{message}-{n}","device":"water-{device}","observed_at":"2026-11-23T08:29:12.{ms:03}+08:00","measure":"pressure_mpa","value":{value}}}"#
        )
    };
    (0..READINGS).map(row).collect()
}

fn ingest(c: &mut Criterion) {
    let directory = Arc::new(snapshot());
    let principal = Principal::gateway("gw-1", SourceId::new("gw-1"));
    let ctx = JudgeContext {
        directory: &directory,
        principal: &principal,
        source: None,
        received_at: now(),
        clock_ahead_max: CLOCK_AHEAD_MAX,
    };
    let message = rows(1);
    let mut group = c.benchmark_group("ingest");
    group.throughput(Throughput::Elements(READINGS as u64));
    group.bench_function("judge_1000_rows", |b| {
        b.iter(|| {
            let passed =
                message.iter().filter(|row| judge(RawRow { number: 1, bytes: row.as_bytes() }, &ctx).is_ok());
            assert_eq!(passed.count(), READINGS);
        });
    });

    let base = std::env::var_os("LINLI_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base).expect("a folder for the log");
    let log = Arc::new(EmbeddedLog::open(folder.path(), LogOptions::default()).expect("the log opens"));
    let intake = Arc::new(Intake::new(log.clone(), Arc::new(directory.clone()), Arc::new(now)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let body = Arc::new(message.join("\n"));
    group.throughput(Throughput::Elements((SENDERS * MESSAGES * READINGS) as u64));
    group.sample_size(20);
    group.bench_function("durable_8_senders_of_1000", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut senders = tokio::task::JoinSet::new();
                for _ in 0..SENDERS {
                    let (intake, body, principal) = (intake.clone(), body.clone(), principal.clone());
                    senders.spawn(async move {
                        for _ in 0..MESSAGES {
                            let receipt =
                                intake.take(&principal, Message::of(body.as_bytes())).await.expect("taken");
                            assert_eq!(receipt.accepted as usize, READINGS);
                        }
                    });
                }
                senders.join_all().await;
                let last = log.last().await.expect("a position");
                log.trim(last).await.expect("trimmed");
            });
        });
    });
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
