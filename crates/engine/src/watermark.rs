//! Watermarks: up to which event time everything that will come has come.
//!
//! Invariants
//! - WM1 A source's watermark is max(newest observed_at − lateness, now − idle), where now is the *logged*
//!   received_at; it never goes back.
//! - WM2 The partition's watermark is the minimum over the sources heard so far; it never goes back either, also
//!   when a new source appears.
//! - WM3 An event is settled when it lies *before* the watermark; one that lies exactly on it is still in time.

use crate::config::SourceTiming;
use linli_model::Instant;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Source {
    newest: i64,
    lateness: i64,
    idle: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watermarks {
    /// By source number; None = not heard yet.
    sources: Vec<Option<Source>>,
    now: i64,
    partition: i64,
}

impl Default for Watermarks {
    fn default() -> Self {
        Watermarks { sources: Vec::new(), now: i64::MIN, partition: i64::MIN }
    }
}

impl Watermarks {
    /// Our logged clock; never goes back.
    pub fn now(&self) -> i64 {
        self.now
    }
    pub fn partition(&self) -> i64 {
        self.partition
    }
    /// Whether what a snapshot held can be an engine's times: none is past the calendar's end.
    pub fn fits(&self) -> bool {
        let [first, last] = Instant::CALENDAR.map(Instant::millis);
        (self.now == i64::MIN || (first..=last).contains(&self.now)) && self.partition <= last
    }
    pub fn pass(&mut self, now: i64) {
        self.now = self.now.max(now);
    }
    /// Time is said to have come so far.
    pub fn reach(&mut self, at: i64) {
        self.pass(at);
        self.partition = self.partition.max(at);
    }
    /// A source was heard with events up to `newest`.
    pub fn hear(&mut self, source: u32, newest: i64, timing: SourceTiming) {
        let at = source as usize;
        if at >= self.sources.len() {
            self.sources.resize(at + 1, None);
        }
        let known = self.sources[at].get_or_insert(Source { newest: i64::MIN, lateness: 0, idle: 0 });
        known.newest = known.newest.max(newest);
        (known.lateness, known.idle) = (timing.lateness.0, timing.idle.0);
    }
    /// Moves the partition's watermark to where the sources allow it, and returns it.
    pub fn advance(&mut self) -> i64 {
        let now = self.now;
        let least = self
            .sources
            .iter()
            .flatten()
            .map(|s| s.newest.saturating_sub(s.lateness).max(now.saturating_sub(s.idle)))
            .min();
        if let Some(least) = least {
            self.partition = self.partition.max(least);
        }
        self.partition
    }
    /// With no source heard yet time still passes, behind the longest silence a source may have.
    pub fn advance_unheard(&mut self, idle: i64) -> i64 {
        if self.sources.iter().flatten().next().is_none() {
            self.partition = self.partition.max(self.now.saturating_sub(idle));
        }
        self.partition
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::Millis;

    const T: SourceTiming = SourceTiming { lateness: Millis(10), idle: Millis(100) };

    #[test]
    fn the_slowest_source_holds_time_back_but_only_until_it_counts_as_idle() {
        let mut w = Watermarks::default();
        w.pass(1000);
        w.hear(0, 1000, T);
        w.hear(1, 950, T);
        assert_eq!(w.advance(), 940);
        w.pass(1500);
        w.hear(0, 1500, T);
        assert_eq!(w.advance(), 1400, "source 1 is silent: now − idle");
    }

    #[test]
    fn watermarks_never_go_back() {
        let mut w = Watermarks::default();
        w.pass(1000);
        w.hear(0, 1000, T);
        assert_eq!(w.advance(), 990);
        w.pass(400);
        w.hear(7, 300, T);
        assert_eq!(w.advance(), 990);
        assert_eq!(w.now(), 1000);
    }

    #[test]
    fn time_passes_before_anything_was_heard() {
        let mut w = Watermarks::default();
        w.pass(1000);
        assert_eq!(w.advance_unheard(100), 900);
        w.hear(0, 1000, T);
        w.pass(5000);
        assert_eq!(w.advance_unheard(100), 900, "once a source is heard, sources alone decide");
    }
}
