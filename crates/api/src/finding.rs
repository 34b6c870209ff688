//! A finding with its evidence and what was measured around it.

use crate::{case::EvidenceView, device::Series, page::Coded};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingView {
    pub evidence: EvidenceView,
    /// `signal` or `coverage`.
    pub kind: String,
    pub severity: Coded,
    pub area: Coded,
    /// The case it belongs to, if it opened or joined one.
    pub case_id: Option<String>,
    /// From seven days before the finding to its end, as the history has it; days only for homes (G13).
    pub series: Vec<Series>,
}
