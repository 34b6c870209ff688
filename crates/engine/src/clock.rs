//! Event time: what a reading's clock says, as far as it can be believed.
//!
//! A device whose clock is constantly wrong is told from what it sends, and the registry knows how far it is off
//! (`DeviceLearned`). Any other clock is taken at its word, but for what lies ahead of ours.
//!
//! Invariants
//! - CK1 An offset counts for readings *received* from its moment on, whenever they settle and in whatever order they come:
//!   live, replay and backtest give a reading the same event time.
//! - CK2 What was told at arrival stands: an offset that becomes known moves no reading that is in already.
//! - CK3 A clock that is ahead even so is taken as `skew_max` ahead, and flagged.

use linli_model::{Instant, Millis};
use serde::{Deserialize, Serialize};

/// How far one device's clock is ahead of ours, over our time; nothing is known of most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// From when on, and by how much, in order of time.
    offsets: Vec<(i64, i64)>,
}

impl Clock {
    /// Takes what is known from `from` on; of two facts about one moment the later one counts.
    pub fn learn(&mut self, from: Instant, offset: Millis) {
        let at = self.offsets.partition_point(|o| o.0 < from.0);
        match self.offsets.get_mut(at) {
            Some(o) if o.0 == from.0 => o.1 = offset.0,
            _ => self.offsets.insert(at, (from.0, offset.0)),
        }
    }

    /// Out of service at `at`: nothing is known of it from then on, nor what was announced to hold later.
    pub fn end(&mut self, at: Instant) {
        self.offsets.truncate(self.offsets.partition_point(|o| o.0 < at.0));
        self.offsets.push((at.0, 0));
    }

    /// How far it is ahead for what is received at an instant.
    #[inline]
    pub fn offset(&self, received_at: Instant) -> Millis {
        let known = self.offsets.iter().rev().find(|o| o.0 <= received_at.0);
        Millis(known.map_or(0, |o| o.1))
    }

    /// The furthest it was ever ahead, and behind.
    pub fn reach(&self) -> (Millis, Millis) {
        let offsets = || self.offsets.iter().map(|o| o.1);
        (Millis(offsets().max().unwrap_or(0).max(0)), Millis(offsets().min().unwrap_or(0).min(0)))
    }

    /// Drops what nothing received from `now` on can meet.
    pub(crate) fn forget_before(&mut self, now: i64) {
        let in_force = self.offsets.partition_point(|o| o.0 <= now).saturating_sub(1);
        self.offsets.drain(..in_force);
    }
}

/// Event time of a reading, and whether its clock was clamped.
#[inline]
pub fn event_time(
    observed_at: Instant,
    offset: Millis,
    received_at: Instant,
    skew_max: Millis,
) -> (Instant, bool) {
    let limit = received_at.saturating_add(skew_max);
    let at = Instant(observed_at.0.saturating_sub(offset.0));
    (at.in_calendar().min(limit), at > limit)
}

/// The clocks of an engine, by device number; those behind the end of the table are believed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Clocks(Vec<Clock>);

impl Clocks {
    pub(crate) fn of(&mut self, device: u32) -> &mut Clock {
        let at = device as usize;
        if at >= self.0.len() {
            self.0.resize_with(at + 1, Clock::default);
        }
        &mut self.0[at]
    }
    #[inline]
    pub(crate) fn offset(&self, device: u32, received_at: Instant) -> Millis {
        self.0.get(device as usize).map_or(Millis(0), |c| c.offset(received_at))
    }
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_by_when_a_reading_is_received() {
        let mut c = Clock::default();
        c.learn(Instant(100), Millis(-7));
        c.learn(Instant(300), Millis(0));
        c.learn(Instant(200), Millis(5));
        c.learn(Instant(200), Millis(6));
        let at = |t| c.offset(Instant(t)).0;
        assert_eq!([at(99), at(100), at(199), at(200), at(299), at(300)], [0, -7, -7, 6, 6, 0]);
        assert_eq!(c.reach(), (Millis(6), Millis(-7)));
    }

    #[test]
    fn what_was_announced_before_a_device_went_out_of_service_does_not_hold_after_it() {
        let mut c = Clock::default();
        c.learn(Instant(100), Millis(-7));
        c.learn(Instant(300), Millis(5));
        c.end(Instant(240));
        let at = |t| c.offset(Instant(t)).0;
        assert_eq!([at(100), at(239), at(240), at(300)], [-7, -7, 0, 0]);
    }

    #[test]
    fn what_is_told_late_of_the_time_before_a_device_went_out_of_service_does_not_hold_after_it() {
        let mut c = Clock::default();
        c.end(Instant(240));
        c.forget_before(500);
        c.learn(Instant(100), Millis(-7));
        let at = |t| c.offset(Instant(t)).0;
        assert_eq!([at(99), at(100), at(239), at(240), at(600)], [0, -7, -7, 0, 0]);
    }

    #[test]
    fn what_no_reading_can_meet_any_more_is_dropped() {
        let mut c = Clock::default();
        for t in [100, 200, 300] {
            c.learn(Instant(t), Millis(t));
        }
        c.forget_before(250);
        assert_eq!(c.offsets, [(200, 200), (300, 300)]);
        c.forget_before(50);
        assert_eq!(c.offsets.len(), 2);
    }

    #[test]
    fn a_clock_set_right_is_clamped_only_if_it_is_still_ahead() {
        let time =
            |observed, offset| event_time(Instant(observed), Millis(offset), Instant(1000), Millis(100));
        assert_eq!(time(5000, 0), (Instant(1100), true));
        assert_eq!(time(5000, 4000), (Instant(1000), false));
        assert_eq!(time(1100, 0), (Instant(1100), false));
        assert_eq!(time(1000, -500), (Instant(1100), true), "a slow clock that was mended");
    }
}
