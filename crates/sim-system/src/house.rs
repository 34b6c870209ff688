//! An installation opened behind doors, dropped without a word, and opened again from disk.

use crate::{
    doors::{HistoryDoor, LifeClock, LifeFresh, LogDoor, StoreDoor, WayOut},
    gates::Gates,
    generate::window_days,
    life::Life,
    record::Record,
};
use anyhow::Context;
use linli_log_embedded::LogOptions;
use linli_model::Millis;
use linli_runtime::{
    Config, Installation, Options, Ports, delivery::Way, fresh::Keys, loops::engine::Follower,
};
use linli_sim::draw::Dice;
use std::{
    fs,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicU64},
};
use tempfile::TempDir;

/// Small, so that retention has something to drop.
const SEGMENT_BYTES: u64 = 6_000;

/// A program that another thread starts holds our open files, and with them the log's lock, until it is itself: while
/// something is opened again nobody starts one.
pub static FORKS: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

/// What lasts through every kill: the disk, the time, the dice, and the record.
pub struct Ground {
    pub life: Life,
    pub folder: TempDir,
    pub database: String,
    pub gates: Arc<Gates>,
    pub record: Arc<Record>,
    pub clock: Arc<LifeClock>,
    fresh: Arc<LifeFresh>,
}

/// What a kill takes: everything opened and everything in memory.
pub struct House {
    pub ports: Ports,
    pub house: Arc<Installation>,
    pub follower: Mutex<Option<Follower>>,
}

impl Ground {
    pub fn of(life: &Life, database: String) -> anyhow::Result<Ground> {
        let folder =
            tempfile::Builder::new().prefix("linli-life-").tempdir().context("a temporary folder")?;
        let keys = folder.path().join("keys");
        fs::create_dir_all(&keys)?;
        fs::write(keys.join("installation.key"), [7u8; 104])?;
        let clock = Arc::new(LifeClock::default());
        clock.advance_to(life.began);
        Ok(Ground {
            fresh: Arc::new(LifeFresh { seed: life.seed, drawn: AtomicU64::new(0) }),
            life: life.clone(),
            folder,
            database,
            gates: Arc::default(),
            record: Arc::default(),
            clock,
        })
    }

    fn config(&self) -> Config {
        let mut config = Config {
            data: self.folder.path().to_owned(),
            database: self.database.clone(),
            ..Config::default()
        };
        config.time.correction_days = window_days(self.life.window);
        config.mqtt.listen = None;
        config
    }

    pub async fn open(&self) -> anyhow::Result<House> {
        let config = self.config();
        let keys = Keys::load_or_draw(&config.data.join("keys"))?;
        let log = LogOptions { segment_bytes: SEGMENT_BYTES, ..LogOptions::default() };
        let bare = Ports::open(&config, &keys, log).await?;
        let (gates, record) = (self.gates.clone(), self.record.clone());
        let ports = Ports {
            store: Arc::new(StoreDoor {
                inner: bare.store.clone(),
                gates: gates.clone(),
                record: record.clone(),
            }),
            log: Arc::new(LogDoor { inner: bare.log.clone(), gates: gates.clone(), record: record.clone() }),
            history: Arc::new(HistoryDoor { inner: bare.history.clone(), gates: gates.clone() }),
            blobs: bare.blobs.clone(),
            fresh: self.fresh.clone(),
        };
        let options = Options {
            config,
            clock: self.clock.clone(),
            demo_accounts: Vec::new(),
            ticks_from: Arc::new(|| true),
            office: String::new(),
            phone: None,
        };
        let mut house = Installation::over(options, &keys, ports).await?;
        let opened = Arc::get_mut(&mut house).context("nobody else has it yet")?;
        opened.timing.lateness = Millis(self.life.lateness);
        opened.timing.idle = Millis(self.life.idle);
        opened.timing.correction_window = Millis(self.life.window);
        opened.snapshot_every = self.life.snapshot_every;
        // The same seed has to live the same life.
        opened.deliveries_at_once = 1;
        opened.channels.push(Way {
            name: "webhook".to_owned(),
            kind: linli_notice::ways::Way::All,
            channel: Arc::new(WayOut {
                name: "webhook",
                fails_percent: 15,
                dice: Mutex::new(Dice::child(self.life.seed, &format!("channel {}", self.clock_now()))),
                gates,
                record,
            }),
        });
        Ok(House { ports: bare, house, follower: Mutex::default() })
    }

    fn clock_now(&self) -> i64 {
        linli_server::ports::Clock::now(&*self.clock).millis()
    }

    /// Drops everything without a word and opens it again from disk.
    pub async fn open_again(&self, house: House, torn: bool) -> anyhow::Result<House> {
        let _nobody_forks = FORKS.read().await;
        drop(house);
        if torn {
            self.tear()?;
        }
        self.open().await
    }

    /// Leaves half a frame at the end of the log, as a write that was cut does.
    fn tear(&self) -> anyhow::Result<()> {
        let mut segments: Vec<_> = fs::read_dir(self.folder.path().join("log"))?
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "seg"))
            .collect();
        segments.sort();
        if let Some(newest) = segments.last() {
            tear(newest)?;
        }
        Ok(())
    }
}

fn tear(segment: &Path) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).open(segment)?;
    file.write_all(&[0x40, 0, 0, 0, 0x13, 0x37, 1, 2, 3])?;
    Ok(())
}
