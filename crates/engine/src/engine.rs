//! The engine of one partition: log entries in, findings out.
//!
//! Order of things at one event time: registry changes first, then readings, then timers. A reading exactly at a
//! deadline is in time; whoever joins at an instant is a member for the readings of that instant.
//!
//! Invariants
//! - EN1 Pure: the same entries give the same findings; time is the logged one.
//! - EN2 Settled rules see events in event time: shuffling arrivals inside the lateness changes nothing.
//! - EN3 A reading counts once inside the correction window, however often it comes.
//! - EN4 A snapshot at any position, restored, goes on as if nothing had happened (snapshot.rs).
//! - EN5 A rule text that does not pass the check is counted and left out; the engine never stops.
//! - EN6 No time is too odd: one outside the calendar's years is taken as the calendar's edge.

use crate::{
    buffer::{Buffer, Waiting},
    clock::event_time,
    config::EngineConfig,
    counters::Counters,
    dedupe::{SeenIds, Sight, content_of},
    emit::Emitter,
    event::{Event, NONE, ValueTag},
    explanation::{Explainer, Explanation},
    past::{CHECKPOINT_EVERY, CHECKPOINT_STEP, Past, READINGS_BETWEEN, READINGS_PER_STATE, START},
    rule::{Given, Rule, Turn, Turns},
    slot::About,
    stretch::Sorted,
    tie,
    watch::{Heard, Watch},
    watermark::Watermarks,
    world::{World, zone_of},
    zone::Zone,
};
use linli_model::{
    AreaPath, DeviceId, Finding, Instant, LogEntry, Millis, Reading, ReadingBatch, RegistryEntry, Subject,
    Value, finding::ParameterUsed,
};
use linli_rule::RulePlan;
use rustc_hash::FxHashMap;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

/// A rule that hears a measure, and its plan's number of the measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) rule: u32,
    pub(crate) local: u8,
}

pub struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) zone: Zone,
    pub(crate) world: World,
    pub(crate) rules: Vec<Rule>,
    pub(crate) by_name: FxHashMap<String, u32>,
    /// By measure: the settled rules that hear it, and the eager ones.
    pub(crate) routes: Vec<Vec<Route>>,
    pub(crate) eager_routes: Vec<Vec<Route>>,
    /// There is an eager rule.
    pub(crate) hears_at_once: bool,
    /// Rules with an absence in them.
    pub(crate) absent_rules: Vec<u32>,
    /// Due time, rule, slot.
    pub(crate) timers: BinaryHeap<Reverse<(i64, u32, u32)>>,
    pub(crate) buffer: Buffer,
    /// Registry changes that wait for their event time, by (time, number).
    pub(crate) pending: BTreeMap<(i64, u64), RegistryEntry>,
    pub(crate) watermarks: Watermarks,
    pub(crate) ids: SeenIds,
    /// Readings of the newest batch whose id was taken by another reading.
    pub(crate) conflicts: Vec<Reading>,
    pub(crate) counters: Counters,
    pub(crate) past: Past,
    /// What happened is happening again (correct.rs): nothing is told.
    pub(crate) redoing: bool,
    /// Event time from which the next checkpoint is owed.
    pub(crate) checkpoint_due: i64,
    pub(crate) registry_seq: u64,
    /// Numbers changes that came without one.
    pub(crate) unnumbered: u64,
    /// Somebody looks on.
    watch: Option<Box<Watch>>,
    pub(crate) sorted: Sorted,
}

impl Engine {
    pub fn from_config(config: EngineConfig) -> Engine {
        Engine {
            zone: zone_of(&config),
            world: World::of(&config),
            rules: Vec::new(),
            by_name: FxHashMap::default(),
            routes: Vec::new(),
            eager_routes: Vec::new(),
            hears_at_once: false,
            absent_rules: Vec::new(),
            timers: BinaryHeap::new(),
            buffer: Buffer::default(),
            pending: BTreeMap::new(),
            watermarks: Watermarks::default(),
            ids: SeenIds::default(),
            conflicts: Vec::new(),
            counters: Counters::default(),
            past: Past::default(),
            redoing: false,
            checkpoint_due: i64::MIN,
            registry_seq: 0,
            unnumbered: 0,
            watch: None,
            sorted: Sorted::default(),
            config,
        }
    }

