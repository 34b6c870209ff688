//! # streak
//!
//! Holds when something was seen on `days` days in a row.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures; a flag counts when it is true |
//! | `when` | which of their readings count, instead |
//! | `days` | how many days, one with a reading each |
//! | `gap` | days without a reading that do not break it; default 0 |
//! | `cut_hour` | local hour at which a day begins; default 0 |
//! | `utc` | count UTC days instead of local ones; default false |
//! | `ends` | `time` (default): it ends when one day too many has passed; `events`: only the next reading shows it |
//!
//! It begins with the first reading of the day that makes it full. A later signal reads its number of days.
//!
//! State per key: the newest day, the number of days, the first reading of up to eight of them.
//!
//! ```toml
//! rule = "newcomer"
//! name = { zh = "连续三天出现", en = "Seen three days in a row" }
//! key = "value"
//! severity = "info"
//! case_class = "people.newcomer"
//! sentence = { zh = "连续 {days_seen} 天", en = "{days_seen} days in a row" }
//!
//! [signal]
//! operator = "streak"
//! of = "door_card"
//! when = "door_card.startsWith(\"u\")"
//! days = 3
//!
//! [[trace]]
//! name = "third_day_counts_local_midnight_divides"
//! kind = "ends"
//! script = '''
//! d1 23:59 door-1 door_card "u7"
//! d2 00:01 door-1 door_card "u7"
//! d2 12:00 door-1 door_card "r1"
//! d3 08:00 door-1 door_card "u7"
//! d3 09:00 door-1 door_card "u7"
//! expect opened key:u7 d3 08:00
//! expect ended key:u7 d5 00:00
//! until d5 12:00
//! '''
//! ```

use super::{Explained, Truth};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan;
use serde::{Deserialize, Serialize};

/// First readings kept as evidence.
const FIRSTS_MAX: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    days: u32,
    gap: i64,
    cut: i64,
    utc: bool,
    by_time: bool,
}

impl Settings {
    pub(crate) fn of(p: &plan::Streak, parameters: &[f64]) -> Self {
        Settings {
            days: p.days.resolve(parameters).max(1.0) as u32,
            gap: p.gap.resolve(parameters).clamp(0.0, plan::DURATION_DAYS_MAX) as i64,
            cut: (p.cut_hour.resolve(parameters).clamp(0.0, 23.99) * 3_600_000.0) as i64,
            utc: p.utc,
            by_time: p.ends == plan::Reevaluate::Time,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    day: i64,
    ends_at: i64,
    firsts: Vec<Seen>,
    days: u32,
    total: u32,
}

impl State {
    pub(crate) fn begin() -> Self {
        State { day: i64::MIN, ends_at: i64::MAX, firsts: Vec::new(), days: 0, total: 0 }
    }

    /// OP4: one more on a day that counts already, while there are too few of them.
    #[inline]
    pub(crate) fn take_quietly(&mut self, s: &Settings, event: &Event, zone: &Zone) -> bool {
        let quiet = 0 < self.days && self.days < s.days && zone.day(event.at, s.cut, s.utc) == self.day;
        if quiet {
            self.total = self.total.saturating_add(1);
        }
        quiet
    }

    #[inline]
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, zone: &Zone) {
        self.total = self.total.saturating_add(1);
        let day = zone.day(event.at, s.cut, s.utc);
        if day == self.day && self.days > 0 {
            return;
        }
        if self.days > 0 && day <= self.day.saturating_add(1 + s.gap) {
            self.days = self.days.saturating_add(1);
        } else {
            self.days = 1;
            self.total = 1;
            self.firsts.clear();
        }
        self.day = day;
        if self.firsts.len() == FIRSTS_MAX {
            self.firsts.remove(0);
        }
        self.firsts.push(event.into());
        self.ends_at = if s.by_time { zone.day_start(day + s.gap + 2, s.cut, s.utc) } else { i64::MAX };
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64) {
        if self.due(s) <= at {
            self.days = 0;
            self.ends_at = i64::MAX;
        }
    }

    #[inline]
    pub(crate) fn due(&self, s: &Settings) -> i64 {
        // Below the threshold nothing changes by time: the next reading finds the gap itself.
        if self.days >= s.days { self.ends_at } else { i64::MAX }
    }

    #[inline]
    pub(crate) fn truth(&self, s: &Settings) -> Truth {
        if self.days >= s.days { Truth::True } else { Truth::False }
    }
    pub(crate) fn days(&self) -> u32 {
        self.days
    }

    pub(crate) fn explain(&self, s: &Settings) -> Explained {
        let (n, need) = (self.days, s.days);
        Explained {
            readings: self.firsts.clone(),
            readings_total: u64::from(self.total),
            days: Some(n),
            steps: vec![Text::new(
                format!("连续 {n} 天(需要 {need} 天)。"),
                format!("{n} days in a row ({need} needed)."),
            )],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.firsts.iter()
    }
}
