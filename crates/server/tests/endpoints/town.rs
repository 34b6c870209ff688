//! A small town behind the real router: SQLite on disk, a log, a history and photos in memory, the shipped policies.
//!
//! S street 示范街道 > G grid > R1 and R2 residential areas, each with estate, building, door and dwelling.

use crate::past::TownHistory;
use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use linli_access_cedar::CedarAccess;
use linli_blobs::memory::MemoryBlobs;
use linli_casework::{Calendar, CaseId, ClassTable};
use linli_indicator::safety::Method as SafetyMethod;
use linli_intake::{Credential, Directory, Intake, Principal, SecretKey, Snapshot};
use linli_log::{Log, memory::MemoryLog};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Device, DeviceClass, DeviceId, DeviceState, Evidence,
    Finding, FindingChange, FindingId, FindingKind, IdSeed, Instant, LogEntry, Measure, Millis, Post,
    QuarantineReason, Quarantined, Role, Severity, SourceId, Subject, SubjectKind, Text, UserId,
};
use linli_notice::NoticePolicy;
use linli_rule::Catalogue;
use linli_server::{
    EventBus, Parts, ServerState,
    ports::{Clock, Fresh},
    who::token_hash,
};
use linli_store::{Change, Commit, Person, QuarantineItem, Session, Store, User, people::PersonId};
use linli_store_sql::{Keyring, SqlStore};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicU64, Ordering},
};
use tower::ServiceExt;

pub const SETUP_TOKEN: &str = "the-token-on-the-console";

pub struct TownClock(Mutex<Instant>);
impl Clock for TownClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

/// Not random at all: the same requests in the same order give the same ids.
#[derive(Default)]
struct Counted(AtomicU64);
impl Fresh for Counted {
    fn seed(&self) -> IdSeed {
        IdSeed::of_name(&format!("fresh {}", self.0.fetch_add(1, Ordering::SeqCst)))
    }
    fn bytes(&self) -> [u8; 32] {
        Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes()).into()
    }
}

#[derive(Clone)]
struct TownDirectory(Arc<RwLock<Arc<Snapshot>>>);
impl Directory for TownDirectory {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.0.read().unwrap().clone()
    }
}

pub struct Town {
    pub router: Router,
    pub state: ServerState,
    pub store: Arc<dyn Store>,
    pub log: Arc<MemoryLog>,
    pub clock: Arc<TownClock>,
    pub history: Arc<TownHistory>,
    directory: TownDirectory,
    _folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|e| panic!("{} {e}: {}", self.status, String::from_utf8_lossy(&self.bytes)))
    }
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
    /// A problem with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let reply = self.is(status);
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        problem
    }
}

/// login, role, area
pub const STAFF: &[(&str, Role, &str)] = &[
    ("admin", Role::Administrator, "S"),
    ("admin1", Role::Administrator, "R1"),
    ("desk", Role::DutyDesk, "S"),
    ("grid", Role::GridLeader, "G"),
    ("cadre1", Role::Cadre, "R1"),
    ("cadre2", Role::Cadre, "R2"),
    ("volunteer1", Role::Volunteer, "R1"),
    ("devices1", Role::DeviceAdmin, "R1"),
    ("devices2", Role::DeviceAdmin, "R2"),
    ("officer", Role::DataOfficer, "S"),
    ("officer2", Role::DataOfficer, "R2"),
    ("former", Role::Cadre, "R1"),
];

pub fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("town").id(name)
}

fn areas() -> AreaTree {
    let mut tree = AreaTree::default();
    let mut add = |code: &str, level, name: &str, parent: Option<&str>| {
        let id = AreaId::new(code);
        let path = match parent {
            Some(p) => tree.find(&AreaId::new(p)).unwrap().path.child(&id),
            None => AreaPath::root(&id),
        };
        tree.insert(Area { id, level, name: name.into(), parent: parent.map(AreaId::new), path });
    };
    add("S", AreaLevel::Street, "示范街道", None);
    add("G", AreaLevel::Grid, "第一网格", Some("S"));
    for n in ["1", "2"] {
        let at = |letter: &str| format!("{letter}{n}");
        add(&at("R"), AreaLevel::ResidentialArea, &format!("第{n}居民区"), Some("G"));
        add(&at("E"), AreaLevel::Estate, &format!("{n}村"), Some(&at("R")));
        add(&at("B"), AreaLevel::Building, "1号楼", Some(&at("E")));
        add(&at("D"), AreaLevel::Doorway, "41号", Some(&at("B")));
        add(&at("H"), AreaLevel::Dwelling, "302室", Some(&at("D")));
    }
    tree
}

