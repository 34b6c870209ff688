//! Writing: guards and changes as data, one transaction.

use crate::{
    accounts::{Session, User},
    cases::{PhotoMeta, Reporter},
    devices::{Credential, DeviceSeen},
    duty::DutyVersion,
    notices::Attempt,
    people::{LookEntry, Person},
    places::Heads,
    pushes::PushChange,
    routing::RoutingVersion,
    stream::QuarantineItem,
};
use linli_casework::{Case, CaseId, FactRecord, ReporterId};
use linli_model::{
    Area, AreaId, Device, DeviceId, Fault, Finding, Instant, OwnRule, Position, Post, PostId, Refusal,
    RegistryChange, Succession, UserId,
};
use linli_notice::{Notice, NoticeId};
use std::borrow::Cow;

#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub at: Instant,
    pub guards: Vec<Guard>,
    pub changes: Vec<Change>,
    pub idempotency: Option<Idempotency>,
}

/// What must still be so. They are looked at in this order, whatever the order they were given in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// The loop's checkpoint stands where it was read; 0 = there is none yet. Also what is changed a step at a time by
    /// people, each under a name of its own.
    Checkpoint(Cow<'static, str>, Position),
    CaseVersion(CaseId, u32),
    /// There is no such case yet: its id is made of what may be there once only.
    NewCase(CaseId),
    /// No user exists yet (the first administrator).
    NoUsers,
    QuarantineOpen(String),
    /// The device is registered and not out of service.
    DeviceInService(DeviceId),
    /// Own rules of this residential area were changed so often, and not since; 0 = never.
    OwnRules(AreaId, u64),
}

/// The answer to keep for a key, so that the same request again gets the same answer.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub key: String,
    /// Hash of the request; another request under the same key is refused.
    pub request: String,
    pub body: String,
}

/// One change. Large ones are boxed.
#[derive(Clone, Debug)]
pub enum Change {
    /// The case after its facts, and the facts that brought it there. `timer_at`: when the clock must look.
    CaseFacts {
        case: Box<Case>,
        facts: Vec<FactRecord>,
        timer_at: Option<Instant>,
    },
    /// Tallies the case anew from its facts as they are kept; changes nothing where it is tallied so already.
    CaseTallied(CaseId),
    ReporterAdd(Reporter),
    FindingSet {
        finding: Box<Finding>,
        case: Option<CaseId>,
    },
    NoticeAdd(Notice),
    /// A page of the reader's has these. Whether anybody looked is another matter.
    NoticesFetched {
        user: UserId,
        notices: Vec<NoticeId>,
        at: Instant,
    },
    NoticeSeen {
        user: UserId,
        notice: NoticeId,
        at: Instant,
    },
    /// Every notice of this user.
    NoticesSeen {
        user: UserId,
        at: Instant,
    },
    AttemptAdd(Attempt),
    QuarantineAdd(QuarantineItem),
    QuarantineResolve {
        id: String,
        state: crate::stream::QuarantineState,
        by: Option<UserId>,
        note: String,
    },
    CheckpointSet {
        name: Cow<'static, str>,
        position: Position,
        snapshot: Option<Vec<u8>>,
    },
    /// A new version, a draft. Its number is the guard: two cannot have the same.
    RoutingAdd(Box<RoutingVersion>),
    /// This version is on from now, the others are not; none switches the rules off.
    RoutingOn {
        version: Option<u32>,
        at: Instant,
    },
    /// The next version of when a post is on duty; its number is the guard.
    DutySet(Box<DutyVersion>),
    AreaSet(Area),
    /// An area is taken over by another from a day on; said again, the last word holds.
    SuccessionSet {
        succession: Succession,
        set_by: UserId,
        at: Instant,
    },
    /// Nobody takes over this area after all.
    SuccessionRemove(AreaId),
    /// So many people live in an area since this day; said again for the day, the last word holds.
    HeadsSet {
        area: AreaId,
        heads: Heads,
    },
    /// GeoJSON geometry of an area, as text.
    AreaShape {
        area: linli_model::AreaId,
        geometry: String,
    },
    /// One that goes out of service takes what was learned of it along.
    DeviceSet(Box<Device>),
    DevicesSeen(Vec<DeviceSeen>),
    /// Both facts as they stand; what did not change keeps its time.
    DeviceLearned {
        device: DeviceId,
        clock_offset_ms: Option<i64>,
        silence_secs: Option<u32>,
        since: Instant,
    },
    CredentialSet(Credential),
    CredentialRemove(String),
    UserSet(User),
    PostSet(Post),
    PostEnd {
        post: PostId,
        at: Instant,
    },
    SessionSet(Session),
    SessionEnd {
        token_hash: String,
    },
    SessionsOfUserEnd {
        user: UserId,
    },
    PersonSet(Box<Person>),
    LookAdd(LookEntry),
    /// Joins the numbered stream of registry changes that the log copies, and the tables rules' pages read.
    Registry {
        effective_at: Instant,
        change: Box<RegistryChange>,
    },
    PhotoAdd(PhotoMeta),
    /// Photos of these ids belong to this case from now on.
    PhotosOfCase {
        case: CaseId,
        photos: Vec<String>,
    },
    ReporterContact {
        reporter: ReporterId,
        name: String,
        phone: String,
    },
    SettingSet {
        key: String,
        value: serde_json::Value,
    },
    /// A rule that an area composed, as it is kept; `partition` is its residential area.
    OwnRuleSet {
        partition: AreaId,
        rule: Box<OwnRule>,
    },
    Push(Box<PushChange>),
    WaysSet {
        user: UserId,
        ways: linli_notice::ways::Ways,
    },
    /// When a notice is to be looked at again, where no attempt says it.
    NoticeNext {
        notice: NoticeId,
        next_at: Option<Instant>,
    },
    Forget(Forget),
}

/// What retention drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    SessionsBefore(Instant),
    IdempotencyBefore(Instant),
    /// The oldest entries of the access log; the chain begins anew at the first that is kept.
    LooksBefore(Instant),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Set when the idempotency key had been used: the body kept then; nothing was changed.
    pub replayed: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold: load again and decide again.
    #[error("{0} has changed meanwhile")]
    Stale(String),
    /// Something unique exists already, or a key was used for another request.
    #[error(transparent)]
    Conflict(Refusal),
    #[error(transparent)]
    Fault(#[from] Fault),
}
