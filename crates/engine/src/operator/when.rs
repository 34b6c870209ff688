//! # when
//!
//! Something happened: holds for a while after each reading that counts.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures; a flag counts when it is true |
//! | `when` | which of their readings count, instead |
//! | `lasts` | how long it holds after each of them; another one meanwhile prolongs it |
//!
//! It begins with the first reading and ends `lasts` after the last one. A reading exactly at that time prolongs it.
//!
//! State per key: until when, the first and the newest reading of the episode.
//!
//! ```toml
//! rule = "ebike_in_lift"
//! name = { zh = "电动车进电梯", en = "E-bike in the lift" }
//! key = "device"
//! severity = "attention"
//! case_class = "fire.ebike_in_lift"
//! sentence = { zh = "{device} 识别到电动车", en = "an e-bike seen by {device}" }
//!
//! [signal]
//! operator = "when"
//! of = "lift_ebike"
//! lasts = "10min"
//!
//! [[trace]]
//! name = "two_rides_soon_after_each_other_are_one"
//! kind = "ends"
//! script = '''
//! d1 08:00 lift-1 lift_ebike true
//! d1 08:00:20 lift-1 lift_ebike false     # a flag that is not true does not count
//! d1 08:10 lift-1 lift_ebike true         # just in time
//! d1 09:00 lift-1 lift_ebike false
//! expect opened device:lift-1 d1 08:00
//! expect ended device:lift-1 d1 08:20
//! '''
//! ```

use super::{Explained, Truth, say_time};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    lasts: i64,
}

impl Settings {
    pub(crate) fn of(p: &plan::When, parameters: &[f64]) -> Self {
        Settings { lasts: p.lasts.millis(parameters).max(1) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    first: Option<Seen>,
    last: Option<Seen>,
    holds: bool,
    total: u32,
}

impl State {
    pub(crate) fn begin() -> Self {
        State { first: None, last: None, holds: false, total: 0 }
    }

    pub(crate) fn step(&mut self, event: &Event) {
        if !self.holds {
            (self.first, self.total) = (Some(event.into()), 0);
        }
        self.holds = true;
        self.last = Some(event.into());
        self.total = self.total.saturating_add(1);
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64) {
        if self.due(s) <= at {
            self.holds = false;
        }
    }

    pub(crate) fn due(&self, s: &Settings) -> i64 {
        match self.last {
            Some(last) if self.holds => last.at.saturating_add(s.lasts),
            _ => i64::MAX,
        }
    }

    pub(crate) fn truth(&self) -> Truth {
        if self.holds { Truth::True } else { Truth::False }
    }

    pub(crate) fn explain(&self, s: &Settings, zone: &Zone) -> Explained {
        let step = match self.last {
            None => Text::new("还没有发生过。", "It has not happened yet."),
            Some(last) => {
                let (t, n) = (say_time(last.at, zone), self.total);
                Text::new(
                    format!("最近一次:{},本次共 {n} 次。", t.zh),
                    format!("Last time: {}; {n} in this episode.", t.en),
                )
            }
        };
        let mut readings: Vec<Seen> = self.first.into_iter().collect();
        readings.extend(self.last.filter(|l| Some(*l) != self.first));
        let due = self.due(s);
        Explained {
            readings,
            readings_total: u64::from(self.total),
            deadline: (due != i64::MAX).then_some(due),
            count: Some(f64::from(self.total)),
            steps: vec![step],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.first.iter().chain(self.last.iter())
    }
}
