//! A history in memory, for tests of everything that reads or writes one. Nothing in it is durable.

use crate::{DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange};
use async_trait::async_trait;
use jiff::tz::TimeZone;
use linli_model::{Fault, LocalDay};
use std::{
    collections::BTreeMap,
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

    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        let mut days = BTreeMap::new();
        for row in self.rows().iter() {
            *days.entry((row.area.clone(), row.reading.observed_at.day_in(&self.zone))).or_insert(0) += 1;
        }
        Ok(days.into_iter().map(|((area, day), rows)| DayKept { area, day, parts: 1, bytes: rows }).collect())
    }

    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        let gone = self.days().await?.iter().filter(|d| d.day < before).count();
        self.rows().retain(|r| r.reading.observed_at.day_in(&self.zone) >= before);
        Ok(gone)
    }

    async fn compact(&self, _before: LocalDay) -> Result<usize, Fault> {
        Ok(0)
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
