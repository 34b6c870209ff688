//! One-tap pushes, whom they went to, and what these said.

use crate::{Page, PageAsk};
use linli_model::{AreaPath, Fault, Instant, UserId};
use linli_notice::{
    Notice, Push, PushId,
    push::{Asked, Reply},
};
use std::collections::BTreeMap;

/// A push with the people it went to, as far as their notices are known to have come.
#[derive(Clone, Debug, PartialEq)]
pub struct PushRecord {
    pub push: Push,
    pub people: Vec<Asked>,
}

/// One change of a push.
#[derive(Clone, Debug)]
pub enum PushChange {
    Sent {
        push: Push,
        people: Vec<(Asked, Notice)>,
        next_at: Option<Instant>,
    },
    /// More people, since nobody was coming; when to look again.
    Called {
        push: PushId,
        people: Vec<(Asked, Notice)>,
        next_at: Option<Instant>,
    },
    /// What somebody said; the newest counts. The call tree looks at the push at once.
    Replied {
        push: PushId,
        user: UserId,
        reply: Reply,
        at: Instant,
    },
}

#[async_trait::async_trait]
pub trait PushStore: Send + Sync {
    /// Pushes to areas within these, newest first.
    async fn pushes(&self, within: &[AreaPath], page: &PageAsk) -> Result<Page<PushRecord>, Fault>;
    async fn push(&self, id: PushId) -> Result<Option<PushRecord>, Fault>;
    /// Those whose call tree has to be looked at now, the longest waiting first.
    async fn pushes_due(&self, now: Instant, limit: u32) -> Result<Vec<PushRecord>, Fault>;
    /// How many pushes that could wait were sent to each person since then.
    async fn pushed_since(&self, since: Instant) -> Result<BTreeMap<UserId, u32>, Fault>;
    /// Pushes to this person since then, newest first.
    async fn pushes_to(&self, user: UserId, since: Instant) -> Result<Vec<Push>, Fault>;
}
