//! When posts are on duty. Every version is kept: who set it, and when.

use linli_casework::Duty;
use linli_model::{Fault, Instant, PostId, UserId};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct DutyVersion {
    pub post: PostId,
    /// From 1, dense for each post.
    pub version: u32,
    pub duty: Duty,
    pub set_by: UserId,
    pub set_at: Instant,
}

#[async_trait::async_trait]
pub trait DutyStore: Send + Sync {
    /// The newest version of each post that has one.
    async fn duties(&self) -> Result<BTreeMap<PostId, DutyVersion>, Fault>;
    /// All there ever were, those of a post one behind the other.
    async fn duty_versions(&self) -> Result<Vec<DutyVersion>, Fault>;
}
