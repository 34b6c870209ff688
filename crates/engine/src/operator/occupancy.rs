//! # occupancy
//!
//! How many are inside, from what goes in and out, from absolute counts, or both; holds while it is full.
//!
//! | field | what it is |
//! |---|---|
//! | `enters`, `leaves` | measures that add and take away; a true flag is one |
//! | `delta` | a measure that does both by its sign |
//! | `count` | a measure with the absolute number: re-bases the count, the difference is kept as drift |
//! | `capacity` | `device` (as registered; default), a measure that tells it, a parameter or a number |
//! | `full` | share of the capacity at which it holds; default 1 |
//! | `clear` | it ends when the count falls below this share; default as `full` |
//! | `start` | count before the first reading; default 0 |
//! | `floor` | a count below nothing is nothing; default true |
//! | `judge_start` | a `start` that is full already is no news: it has to empty first; default false |
//!
//! Without a known capacity it is unknown. A later signal reads its count.
//!
//! State per key: count, capacity, drift, the newest reading.
//!
//! ```toml
//! rule = "parking_full"
//! name = { zh = "停车场已满", en = "Car park full" }
//! key = "subject"
//! severity = "info"
//! case_class = "parking.full"
//! sentence = { zh = "在场 {count} / {capacity}", en = "{count} of {capacity}" }
//!
//! [signal]
//! operator = "occupancy"
//! enters = "gate_in"
//! leaves = "gate_out"
//! capacity = 20
//! full = 0.95
//! clear = 0.9
//!
//! [[trace]]
//! name = "fills_and_empties"
//! kind = "ends"
//! script = '''
//! d1 08:00 gate-1 gate_in 18 area:P1
//! d1 08:10 gate-1 gate_out 30 area:P1     # more out than in: the floor is nothing
//! d1 08:20 gate-1 gate_in 18 area:P1
//! d1 08:30 gate-1 gate_in 1 area:P1       # 19 of 20 is 95 %
//! d1 08:40 gate-1 gate_out 1 area:P1      # 18 of 20 is 90 %: not below, stays full
//! d1 08:50 gate-1 gate_out 1 area:P1
//! expect opened area:P1 d1 08:30
//! expect ended area:P1 d1 08:50
//! '''
//! ```

use super::{Explained, Truth, say_number};
use crate::event::{Event, Seen};
use linli_model::Text;
use linli_rule::plan;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    full: f64,
    clear: f64,
    start: f64,
    given: Option<f64>,
    floor: bool,
    judge_start: bool,
}

impl Settings {
    pub(crate) fn of(p: &plan::Occupancy, parameters: &[f64]) -> Self {
        let full = p.full.resolve(parameters);
        Settings {
            full,
            clear: p.clear.resolve(parameters).min(full),
            start: p.start.resolve(parameters),
            given: match p.capacity {
                plan::Capacity::Given(q) => Some(q.resolve(parameters)),
                _ => None,
            },
            floor: p.floor,
            judge_start: p.judge_start,
        }
    }
}

/// 0.95 × 20 must be 19 whatever binary fractions make of it.
const SLACK: f64 = 1e-9;

/// What a reading does to the count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    Add(f64),
    Count(f64),
    Capacity(f64),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    count: f64,
    /// What only some keys have.
    heard: Option<Box<Heard>>,
    last: Option<Seen>,
    total: u32,
    truth: Truth,
    /// It was full when it began, and has not emptied since.
    full_from_start: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Heard {
    /// The capacity, where the rule does not give it.
    capacity: Option<f64>,
    /// What the last absolute count found wrong with ours.
    drift: f64,
}

impl State {
    pub(crate) fn begin(s: &Settings) -> Self {
        let full = |c: f64| c > 0.0 && s.start >= s.full * c - c * SLACK;
        State {
            count: s.start,
            heard: None,
            last: None,
            total: 0,
            truth: Truth::Unknown,
            full_from_start: s.judge_start && s.given.is_some_and(full),
        }
    }

    #[inline]
    pub(crate) fn step(&mut self, s: &Settings, input: Input, registered: Option<f64>, event: &Event) {
        match input {
            Input::Add(n) => self.count += n,
            Input::Count(n) => {
                if self.total > 0 && n - self.count != self.drift() {
                    self.heard().drift = n - self.count;
                }
                self.count = n;
            }
            Input::Capacity(n) => self.heard().capacity = Some(n),
        }
        if s.floor && self.count < 0.0 {
            self.count = 0.0;
        }
        if s.given.is_none() && registered.is_some() && registered != self.capacity(s) {
            self.heard().capacity = registered;
        }
        if self.last.is_none_or(|l| l.at <= event.at) {
            self.last = Some(event.into());
        }
        self.total = self.total.saturating_add(1);
        self.judge(s);
    }

