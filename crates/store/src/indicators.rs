//! Tallies of cases: what indicators are summed from, and the rows behind each number.

use crate::{Page, PageAsk};
use linli_casework::{Case, CaseId};
use linli_indicator::{Measure, Sum};
use linli_model::{AreaPath, Extent, Fault, Instant};

/// Which tallies: all conditions hold together. `within` empty means none at all (ST4).
#[derive(Clone, Debug)]
pub struct TallyFilter {
    pub within: Vec<AreaPath>,
    /// In one of these: a place, and what it took over. Empty: anywhere.
    pub areas: Vec<Extent>,
    pub class: Option<String>,
    /// Only these classes; empty: all.
    pub classes: Vec<String>,
    /// Only these measures are summed; empty: all.
    pub measures: Vec<Measure>,
    /// From this instant …
    pub from: Instant,
    /// … to just before this one.
    pub to: Instant,
}

/// What sums are kept apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TallyGroup {
    /// The case's own area, as it was when it was opened.
    Area,
    Class,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TallySum {
    /// A path or a class.
    pub group: String,
    pub measure: Measure,
    pub sum: Sum,
}

/// A row behind a number.
#[derive(Clone, Debug, PartialEq)]
pub struct TalliedCase {
    pub case: Case,
    pub at: Instant,
    pub n: i64,
    pub sum: i64,
    pub excluded: bool,
}

/// Tallies are written with the facts they follow from, in the same commit; there is no other way to write them but
/// [`crate::Change::CaseTallied`], which tallies a case anew from its facts.
#[async_trait::async_trait]
pub trait IndicatorStore: Send + Sync {
    /// In the order of group and measure; of one moment.
    async fn tally_sums(&self, filter: &TallyFilter, by: TallyGroup) -> Result<Vec<TallySum>, Fault>;
    /// Newest first.
    async fn tallied_cases(
        &self,
        filter: &TallyFilter,
        measure: Measure,
        page: &PageAsk,
    ) -> Result<Page<TalliedCase>, Fault>;
    /// Cases that were written before there were tallies, or tallied by an older reckoning.
    async fn cases_untallied(&self, limit: u32) -> Result<Vec<CaseId>, Fault>;
}
