//! What all endpoints share: the ports, the policies, and the few things worth keeping in memory.

use crate::{
    events::EventBus,
    ports::{Clock, Fresh},
};
use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use linli_access::Authorize;
use linli_blobs::Blobs;
use linli_casework::{Calendar, Candidate, ClassTable, Context, Roster, RoutingRules, TierTable};
use linli_history::History;
use linli_intake::Intake;
use linli_model::{AreaTree, Fault, IdSeed, Instant, Millis, PostId, UserId};
use linli_notice::NoticePolicy;
use linli_store::{DutyVersion, Store, User};
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Deref,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};
use tokio::sync::{RwLock, Semaphore};

#[derive(Clone)]
pub struct DemoAccount {
    pub name: String,
    pub password: String,
    pub label: linli_model::Text,
}

/// What the runtime puts together.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub history: Arc<dyn History>,
    pub blobs: Arc<dyn Blobs>,
    pub access: Arc<dyn Authorize>,
    pub intake: Arc<Intake>,
    pub clock: Arc<dyn Clock>,
    pub fresh: Arc<dyn Fresh>,
    pub events: EventBus,
    pub classes: Arc<ClassTable>,
    pub tiers: Arc<TierTable>,
    pub calendar: Arc<Calendar>,
    pub policy: NoticePolicy,
    pub catalogue: Arc<linli_rule::Catalogue>,
    /// What areas may compose for themselves.
    pub own_rules: linli_rule::own::OwnBounds,
    /// Of the hotline's score.
    pub hotline_weights: linli_indicator::score::Weights,
    /// Of the safety index.
    pub safety: linli_indicator::safety::Method,
    pub demo_accounts: Vec<DemoAccount>,
    /// Key of claim codes, device secrets and other keyed hashes.
    pub secret: [u8; 32],
    pub setup_token: String,
    /// Called after devices or credentials changed, so that intake knows them at once.
    pub devices_changed: Arc<dyn Fn() + Send + Sync>,
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
    pub office: String,
    pub phone: Option<String>,
    pub secure_cookies: bool,
    /// Set while the disk has no room: nothing new is taken.
    pub full: Arc<AtomicBool>,
}

#[derive(Clone)]
pub struct ServerState(Arc<Inner>);

pub struct Inner {
    pub parts: Parts,
    /// The tree, and until when it is as it is.
    places: RwLock<Option<(Arc<AreaTree>, Instant)>>,
    people: RwLock<Option<Arc<BTreeMap<UserId, User>>>>,
    rules: RwLock<Option<Arc<RoutingRules>>>,
    duties: RwLock<Option<Arc<BTreeMap<PostId, DutyVersion>>>>,
    /// Password hashing and photo work take a core each; more than two at once would starve the rest.
    pub heavy: Semaphore,
    pub sign_ins: crate::session::Attempts,
    pub error_files: ErrorFiles,
    pub(crate) runs: crate::rules::Runs,
}

/// Refused rows of imports, for who sent them: in memory only, since they hold names (IM3).
#[derive(Default)]
pub struct ErrorFiles(Mutex<VecDeque<ErrorFile>>);

struct ErrorFile {
    key: String,
    user: UserId,
    made_at: Instant,
    bytes: Vec<u8>,
}

impl ErrorFiles {
    const KEPT_MAX: usize = 32;
    const KEPT_FOR: Millis = Millis::hours(1);

    pub fn keep(&self, key: String, user: UserId, bytes: Vec<u8>, now: Instant) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|f| now - f.made_at < Self::KEPT_FOR);
        if files.len() >= Self::KEPT_MAX {
            files.pop_front();
        }
        files.push_back(ErrorFile { key, user, made_at: now, bytes });
    }
    pub fn find(&self, key: &str, user: UserId, now: Instant) -> Option<Vec<u8>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = files.iter().find(|f| f.key == key && f.user == user)?;
        (now - kept.made_at < Self::KEPT_FOR).then(|| kept.bytes.clone())
    }
}

impl Deref for Inner {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}
impl Deref for ServerState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl ServerState {
    pub fn of(parts: Parts) -> ServerState {
        ServerState(Arc::new(Inner {
            parts,
            places: RwLock::default(),
            people: RwLock::default(),
            rules: RwLock::default(),
            duties: RwLock::default(),
            heavy: Semaphore::new(2),
            sign_ins: crate::session::Attempts::default(),
            error_files: ErrorFiles::default(),
            runs: crate::rules::Runs::default(),
        }))
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }
    pub fn zone(&self) -> &TimeZone {
        self.0.parts.calendar.zone()
    }