    /// An engine with one rule in force since `since`, whatever its text says: a number of it is being tried. It is not for
    /// snapshots, which keep texts.
    pub fn with_plan(config: EngineConfig, plan: Arc<RulePlan>, since: Instant) -> Engine {
        let mut engine = Engine::from_config(config);
        let given = Given { pack: "", version: plan.version, text: "", home: None };
        engine.set_rule(given, plan, since.0, &mut Vec::new());
        engine
    }

    /// Takes one entry of the log; findings are appended to `out` in the order they were decided.
    pub fn step(&mut self, entry: &LogEntry, out: &mut Vec<Finding>) {
        match entry {
            LogEntry::Readings(batch) => self.step_batch(batch, out),
            LogEntry::Registry(change) => self.take_registry(change, out),
            LogEntry::Tick { at } => self.watermarks.pass(at.in_calendar().0),
        }
        self.drain(out);
        self.correct_when_due(out);
        self.forget_old_ids();
    }

    /// Readings since the last call whose id had come before with another content: without effect, for a person to see.
    pub fn take_conflicts(&mut self) -> Vec<Reading> {
        std::mem::take(&mut self.conflicts)
    }

    /// Lets everything before `to` happen, whatever its sources may still bring: the stream has ended, or a moment of the
    /// past is asked about.
    pub fn settle_until(&mut self, to: Instant, out: &mut Vec<Finding>) {
        self.correct(out);
        self.watermarks.reach(to.0);
        self.drain_to(to.0, out);
    }

    fn step_batch(&mut self, batch: &ReadingBatch, out: &mut Vec<Finding>) {
        let source = self.world.sources.number(batch.source.as_str());
        let received_at = batch.received_at.in_calendar();
        self.watermarks.pass(received_at.0);
        let settled_to = self.watermarks.partition();
        let mut newest = i64::MIN;
        for reading in &batch.readings {
            self.counters.readings += 1;
            let now = self.watermarks.now();
            let number = match self.ids.note(source, reading.id.as_str(), content_of(reading), now) {
                Sight::First(number) => number,
                Sight::Again => {
                    self.counters.duplicates += 1;
                    continue;
                }
                Sight::Conflict => {
                    self.counters.conflicts += 1;
                    self.conflicts.push(reading.clone());
                    continue;
                }
            };
            let event = self.intern(reading, number, received_at);
            newest = newest.max(event.at);
            self.take_event(event, tie::of_reading(reading), settled_to, out);
        }
        if newest != i64::MIN {
            self.watermarks.hear(source, newest, self.config.timing_of(&batch.source));
        }
    }

    /// The inner path, over interned and distinct events of one source; the numbers come from
    /// [`Engine::device_number`] and its sisters. Benchmarks and columnar replays drive this.
    pub fn step_events(
        &mut self,
        source: u32,
        received_at: Instant,
        events: &[Event],
        out: &mut Vec<Finding>,
    ) {
        let received_at = received_at.in_calendar();
        self.watermarks.pass(received_at.0);
        let settled_to = self.watermarks.partition();
        let limit = received_at.saturating_add(self.config.skew_max).0;
        let wrong = !self.world.clocks.is_empty();
        let mut newest = i64::MIN;
        for e in events {
            let mut e = *e;
            if wrong {
                e.at = e.at.saturating_sub(self.world.clocks.offset(e.device, received_at).0);
            }
            if e.at > limit {
                (e.at, e.clamped) = (limit, true);
                self.counters.clamped += 1;
            }
            newest = newest.max(e.at);
            let tie = (e.reading as u32).rotate_left(7) ^ e.device ^ u32::from(e.measure) << 24;
            if e.at >= settled_to && !self.hears_at_once {
                self.buffer.push(Waiting { event: e, tie });
            } else {
                self.take_event(e, tie, settled_to, out);
            }
        }
        self.counters.readings += events.len() as u64;
        if newest != i64::MIN {
            let name = linli_model::SourceId::new(self.world.sources.name(source));
            self.watermarks.hear(source, newest, self.config.timing_of(&name));
        }
        self.drain(out);
        self.correct_when_due(out);
    }

