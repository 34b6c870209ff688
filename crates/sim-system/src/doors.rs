//! The doors between the parts and their stores: each call stands at a gate first, each write at another one behind
//! it, where it has been carried out and nobody has heard of it yet.

use crate::{gates::Gates, record::Record};
use async_trait::async_trait;
use linli_casework::{Case, CaseId, FactRecord, ReporterId};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_history::{DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange};
use linli_indicator::Measure;
use linli_log::Log;
use linli_model::{
    Area, AreaId, AreaPath, DeviceId, Fault, Finding, FindingId, Instant, LocalDay, LogEntry, OwnRule,
    Position, Post, PostId, RegistryEntry, Subject, Succession, UserId,
};
use linli_notice::{Notice, NoticeId, Push, PushId, Recipient, ways::Ways};
use linli_server::ports::{Clock, Fresh};
use linli_sim::draw::Dice;
use linli_store::{
    AccountStore, Attempt, CaseFilter, CaseStore, Checkpoint, Commit, CommitError, Committed, Credential,
    DeviceFilter, DeviceRecord, DeviceStore, DutyStore, DutyVersion, Heads, InboxItem, IndicatorStore, Look,
    MaskedPerson, NoticeStore, OwnRuleStore, Page, PageAsk, PeopleStore, Person, PhotoMeta, PlaceStore,
    QuarantineItem, Reporter, RoutingStore, RoutingVersion, Session, Store, StreamStore, Tab, TalliedCase,
    TallyFilter, TallyGroup, TallySum, User,
    people::{ChainVerdict, ChainedLook, PersonId},
};
use linli_store::{MapStore, OpenAt, PushRecord, PushStore, WaysStore};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

pub struct StoreDoor {
    pub inner: Arc<dyn Store>,
    pub gates: Arc<Gates>,
    pub record: Arc<Record>,
}

macro_rules! reads {
    ($port:ident { $($name:ident($($arg:ident: $of:ty),*) -> $out:ty;)* }) => {
        #[async_trait]
        impl $port for StoreDoor {
            $(async fn $name(&self, $($arg: $of),*) -> Result<$out, Fault> {
                self.gates.pass().await;
                self.inner.$name($($arg),*).await
            })*
        }
    };
}

