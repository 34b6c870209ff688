//! What a rule hears of its subjects while somebody looks on: counted, and the newest reading of each measure kept with
//! what the signals said of it. An engine that nobody asks keeps none of this.
//!
//! Invariants
//! - ON1 Looking on changes nothing: the findings of an engine that is watched are those of one that is not.
//! - ON2 A reading is dull when the rule says of its subject after it what it said before. Dull ones are counted, never
//!   kept.
//!
//! Deliberately absent: a place in snapshots. Who wants to know begins to watch and plays the past again.

use crate::{
    event::Event,
    here::Here,
    operator::{Said, Truth},
    rule::Rule,
    world::World,
    zone::Zone,
};
use linli_model::AreaPath;
use linli_rule::plan::NODES_MAX;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// How much a rule heard, and how much of it changed nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub readings: u64,
    /// After which the rule said what it had said before.
    pub dull: u64,
}

#[derive(Default)]
pub(crate) struct Watch {
    /// Event time from which readings are counted.
    from: i64,
    /// By rule and slot.
    slots: FxHashMap<(u32, u32), Watched>,
}

#[derive(Default)]
struct Watched {
    heard: Heard,
    /// The newest reading of each of the plan's measures.
    newest: Vec<Moment>,
}

/// A reading, and what the signals said when it had been heard.
pub(crate) struct Moment {
    pub(crate) event: Event,
    /// The plan's number of its measure.
    pub(crate) local: u8,
    said: Vec<Cell<Said>>,
    neighbours: Option<f64>,
}

impl Watch {
    pub(crate) fn from(from: i64) -> Watch {
        Watch { from, slots: FxHashMap::default() }
    }

    /// Notes a reading that was stepped, and whether the signal says something else since.
    pub(crate) fn note(
        &mut self,
        (r, n): (u32, u32),
        rule: &Rule,
        (e, local): (&Event, u8),
        was: Truth,
        zone: &Zone,
    ) {
        let Some(slot) = rule.slots.get(n as usize) else { return };
        let settings = &rule.settings.at(slot.place).nodes;
        let watched = self.slots.entry((r, n)).or_default();
        if e.at >= self.from {
            watched.heard.readings += 1;
            watched.heard.dull += u64::from(rule.truth(n) == was);
        }
        let said = slot.nodes.iter().zip(settings).map(|(node, s)| Cell::new(node.said(s, e.at, zone)));
        let neighbours = if rule.compares { rule.neighbours(n, e.at) } else { None };
        let moment = Moment { event: *e, local, said: said.collect(), neighbours };
        match watched.newest.iter_mut().find(|m| m.local == local) {
            Some(known) if known.event.at > e.at => {}
            Some(known) => *known = moment,
            None => watched.newest.push(moment),
        }
    }

    pub(crate) fn heard(&self, r: u32, n: u32) -> Heard {
        self.slots.get(&(r, n)).map(|w| w.heard).unwrap_or_default()
    }

    /// Of all slots of a rule that stand in one of the areas.
    pub(crate) fn heard_within(&self, r: u32, rule: &Rule, world: &World, within: &[AreaPath]) -> Heard {
        let mut sum = Heard::default();
        for ((of, n), watched) in &self.slots {
            let Some(slot) = rule.slots.get(*n as usize).filter(|_| *of == r) else { continue };
            let path = world.place_path(slot.place);
            if within.iter().any(|w| path.within(w)) {
                sum.readings += watched.heard.readings;
                sum.dull += watched.heard.dull;
            }
        }
        sum
    }

    /// The newest reading of each measure of `of` (bits of the plan's measures), the newest last.
    pub(crate) fn moments(&self, r: u32, n: u32, of: u32) -> Vec<&Moment> {
        let all = self.slots.get(&(r, n)).into_iter().flat_map(|w| &w.newest);
        let mut found: Vec<&Moment> = all.filter(|m| of & 1 << m.local != 0).collect();
        found.sort_by_key(|m| m.event.at);
        found
    }
}

impl Moment {
    /// What an expression saw of it.
    pub(crate) fn here<'a>(
        &'a self,
        world: &'a World,
        zone: &'a Zone,
        parameters: &'a [f64],
        (subject, eager): (u32, bool),
    ) -> Here<'a> {
        Here {
            world,
            zone,
            parameters,
            event: Some(&self.event),
            local: self.local,
            said: &self.said,
            at: self.event.at,
            subject,
            eager,
            neighbours: self.neighbours,
        }
    }
}

/// As [`Moment::here`], of a moment at which nothing was heard.
pub(crate) fn silence<'a>(
    world: &'a World,
    zone: &'a Zone,
    parameters: &'a [f64],
    said: &'a [Cell<Said>; NODES_MAX],
    (at, subject, eager): (i64, u32, bool),
) -> Here<'a> {
    let (event, local, neighbours) = (None, u8::MAX, None);
    Here { world, zone, parameters, event, local, said, at, subject, eager, neighbours }
}
