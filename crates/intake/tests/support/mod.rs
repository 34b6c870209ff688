//! What the tests of the MQTT edges share: an intake on a log in memory, free ports.
#![allow(dead_code, unreachable_pub)]

use async_trait::async_trait;
use linli_intake::{Credential, Directory, Intake, MeasureKind, MeasureSpec, Principal, SecretKey, Snapshot};
use linli_log::{Log, MemoryLog};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Fault, Instant, LogEntry, Measure,
    Position, ReadingBatch, SourceId,
};
use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// A directory that a test changes while connections are open.
pub struct Registry(pub Mutex<Arc<Snapshot>>);

impl Directory for Registry {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.0.lock().unwrap().clone()
    }
}

pub struct Bench {
    pub log: Arc<MemoryLog>,
    pub registry: Arc<Registry>,
    pub intake: Arc<Intake>,
}

fn device(id: &str, source: &str) -> Device {
    let area = AreaId::new("310104011012");
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::SmartDoor,
        name: id.to_owned(),
        area_path: AreaPath::root(&area),
        area,
        source: SourceId::new(source),
        subject: None,
        measures: vec![],
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(0),
    }
}

pub fn snapshot(with_credentials: bool) -> Snapshot {
    let key = SecretKey(vec![1; 32]);
    let principal = Principal::gateway("gw-1", SourceId::new("gw-1"));
    let secret_hash = key.hash("gw-1", b"secret-1");
    let credential = Credential { principal: Arc::new(principal), secret_hash };
    let flag = MeasureSpec { code: Measure::new("door_open"), kind: MeasureKind::Flag, unit: String::new() };
    let devices = [device("door-1", "gw-1"), device("door-2", "gw-2")];
    let snapshot = Snapshot::with_key(key).devices(&devices).measures([flag]);
    if with_credentials { snapshot.credentials([credential]) } else { snapshot }
}

pub fn bench() -> Bench {
    let log = Arc::new(MemoryLog::empty());
    let registry = Arc::new(Registry(Mutex::new(Arc::new(snapshot(true)))));
    let now: Instant = "2026-11-23T08:30:00+08:00".parse().unwrap();
    let intake = Arc::new(Intake::new(log.clone(), registry.clone(), Arc::new(move || now)));
    Bench { log, registry, intake }
}

/// A log on a disk that is gone; says how often somebody tried.
#[derive(Default)]
pub struct BrokenLog {
    pub tried: watch::Sender<u32>,
    nothing: MemoryLog,
}

#[async_trait]
impl Log for BrokenLog {
    async fn append(&self, _entries: Vec<LogEntry>) -> Result<Position, Fault> {
        self.tried.send_modify(|n| *n += 1);
        Err(linli_log::fault::read_only("the disk is gone"))
    }
    async fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault> {
        self.nothing.read(after, entries_max).await
    }
    async fn last(&self) -> Result<Position, Fault> {
        self.nothing.last().await
    }
    async fn first(&self) -> Result<Position, Fault> {
        self.nothing.first().await
    }
    async fn trim(&self, before: Position) -> Result<(), Fault> {
        self.nothing.trim(before).await
    }
    fn appended(&self) -> watch::Receiver<Position> {
        self.nothing.appended()
    }
}

pub fn intake_on(log: Arc<dyn Log>) -> Arc<Intake> {
    let now: Instant = "2026-11-23T08:30:00+08:00".parse().unwrap();
    Arc::new(Intake::new(log, Arc::new(Arc::new(snapshot(true))), Arc::new(move || now)))
}

pub fn row(n: usize, device: &str) -> String {
    format!(
        r#"{{"id":"r-{n}","device":"{device}","observed_at":"2026-11-23T08:29:00+08:00","measure":"door_open","value":true}}"#
    )
}

pub async fn batches(log: &MemoryLog) -> Vec<ReadingBatch> {
    let read = log.read(0, 1_000).await.unwrap();
    let batch = |entry| match entry {
        LogEntry::Readings(batch) => batch,
        other => panic!("only readings were sent, the log has {other:?}"),
    };
    read.into_iter().map(|(_, entry)| batch(entry)).collect()
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Fails the test instead of hanging.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .unwrap_or_else(|_| panic!("no {what} within 20 s"))
}
