//! Which rows were the first of their id: decided once, when they are written, so that nobody who reads them has to look
//! at an id (HS6).
//!
//! Kept in memory are marks of 64 bits of the ids of the newest days; what is not at hand is read from the files' `source`
//! and `id` columns when it is needed first.

use crate::{columns::Kept, part::Folder};
use jiff::tz::TimeZone;
use linli_history::{HistoryRow, REPEATS_WITHIN};
use linli_model::{AreaId, Instant, LocalDay, Millis};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
};

/// The mark of an id is a good hash already.
#[derive(Default)]
pub(crate) struct Unhashed(u64);
impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*b);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

pub(crate) type Marks = HashSet<u64, BuildHasherDefault<Unhashed>>;

/// SipHash with fixed keys: two of a million ids share a mark once in forty million such millions.
pub(crate) fn mark_of(row: &HistoryRow) -> u64 {
    let mut h = DefaultHasher::new();
    (row.source.as_str(), row.reading.id.as_str()).hash(&mut h);
    h.finish()
}

/// The marks of folders, as far as they are at hand.
#[derive(Default)]
pub(crate) struct Repeats(BTreeMap<AreaId, BTreeMap<LocalDay, Marks>>);

/// The days in which what a row says again may have been said.
fn days_about(row: &HistoryRow, zone: &TimeZone, days: &mut Days) -> (LocalDay, LocalDay, LocalDay) {
    let own = days.of(row.at(), zone);
    let last = days.of(row.received_at, zone);
    let first = days.of(row.received_at.saturating_sub(REPEATS_WITHIN), zone);
    (own, first, last.saturating_add(jiff::Span::new().days(1)))
}

/// Local days are looked up in a calendar; neighbouring rows share theirs.
#[derive(Default)]
pub(crate) struct Days(Vec<(Instant, Instant, LocalDay)>);

impl Days {
    pub(crate) fn of(&mut self, at: Instant, zone: &TimeZone) -> LocalDay {
        if let Some(known) = self.0.iter().find(|d| d.0 <= at && at < d.1) {
            return known.2;
        }
        let day = at.day_in(zone);
        let next = day.saturating_add(jiff::Span::new().days(1));
        if self.0.len() >= 16 {
            self.0.remove(0);
        }
        self.0.push((Instant::start_of(day, zone), Instant::start_of(next, zone), day));
        day
    }
}

impl Repeats {
    /// Folders whose marks are needed to judge these rows and are not at hand.
    pub(crate) fn missing(&self, rows: &[HistoryRow], zone: &TimeZone, kept: &[Folder]) -> Vec<Folder> {
        let mut days = Days::default();
        let mut wanted: BTreeMap<&AreaId, BTreeSet<(LocalDay, LocalDay)>> = BTreeMap::new();
        for row in rows {
            let (own, first, last) = days_about(row, zone, &mut days);
            wanted.entry(&row.area).or_default().extend([(own, own), (first, last)]);
        }
        let is_wanted = |f: &&Folder| {
            let spans = wanted.get(&f.area);
            spans.is_some_and(|s| s.iter().any(|(first, last)| (first..=last).contains(&&f.day)))
                && self.0.get(&f.area).is_none_or(|days| !days.contains_key(&f.day))
        };
        kept.iter().filter(is_wanted).cloned().collect()
    }

    pub(crate) fn know(&mut self, folder: Folder, marks: Marks) {
        self.0.entry(folder.area).or_default().insert(folder.day, marks);
    }

    /// Says of each row, in the order of the log, whether it counts, and remembers it.
    pub(crate) fn judge(&mut self, rows: Vec<HistoryRow>, zone: &TimeZone) -> Vec<Kept> {
        let mut days = Days::default();
        let judged = rows.into_iter().map(|row| {
            let (own, first, last) = days_about(&row, zone, &mut days);
            let of_area = self.0.entry(row.area.clone()).or_default();
            let mark = mark_of(&row);
            let before = of_area.get(&own).is_some_and(|m| m.contains(&mark))
                || of_area.range(first..=last).any(|(_, marks)| marks.contains(&mark));
            if !before {
                of_area.entry(own).or_default().insert(mark);
            }
            Kept { row, counts: Some(!before) }
        });
        judged.collect()
    }

    /// Nothing of these areas is at hand any more.
    pub(crate) fn forget(&mut self, areas: &BTreeSet<AreaId>) {
        self.0.retain(|area, _| !areas.contains(area));
    }

    /// Keeps what the next rows will be compared with.
    pub(crate) fn forget_before(&mut self, newest: Instant, zone: &TimeZone) {
        let first = newest.saturating_sub(REPEATS_WITHIN).saturating_sub(Millis::days(1)).day_in(zone);
        let last = newest.saturating_add(Millis::days(1)).day_in(zone);
        for days in self.0.values_mut() {
            days.retain(|day, _| (first..=last).contains(day));
        }
    }
}

/// Decides, of a folder's rows, for those that were written before ids were judged.
pub(crate) fn judge_old(rows: &mut [Kept]) {
    if rows.iter().all(|k| k.counts.is_some()) {
        return;
    }
    let mut marks = Marks::default();
    rows.sort_by_key(|k| k.row.position);
    for kept in rows {
        let first = marks.insert(mark_of(&kept.row));
        kept.counts.get_or_insert(first);
    }
}