pub fn device(code: &str, area: &Area) -> Device {
    Device {
        id: DeviceId::new(code),
        class: DeviceClass::DoorMagnet,
        name: format!("门磁 {code}"),
        area: area.id.clone(),
        area_path: area.path.clone(),
        source: SourceId::new(format!("gw-{code}")),
        subject: Some(Subject::new(SubjectKind::Dwelling, area.id.as_str())),
        measures: vec![Measure::new("door_open")],
        silence_secs_max: Some(86_400),
        capacity: None,
        lon: None,
        lat: None,
        purpose: "关爱独居老人,本人同意".into(),
        state: DeviceState::Active,
        valid_from: Instant(0),
    }
}

impl Town {
    /// With everybody of [`STAFF`], a device and a person in each residential area, and nothing on the desks.
    pub async fn settled() -> Town {
        Town::empty().await.settle().await
    }

    /// With a safety index of its own.
    pub async fn reckoning(safety: SafetyMethod) -> Town {
        Town::open(safety).await.settle().await
    }

    async fn settle(self) -> Town {
        let town = self;
        let now = town.clock.now();
        let areas = areas();
        let at = |code: &str| areas.find(&AreaId::new(code)).unwrap();
        let mut changes: Vec<Change> = areas.iter().cloned().map(Change::AreaSet).collect();
        for (login, role, area) in STAFF {
            let valid_to = (*login == "former").then_some(now - Millis::days(1));
            changes.extend([
                Change::UserSet(User {
                    id: id(login),
                    login: (*login).into(),
                    name: format!("{login} 某"),
                    password_hash: "none".into(),
                    disabled: false,
                    created_at: now,
                }),
                Change::PostSet(Post {
                    id: id(login),
                    user: id(login),
                    role: *role,
                    area: AreaId::new(*area),
                    area_path: at(area).path.clone(),
                    valid_from: Instant(0),
                    valid_to,
                    skills: Vec::new(),
                }),
                Change::SessionSet(Session {
                    token_hash: token_hash(&format!("token-{login}")),
                    user: id(login),
                    csrf: format!("csrf-{login}"),
                    created_at: now,
                    expires_at: now + Millis::days(365),
                }),
            ]);
        }
        for n in ["1", "2"] {
            let home = at(&format!("H{n}"));
            changes.push(Change::DeviceSet(Box::new(device(&format!("door-{n}"), home))));
            changes.push(Change::PersonSet(Box::new(Person {
                id: person(n),
                name: format!("甄某{n}"),
                id_number: Some("11010519491231002X".into()),
                phone: Some(format!("1390000000{n}")),
                dwelling: home.id.clone(),
                dwelling_path: home.path.clone(),
                residence: "owner".into(),
                registered_here: true,
                contact_name: Some("甄小某".into()),
                contact_phone: Some("13900000009".into()),
                populations: vec!["elder_alone".into()],
            })));
        }
        town.commit(changes).await;
        town.renew().await;
        town
    }

    /// As installed: nobody, nothing.
    pub async fn empty() -> Town {
        Town::open(SafetyMethod::default()).await
    }

