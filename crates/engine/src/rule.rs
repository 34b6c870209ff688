//! A rule in force: its plan, an area's parameter values, and one slot of state per key.
//!
//! Invariants
//! - RL1 A slot's findings open and end in turn; at most one signal and one coverage episode are open per slot.
//! - RL2 What a slot says depends only on its settled events, the registry as of them, and time: not on arrival.
//!   An eager rule depends on arrival by its nature.

use crate::{
    event::{Event, NONE, ValueTag},
    here::Here,
    operator::{self, Said, Settings, State, Truth, absent::Covered},
    world::World,
    zone::Zone,
};
use linli_model::{AreaId, Text};
use linli_rule::{
    RulePlan,
    plan::{Emission, Key, NODES_MAX, Operator},
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::{cell::Cell, sync::Arc};

/// Not one of this plan's measures.
const NOT_HEARD: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Episode {
    pub(crate) start: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// In the numbers of the rule's key: subjects, devices or texts.
    pub(crate) key: u32,
    pub(crate) subject: u32,
    pub(crate) place: u32,
    /// Event time of the newest reading stepped.
    pub(crate) last_at: i64,
    /// Due time of its entry among the timers; MAX: none.
    pub(crate) queued: i64,
    pub(crate) device: u32,
    #[serde(skip)]
    pub(crate) setting: u32,
    /// Its subject left the population.
    pub(crate) gone: bool,
    pub(crate) signal: Option<Episode>,
    pub(crate) coverage: Option<Episode>,
    /// What was said when the signal and the coverage episode opened; the end repeats it.
    pub(crate) said: [Option<Box<Text>>; 2],
    pub(crate) nodes: SmallVec<[State; 1]>,
}

impl Slot {
    /// One of its absences is unknown.
    pub(crate) fn cannot_tell(&self) -> bool {
        self.nodes.iter().any(|n| matches!(n, State::Absent(s) if s.truth() == Truth::Unknown))
    }
}

/// Parameter values in force somewhere, and the operators' settings they give.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) values: Vec<f64>,
    /// None: the template.
    pub(crate) set_by: Vec<Option<AreaId>>,
    pub(crate) nodes: Vec<Settings>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) plan: Arc<RulePlan>,
    pub(crate) pack: String,
    pub(crate) version: u32,
    pub(crate) text: String,
    pub(crate) active: bool,
    pub(crate) since: i64,
    /// By the engine's number of a measure: the plan's.
    pub(crate) local: Vec<u8>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) setting_at: FxHashMap<u32, u32>,
    /// By key: the slot.
    pub(crate) index: Vec<u32>,
    pub(crate) slots: Vec<Slot>,
}

/// What stepping a slot did to its episodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    SignalOpened(i64),
    SignalEnded { start: i64, end: i64 },
    CoverageOpened(i64),
    CoverageEnded { start: i64, end: i64 },
}

pub(crate) type Turns = SmallVec<[Turn; 2]>;

impl Rule {
    pub(crate) fn of(
        pack: &str,
        version: u32,
        text: &str,
        plan: Arc<RulePlan>,
        since: i64,
        world: &mut World,
    ) -> Rule {
        let mut rule = Rule {
            pack: pack.to_owned(),
            version,
            text: text.to_owned(),
            active: true,
            since,
            local: Vec::new(),
            settings: Vec::new(),
            setting_at: FxHashMap::default(),
            index: Vec::new(),
            slots: Vec::new(),
            plan,
        };
        rule.take_plan(world);
        rule
    }