    fn take_event(&mut self, e: Event, tie: u32, settled_to: i64, out: &mut Vec<Finding>) {
        let beyond = e.at < settled_to.saturating_sub(self.config.correction_window.0);
        if !beyond && self.eager_routes.get(e.measure as usize).is_some_and(|r| !r.is_empty()) {
            self.step_eager(&e, out);
        }
        if e.at >= settled_to || (!beyond && self.past.is_blank()) {
            self.buffer.push(Waiting { event: e, tie });
        } else if beyond || !self.take_late(Waiting { event: e, tie }) {
            self.counters.late_beyond_window += 1;
        } else {
            self.counters.late += 1;
        }
    }

    fn intern(&mut self, r: &Reading, reading: u64, received_at: Instant) -> Event {
        let device = self.world.device(r.device.as_str());
        let offset = self.world.clocks.offset(device, received_at);
        let (at, clamped) = event_time(r.observed_at, offset, received_at, self.config.skew_max);
        self.counters.clamped += u64::from(clamped);
        let (tag, value) = match &r.value {
            Value::Number(n) => (ValueTag::Number, *n),
            Value::Flag(b) => (ValueTag::Flag, f64::from(*b)),
            Value::Text(t) => (ValueTag::Text, f64::from(self.world.texts.number(t))),
        };
        let flag = tag == ValueTag::Number && self.is_flag(r.measure.as_str());
        Event {
            at: at.0,
            value,
            reading,
            device,
            subject: r.subject.as_ref().map_or(NONE, |s| self.world.subject(s)),
            measure: self.world.measures.number(r.measure.as_str()) as u16,
            tag: if flag { ValueTag::Flag } else { tag },
            clamped,
        }
    }

    /// A flag may come as 0 or 1: the catalogue says what it is.
    pub(crate) fn is_flag(&self, measure: &str) -> bool {
        let found = self.config.catalogue.find(measure);
        found.is_some_and(|m| m.kind == linli_rule::ValueKind::Flag)
    }

    // -- time --

    /// Lets everything happen that lies before the watermark.
    fn drain(&mut self, out: &mut Vec<Finding>) {
        self.watermarks.advance();
        let to = self.watermarks.advance_unheard(self.config.timing.idle.0);
        self.drain_to(to, out);
    }

    pub(crate) fn drain_to(&mut self, to: i64, out: &mut Vec<Finding>) {
        let mut reached = i64::MIN;
        // Nothing that happens adds to what waits.
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut rest = buffer.leave_until(to);
        loop {
            let registry = self.pending.first_key_value().map_or(i64::MAX, |(k, _)| k.0);
            let timer = self.next_timer();
            let event = rest.first().map_or(i64::MAX, |w| w.event.at);
            let next = registry.min(timer).min(event);
            if next >= to {
                break;
            }
            reached = reached.max(next);
            if next >= self.checkpoint_due {
                self.checkpoint(next);
            }
            if registry == next {
                if let Some((key, entry)) = self.pending.pop_first() {
                    self.apply_settled(&entry, next, out);
                    self.past.registry.insert(key, entry);
                }
            } else if event == next {
                let end = registry.min(self.checkpoint_due);
                let (stretch, later) = rest.split_at(rest.partition_point(|w| w.event.at < end));
                self.settle_stretch(stretch, &mut reached, out);
                self.past.settled(stretch);
                rest = later;
            } else {
                self.fire_next(&mut reached, out);
            }
        }
        self.buffer = buffer;
    }

    #[inline]
    pub(crate) fn next_timer(&self) -> i64 {
        self.timers.peek().map_or(i64::MAX, |t| t.0.0)
    }

