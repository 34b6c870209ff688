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
use linli_model::Text;
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

impl Settings {
    pub(crate) fn of(p: &plan::Schedule, parameters: &[f64]) -> Self {
        let (from, to) = (p.from.millis(parameters), p.to.millis(parameters));
        let to = if to <= from { to + DAY_MS } else { to };
        Settings { weekdays: p.weekdays, calendar: p.calendar, from, to }
    }

    /// Whether a stretch begins on a day.
    fn on(&self, day: i64, zone: &Zone) -> Option<bool> {
        match self.calendar {
            None => Some(self.weekdays & 1 << (day + 3).rem_euclid(7) != 0),
            Some(kind) => zone.works(day).map(|works| works == (kind == DayKind::Workday)),
        }
    }

    fn truth_at(&self, at: i64, zone: &Zone) -> Truth {
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

    /// The next time of day at which it may change.
    pub(crate) fn due(&self, s: &Settings, zone: &Zone) -> i64 {
        let today = zone.day(self.at, 0, false);
        let edges = (today - 2..=today + 1).flat_map(|d| [zone.at_clock(d, s.from), zone.at_clock(d, s.to)]);
        edges.filter(|e| *e > self.at).min().unwrap_or(i64::MAX)
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
