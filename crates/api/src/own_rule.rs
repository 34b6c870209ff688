//! Rules that areas compose themselves.

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnRulesView {
    /// Of the caller's areas, by area and code.
    pub rules: Vec<OwnRuleView>,
    /// Residential areas in which the caller may write or approve.
    pub areas: Vec<OwnAreaView>,
    /// A text to begin with; `CODE` stands for the rule's code.
    pub template: String,
    /// Classes an own rule's cases may have.
    pub case_classes: Vec<Coded>,
    /// Populations an own rule may watch.
    pub populations: Vec<String>,
}

/// A residential area and what its own rules may cost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnAreaView {
    pub area: Coded,
    /// The most its own rules may cost together.
    pub budget: u64,
    /// What those that run cost.
    pub spent: u64,
    /// Whether the caller may write rules there.
    pub composes: bool,
    /// What a rule may be for: the residential area and its estates, buildings and doorways.
    pub places: Vec<Coded>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnRuleView {
    pub area: Coded,
    pub rule: String,
    /// As it is called in findings and backtests.
    pub code: String,
    /// Its name; the code while the text cannot be read.
    pub name: String,
    /// Given back with every change, so that nobody writes over somebody else.
    pub revision: u32,
    /// `draft`, `shadow`, `on` or `off`.
    pub stage: Coded,
    pub on: Option<OwnRunView>,
    pub shadow: Option<OwnRunView>,
    /// The newest version's number and text.
    pub version: u32,
    pub text: String,
    /// What is wrong with the text, in its order; a rule with mistakes is kept and does not run.
    pub mistakes: Vec<OwnMistake>,
    /// Of the newest version; absent while its text cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u64>,
    /// The most it may cost.
    pub cost_max: u64,
    /// It is about persons or dwellings: a second person sets it to work.
    pub about_persons: bool,
    /// Oldest first, the newest included.
    pub versions: Vec<OwnVersionView>,
    /// What was done with it, newest first.
    pub moves: Vec<OwnMoveView>,
    /// What may be done next, with the reason where it may not.
    pub actions: Vec<OwnActionView>,
    /// Whether the caller may save a text.
    pub may_write: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnRunView {
    pub version: u32,
    pub since: String,
    pub by: String,
    /// What this version has found at this stage; null where fewer than five are hidden.
    pub findings: Option<u64>,
}

/// A mistake in a rule's text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnMistake {
    pub code: String,
    pub field: String,
    /// From 1; absent where it is about the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnVersionView {
    pub version: u32,
    pub saved_at: String,
    pub authors: Vec<String>,
    pub text: String,
}

/// What its versions changed, as the server compares them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnHistoryView {
    pub area: Coded,
    pub rule: String,
    /// The version that is on.
    pub on: Option<u32>,
    /// Newest first.
    pub versions: Vec<OwnVersionChanges>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnVersionChanges {
    pub version: u32,
    pub saved_at: String,
    pub authors: Vec<String>,
    /// Whether its text can be read as a rule; of another nothing can be compared.
    pub readable: bool,
    /// The version before it that can be read; absent of the first.
    pub before: Option<u32>,
    /// What it changed against that one, in the order of the text; with nothing, only the writing is another.
    pub changes: Vec<OwnChange>,
    /// What would be otherwise than it is now, were it on; absent where nothing is on, or this is.
    pub back: Option<Vec<OwnChange>>,
}

/// One thing that is otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnChange {
    /// Where it stands in the text: `severity`, `parameters.limit.value`, `signal.raise`.
    pub place: String,
    /// What it was and is, in words.
    pub text: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnMoveView {
    pub at: String,
    pub by: String,
    pub to: Coded,
    pub version: u32,
    /// Who agreed, where few are watched; else empty.
    pub consent: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnActionView {
    /// `shadow`, `end_shadow`, `on`, `off`, `remove`
    pub action: String,
    pub label: String,
    pub version: u32,
    pub enabled: bool,
    /// Why not, where it is not enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// It is asked for with a word on who agreed.
    pub needs_consent: bool,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDraftAsk {
    /// Kept as it is, right or wrong.
    pub text: String,
    /// As it was seen; 0 for a new rule.
    pub revision: u32,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnStageAsk {
    /// `shadow`, `end_shadow`, `on`, `off`
    pub action: String,
    /// An earlier one goes back to it; the newest by default.
    pub version: Option<u32>,
    /// Who agreed, and where that is kept.
    #[serde(default)]
    pub consent: String,
    /// As it was seen.
    pub revision: u32,
}
