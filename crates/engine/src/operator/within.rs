//! # within
//!
//! One thing and then another: holds when `then` came within `span` after `first`, or when it did not.
//!
//! | field | what it is |
//! |---|---|
//! | `first` | condition for the reading that begins it |
//! | `then` | condition for the reading that should follow |
//! | `span` | how soon; a reading exactly at its end is in time |
//! | `holds_when` | `comes`: it begins with the `then` that came in time; `missing`: it begins when the span has passed without one |
//! | `lasts` | how long it holds; needed with `comes`, and with `missing` it holds until a `then` comes after all |
//! | `of` | measures it hears besides those its conditions name |
//!
//! `comes` looks from the newest `first`, `missing` from the earliest one that is not yet answered. A reading that is
//! both answers the `first` before it, then is one itself.
//!
//! State per key: the `first` that waits, the readings of the episode, until when it holds.
//!
//! ```toml
//! rule = "door_not_closed"
//! name = { zh = "开门后未关", en = "Door left open" }
//! key = "device"
//! severity = "info"
//! case_class = "environment.door"
//! sentence = { zh = "{start} 仍未关上", en = "still open at {start}" }
//!
//! [signal]
//! operator = "within"
//! first = "door_open"
//! then = "!door_open"
//! span = "5min"
//! holds_when = "missing"
//!
//! [[trace]]
//! name = "not_closed_within_five_minutes"
//! kind = "ends"
//! script = '''
//! d1 08:00 d1 door_open true
//! d1 08:05 d1 door_open false     # just in time
//! d1 09:00 d1 door_open true
//! d1 09:03 d1 door_open true      # the first one counts
//! d1 09:20 d1 door_open false
//! expect opened device:d1 d1 09:05
//! expect ended device:d1 d1 09:20
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
    span: i64,
    missing: bool,
    /// MAX: until the other one comes.
    lasts: i64,
}

impl Settings {
    pub(crate) fn of(p: &plan::Within, parameters: &[f64]) -> Self {
        Settings {
            span: p.span.millis(parameters).max(1),
            missing: p.missing,
            lasts: p.lasts.map_or(i64::MAX, |l| l.millis(parameters).max(1)),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// The first that waits for the other.
    waits: Option<Seen>,
    /// The first of the episode, and what answered it.
    first: Option<Seen>,
    then: Option<Seen>,
    /// When the episode began; MIN: none.
    since: i64,
}

impl State {
    pub(crate) fn begin() -> Self {
        State { waits: None, first: None, then: None, since: i64::MIN }
    }

    pub(crate) fn step(&mut self, s: &Settings, event: &Event, first: Option<bool>, then: Option<bool>) {
        if then == Some(true) {
            if s.missing {
                self.since = i64::MIN;
            } else if let Some(w) = self.waits.filter(|w| event.at <= w.at.saturating_add(s.span)) {
                (self.first, self.then, self.since) = (Some(w), Some(event.into()), event.at);
            }
            self.waits = None;
        }
        if first == Some(true) && !(s.missing && (self.waits.is_some() || self.since != i64::MIN)) {
            self.waits = Some(event.into());
        }
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64) {
        if self.since != i64::MIN && self.since.saturating_add(s.lasts) <= at {
            self.since = i64::MIN;
        }
        if let Some(w) = self.waits
            && s.missing
            && w.at.saturating_add(s.span) <= at
        {
            (self.first, self.then, self.waits) = (Some(w), None, None);
            self.since = w.at.saturating_add(s.span);
        }
    }

    pub(crate) fn due(&self, s: &Settings) -> i64 {
        let ends = if self.since == i64::MIN { i64::MAX } else { self.since.saturating_add(s.lasts) };
        match self.waits {
            Some(w) if s.missing => ends.min(w.at.saturating_add(s.span)),
            _ => ends,
        }
    }

    pub(crate) fn truth(&self) -> Truth {
        if self.since == i64::MIN { Truth::False } else { Truth::True }
    }

    pub(crate) fn explain(&self, s: &Settings, zone: &Zone) -> Explained {
        let mut steps = Vec::new();
        if let Some(w) = self.waits {
            let (t, until) = (say_time(w.at, zone), say_time(w.at.saturating_add(s.span), zone));
            steps.push(Text::new(
                format!("{} 发生,等到 {}。", t.zh, until.zh),
                format!("It happened {}; the other one is awaited until {}.", t.en, until.en),
            ));
        }
        match (self.truth(), self.first, self.then) {
            (Truth::True, Some(f), Some(t)) => {
                let (f, t) = (say_time(f.at, zone), say_time(t.at, zone));
                steps.push(Text::new(
                    format!("先 {},后 {}。", f.zh, t.zh),
                    format!("First {}, then {}.", f.en, t.en),
                ));
            }
            (Truth::True, Some(f), None) => {
                let f = say_time(f.at, zone);
                steps.push(Text::new(
                    format!("{} 之后没有等到。", f.zh),
                    format!("After {} the other one did not come.", f.en),
                ));
            }
            _ if steps.is_empty() => steps.push(Text::new("没有在等。", "Nothing is awaited.")),
            _ => {}
        }
        let due = self.due(s);
        Explained {
            readings: self.seen().copied().collect(),
            readings_total: self.seen().count() as u64,
            deadline: (due != i64::MAX).then_some(due),
            since: self.first.map(|f| f.at),
            pending: self.waits.map(|w| (w.at, w.at.saturating_add(s.span))),
            steps,
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.first.iter().chain(self.then.iter()).chain(self.waits.iter())
    }
}
