//! Port: the past readings, by residential area and local day.
//!
//! Owns: the row of the past ([`HistoryRow`]), the question put to it ([`HistoryQuery`]), the [`History`]
//! trait, a history in memory for tests ([`memory`]), the suite every history is run through
//! ([`contract`], feature `contract`).
//!
//! Invariants
//! - HS1 What `add` was given is durable when it returns.
//! - HS2 `add` is idempotent by position: whatever was kept of the range's positions is replaced, also
//!   when the range is cut differently the second time. A loop that lost its checkpoint adds again.
//! - HS3 `read` answers in the order of observed_at, then device, then position.
//! - HS4 Retention forgets whole local days and nothing else.
//! - HS5 Rows carry pseudonymous ids only.
//!
//! Deliberately absent: the checkpoint (the relational store keeps it), and readings in quarantine.

use async_trait::async_trait;
use linli_model::{
    AreaId, DeviceId, Fault, Instant, LocalDay, Measure, Position, Reading, SourceId, Subject, Value,
};
use serde::{Deserialize, Serialize};

#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod memory;

pub use memory::MemoryHistory;

/// A reading of the past with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Position of its batch in the log; the key of idempotence.
    pub position: Position,
    pub source: SourceId,
    pub received_at: Instant,
    /// The residential area (the partition) it belongs to.
    pub area: AreaId,
    pub reading: Reading,
    /// Came after its watermark had passed.
    pub late: bool,
    /// Its clock was ahead and was clamped for the rules; `reading.observed_at` is as the device said.
    pub clamped: bool,
}

/// The positions a call of [`History::add`] covers, both ends included, whether or not each brought rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PositionRange {
    pub from: Position,
    pub to: Position,
}

impl PositionRange {
    pub fn contains(self, position: Position) -> bool {
        self.from <= position && position <= self.to
    }
    pub fn covers(self, other: PositionRange) -> bool {
        self.from <= other.from && other.to <= self.to
    }
    pub fn meets(self, other: PositionRange) -> bool {
        self.from <= other.to && other.from <= self.to
    }
    /// The smallest range that covers both.
    pub fn joined(self, other: PositionRange) -> PositionRange {
        PositionRange { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// Which rows are asked for. An empty list does not narrow.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryQuery {
    /// observed_at, `from` included, `to` not.
    pub from: Instant,
    pub to: Instant,
    pub areas: Vec<AreaId>,
    pub devices: Vec<DeviceId>,
    pub measures: Vec<Measure>,
    pub subjects: Vec<Subject>,
    /// At most so many rows, the earliest first.
    pub rows_max: Option<usize>,
}

impl HistoryQuery {
    pub fn between(from: Instant, to: Instant) -> Self {
        HistoryQuery {
            from,
            to,
            areas: vec![],
            devices: vec![],
            measures: vec![],
            subjects: vec![],
            rows_max: None,
        }
    }
    pub fn of_device(mut self, device: DeviceId) -> Self {
        self.devices.push(device);
        self
    }
    pub fn of_measure(mut self, measure: Measure) -> Self {
        self.measures.push(measure);
        self
    }
    pub fn in_area(mut self, area: AreaId) -> Self {
        self.areas.push(area);
        self
    }
    pub fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }
    pub fn first(mut self, rows_max: usize) -> Self {
        self.rows_max = Some(rows_max);
        self
    }
    pub fn matches(&self, row: &HistoryRow) -> bool {
        let r = &row.reading;
        (self.from <= r.observed_at && r.observed_at < self.to)
            && (self.areas.is_empty() || self.areas.contains(&row.area))
            && (self.devices.is_empty() || self.devices.contains(&r.device))
            && (self.measures.is_empty() || self.measures.contains(&r.measure))
            && (self.subjects.is_empty() || r.subject.as_ref().is_some_and(|s| self.subjects.contains(s)))
    }
}

/// One point of a series: what a chart needs, and no more is read for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub observed_at: Instant,
    pub device: DeviceId,
    pub measure: Measure,
    pub value: Value,
}

/// What is kept of one residential area's local day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayKept {
    pub area: AreaId,
    pub day: LocalDay,
    pub parts: usize,
    pub bytes: u64,
}

#[async_trait]
pub trait History: Send + Sync {
    /// Keeps the rows of a range of log positions. Rows outside the range are a lasting fault.
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault>;

    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault>;

    /// As [`History::read`], but only time, device, measure and value.
    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault>;

    /// What is kept, by area and day.
    async fn days(&self) -> Result<Vec<DayKept>, Fault>;

    /// Forgets all days before `before`; gives how many days of areas went.
    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault>;

    /// Joins the small parts of days before `before`; gives how many parts became fewer.
    async fn compact(&self, before: LocalDay) -> Result<usize, Fault>;
}