    /// Lets the next timer have its turn.
    pub(crate) fn fire_next(&mut self, reached: &mut i64, out: &mut Vec<Finding>) {
        if let Some(Reverse((at, rule, slot))) = self.timers.pop() {
            *reached = at.max(*reached);
            self.fire(at, *reached, rule, slot, out);
        }
    }

    /// Keeps how everything stands before `next` happens, if enough has happened since it was kept last.
    fn checkpoint(&mut self, next: i64) {
        let at = next.saturating_sub(next.rem_euclid(CHECKPOINT_STEP));
        self.checkpoint_due = at.saturating_add(CHECKPOINT_STEP);
        let newest = self.past.checkpoints.back().map(|c| c.at);
        let worth = READINGS_BETWEEN.max(READINGS_PER_STATE * self.slots());
        let due = newest.is_none_or(|n| at.saturating_sub(n) >= CHECKPOINT_EVERY);
        if !due && self.past.settled_since < worth {
            return;
        }
        // The first one stands before everything.
        let at = if newest.is_none() { START } else { at };
        self.past.keep(at, &self.rules, &self.world);
        // What waits to be set right is still to go back behind.
        let window = self.config.correction_window.0;
        let reached = next.saturating_sub(window).min(self.past.first_late().unwrap_or(i64::MAX));
        self.past.forget_before(reached, window);
    }

    /// An event whose turn has come.
    #[inline]
    pub(crate) fn settle(&mut self, e: &Event, out: &mut Vec<Finding>) {
        self.hear(e, out);
        let Some(n) = self.routes.get(e.measure as usize).map(Vec::len) else { return };
        for i in 0..n {
            self.settle_for(self.routes[e.measure as usize][i], e, out);
        }
    }

    /// Its device was heard.
    #[inline]
    pub(crate) fn hear(&mut self, e: &Event, out: &mut Vec<Finding>) {
        if self.world.hear(e.device, e.at) {
            self.look_again_at_blind(e.at, out);
        }
    }

    /// One of the rules that hear an event has its turn.
    #[inline]
    pub(crate) fn settle_for(&mut self, Route { rule: r, local }: Route, e: &Event, out: &mut Vec<Finding>) {
        let rule = &mut self.rules[r as usize];
        let Some(slot) = rule.slot_for(e, &mut self.world, &self.zone) else { return };
        // Who looks on wants to see every reading.
        if self.watch.is_none() && rule.take_quietly(slot, (e, local), &self.world, &self.zone) {
            return;
        }
        self.step_through((r, slot), (e, local), out);
    }

    /// Steps a reading through a rule's slot, with what follows from it.
    fn step_through(&mut self, (r, slot): (u32, u32), heard: (&Event, u8), out: &mut Vec<Finding>) {
        let Engine { watch, redoing, rules, world, zone, .. } = self;
        let turns = step_rule(watch, *redoing, (r, slot), &mut rules[r as usize], heard, world, zone);
        if !self.rules[r as usize].is_eager() {
            self.queue(r, slot);
        }
        if !turns.is_empty() {
            self.emit(r, slot, &turns, out);
        }
    }

    pub(crate) fn step_eager(&mut self, e: &Event, out: &mut Vec<Finding>) {
        for i in 0..self.eager_routes[e.measure as usize].len() {
            let Route { rule: r, local } = self.eager_routes[e.measure as usize][i];
            let rule = &mut self.rules[r as usize];
            let Some(slot) = rule.slot_for(e, &mut self.world, &self.zone) else { continue };
            self.step_through((r, slot), (e, local), out);
        }
    }

