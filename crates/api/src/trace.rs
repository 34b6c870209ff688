//! Why a rule said what it said, part by part; what it nearly said; a subject's curve under it; what it costs.

use crate::{backtest::ExplainView, device::Series, page::Coded, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One operator of a rule, and what it said at the moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignalView {
    /// As the rule names it; `signal` for the one that decides.
    pub name: String,
    pub operator: Coded,
    /// `true`, `false`, `unknown`, or `number`.
    pub says: Coded,
    /// For `number`; hidden where it would tell of a home by less than a day.
    pub number: Option<f64>,
    /// Places, from 0, of the signals it reads.
    pub reads: Vec<usize>,
    pub measures: Vec<String>,
    /// It has heard something or can tell without.
    pub reached: bool,
    pub decides: bool,
    pub deadline: Option<String>,
    /// What it says of itself.
    pub steps: Vec<String>,
    pub conditions: Vec<ConditionView>,
}

/// A condition of a signal as of one reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConditionView {
    /// `when`, `raise`, `clear`, `leaves`, `first`, `then`, `part.1` with its name.
    pub field: Coded,
    /// When and by which device the reading it was asked of came; absent where there was none.
    pub at: Option<String>,
    pub device: Option<String>,
    pub measure: Option<String>,
    /// The condition and, behind each part, the parts of that.
    pub parts: Vec<PartView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartView {
    /// 0 for the condition itself.
    pub depth: u32,
    /// As the rule writes it.
    pub text: String,
    /// What it says, in words.
    pub said: String,
    /// `all`, `any`, `not`, `choose`, or `none` for what has no parts.
    pub join: String,
    /// Absent: unknown.
    pub truth: Option<bool>,
    pub decides: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VariableView {
    pub name: String,
    pub label: String,
    pub value: f64,
    pub unit: String,
    pub min: f64,
    pub max: f64,
    /// `template` or an area's code.
    pub set_by: Coded,
}

/// A number that a measure is compared with: a line across its curve.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LimitView {
    pub measure: String,
    pub value: f64,
    pub label: String,
}

/// A stretch of time; days for homes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StretchView {
    pub from: String,
    pub to: String,
}

/// The trace of a finding: what its rule said when it began.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TraceView {
    pub finding: String,
    pub rule: String,
    pub rule_version: u32,
    pub name: String,
    /// As it was told.
    pub sentence: String,
    pub severity: Coded,
    pub area: Coded,
    pub start: String,
    pub end: Option<String>,
    pub case_id: Option<String>,
    /// Absent where it is withheld or cannot be worked out.
    pub explanation: Option<ExplainView>,
    /// Why there is no explanation, or why it does not say what was told.
    pub notice: Option<String>,
    /// The readings as a test of the rule, `[[trace]]`; absent for homes and persons.
    pub script: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NearAsk {
    /// `device:…`, `dwelling:…`, `area:…`; without it everything in `area`.
    pub subject: Option<String>,
    /// Default: everywhere the caller may look.
    pub area: Option<String>,
    /// Local days, `YYYY-MM-DD`, both included; default the last thirty.
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Near misses that are worked out, and what came of it when it is done. Who begins another stops the one before, and
/// what nobody asks after for two minutes stops by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NearRunView {
    pub id: String,
    pub rule: String,
    /// `running`, `done`, `cancelled` or `failed`.
    pub state: String,
    /// From 0 to 1.
    pub progress: f64,
    pub from: String,
    pub to: String,
    pub result: Option<NearView>,
    /// Why it failed.
    pub problem: Option<Problem>,
}

/// What a rule nearly said in a range of days. Numbers that are null are hidden (see BacktestView).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NearView {
    pub rule: String,
    pub from: String,
    pub to: String,
    /// What it comes to, in a sentence.
    pub sentence: String,
    /// Readings the rule heard, and those after which it said what it had said before.
    pub heard: u64,
    pub dull: u64,
    pub told: Option<u64>,
    /// The nearest first; none where the caller sees counts only.
    pub misses: Vec<NearMissView>,
    /// There are more than are listed.
    pub more: bool,
    pub counts_only: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NearMissView {
    pub subject: String,
    pub area: Coded,
    /// For homes a day, else a moment.
    pub start: String,
    pub end: Option<String>,
    /// The number that kept it back: a parameter's label, or where it stands in the rule's text.
    pub number: String,
    /// The parameter's name, if it is one.
    pub parameter: Option<String>,
    pub value: String,
    pub fires_at: String,
    /// How much of itself the number was off by, at most.
    pub share: f64,
    /// What kept it back, in a sentence.
    pub sentence: String,
    /// As a test of the rule, `[[trace]]`; absent for homes and where it makes none.
    pub script: Option<String>,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CurveQuery {
    pub subject: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Values to try: `floor=0.25,hold=10`.
    pub values: Option<String>,
}

/// A subject's readings under a rule: the lines they are compared with, and what it tells, in force and as tried.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurveView {
    pub rule: String,
    pub subject: String,
    pub by_day: bool,
    pub series: Vec<Series>,
    pub in_force: CurveSide,
    pub candidate: CurveSide,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurveSide {
    pub limits: Vec<LimitView>,
    pub episodes: Vec<CurveEpisode>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurveEpisode {
    /// From when it was pending: a hold time, an absence.
    pub pending_from: Option<String>,
    pub start: String,
    pub end: Option<String>,
    pub sentence: String,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubjectQuery {
    /// Of a name, an id or a place.
    pub q: Option<String>,
}

/// What a rule may be asked about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubjectRow {
    /// `device:…`, `dwelling:…`, `area:…`
    pub subject: String,
    pub label: String,
    pub area: Coded,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LoadQuery {
    pub area: Option<String>,
}

/// Cases that rules have opened in the last days, and what that is for those who work there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoadView {
    pub days: u32,
    pub workers: u64,
    pub rules: Vec<LoadRow>,
    pub cases: u64,
    /// Of three shifts a day.
    pub per_shift: f64,
    /// Null where nobody works there.
    pub per_worker_week: Option<f64>,
    /// There were more cases than are counted.
    pub more: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoadRow {
    pub rule: String,
    pub name: String,
    /// Null: the rule is about persons, and there are fewer than five.
    pub cases: Option<u64>,
    pub per_shift: Option<f64>,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ValuesQuery {
    /// Default: the street's template.
    pub area: Option<String>,
}

/// The values of a rule in force in an area.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ValuesView {
    pub variables: Vec<VariableView>,
    /// Names of those this very area has set.
    pub own: Vec<String>,
    /// The caller may set them there.
    pub may_set: bool,
}
