//! How far a device's clock is off.
//!
//! What is looked at is how far a message's newest reading lies ahead of its reception. When that is the same again and again,
//! over half a day, the clock is wrong by it.
//!
//! Invariants
//! - HC1 A delay is not taken for a slow clock: what is buffered comes with all kinds of delays; what is sent off on a schedule, the
//!   same time after each measurement, never comes twice within half of that time. Nothing is late before it happened, so a fast
//!   clock needs no such proof.
//! - HC2 Readings that are sent again teach nothing: only what is newer than everything before counts, until as many as
//!   [`BEHIND`] in a row say that the clock itself went back.
//! - HC3 A fact that became wrong goes soon, when [`DROP_AGREE`] messages over an hour agree on something else; one that is right stays
//!   through what jitters and strays.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A clock further ahead than this is clamped where nothing is known of it.
pub(crate) const FAST_LEAST: i64 = 2 * MINUTE;
/// A clock less slow than this is left alone: it may be the way of its messages.
pub(crate) const SLOW_LEAST: i64 = 5 * MINUTE;
/// A clock further off is none: it has a dead battery, and begins somewhere else each time.
const OFF_MOST: i64 = 26 * HOUR;
/// Messages this near to each other agree, and a clock this near to what is known of it has not changed.
const WITHIN: i64 = MINUTE;
/// So many messages that agree, over so long, make a fact …
const LEARN_AGREE: u16 = 24;
const LEARN_SPAN: i64 = 12 * HOUR;
/// … and so many, over so long, undo one.
const DROP_AGREE: u16 = 8;
const DROP_SPAN: i64 = HOUR;
/// Counting ends here, so that a change is seen soon.
const AGREE_MAX: u16 = 32;
/// Messages of one moment are one.
const APART: i64 = 10 * SECOND;
/// So many older ones in a row, each newer than the one before, and the clock went back.
const BEHIND: u16 = 8;
/// Over so many messages the middle is taken.
const MIDDLE: i64 = 8;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClockHabit {
    /// The newest it ever said, and what it said last.
    newest: i64,
    last: i64,
    /// Messages in a row that are not the newest.
    behind: u16,
    /// How far ahead the messages since `since` agree that it is.
    ahead: i64,
    since: i64,
    agree: u16,
    /// Those of them that came within half of that time after the one before.
    close: u16,
    strays: u16,
}

impl Default for ClockHabit {
    fn default() -> Self {
        ClockHabit {
            newest: i64::MIN,
            last: i64::MIN,
            behind: 0,
            ahead: 0,
            since: 0,
            agree: 0,
            close: 0,
            strays: 0,
        }
    }
}

impl ClockHabit {
    /// What should be known from now on, if it is something else.
    pub(crate) fn hear(&mut self, observed: i64, received: i64, known: Option<i64>) -> Option<Option<i64>> {
        let advance = observed.saturating_sub(self.last);
        self.last = observed;
        if !self.is_news(observed, advance) {
            return None;
        }
        self.count(observed - received, advance, received);
        self.verdict(received, known)
    }

    /// HC2
    fn is_news(&mut self, observed: i64, advance: i64) -> bool {
        if observed >= self.newest.saturating_add(APART) {
            (self.newest, self.behind) = (observed, 0);
            return true;
        }
        self.behind = if advance >= APART { self.behind + 1 } else { 0 };
        if self.behind >= BEHIND {
            (self.newest, self.behind) = (observed, 0);
        }
        false
    }

    fn count(&mut self, ahead: i64, advance: i64, received: i64) {
        let off = ahead - self.ahead;
        if self.agree > 0 && off.abs() > WITHIN {
            self.strays += 1;
            if self.strays <= 2 + self.agree / 8 {
                return;
            }
            self.agree = 0;
        }
        if self.agree == 0 {
            (self.ahead, self.since) = (ahead, received);
            (self.agree, self.close, self.strays) = (1, 0, 0);
            return;
        }
        self.strays = self.strays.saturating_sub(1);
        self.ahead += off / i64::from(self.agree + 1).min(MIDDLE);
        if self.agree < AGREE_MAX {
            self.agree += 1;
            self.close += u16::from(advance <= self.ahead.abs() / 2);
        }
    }

    fn verdict(&self, received: i64, known: Option<i64>) -> Option<Option<i64>> {
        let span = received - self.since;
        let established = self.agree >= LEARN_AGREE && span >= LEARN_SPAN;
        let wrong = self.ahead.abs() <= OFF_MOST
            && (self.ahead >= FAST_LEAST || (self.ahead <= -SLOW_LEAST && self.close * 4 >= self.agree));
        match known {
            Some(known) if (self.ahead - known).abs() <= WITHIN => None,
            _ if established && wrong => Some(Some(self.ahead / SECOND * SECOND)),
            Some(_) if self.agree >= DROP_AGREE && span >= DROP_SPAN => Some(None),
            _ => None,
        }
    }
}
