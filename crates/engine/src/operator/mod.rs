//! The operators: one file each, all of the same shape.
//!
//! A file has its manual (the comment at its top, which becomes docs/operators.md, with a worked trace that runs as a
//! test), `Settings` (a plan's fields with an area's parameters filled in), `State` (bounded, in the snapshot),
//! `step` (a reading), `fire` (its time has come), `due` (when that is), what it says, and `explain`.
//!
//! Invariants
//! - OP1 `due` is a function of state and settings: when an area changes a parameter, the timer follows.
//! - OP2 A state is bounded; each file says by what.
//! - OP3 Stepping never fails and never looks at a clock.
//! - OP4 A reading taken quietly leaves the state that `step` would have left. The signal neither holds nor is blind, before
//!   it and after it, and it is due no earlier: so nothing follows from it, and nobody else has to look.

pub(crate) mod absent;
pub(crate) mod baseline;
pub(crate) mod daily;
pub(crate) mod level;
pub(crate) mod logic;
pub(crate) mod occupancy;
pub(crate) mod residual;
pub(crate) mod roll;
pub(crate) mod schedule;
pub(crate) mod score;
pub(crate) mod streak;
pub(crate) mod when;
pub(crate) mod window;
pub(crate) mod within;

use crate::{
    event::{Event, Seen, ValueTag},
    here::Here,
    zone::Zone,
};
use absent::Covered;
use linli_model::Text;
use linli_rule::{
    expr::{BoolExpr, Expr, NumberExpr, TextExpr},
    plan::{self, Node, Operator},
};
use serde::{Deserialize, Serialize};

/// What a level says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    False,
    True,
    Unknown,
}

/// What any operator says to those that read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Said {
    Truth(Truth),
    Number(f64),
    Unknown,
}

/// Why a state is as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explained {
    pub(crate) readings: Vec<Seen>,
    pub(crate) readings_total: u64,
    pub(crate) deadline: Option<i64>,
    /// From when an absence counts: the last sign.
    pub(crate) since: Option<i64>,
    /// The stretch through which it has to go on before it counts.
    pub(crate) pending: Option<(i64, i64)>,
    pub(crate) count: Option<f64>,
    pub(crate) capacity: Option<f64>,
    pub(crate) days: Option<u32>,
    pub(crate) steps: Vec<Text>,
}

#[derive(Clone, Debug)]
pub(crate) enum Settings {
    When(when::Settings),
    Level(level::Settings),
    Absent(absent::Settings),
    Daily(daily::Settings),
    Streak(streak::Settings),
    Window(window::Settings),
    Occupancy(occupancy::Settings),
    Within(within::Settings),
    Baseline(baseline::Settings),
    Residual(residual::Settings),
    Score(score::Settings),
    Roll(roll::Settings),
    Schedule(schedule::Settings),
    /// It has no parameters.
    Logic,
}

impl Settings {
    pub(crate) fn of(operator: &Operator, parameters: &[f64]) -> Settings {
        match operator {
            Operator::When(p) => Settings::When(when::Settings::of(p, parameters)),
            Operator::Level(p) => Settings::Level(level::Settings::of(p, parameters)),
            Operator::Absent(p) => Settings::Absent(absent::Settings::of(p, parameters)),
            Operator::Daily(p) => Settings::Daily(daily::Settings::of(p, parameters)),
            Operator::Streak(p) => Settings::Streak(streak::Settings::of(p, parameters)),
            Operator::Window(p) => Settings::Window(window::Settings::of(p, parameters)),
            Operator::Occupancy(p) => Settings::Occupancy(occupancy::Settings::of(p, parameters)),
            Operator::Within(p) => Settings::Within(within::Settings::of(p, parameters)),
            Operator::Baseline(p) => Settings::Baseline(baseline::Settings::of(p, parameters)),
            Operator::Residual(p) => Settings::Residual(residual::Settings::of(p, parameters)),
            Operator::Score(p) => Settings::Score(score::Settings::of(p, parameters)),
            Operator::Roll(p) => Settings::Roll(roll::Settings::of(p, parameters)),
            Operator::Schedule(p) => Settings::Schedule(schedule::Settings::of(p, parameters)),
            Operator::Logic(_) => Settings::Logic,
        }
    }
}