    /// Tables that follow from the plan.
    pub(crate) fn take_plan(&mut self, world: &mut World) {
        self.local.clear();
        for (i, m) in self.plan.measures.iter().enumerate() {
            let n = world.measures.number(m.as_str()) as usize;
            if n >= self.local.len() {
                self.local.resize(n + 1, NOT_HEARD);
            }
            self.local[n] = i as u8;
        }
        self.forget_settings();
    }
    pub(crate) fn is_eager(&self) -> bool {
        self.plan.emission == Emission::Eager
    }
    pub(crate) fn watches(&self, population: &str) -> bool {
        self.plan.key == Key::Population(population.to_owned())
    }
    pub(crate) fn has_absent(&self) -> bool {
        self.plan.nodes.iter().any(|n| matches!(n.operator, Operator::Absent(_)))
    }

    // -- settings --

    /// Forgets what areas set; [`Rule::settle`] asks anew.
    pub(crate) fn forget_settings(&mut self) {
        self.setting_at.clear();
        let values = self.plan.values();
        let set_by = vec![None; values.len()];
        self.settings = vec![self.setting(values, set_by)];
    }
    fn setting(&self, values: Vec<f64>, set_by: Vec<Option<AreaId>>) -> Setting {
        let nodes = self.plan.nodes.iter().map(|n| Settings::of(&n.operator, &values)).collect();
        Setting { values, set_by, nodes }
    }
    /// The setting in force at a place.
    pub(crate) fn setting_for(&mut self, place: u32, world: &World) -> u32 {
        if !world.overrides.contains_key(&self.plan.rule) {
            return 0;
        }
        if let Some(n) = self.setting_at.get(&place) {
            return *n;
        }
        let (mut values, mut set_by) = (self.plan.values(), vec![None; self.plan.parameters.len()]);
        for (i, p) in self.plan.parameters.iter().enumerate() {
            if let Some((area, value)) = world.find_override(&self.plan.rule, place, &p.name)
                && !self.plan.mandatory
                && (p.min..=p.max).contains(&value)
            {
                (values[i], set_by[i]) = (value, Some(area));
            }
        }
        let n = if set_by.iter().all(Option::is_none) {
            0
        } else {
            let setting = self.setting(values, set_by);
            self.settings.push(setting);
            self.settings.len() as u32 - 1
        };
        self.setting_at.insert(place, n);
        n
    }

    // -- slots --

    #[inline]
    pub(crate) fn find_slot(&self, key: u32) -> Option<u32> {
        self.index.get(key as usize).copied().filter(|s| *s != NONE)
    }
    /// Begins a slot, or begins it anew for a subject that came back.
    pub(crate) fn begin(&mut self, key: u32, subject: u32, place: u32, at: i64, world: &World) -> u32 {
        let setting = self.setting_for(place, world);
        let mut nodes: SmallVec<[State; 1]> =
            self.settings[setting as usize].nodes.iter().map(|s| State::begin(s, at)).collect();
        if let Some(until) = world.away.get(&subject) {
            for node in &mut nodes {
                if let State::Absent(s) = node {
                    s.go_away((*until != i64::MAX).then_some(*until));
                }
            }
        }
        let slot = Slot {
            key,
            subject,
            place,
            last_at: i64::MIN,
            queued: i64::MAX,
            device: NONE,
            setting,
            gone: false,
            signal: None,
            coverage: None,
            said: [None, None],
            nodes,
        };
        if let Some(n) = self.find_slot(key) {
            self.slots[n as usize] = slot;
            return n;
        }
        let n = self.slots.len() as u32;
        self.slots.push(slot);
        if key as usize >= self.index.len() {
            self.index.resize(key as usize + 1, NONE);
        }
        self.index[key as usize] = n;
        n
    }
    pub(crate) fn reindex(&mut self) {
        self.index.clear();
        for (n, slot) in self.slots.iter().enumerate() {
            let key = slot.key as usize;
            if key >= self.index.len() {
                self.index.resize(key + 1, NONE);
            }
            self.index[key] = n as u32;
        }
    }

    /// The plan's number of an event's measure, if the rule hears it.
    #[inline]
    pub(crate) fn hears(&self, measure: u16) -> Option<u8> {
        self.local.get(measure as usize).copied().filter(|l| *l != NOT_HEARD)
    }

