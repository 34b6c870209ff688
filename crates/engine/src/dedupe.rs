//! Which readings were seen before: exact, by (source, id), inside the correction window.
//!
//! Invariants
//! - DD1 Exact: ids are compared byte by byte; two ids with one hash are two ids.
//! - DD2 Bounded: a day of ids is forgotten as a whole once the correction window has passed it.
//! - DD3 A [`ReadingNo`] given out leads back to its id as long as its day is kept, or as long as it is pinned.
//! - DD4 An id that comes again with another content is told apart from one that only came twice; both have no effect.

use linli_model::{Instant, Reading, Value};
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    hash::{Hash, Hasher},
};

/// The number of a remembered reading: its day in the upper 24 bits, its place in the day in the lower 40.
pub type ReadingNo = u64;

const PLACE_BITS: u32 = 40;
const DAY_MS: i64 = 86_400_000;
/// An empty place of the table.
const FREE: u32 = u32::MAX;

/// The ids of one day: bytes in one arena, found through an open table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Day {
    day: i64,
    /// Numbers of the sources and ends of the ids in `bytes`.
    entries: Vec<(u32, u32)>,
    /// A hash of what came under each id.
    contents: Vec<u32>,
    bytes: Vec<u8>,
    #[serde(skip)]
    table: Vec<u32>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SeenIds {
    days: VecDeque<Day>,
    /// Ids whose day was forgotten but which evidence still points to.
    pinned: BTreeMap<ReadingNo, Box<str>>,
}

/// Whether a reading came for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    First(ReadingNo),
    /// The same reading once more.
    Again,
    /// Another reading under an id that is taken.
    Conflict,
}

impl SeenIds {
    /// Notes an id received at `now_ms`; `now_ms` never goes back.
    pub fn note(&mut self, source: u32, id: &str, content: u32, now_ms: i64) -> Sight {
        let hash = hash_of(source, id);
        if let Some((day, place)) = self.days.iter().find_map(|d| Some((d, d.find(source, id, hash)?))) {
            return if day.contents[place] == content { Sight::Again } else { Sight::Conflict };
        }
        let day = now_ms.div_euclid(DAY_MS);
        if self.days.back().is_none_or(|d| d.day < day) {
            self.days.push_back(Day { day, ..Day::default() });
        }
        match self.days.back_mut() {
            Some(d) => Sight::First(d.insert(source, id, content, hash)),
            None => Sight::Again,
        }
    }

    /// The id behind a number; empty when it is no longer known.
    pub fn id(&self, reading: ReadingNo) -> &str {
        if let Some(id) = self.pinned.get(&reading) {
            return id;
        }
        self.days.iter().find(|d| d.upper() == reading >> PLACE_BITS).map_or("", |d| d.id(reading))
    }

    /// Whether [`SeenIds::forget_before`] would drop a day.
    pub fn is_due(&self, before_ms: i64) -> bool {
        self.days.front().is_some_and(|d| (d.day + 1) * DAY_MS <= before_ms)
    }

    /// Drops the days that ended by `before_ms`; ids of `used` readings among them stay readable.
    pub fn forget_before(&mut self, before_ms: i64, used: impl Iterator<Item = ReadingNo>) {
        let ended = self.days.iter().filter(|d| (d.day + 1) * DAY_MS <= before_ms);
        let dropped: Vec<u64> = ended.map(Day::upper).collect();
        // Most that is used lies in a day that stays, and what does not is often used by many.
        let mut kept: Vec<ReadingNo> =
            used.filter(|r| dropped.contains(&(r >> PLACE_BITS)) || self.pinned.contains_key(r)).collect();
        kept.sort_unstable();
        kept.dedup();
        self.pinned = kept.into_iter().map(|reading| (reading, Box::from(self.id(reading)))).collect();
        self.days.retain(|d| (d.day + 1) * DAY_MS > before_ms);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.days.iter().map(|d| d.entries.len()).sum()
    }
    /// Whether what a snapshot held can be ids: days of the calendar in order, each id inside its day's bytes.
    pub fn fits(&self) -> bool {
        let days = Instant::CALENDAR.map(|edge| edge.millis() / DAY_MS);
        self.days.iter().is_sorted_by(|a, b| a.day < b.day)
            && self.days.iter().all(|d| {
                (days[0]..=days[1]).contains(&d.day)
                    && d.contents.len() == d.entries.len()
                    && d.entries.iter().is_sorted_by_key(|e| e.1)
                    && d.entries.last().is_none_or(|e| e.1 as usize <= d.bytes.len())
            })
    }
    /// Rebuilds what a snapshot leaves out.
    pub fn reindex(&mut self) {
        for day in &mut self.days {
            day.rebuild(day.entries.len() * 2);
        }
    }
}