    /// A timer of `at` has come. A deadline that a change moved into the past passes when the change holds, at `now`.
    pub(crate) fn fire(&mut self, at: i64, now: i64, r: u32, slot: u32, out: &mut Vec<Finding>) {
        let Some(rule) = self.rules.get_mut(r as usize) else { return };
        if rule.slots.get(slot as usize).is_none_or(|s| s.queued != at) {
            return;
        }
        rule.slots[slot as usize].queued = i64::MAX;
        let live = rule.active && !rule.slots[slot as usize].is_gone();
        if live && rule.due(&rule.slots[slot as usize], &self.zone) <= now {
            let turns = rule.fire(slot, now, 0, &self.world, &self.zone);
            self.emit(r, slot, &turns, out);
        }
        if live {
            self.queue(r, slot);
        }
    }

    /// Nodes of a slot were changed from outside, at `at`: what follows from it.
    pub(crate) fn look_again(&mut self, r: u32, slot: u32, moved: u8, at: i64, out: &mut Vec<Finding>) {
        let turns = self.rules[r as usize].fire(slot, at, moved, &self.world, &self.zone);
        self.emit(r, slot, &turns, out);
        self.queue(r, slot);
    }

    /// Puts a slot's due time among the timers, unless an earlier entry of it is there.
    pub(crate) fn queue(&mut self, r: u32, slot: u32) {
        let rule = &mut self.rules[r as usize];
        let due = rule.due(&rule.slots[slot as usize], &self.zone);
        if due < rule.slots[slot as usize].queued {
            rule.slots[slot as usize].queued = due;
            self.timers.push(Reverse((due, r, slot)));
        }
    }

    pub(crate) fn emit(&mut self, r: u32, slot: u32, turns: &Turns, out: &mut Vec<Finding>) {
        if turns.is_empty() {
            return;
        }
        for turn in turns {
            let rule = &self.rules[r as usize];
            let emitter = Emitter {
                rule,
                slot: &rule.slots[slot as usize],
                world: &self.world,
                zone: &self.zone,
                ids: &self.ids,
                now: self.watermarks.now(),
            };
            let mut finding = emitter.finding(*turn);
            let opened = match turn {
                Turn::SignalOpened(_) => Some(About::Signal),
                Turn::CoverageOpened(_) => Some(About::Coverage),
                Turn::SignalEnded { .. } | Turn::CoverageEnded { .. } => None,
            };
            let mut named = turn.named();
            if let Some(about) = opened {
                let rule = &mut self.rules[r as usize];
                let (eager, name) = (rule.is_eager(), rule.plan.rule.clone());
                let slot = &mut rule.slots[slot as usize];
                slot.episodes.say(about, finding.sentence.clone());
                if !self.redoing && !eager {
                    // Nearly always it is free.
                    if self.past.told.contains_key(&finding.id) {
                        (named, finding.id) =
                            self.past.free_name(&name, finding.kind, &finding.subject, finding.start.0);
                    }
                    slot.episodes.name(about, named);
                }
            }
            if !self.redoing && !self.rules[r as usize].is_eager() {
                self.past.tell(&finding, named);
            }
            out.push(finding);
        }
        self.rules[r as usize].slots[slot as usize].episodes.forget_words();
        self.counters.findings += turns.len() as u64;
    }

    fn forget_old_ids(&mut self) {
        // What can happen again keeps its ids: the window, the way to the checkpoint in front of it, and what our
        // clock is ahead of the watermark.
        let kept = self.config.correction_window.0.saturating_add(2 * CHECKPOINT_EVERY);
        let before = self.watermarks.now().saturating_sub(kept);
        if !self.ids.is_due(before) {
            return;
        }
        let mut used: Vec<u64> = self.buffer.readings().collect();
        // Where little happens, checkpoints stand far apart.
        used.extend(self.past.readings(before.saturating_add(self.config.skew_max.0)));
        for slot in self.rules.iter().flat_map(|r| &r.slots) {
            for node in slot.nodes.iter() {
                node.each_seen(&mut |s| used.push(s.reading));
            }
        }
        self.ids.forget_before(before, used.into_iter());
    }

    // -- looking in --