reads!(CaseStore {
    case(id: CaseId) -> Option<Case>;
    cases(filter: &CaseFilter, page: &PageAsk) -> Page<Case>;
    case_counts(filter: &CaseFilter) -> BTreeMap<Tab, u64>;
    facts(case: CaseId) -> Vec<FactRecord>;
    open_cases_about(class: &str, subject: &Subject) -> Vec<Case>;
    case_of_finding(finding: FindingId) -> Option<Case>;
    cases_of_rule(rule: &str, since: Instant, limit: u32) -> Vec<Case>;
    cases_due(now: Instant, limit: u32) -> Vec<Case>;
    cases_not_taken(behind: Option<(Instant, CaseId)>, limit: u32) -> Vec<Case>;
    finding(id: FindingId) -> Option<Finding>;
    findings_of_case(case: CaseId) -> Vec<Finding>;
    reporter_by_claim(claim_hash: &str) -> Option<Reporter>;
    reporters(case: CaseId) -> Vec<Reporter>;
    photo(id: &str) -> Option<PhotoMeta>;
    cases_without_owner(now: Instant, limit: u32) -> Vec<Case>;
    solved_by_area(within: &[AreaPath], from: Instant, to: Instant) -> Vec<(AreaId, u64)>;
    openings(within: &[AreaPath], from: Instant, to: Instant, limit: u32) -> Vec<(FactRecord, Option<Instant>)>;
    load_by_post() -> BTreeMap<PostId, u32>;
    cases_changed_since(since: Instant, limit: u32) -> Vec<Case>;
    reporters_of(ids: &[ReporterId]) -> Vec<Reporter>;
});
reads!(IndicatorStore {
    tally_sums(filter: &TallyFilter, by: TallyGroup) -> Vec<TallySum>;
    tallied_cases(filter: &TallyFilter, measure: Measure, page: &PageAsk) -> Page<TalliedCase>;
    cases_untallied(limit: u32) -> Vec<CaseId>;
});
reads!(AccountStore {
    user(id: UserId) -> Option<User>;
    user_by_login(login: &str) -> Option<User>;
    users() -> Vec<User>;
    posts() -> Vec<Post>;
    posts_of(user: UserId) -> Vec<Post>;
    session(token_hash: &str) -> Option<Session>;
});
reads!(PlaceStore {
    areas() -> Vec<Area>;
    successions() -> Vec<Succession>;
    heads() -> BTreeMap<AreaId, Vec<Heads>>;
    shapes_within(path: &AreaPath) -> Vec<(AreaId, String)>;
});
reads!(DeviceStore {
    device(id: &DeviceId) -> Option<DeviceRecord>;
    devices(filter: &DeviceFilter, page: &PageAsk) -> Page<DeviceRecord>;
    all_devices() -> Vec<DeviceRecord>;
    credentials() -> Vec<Credential>;
});
reads!(PeopleStore {
    open_person(id: PersonId, look: &Look) -> Option<Person>;
    people(within: &[AreaPath], asked: Option<&str>, page: &PageAsk) -> Page<MaskedPerson>;
    person_place(id: PersonId) -> Option<AreaPath>;
    care_contact(dwelling: &AreaId, look: &Look) -> Option<(String, Option<String>)>;
    looks(page: &PageAsk) -> Page<ChainedLook>;
    verify_looks() -> ChainVerdict;
});
reads!(NoticeStore {
    inbox(user: UserId, now: Instant, page: &PageAsk) -> Page<InboxItem>;
    unseen(user: UserId, now: Instant) -> u64;
    notices_due(now: Instant, limit: u32) -> Vec<Notice>;
    notices_of(cases: &[CaseId]) -> Vec<Notice>;
    told_since(since: Instant) -> BTreeMap<Recipient, usize>;
    attempts(notice: NoticeId) -> Vec<Attempt>;
});
reads!(StreamStore {
    checkpoint(name: &str) -> Checkpoint;
    quarantine(reason: Option<&str>, page: &PageAsk) -> Page<QuarantineItem>;
    quarantine_item(id: &str) -> Option<QuarantineItem>;
    quarantine_open() -> u64;
    registry_after(seq: u64, limit: u32) -> Vec<RegistryEntry>;
});
reads!(OwnRuleStore {
    own_rules(within: &[AreaPath]) -> Vec<OwnRule>;
    own_rule(area: &AreaId, rule: &str) -> Option<OwnRule>;
    own_rule_changes(partition: &AreaId) -> u64;
    findings_made(rule: &str, version: u32) -> u64;
});
reads!(PushStore {
    pushes(within: &[AreaPath], page: &PageAsk) -> Page<PushRecord>;
    push(id: PushId) -> Option<PushRecord>;
    pushes_due(now: Instant, limit: u32) -> Vec<PushRecord>;
    pushed_since(since: Instant) -> BTreeMap<UserId, u32>;
    pushes_to(user: UserId, since: Instant) -> Vec<Push>;
});
reads!(WaysStore {
    ways(user: UserId) -> Ways;
    digest_readers() -> Vec<UserId>;
    unseen_between(user: UserId, from: Instant, to: Instant) -> Vec<Notice>;
    untold_answers(since: Instant, limit: u32) -> Vec<(Notice, Vec<Attempt>)>;
    troubled(since: Instant, limit: u32) -> Vec<(Notice, Vec<Attempt>)>;
    notice(id: NoticeId) -> Option<Notice>;
});

reads!(DutyStore {
    duties() -> BTreeMap<PostId, DutyVersion>;
    duty_versions() -> Vec<DutyVersion>;
});
reads!(MapStore {
    open_by_area(filter: &CaseFilter) -> Vec<OpenAt>;
});

reads!(RoutingStore {
    routing_versions() -> Vec<RoutingVersion>;
    routing_on() -> Option<RoutingVersion>;
});

