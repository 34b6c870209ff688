//! A small street over an installation's own stores, with a clock of the test's own: S > R > E and W, two estates side by
//! side, a cadre in R and a duty desk in S.

#![allow(dead_code)] // Each test binary uses its part.

use linli_casework::{Opening, Origin};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, Device, DeviceClass, DeviceId, DeviceState, IdSeed, Instant, LogEntry,
    Measure, Millis, Post, Reading, ReadingBatch, ReadingId, RegistryChange, Role, SourceId, UserId, Value,
};
use linli_notice::{path::EVERY, ways::Way as Kind};
use linli_runtime::{
    Config, Installation, Options,
    delivery::Way,
    loops::{canary, engine::Follower, registry},
};
use linli_server::ports::Clock;
use linli_store::{Change, Commit, User};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

pub struct Hand(Mutex<Instant>);

impl Clock for Hand {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

pub fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("street").id(name)
}

/// Somebody's report of estate W, under a name that makes its ids.
pub fn report(name: &str, class: &str, channel: &str) -> Opening {
    Opening {
        id: id(&format!("case {name}")),
        number: format!("W-{name}"),
        class: class.into(),
        title: "看一下".into(),
        text: String::new(),
        place: "W".into(),
        area: AreaId::new("W"),
        lon: None,
        lat: None,
        severity: None,
        origin: Origin::Report { channel: channel.into(), filed_by: None, order: None },
        subject: None,
        reporters: Vec::new(),
        photos: Vec::new(),
    }
}

pub struct Town {
    pub house: Arc<Installation>,
    pub clock: Arc<Hand>,
    _folder: tempfile::TempDir,
}

const STAFF: [(&str, Role, &str); 2] = [("cadre", Role::Cadre, "S/R/"), ("desk", Role::DutyDesk, "S/")];

fn staff(now: Instant) -> impl Iterator<Item = Change> {
    STAFF.into_iter().flat_map(move |(login, role, at)| {
        let area_path = AreaPath(at.into());
        let user = User {
            id: id::<UserId>(login),
            login: login.into(),
            name: login.into(),
            password_hash: "none".into(),
            disabled: false,
            created_at: now,
        };
        let post = Post {
            id: id(login),
            user: id(login),
            role,
            area: AreaId::new(at.trim_end_matches('/').rsplit('/').next().unwrap()),
            area_path,
            valid_from: Instant(0),
            valid_to: None,
            skills: Vec::new(),
        };
        [Change::UserSet(user), Change::PostSet(post)]
    })
}

fn places() -> impl Iterator<Item = Change> {
    let levels = [
        ("S/", AreaLevel::Street),
        ("S/R/", AreaLevel::ResidentialArea),
        ("S/R/E/", AreaLevel::Estate),
        ("S/R/W/", AreaLevel::Estate),
    ];
    levels.into_iter().map(|(path, level)| {
        let path = AreaPath(path.into());
        let mut ids = path.ids().rev();
        let (own, parent) = (ids.next().unwrap(), ids.next());
        Change::AreaSet(Area { name: own.to_string(), id: own, level, parent, path: path.clone() })
    })
}

/// A device in estate W.
pub fn device(name: &str, class: DeviceClass, measure: &str, at: Option<(f64, f64)>) -> Device {
    Device {
        id: DeviceId::new(name),
        class,
        name: name.into(),
        area: AreaId::new("W"),
        area_path: AreaPath("S/R/W/".into()),
        source: SourceId::new("gw"),
        subject: None,
        measures: vec![Measure::new(measure)],
        silence_secs_max: None,
        capacity: None,
        lon: at.map(|(lon, _)| lon),
        lat: at.map(|(_, lat)| lat),
        purpose: "安全".into(),
        state: DeviceState::Active,
        valid_from: Instant(0),
    }
}

async fn open(data: &Path, calendar_dir: Option<PathBuf>, clock: Arc<Hand>) -> Arc<Installation> {
    let mut config = Config { data: data.to_owned(), calendar_dir, ..Config::default() };
    config.mqtt.listen = None;
    let options = Options {
        config,
        clock,
        demo_accounts: Vec::new(),
        ticks_from: Arc::new(|| true),
        office: String::new(),
        phone: None,
    };
    Installation::open(options).await.unwrap()
}

