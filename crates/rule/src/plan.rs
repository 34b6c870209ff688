//! The checked plan of a rule: what the engine runs.
//!
//! Invariants
//! - PL1 A plan that exists has passed the check: every index points to something, every quantity has the unit its
//!   place asks for, every parameter's value lies within its bounds.
//! - PL2 Nodes stand in an order in which each reads only earlier ones; the last one is the signal.
//! - PL3 Bounds: at most [`NODES_MAX`] nodes, [`MEASURES_MAX`] measures, [`PARAMETERS_MAX`] parameters.

use crate::expr::BoolExpr;
use linli_model::{Measure, Severity, Text};

pub use crate::operator::*;

pub const NODES_MAX: usize = 8;
pub const MEASURES_MAX: usize = 32;
pub const PARAMETERS_MAX: usize = 24;
/// Longest duration, in days: a century.
pub const DURATION_DAYS_MAX: f64 = 36_500.0;
/// Most members a window remembers per key; the oldest go first.
pub const WINDOW_MEMBERS_MAX: usize = 4096;

#[derive(Clone, Debug, PartialEq)]
pub struct RulePlan {
    pub rule: String,
    pub version: u32,
    pub name: Text,
    pub about: Text,
    pub key: Key,
    /// Keys are kept apart in each area so many levels below the residential area (as [`Key::Area`] counts them).
    pub apart: Option<u32>,
    pub severity: Severity,
    pub case_class: String,
    pub emission: Emission,
    /// Areas may not make it weaker: no override of a mandatory rule reaches below the template's value.
    pub mandatory: bool,
    /// What it finds makes a person or a home suspect; it goes out of force by itself where it is wrong too often (G6).
    pub suspects: bool,
    pub parameters: Vec<Parameter>,
    /// Every measure the rule hears, in the order expressions number them.
    pub measures: Vec<Measure>,
    pub nodes: Vec<Node>,
    pub sentence: Sentence,
    pub traces: Vec<TraceText>,
}

/// What the rule keeps one state for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Each member of a population as registered; nobody else.
    Population(String),
    /// Whatever the readings are about.
    Subject,
    Device,
    /// The text a reading carries: a card, a plate.
    Value,
    /// The area in which the device stands, so far below the residential area: 0 is that itself, 1 its estates, 2
    /// their buildings, 3 their doorways.
    Area {
        depth: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emission {
    /// In event time, behind the watermark: order of arrival changes nothing.
    Settled,
    /// At arrival: life safety does not wait for stragglers.
    Eager,
}

/// A number an area may set for itself, within bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub label: Text,
    pub value: f64,
    pub min: f64,
    pub max: f64,
    pub unit: Unit,
}

/// The unit a parameter is given and shown in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    /// Anything else, as text; empty for a plain number.
    Other(String),
}

impl Unit {
    pub fn parse(s: &str) -> Unit {
        match s {
            "s" => Unit::Second,
            "min" => Unit::Minute,
            "h" => Unit::Hour,
            "d" => Unit::Day,
            other => Unit::Other(other.to_owned()),
        }
    }
    pub fn as_str(&self) -> &str {
        match self {
            Unit::Second => "s",
            Unit::Minute => "min",
            Unit::Hour => "h",
            Unit::Day => "d",
            Unit::Other(s) => s,
        }
    }
    /// Milliseconds in one, for units of time.
    pub fn millis(&self) -> Option<f64> {
        match self {
            Unit::Second => Some(1_000.0),
            Unit::Minute => Some(60_000.0),
            Unit::Hour => Some(3_600_000.0),
            Unit::Day => Some(86_400_000.0),
            Unit::Other(_) => None,
        }
    }
}

/// A number in a rule: written out, or a parameter's value times a factor (units of time become milliseconds).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    Fixed(f64),
    Parameter { index: usize, factor: f64 },
}

impl Quantity {
    pub const ZERO: Quantity = Quantity::Fixed(0.0);
    pub fn resolve(self, parameters: &[f64]) -> f64 {
        match self {
            Quantity::Fixed(n) => n,
            Quantity::Parameter { index, factor } => parameters.get(index).copied().unwrap_or(0.0) * factor,
        }
    }
    /// For durations: milliseconds, from none to [`DURATION_DAYS_MAX`].
    pub fn millis(self, parameters: &[f64]) -> i64 {
        self.resolve(parameters).round().clamp(0.0, DURATION_DAYS_MAX * 86_400_000.0) as i64
    }
}

