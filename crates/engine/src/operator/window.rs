//! # window
//!
//! A number over the readings of the last `span`: sliding, the newest reading included, one exactly `span` old not.
//! It gives a number, so it stands under `[signals.NAME]` and a level reads it by its name.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures; a flag counts when it is true |
//! | `when` | which of their readings count, instead |
//! | `aggregate` | `count`, `sum`, `mean`, `min`, `max`, `distinct`, `rate` (per hour), `change` (newest minus oldest) |
//! | `value` | what is aggregated; default the reading's value |
//! | `span` | how far back it looks |
//! | `kind` | `sliding` (default); `tumbling`: windows of `span` side by side from local midnight on, and the number is the last whole one's |
//! | `reevaluate` | `time` (default): readings leave it as time passes; `events`: only when the next one arrives |
//!
//! Empty, `count`, `sum`, `distinct` and `rate` are 0 and the others unknown. At most 4,096 readings are remembered
//! per key; the oldest go first.
//!
//! A tumbling window needs a `span` that divides the day, or is whole days; of one that passed without a reading the
//! number is that of an empty one.
//!
//! State per key: the readings inside (for `distinct` the newest of each value, for `min` and `max` only those that
//! can still become it).
//!
//! ```toml
//! rule = "sudden_drop"
//! name = { zh = "压力骤降", en = "Sudden drop" }
//! key = "device"
//! severity = "attention"
//! case_class = "water.drop"
//! sentence = { zh = "由 {recent} 降到 {value}", en = "from {recent} to {value}" }
//!
//! [signals.recent]
//! operator = "window"
//! of = "pressure_m"
//! aggregate = "max"
//! span = "6h"
//!
//! [signal]
//! operator = "level"
//! raise = "recent - pressure_m >= 10"
//!
//! [[trace]]
//! name = "drops_by_ten_within_six_hours"
//! kind = "ends"
//! script = '''
//! d1 00:00 j1 pressure_m 60
//! d1 05:59 j1 pressure_m 51         # 9 lower: not yet
//! d1 06:00 j1 pressure_m 49         # the 60 is exactly six hours old and out
//! d1 07:00 j1 pressure_m 41         # 10 below the 51
//! d1 11:58 j1 pressure_m 40
//! d1 13:30 j1 pressure_m 40         # the high ones are out of the window
//! expect opened device:j1 d1 07:00
//! expect ended device:j1 d1 13:30
//! '''
//! ```

use super::{Explained, say_number};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan::{self, Aggregate, WINDOW_MEMBERS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    aggregate: Aggregate,
    span: i64,
    by_time: bool,
    tumbling: bool,
}