    async fn open(safety: SafetyMethod) -> Town {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("town.sqlite").display());
        let store: Arc<dyn Store> =
            Arc::new(SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap());
        let now: Instant = "2026-11-23T09:00:00+08:00".parse().unwrap();
        let clock = Arc::new(TownClock(Mutex::new(now)));
        let log = Arc::new(MemoryLog::empty());
        let catalogue = Arc::new(Catalogue::shipped());
        let directory = TownDirectory(Arc::new(RwLock::new(Arc::new(Snapshot::default()))));
        let calendar = Arc::new(Calendar::shipped());
        let history = Arc::new(TownHistory::empty(calendar.zone().clone()));
        let intake_clock = clock.clone();
        let shared: Arc<dyn Log> = log.clone();
        let intake = Intake::new(shared, Arc::new(directory.clone()), Arc::new(move || intake_clock.now()));
        let state = ServerState::of(Parts {
            store: store.clone(),
            history: history.clone(),
            blobs: Arc::new(MemoryBlobs::empty()),
            access: Arc::new(CedarAccess::shipped()),
            intake: Arc::new(intake),
            clock: clock.clone(),
            fresh: Arc::new(Counted::default()),
            events: EventBus::default(),
            classes: Arc::new(ClassTable::shipped()),
            tiers: Default::default(),
            policy: NoticePolicy { zone: calendar.zone().clone(), ..NoticePolicy::default() },
            calendar,
            catalogue,
            own_rules: linli_rule::own::OwnBounds::default(),
            hotline_weights: Default::default(),
            safety,
            demo_accounts: Vec::new(),
            secret: [9; 32],
            setup_token: SETUP_TOKEN.into(),
            devices_changed: Arc::new(|| ()),
            metrics: None,
            office: "示范街道".into(),
            phone: None,
            secure_cookies: false,
            full: Arc::default(),
        });
        let router = linli_server::router(state.clone());
        Town { router, state, store, log, clock, history, directory, _folder: folder }
    }

    pub fn pass(&self, time: Millis) {
        let mut now = self.clock.0.lock().unwrap();
        *now = *now + time;
    }

    /// Lets somebody in who was made by the program itself.
    pub async fn sign_in(&self, login: &str) {
        let user = self.store.user_by_login(login).await.unwrap().unwrap();
        let now = self.clock.now();
        self.commit(vec![Change::SessionSet(Session {
            token_hash: token_hash(&format!("token-{login}")),
            user: user.id,
            csrf: format!("csrf-{login}"),
            created_at: now,
            expires_at: now + Millis::days(365),
        })])
        .await;
    }

    pub async fn commit(&self, changes: Vec<Change>) {
        let commit = Commit { at: self.clock.now(), changes, ..Commit::default() };
        self.store.commit(commit).await.unwrap();
    }

    /// What the runtime does when devices or credentials have changed.
    pub async fn renew(&self) {
        let devices: Vec<_> = self.store.all_devices().await.unwrap().into_iter().map(|r| r.device).collect();
        let credentials = self.store.credentials().await.unwrap().into_iter().map(|c| Credential {
            principal: Arc::new(match c.device {
                Some(device) => Principal::device(c.source, device),
                None => Principal::gateway(c.name, c.source),
            }),
            secret_hash: c.secret_hash,
        });
        let snapshot = Snapshot::with_key(SecretKey(vec![9; 32]))
            .catalogue(&Catalogue::shipped())
            .devices(&devices)
            .credentials(credentials);
        *self.directory.0.write().unwrap() = Arc::new(snapshot);
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// A request of somebody signed in, with the CSRF value; an empty login is nobody.
    pub fn request(&self, login: &str, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Request<Body> {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("/api/v1{path}"))
            .header(header::ACCEPT_LANGUAGE, "en");
        if !login.is_empty() {
            request = request
                .header(header::COOKIE, format!("linli_session=token-{login}"))
                .header("x-linli-csrf", format!("csrf-{login}"));
        }
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        request.body(Body::from(body)).unwrap()
    }

    pub async fn get(&self, login: &str, path: &str) -> Reply {
        self.send(self.request(login, "GET", path, "", Vec::new())).await
    }
    pub async fn post(&self, login: &str, path: &str, body: Value) -> Reply {
        self.send(self.request(login, "POST", path, "application/json", body.to_string().into_bytes())).await
    }
    pub async fn post_keyed(&self, login: &str, path: &str, key: &str, body: Value) -> Reply {
        let mut request =
            self.request(login, "POST", path, "application/json", body.to_string().into_bytes());
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        self.send(request).await
    }
    pub async fn delete(&self, login: &str, path: &str) -> Reply {
        self.send(self.request(login, "DELETE", path, "", Vec::new())).await
    }
    pub async fn upload(&self, login: &str, path: &str, name: &str, file: &[u8]) -> Reply {
        let mut body =
            format!("--X\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .into_bytes();
        body.extend(file);
        body.extend(b"\r\n--X--\r\n");
        self.send(self.request(login, "POST", path, "multipart/form-data; boundary=X", body)).await
    }
    pub async fn readings(&self, name: &str, secret: &str, body: &[u8]) -> Reply {
        let mut request = self.request("", "POST", "/readings", "application/x-ndjson", body.to_vec());
        let basic = format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
        request.headers_mut().insert(header::AUTHORIZATION, basic.parse().unwrap());
        self.send(request).await
    }

    /// A case about litter at the door of R1 or R2, filed by its cadre for a caller; gives its id.
    pub async fn case_at(&self, n: &str) -> String {
        let filed = self
            .post(&format!("cadre{n}"), "/cases", json!({
                "class": "environment.waste", "text": format!("{n}村垃圾满溢"), "area": format!("D{n}"), "channel": "phone",
                "reporter": { "name": "甄某", "phone": "13900000001" },
            }))
            .await
            .ok();
        filed["id"].as_str().unwrap().to_owned()
    }

    pub async fn version(&self, case: &str) -> u32 {
        let id: CaseId = case.parse().unwrap();
        self.store.case(id).await.unwrap().unwrap().version
    }
    /// A command at the present version.
    pub async fn command(&self, login: &str, case: &str, mut body: Value) -> Reply {
        body["version"] = json!(self.version(case).await);
        self.post(login, &format!("/cases/{case}/commands"), body).await
    }

    pub async fn photo(&self, login: &str, shade: u8) -> String {
        self.upload(login, "/photos", "p.png", &picture(shade)).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// An elder of R1 or R2 has not been out: a finding with its case.
    pub async fn finding_at(&self, n: &str) -> Finding {
        let area = areas().find(&AreaId::new(format!("H{n}"))).unwrap().clone();
        let subject = Subject::new(SubjectKind::Dwelling, area.id.as_str());
        let start = self.clock.now() - Millis::hours(1);
        let text = |s: &str| Text::new(s, s);
        Finding {
            id: FindingId::of("elder_not_out", &subject, start),
            kind: FindingKind::Signal,
            change: FindingChange::Opened,
            rule: "elder_not_out".into(),
            rule_version: 1,
            subject,
            area: area.id.clone(),
            area_path: area.path,
            severity: Severity::Urgent,
            start,
            end: None,
            decided_at: self.clock.now(),
            sentence: text("已 3 天没有出门"),
            case_class: "care.elder_not_out".into(),
            evidence: Evidence {
                readings: vec![linli_model::EvidenceReading {
                    id: linli_model::ReadingId::new("r1"),
                    device: DeviceId::new(format!("door-{n}")),
                    measure: Measure::new("door_open"),
                    observed_at: start - Millis::days(3),
                    value: linli_model::Value::Flag(true),
                }],
                readings_total: 1,
                deadline: Some(start),
                parameters: vec![],
                steps: vec![text("上次出门")],
            },
        }
    }

    pub async fn quarantine(&self, key: &str, source: &str, raw: &str) {
        let reason = QuarantineReason::Malformed;
        let diagnostic = linli_model::Diagnostic::new("wrong", "value", "不对", "wrong");
        let row = Quarantined { row: 1, raw: raw.into(), reason, diagnostic };
        let item = QuarantineItem {
            id: key.into(),
            source: SourceId::new(source),
            received_at: self.clock.now(),
            row,
        };
        self.commit(vec![Change::QuarantineAdd(item)]).await;
    }

    pub async fn logged(&self) -> Vec<LogEntry> {
        self.log.read(0, 1_000).await.unwrap().into_iter().map(|(_, entry)| entry).collect()
    }
}

pub fn person(n: &str) -> PersonId {
    id(&format!("person {n}"))
}
pub fn user(login: &str) -> UserId {
    id(login)
}

/// A small picture as PNG.
pub fn picture(shade: u8) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(64, 48, image::Rgb([shade, 120, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(image).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
