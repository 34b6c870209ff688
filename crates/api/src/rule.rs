//! Rules in force, for everybody to read (G8).

use serde::Serialize;
use utoipa::ToSchema;

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
    pub case_class: String,
    pub severity: String,
    pub parameters: Vec<RuleParameter>,
    /// What areas have set for themselves, in and above the caller's areas.
    pub overrides: Vec<RuleOverride>,
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
}
