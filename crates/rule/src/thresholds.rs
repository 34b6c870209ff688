//! The numbers of a rule that decide something, each with its place, and the same rule with one of them nudged.
//!
//! A threshold is a number as it is written: a literal or a parameter's name in a condition, or the number or duration an
//! operator is given. `linli-pack` nudges each up and down and looks whether a trace notices.
//!
//! Invariants
//! - TH1 Reading a text notes its thresholds in the same order every time, whichever of them is nudged.
//! - TH2 A nudged rule differs in that one place; a parameter that stands in two places is two thresholds.
//!
//! Deliberately absent: numbers that are not written (an operator's defaults are its own tests' matter), bounds of
//! parameters, the members of `x in [..]`, and what says how something is kept or where (`version`, `depth`, `apart`,
//! `up`, `samples`).

use crate::{
    catalogue::Catalogue,
    check::read,
    plan::RulePlan,
    print::{duration_unit, short},
};
use std::sync::Arc;

/// How far a threshold may be nudged before a trace has to notice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// A tenth of itself; of nothing, one.
    Tenth,
    /// A count: a tenth, and at least one.
    Count,
    /// An hour of the day, a weekday: one.
    One,
    /// A tenth; of no time, a minute. So many milliseconds are one of it.
    Duration { millis: f64 },
    /// A time of day, in milliseconds: an hour. So many milliseconds are one of it.
    Clock { millis: f64 },
}

/// A number that decides something.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// `signal.raise`
    pub field: String,
    pub line: u32,
    pub column: u32,
    /// The parameter that stands there; else it is written out.
    pub parameter: Option<String>,
    /// In its own unit.
    pub value: f64,
    pub unit: String,
    pub scale: Scale,
}

/// One threshold, counted from 0 in the order of reading, so much more or less in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nudge {
    pub threshold: usize,
    pub by: f64,
}

impl Threshold {
    /// The furthest it is nudged, in its own unit.
    pub fn tolerance(&self) -> f64 {
        let tenth = self.value.abs() / 10.0;
        match self.scale {
            Scale::Tenth if tenth == 0.0 => 1.0,
            Scale::Tenth => tenth,
            Scale::Count => tenth.round().max(1.0),
            Scale::One => 1.0,
            Scale::Duration { millis } if tenth == 0.0 => 60_000.0 / millis,
            Scale::Duration { .. } => tenth,
            Scale::Clock { millis } => 3_600_000.0 / millis,
        }
    }
    /// A value in its unit, as a person reads it.
    pub fn say(&self, value: f64) -> String {
        let written = match self.scale {
            Scale::Duration { millis: 1.0 } => {
                let (unit, size) = duration_unit(self.value);
                return format!("{}{unit}", short(value / size));
            }
            Scale::Clock { millis: 1.0 } => {
                let minutes = (value / 60_000.0).rem_euclid(1440.0) as u32;
                return format!("{:02}:{:02}", minutes / 60, minutes % 60);
            }
            _ => short(value),
        };
        match self.unit.as_str() {
            "" => written,
            "%" => format!("{written}%"),
            unit => format!("{written} {unit}"),
        }
    }
}

/// The thresholds of a text that passes the check.
pub fn thresholds(text: &str, catalogue: &Catalogue) -> Vec<Threshold> {
    read(text, catalogue, None, None).1
}

/// The plan of the text with one threshold nudged; None when no rule could be written so.
pub fn nudged(text: &str, catalogue: &Catalogue, nudge: Nudge) -> Option<Arc<RulePlan>> {
    read(text, catalogue, Some(nudge), None).0.ok()
}
