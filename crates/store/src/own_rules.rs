//! Rules that areas composed themselves, as the office keeps them. What runs of them is in the registry's changes, too.

use linli_model::{AreaId, AreaPath, Fault, OwnRule};

#[async_trait::async_trait]
pub trait OwnRuleStore: Send + Sync {
    /// Those of these areas and everything below, by area and code; removed ones as well.
    async fn own_rules(&self, within: &[AreaPath]) -> Result<Vec<OwnRule>, Fault>;
    async fn own_rule(&self, area: &AreaId, rule: &str) -> Result<Option<OwnRule>, Fault>;
    /// How often own rules of a residential area were changed, for [`Guard::OwnRules`](crate::Guard::OwnRules).
    async fn own_rule_changes(&self, partition: &AreaId) -> Result<u64, Fault>;
    /// How many findings a rule has made in a version, but for those that were taken back; coverage is none.
    async fn findings_made(&self, rule: &str, version: u32) -> Result<u64, Fault>;
}