impl Town {
    /// With one device, one rule and these ways to tell people beside the inbox.
    pub async fn with(device: Device, rule: (&str, &str), ways: Vec<Way>) -> Town {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hand(Mutex::new("2026-11-23T09:00:00+08:00".parse().unwrap())));
        let mut house = open(folder.path(), None, clock.clone()).await;
        Arc::get_mut(&mut house).unwrap().channels.extend(ways);
        let town = Town { house, clock, _folder: folder };
        let now = town.clock.now();
        let mut changes: Vec<Change> = places().chain(staff(now)).collect();
        changes.push(Change::DeviceSet(Box::new(device.clone())));
        let (rule, text) = rule;
        let (pack, rule, text) = ("test".to_owned(), rule.to_owned(), text.to_owned());
        for change in
            [RegistryChange::DeviceSet(device), RegistryChange::RuleSet { pack, rule, version: 1, text }]
        {
            let effective_at = now - Millis::days(1);
            changes.push(Change::Registry { effective_at, change: Box::new(change) });
        }
        town.put(changes).await;
        town.house.state.forget_cached().await;
        registry::turn(town.house.clone()).await.unwrap();
        town
    }

    /// Stopped, and started again with this folder of the calendar's years.
    pub async fn with_years(self, years: &Path) -> Town {
        let Town { house, clock, _folder } = self;
        drop(house);
        let house = open(_folder.path(), Some(years.to_owned()), clock.clone()).await;
        Town { house, clock, _folder }
    }

    pub fn pass(&self, time: Millis) {
        let mut now = self.clock.0.lock().unwrap();
        *now = *now + time;
    }

    pub async fn put(&self, changes: Vec<Change>) {
        let commit = Commit { at: self.clock.now(), changes, ..Commit::default() };
        self.house.store.commit(commit).await.unwrap();
    }

    /// The device says it now; `told` later the engine loop has read it.
    pub async fn says(&self, device: &Device, told: Millis) {
        let at = self.clock.now();
        let reading = Reading {
            id: ReadingId(format!("{}-{}", device.id, at.millis())),
            device: device.id.clone(),
            observed_at: at,
            measure: device.measures[0].clone(),
            value: Value::Flag(true),
            subject: None,
        };
        let source = device.source.clone();
        let batch = ReadingBatch { source, received_at: at, readings: vec![reading], quarantined: vec![] };
        self.pass(told);
        let entries = vec![LogEntry::Readings(batch), LogEntry::Tick { at: self.clock.now() }];
        self.house.log.append(entries).await.unwrap();
        let mut follower = Follower::from_checkpoint(&self.house).await.unwrap();
        while follower.turn(&self.house).await.unwrap() {}
    }
}

const SMOKE: &str = include_str!("../../../../packs/fire/rules/smoke_alarm.toml");

/// A mail server that takes everything; once it loses, its answers are lost as well.
#[derive(Default)]
pub struct Mail {
    pub loses: Mutex<bool>,
    pub took: Mutex<Vec<Message>>,
}

#[async_trait::async_trait]
impl Channel for Mail {
    fn code(&self) -> &'static str {
        "email"
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        if *self.loses.lock().unwrap() {
            return Err(SendFault::Unknown("taken, and no answer".into()));
        }
        self.took.lock().unwrap().push(message.clone());
        Ok(Receipt::Accepted)
    }
    async fn probe(&self) -> Result<(), SendFault> {
        if *self.loses.lock().unwrap() { Err(SendFault::Unknown("no answer".into())) } else { Ok(()) }
    }
}

pub fn smoke() -> Device {
    device("smoke-1", DeviceClass::Smoke, "smoke", None)
}

/// With a smoke detector and that mail server.
pub async fn alarmed() -> (Town, Arc<Mail>) {
    let mail = Arc::new(Mail::default());
    let way = Way { name: "mail".into(), kind: Kind::Mail, channel: mail.clone() };
    (Town::with(smoke(), ("smoke_alarm", SMOKE), vec![way]).await, mail)
}

/// Canaries fly until the path is known to be dead; gives how long after it was lost.
pub async fn until_known(town: &Town) -> Millis {
    let lost_at = town.clock.now();
    loop {
        town.pass(EVERY);
        canary::turn(town.house.clone()).await.unwrap();
        if town.house.paths.lock().unwrap().is_dead("mail") {
            return town.clock.now() - lost_at;
        }
        assert!(town.clock.now() - lost_at < Millis::minutes(5), "never known");
    }
}