    /// The slot an event belongs to; for a population only its members have one.
    #[inline]
    pub(crate) fn slot_for(&mut self, e: &Event, world: &mut World) -> Option<u32> {
        let eager = self.is_eager();
        let key = match self.plan.key {
            Key::Device => e.device,
            Key::Subject | Key::Population(_) => world.subject_of_event(e, eager),
            Key::Value => e.text()?,
        };
        if let Some(n) = self.find_slot(key) {
            return (!self.slots[n as usize].gone).then_some(n);
        }
        if key == NONE || matches!(self.plan.key, Key::Population(_)) {
            return None;
        }
        let face = world.devices.get(e.device as usize).and_then(|d| d.face(eager));
        let place = face.map_or(0, |f| f.place);
        let subject = match self.plan.key {
            Key::Device => world.devices.get(e.device as usize)?.own_subject,
            Key::Value => world.key_subject(key),
            _ => key,
        };
        Some(self.begin(key, subject, place, e.at, world))
    }

    #[inline]
    pub(crate) fn due(&self, slot: &Slot) -> i64 {
        let settings = &self.settings[slot.setting as usize].nodes;
        let mut due = i64::MAX;
        for (state, s) in slot.nodes.iter().zip(settings) {
            due = due.min(state.due(s));
        }
        due
    }

    // -- stepping --

