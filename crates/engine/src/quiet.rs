//! What a rule can take of readings without anything following from it.
//!
//! A rule says after most readings what it said before. Where it is one signal, or a number and the level that reads it,
//! its operators take such a reading in a few instructions (OP4) and nothing else need be asked: no episode, no gate, no
//! timer.
//!
//! Invariants
//! - QU1 What is taken quietly leaves slot and operator as a step through the slot would have left them.
//! - QU2 Nothing is open in the slot and it does not hold, before and after; its timer, if it has one, still lies ahead, and
//!   is not too late. So no finding, no timer and no other slot can tell the difference.
//! - QU3 Only the signal's own readings are, and the first of a slot is not: it may have to put the slot among the timers.

use crate::{
    buffer::Waiting,
    event::{Event, NONE, ValueTag},
    here::Here,
    operator::{self, Truth},
    rule::{InForce, Rule},
    slot::{Nodes, Slot},
    world::World,
    zone::Zone,
};
use linli_rule::{
    RulePlan,
    parts::is_of_subject_alone,
    plan::{Emission, Key, Operator},
};

/// Which readings of a rule may be taken quietly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quiet {
    /// By bit: the plan's measures.
    of: u32,
    /// A flag that is not true does not count.
    true_flags_only: bool,
    /// The readings of some subjects do not count; of whose, is fixed.
    sifts: bool,
    /// By slot: whether its subject's do, once that was asked.
    counts: Vec<Option<bool>>,
    /// By slot, as bits: its readings of the stretch keep their turn (SC2).
    stopped: Vec<u64>,
}

impl Quiet {
    pub(crate) fn of(plan: &RulePlan) -> Quiet {
        let node = match plan.nodes.as_slice() {
            [node] => node,
            // What the level reads is all it hears.
            [number, level] if level.when.is_none() => number,
            _ => return Quiet::default(),
        };
        let fixed = node.when.as_ref().is_none_or(is_of_subject_alone);
        if plan.emission == Emission::Eager || !fixed {
            return Quiet::default();
        }
        let (true_flags_only, sifts) = (node.true_flags_only, node.when.is_some());
        Quiet { of: node.of, true_flags_only, sifts, ..Quiet::default() }
    }
    /// Another key may stand in a slot.
    pub(crate) fn forget(&mut self, n: u32) {
        if let Some(counts) = self.counts.get_mut(n as usize) {
            *counts = None;
        }
    }
    pub(crate) fn forget_all(&mut self) {
        self.counts.clear();
    }
    /// Whether readings of a slot count, as far as that was asked.
    #[inline]
    fn counts(&self, n: u32) -> Option<bool> {
        if self.sifts { self.counts.get(n as usize).copied().flatten() } else { Some(true) }
    }

