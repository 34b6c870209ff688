//! # schedule
//!
//! Holds during certain hours of certain days: a gate for other signals, by its name.
//!
//! | field | what it is |
//! |---|---|
//! | `from`, `to` | local times of day like `"22:00"`, or parameters in hours; `to` is not part of it; when it lies before `from` the stretch ends on the next day, and when both are equal it is the whole day |
//! | `days` | some of `mon` to `sun`, or `workday`, or `day_off`; default every day. It is the day on which the stretch begins |
//!
//! `workday` and `day_off` follow the calendar of statutory holidays and swap days (调休). Of a year that is not
//! published nothing is known, and neither holds.
//!
//! State per key: when it was last looked at.
//!
//! ```toml
//! rule = "loud_at_night"
//! name = { zh = "夜间噪声", en = "Noise at night" }
//! key = "device"
//! severity = "info"
//! case_class = "environment.noise"
//! sentence = { zh = "夜间 {value}", en = "{value} at night" }
//!
//! [signals.night]
//! operator = "schedule"
//! from = "22:00"
//! to = "06:00"
//! days = ["fri", "sat"]
//!
//! [signal]
//! operator = "level"
//! raise = "night && noise_db > 55.0"
//!
//! [[trace]]
//! name = "friday_night_ends_on_saturday_morning"
//! kind = "ends"
//! script = '''
//! d4 23:00 n1 noise_db 60     # a Thursday
//! d5 21:59 n1 noise_db 60
//! d5 22:00 n1 noise_db 60
//! d6 06:00 n1 noise_db 60     # six o'clock is not night any more
//! d8 02:00 n1 noise_db 60     # the night of Sunday
//! expect opened device:n1 d5 22:00
//! expect ended device:n1 d6 06:00
//! '''
//! ```

use super::{Explained, Said, Truth};
use crate::zone::Zone;
use linli_model::{Days, Hours, Text};
use linli_rule::plan::{self, DayKind};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    weekdays: u8,
    calendar: Option<DayKind>,
    from: i64,
    /// Since the beginning of the day on which it begins: up to two days.
    to: i64,
}

/// An end that does not lie behind the beginning lies on the next day.
fn behind(from: i64, to: i64) -> i64 {
    if to <= from { to + DAY_MS } else { to }
}

impl Settings {
    pub(crate) fn of(p: &plan::Schedule, parameters: &[f64]) -> Self {
        let (from, to) = (p.from.millis(parameters), p.to.millis(parameters));
        Settings { weekdays: p.weekdays, calendar: p.calendar, from, to: behind(from, to) }
    }

    /// The hours an area set for itself.
    pub(crate) fn of_hours(hours: &Hours) -> Self {
        let (weekdays, calendar) = match hours.days {
            Days::Weekdays(bits) => (bits, None),
            Days::Workday => (0, Some(DayKind::Workday)),
            Days::DayOff => (0, Some(DayKind::DayOff)),
        };
        let (from, to) = (i64::from(hours.from) * 60_000, i64::from(hours.to) * 60_000);
        Settings { weekdays, calendar, from, to: behind(from, to) }
    }

    /// Whether a stretch begins on a day.
    fn on(&self, day: i64, zone: &Zone) -> Option<bool> {
        match self.calendar {
            None => Some(self.weekdays & 1 << (day + 3).rem_euclid(7) != 0),
            Some(kind) => zone.works(day).map(|works| works == (kind == DayKind::Workday)),
        }
    }

    pub(crate) fn truth_at(&self, at: i64, zone: &Zone) -> Truth {
        let today = zone.day(at, 0, false);
        let mut truth = Truth::False;
        for day in [today - 1, today] {
            let inside = (zone.at_clock(day, self.from)..zone.at_clock(day, self.to)).contains(&at);
            match self.on(day, zone) {
                Some(true) if inside => return Truth::True,
                None if inside => truth = Truth::Unknown,
                _ => {}
            }
        }
        truth
    }

    /// When a stretch begins and ends, in milliseconds since midnight.
    pub(crate) fn clocks(&self) -> (i64, i64) {
        (self.from, self.to)
    }

    /// The next time of day after `at` at which it may change.
    pub(crate) fn next_edge(&self, at: i64, zone: &Zone) -> i64 {
        let today = zone.day(at, 0, false);
        let edges =
            (today - 2..=today + 1).flat_map(|d| [zone.at_clock(d, self.from), zone.at_clock(d, self.to)]);
        edges.filter(|e| *e > at).min().unwrap_or(i64::MAX)
    }
}

/// A time of day, like `22:00`.
pub(crate) fn say_clock(ms: i64) -> String {
    let minutes = ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    at: i64,
    truth: Truth,
}

impl State {
    pub(crate) fn begin(s: &Settings, at: i64, zone: &Zone) -> Self {
        State { at, truth: s.truth_at(at, zone) }
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64, zone: &Zone) {
        (self.at, self.truth) = (at, s.truth_at(at, zone));
    }

    pub(crate) fn due(&self, s: &Settings, zone: &Zone) -> i64 {
        s.next_edge(self.at, zone)
    }

    pub(crate) fn truth(&self) -> Truth {
        self.truth
    }
    /// As of `at`: a reading exactly at an edge lies behind it.
    pub(crate) fn said(&self, s: &Settings, at: i64, zone: &Zone) -> Said {
        Said::Truth(if at > self.at { s.truth_at(at, zone) } else { self.truth })
    }

    pub(crate) fn explain(&self) -> Explained {
        let step = match self.truth {
            Truth::True => Text::new("在规定的时段内。", "Inside its hours."),
            Truth::False => Text::new("不在规定的时段内。", "Outside its hours."),
            Truth::Unknown => Text::new(
                "该年的节假日安排尚未公布,无法判断。",
                "The year's holidays are not published: it cannot be told.",
            ),
        };
        Explained { steps: vec![step], ..Explained::default() }
    }
}
