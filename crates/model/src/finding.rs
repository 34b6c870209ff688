//! Findings: a rule holds for a subject, with its evidence.
//!
//! Invariants
//! - FD1 A finding's id is a function of (rule, subject, episode start) at first emission and is kept by
//!   amendments.
//! - FD2 A finding without evidence does not exist: [`Evidence`] names readings or a deadline, the rule
//!   version and the parameter values with who set them.

use crate::{
    area::{AreaId, AreaPath},
    device::DeviceId,
    id::IdSeed,
    reading::{Measure, ReadingId, Value},
    subject::Subject,
    text::Text,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

typed_id!(FindingId);
use crate::typed_id;

impl FindingId {
    pub fn of(rule: &str, subject: &Subject, start: Instant) -> Self {
        // Hashed once: the same for all.
        static SEED: LazyLock<IdSeed> = LazyLock::new(|| IdSeed::of_name("linli/finding"));
        SEED.id(&format!("{rule}\u{1f}{subject}\u{1f}{}", start.millis()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody should look, in working time.
    Attention,
    /// Today, also outside working time.
    Urgent,
    /// A life may depend on it; never delayed by quiet hours.
    Alarm,
}

/// What an emission says about its finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingChange {
    Opened,
    /// Late data changed its end, severity or evidence.
    Amended,
    Ended,
    /// Late data disproved it: it never held.
    Retracted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The rule's condition holds.
    Signal,
    /// The rule cannot tell, because what it needs is silent. Opens no case; raises a coverage notice.
    Coverage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub id: FindingId,
    pub kind: FindingKind,
    pub change: FindingChange,
    pub rule: String,
    pub rule_version: u32,
    pub subject: Subject,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub severity: Severity,
    /// Event time at which the episode began to hold.
    pub start: Instant,
    /// Event time at which it stopped; None while it holds.
    pub end: Option<Instant>,
    /// Logged time at which this was decided.
    pub decided_at: Instant,
    /// One sentence with the figures filled in.
    pub sentence: Text,
    /// Case class the rule's template asks for, e.g. `care.elder_not_out`.
    pub case_class: String,
    pub evidence: Evidence,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The newest and deciding readings, oldest first, at most 32.
    pub readings: Vec<EvidenceReading>,
    /// How many readings took part in all.
    pub readings_total: u64,
    /// The deadline whose passing decided, for absence.
    pub deadline: Option<Instant>,
    /// Parameter values in force and who set them (`template` or an area id).
    pub parameters: Vec<ParameterUsed>,
    /// Operator states in words, innermost first.
    pub steps: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceReading {
    pub id: ReadingId,
    pub device: DeviceId,
    pub measure: Measure,
    pub observed_at: Instant,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterUsed {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub set_by: String,
}
