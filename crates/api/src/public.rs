//! What residents see and send, without an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FollowView {
    pub number: String,
    /// `received`, `in_progress`, `done`, `please_rate`.
    pub state: String,
    pub state_label: String,
    pub class_label: String,
    pub place: String,
    pub promised_by: Option<String>,
    pub delay_reason: Option<String>,
    pub answer: Option<String>,
    pub can_rate: bool,
    pub can_dispute: bool,
    pub neighbours: u32,
    pub steps: Vec<FollowStep>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FollowStep {
    pub at: String,
    /// The role, never a name.
    pub who: String,
    pub text: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateRequest {
    /// `satisfied`, `mostly_satisfied`, `so_so`, `dissatisfied`.
    pub satisfied: String,
    #[serde(default)]
    pub solved: Option<bool>,
    #[serde(default)]
    pub treated_well: Option<bool>,
    #[serde(default)]
    pub words: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisputeRequest {
    /// `still_there`, `half_done`, `not_told`.
    pub reason: String,
    #[serde(default)]
    pub words: String,
}
