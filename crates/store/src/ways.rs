//! By which ways people want to be told, and what has not come through.

use crate::notices::Attempt;
use linli_model::{Fault, Instant, UserId};
use linli_notice::{Notice, ways::Ways};

/// The channel of an answer that a person is asked to tell, since no other took it.
pub const BY_CALL: &str = "call_back";

/// The channel of a reader's own page: written there, and read by who looks. It brings nothing to anybody.
pub const PAGE: &str = "in_app";

#[async_trait::async_trait]
pub trait WaysStore: Send + Sync {
    /// A person's choice; as for everybody, where they made none.
    async fn ways(&self, user: UserId) -> Result<Ways, Fault>;
    /// Those who want a digest.
    async fn digest_readers(&self) -> Result<Vec<UserId>, Fault>;
    /// Notices of this person that fell due after `from` and up to `to`, and that they have not looked at; oldest first.
    async fn unseen_between(&self, user: UserId, from: Instant, to: Instant) -> Result<Vec<Notice>, Fault>;
    /// Answers to reporters that no channel but their page took and none will try again, and that nobody was asked to tell
    /// by a call yet ([`BY_CALL`]); oldest first.
    async fn untold_answers(&self, since: Instant, limit: u32) -> Result<Vec<(Notice, Vec<Attempt>)>, Fault>;
    /// Notices created since then with an attempt that did not go well, newest first, with all their attempts.
    async fn troubled(&self, since: Instant, limit: u32) -> Result<Vec<(Notice, Vec<Attempt>)>, Fault>;
    async fn notice(&self, id: linli_notice::NoticeId) -> Result<Option<Notice>, Fault>;
}
