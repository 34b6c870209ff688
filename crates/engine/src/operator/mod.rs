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

pub(crate) mod absent;
pub(crate) mod level;
pub(crate) mod occupancy;
pub(crate) mod streak;
pub(crate) mod window;

use crate::{event::Seen, zone::Zone};
use linli_model::Text;
use linli_rule::plan::{self, Operator};
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
    pub(crate) count: Option<f64>,
    pub(crate) capacity: Option<f64>,
    pub(crate) days: Option<u32>,
    pub(crate) steps: Vec<Text>,
}

#[derive(Clone, Debug)]
pub(crate) enum Settings {
    Level(level::Settings),
    Absent(absent::Settings),
    Occupancy(occupancy::Settings),
    Streak(streak::Settings),
    Window(window::Settings),
}

impl Settings {
    pub(crate) fn of(operator: &Operator, parameters: &[f64]) -> Settings {
        match operator {
            Operator::Level(p) => Settings::Level(level::Settings::of(p, parameters)),
            Operator::Absent(p) => Settings::Absent(absent::Settings::of(p, parameters)),
            Operator::Occupancy(p) => Settings::Occupancy(occupancy::Settings::of(p, parameters)),
            Operator::Streak(p) => Settings::Streak(streak::Settings::of(p, parameters)),
            Operator::Window(p) => Settings::Window(window::Settings::of(p, parameters)),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum State {
    Level(level::State),
    Absent(absent::State),
    Occupancy(occupancy::State),
    Streak(Box<streak::State>),
    Window(Box<window::State>),
}

impl State {
    /// The state at `at`, before anything was heard.
    pub(crate) fn begin(settings: &Settings, at: i64) -> State {
        match settings {
            Settings::Level(_) => State::Level(level::State::begin()),
            Settings::Absent(s) => State::Absent(absent::State::begin(s, at)),
            Settings::Occupancy(s) => State::Occupancy(occupancy::State::begin(s)),
            Settings::Streak(_) => State::Streak(Box::new(streak::State::begin())),
            Settings::Window(_) => State::Window(Box::default()),
        }
    }

    #[inline]
    pub(crate) fn due(&self, settings: &Settings) -> i64 {
        match (self, settings) {
            (State::Level(s), Settings::Level(t)) => s.due(t),
            (State::Absent(s), Settings::Absent(t)) => s.due(t),
            (State::Streak(s), Settings::Streak(t)) => s.due(t),
            (State::Window(s), Settings::Window(t)) => s.due(t),
            _ => i64::MAX,
        }
    }

    #[inline]
    pub(crate) fn truth(&self, settings: &Settings) -> Truth {
        match (self, settings) {
            (State::Level(s), _) => s.truth(),
            (State::Absent(s), _) => s.truth(),
            (State::Occupancy(s), _) => s.truth(),
            (State::Streak(s), Settings::Streak(t)) => s.truth(t),
            _ => Truth::Unknown,
        }
    }

    pub(crate) fn said(&self, settings: &Settings) -> Said {
        match (self, settings) {
            (State::Level(s), _) => Said::Truth(s.truth()),
            (State::Absent(s), _) => Said::Truth(s.truth()),
            (State::Occupancy(s), _) => Said::Number(s.count()),
            (State::Streak(s), _) => Said::Number(f64::from(s.days())),
            (State::Window(s), Settings::Window(t)) => s.number(t).map_or(Said::Unknown, Said::Number),
            _ => Said::Unknown,
        }
    }

    pub(crate) fn explain(&self, settings: &Settings, zone: &Zone) -> Explained {
        match (self, settings) {
            (State::Level(s), Settings::Level(t)) => s.explain(t, zone),
            (State::Absent(s), Settings::Absent(t)) => s.explain(t, zone),
            (State::Occupancy(s), _) => s.explain(),
            (State::Streak(s), Settings::Streak(t)) => s.explain(t),
            (State::Window(s), Settings::Window(t)) => s.explain(t),
            _ => Explained::default(),
        }
    }

    /// The readings it remembers.
    pub(crate) fn each_seen(&self, f: &mut dyn FnMut(&Seen)) {
        match self {
            State::Level(s) => s.seen().for_each(f),
            State::Absent(s) => s.seen().for_each(f),
            State::Occupancy(s) => s.seen().for_each(f),
            State::Streak(s) => s.seen().for_each(f),
            State::Window(s) => s.seen().for_each(f),
        }
    }

    /// Whether it is a state of this operator.
    pub(crate) fn fits(&self, operator: &Operator) -> bool {
        matches!(
            (self, operator),
            (State::Level(_), Operator::Level(_))
                | (State::Absent(_), Operator::Absent(_))
                | (State::Occupancy(_), Operator::Occupancy(_))
                | (State::Streak(_), Operator::Streak(_))
                | (State::Window(_), Operator::Window(_))
        )
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
