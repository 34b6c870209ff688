//! Rules in force, for everybody to read (G8).

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleRow {
    pub pack: String,
    pub rule: String,
    pub version: u32,
    pub name: String,
    /// What it is for, in a sentence or two; may be empty.
    pub about: String,
    /// Codes of the measures it hears.
    pub measures: Vec<String>,
    /// Areas may not make it weaker.
    pub mandatory: bool,
    /// It went out of force by itself, because it was wrong too often.
    pub suspended: bool,
    pub case_class: String,
    pub severity: String,
    /// What it costs to run, from its text alone (docs/rules.md).
    pub cost: u64,
    pub parameters: Vec<RuleParameter>,
    /// What areas have set for themselves, in and above the caller's areas.
    pub overrides: Vec<RuleOverride>,
    /// What else areas have set for themselves, in and above the caller's areas.
    pub terms: Vec<RuleTerm>,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleParameter {
    pub name: String,
    pub label: String,
    pub value: f64,
    pub min: f64,
    pub max: f64,
    pub unit: String,
}

/// An area's own value for a parameter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleOverride {
    pub area: String,
    pub parameter: String,
    pub value: f64,
    pub set_by: String,
    pub set_at: String,
    /// Why it has no effect on this version of the rule; absent where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests: Option<String>,
}

/// When, about whom and how severely an area wants a rule told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleTerm {
    pub area: String,
    /// By which it is taken back: `hours`, `only`, `severity` or `exempt SUBJECT`.
    pub key: String,
    /// In words.
    pub label: String,
    pub set_by: String,
    pub set_at: String,
    /// Why it has no effect on this version of the rule; absent where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests: Option<String>,
}

/// What an area sets for itself of a rule. What is not named stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideAsk {
    /// It holds in this area and everything below.
    pub area: String,
    /// Parameter values by name, in the parameter's unit.
    #[serde(default)]
    pub values: BTreeMap<String, f64>,
    #[serde(default)]
    pub terms: TermsAsk,
    /// To take back: `value NAME`, `hours`, `only`, `severity`, `exempt SUBJECT`.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Why, for who reads the history.
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OverridesQuery {
    pub area: String,
}

/// What an area has set of a rule, version by version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverrideHistoryView {
    pub rule: String,
    pub area: Coded,
    /// The newest; 0 where nothing was ever set. Given back with a way back, so that nobody undoes what they have not seen.
    pub version: u32,
    /// Whether the caller may go back.
    pub may_set: bool,
    /// Newest first; the last one is version 0, the rule as everybody has it.
    pub versions: Vec<OverrideVersionView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverrideVersionView {
    pub version: u32,
    /// Absent of version 0.
    pub at: Option<String>,
    pub by: String,
    pub reason: String,
    pub back_to: Option<u32>,
    /// What was changed, in words.
    pub changes: Vec<String>,
    /// What held from then on, in words; nothing: as everybody has it.
    pub holds: Vec<String>,
    /// Why nobody can go back to it; absent where one can.
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideBackAsk {
    pub area: String,
    /// The version whose content is to hold again.
    pub version: u32,
    /// The newest version, as it was seen.
    pub seen: u32,
    pub reason: String,
}

#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsAsk {
    /// `22:00-06:00`, then `,mon,sat` or `,workday` or `,day_off`: told only then.
    pub hours: Option<String>,
    /// The code of a population: told only about its members.
    pub only: Option<String>,
    /// `info`, `attention`, `urgent` or `alarm`: told as at least so severe.
    pub severity: Option<String>,
    /// Not told about these.
    #[serde(default)]
    pub exempt: Vec<ExemptAsk>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptAsk {
    /// `device:ID`, `dwelling:ID`, `area:ID` (everything in it), …
    pub subject: String,
    /// RFC 3339; absent: for good.
    pub until: Option<String>,
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverrideMade {
    /// The area's newest version of what it sets of the rule; the one before it is the way back.
    pub version: u32,
    pub rule: RuleRow,
    /// What may not be meant: a population without members there.
    pub warnings: Vec<String>,
}

/// How often a rule was right since its text was set, and where it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutcomesView {
    pub rule: String,
    pub version: u32,
    /// From when on outcomes are counted.
    pub since: String,
    /// What it finds makes a person or home suspect: it goes out of force by itself when it is wrong too often.
    pub suspects: bool,
    /// Absent where an area's hidden ones could be had from it.
    pub all: Option<OutcomeShare>,
    pub sentence: String,
    /// `too_few`, `good`, `poor`, `suspend`.
    pub verdict: Coded,
    /// The caller's areas, the most outcomes first.
    pub areas: Vec<OutcomeArea>,
    pub suspended: bool,
    /// Who asked for it back, and why.
    pub asked: Option<String>,
    pub may_ask: bool,
    pub may_grant: bool,
    /// Newest first.
    pub steps: Vec<SuspensionView>,
}

/// Shares from 0 to 1.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutcomeShare {
    /// Cases with an outcome.
    pub n: u32,
    pub confirmed: u32,
    /// Absent of nothing.
    pub false_alarms: Option<f64>,
    /// Between these lies the share that is confirmed, by 80 % on either side.
    pub lower: f64,
    pub upper: f64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutcomeArea {
    pub area: Coded,
    /// Absent below five.
    pub share: Option<OutcomeShare>,
    /// The share of all areas lies outside of this one's bounds.
    pub differs: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    pub at: String,
    pub version: u32,
    /// `suspended`, `asked`, `granted`.
    pub step: String,
    pub sentence: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeAsk {
    /// Why it should come back.
    pub reason: String,
}
