//! How long a device is silent when all is well.
//!
//! What is looked at is how long it had been silent when it spoke: from the newest event time before to the reception, so that
//! what is sent off in lots counts as the silence it is to the rules. Each day (of UTC: it is only a measure) keeps its longest;
//! twice what most days stay below is the longest silence that is usual.
//!
//! Invariants
//! - HR1 What one household does is no rhythm: its silence is what absences look for, and taken for a dead device it would hide
//!   the very person. A day counts when the device spoke evenly of itself alone (heartbeat, battery, signal: not along with what
//!   happened); when anything came evenly, at least [`OFTEN`] times; or when it told of [`CROWD`] different ones.
//! - HR2 One outage does not stretch it: a day with a hole in it is not even, and of ten days the longest is left out.
//! - HR3 Between [`SILENCE_LEAST`] and [`SILENCE_MOST`]: below, every hiccup would be a dead device; what is longer is not watched.

use crate::message::Message;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const HOUR_SECS: u32 = 3_600;
const DAY_MS: i64 = 86_400_000;

/// Days that are looked at.
const DAYS_MAX: usize = 28;
/// So many days with a rhythm make a fact, if four of five days have one; fewer than three of five undo it.
const DAYS_LEAST: usize = 7;
/// Twice the longest that is usual.
const FACTOR: u32 = 2;
pub(crate) const SILENCE_LEAST: u32 = HOUR_SECS;
pub(crate) const SILENCE_MOST: u32 = 7 * 24 * HOUR_SECS;
/// Messages a day from which on evenness says that a clock makes them.
pub(crate) const OFTEN: u32 = 24;
/// What a device says of itself sooner after something else is no rhythm of its own.
const ALONG_MS: i64 = 60_000;
/// So many different ones on a day, and it is not one household.
pub(crate) const CROWD: usize = 5;
/// A clock ahead of ours is taken as this much ahead, as in the engine.
const SKEW_MAX: i64 = 120_000;

/// The silences that ended on a day.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Silences {
    n: u32,
    sum_secs: u64,
    longest_secs: u32,
}

impl Silences {
    fn add(&mut self, ms: i64) {
        let secs = u32::try_from(ms.max(0) / 1_000).unwrap_or(u32::MAX);
        self.n = self.n.saturating_add(1);
        self.sum_secs += u64::from(secs);
        self.longest_secs = self.longest_secs.max(secs);
    }
    /// Whether the longest is about as long as the others; of many, some get lost on the way.
    fn are_even(self) -> bool {
        let halves = if self.n >= OFTEN { 8 } else { 3 };
        self.n > 0 && u64::from(self.longest_secs) * u64::from(self.n) * 2 <= self.sum_secs * halves
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RhythmHabit {
    /// Event time of the newest message, and of the newest that spoke of the device alone.
    heard_at: Option<i64>,
    itself_at: Option<i64>,
    /// When something else was last received.
    other_at: i64,
    today: Option<i64>,
    /// The day is no whole one, or the device was worked on.
    void: bool,
    all: Silences,
    itself: Silences,
    of: Vec<u32>,
    /// The longest silence of each day in seconds; None for a day without a rhythm.
    days: VecDeque<Option<u32>>,
}

impl RhythmHabit {
    /// What should be known from now on, if it is something else.
    pub(crate) fn hear(
        &mut self,
        m: &Message,
        offset: i64,
        in_maintenance: bool,
        known: Option<u32>,
    ) -> Option<Option<u32>> {
        let at = (m.observed_at - offset).min(m.received_at + SKEW_MAX);
        if self.heard_at.is_some_and(|heard| at <= heard) {
            return None;
        }
        let day = m.received_at.div_euclid(DAY_MS);
        let verdict = match self.today {
            Some(today) if today >= day => None,
            Some(_) => {
                self.end_day();
                self.void = false;
                self.verdict(known)
            }
            None => {
                self.void = true;
                None
            }
        };
        self.today = self.today.max(Some(day));
        self.void |= in_maintenance;
        if let Some(heard) = self.heard_at.replace(at) {
            self.all.add(m.received_at - heard);
        }
        if !m.of_itself {
            self.other_at = m.received_at;
        } else if m.received_at - self.other_at >= ALONG_MS
            && let Some(heard) = self.itself_at.replace(at)
        {
            self.itself.add(m.received_at - heard);
        }
        for of in &m.of {
            if self.of.len() < CROWD && !self.of.contains(of) {
                self.of.push(*of);
            }
        }
        verdict
    }

    fn end_day(&mut self) {
        let (all, itself) = (std::mem::take(&mut self.all), std::mem::take(&mut self.itself));
        let of = std::mem::take(&mut self.of).len();
        if self.void {
            return;
        }
        let rhythm = if itself.are_even() {
            Some(itself)
        } else if of >= CROWD || (all.n >= OFTEN && all.are_even()) {
            Some(all)
        } else {
            None
        };
        if self.days.len() == DAYS_MAX {
            self.days.pop_front();
        }
        self.days.push_back(rhythm.map(|r| r.longest_secs));
    }

    fn verdict(&self, known: Option<u32>) -> Option<Option<u32>> {
        let mut longest: Vec<u32> = self.days.iter().flatten().copied().collect();
        let (with, days) = (longest.len(), self.days.len());
        if known.is_some() && with * 5 < days * 3 {
            return Some(None);
        }
        if with < DAYS_LEAST || with * 5 < days * 4 {
            return None;
        }
        longest.sort_unstable();
        let usual = longest[with - 1 - with / 10];
        let hours = usual.saturating_mul(FACTOR).div_ceil(HOUR_SECS);
        let silence = hours.saturating_mul(HOUR_SECS).max(SILENCE_LEAST);
        let silence = (silence <= SILENCE_MOST).then_some(silence);
        // What is known stands until it is wrong by more than a quarter.
        let stands = match (known, silence) {
            (Some(known), Some(silence)) => silence.abs_diff(known) <= known / 4,
            (known, silence) => known == silence,
        };
        (!stands).then_some(silence)
    }
}
