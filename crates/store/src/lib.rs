//! Port: what is kept in relations.
//!
//! Owns: what can be asked (one trait per resource) and the one way to write, [`Store::commit`].
//!
//! Invariants
//! - ST1 A [`Commit`] is carried out whole or not at all; its guards are looked at inside the transaction.
//! - ST2 Two commits with the same guard: exactly one wins, the other is [`CommitError::Stale`].
//! - ST3 A commit under an idempotency key that was used already changes nothing and gives the body kept then.
//! - ST4 Lists are cut to areas in the query; the answer is the same as asking of each row whether it lies within.
//! - ST5 There is no way to read a person's record but [`people::PeopleStore::open_person`], which writes the
//!   access log in the same transaction. The log is append-only and hash-chained.
//! - ST6 Names, numbers and phones are sealed per field before they reach the database.
//!
//! Deliberately absent: decisions, the clock, ids.

pub mod accounts;
pub mod cases;
pub mod commit;
#[cfg(feature = "contract")]
pub mod contract;
pub mod devices;
pub mod duty;
pub mod indicators;
pub mod map;
pub mod notices;
pub mod own_rules;
pub mod people;
pub mod places;
pub mod pushes;
pub mod routing;
pub mod stream;
pub mod ways;

pub use accounts::{AccountStore, Session, User};
pub use cases::{COUNTED_MAX, CaseFilter, CaseStore, Mark, OPEN_ABOUT_MAX, PhotoMeta, Reporter, Tab};
pub use commit::{Change, Commit, CommitError, Committed, Guard, Idempotency};
pub use devices::{Credential, DeviceFilter, DeviceLearned, DeviceRecord, DeviceStore, DeviceWatch};
pub use duty::{DutyStore, DutyVersion};
pub use indicators::{IndicatorStore, TalliedCase, TallyFilter, TallyGroup, TallySum};
pub use map::{MapStore, OpenAt};
pub use notices::{Attempt, InboxItem, NoticeStore};
pub use own_rules::OwnRuleStore;
pub use people::{Look, LookEntry, MaskedPerson, PeopleStore, Person};
pub use places::{Heads, PlaceStore};
pub use pushes::{PushChange, PushRecord, PushStore};
pub use routing::{RoutingStore, RoutingVersion};
pub use stream::{Checkpoint, QuarantineItem, QuarantineState, StreamStore};
pub use ways::{BY_CALL, PAGE, WaysStore};

use linli_model::Fault;

/// Where a page begins: opaque to everybody but the store that gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageAsk {
    pub after: Option<String>,
    pub limit: u32,
}

impl PageAsk {
    pub fn first(limit: u32) -> Self {
        PageAsk { after: None, limit }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// The most rows one page has, whatever is asked for.
pub const PAGE_ROWS_MAX: u32 = 500;

#[async_trait::async_trait]
pub trait Store:
    CaseStore
    + AccountStore
    + PlaceStore
    + DeviceStore
    + PeopleStore
    + NoticeStore
    + StreamStore
    + OwnRuleStore
    + IndicatorStore
    + PushStore
    + WaysStore
    + RoutingStore
    + DutyStore
    + MapStore
    + Send
    + Sync
{
    /// Carries out a commit, or nothing of it.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError>;

    /// Takes the next number of a series, from 1; a number is given once, and may go unused.
    async fn next_number(&self, series: &str) -> Result<u32, Fault>;

    async fn setting(&self, key: &str) -> Result<Option<serde_json::Value>, Fault>;

    /// Whether the store answers, for health checks.
    async fn ping(&self) -> Result<(), Fault>;

    /// A copy of the database as one file, if it is one of ours; none where the database has its own means.
    async fn copy_to(&self, path: &std::path::Path) -> Result<Option<()>, Fault>;
}