/// Those that most keys have stand in their slot; the others behind a pointer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum State {
    When(Box<when::State>),
    Level(level::State),
    Absent(absent::State),
    Daily(Box<daily::State>),
    Streak(streak::State),
    Window(Box<window::State>),
    Occupancy(occupancy::State),
    Within(Box<within::State>),
    Baseline(Box<baseline::State>),
    Residual(Box<residual::State>),
    Score(Box<score::State>),
    Roll(Box<roll::State>),
    Schedule(schedule::State),
    Logic(logic::State),
}

impl State {
    /// The state at `at`, before anything was heard.
    pub(crate) fn begin(settings: &Settings, at: i64, zone: &Zone) -> State {
        match settings {
            Settings::When(_) => State::When(Box::new(when::State::begin())),
            Settings::Level(_) => State::Level(level::State::begin()),
            Settings::Absent(s) => State::Absent(absent::State::begin(s, at)),
            Settings::Daily(s) => State::Daily(Box::new(daily::State::begin(s, at, zone))),
            Settings::Streak(_) => State::Streak(streak::State::begin()),
            Settings::Window(_) => State::Window(Box::default()),
            Settings::Occupancy(s) => State::Occupancy(occupancy::State::begin(s)),
            Settings::Within(_) => State::Within(Box::new(within::State::begin())),
            Settings::Baseline(_) => State::Baseline(Box::default()),
            Settings::Residual(_) => State::Residual(Box::default()),
            Settings::Score(s) => State::Score(Box::new(score::State::begin(s))),
            Settings::Roll(_) => State::Roll(Box::default()),
            Settings::Schedule(s) => State::Schedule(schedule::State::begin(s, at, zone)),
            Settings::Logic => State::Logic(logic::State::begin()),
        }
    }

    #[inline]
    pub(crate) fn due(&self, settings: &Settings, zone: &Zone) -> i64 {
        match (self, settings) {
            (State::Level(s), Settings::Level(t)) => s.due(t),
            (State::Absent(s), Settings::Absent(t)) => s.due(t),
            (State::When(s), Settings::When(t)) => s.due(t),
            (State::Daily(s), Settings::Daily(t)) => s.due(t, zone),
            (State::Streak(s), Settings::Streak(t)) => s.due(t),
            (State::Window(s), Settings::Window(t)) => s.due(t),
            (State::Within(s), Settings::Within(t)) => s.due(t),
            (State::Score(s), Settings::Score(t)) => s.due(t),
            (State::Roll(s), Settings::Roll(t)) => s.due(t, zone),
            (State::Schedule(s), Settings::Schedule(t)) => s.due(t, zone),
            _ => i64::MAX,
        }
    }

    #[inline]
    pub(crate) fn truth(&self, settings: &Settings) -> Truth {
        match (self, settings) {
            (State::Level(s), _) => s.truth(),
            (State::Absent(s), _) => s.truth(),
            (State::Occupancy(s), _) => s.truth(),
            (State::When(s), _) => s.truth(),
            (State::Daily(s), Settings::Daily(t)) => s.truth(t),
            (State::Streak(s), Settings::Streak(t)) => s.truth(t),
            (State::Within(s), _) => s.truth(),
            (State::Score(s), _) => s.truth(),
            (State::Logic(s), _) => s.truth(),
            (State::Schedule(s), _) => s.truth(),
            _ => Truth::Unknown,
        }
    }

    /// What it says as of `at`.
    pub(crate) fn said(&self, settings: &Settings, at: i64, zone: &Zone) -> Said {
        match (self, settings) {
            (State::Occupancy(s), _) => Said::Number(s.count()),
            (State::Streak(s), _) => Said::Number(f64::from(s.days())),
            (State::Window(s), Settings::Window(t)) => s.number(t).map_or(Said::Unknown, Said::Number),
            (State::Daily(s), Settings::Daily(t)) => s.said(t, at, zone),
            (State::Baseline(s), Settings::Baseline(t)) => s.said(t, at, zone),
            (State::Residual(s), _) => s.said(),
            (State::Score(s), Settings::Score(t)) => s.said(t, at),
            (State::Roll(s), Settings::Roll(t)) => s.said(t, at, zone),
            (State::Schedule(s), Settings::Schedule(t)) => s.said(t, at, zone),
            (s, t) => Said::Truth(s.truth(t)),
        }
    }

