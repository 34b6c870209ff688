//! The past once more, in its own order: the same engine, spared what only the present needs.
//!
//! Live, readings come in any order, once or more, from sources that may be slow; the engine waits for watermarks, tells
//! duplicates apart, and keeps a week to go back to. A rerun is given each reading once, in order of event time
//! ([`crate::Timeline`]), so nothing waits and nothing comes late. What happens at a moment, and in which order, is as live:
//! registry changes, readings, timers, the same operators and findings.
//!
//! Invariants
//! - ER1 The findings of a rerun are those of an engine that is given the same readings as log entries: by rule, subject,
//!   kind, change, start, end, sentence and evidence (`crates/pack/tests/columnar.rs`). `decided_at` is the event time
//!   at which it was decided, and the readings of the evidence carry no id.
//! - ER2 Memory is bounded by what rules keep, not by how much was lived through.

use crate::{
    engine::Engine,
    event::{Event, NONE, ValueTag},
    explanation::Explanation,
    timeline::Moment,
};
use linli_model::{
    Finding, Instant, LogEntry, Names, RegistryEntry, Subject,
    numbered::{NO_NUMBER, Table, ValueKind},
};
use std::cmp::Reverse;

/// Findings that are over are looked through for what may go when there are this many.
const TOLD_MAX: usize = 4_096;
const UNKNOWN: u32 = u32::MAX - 1;

/// An engine that lives through the past. It is not for snapshots.
pub struct Rerun {
    engine: Engine,
    /// The engine's numbers by the rows' numbers, given when a row meets them first.
    devices: Vec<u32>,
    subjects: Vec<u32>,
    texts: Vec<u32>,
    measures: Vec<(u16, bool)>,
    readings: u64,
}

impl Rerun {
    /// `entries`: rules, areas' values and terms, devices, members, for whatever time.
    pub fn of(mut engine: Engine, entries: impl IntoIterator<Item = RegistryEntry>) -> Rerun {
        let mut out = Vec::new();
        for entry in entries {
            engine.step(&LogEntry::Registry(entry), &mut out);
        }
        Rerun {
            engine,
            devices: Vec::new(),
            subjects: Vec::new(),
            texts: Vec::new(),
            measures: Vec::new(),
            readings: 0,
        }
    }

    /// Lives through moments in their order.
    pub fn live_through(&mut self, moments: &[Moment], names: &Names, out: &mut Vec<Finding>) {
        for moment in moments {
            let event = self.event(moment, names);
            self.engine.live(&event, out);
        }
        self.engine.forget_told();
    }

    /// Lets everything happen that lies before `to`.
    pub fn live_until(&mut self, to: Instant, out: &mut Vec<Finding>) {
        self.engine.happen(to.0, to.0, out);
        self.engine.watermarks.reach(to.0);
    }

    /// Why a rule does or does not hold for a subject at the moment reached.
    pub fn explain(&self, rule: &str, subject: &Subject) -> Option<Explanation> {
        self.engine.explain(rule, subject)
    }

    #[inline]
    fn event(&mut self, moment: &Moment, names: &Names) -> Event {
        let (row, world) = (&moment.row, &mut self.engine.world);
        let device = known(&mut self.devices, row.device, &names.devices, |d| world.device(d));
        let subject = match row.subject {
            NO_NUMBER => NONE,
            n => known(&mut self.subjects, n, &names.subjects, |s| world.subjects.number(s)),
        };
        let (tag, value) = match row.kind {
            ValueKind::Number => (ValueTag::Number, row.value),
            ValueKind::Flag => (ValueTag::Flag, row.value),
            ValueKind::Text => {
                let text = known(&mut self.texts, row.value as u32, &names.texts, |t| world.texts.number(t));
                (ValueTag::Text, f64::from(text))
            }
        };
        let (measure, flag) = self.measure(row.measure, names);
        self.readings += 1;
        Event {
            at: moment.at,
            value,
            reading: self.readings,
            device,
            subject,
            measure,
            tag: if flag && tag == ValueTag::Number { ValueTag::Flag } else { tag },
            clamped: moment.at < row.observed_at.0,
        }
    }

    #[inline]
    fn measure(&mut self, n: u32, names: &Names) -> (u16, bool) {
        if let Some(known) = self.measures.get(n as usize) {
            return *known;
        }
        for name in names.measures.since(self.measures.len()) {
            let number = self.engine.measure_number(name);
            self.measures.push((number, self.engine.is_flag(name)));
        }
        self.measures.get(n as usize).copied().unwrap_or((u16::MAX, false))
    }
}

/// The engine's number of a row's.
#[inline]
fn known(numbers: &mut Vec<u32>, n: u32, names: &Table, give: impl FnOnce(&str) -> u32) -> u32 {
    match numbers.get(n as usize) {
        Some(known) if *known != UNKNOWN => *known,
        _ => {
            if numbers.len() <= n as usize {
                numbers.resize(names.len().max(n as usize + 1), UNKNOWN);
            }
            let given = give(names.find(n).unwrap_or_default());
            numbers[n as usize] = given;
            given
        }
    }
}

impl Engine {
    /// A reading of the past, none of which lies before it any more.
    #[inline]
    fn live(&mut self, e: &Event, out: &mut Vec<Finding>) {
        self.happen(e.at, e.at.saturating_add(1), out);
        self.watermarks.reach(e.at);
        self.counters.readings += 1;
        if self.eager_routes.get(e.measure as usize).is_some_and(|r| !r.is_empty()) {
            self.step_eager(e, out);
        }
        self.settle(e, out);
    }

    /// Lets timers before `timers` and registry changes before `changes` have their turn, in order of time.
    #[inline]
    fn happen(&mut self, timers: i64, changes: i64, out: &mut Vec<Finding>) {
        loop {
            let timer = self.timers.peek().map_or(i64::MAX, |t| t.0.0);
            let change = self.pending.first_key_value().map_or(i64::MAX, |(k, _)| k.0);
            if change < changes && change <= timer {
                if let Some((_, entry)) = self.pending.pop_first() {
                    self.watermarks.reach(change);
                    self.apply_settled(&entry, change, out);
                }
            } else if timer < timers {
                if let Some(Reverse((at, rule, slot))) = self.timers.pop() {
                    self.watermarks.reach(at);
                    self.fire(at, self.watermarks.partition(), rule, slot, out);
                }
            } else {
                break;
            }
        }
    }
    /// What ended before the correction window gives its name free.
    fn forget_told(&mut self) {
        if self.past.told.len() > TOLD_MAX {
            let before = self.watermarks.partition().saturating_sub(self.config.correction_window.0);
            self.past.told.retain(|_, t| t.finding.end.is_none_or(|end| end.0 >= before));
        }
    }
}
