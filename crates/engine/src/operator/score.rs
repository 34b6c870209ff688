//! # score
//!
//! Several weak signs together: each adds its weight when it is seen, and fades with a half-life. Holds from `raise`
//! up until the sum falls below `clear`.
//!
//! | field | what it is |
//! |---|---|
//! | `parts` | up to eight of `{ when = "…", weight = n, once = "1d" }`: a condition, what it adds, and (optional) the time in which it adds only once |
//! | `half_life` | after so long half of what was added is left |
//! | `raise` | the sum at which it begins to hold |
//! | `clear` | it ends when the sum falls below this; default `raise` |
//! | `parts_min` | how many different parts must weigh something (at least half of their weight); default 1 |
//! | `of` | measures it hears besides those its conditions name |
//!
//! The end is exact: it is the moment at which the fading sum crosses `clear`, whether or not a reading arrives. A
//! later signal reads the sum.
//!
//! State per key: what each part has left, and its newest reading.
//!
//! ```toml
//! rule = "shed_trouble"
//! name = { zh = "车库多种异常", en = "Several signs of trouble in a shed" }
//! key = "subject"
//! severity = "urgent"
//! case_class = "fire.shed"
//! sentence = { zh = "多种异常同时出现", en = "several signs at once" }
//!
//! [signal]
//! operator = "score"
//! parts = [
//!     { when = "temperature_c >= 45.0", weight = 2, once = "30min" },
//!     { when = "noise_db > 80.0", weight = 1 },
//! ]
//! half_life = "1h"
//! raise = 3
//! clear = 1.5
//! parts_min = 2
//!
//! [[trace]]
//! name = "heat_and_noise_together"
//! kind = "ends"
//! script = '''
//! d1 08:00 t1 temperature_c 46 area:S1
//! d1 08:05 t1 temperature_c 47 area:S1     # counts once in thirty minutes
//! d1 08:10 n1 noise_db 85 area:S1          # 1.78 + 1: not yet 3
//! d1 08:20 n1 noise_db 86 area:S1          # 1.59 + 0.89 + 1 = 3.48
//! d1 12:00 n1 noise_db 40 area:S1
//! expect opened area:S1 d1 08:20
//! expect ended area:S1 d1 09:00:00.001
//! '''
//! ```

use super::{Explained, Said, Truth, say_number};
use crate::event::{Event, Seen};
use linli_model::Text;
use linli_rule::plan;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    half_life: f64,
    raise: f64,
    clear: f64,
    parts_min: usize,
    /// Weight, and the time in which it counts once.
    parts: SmallVec<[(f64, i64); 4]>,
}

impl Settings {
    pub(crate) fn of(p: &plan::Score, parameters: &[f64]) -> Self {
        let raise = p.raise.resolve(parameters);
        let parts = p.parts.iter().map(|x| (x.weight.resolve(parameters), x.once.millis(parameters)));
        Settings {
            half_life: p.half_life.millis(parameters).max(1) as f64,
            raise,
            // A sum that fades never reaches nothing: something has to be left to cross.
            clear: p.clear.resolve(parameters).min(raise).max(1e-6),
            parts_min: p.parts_min as usize,
            parts: parts.collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Part {
    /// What was left at `at`.
    left: f64,
    at: i64,
    /// When it was last added to.
    seen: Option<Seen>,
}

impl Part {
    fn left_at(&self, s: &Settings, at: i64) -> f64 {
        self.left * (-(at.saturating_sub(self.at) as f64) / s.half_life).exp2()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    parts: Vec<Part>,
    holds: bool,
    total: u32,
}

impl State {
    pub(crate) fn begin(s: &Settings) -> Self {
        State { parts: vec![Part::default(); s.parts.len()], holds: false, total: 0 }
    }

    /// `seen` tells which parts the reading makes true.
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, seen: impl Fn(usize) -> bool) {
        for (i, part) in self.parts.iter_mut().enumerate() {
            let Some((weight, once)) = s.parts.get(i).copied() else { continue };
            if part.seen.is_some_and(|l| event.at < l.at.saturating_add(once)) || !seen(i) {
                continue;
            }
            (part.left, part.at) = (part.left_at(s, event.at) + weight, event.at);
            part.seen = Some(event.into());
            self.total = self.total.saturating_add(1);
        }
        let (sum, present) = (self.sum(s, event.at), self.present(s, event.at));
        let bar = if self.holds { s.clear } else { s.raise };
        self.holds = sum >= bar && present >= s.parts_min;
    }

    fn sum(&self, s: &Settings, at: i64) -> f64 {
        self.parts.iter().map(|p| p.left_at(s, at)).sum()
    }
    fn present(&self, s: &Settings, at: i64) -> usize {
        let weighs = |(p, w): &(&Part, &(f64, i64))| p.seen.is_some() && p.left_at(s, at) >= w.0 / 2.0 - 1e-9;
        self.parts.iter().zip(&s.parts).filter(weighs).count()
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64) {
        if self.due(s) <= at {
            self.holds = false;
        }
    }

    /// When it ends by fading: the sum below `clear`, or too few parts that still weigh something.
    pub(crate) fn due(&self, s: &Settings) -> i64 {
        if !self.holds {
            return i64::MAX;
        }
        let from = self.parts.iter().map(|p| p.at).max().unwrap_or(0);
        let after = |at: i64, left: f64, bar: f64| {
            let ms = s.half_life * (left / bar).log2();
            at.saturating_add(ms.max(0.0).floor() as i64).saturating_add(1)
        };
        let sum = after(from, self.sum(s, from), s.clear);
        let mut expiries: SmallVec<[i64; 8]> = self
            .parts
            .iter()
            .zip(&s.parts)
            .filter(|(p, _)| p.seen.is_some())
            .map(|(p, w)| after(p.at, p.left, (w.0 / 2.0).max(1e-9)))
            .filter(|at| *at > from)
            .collect();
        expiries.sort_unstable();
        // One too few is left when so many have gone.
        let few = expiries.len().checked_sub(s.parts_min).and_then(|n| expiries.get(n));
        sum.min(few.copied().unwrap_or(i64::MAX))
    }

    pub(crate) fn truth(&self) -> Truth {
        if self.holds { Truth::True } else { Truth::False }
    }
    pub(crate) fn said(&self, s: &Settings, at: i64) -> Said {
        Said::Number(self.sum(s, at))
    }

    pub(crate) fn explain(&self, s: &Settings, at: i64) -> Explained {
        let mut steps = Vec::new();
        for (i, part) in self.parts.iter().enumerate().filter(|(_, p)| p.seen.is_some()) {
            let (n, left) = (i + 1, say_number(part.left_at(s, at)));
            steps.push(Text::new(format!("第 {n} 项尚余 {left}。"), format!("Part {n} has {left} left.")));
        }
        let (sum, raise) = (say_number(self.sum(s, at)), say_number(s.raise));
        steps.push(Text::new(format!("合计 {sum},门限 {raise}。"), format!("Sum {sum}, raised at {raise}.")));
        let due = self.due(s);
        Explained {
            readings: self.seen().copied().collect(),
            readings_total: u64::from(self.total),
            deadline: (due != i64::MAX).then_some(due),
            count: Some(self.sum(s, at)),
            steps,
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.parts.iter().filter_map(|p| p.seen.as_ref())
    }
}
