//! # level
//!
//! Holds while a condition holds; with hysteresis (`clear` may ask for more than "no longer") and hold times on both
//! sides, so that one odd reading neither raises nor clears.
//!
//! | field | what it is |
//! |---|---|
//! | `raise` | condition that raises it |
//! | `clear` | condition that clears it; without it: `raise` is false |
//! | `hold` | how long `raise` must hold without a break before it counts; it then begins at the end of that time |
//! | `clear_hold` | how long `clear` must hold before it ends |
//! | `of` | measures it hears besides those its conditions name |
//!
//! Between the two conditions it stays as it is. A reading for which a condition is unknown changes nothing.
//!
//! State per key: the phase, the reading that crossed, the newest reading.
//!
//! ```toml
//! rule = "hydrant_low"
//! name = { zh = "消火栓压力低", en = "Hydrant pressure low" }
//! key = "device"
//! severity = "attention"
//! case_class = "fire.hydrant_pressure"
//! sentence = { zh = "压力 {value}", en = "pressure {value}" }
//!
//! [signal]
//! operator = "level"
//! raise = "pressure_mpa < 0.15"
//! clear = "pressure_mpa > 0.20"
//! hold = "10min"
//!
//! [[trace]]
//! name = "low_for_ten_minutes_then_recovered"
//! kind = "ends"
//! script = '''
//! d1 08:00 h1 pressure_mpa 0.14
//! d1 08:05 h1 pressure_mpa 0.15      # one reading at the threshold breaks the hold time
//! d1 08:06 h1 pressure_mpa 0.14
//! d1 08:16 h1 pressure_mpa 0.149     # low for ten minutes: begins at 08:16
//! d1 08:20 h1 pressure_mpa 0.20      # between the two conditions: stays
//! d1 08:30 h1 pressure_mpa 0.201
//! expect opened device:h1 d1 08:16
//! expect ended device:h1 d1 08:30
//! '''
//! ```

use super::{Explained, Truth, say_time};
use crate::{
    event::{Event, Seen, ValueTag},
    here::Here,
};
use linli_model::Text;
use linli_rule::{Compared, Crossing, expr::BoolExpr, plan};
use serde::{Deserialize, Serialize};

const NEVER_QUIET: (Compared, f64, f64) = (Compared::Reading, f64::NAN, f64::NAN);

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    hold: i64,
    clear_hold: i64,
    /// The conditions, where they are of the commonest kind.
    raise: Option<Crossing>,
    clear: Option<Crossing>,
    /// What is compared, of which numbers from the one to the other leave it down; NaN where there are none.
    quiet: (Compared, f64, f64),
}

impl Settings {
    pub(crate) fn of(p: &plan::Level, parameters: &[f64]) -> Self {
        let raise = Crossing::of(&p.raise, parameters);
        let quiet = raise.and_then(|r| r.denied().map(|(least, most)| (r.compared(), least, most)));
        Settings {
            hold: p.hold.millis(parameters),
            clear_hold: p.clear_hold.millis(parameters),
            quiet: quiet.unwrap_or(NEVER_QUIET),
            raise,
            clear: p.clear.as_ref().and_then(|c| Crossing::of(c, parameters)),
        }
    }

    /// What the conditions say of the reading, as far as a state asks.
    #[inline]
    pub(crate) fn asked(
        &self,
        p: &plan::Level,
        state: &State,
        here: &Here<'_>,
    ) -> (Option<bool>, Option<bool>) {
        let says = |quick: &Option<Crossing>, written: &BoolExpr| match quick {
            Some(crossing) => crossing.holds(here),
            None => written.eval(here),
        };
        match (state.is_up(), &p.clear) {
            (true, Some(clear)) => (None, says(&self.clear, clear)),
            (true, None) => (None, says(&self.raise, &p.raise).map(|r| !r)),
            (false, _) => (says(&self.raise, &p.raise), None),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Nothing known was heard yet.
    Blank,
    Down,
    Pending,
    Up,
    Clearing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    phase: Phase,
    /// Since when it is pending or clearing.
    since: i64,
    total: u32,
    /// The reading that began to raise it.
    crossed: Option<Box<Seen>>,
    last: Option<Seen>,
}

impl State {
    pub(crate) fn begin() -> Self {
        State { phase: Phase::Blank, since: 0, total: 0, crossed: None, last: None }
    }

    /// It asks for the clearing condition then, else for the raising one.
    #[inline]
    fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up | Phase::Clearing)
    }

    /// OP4: a number that does not raise it.
    #[inline]
    pub(crate) fn take_quietly(&mut self, s: &Settings, e: &Event, local: u8) -> bool {
        let (compared, least, most) = s.quiet;
        let of_it = match compared {
            Compared::Reading => true,
            Compared::Measure(m) => m == local,
            Compared::Signal(_) => false,
        };
        let quiet = self.phase == Phase::Down
            && e.tag == ValueTag::Number
            && (least <= e.value && e.value <= most)
            && of_it;
        if quiet {
            self.note(e);
        }
        quiet
    }

    /// Whether it stays down while signal `i` says `number`.
    #[inline]
    pub(crate) fn stays_down(&self, s: &Settings, i: u8, number: f64) -> bool {
        let (compared, least, most) = s.quiet;
        self.phase == Phase::Down && compared == Compared::Signal(i) && least <= number && number <= most
    }

    /// One more was heard, whatever follows from it.
    #[inline]
    pub(crate) fn note(&mut self, e: &Event) {
        self.last = Some(e.into());
        self.total = self.total.saturating_add(1);
    }

