//! Port: the past readings, by residential area and local day.
//!
//! Owns: the row of the past ([`HistoryRow`]), the question put to it ([`HistoryQuery`]), the reading of it day by day
//! ([`ScanQuery`], [`Scan`]), the [`History`] trait, a history in memory for tests ([`memory`]), the suite every history is run through
//! ([`contract`], feature `contract`).
//!
//! Invariants
//! - HS1 What `add` was given is durable when it returns.
//! - HS2 `add` is idempotent by position: whatever was kept of the range's positions is replaced, also
//!   when the range is cut differently the second time. A loop that lost its checkpoint adds again.
//! - HS3 `read` answers in the order of observed_at, then device, then position.
//! - HS4 Retention forgets whole local days and nothing else. A row lies in the local day in which it counts
//!   ([`HistoryRow::at`]): a device whose clock is years ahead is found, and forgotten, with the day on which it came.
//! - HS5 Rows carry pseudonymous ids only.
//! - HS6 A scan gives each row that counts once, by days in their order: of the rows of an area under one (source, id),
//!   whatever they say, the first of the log counts. So far back as [`REPEATS_WITHIN`], or within one day of the past.
//!
//! Deliberately absent: the checkpoint (the relational store keeps it), and readings in quarantine.

use async_trait::async_trait;
use linli_model::{
    AreaId, Block, DeviceId, Fault, Instant, LocalDay, Measure, Millis, Names, Position, Reading, SourceId,
    Subject, Value, numbered::event_time,
};
use serde::{Deserialize, Serialize};

#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod memory;

pub use memory::MemoryHistory;

/// A device clock may be ahead of ours by so much; what is further ahead counts as so much after it came.
pub const CLOCK_AHEAD_MAX: Millis = Millis::minutes(2);
/// A reading that comes again within this is known to be a repetition, whatever it says.
pub const REPEATS_WITHIN: Millis = Millis::days(8);

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

impl HistoryRow {
    /// When it counts: as the device said, but where its clock was ahead no later than [`CLOCK_AHEAD_MAX`] after it came.
    pub fn at(&self) -> Instant {
        event_time(self.reading.observed_at, self.received_at, self.clamped, CLOCK_AHEAD_MAX)
    }
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
    /// When rows count ([`HistoryRow::at`]), `from` included, `to` not.
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
        let (r, at) = (&row.reading, row.at());
        (self.from <= at && at < self.to)
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

/// What is to be lived through again of one residential area.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanQuery {
    pub area: AreaId,
    /// When rows count ([`HistoryRow::at`]), `from` included, `to` not.
    pub from: Instant,
    pub to: Instant,
    /// Rows of these measures …
    pub measures: Vec<Measure>,
    /// … and all rows of these devices.
    pub devices: Vec<DeviceId>,
}

impl ScanQuery {
    pub fn matches(&self, row: &HistoryRow) -> bool {
        let at = row.at();
        row.area == self.area
            && self.from <= at
            && at < self.to
            && (self.measures.contains(&row.reading.measure) || self.devices.contains(&row.reading.device))
    }
}

/// The past of one residential area, a local day at a time, so that a year of it needs the memory of a day. It waits for
/// the disk: only a thread that may wait reads it.
pub trait Scan: Send {
    /// The next day that has rows; days come in their order.
    fn next_day(&mut self) -> Result<Option<Block>, Fault>;

    /// What the numbers of the rows given so far stand for.
    fn names(&self) -> &Names;
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

    /// Begins to read the past day by day. Like [`Scan`] it is for a thread that may wait, with a runtime at hand.
    fn scan(&self, query: &ScanQuery) -> Box<dyn Scan + '_>;

    /// What is kept, by area and day.
    async fn days(&self) -> Result<Vec<DayKept>, Fault>;

    /// Forgets all days before `before`; gives how many days of areas went.
    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault>;

    /// Joins the small parts of days before `before`; gives how many parts became fewer.
    async fn compact(&self, before: LocalDay) -> Result<usize, Fault>;
}