impl Day {
    fn upper(&self) -> u64 {
        self.day as u64 & 0xff_ffff
    }
    fn start(&self, place: usize) -> usize {
        if place == 0 { 0 } else { self.entries[place - 1].1 as usize }
    }
    fn id_at(&self, place: usize) -> &[u8] {
        &self.bytes[self.start(place)..self.entries[place].1 as usize]
    }
    fn id(&self, reading: ReadingNo) -> &str {
        let place = (reading & ((1 << PLACE_BITS) - 1)) as usize;
        if place >= self.entries.len() {
            return "";
        }
        std::str::from_utf8(self.id_at(place)).unwrap_or("")
    }
    fn find(&self, source: u32, id: &str, hash: u64) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.table[at] {
                FREE => return None,
                place => {
                    let place = place as usize;
                    if self.entries[place].0 == source && self.id_at(place) == id.as_bytes() {
                        return Some(place);
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }
    fn insert(&mut self, source: u32, id: &str, content: u32, hash: u64) -> ReadingNo {
        if (self.entries.len() + 1) * 2 > self.table.len() {
            self.rebuild((self.entries.len() + 1) * 4);
        }
        let place = self.entries.len();
        self.bytes.extend_from_slice(id.as_bytes());
        self.entries.push((source, self.bytes.len() as u32));
        self.contents.push(content);
        self.put(hash, place as u32);
        self.upper() << PLACE_BITS | place as u64
    }
    fn put(&mut self, hash: u64, place: u32) {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table[at] != FREE {
            at = (at + 1) & mask;
        }
        self.table[at] = place;
    }
    fn rebuild(&mut self, size_min: usize) {
        self.table = vec![FREE; size_min.next_power_of_two().max(64)];
        for place in 0..self.entries.len() {
            let id = std::str::from_utf8(self.id_at(place)).unwrap_or("");
            let hash = hash_of(self.entries[place].0, id);
            self.put(hash, place as u32);
        }
    }
}

/// What a reading says, in 32 bits: enough to notice that the same id says something else.
pub fn content_of(reading: &Reading) -> u32 {
    let mut h = FxHasher::default();
    reading.device.as_str().hash(&mut h);
    reading.measure.as_str().hash(&mut h);
    reading.observed_at.millis().hash(&mut h);
    match &reading.value {
        Value::Number(n) => n.to_bits().hash(&mut h),
        Value::Flag(b) => b.hash(&mut h),
        Value::Text(t) => t.hash(&mut h),
    }
    let h = h.finish();
    (h ^ (h >> 32)) as u32
}

fn hash_of(source: u32, id: &str) -> u64 {
    let mut h = FxHasher::default();
    source.hash(&mut h);
    id.hash(&mut h);
    let h = h.finish();
    h ^ (h >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_per_source() {
        let mut seen = SeenIds::default();
        let first = seen.note(0, "a", 7, 0);
        assert!(matches!(first, Sight::First(_)));
        assert_eq!(seen.note(0, "a", 7, 5 * DAY_MS), Sight::Again);
        assert!(matches!(seen.note(1, "a", 7, 5 * DAY_MS), Sight::First(_)));
    }

    /// DD4
    #[test]
    fn the_same_id_with_another_content_is_a_conflict_however_often_it_comes() {
        let mut seen = SeenIds::default();
        assert!(matches!(seen.note(0, "a", 1, 0), Sight::First(_)));
        for content in [2, 2, 3] {
            assert_eq!(seen.note(0, "a", content, DAY_MS), Sight::Conflict);
        }
        assert_eq!(seen.note(0, "a", 1, DAY_MS), Sight::Again);
    }

    #[test]
    fn ten_thousand_ids_are_told_apart() {
        let mut seen = SeenIds::default();
        for i in 0..10_000 {
            assert!(matches!(seen.note(i % 7, &format!("r{i}"), 7, 0), Sight::First(_)), "{i}");
        }
        assert!((0..10_000).all(|i| seen.note(i % 7, &format!("r{i}"), 7, DAY_MS) == Sight::Again));
        assert_eq!(seen.len(), 10_000);
    }

    #[test]
    fn a_forgotten_day_leaves_only_what_evidence_points_to() {
        let mut seen = SeenIds::default();
        let Sight::First(kept) = seen.note(0, "kept", 7, 0) else { panic!() };
        let Sight::First(gone) = seen.note(0, "gone", 7, 0) else { panic!() };
        seen.forget_before(8 * DAY_MS, [kept].into_iter());
        assert_eq!((seen.id(kept), seen.id(gone), seen.len()), ("kept", "", 0));
        seen.forget_before(9 * DAY_MS, [kept].into_iter());
        assert_eq!(seen.id(kept), "kept", "a pin holds as long as it is used");
        seen.forget_before(9 * DAY_MS, std::iter::empty());
        assert_eq!(seen.id(kept), "");
    }
}