    pub fn counters(&self) -> Counters {
        self.counters
    }
    /// Event time up to which rules have decided; None before the first entry.
    pub fn watermark(&self) -> Option<Instant> {
        let w = self.watermarks.partition();
        (w != i64::MIN).then_some(Instant(w))
    }
    /// What a reading of a device counts as, in event time.
    pub fn event_time(&self, device: &DeviceId, observed_at: Instant, received_at: Instant) -> Instant {
        let number = self.world.device_names.find(device.as_str());
        let offset = number.map_or(Millis(0), |n| self.world.clocks.offset(n, received_at));
        event_time(observed_at, offset, received_at, self.config.skew_max).0
    }
    /// Rules in force: code, version.
    pub fn rules(&self) -> impl Iterator<Item = (&str, u32)> {
        self.rules.iter().filter(|r| r.active).map(|r| (r.plan.rule.as_str(), r.version))
    }
    /// How many keys all rules keep a state for.
    pub fn slots(&self) -> usize {
        self.rules.iter().map(|r| r.slots.len()).sum()
    }

    /// Why a rule does or does not hold for a subject at the watermark.
    pub fn explain(&self, rule: &str, subject: &Subject) -> Option<Explanation> {
        let r = *self.by_name.get(rule)?;
        let rule = &self.rules[r as usize];
        let number = self.world.subjects.find(&subject.to_string())?;
        let slot = rule.slots.iter().find(|s| s.subject == number && !s.is_gone())?;
        let n = rule.find_slot(slot.key)?;
        let emitter = Emitter {
            rule,
            slot,
            world: &self.world,
            zone: &self.zone,
            ids: &self.ids,
            now: self.watermarks.now(),
        };
        let explainer = Explainer {
            emitter,
            numbers: (r, n),
            watch: self.watch.as_deref(),
            catalogue: &self.config.catalogue,
            at: self.watermarks.partition(),
        };
        Some(explainer.explanation(subject))
    }

    /// The values of a rule's parameters in force in an area, with who set them.
    pub fn parameters_at(&mut self, rule: &str, area: &AreaPath) -> Vec<ParameterUsed> {
        let Some(r) = self.by_name.get(rule) else { return Vec::new() };
        let place = self.world.places.number(area.as_str());
        let rule = &mut self.rules[*r as usize];
        rule.ask_setting(place, &self.world);
        rule.parameters(rule.settings.at(place))
    }

    /// From now on notes what rules hear (watch.rs); readings before `from` are not counted.
    pub fn watch(&mut self, from: Instant) {
        self.watch = Some(Box::new(Watch::from(from.0)));
    }
    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }
    /// What a rule heard of subjects in these areas since it is watched.
    pub fn heard(&self, rule: &str, within: &[AreaPath]) -> Heard {
        let (Some(watch), Some(r)) = (&self.watch, self.by_name.get(rule)) else { return Heard::default() };
        watch.heard_within(*r, &self.rules[*r as usize], &self.world, within)
    }

    // -- numbers for step_events --

    pub fn source_number(&mut self, name: &str) -> u32 {
        self.world.sources.number(name)
    }
    pub fn device_number(&mut self, id: &str) -> u32 {
        self.world.device(id)
    }
    pub fn measure_number(&mut self, code: &str) -> u16 {
        self.world.measures.number(code) as u16
    }
    pub fn subject_number(&mut self, s: &Subject) -> u32 {
        self.world.subject(s)
    }
    pub fn text_number(&mut self, t: &str) -> u32 {
        self.world.texts.number(t)
    }
}

/// Steps an event through a rule's slot; who looks on notes it. What happens again is not heard again.
#[inline]
fn step_rule(
    watch: &mut Option<Box<Watch>>,
    redoing: bool,
    (r, slot): (u32, u32),
    rule: &mut Rule,
    (e, local): (&Event, u8),
    world: &World,
    zone: &Zone,
) -> Turns {
    let Some(watch) = watch.as_mut().filter(|_| !redoing) else {
        return rule.step(slot, e, local, world, zone);
    };
    let was = rule.truth(slot);
    let turns = rule.step(slot, e, local, world, zone);
    watch.note((r, slot), rule, (e, local), was, zone);
    turns
}