    /// QU1–QU3 of one reading; `counts`: its subject's do. Handing over what it needs would cost a third of what it does.
    #[inline(always)]
    fn take(
        &self,
        slot: &mut Slot,
        (settings, operator): (&InForce, &Operator),
        (e, local, counts): (&Event, u8, bool),
        zone: &Zone,
    ) -> bool {
        let ready = slot.was_heard() && e.at <= slot.queued && slot.episodes.none();
        let no_sign = self.true_flags_only && e.tag == ValueTag::Flag && e.value == 0.0;
        if !ready || no_sign || self.of & 1 << local == 0 {
            return false;
        }
        let taken = match (&mut slot.nodes, settings.at(slot.place).nodes.as_slice()) {
            (Nodes::One(state), [setting]) if counts => {
                operator::take_quietly(operator, setting, state, (e, local), zone)
            }
            (Nodes::One(state), [setting]) => state.truth(setting) == Truth::False,
            // Of a reading that does not count the level hears all the same.
            (Nodes::Several(states), settings) if counts => {
                match (states.as_mut_array(), settings.as_array()) {
                    (Some(states), Some(settings)) => {
                        operator::take_quietly_for_level(operator, settings, states, e)
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        if taken {
            slot.device = e.device;
        }
        taken
    }
}

impl Rule {
    /// Takes a reading quietly, if it is one for that; else nothing was done.
    #[inline]
    pub(crate) fn take_quietly(
        &mut self,
        n: u32,
        (e, local): (&Event, u8),
        world: &World,
        zone: &Zone,
    ) -> bool {
        if self.quiet.of & 1 << local == 0 {
            return false;
        }
        let counts =
            self.quiet.counts(n).unwrap_or_else(|| self.ask_whether_counts(n, (e, local), world, zone));
        let Rule { plan, settings, slots, quiet, .. } = self;
        let Some(node) = plan.nodes.first() else { return false };
        quiet.take(&mut slots[n as usize], (settings, &node.operator), (e, local, counts), zone)
    }

    /// Takes what it can of a stretch (SC2); `left` is told the places of what keeps its turn. `heard`: the places of the
    /// readings it hears, in order.
    pub(crate) fn take_all_quietly(
        &mut self,
        events: &[Waiting],
        heard: &[u32],
        world: &World,
        zone: &Zone,
        left: impl FnMut(u32),
    ) {
        let Rule { plan, home, pairs, lately, index, local, slots, settings, quiet, .. } = self;
        let place = |e: &Event| world.place_of(e.device, false);
        let pass = Pass { local, index, slots, settings, quiet, plan, zone };
        // One loop for each way to a key: what is the same for all readings is asked once.
        let events = heard.iter().map(|i| (*i, &events[*i as usize].event));
        match (&plan.key, plan.apart) {
            // Whose home it is, and new areas, are for their turn.
            _ if home.is_some() => pass.go(events, |_| None, left),
            (Key::Device, None) => pass.go(events, |e| Some(e.device), left),
            (Key::Value, None) => pass.go(events, Event::text, left),
            (Key::Area { depth }, None) => pass.go(events, |e| world.known_ancestor(place(e), *depth), left),
            (_, None) => pass.go(events, |e| Some(world.subject_of_event(e, false)), left),
            (key, Some(_)) => {
                let together = |e: &Event| {
                    let (key, place) = match key {
                        Key::Value => (e.text()?, place(e)),
                        Key::Device => (e.device, place(e)),
                        Key::Subject | Key::Population(_) => (world.subject_of_event(e, false), place(e)),
                        Key::Area { .. } => return None,
                    };
                    match lately.get(key as usize) {
                        Some((there, n)) if *there == place => Some(*n),
                        _ => pairs.get(&(key, place)).copied(),
                    }
                };
                pass.go(events, together, left);
            }
        }
    }

    fn ask_whether_counts(&mut self, n: u32, (e, local): (&Event, u8), world: &World, zone: &Zone) -> bool {
        let slot = &self.slots[n as usize];
        let here = Here {
            world,
            zone,
            parameters: &self.settings.at(slot.place).values,
            event: Some(e),
            local,
            said: &[],
            at: e.at,
            subject: slot.subject,
            eager: false,
            neighbours: None,
        };
        let when = self.plan.nodes.first().and_then(|node| node.when.as_ref());
        let counts = when.is_none_or(|when| when.eval(&here) == Some(true));
        if self.quiet.counts.len() < self.slots.len() {
            self.quiet.counts.resize(self.slots.len(), None);
        }
        self.quiet.counts[n as usize] = Some(counts);
        counts
    }
}

/// A rule's way through a stretch.
struct Pass<'a> {
    local: &'a [u8],
    index: &'a [u32],
    slots: &'a mut [Slot],
    settings: &'a InForce,
    quiet: &'a mut Quiet,
    plan: &'a RulePlan,
    zone: &'a Zone,
}

impl Pass<'_> {
    /// `key` gives an event's, where it is known.
    #[inline(never)]
    fn go<'e>(
        self,
        events: impl Iterator<Item = (u32, &'e Event)>,
        key: impl Fn(&Event) -> Option<u32>,
        mut left: impl FnMut(u32),
    ) {
        let Pass { local, index, slots, settings, quiet, plan, zone } = self;
        let slot_of = |e: &Event| index.get(key(e)? as usize).copied().filter(|n| *n != NONE);
        let (true, Some(node)) = (quiet.of != 0, plan.nodes.first()) else {
            for (i, e) in events {
                look_ahead(slot_of(e).and_then(|n| slots.get(n as usize)));
                left(i);
            }
            return;
        };
        let mut stopped = std::mem::take(&mut quiet.stopped);
        stopped.resize(slots.len().div_ceil(64), 0);
        let mut stops = Vec::new();
        for (i, e) in events {
            let Some(n) = slot_of(e) else {
                left(i);
                continue;
            };
            let (word, bit) = (n as usize / 64, 1 << (n % 64));
            if stopped[word] & bit == 0
                && let (Some(counts), Some(local)) = (quiet.counts(n), local.get(e.measure as usize))
                && quiet.take(&mut slots[n as usize], (settings, &node.operator), (e, *local, counts), zone)
            {
                continue;
            }
            stopped[word] |= bit;
            stops.push(word);
            left(i);
        }
        stops.into_iter().for_each(|word| stopped[word] = 0);
        quiet.stopped = stopped;
    }
}

/// Looks at a state that a reading will be stepped through soon. One does not depend on the other, so what has to be
/// fetched from memory is fetched side by side instead of one after another.
#[inline]
fn look_ahead(slot: Option<&Slot>) {
    std::hint::black_box(slot.and_then(|s| s.nodes.first()).map(operator::State::glance));
}
