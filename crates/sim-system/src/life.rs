//! A life of a street: everything that is done in it, as plain data.
//!
//! Invariants
//! - LV1 A step carries its own number to draw from: taking another step away does not change what it does.

use linli_model::{Instant, Reading, RegistryChange};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loop {
    Registry,
    Engine,
    History,
    Habits,
    Retain,
    Clock,
    Deliver,
    Calendar,
    Tick,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    /// One message of a source.
    Send { source: String, readings: Vec<Reading> },
    /// A change of the registry that rules read.
    Change { effective: i64, what: Box<RegistryChange> },
    /// One turn of a loop.
    Turn(Loop),
    /// A resident reports something.
    Report,
    /// Somebody does what is next, or something else, with one of the cases.
    Person,
    /// The command before once more, under the same key.
    Again,
    /// A command that has seen an older version of its case.
    Stale,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub n: u64,
    pub at: i64,
    pub doing: Doing,
    /// Done at the same time, in turns that its number draws.
    pub beside: Option<Doing>,
    /// The process ends at this gate, or behind the step when there are fewer.
    pub killed: Option<u32>,
    /// The end of the log is torn, as by a write that was cut.
    pub torn: bool,
}

impl Step {
    pub fn of(n: u64, at: i64, doing: Doing) -> Step {
        Step { n, at, doing, beside: None, killed: None, torn: false }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    pub seed: u64,
    pub postgres: bool,
    /// Milliseconds.
    pub lateness: i64,
    pub idle: i64,
    pub window: i64,
    /// A snapshot of the engines is written after so many positions.
    pub snapshot_every: u64,
    pub began: i64,
    pub steps: Vec<Step>,
    pub end: i64,
}

impl Life {
    pub fn began(&self) -> Instant {
        Instant(self.began)
    }
}
