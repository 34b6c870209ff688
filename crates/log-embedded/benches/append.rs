//! Durable appends with 16 concurrent senders of batches of 500 readings, on the folder in
//! `LINLI_BENCH_DIR` (else the system's temporary one: mind that it may be in memory).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use linli_log::{Log, contract::batch};
use linli_log_embedded::{EmbeddedLog, LogOptions};
use std::{path::PathBuf, sync::Arc};

const SENDERS: usize = 16;
const CALLS: usize = 8;
const READINGS: usize = 500;

fn append(c: &mut Criterion) {
    let base = std::env::var_os("LINLI_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base).expect("a folder for the log");
    let log = Arc::new(EmbeddedLog::open(folder.path(), LogOptions::default()).expect("the log opens"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let entry = batch(1, READINGS);

    let mut group = c.benchmark_group("durable_append");
    group.throughput(Throughput::Elements((SENDERS * CALLS * READINGS) as u64));
    group.sample_size(20);
    group.bench_function("readings_16_senders_of_500", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut senders = tokio::task::JoinSet::new();
                for _ in 0..SENDERS {
                    let (log, entry) = (log.clone(), entry.clone());
                    senders.spawn(async move {
                        for _ in 0..CALLS {
                            log.append(vec![entry.clone()]).await.expect("it is durable");
                        }
                    });
                }
                senders.join_all().await;
                let last = log.last().await.expect("a position");
                log.trim(last).await.expect("trimmed");
            });
        });
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("one_sender_one_reading", |b| {
        let single = batch(1, 1);
        b.iter(|| runtime.block_on(log.append(vec![single.clone()])).expect("it is durable"));
    });
    group.finish();
}

criterion_group!(benches, append);
criterion_main!(benches);
