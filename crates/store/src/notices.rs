//! Notices, the inbox, and attempts to deliver.

use crate::{Page, PageAsk};
use linli_casework::CaseId;
use linli_model::{Fault, Instant, UserId};
use linli_notice::{Notice, NoticeId, Recipient};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct InboxItem {
    pub notice: Notice,
    /// When a page of the reader's first had it.
    pub fetched_at: Option<Instant>,
    pub seen_at: Option<Instant>,
}

/// One try of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub notice: NoticeId,
    pub at: Instant,
    pub channel: String,
    /// `delivered`, `accepted`, `unknown`, `passing`, `lasting`.
    pub outcome: String,
    pub detail: String,
    /// When to try again; none = done with, one way or the other.
    pub next_at: Option<Instant>,
}

#[async_trait::async_trait]
pub trait NoticeStore: Send + Sync {
    async fn inbox(&self, user: UserId, now: Instant, page: &PageAsk) -> Result<Page<InboxItem>, Fault>;
    async fn unseen(&self, user: UserId, now: Instant) -> Result<u64, Fault>;
    /// Notices to carry out now, oldest first.
    async fn notices_due(&self, now: Instant, limit: u32) -> Result<Vec<Notice>, Fault>;
    /// What the ledger of a decision needs: all notices of these cases …
    async fn notices_of(&self, cases: &[CaseId]) -> Result<Vec<Notice>, Fault>;
    /// … and how many each recipient was told since then.
    async fn told_since(&self, since: Instant) -> Result<BTreeMap<Recipient, usize>, Fault>;
    async fn attempts(&self, notice: NoticeId) -> Result<Vec<Attempt>, Fault>;
}
