//! Marks of cases: what indicators are summed from, and the rows behind each number.

use crate::{Page, PageAsk};
use linli_casework::{Case, CaseId};
use linli_indicator::{Measure, Sum};
use linli_model::{AreaPath, Fault, Instant};

/// Which marks: all conditions hold together. `within` empty means none at all (ST4).
#[derive(Clone, Debug)]
pub struct MarkFilter {
    pub within: Vec<AreaPath>,
    pub area: Option<AreaPath>,
    pub class: Option<String>,
    /// From this instant …
    pub from: Instant,
    /// … to just before this one.
    pub to: Instant,
}

/// What sums are kept apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkGroup {
    /// The case's own area, as it was when it was opened.
    Area,
    Class,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MarkSum {
    /// A path or a class.
    pub group: String,
    pub measure: Measure,
    pub sum: Sum,
}

/// A row behind a number.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkedCase {
    pub case: Case,
    pub at: Instant,
    pub n: i64,
    pub sum: i64,
    pub excluded: bool,
}

/// Marks are written with the facts they follow from, in the same commit; there is no other way to write them but
/// [`crate::Change::CaseMarked`], which marks a case anew from its facts.
#[async_trait::async_trait]
pub trait IndicatorStore: Send + Sync {
    /// In the order of group and measure; of one moment.
    async fn mark_sums(&self, filter: &MarkFilter, by: MarkGroup) -> Result<Vec<MarkSum>, Fault>;
    /// Newest first.
    async fn marked_cases(
        &self,
        filter: &MarkFilter,
        measure: Measure,
        page: &PageAsk,
    ) -> Result<Page<MarkedCase>, Fault>;
    /// Cases that were written before there were marks, or marked by an older reckoning.
    async fn cases_unmarked(&self, limit: u32) -> Result<Vec<CaseId>, Fault>;
}
