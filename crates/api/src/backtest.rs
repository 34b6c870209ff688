//! Trying a rule on the past, and asking why it said what it said.

use crate::{
    case::{EvidencePoint, EvidenceView, ParameterView},
    device::Series,
    page::Coded,
    problem::Problem,
    rule::TermsAsk,
    trace::{LimitView, SignalView, StretchView, VariableView},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Days are local, `YYYY-MM-DD`, both included; without them the last thirty whole days.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestAsk {
    /// Only there; default everywhere the caller may look.
    pub area: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Parameter values to try, by name; they take the place of what areas have set.
    #[serde(default)]
    pub values: BTreeMap<String, f64>,
    /// Hours, exemptions, a narrower circle, a severity to try.
    #[serde(default)]
    pub terms: TermsAsk,
    /// Another text of the rule to try.
    pub text: Option<String>,
}

/// A run, and what came of it when it is done. Numbers that are null are hidden: the rule is about persons, there are
/// fewer than five, and the caller may not open persons' records there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestView {
    pub id: String,
    pub rule: String,
    /// `running`, `done`, `cancelled` or `failed`.
    pub state: String,
    /// From 0 to 1.
    pub progress: f64,
    pub from: String,
    pub to: String,
    pub result: Option<BacktestResult>,
    /// Why it failed.
    pub problem: Option<Problem>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestResult {
    /// What it comes to, in a sentence.
    pub sentence: String,
    pub in_force: BacktestSide,
    pub candidate: BacktestSide,
    pub same: Option<u64>,
    pub moved: Option<u64>,
    pub added: Option<u64>,
    pub removed: Option<u64>,
    pub days: Vec<BacktestDay>,
    pub weeks: Vec<BacktestWeek>,
    /// What differs, the earliest first, at most 200; empty where numbers are hidden.
    pub changes: Vec<BacktestChange>,
    /// The rule is about persons and the caller sees counts only.
    pub counts_only: bool,
    /// Readings that were gone through.
    pub readings: u64,
    pub took_ms: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestSide {
    pub findings: Option<u64>,
    /// Findings about one subject within a day of each other are one case.
    pub cases: Option<u64>,
    /// Cases for each of three shifts a day.
    pub per_shift: Option<f64>,
    /// Cases a week for each worker of the area; null where there is none.
    pub per_worker_week: Option<f64>,
}

/// Findings that began on a local day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestDay {
    pub day: String,
    pub in_force: Option<u64>,
    pub candidate: Option<u64>,
}

/// Of an area and a week, which begins on a Monday.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestWeek {
    pub area: Coded,
    pub week: String,
    pub same: Option<u64>,
    pub moved: Option<u64>,
    pub added: Option<u64>,
    pub removed: Option<u64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestChange {
    /// `added`, `removed` or `moved`.
    pub fate: String,
    pub subject: String,
    pub area: Coded,
    /// For homes a day, else a moment.
    pub start: String,
    /// It had begun when the range did: at `start` or before.
    pub at_or_before: bool,
    pub end: Option<String>,
    /// As the rule in force has it, for what moved.
    pub was_start: Option<String>,
    pub was_end: Option<String>,
    pub evidence: EvidenceView,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// `device:…`, `dwelling:…`, `area:…`
    pub subject: String,
    /// The moment; for homes the end of its local day. Default now.
    pub at: Option<String>,
    /// With these values instead of those in force: `floor=0.25,hold=10`.
    pub values: Option<String>,
}

/// Why a rule did, or did not, hold for a subject at a moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainView {
    pub rule: String,
    pub name: String,
    pub subject: String,
    pub at: String,
    /// `holds`, `not_told` (it holds, and an area's own terms keep it back), `does_not`, `unknown`, or `not_watched`: the rule keeps nothing about this subject.
    pub verdict: String,
    /// The verdict in a sentence.
    pub sentence: String,
    /// What each part of the rule said, innermost first.
    pub steps: Vec<String>,
    /// When it would begin to hold, if nothing happens.
    pub deadline: Option<String>,
    pub parameters: Vec<ParameterView>,
    pub readings: Vec<EvidencePoint>,
    /// Its episodes about the subject in the days before.
    pub episodes: Vec<ExplainEpisode>,
    pub area: Coded,
    /// What of it is about a home: days only, no values.
    pub by_day: bool,
    /// The first condition that keeps it from holding, in words; absent where it holds and is told.
    pub why_not: Option<String>,
    /// The rule's signals, each behind those it reads; the last one decides.
    pub signals: Vec<SignalView>,
    /// Every parameter, with its bounds and who set it.
    pub variables: Vec<VariableView>,
    /// What areas set for themselves that bears on it.
    pub terms: Vec<String>,
    /// So many days before the moment readings were counted: those heard, and those that changed nothing.
    pub days: u32,
    pub heard: u64,
    pub dull: u64,
    /// What was measured around the moment.
    pub series: Vec<Series>,
    pub limits: Vec<LimitView>,
    /// From when it had to go on, and until when, before it counted.
    pub pending: Option<StretchView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainEpisode {
    pub start: String,
    /// It had begun when the days that are looked at did: at `start` or before.
    pub at_or_before: bool,
    pub end: Option<String>,
    pub sentence: String,
}
