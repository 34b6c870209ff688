//! A stretch of readings that settle together, gone through rule by rule instead of reading by reading.
//!
//! Most readings are heard by no rule or leave what a rule says as it was. What such a reading does to its slot concerns
//! nobody else, so it need not wait for its turn among the readings of others: first each rule by itself takes what it can
//! take quietly (OP4), one kind of reading and one kind of state after another, which a processor goes through several
//! times as fast; then everything that is left happens in its order, as it would have without this.
//!
//! Invariants
//! - SC1 Findings, states and snapshots are the same, to the byte, as when every reading is settled in its turn.
//! - SC2 A slot's readings stay in order: behind the first that cannot be taken quietly, or that comes after the slot's own
//!   timer, all its readings of the stretch keep their turn.
//! - SC3 Whatever more than one slot sees (devices heard, numbers given to names, slots that begin, timers, findings) happens
//!   in its turn only.

use crate::{
    buffer::Waiting,
    engine::{Engine, Route},
};
use linli_model::Finding;

/// Fewer readings are not worth the sorting.
const WORTH: usize = 16;

/// What has been sorted out of a stretch; kept for its memory.
#[derive(Default)]
pub(crate) struct Sorted {
    /// Places in the stretch of the readings of each measure.
    by_measure: Vec<Vec<u32>>,
    /// The measures that occur.
    measures: Vec<u16>,
    /// What a rule with several measures hears.
    joined: Vec<u32>,
    /// What keeps its turn: the reading's place, and the rule's number.
    left: Vec<(u32, u32)>,
}

impl Engine {
    /// Lets events happen that nothing but timers comes between. Everything before the first has happened, `reached` is
    /// how far that was.
    pub(crate) fn settle_stretch(&mut self, events: &[Waiting], reached: &mut i64, out: &mut Vec<Finding>) {
        // Who looks on wants to see every reading in its turn.
        if events.len() < WORTH || self.is_watched() {
            for w in events {
                self.fire_before(w.event.at, reached, out);
                self.settle(&w.event, out);
            }
            return;
        }
        let mut sorted = std::mem::take(&mut self.sorted);
        self.take_quietly(events, &mut sorted);
        let mut left = sorted.left.iter().peekable();
        // Most readings only let their device be heard: the next timer and the next turn are asked for when one was had.
        let (mut timer, mut turn) = (i64::MIN, 0);
        let mut passed = *reached;
        for (i, w) in events.iter().enumerate() {
            let e = &w.event;
            if timer < e.at {
                *reached = passed.max(*reached);
                self.fire_before(e.at, reached, out);
                timer = self.next_timer();
            }
            passed = e.at;
            let resumed = self.world.hear(e.device, e.at);
            if !resumed && i != turn {
                continue;
            }
            if resumed {
                self.look_again_at_blind(e.at, out);
            }
            while let Some((_, rule)) = left.next_if(|(place, _)| *place as usize == i) {
                if let Some(local) = self.rules[*rule as usize].hears(e.measure) {
                    self.settle_for(Route { rule: *rule, local }, e, out);
                }
            }
            turn = left.peek().map_or(usize::MAX, |(place, _)| *place as usize);
            timer = self.next_timer();
        }
        *reached = passed.max(*reached);
        self.sorted = sorted;
    }

    /// Lets timers from before `at` have their turn.
    #[inline]
    fn fire_before(&mut self, at: i64, reached: &mut i64, out: &mut Vec<Finding>) {
        while self.next_timer() < at {
            self.fire_next(reached, out);
        }
        *reached = at.max(*reached);
    }

    fn take_quietly(&mut self, events: &[Waiting], sorted: &mut Sorted) {
        let Sorted { by_measure, measures, joined, left } = sorted;
        left.clear();
        by_measure.resize(self.routes.len().max(by_measure.len()), Vec::new());
        for (i, w) in events.iter().enumerate() {
            let measure = usize::from(w.event.measure);
            if self.routes.get(measure).is_none_or(Vec::is_empty) {
                continue;
            }
            let places = &mut by_measure[measure];
            if places.is_empty() {
                measures.push(w.event.measure);
            }
            places.push(i as u32);
        }
        for measure in measures.iter() {
            let Some(routes) = self.routes.get(*measure as usize) else { continue };
            for route in routes {
                let rule = &mut self.rules[route.rule as usize];
                let of = |m: &&u16| rule.hears(**m).is_some();
                let several = measures.iter().filter(of).count() > 1;
                if several && measures.iter().find(of) != Some(measure) {
                    // That was done with the first of its measures.
                    continue;
                }
                joined.clear();
                if several {
                    joined.extend(measures.iter().filter(of).flat_map(|m| &by_measure[*m as usize]));
                    joined.sort_unstable();
                }
                let heard = if several { &*joined } else { &by_measure[*measure as usize] };
                rule.take_all_quietly(events, heard, &self.world, &self.zone, |place| {
                    left.push((place, route.rule));
                });
            }
        }
        // The rules of a reading have their turns in the order of their numbers, as its routes have them.
        left.sort_unstable();
        for measure in measures.drain(..) {
            by_measure[measure as usize].clear();
        }
    }
}