impl Settings {
    pub(crate) fn of(p: &plan::Window, parameters: &[f64]) -> Self {
        Settings {
            aggregate: p.aggregate,
            span: p.span.millis(parameters).max(1),
            by_time: p.reevaluate == plan::Reevaluate::Time,
            tumbling: p.tumbling,
        }
    }
    fn empty(&self) -> Option<f64> {
        match self.aggregate {
            Aggregate::Count | Aggregate::Sum | Aggregate::Distinct | Aggregate::Rate => Some(0.0),
            Aggregate::Mean | Aggregate::Min | Aggregate::Max | Aggregate::Change => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    seen: Seen,
    value: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    members: VecDeque<Member>,
    sum: f64,
    /// Members taken out since the sum was last added up afresh.
    taken: u32,
    /// Tumbling: when the running window began, and the last whole one's number. None before the first reading.
    running: Option<i64>,
    whole: Option<f64>,
}

impl State {
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, value: f64, zone: &Zone) {
        if s.tumbling {
            self.tumble(s, event.at, zone);
        } else {
            self.drop_until(event.at.saturating_sub(s.span));
        }
        self.take_in(s, event, value);
    }

    /// OP4: one more of what is counted, where the number may be anything up to that; `dull` says so of a number.
    #[inline]
    pub(crate) fn take_quietly(
        &mut self,
        s: &Settings,
        event: &Event,
        value: f64,
        dull: impl Fn(f64) -> bool,
    ) -> bool {
        let counts = matches!(s.aggregate, Aggregate::Count | Aggregate::Distinct) && !s.tumbling;
        // The first one may have to put the slot among the timers.
        let waits = s.by_time && self.members.is_empty();
        // At most one more than there are now, and at least itself; what is denied lies side by side.
        let quiet = counts && !waits && dull(1.0) && dull(self.members.len() as f64 + 1.0);
        if quiet {
            self.drop_until(event.at.saturating_sub(s.span));
            self.take_in(s, event, value);
        }
        quiet
    }

    #[inline]
    fn take_in(&mut self, s: &Settings, event: &Event, value: f64) {
        match s.aggregate {
            Aggregate::Distinct => {
                if let Some(i) = self.members.iter().position(|m| m.value == value) {
                    self.members.remove(i);
                }
            }
            Aggregate::Max => {
                while self.members.back().is_some_and(|m| m.value <= value) {
                    self.members.pop_back();
                }
            }
            Aggregate::Min => {
                while self.members.back().is_some_and(|m| m.value >= value) {
                    self.members.pop_back();
                }
            }
            _ => {}
        }
        if self.members.len() == WINDOW_MEMBERS_MAX {
            self.take_oldest();
        }
        self.members.push_back(Member { seen: event.into(), value });
        self.sum += value;
    }

    fn take_oldest(&mut self) {
        let Some(oldest) = self.members.pop_front() else { return };
        self.sum -= oldest.value;
        self.taken = self.taken.saturating_add(1);
        // Taking away again what was added leaves crumbs; they are swept before they can matter.
        if self.taken >= 256 || self.members.is_empty() {
            self.sum = self.members.iter().map(|m| m.value).sum();
            self.taken = 0;
        }
    }
    fn drop_until(&mut self, out: i64) {
        while self.members.front().is_some_and(|m| m.seen.at <= out) {
            self.take_oldest();
        }
    }

    /// Closes the running window when `at` lies behind it.
    fn tumble(&mut self, s: &Settings, at: i64, zone: &Zone) {
        let began = zone.stretch_start(at, s.span);
        match self.running {
            Some(running) if running < began => {
                let next = zone.stretch_start(running.saturating_add(s.span), s.span);
                // The first window was not heard from its beginning on; it still is the best there is.
                self.whole = if next == began { self.aggregate(s) } else { s.empty() };
                self.members.clear();
                (self.sum, self.taken, self.running) = (0.0, 0, Some(began));
            }
            Some(_) => {}
            None => self.running = Some(began),
        }
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64, zone: &Zone) {
        if s.tumbling {
            self.tumble(s, at, zone);
        } else {
            self.drop_until(at.saturating_sub(s.span));
        }
    }

    #[inline]
    pub(crate) fn due(&self, s: &Settings) -> i64 {
        if s.tumbling {
            let changes = !self.members.is_empty() || self.whole != s.empty();
            return self.running.filter(|_| changes).map_or(i64::MAX, |r| r.saturating_add(s.span));
        }
        match self.members.front() {
            Some(m) if s.by_time => m.seen.at.saturating_add(s.span),
            _ => i64::MAX,
        }
    }

    pub(crate) fn number(&self, s: &Settings) -> Option<f64> {
        if s.tumbling { self.whole } else { self.aggregate(s) }
    }

    fn aggregate(&self, s: &Settings) -> Option<f64> {
        let n = self.members.len() as f64;
        let (first, last) = (self.members.front(), self.members.back());
        match s.aggregate {
            Aggregate::Count | Aggregate::Distinct => Some(n),
            Aggregate::Sum => Some(self.sum),
            Aggregate::Mean => (n > 0.0).then(|| self.sum / n),
            Aggregate::Min | Aggregate::Max => first.map(|m| m.value),
            Aggregate::Rate => Some(n * 3_600_000.0 / s.span as f64),
            Aggregate::Change => Some(last?.value - first?.value),
        }
    }

    pub(crate) fn explain(&self, s: &Settings) -> Explained {
        let newest = self.members.len().saturating_sub(32);
        let said = self.number(s).map_or_else(|| "?".to_owned(), say_number);
        let name = say_aggregate(s.aggregate);
        Explained {
            readings: self.members.iter().skip(newest).map(|m| m.seen).collect(),
            readings_total: self.members.len() as u64,
            steps: vec![Text::new(
                format!("一段时间内{}:{said}({} 条读数)。", name.zh, self.members.len()),
                format!("{} over the time: {said} ({} readings).", name.en, self.members.len()),
            )],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.members.iter().map(|m| &m.seen)
    }
}

/// What is made of the readings, in words.
fn say_aggregate(aggregate: Aggregate) -> Text {
    let (zh, en) = match aggregate {
        Aggregate::Count => ("条数", "Readings"),
        Aggregate::Sum => ("合计", "Sum"),
        Aggregate::Mean => ("平均", "Mean"),
        Aggregate::Min => ("最小", "Least"),
        Aggregate::Max => ("最大", "Most"),
        Aggregate::Distinct => ("不同的个数", "Different ones"),
        Aggregate::Rate => ("每小时条数", "Readings an hour"),
        Aggregate::Change => ("变化", "Change"),
    };
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NONE, ValueTag};

    fn zone() -> Zone {
        Zone::of(jiff::tz::TimeZone::UTC, Default::default())
    }

    fn feed(aggregate: Aggregate, events: &[(i64, f64)]) -> Vec<Option<f64>> {
        let s = Settings { aggregate, span: 10, by_time: true, tumbling: false };
        let (zone, mut state) = (zone(), State::default());
        let each = events.iter().map(|(at, value)| {
            let e = Event {
                at: *at,
                value: *value,
                reading: 0,
                device: 0,
                subject: NONE,
                measure: 0,
                tag: ValueTag::Number,
                clamped: false,
            };
            state.step(&s, &e, *value, &zone);
            state.number(&s)
        });
        each.collect()
    }

    #[test]
    fn aggregates_slide_and_the_far_edge_is_out() {
        let e = [(0, 3.0), (5, 1.0), (10, 2.0), (14, 2.0)];
        let some = |n: [f64; 4]| n.map(Some).to_vec();
        assert_eq!(feed(Aggregate::Count, &e), some([1.0, 2.0, 2.0, 3.0]));
        assert_eq!(feed(Aggregate::Sum, &e), some([3.0, 4.0, 3.0, 5.0]));
        assert_eq!(feed(Aggregate::Max, &e), some([3.0, 3.0, 2.0, 2.0]));
        assert_eq!(feed(Aggregate::Min, &e), some([3.0, 1.0, 1.0, 1.0]));
        assert_eq!(feed(Aggregate::Distinct, &e), some([1.0, 2.0, 2.0, 2.0]));
        assert_eq!(feed(Aggregate::Change, &e), some([0.0, -2.0, 1.0, 1.0]));
        assert_eq!(feed(Aggregate::Mean, &e), some([3.0, 2.0, 1.5, 5.0 / 3.0]));
    }

    #[test]
    fn memory_is_bounded() {
        let s = Settings { aggregate: Aggregate::Count, span: i64::MAX, by_time: false, tumbling: false };
        let (zone, mut state) = (zone(), State::default());
        for i in 0..(WINDOW_MEMBERS_MAX as i64 + 100) {
            let mut e = crate::event::Event {
                at: i,
                value: 1.0,
                reading: 0,
                device: 0,
                subject: NONE,
                measure: 0,
                tag: ValueTag::Number,
                clamped: false,
            };
            e.at = i;
            state.step(&s, &e, 1.0, &zone);
        }
        assert_eq!(state.number(&s), Some(WINDOW_MEMBERS_MAX as f64));
    }
}