    /// Steps one event through the nodes of its slot.
    #[inline]
    pub(crate) fn step(&mut self, n: u32, e: &Event, local: u8, world: &World, zone: &Zone) -> Turns {
        let eager = self.is_eager();
        let Rule { plan, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        let setting = &settings[slot.setting as usize];
        slot.device = e.device;
        let several = plan.nodes.len() > 1;
        // Written only where somebody reads it.
        let said: [Cell<Said>; NODES_MAX];
        let said: &[Cell<Said>] = if several {
            said = [const { Cell::new(Said::Unknown) }; NODES_MAX];
            &said
        } else {
            &[]
        };
        let here = Here {
            world,
            zone,
            parameters: &setting.values,
            event: Some(e),
            local,
            said,
            at: e.at,
            subject: slot.subject,
            eager,
        };
        if eager && e.at < slot.last_at {
            return step_older(plan, setting, slot, &here, e, local);
        }
        slot.last_at = e.at;
        for (i, node) in plan.nodes.iter().enumerate() {
            if node.hears & 1 << local != 0 {
                step_node(node, &setting.nodes[i], &mut slot.nodes[i], &here, local);
            }
            if several {
                said[i].set(slot.nodes[i].said(&setting.nodes[i]));
            }
        }
        turn(plan, setting, slot, e.at)
    }

    /// Lets the time `at` come for a slot.
    pub(crate) fn fire(&mut self, n: u32, at: i64, world: &World, zone: &Zone) -> Turns {
        let Rule { plan, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        let setting = &settings[slot.setting as usize];
        let said = [const { Cell::new(Said::Unknown) }; NODES_MAX];
        let here = Here {
            world,
            zone,
            parameters: &setting.values,
            event: None,
            local: NOT_HEARD,
            said: &said,
            at,
            subject: slot.subject,
            eager: false,
        };
        let mut moved = 0u8;
        for (i, node) in plan.nodes.iter().enumerate() {
            let s = &setting.nodes[i];
            if slot.nodes[i].due(s) <= at {
                moved |= 1 << i;
                let covered = match &node.operator {
                    Operator::Absent(a) => coverage(plan, a.coverage, slot, world, at).0,
                    _ => Covered::Whole,
                };
                fire_node(s, &mut slot.nodes[i], at, covered);
            }
            if node.reads & moved != 0 {
                moved |= 1 << i;
                if let (Operator::Level(p), Settings::Level(t), State::Level(state)) =
                    (&node.operator, s, &mut slot.nodes[i])
                {
                    let raise = p.raise.eval(&here);
                    let clear = p.clear.as_ref().map_or(raise.map(|r| !r), |c| c.eval(&here));
                    state.step(t, at, raise, clear, None);
                }
            }
            said[i].set(slot.nodes[i].said(s));
        }
        turn(plan, setting, slot, at)
    }

    /// Does something to the absences of a slot, then says what it changed.
    pub(crate) fn with_absences(
        &mut self,
        n: u32,
        at: i64,
        f: &mut dyn FnMut(&mut operator::absent::State),
    ) -> Turns {
        let Rule { plan, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        for node in &mut slot.nodes {
            if let State::Absent(s) = node {
                f(s);
            }
        }
        turn(plan, &settings[slot.setting as usize], slot, at)
    }

    /// Ends whatever is open in a slot.
    pub(crate) fn close(&mut self, n: u32, at: i64) -> Turns {
        let slot = &mut self.slots[n as usize];
        let mut turns = Turns::new();
        if let Some(e) = slot.signal.take() {
            turns.push(Turn::SignalEnded { start: e.start, end: at.max(e.start) });
        }
        if let Some(e) = slot.coverage.take() {
            turns.push(Turn::CoverageEnded { start: e.start, end: at.max(e.start) });
        }
        turns
    }

    /// What the devices say that could have shown this slot, and which of them are silent.
    pub(crate) fn coverage(&self, slot: &Slot, world: &World, at: i64) -> (Covered, Vec<u32>) {
        let mode = self.plan.nodes.iter().find_map(|n| match &n.operator {
            Operator::Absent(a) => Some(a.coverage),
            _ => None,
        });
        mode.map_or((Covered::Whole, Vec::new()), |m| coverage(&self.plan, m, slot, world, at))
    }
}

fn coverage(
    plan: &RulePlan,
    mode: linli_rule::plan::Coverage,
    slot: &Slot,
    world: &World,
    at: i64,
) -> (Covered, Vec<u32>) {
    let member = matches!(plan.key, Key::Population(_));
    let place = if member { slot.place } else { NONE };
    let last = (slot.device != NONE).then_some(slot.device);
    let shows = |m: &str| plan.measures.iter().any(|p| p.as_str() == m);
    world.covered(mode, slot.subject, place, last, &shows, at)
}

#[inline]
fn step_node(node: &linli_rule::plan::Node, s: &Settings, state: &mut State, here: &Here<'_>, local: u8) {
    let Some(e) = here.event else { return };
    let own = node.of & 1 << local != 0;
    if own {
        if let Some(when) = &node.when {
            if when.eval(here) != Some(true) {
                return;
            }
        } else if node.true_flags_only
            && e.tag == ValueTag::Flag
            && e.value == 0.0
            && !matches!(state, State::Level(_) | State::Occupancy(_))
        {
            return;
        }
    }
    match (&node.operator, s, state) {
        (Operator::Level(p), Settings::Level(t), State::Level(state)) => {
            let raise = p.raise.eval(here);
            let clear = p.clear.as_ref().map_or(raise.map(|r| !r), |c| c.eval(here));
            state.step(t, e.at, raise, clear, Some(e));
        }
        (Operator::Absent(p), Settings::Absent(t), State::Absent(state)) if own => {
            let leaves = p.leaves.as_ref().is_some_and(|l| l.eval(here) == Some(true));
            state.step(t, e, leaves);
        }
        (Operator::Occupancy(p), Settings::Occupancy(t), State::Occupancy(state)) if own => {
            let input = e.number().and_then(|n| operator::occupancy_input(p, local, n));
            if let Some(input) = input {
                let registered =
                    if p.capacity == linli_rule::plan::Capacity::Device { here.capacity() } else { None };
                state.step(t, input, registered, e);
            }
        }
        (Operator::Streak(_), Settings::Streak(t), State::Streak(state)) if own => {
            state.step(t, e, here.zone)
        }
        (Operator::Window(p), Settings::Window(t), State::Window(state)) if own => {
            use linli_rule::expr::{Expr, TextExpr};
            let value = match &p.of {
                Expr::Number(x) => x.eval(here),
                Expr::Flag(x) => x.eval(here).map(f64::from),
                // A text is its number: equal texts have equal numbers, and that is all a window asks.
                Expr::Text(TextExpr::Value | TextExpr::Measure(_)) => e.text().map(f64::from),
                Expr::Text(x) => x.eval(here).map(number_of_text),
            };
            if let Some(value) = value {
                state.step(t, e, value);
            }
        }
        _ => {}
    }
}

/// 52 bits of a text's hash, exact as a float.
fn number_of_text(t: &str) -> f64 {
    use std::hash::{Hash, Hasher};
    let mut h = rustc_hash::FxHasher::default();
    t.hash(&mut h);
    (h.finish() >> 12) as f64
}

fn fire_node(s: &Settings, state: &mut State, at: i64, covered: Covered) {
    match (s, state) {
        (Settings::Level(t), State::Level(state)) => state.fire(t, at),
        (Settings::Absent(t), State::Absent(state)) => state.fire(t, at, covered),
        (Settings::Streak(t), State::Streak(state)) => state.fire(t, at),
        (Settings::Window(t), State::Window(state)) => state.fire(t, at),
        _ => {}
    }
}

/// An eager slot met a reading older than its newest: a count still adds up, an alarm is still told, nothing is cleared.
fn step_older(
    plan: &RulePlan,
    setting: &Setting,
    slot: &mut Slot,
    here: &Here<'_>,
    e: &Event,
    local: u8,
) -> Turns {
    let mut turns = Turns::new();
    let last = plan.nodes.len() - 1;
    match (&plan.nodes[last].operator, &mut slot.nodes[last]) {
        (Operator::Level(p), State::Level(_)) => {
            if slot.signal.is_none() && p.raise.eval(here) == Some(true) {
                turns.push(Turn::SignalOpened(e.at));
                turns.push(Turn::SignalEnded { start: e.at, end: slot.last_at });
            }
            turns
        }
        (Operator::Occupancy(p), State::Occupancy(state)) => {
            let add = e.number().and_then(|n| operator::occupancy_input(p, local, n));
            if let (Some(input @ operator::occupancy::Input::Add(_)), Settings::Occupancy(t)) =
                (add, &setting.nodes[last])
            {
                state.step(t, input, None, e);
            }
            turn(plan, setting, slot, slot.last_at)
        }
        _ => turns,
    }
}

/// Compares what the signal says with what is open.
#[inline]
fn turn(plan: &RulePlan, setting: &Setting, slot: &mut Slot, at: i64) -> Turns {
    let last = plan.nodes.len() - 1;
    let truth = slot.nodes[last].truth(&setting.nodes[last]);
    let mut turns = Turns::new();
    // Only an absence that lost its witnesses is worth a coverage finding; others are unknown until first heard.
    let blind = matches!(&slot.nodes[last], State::Absent(s) if s.is_blind());
    let holds = truth == Truth::True;
    if blind == slot.coverage.is_some() && (holds == slot.signal.is_some() || truth == Truth::Unknown) {
        return turns;
    }
    if !blind && let Some(e) = slot.coverage.take() {
        turns.push(Turn::CoverageEnded { start: e.start, end: at });
    }
    match (truth, slot.signal) {
        (Truth::True, None) => {
            slot.signal = Some(Episode { start: at });
            turns.push(Turn::SignalOpened(at));
        }
        (Truth::False, Some(e)) => {
            slot.signal = None;
            turns.push(Turn::SignalEnded { start: e.start, end: at });
        }
        _ => {}
    }
    if blind && slot.coverage.is_none() {
        slot.coverage = Some(Episode { start: at });
        turns.push(Turn::CoverageOpened(at));
    }
    turns
}
