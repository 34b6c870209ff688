//! # roll
//!
//! Over the devices of an area: for how many of them something holds, or their sum, mean, least or greatest. It gives a
//! number, so it stands under `[signals.NAME]`; the rule's key is `area`.
//!
//! | field | what it is |
//! |---|---|
//! | `[….member]` | an operator of its own, kept for each device in the area |
//! | `aggregate` | `count`, `share` (members for which it holds); `sum`, `mean`, `min`, `max` (of members that give a number) |
//! | `fresh` | a member silent for longer says nothing; default 1 d |
//! | `least` | with fewer members that say something nothing is known; default 1 |
//!
//! A member is any operator but a roll; an absence inside a roll takes silence at its word, and needs a `fresh` longer
//! than its span. A device that moves to another area, or is retired, is no member any more. At most 4,096 members are
//! remembered; further ones do not count.
//!
//! State per key: each member's state and when it was last heard.
//!
//! ```toml
//! rule = "burst"
//! name = { zh = "多点压力低", en = "Pressure low at several points" }
//! key = "area"
//! depth = 1
//! severity = "urgent"
//! case_class = "water.burst"
//! sentence = { zh = "{low} 处压力低", en = "pressure low at {low} points" }
//!
//! [signals.low]
//! operator = "roll"
//! aggregate = "count"
//! fresh = "2h"
//!
//! [signals.low.member]
//! operator = "level"
//! raise = "pressure_mpa < 0.15"
//! clear = "pressure_mpa > 0.20"
//!
//! [signal]
//! operator = "level"
//! raise = "low >= 2.0"
//!
//! [[trace]]
//! name = "two_points_of_one_estate"
//! kind = "ends"
//! script = '''
//! device h1 area=E1/B1
//! device h2 area=E1/B2
//! device h3 area=E2
//! d1 08:00 h1 pressure_mpa 0.14
//! d1 08:00 h3 pressure_mpa 0.14     # another estate
//! d1 08:10 h2 pressure_mpa 0.14
//! d1 08:20 h1 pressure_mpa 0.18     # between the two conditions: still low
//! d1 08:30 h1 pressure_mpa 0.30
//! expect opened area:E1 d1 08:10
//! expect ended area:E1 d1 08:30
//! '''
//!
//! [[trace]]
//! name = "who_is_silent_for_two_hours_does_not_count"
//! kind = "ends"
//! script = '''
//! device h1 area=E1/B1
//! device h2 area=E1/B2
//! d1 08:00 h1 pressure_mpa 0.14
//! d1 08:10 h2 pressure_mpa 0.14
//! d1 10:05 h2 pressure_mpa 0.14
//! expect opened area:E1 d1 08:10
//! expect ended area:E1 d1 10:00
//! '''
//! ```

use super::{Explained, Said, Truth, say_number};
use crate::{
    event::Seen,
    here::Here,
    operator::{self, absent::Covered},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan::{self, MEMBERS_MAX, OverMembers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Members whose readings are given as evidence.
const SHOWN_MAX: usize = 16;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    aggregate: OverMembers,
    fresh: i64,
    least: usize,
    member: Box<operator::Settings>,
}

impl Settings {
    pub(crate) fn of(p: &plan::Roll, parameters: &[f64]) -> Self {
        Settings {
            aggregate: p.aggregate,
            fresh: p.fresh.millis(parameters).max(1),
            least: p.least as usize,
            member: Box::new(operator::Settings::of(&p.member.operator, parameters)),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Member {
    at: i64,
    state: operator::State,
}

/// By device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    members: BTreeMap<u32, Member>,
}

impl State {
    pub(crate) fn step(&mut self, p: &plan::Roll, s: &Settings, here: &Here<'_>, local: u8) {
        let Some(e) = here.event else { return };
        if self.members.len() >= MEMBERS_MAX && !self.members.contains_key(&e.device) {
            return;
        }
        let begin = || Member { at: e.at, state: operator::State::begin(&s.member, e.at, here.zone) };
        let member = self.members.entry(e.device).or_insert_with(begin);
        member.at = e.at;
        operator::step(&p.member, &s.member, &mut member.state, here, local);
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64, zone: &Zone) {
        self.members.retain(|_, m| m.at.saturating_add(s.fresh) > at);
        for member in self.members.values_mut() {
            if member.state.due(&s.member, zone) <= at {
                operator::fire(&s.member, &mut member.state, at, Covered::Whole, zone);
            }
        }
    }

    pub(crate) fn due(&self, s: &Settings, zone: &Zone) -> i64 {
        let each = |m: &Member| m.at.saturating_add(s.fresh).min(m.state.due(&s.member, zone));
        self.members.values().map(each).min().unwrap_or(i64::MAX)
    }

    /// A device that is no member any more; whether it was one.
    pub(crate) fn forget(&mut self, device: u32) -> bool {
        self.members.remove(&device).is_some()
    }

    /// The number, and how many members say something.
    fn number(&self, s: &Settings, at: i64, zone: &Zone) -> (Option<f64>, usize) {
        if s.aggregate.counts() {
            let truths = self.members.values().map(|m| m.state.truth(&s.member));
            let known = truths.clone().filter(|t| *t != Truth::Unknown).count();
            let hold = truths.filter(|t| *t == Truth::True).count() as f64;
            let number = if s.aggregate == OverMembers::Share { hold / known.max(1) as f64 } else { hold };
            return ((known >= s.least).then_some(number), known);
        }
        let numbers: Vec<f64> = self
            .members
            .values()
            .filter_map(|m| match m.state.said(&s.member, at, zone) {
                Said::Number(n) => Some(n),
                _ => None,
            })
            .collect();
        let n = numbers.len();
        if n < s.least || n == 0 {
            return (None, n);
        }
        let sum: f64 = numbers.iter().sum();
        let number = match s.aggregate {
            OverMembers::Sum => sum,
            OverMembers::Mean => sum / n as f64,
            OverMembers::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            _ => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        (Some(number), n)
    }

    pub(crate) fn said(&self, s: &Settings, at: i64, zone: &Zone) -> Said {
        self.number(s, at, zone).0.map_or(Said::Unknown, Said::Number)
    }

    pub(crate) fn explain(&self, s: &Settings, at: i64, zone: &Zone) -> Explained {
        let (number, known) = self.number(s, at, zone);
        let (number_said, all) = (number.map_or_else(|| "?".to_owned(), say_number), self.members.len());
        let counts = s.aggregate.counts();
        let shown = |m: &&Member| !counts || m.state.truth(&s.member) == Truth::True;
        let readings = self.members.values().filter(shown).filter_map(|m| m.state.newest()).take(SHOWN_MAX);
        Explained {
            readings: readings.collect(),
            readings_total: all as u64,
            count: number,
            steps: vec![Text::new(
                format!("区域内 {all} 个设备,{known} 个可判断,结果 {number_said}。"),
                format!("{all} devices in the area, {known} can be told: {number_said}."),
            )],
            ..Explained::default()
        }
    }

    pub(crate) fn each_seen(&self, f: &mut dyn FnMut(&Seen)) {
        for member in self.members.values() {
            member.state.each_seen(f);
        }
    }

    /// Whether its members' states are of the plan's member operator.
    pub(crate) fn fits(&self, p: &plan::Roll) -> bool {
        self.members.values().all(|m| m.state.fits(&p.member.operator))
    }
}