    pub(crate) fn explain(&self, settings: &Settings, at: i64, zone: &Zone) -> Explained {
        match (self, settings) {
            (State::When(s), Settings::When(t)) => s.explain(t, zone),
            (State::Level(s), Settings::Level(t)) => s.explain(t, zone),
            (State::Absent(s), Settings::Absent(t)) => s.explain(t, zone),
            (State::Daily(s), Settings::Daily(t)) => s.explain(t),
            (State::Streak(s), Settings::Streak(t)) => s.explain(t),
            (State::Window(s), Settings::Window(t)) => s.explain(t),
            (State::Occupancy(s), Settings::Occupancy(t)) => s.explain(t),
            (State::Within(s), Settings::Within(t)) => s.explain(t, zone),
            (State::Baseline(s), Settings::Baseline(t)) => s.explain(t, at, zone),
            (State::Residual(s), _) => s.explain(zone),
            (State::Score(s), Settings::Score(t)) => s.explain(t, at),
            (State::Roll(s), Settings::Roll(t)) => s.explain(t, at, zone),
            (State::Logic(s), _) => s.explain(),
            (State::Schedule(s), _) => s.explain(),
            _ => Explained::default(),
        }
    }

    /// The readings it remembers.
    pub(crate) fn each_seen(&self, f: &mut dyn FnMut(&Seen)) {
        match self {
            State::When(s) => s.seen().for_each(f),
            State::Level(s) => s.seen().for_each(f),
            State::Absent(s) => s.seen().for_each(f),
            State::Daily(s) => s.seen().for_each(f),
            State::Streak(s) => s.seen().for_each(f),
            State::Window(s) => s.seen().for_each(f),
            State::Occupancy(s) => s.seen().for_each(f),
            State::Within(s) => s.seen().for_each(f),
            State::Baseline(s) => s.seen().for_each(f),
            State::Residual(s) => s.seen().for_each(f),
            State::Score(s) => s.seen().for_each(f),
            State::Roll(s) => s.each_seen(f),
            State::Logic(_) | State::Schedule(_) => {}
        }
    }

    /// Event time of some reading it keeps far from the slot.
    #[inline]
    pub(crate) fn glance(&self) -> Option<i64> {
        match self {
            State::Window(s) => s.seen().next().map(|seen| seen.at),
            _ => None,
        }
    }

    /// The newest reading it remembers.
    pub(crate) fn newest(&self) -> Option<Seen> {
        let mut newest: Option<Seen> = None;
        self.each_seen(&mut |s| {
            if newest.is_none_or(|n| s.at >= n.at) {
                newest = Some(*s);
            }
        });
        newest
    }

    /// Whether it is a state of this operator.
    pub(crate) fn fits(&self, operator: &Operator) -> bool {
        match (self, operator) {
            (State::Roll(s), Operator::Roll(p)) => s.fits(p),
            (State::Score(_), Operator::Score(_))
            | (State::When(_), Operator::When(_))
            | (State::Level(_), Operator::Level(_))
            | (State::Absent(_), Operator::Absent(_))
            | (State::Daily(_), Operator::Daily(_))
            | (State::Streak(_), Operator::Streak(_))
            | (State::Window(_), Operator::Window(_))
            | (State::Occupancy(_), Operator::Occupancy(_))
            | (State::Within(_), Operator::Within(_))
            | (State::Baseline(_), Operator::Baseline(_))
            | (State::Residual(_), Operator::Residual(_))
            | (State::Logic(_), Operator::Logic(_))
            | (State::Schedule(_), Operator::Schedule(_)) => true,
            _ => false,
        }
    }
}