    /// `raise` and `clear` as of `at`; `event` is the reading that made them so, if it was one.
    #[inline]
    pub(crate) fn step(
        &mut self,
        s: &Settings,
        at: i64,
        raise: Option<bool>,
        clear: Option<bool>,
        event: Option<&Event>,
    ) {
        if let Some(e) = event {
            self.note(e);
        }
        match self.phase {
            Phase::Blank | Phase::Down => match raise {
                Some(true) => {
                    self.crossed = self.last.map(Box::new);
                    (self.phase, self.since) = (if s.hold == 0 { Phase::Up } else { Phase::Pending }, at);
                }
                Some(false) => self.phase = Phase::Down,
                None => {}
            },
            Phase::Pending if raise == Some(false) => self.phase = Phase::Down,
            Phase::Pending => {}
            Phase::Up if clear == Some(true) => {
                (self.phase, self.since) =
                    (if s.clear_hold == 0 { Phase::Down } else { Phase::Clearing }, at);
            }
            Phase::Clearing if clear == Some(false) => self.phase = Phase::Up,
            Phase::Up | Phase::Clearing => {}
        }
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64) {
        match self.phase {
            Phase::Pending if self.since.saturating_add(s.hold) <= at => self.phase = Phase::Up,
            Phase::Clearing if self.since.saturating_add(s.clear_hold) <= at => self.phase = Phase::Down,
            _ => {}
        }
    }

    #[inline]
    pub(crate) fn due(&self, s: &Settings) -> i64 {
        match self.phase {
            Phase::Pending => self.since.saturating_add(s.hold),
            Phase::Clearing => self.since.saturating_add(s.clear_hold),
            _ => i64::MAX,
        }
    }

    #[inline]
    pub(crate) fn truth(&self) -> Truth {
        match self.phase {
            Phase::Blank => Truth::Unknown,
            Phase::Down | Phase::Pending => Truth::False,
            Phase::Up | Phase::Clearing => Truth::True,
        }
    }

    pub(crate) fn explain(&self, s: &Settings, zone: &crate::zone::Zone) -> Explained {
        let crossed = self.crossed.as_deref().copied();
        let mut readings: Vec<Seen> = crossed.into_iter().collect();
        readings.extend(self.last.filter(|l| Some(*l) != crossed));
        let (deadline, step) = match self.phase {
            Phase::Blank => (None, Text::new("还没有可判断的读数。", "No reading yet that says anything.")),
            Phase::Down => (None, Text::new("条件不成立。", "The condition does not hold.")),
            Phase::Pending => {
                let t = say_time(self.since, zone);
                let step = Text::new(
                    format!("条件自 {} 成立,保持时间未满。", t.zh),
                    format!("The condition holds since {}, not yet for the hold time.", t.en),
                );
                (Some(self.since.saturating_add(s.hold)), step)
            }
            Phase::Up => (None, Text::new("条件成立。", "The condition holds.")),
            Phase::Clearing => {
                let t = say_time(self.since, zone);
                let step = Text::new(
                    format!("自 {} 起恢复,尚未满恢复时间。", t.zh),
                    format!("Recovered since {}, not yet for the clearing time.", t.en),
                );
                (Some(self.since.saturating_add(s.clear_hold)), step)
            }
        };
        let pending = match self.phase {
            Phase::Pending | Phase::Up if s.hold > 0 => Some((self.since, self.since.saturating_add(s.hold))),
            _ => None,
        };
        Explained {
            readings,
            readings_total: u64::from(self.total),
            deadline,
            pending,
            steps: vec![step],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.crossed.as_deref().into_iter().chain(self.last.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(hold: i64, clear_hold: i64) -> Settings {
        Settings { hold, clear_hold, raise: None, clear: None, quiet: NEVER_QUIET }
    }

    fn run(hold: i64, clear_hold: i64, steps: &[(i64, bool)]) -> Vec<(i64, Truth)> {
        let (s, mut state, mut out) = (plain(hold, clear_hold), State::begin(), Vec::new());
        for (at, raise) in steps {
            if state.due(&s) < *at {
                let due = state.due(&s);
                state.fire(&s, due);
                out.push((due, state.truth()));
            }
            state.step(&s, *at, Some(*raise), Some(!*raise), None);
            out.push((*at, state.truth()));
        }
        out
    }

    #[test]
    fn a_hold_time_is_full_only_when_no_reading_broke_it() {
        use Truth::{False, True};
        assert_eq!(
            run(10, 0, &[(0, true), (10, false), (11, true), (30, true)])[1],
            (10, False),
            "at the edge"
        );
        assert_eq!(
            run(10, 0, &[(0, true), (11, false)]),
            [(0, False), (10, True), (11, False)],
            "raised by time, at the end of the hold"
        );
    }

    #[test]
    fn clearing_needs_its_own_hold_time() {
        use Truth::{False, True};
        assert_eq!(
            run(0, 5, &[(0, true), (1, false), (4, true), (5, false), (20, false)]),
            [(0, True), (1, True), (4, True), (5, True), (10, False), (20, False)]
        );
    }

    #[test]
    fn unknown_changes_nothing() {
        let (s, mut state) = (plain(0, 0), State::begin());
        state.step(&s, 0, None, None, None);
        assert_eq!(state.truth(), Truth::Unknown);
        state.step(&s, 1, Some(true), Some(false), None);
        state.step(&s, 2, None, None, None);
        assert_eq!(state.truth(), Truth::True);
    }
}