/// One operator with its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `signal` for the last one.
    pub name: String,
    /// Bit i: it hears the plan's measure i, itself or through the nodes it reads.
    pub hears: u32,
    /// Bit i: it reads node i.
    pub reads: u8,
    /// Only events that make this true reach the operator.
    pub when: Option<BoolExpr>,
    /// Without a `when`, a flag counts only when it is true.
    pub true_flags_only: bool,
    /// Bit i: readings of measure i are the operator's own input; the others only move the nodes it reads.
    pub of: u32,
    pub operator: Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reevaluate {
    /// When time passes, too.
    Time,
    /// Only when a reading arrives.
    Events,
}

impl Reevaluate {
    pub(crate) const ALL: [(&'static str, Reevaluate); 2] =
        [("time", Reevaluate::Time), ("events", Reevaluate::Events)];
}

/// A sentence with figures, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub zh: Vec<Piece>,
    pub en: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Figure(Figure),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    Parameter(usize),
    Node(usize),
    /// The subject's id.
    Subject,
    /// The deciding device.
    Device,
    /// Value of the deciding reading, with unit.
    Value,
    /// Local time at which the episode began.
    Start,
    /// Local time of the newest reading that counted.
    LastSeen,
    /// How long ago that was at the start of the episode.
    Silence,
    Count,
    Capacity,
    /// Count as a share of the capacity, in per cent.
    Share,
    /// Days of the streak.
    DaysSeen,
}

impl Figure {
    pub const NAMED: [(&'static str, Figure); 10] = [
        ("subject", Figure::Subject),
        ("device", Figure::Device),
        ("value", Figure::Value),
        ("start", Figure::Start),
        ("last_seen", Figure::LastSeen),
        ("silence", Figure::Silence),
        ("count", Figure::Count),
        ("capacity", Figure::Capacity),
        ("share", Figure::Share),
        ("days_seen", Figure::DaysSeen),
    ];
}

/// A trace as written; `linli-pack` reads and runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceText {
    pub name: String,
    pub kind: TraceKind,
    pub script: String,
    /// Line of the rule text where the script begins.
    pub line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceKind {
    /// The rule fires.
    Fires,
    /// It nearly fires, and does not.
    Misses,
    /// It fires and ends.
    Ends,
    /// Readings come late or out of order.
    Late,
    /// It cannot tell.
    Unknown,
}

impl TraceKind {
    pub const ALL: [(&'static str, TraceKind); 5] = [
        ("fires", TraceKind::Fires),
        ("misses", TraceKind::Misses),
        ("ends", TraceKind::Ends),
        ("late", TraceKind::Late),
        ("unknown", TraceKind::Unknown),
    ];
    pub fn as_str(self) -> &'static str {
        TraceKind::ALL.iter().find(|k| k.1 == self).map_or("", |k| k.0)
    }
}

impl RulePlan {
    /// How far back readings matter to what it says, in milliseconds; with every parameter as great as areas may set it.
    /// A count of who is inside has no end to that: a month is taken. So it is for an absence without a population: of whom
    /// nothing is registered, only what was heard says that there is somebody to miss.
    pub fn look_back(&self) -> i64 {
        let greatest: Vec<f64> = self.parameters.iter().map(|p| p.max).collect();
        let absent = self.nodes.iter().any(|n| matches!(n.operator, Operator::Absent(_)));
        let to_be_met = if absent && !matches!(self.key, Key::Population(_)) { 31 * 86_400_000 } else { 0 };
        self.nodes.iter().map(|n| n.operator.look_back(&greatest)).fold(to_be_met, i64::saturating_add)
    }
    pub fn parameter(&self, name: &str) -> Option<(usize, &Parameter)> {
        self.parameters.iter().enumerate().find(|(_, p)| p.name == name)
    }
    /// The node that decides.
    pub fn signal(&self) -> &Node {
        &self.nodes[self.nodes.len() - 1]
    }
    /// The parameters' values of the template, in order.
    pub fn values(&self) -> Vec<f64> {
        self.parameters.iter().map(|p| p.value).collect()
    }
}
