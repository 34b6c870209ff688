//! Rule text to a typed, checked plan with diagnostics.
//!
//! Owns: the rule format (docs/rules.md), the catalogue of measures, conditions and their evaluation, and which numbers
//! of a rule are thresholds (thresholds.rs), what a rule costs (cost.rs), what areas may compose themselves (own/), what the
//! parts of a condition say of a moment (parts.rs), what is otherwise in another version (difference/), and the plans of texts
//! that passed (plans.rs).
//!
//! Invariants
//! - RU1 [`check`] collects: every mistake of a text comes back at once, with line, column and a suggestion (CE1).
//! - RU2 A checked plan cannot fail at run time: what cannot be known is unknown (EX2).
//! - RU3 Printing a plan and checking the text again gives the same plan; [`format`] does so without losing a comment (FM3).
//!
//! Deliberately absent: state and time (the engine), running traces (the pack crate).

mod catalogue;
mod check;
mod condition;
mod cost;
mod crossing;
mod difference;
pub mod expr;
mod fields;
mod format;
mod nearest;
mod node;
mod operator;
pub mod own;
pub mod parts;
pub mod plan;
mod plans;
mod print;
mod read;
mod sentence;
mod thresholds;
mod workdays;
mod written;

pub use catalogue::{Catalogue, MeasureDef, ValueKind};
pub use check::{TEXT_BYTES_MAX, check, is_code};
pub use cost::cost;
pub use crossing::{Compared, Crossing};
pub use difference::{Difference, RuleVersion, differences};
pub use format::format;
pub use plan::{Key, Parameter, Quantity, RulePlan};
pub use print::print;
pub use thresholds::{Nudge, Scale, Threshold, nudged, thresholds};
pub use workdays::Workdays;
