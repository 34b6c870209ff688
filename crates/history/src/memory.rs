//! A history in memory, for tests of everything that reads or writes one. Nothing in it is durable.

use crate::{DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange, Scan, ScanQuery};
use async_trait::async_trait;
use jiff::tz::TimeZone;
use linli_model::{
    AreaId, Block, Fault, LocalDay, Names, ReadingId, Row, SourceId, Subject, numbered::NO_NUMBER,
};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub struct MemoryHistory {
    zone: TimeZone,
    rows: Mutex<Vec<HistoryRow>>,
}

impl MemoryHistory {
    pub fn empty(zone: TimeZone) -> Self {
        MemoryHistory { zone, rows: Mutex::default() }
    }
    fn rows(&self) -> MutexGuard<'_, Vec<HistoryRow>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The order every history answers in (HS3).
pub fn sort_as_read(rows: &mut [HistoryRow]) {
    rows.sort_by(|a, b| {
        let key = |r: &HistoryRow| (r.reading.observed_at, r.position);
        key(a)
            .0
            .cmp(&key(b).0)
            .then_with(|| a.reading.device.cmp(&b.reading.device))
            .then(a.position.cmp(&b.position))
    });
}

#[async_trait]
impl History for MemoryHistory {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        if let Some(row) = rows.iter().find(|r| !range.contains(r.position)) {
            return Err(outside(range, row));
        }
        let mut kept = self.rows();
        kept.retain(|r| !range.contains(r.position));
        kept.extend(rows);
        Ok(())
    }

    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        let mut found: Vec<_> = self.rows().iter().filter(|r| query.matches(r)).cloned().collect();
        sort_as_read(&mut found);
        found.truncate(query.rows_max.unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        Ok(self.read(query).await?.into_iter().map(point).collect())
    }

    fn scan(&self, query: &ScanQuery) -> Box<dyn Scan + '_> {
        let mut rows: Vec<HistoryRow> = self.rows().clone();
        rows.sort_by_key(|r| r.position);
        first_of_each_id(&mut rows);
        let mut scan = MemoryScan::default();
        let mut days: BTreeMap<LocalDay, Vec<Row>> = BTreeMap::new();
        for row in rows.iter().filter(|r| query.matches(r)) {
            days.entry(row.at().day_in(&self.zone)).or_default().push(numbered(row, &mut scan.names));
        }
        scan.days = days.into_iter().map(|(day, rows)| Block { day, rows }).collect();
        Box::new(scan)
    }

    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        let mut days = BTreeMap::new();
        for row in self.rows().iter() {
            *days.entry((row.area.clone(), row.at().day_in(&self.zone))).or_insert(0) += 1;
        }
        Ok(days.into_iter().map(|((area, day), rows)| DayKept { area, day, parts: 1, bytes: rows }).collect())
    }

    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        let gone = self.days().await?.iter().filter(|d| d.day < before).count();
        self.rows().retain(|r| r.at().day_in(&self.zone) >= before);
        Ok(gone)
    }

    async fn compact(&self, _before: LocalDay) -> Result<usize, Fault> {
        Ok(0)
    }
}

#[derive(Default)]
struct MemoryScan {
    days: VecDeque<Block>,
    names: Names,
}

impl Scan for MemoryScan {
    fn next_day(&mut self) -> Result<Option<Block>, Fault> {
        Ok(self.days.pop_front())
    }
    fn names(&self) -> &Names {
        &self.names
    }
}

/// Of the rows of an area that came under one id the first stays; they are in the order of the log (HS6).
pub fn first_of_each_id(rows: &mut Vec<HistoryRow>) {
    let mut seen: HashSet<(AreaId, SourceId, ReadingId)> = HashSet::with_capacity(rows.len());
    rows.retain(|r| seen.insert((r.area.clone(), r.source.clone(), r.reading.id.clone())));
}

/// A row with numbers for its texts.
pub fn numbered(row: &HistoryRow, names: &mut Names) -> Row {
    let r = &row.reading;
    let (kind, value) = names.number_value(&r.value);
    let subject = r.subject.as_ref().map(Subject::to_string);
    Row {
        observed_at: r.observed_at,
        received_at: row.received_at,
        value,
        source: names.sources.number(row.source.as_str()),
        device: names.devices.number(r.device.as_str()),
        measure: names.measures.number(r.measure.as_str()),
        subject: subject.map_or(NO_NUMBER, |s| names.subjects.number(s.as_str())),
        kind,
        clamped: row.clamped,
    }
}

pub fn point(row: HistoryRow) -> Point {
    let r = row.reading;
    Point { observed_at: r.observed_at, device: r.device, measure: r.measure, value: r.value }
}

/// A row that does not belong to the range it came with: the caller is wrong, and nothing was kept.
pub fn outside(range: PositionRange, row: &HistoryRow) -> Fault {
    Fault::lasting(format!(
        "history row at position {} is outside the range {} to {}",
        row.position, range.from, range.to
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn the_memory_history_keeps_the_contract() {
        let zone = TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap();
        crate::contract::every_promise(|| {
            let zone = zone.clone();
            async { Arc::new(MemoryHistory::empty(zone)) as Arc<dyn History> }
        })
        .await;
    }
}