    /// The day so many days after `first`, and when it begins in the street; none beyond what a calendar has.
    pub fn begin_of(&self, first: Date, later: i64) -> Option<(Date, Instant)> {
        let date = first.checked_add(jiff::Span::new().try_days(later).ok()?).ok()?;
        let begins = self.zone().to_timestamp(date.to_datetime(Time::midnight())).ok()?;
        Some((date, Instant(begins.as_millisecond())))
    }

    /// The tree of areas as it is now, read once, again after a change, and when an area is taken over.
    pub async fn areas(&self) -> Result<Arc<AreaTree>, Fault> {
        let now = self.now();
        if let Some((tree, until)) = self.places.read().await.clone()
            && now < until
        {
            return Ok(tree);
        }
        let (areas, successions) = (self.store.areas().await?, self.store.successions().await?);
        let begin = successions.iter().map(|s| Instant::start_of(s.since, self.zone()));
        let until = begin.filter(|at| now < *at).min().unwrap_or(Instant::MAX);
        let tree = Arc::new(AreaTree::as_of(areas, successions, now, self.zone()));
        if !tree.is_empty() {
            *self.places.write().await = Some((tree.clone(), until));
        }
        Ok(tree)
    }
    pub async fn users(&self) -> Result<Arc<BTreeMap<UserId, User>>, Fault> {
        if let Some(users) = self.people.read().await.clone() {
            return Ok(users);
        }
        let users: BTreeMap<UserId, User> =
            self.store.users().await?.into_iter().map(|u| (u.id, u)).collect();
        let users = Arc::new(users);
        *self.people.write().await = Some(users.clone());
        Ok(users)
    }
    /// The routing rules that are on. Such as can no longer be read are none, and said aloud: cases go by their class.
    pub async fn routing_rules(&self) -> Result<Arc<RoutingRules>, Fault> {
        if let Some(rules) = self.rules.read().await.clone() {
            return Ok(rules);
        }
        let rules = match self.store.routing_on().await? {
            None => RoutingRules::default(),
            Some(on) => RoutingRules::check(&on.text, on.version).unwrap_or_else(|wrong| {
                tracing::error!(version = on.version, ?wrong, "the routing rules that are on cannot be read");
                RoutingRules::default()
            }),
        };
        let rules = Arc::new(rules);
        *self.rules.write().await = Some(rules.clone());
        Ok(rules)
    }
    /// When posts are on duty; those that are not named are at all times.
    pub async fn duties(&self) -> Result<Arc<BTreeMap<PostId, DutyVersion>>, Fault> {
        if let Some(duties) = self.duties.read().await.clone() {
            return Ok(duties);
        }
        let duties = Arc::new(self.store.duties().await?);
        *self.duties.write().await = Some(duties.clone());
        Ok(duties)
    }
    /// After areas, users, posts, routing rules or duties were changed.
    pub async fn forget_cached(&self) {
        *self.rules.write().await = None;
        *self.duties.write().await = None;
        *self.places.write().await = None;
        *self.people.write().await = None;
    }

    /// Everybody who can be given a case now, with their load.
    pub async fn roster(&self) -> Result<Roster, Fault> {
        let now = self.now();
        let load = self.store.load_by_post().await?;
        let (users, duties) = (self.users().await?, self.duties().await?);
        let posts = self.store.posts().await?.into_iter().filter(|p| p.holds_at(now));
        let candidates = posts
            .filter(|p| users.get(&p.user).is_some_and(|u| !u.disabled))
            .map(|post| Candidate {
                away_until: duties.get(&post.id).and_then(|d| d.duty.away_until(now)),
                open_cases: load.get(&post.id).copied().unwrap_or(0),
                on_duty: duties.get(&post.id).is_none_or(|d| d.duty.is_on(now, &self.calendar)),
                post,
            })
            .collect();
        Ok(Roster { candidates, tiers: self.tiers.clone(), rules: self.routing_rules().await? })
    }

    pub fn context<'a>(&'a self, areas: &'a AreaTree, roster: &'a Roster, seed: IdSeed) -> Context<'a> {
        Context { now: self.now(), seed, calendar: &self.calendar, classes: &self.classes, areas, roster }
    }
}
