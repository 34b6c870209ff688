//! Routing rules by version, their replay, and what each tier solved.

use crate::{case::OwnerView, page::Coded};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingView {
    /// The version that is on; none where cases go by their class alone.
    pub on: Option<u32>,
    /// Newest first.
    pub versions: Vec<RoutingVersionView>,
    /// Whether this person may write versions and switch them on.
    pub may_change: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingVersionView {
    pub version: u32,
    /// `[[rule]]` rows in TOML.
    pub text: String,
    pub note: String,
    pub made_by: String,
    pub made_at: String,
    pub on_since: Option<String>,
    pub is_on: bool,
    pub rules: Vec<RoutingRuleView>,
    /// What its rules name and the street has not got.
    pub unknown: Vec<String>,
}

/// One rule as a sentence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingRuleView {
    pub code: String,
    pub label: String,
    pub when: String,
    pub who: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingDraft {
    pub text: String,
    #[serde(default)]
    pub note: String,
}

/// A rule as a form has it. What is not filled in is left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingRuleForm {
    pub code: String,
    pub label: RoutingLabel,
    /// Codes of classes, or their first part with a dot; none = all.
    #[serde(default)]
    pub classes: Vec<String>,
    #[serde(default)]
    pub area: Option<String>,
    /// `mon` to `sun`; none = all.
    #[serde(default)]
    pub days: Vec<String>,
    /// `22:00`
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
    #[serde(default)]
    pub post: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default)]
    pub skill: Option<String>,
    #[serde(default)]
    pub open_cases_max: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingLabel {
    pub zh: String,
    pub en: String,
}

/// Rules to be checked, as text or as a form; the one is answered with the other.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingAsked {
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub rules: Option<Vec<RoutingRuleForm>>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingChecked {
    pub text: String,
    pub rules: Vec<RoutingRuleChecked>,
    /// Each as `rule.CODE: what is wrong`; what has none may be kept.
    pub mistakes: Vec<String>,
    /// What a form may choose from.
    pub roles: Vec<Coded>,
    pub days: Vec<Coded>,
    pub skills: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingRuleChecked {
    pub form: RoutingRuleForm,
    pub words: RoutingRuleView,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingSwitch {
    /// None switches the rules off.
    pub version: Option<u32>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingReplayAsk {
    /// Cases opened so many days before now.
    pub days: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingReplay {
    pub version: u32,
    pub from: String,
    pub to: String,
    pub cases: u32,
    /// A rule spoke of so many.
    pub ruled: u32,
    pub same: u32,
    pub different: u32,
    /// A rule spoke and gave nobody.
    pub failed: u32,
    pub unroutable: u32,
    /// There were more cases than are looked at; the oldest were.
    pub cut: bool,
    /// What the roster of then is taken from, in words.
    pub roster: String,
    /// At most 200.
    pub rows: Vec<RoutingDifference>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingDifference {
    pub id: String,
    pub number: String,
    pub class: Coded,
    pub area: Coded,
    pub opened_at: String,
    pub was: OwnerView,
    pub would_be: OwnerView,
    pub why: String,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TierQuery {
    /// An area; without it everything this person may see.
    #[serde(default)]
    pub area: Option<String>,
    /// First day, `2026-11-01`.
    pub from: String,
    /// Last day, counted too.
    pub to: String,
}

/// What each tier solved of the cases that were closed in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TierShares {
    pub solved: u64,
    pub tiers: Vec<TierShare>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TierShare {
    /// Empty for areas that are gone from the tree.
    pub tier: Coded,
    pub solved: u64,
    /// In percent; none where nothing was solved at all.
    pub share_percent: Option<f64>,
}