    /// OP4: somebody comes or goes, and it is not full by that.
    #[inline]
    pub(crate) fn take_quietly(&mut self, s: &Settings, p: &plan::Occupancy, e: &Event, local: u8) -> bool {
        let (Some(capacity), Some(n)) = (s.given.filter(|c| *c > 0.0), e.number()) else { return false };
        let Some(Input::Add(n)) = super::occupancy_input(p, local, n) else { return false };
        let quiet = self.truth == Truth::False
            && !self.full_from_start
            && self.count + n < s.full * capacity - capacity * SLACK
            // Its floor is for `step`.
            && self.count + n >= 0.0;
        if quiet {
            self.step(s, Input::Add(n), None, e);
        }
        quiet
    }

    fn heard(&mut self) -> &mut Heard {
        self.heard.get_or_insert_default()
    }
    fn capacity(&self, s: &Settings) -> Option<f64> {
        s.given.or_else(|| self.heard.as_ref()?.capacity)
    }
    fn drift(&self) -> f64 {
        self.heard.as_ref().map_or(0.0, |h| h.drift)
    }

    fn judge(&mut self, s: &Settings) {
        let Some(capacity) = self.capacity(s).filter(|c| *c > 0.0) else {
            self.truth = Truth::Unknown;
            return;
        };
        let slack = capacity * SLACK;
        if self.full_from_start {
            self.full_from_start = self.count >= s.clear * capacity - slack;
            self.truth = Truth::False;
            return;
        }
        if self.count >= s.full * capacity - slack {
            self.truth = Truth::True;
        } else if self.truth != Truth::True || self.count < s.clear * capacity - slack {
            self.truth = Truth::False;
        }
    }

    #[inline]
    pub(crate) fn truth(&self) -> Truth {
        self.truth
    }
    pub(crate) fn count(&self) -> f64 {
        self.count
    }

    pub(crate) fn explain(&self, s: &Settings) -> Explained {
        let (count, drift) = (say_number(self.count), say_number(self.drift()));
        let mut steps = vec![match self.capacity(s) {
            Some(c) => {
                let c = say_number(c);
                Text::new(format!("在场 {count},容量 {c}。"), format!("{count} present, capacity {c}."))
            }
            None => {
                Text::new(format!("在场 {count},容量未知。"), format!("{count} present, capacity unknown."))
            }
        }];
        if self.drift() != 0.0 {
            steps.push(Text::new(
                format!("上次清点修正 {drift}。"),
                format!("The last absolute count corrected it by {drift}."),
            ));
        }
        Explained {
            readings: self.last.into_iter().collect(),
            readings_total: u64::from(self.total),
            count: Some(self.count),
            capacity: self.capacity(s),
            steps,
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.last.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NONE, ValueTag};

    const E: Event = Event {
        at: 0,
        value: 1.0,
        reading: 0,
        device: 0,
        subject: NONE,
        measure: 0,
        tag: ValueTag::Number,
        clamped: false,
    };

    fn settings(full: f64, clear: f64) -> Settings {
        Settings { full, clear, start: 0.0, given: None, floor: true, judge_start: false }
    }

    #[test]
    fn nineteen_of_twenty_is_ninety_five_per_cent() {
        let s = settings(0.95, 0.95);
        for (count, want) in
            [(18.0, Truth::False), (19.0, Truth::True), (20.0, Truth::True), (18.9, Truth::False)]
        {
            let mut state = State::begin(&s);
            state.step(&s, Input::Count(count), Some(20.0), &E);
            assert_eq!(state.truth(), want, "{count}");
        }
    }

    #[test]
    fn between_clear_and_full_it_stays_as_it_was() {
        let (s, mut state) = (settings(1.0, 0.9), State::begin(&settings(1.0, 0.9)));
        let mut seen = Vec::new();
        for n in [9.0, 10.0, 9.0, 8.9, 9.0] {
            state.step(&s, Input::Count(n), Some(10.0), &E);
            seen.push(state.truth() == Truth::True);
        }
        assert_eq!(seen, [false, true, true, false, false]);
    }

    #[test]
    fn the_floor_is_nothing_and_a_recount_tells_the_drift() {
        let (s, mut state) = (settings(1.0, 1.0), State::begin(&settings(1.0, 1.0)));
        state.step(&s, Input::Add(-5.0), Some(10.0), &E);
        assert_eq!(state.count(), 0.0);
        state.step(&s, Input::Add(3.0), None, &E);
        state.step(&s, Input::Count(5.0), None, &E);
        assert_eq!((state.count(), state.drift()), (5.0, 2.0));
    }

    #[test]
    fn without_a_capacity_nothing_is_known() {
        let (s, mut state) = (settings(1.0, 1.0), State::begin(&settings(1.0, 1.0)));
        state.step(&s, Input::Count(5.0), None, &E);
        assert_eq!(state.truth(), Truth::Unknown);
        state.step(&s, Input::Capacity(5.0), None, &E);
        assert_eq!(state.truth(), Truth::True);
    }
}
