//! Versions of the routing rules. One is on, or none; a version is never written twice.

use linli_model::{Fault, Instant, UserId};

/// Rules as somebody wrote them.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingVersion {
    /// From 1, dense.
    pub version: u32,
    pub text: String,
    /// What is new in it, in words.
    pub note: String,
    pub made_by: UserId,
    pub made_at: Instant,
    /// When it was switched on last; none for a draft.
    pub on_since: Option<Instant>,
    pub is_on: bool,
}

#[async_trait::async_trait]
pub trait RoutingStore: Send + Sync {
    /// Newest first.
    async fn routing_versions(&self) -> Result<Vec<RoutingVersion>, Fault>;
    async fn routing_on(&self) -> Result<Option<RoutingVersion>, Fault>;
}
