//! Indicators: numbers of a period, each with its formula, what it is compared with, and its rows.

use crate::{Coded, case::CaseRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IndicatorQuery {
    /// An area and everything inside; absent: all the caller may see.
    pub area: Option<String>,
    pub class: Option<String>,
    /// `day`, `week`, `month`, `stat_month` (26th to 25th), `quarter`, `year`, or `range` with `from` and `to`. Absent: `month`.
    pub period: Option<String>,
    /// A day inside the period, `2026-11-23`; absent: today.
    pub day: Option<String>,
    /// First day of a range.
    pub from: Option<String>,
    /// Last day of a range.
    pub to: Option<String>,
    /// `area` (the areas directly inside) or `class`; absent: the whole only.
    pub by: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IndicatorRowsQuery {
    pub area: Option<String>,
    pub class: Option<String>,
    pub period: Option<String>,
    pub day: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// `numerator` or `rest`: what else is in the denominator, for formulas that have one. Absent: `numerator`.
    pub part: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorReport {
    /// Absent: all the caller may see.
    pub area: Option<Coded>,
    pub class: Option<Coded>,
    pub period: PeriodView,
    /// 环比: the period before.
    pub before: Option<PeriodView>,
    /// 同比: the same a year before.
    pub year_before: Option<PeriodView>,
    /// The moment the numbers are of.
    pub as_of: String,
    /// Cases of older times that are still being counted in; the numbers lack them.
    pub not_counted_yet: u32,
    pub indicators: Vec<IndicatorView>,
    pub whole: Vec<IndicatorNumbers>,
    pub groups: Vec<IndicatorGroup>,
    pub score: ScoreView,
    pub safety: SafetyView,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PeriodView {
    pub kind: Coded,
    /// `2026-11`, `2026-W47`, `2026-10-26 – 2026-11-25`.
    pub name: String,
    pub first: String,
    pub last: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorView {
    pub code: String,
    pub label: String,
    /// How it is reckoned, in words.
    pub formula: String,
    /// `share` (0 to 1), `count` or `days`.
    pub unit: String,
    /// `more`, `less` or `neither`.
    pub better: String,
    /// Its numerator, and the rest of its denominator where it has one; in words, for its rows.
    pub parts: Vec<Coded>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorGroup {
    /// An area or a class. `elsewhere` are areas that are no longer part of the one asked for.
    pub key: Coded,
    pub numbers: Vec<IndicatorNumbers>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorNumbers {
    pub code: String,
    pub now: NumberView,
    pub before: Option<NumberView>,
    pub year_before: Option<NumberView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NumberView {
    /// Absent where the denominator is empty, and where `few` says so.
    pub value: Option<f64>,
    pub numerator: i64,
    pub denominator: i64,
    /// Left out of the assessment; in neither of both.
    pub excluded: i64,
    /// Too few to show a rate of.
    pub few: bool,
}

/// The hotline's score (12345) of the period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScoreView {
    pub parts: Vec<ScorePart>,
    pub deducted: f64,
    pub deducted_formula: String,
    pub total: f64,
    pub total_max: f64,
    /// 实际解决率, beside the score.
    pub solved: Option<f64>,
    pub tickets: i64,
    /// The street it is the score of; none where it is of a part, or of several.
    pub street: Option<Coded>,
    /// What all streets of the peer group had together, as somebody entered it.
    pub group: Option<HotlineGroup>,
    /// Why the caller does not enter it; none where they may.
    pub group_why_not: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HotlineGroup {
    pub tickets: i64,
    /// Who entered it.
    pub by: String,
    pub at: String,
}

/// The volume of a street's peer group in a period.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HotlineGroupAsk {
    /// The street.
    pub area: String,
    /// The period's first day, `2026-11-01`.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// Orders of all streets of the group, this one among them; null takes back what was entered, and must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub tickets: Option<i64>,
}

/// The safety index (平安指数) of the area asked for and of its parts, in the order of the tree.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SafetyView {
    /// How it is reckoned, with the numbers of this installation.
    pub formula: String,
    pub rows: Vec<SafetyRow>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SafetyRow {
    pub area: Coded,
    /// Actual residents, as was known on the last day of the period.
    pub residents: Option<u32>,
    /// Events of each kind; none where there is no index.
    pub events: Vec<SafetyEvents>,
    /// 0 to 100, and where it lies with 80 in 100.
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub band: Option<Coded>,
    /// Why there is no index.
    pub blank: Option<Coded>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SafetyEvents {
    pub kind: Coded,
    pub n: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScorePart {
    pub code: String,
    pub label: String,
    /// How its points come about, with the weight of this installation.
    pub formula: String,
    pub share: Option<f64>,
    pub points: Option<f64>,
    pub points_max: f64,
}

/// A case behind a number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorRow {
    pub case: CaseRow,
    /// When it counts.
    pub at: String,
    pub n: i64,
    /// Days or the mean weight, where the indicator has one.
    pub value: Option<f64>,
    pub excluded: bool,
}
