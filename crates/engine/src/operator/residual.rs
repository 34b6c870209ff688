//! # residual
//!
//! How far a reading is from what an earlier signal gives, or from what the neighbours show. It gives a number, so it
//! stands under `[signals.NAME]`.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures |
//! | `when` | which of their readings count |
//! | `value` | what is compared of a reading; default its value |
//! | `from` | the name of an earlier signal that gives a number (a baseline, a window), or `neighbours` |
//! | `gives` | `difference` (default): value − that; `share`: value ÷ that |
//! | `up` | neighbours stand below the area so far above the key's place: 1 (default) is the area it stands in |
//! | `fresh` | a neighbour's reading older than this says nothing; default 1 h |
//! | `least` | fewer neighbours say nothing; default 3 |
//!
//! The neighbours are the rule's other keys below the same area; their middle is the median of their newest values.
//! It is looked at when the key's own reading arrives, and stays until its next one.
//!
//! State per key: the newest value and what came of it.
//!
//! ```toml
//! rule = "noisier_than_around"
//! name = { zh = "噪声高于周边", en = "Noisier than around" }
//! key = "device"
//! severity = "info"
//! case_class = "environment.noise"
//! sentence = { zh = "比周边高 {more} dB", en = "{more} dB above those around" }
//!
//! [signals.more]
//! operator = "residual"
//! of = "noise_db"
//! from = "neighbours"
//! least = 2
//!
//! [signal]
//! operator = "level"
//! raise = "more >= 15.0"
//! of = "noise_db"
//!
//! [[trace]]
//! name = "one_is_loud_where_two_are_quiet"
//! kind = "ends"
//! script = '''
//! device n1 area=E1
//! device n2 area=E1
//! device n3 area=E1
//! device n4 area=E2                 # not around
//! d1 08:00 n1 noise_db 50
//! d1 08:00 n4 noise_db 90
//! d1 08:01 n2 noise_db 54
//! d1 08:02 n3 noise_db 66           # the two show 52: 14 above
//! d1 08:03 n3 noise_db 67           # 15 above
//! d1 09:02 n3 noise_db 68           # the 50 is an hour old and too old: one neighbour says nothing
//! d1 09:03 n1 noise_db 60
//! d1 09:04 n2 noise_db 60
//! d1 09:05 n3 noise_db 68
//! expect opened device:n3 d1 08:03
//! expect ended device:n3 d1 09:05
//! '''
//! ```

use super::{Explained, Said, say_number};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan::{self, From};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    share: bool,
    /// Of a neighbour's reading; 0: it is not about neighbours.
    pub(crate) fresh: i64,
    pub(crate) least: usize,
}

impl Settings {
    pub(crate) fn of(p: &plan::Residual, parameters: &[f64]) -> Self {
        let (fresh, least) = match p.from {
            From::Signal(_) => (0, 0),
            From::Neighbours { fresh, least, .. } => (fresh.millis(parameters).max(1), least as usize),
        };
        Settings { share: p.share, fresh, least }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    last: Option<Seen>,
    value: f64,
    from: Option<f64>,
    residual: Option<f64>,
}

impl State {
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, value: f64, from: Option<f64>) {
        (self.last, self.value, self.from) = (Some(event.into()), value, from);
        let found = from.map(|from| if s.share { value / from } else { value - from });
        self.residual = found.filter(|r| r.is_finite());
    }

    /// The newest value and when it was.
    pub(crate) fn newest(&self) -> Option<(f64, i64)> {
        self.last.map(|l| (self.value, l.at))
    }

    pub(crate) fn said(&self) -> Said {
        self.residual.map_or(Said::Unknown, Said::Number)
    }

    pub(crate) fn explain(&self, _: &Zone) -> Explained {
        let step = match (self.from, self.residual) {
            (Some(from), Some(r)) => {
                let (value, from, r) = (say_number(self.value), say_number(from), say_number(r));
                Text::new(
                    format!("现为 {value},对照 {from},得 {r}。"),
                    format!("{value} against {from} gives {r}."),
                )
            }
            _ => Text::new("没有可以对照的数。", "There is nothing to compare with."),
        };
        Explained {
            readings: self.last.into_iter().collect(),
            readings_total: u64::from(self.last.is_some()),
            steps: vec![step],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.last.iter()
    }
}