/// A reading that the node hears, itself or through the signals it reads.
#[inline]
pub(crate) fn step(node: &Node, s: &Settings, state: &mut State, here: &Here<'_>, local: u8) {
    let Some(e) = here.event else { return };
    let own = node.of & 1 << local != 0;
    if own {
        if let Some(when) = &node.when {
            if when.eval(here) != Some(true) {
                return;
            }
        } else if node.true_flags_only && e.tag == ValueTag::Flag && e.value == 0.0 && counts_signs(state) {
            return;
        }
    }
    match (&node.operator, s, state) {
        (Operator::Level(p), Settings::Level(t), State::Level(state)) => {
            let (raise, clear) = t.asked(p, state, here);
            state.step(t, e.at, raise, clear, Some(e));
        }
        (Operator::Logic(p), _, State::Logic(state)) => state.step(p, |i| here.said[i as usize].get()),
        (Operator::Roll(p), Settings::Roll(t), State::Roll(state)) => state.step(p, t, here, local),
        _ if !own => {}
        (Operator::Absent(p), Settings::Absent(t), State::Absent(state)) => {
            let leaves = p.leaves.as_ref().is_some_and(|l| l.eval(here) == Some(true));
            state.step(t, e, leaves);
        }
        (Operator::Occupancy(p), Settings::Occupancy(t), State::Occupancy(state)) => {
            let input = e.number().and_then(|n| occupancy_input(p, local, n));
            if let Some(input) = input {
                let registered = if p.capacity == plan::Capacity::Device { here.capacity() } else { None };
                state.step(t, input, registered, e);
            }
        }
        (Operator::Streak(_), Settings::Streak(t), State::Streak(state)) => state.step(t, e, here.zone),
        (Operator::When(_), _, State::When(state)) => state.step(e),
        (Operator::Window(p), Settings::Window(t), State::Window(state)) => {
            if let Some(value) = number_of(&p.of, here) {
                state.step(t, e, value, here.zone);
            }
        }
        (Operator::Daily(p), Settings::Daily(t), State::Daily(state)) => {
            if let Some(value) = number_of(&p.of, here) {
                state.step(t, e, value, here.zone);
            }
        }
        (Operator::Within(p), Settings::Within(t), State::Within(state)) => {
            state.step(t, e, p.first.eval(here), p.then.eval(here));
        }
        (Operator::Baseline(p), Settings::Baseline(t), State::Baseline(state)) => {
            if let Some(value) = p.of.eval(here) {
                state.step(t, e, value, here.zone);
            }
        }
        (Operator::Residual(p), Settings::Residual(t), State::Residual(state)) => {
            let from = match p.from {
                plan::From::Neighbours { .. } => here.neighbours,
                plan::From::Signal(i) => match here.said[i as usize].get() {
                    Said::Number(n) => Some(n),
                    _ => None,
                },
            };
            if let Some(value) = p.of.eval(here) {
                state.step(t, e, value, from);
            }
        }
        (Operator::Score(p), Settings::Score(t), State::Score(state)) => {
            state.step(t, e, |i| p.parts[i].when.eval(here) == Some(true));
        }
        _ => {}
    }
}

/// Takes a reading of the operator's own after which only more is remembered (OP4); else false, and nothing was done.
/// Most readings are such: they lie in the band in which nothing changes. In its place, like [`crate::quiet`]'s.
#[inline(always)]
pub(crate) fn take_quietly(
    operator: &Operator,
    s: &Settings,
    state: &mut State,
    (e, local): (&Event, u8),
    zone: &Zone,
) -> bool {
    match (s, state) {
        (Settings::Level(t), State::Level(state)) => state.take_quietly(t, e, local),
        (Settings::Absent(t), State::Absent(state)) => state.take_quietly(t, e),
        (Settings::Occupancy(t), State::Occupancy(state)) => match operator {
            Operator::Occupancy(p) => state.take_quietly(t, p, e, local),
            _ => false,
        },
        (Settings::Streak(t), State::Streak(state)) => state.take_quietly(t, e, zone),
        _ => false,
    }
}

/// As [`take_quietly`], of a signal and of the level that reads it: both take the reading, or neither.
#[inline]
pub(crate) fn take_quietly_for_level(
    operator: &Operator,
    [s, of_level]: &[Settings; 2],
    [state, level]: &mut [State; 2],
    e: &Event,
) -> bool {
    let (Settings::Level(t), State::Level(level)) = (of_level, level) else { return false };
    let (Operator::Window(p), Settings::Window(s), State::Window(state)) = (operator, s, state) else {
        return false;
    };
    let Some(value) = number_of_reading(&p.of, e) else { return false };
    let quiet = state.take_quietly(s, e, value, |said| level.stays_down(t, 0, said));
    if quiet {
        level.note(e);
    }
    quiet
}

/// What is aggregated of a reading, where it is the reading's own value.
#[inline]
fn number_of_reading(of: &Expr, e: &Event) -> Option<f64> {
    match (of, e.tag) {
        (Expr::Number(NumberExpr::Value), ValueTag::Number) => e.value.is_finite().then_some(e.value),
        (Expr::Flag(BoolExpr::Value), ValueTag::Flag) => Some(f64::from(e.value != 0.0)),
        (Expr::Text(TextExpr::Value), ValueTag::Text) => Some(e.value),
        _ => None,
    }
}

/// Its readings are signs: a flag that is not true is none.
fn counts_signs(state: &State) -> bool {
    matches!(state, State::When(_) | State::Absent(_) | State::Daily(_) | State::Streak(_) | State::Window(_))
}

