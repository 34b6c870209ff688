//! What is open where: the map's question.

use crate::CaseFilter;
use linli_model::{AreaPath, Fault, Severity};

/// What is open of cases that lie at exactly one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAt {
    pub area_path: AreaPath,
    pub open: u64,
    pub worst: Severity,
    /// Of the open ones; the same as the tab of the list.
    pub overdue: u64,
    pub to_accept: u64,
}

#[async_trait::async_trait]
pub trait MapStore: Send + Sync {
    /// The open cases of a filter, counted by where they lie, in the order of the paths. All of them: nothing is cut.
    async fn open_by_area(&self, filter: &CaseFilter) -> Result<Vec<OpenAt>, Fault>;
}