#[async_trait]
impl Store for StoreDoor {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.gates.pass().await;
        let copy = commit.clone();
        let done = self.inner.commit(commit).await;
        if done.as_ref().is_ok_and(|d| d.replayed.is_none()) {
            self.record.committed(copy);
        }
        self.gates.pass().await;
        done
    }
    async fn next_number(&self, series: &str) -> Result<u32, Fault> {
        self.gates.pass().await;
        let done = self.inner.next_number(series).await;
        self.gates.pass().await;
        done
    }
    async fn setting(&self, key: &str) -> Result<Option<serde_json::Value>, Fault> {
        self.inner.setting(key).await
    }
    async fn ping(&self) -> Result<(), Fault> {
        self.inner.ping().await
    }
    async fn copy_to(&self, path: &Path) -> Result<Option<()>, Fault> {
        self.inner.copy_to(path).await
    }
}

pub struct LogDoor {
    pub inner: Arc<dyn Log>,
    pub gates: Arc<Gates>,
    pub record: Arc<Record>,
}

#[async_trait]
impl Log for LogDoor {
    async fn append(&self, entries: Vec<LogEntry>) -> Result<Position, Fault> {
        self.gates.pass().await;
        let copy = entries.clone();
        let last = self.inner.append(entries).await?;
        self.record.appended(last, copy);
        self.gates.pass().await;
        Ok(last)
    }
    async fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault> {
        self.gates.pass().await;
        self.inner.read(after, entries_max).await
    }
    async fn last(&self) -> Result<Position, Fault> {
        self.inner.last().await
    }
    async fn first(&self) -> Result<Position, Fault> {
        self.inner.first().await
    }
    async fn trim(&self, before: Position) -> Result<(), Fault> {
        self.gates.pass().await;
        self.inner.trim(before).await
    }
    fn appended(&self) -> watch::Receiver<Position> {
        self.inner.appended()
    }
}

pub struct HistoryDoor {
    pub inner: Arc<dyn History>,
    pub gates: Arc<Gates>,
}

#[async_trait]
impl History for HistoryDoor {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        self.gates.pass().await;
        self.inner.add(range, rows).await?;
        self.gates.pass().await;
        Ok(())
    }
    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        self.gates.pass().await;
        self.inner.read(query).await
    }
    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        self.inner.series(query).await
    }
    fn scan(&self, query: &linli_history::ScanQuery) -> Box<dyn linli_history::Scan + '_> {
        self.inner.scan(query)
    }
    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        self.inner.days().await
    }
    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        self.gates.pass().await;
        self.inner.drop_days(before).await
    }
    async fn compact(&self, before: LocalDay) -> Result<usize, Fault> {
        self.gates.pass().await;
        self.inner.compact(before).await
    }
}

/// A way out of the house that sometimes fails, in every way a channel can.
pub struct WayOut {
    pub name: &'static str,
    pub fails_percent: u32,
    pub dice: Mutex<Dice>,
    pub gates: Arc<Gates>,
    pub record: Arc<Record>,
}

#[async_trait]
impl Channel for WayOut {
    fn code(&self) -> &'static str {
        self.name
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        self.gates.pass().await;
        let drawn = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            if dice.chance(self.fails_percent) { 1 + dice.weighed(&[40, 40, 20]) } else { 0 }
        };
        let arrived = drawn == 0 || drawn == 1;
        if arrived && let Ok(id) = message.id.parse() {
            self.record.kept().left.push((id, self.name));
        }
        self.gates.pass().await;
        match drawn {
            0 => Ok(Receipt::Accepted),
            1 => Err(SendFault::Unknown("no answer".to_owned())),
            2 => Err(SendFault::Passing("busy".to_owned())),
            _ => Err(SendFault::Lasting("no such address".to_owned())),
        }
    }
    async fn probe(&self) -> Result<(), SendFault> {
        self.gates.pass().await;
        Ok(())
    }
}

/// The time of the life.
#[derive(Default)]
pub struct LifeClock(AtomicI64);

impl LifeClock {
    pub fn advance_to(&self, at: i64) {
        self.0.fetch_max(at, Ordering::SeqCst);
    }
}
impl Clock for LifeClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that a seed gives, and that no kill takes back.
pub struct LifeFresh {
    pub seed: u64,
    pub drawn: AtomicU64,
}

impl Fresh for LifeFresh {
    fn seed(&self) -> linli_model::IdSeed {
        let n = self.drawn.fetch_add(1, Ordering::SeqCst);
        linli_model::IdSeed::of_name(&format!("life {} {n}", self.seed))
    }
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.seed().0.as_bytes());
        bytes
    }
}