/// The signals a node reads have moved, without a reading.
pub(crate) fn reread(node: &Node, s: &Settings, state: &mut State, here: &Here<'_>) {
    match (&node.operator, s, state) {
        (Operator::Level(p), Settings::Level(t), State::Level(state)) => {
            let raise = p.raise.eval(here);
            let clear = p.clear.as_ref().map_or(raise.map(|r| !r), |c| c.eval(here));
            state.step(t, here.at, raise, clear, None);
        }
        (Operator::Logic(p), _, State::Logic(state)) => state.step(p, |i| here.said[i as usize].get()),
        _ => {}
    }
}

/// Its time has come.
pub(crate) fn fire(s: &Settings, state: &mut State, at: i64, covered: Covered, zone: &Zone) {
    match (s, state) {
        (Settings::Level(t), State::Level(state)) => state.fire(t, at),
        (Settings::Absent(t), State::Absent(state)) => state.fire(t, at, covered),
        (Settings::When(t), State::When(state)) => state.fire(t, at),
        (Settings::Daily(t), State::Daily(state)) => state.fire(t, at, zone),
        (Settings::Streak(t), State::Streak(state)) => state.fire(t, at),
        (Settings::Window(t), State::Window(state)) => state.fire(t, at, zone),
        (Settings::Within(t), State::Within(state)) => state.fire(t, at),
        (Settings::Score(t), State::Score(state)) => state.fire(t, at),
        (Settings::Roll(t), State::Roll(state)) => state.fire(t, at, zone),
        (Settings::Schedule(t), State::Schedule(state)) => state.fire(t, at, zone),
        _ => {}
    }
}

/// What is aggregated of a reading, as a number.
fn number_of(of: &Expr, here: &Here<'_>) -> Option<f64> {
    match of {
        Expr::Number(x) => x.eval(here),
        Expr::Flag(x) => x.eval(here).map(f64::from),
        // A text is its number: equal texts have equal numbers, and that is all an aggregate asks.
        Expr::Text(TextExpr::Value | TextExpr::Measure(_)) => here.event?.text().map(f64::from),
        Expr::Text(x) => x.eval(here).map(number_of_text),
    }
}

/// 52 bits of a text's hash, exact as a float.
fn number_of_text(t: &str) -> f64 {
    use std::hash::{Hash, Hasher};
    let mut h = rustc_hash::FxHasher::default();
    t.hash(&mut h);
    (h.finish() >> 12) as f64
}

/// The middle of numbers, the mean of the two middle ones; sorts them.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let n = numbers.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => numbers[n / 2],
        _ => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

/// What a reading of measure `local` does to an occupancy.
pub(crate) fn occupancy_input(p: &plan::Occupancy, local: u8, n: f64) -> Option<occupancy::Input> {
    let is = |m: Option<u8>| m == Some(local);
    if is(p.enters) || is(p.delta) {
        Some(occupancy::Input::Add(n))
    } else if is(p.leaves) {
        Some(occupancy::Input::Add(-n))
    } else if is(p.count) {
        Some(occupancy::Input::Count(n))
    } else if p.capacity == plan::Capacity::Measure(local) {
        Some(occupancy::Input::Capacity(n))
    } else {
        None
    }
}

/// A local time as people write it.
pub(crate) fn say_time(at: i64, zone: &Zone) -> Text {
    let t = zone.datetime(at);
    let (h, m) = (t.hour(), t.minute());
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[(t.month() - 1) as usize];
    Text::new(
        format!("{}月{}日 {h:02}:{m:02}", t.month(), t.day()),
        format!("{} {month} {h:02}:{m:02}", t.day()),
    )
}

/// A length of time in its largest fitting units.
pub(crate) fn say_span(ms: i64) -> Text {
    let minutes = ms.max(0) / 60_000;
    let (d, h, m) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let (mut zh, mut en) = (String::new(), Vec::new());
    for (n, unit_zh, unit_en) in [(d, "天", "d"), (h, "小时", "h"), (m, "分钟", "min")] {
        if n > 0 && en.len() < 2 {
            zh.push_str(&format!("{n}{unit_zh}"));
            en.push(format!("{n} {unit_en}"));
        }
    }
    if en.is_empty() { Text::new("不到1分钟", "under 1 min") } else { Text::new(zh, en.join(" ")) }
}

/// A number without needless digits.
pub(crate) fn say_number(n: f64) -> String {
    let rounded = (n * 1000.0).round() / 1000.0;
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}") }
}
