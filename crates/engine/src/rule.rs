//! A rule in force: its plan, an area's parameter values, and one slot of state per key.
//!
//! An area's own rule has a home: it hears the devices that stand there, watches the members who live there, and asks only
//! what stands there whether it could have seen something. A device or member that leaves takes what is open along.
//!
//! Invariants
//! - RL1 A slot's findings open and end in turn; at most one signal and one coverage episode are open per slot.
//! - RL2 What a slot says depends only on its settled events, the registry as of them, and time: not on arrival.
//!   An eager rule depends on arrival by its nature.
//! - RL3 What an own rule finds lies in its home, and nothing outside of it has a part in it.

use crate::{
    event::{Event, NONE},
    gate::Gate,
    here::Here,
    operator::{self, Said, Settings, State, Truth, absent::Covered},
    quiet::Quiet,
    slot::{About, Episodes, Nodes, Slot},
    world::World,
    zone::Zone,
};
use linli_model::{AreaId, AreaPath, OwnCode, finding::ParameterUsed};
use linli_rule::{
    Catalogue, RulePlan,
    plan::{Emission, From, Key, NODES_MAX, Operator, Residual},
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::{cell::Cell, sync::Arc};

/// Not one of this plan's measures.
const NOT_HEARD: u8 = u8::MAX;

/// Parameter values in force somewhere, and the operators' settings they give.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) values: Vec<f64>,
    /// None: the template.
    pub(crate) set_by: Vec<Option<AreaId>>,
    pub(crate) nodes: Vec<Settings>,
    pub(crate) gate: Option<Box<Gate>>,
}

/// The settings in force: one or few, however many keys there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct InForce {
    /// The template's, then those of areas.
    all: Vec<Setting>,
    /// By place: which of them; beyond it the template's.
    of: Vec<u32>,
}

impl InForce {
    /// The setting in force at a place, as it was asked for last ([`Rule::ask_setting`]).
    #[inline]
    pub(crate) fn at(&self, place: u32) -> &Setting {
        let n = self.of.get(place as usize).filter(|n| **n != NONE).copied().unwrap_or(0);
        &self.all[n as usize]
    }
    fn is_known(&self, place: u32) -> bool {
        self.of.get(place as usize).is_some_and(|n| *n != NONE)
    }
    fn note(&mut self, place: u32, n: u32) {
        let places = self.of.len().max(place as usize + 1);
        self.of.resize(places, NONE);
        self.of[place as usize] = n;
    }
}

/// Where an area's own rule is in force, and its code there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Home {
    pub(crate) path: AreaPath,
    pub(crate) code: String,
}

/// A rule as it was set.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) pack: &'a str,
    pub(crate) version: u32,
    pub(crate) text: &'a str,
    pub(crate) home: Option<&'a Arc<Home>>,
}

/// The plan of a text as it runs, an area's own under its code there; None when it may not run.
pub(crate) fn plan_of(text: &str, home: Option<&Home>, catalogue: &Catalogue) -> Option<Arc<RulePlan>> {
    let plan = linli_rule::check(text, catalogue).ok()?;
    let Some(home) = home else { return Some(plan) };
    // Life safety and what nobody may weaken are the street's.
    let may = plan.emission == Emission::Settled && !plan.mandatory;
    let named = OwnCode::read(&home.code).is_some_and(|code| code.rule == plan.rule);
    (may && named).then(|| Arc::new(RulePlan { rule: home.code.clone(), ..RulePlan::clone(&plan) }))
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) plan: Arc<RulePlan>,
    /// None: the street's, in force everywhere.
    pub(crate) home: Option<Arc<Home>>,
    pub(crate) pack: String,
    pub(crate) version: u32,
    pub(crate) text: Arc<str>,
    pub(crate) active: bool,
    pub(crate) since: i64,
    /// By the engine's number of a measure: the plan's.
    pub(crate) local: Vec<u8>,
    pub(crate) settings: InForce,
    /// By key: the slot.
    pub(crate) index: Vec<u32>,
    pub(crate) slots: Vec<Slot>,
    /// One of its signals compares a key with its neighbours.
    pub(crate) compares: bool,
    pub(crate) quiet: Quiet,
    /// Neighbourhoods: the slots below an area, and each slot's area.
    around: FxHashMap<u32, Vec<u32>>,
    around_of: Vec<u32>,
    /// By key and the device's place: the subject they make, for keys kept apart.
    pub(crate) pairs: FxHashMap<(u32, u32), u32>,
    /// By key: the place of its newest reading that had to be looked up, and the subject they make. Most stay in one place.
    pub(crate) lately: Vec<(u32, u32)>,
}

/// What stepping a slot did to its episodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    SignalOpened(i64),
    SignalEnded { start: i64, named: i64, end: i64 },
    CoverageOpened(i64),
    CoverageEnded { start: i64, named: i64, end: i64 },
}

impl Turn {
    /// The start the finding's id is made of.
    pub(crate) fn named(self) -> i64 {
        match self {
            Turn::SignalOpened(start) | Turn::CoverageOpened(start) => start,
            Turn::SignalEnded { named, .. } | Turn::CoverageEnded { named, .. } => named,
        }
    }
}

/// Nearly always none.
pub(crate) type Turns = Vec<Turn>;

impl Rule {
    pub(crate) fn of(given: Given<'_>, plan: Arc<RulePlan>, since: i64, world: &mut World) -> Rule {
        let mut rule = Rule {
            home: given.home.cloned(),
            pack: given.pack.to_owned(),
            version: given.version,
            text: given.text.into(),
            active: true,
            since,
            local: Vec::new(),
            settings: InForce::default(),
            index: Vec::new(),
            slots: Vec::new(),
            compares: false,
            quiet: Quiet::default(),
            around: FxHashMap::default(),
            around_of: Vec::new(),
            pairs: FxHashMap::default(),
            lately: Vec::new(),
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
        self.compares = self.neighbourhood().is_some();
        self.quiet = Quiet::of(&self.plan);
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

    // -- home --

    /// Whether a place is one it looks at.
    #[inline]
    pub(crate) fn is_at_home(&self, place: u32, world: &World) -> bool {
        self.home.as_ref().is_none_or(|h| world.places.name(place).starts_with(h.path.as_str()))
    }
    /// The area so many levels below the partition in which a place lies; not above its home.
    pub(crate) fn area_around(&self, place: u32, depth: u32, world: &mut World) -> u32 {
        let area = world.ancestor(place, depth);
        match &self.home {
            Some(home) if !self.is_at_home(area, world) => world.places.number(home.path.as_str()),
            _ => area,
        }
    }
    /// The area in whose rule it is.
    pub(crate) fn home_area(&self) -> Option<AreaId> {
        self.home.as_ref().and_then(|h| h.path.ids().next_back())
    }

    // -- settings --

    /// Forgets what areas set; [`Rule::ask_setting`] asks anew.
    pub(crate) fn forget_settings(&mut self) {
        let values = self.plan.values();
        let set_by = vec![None; values.len()];
        self.settings = InForce { all: vec![self.setting(values, set_by)], of: Vec::new() };
    }
    fn setting(&self, values: Vec<f64>, set_by: Vec<Option<AreaId>>) -> Setting {
        let nodes = self.plan.nodes.iter().map(|n| Settings::of(&n.operator, &values)).collect();
        Setting { values, set_by, nodes, gate: None }
    }
    /// Finds the setting in force at a place where slots are to stand.
    pub(crate) fn ask_setting(&mut self, place: u32, world: &World) {
        let of_areas =
            world.overrides.contains_key(&self.plan.rule) || world.terms.contains_key(&self.plan.rule);
        // A number beyond its table comes from a snapshot that was made up (SN3).
        if !of_areas || self.settings.is_known(place) || place as usize >= world.places.len() {
            return;
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
        let gate = Gate::of(&self.plan, place, world).map(Box::new);
        let n = if set_by.iter().all(Option::is_none) && gate.is_none() {
            0
        } else {
            let setting = Setting { gate, ..self.setting(values, set_by) };
            self.settings.all.push(setting);
            self.settings.all.len() as u32 - 1
        };
        self.settings.note(place, n);
    }

    /// The values of a setting, with who set them.
    pub(crate) fn parameters(&self, setting: &Setting) -> Vec<ParameterUsed> {
        let template = self.home_area().map_or_else(|| "template".to_owned(), |a| a.0);
        let parts = self.plan.parameters.iter().zip(&setting.values).zip(&setting.set_by);
        let each = parts.map(|((p, value), set_by)| ParameterUsed {
            name: p.name.clone(),
            value: *value,
            unit: p.unit.as_str().to_owned(),
            set_by: set_by.as_ref().map_or_else(|| template.clone(), |a| a.0.clone()),
        });
        each.collect()
    }

    // -- neighbours --

    /// The node that compares with neighbours, and how far up they stand.
    fn neighbourhood(&self) -> Option<(usize, u32)> {
        self.plan.nodes.iter().enumerate().find_map(|(i, n)| match &n.operator {
            Operator::Residual(Residual { from: From::Neighbours { up, .. }, .. }) => Some((i, *up)),
            _ => None,
        })
    }

    /// Notes where a slot stands, for its neighbours.
    pub(crate) fn settle_in(&mut self, n: u32, world: &mut World) {
        let Some((_, up)) = self.neighbourhood().filter(|_| self.compares) else { return };
        let area = world.above(self.slots[n as usize].place, up);
        let at = n as usize;
        if at >= self.around_of.len() {
            self.around_of.resize(at + 1, NONE);
        }
        if let Some(old) = self.around.get_mut(&self.around_of[at]) {
            old.retain(|s| *s != n);
        }
        self.around_of[at] = area;
        let around = self.around.entry(area).or_default();
        // In order, so that a restored rule has the same.
        let place = around.partition_point(|s| *s < n);
        around.insert(place, n);
    }

    /// The middle of what the neighbours of a slot showed newest, when enough of them did.
    pub(crate) fn neighbours(&self, n: u32, at: i64) -> Option<f64> {
        let (node, _) = self.neighbourhood()?;
        let slot = &self.slots[n as usize];
        let Settings::Residual(s) = &self.settings.at(slot.place).nodes[node] else { return None };
        let around = self.around.get(self.around_of.get(n as usize)?)?;
        let mut values: SmallVec<[f64; 32]> = around
            .iter()
            .filter(|o| **o != n)
            .filter_map(|o| {
                let other = &self.slots[*o as usize];
                let State::Residual(state) = &other.nodes[node] else { return None };
                let (value, seen_at) = state.newest()?;
                (!other.is_gone() && at.saturating_sub(seen_at) < s.fresh).then_some(value)
            })
            .collect();
        (values.len() >= s.least).then(|| operator::median(&mut values))
    }

    /// A device stands elsewhere, or nowhere: it is no member of the areas that are not `stays`.
    /// The slots, with the nodes, by bit, that lost it.
    pub(crate) fn forget_member(&mut self, device: u32, stays: Option<u32>) -> Vec<(u32, u8)> {
        let mut touched = Vec::new();
        for (n, slot) in self.slots.iter_mut().enumerate().filter(|(_, s)| Some(s.key) != stays) {
            let mut moved = 0u8;
            for (i, node) in slot.nodes.iter_mut().enumerate() {
                if let State::Roll(state) = node
                    && state.forget(device)
                {
                    moved |= 1 << i;
                }
            }
            if moved != 0 {
                touched.push((n as u32, moved));
            }
        }
        touched
    }

    // -- slots --

    #[inline]
    pub(crate) fn find_slot(&self, key: u32) -> Option<u32> {
        self.index.get(key as usize).copied().filter(|s| *s != NONE)
    }
    /// Begins a slot, or begins it anew for a subject that came back.
    pub(crate) fn begin(
        &mut self,
        key: u32,
        subject: u32,
        place: u32,
        at: i64,
        world: &World,
        zone: &Zone,
    ) -> u32 {
        self.ask_setting(place, world);
        let mut nodes: Nodes =
            self.settings.at(place).nodes.iter().map(|s| State::begin(s, at, zone)).collect();
        if let Some(until) = world.away.get(&subject) {
            for node in nodes.iter_mut() {
                if let State::Absent(s) = node {
                    s.go_away((*until != i64::MAX).then_some(*until));
                }
            }
        }
        let slot = Slot {
            key,
            subject,
            place,
            queued: i64::MAX,
            device: NONE,
            episodes: Episodes::default(),
            nodes,
        };
        if let Some(n) = self.find_slot(key) {
            self.slots[n as usize] = slot;
            self.quiet.forget(n);
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
    /// Forgets every key.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.quiet.forget_all();
        self.index.clear();
        self.around.clear();
        self.around_of.clear();
    }
    pub(crate) fn reindex(&mut self) {
        self.quiet.forget_all();
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
    pub(crate) fn slot_for(&mut self, e: &Event, world: &mut World, zone: &Zone) -> Option<u32> {
        let eager = self.is_eager();
        if self.home.is_some() && !self.is_at_home(world.place_of(e.device, eager), world) {
            return None;
        }
        let key = match self.plan.key {
            Key::Device => e.device,
            Key::Subject | Key::Population(_) => world.subject_of_event(e, eager),
            Key::Value => e.text()?,
            Key::Area { depth } => self.area_around(world.place_of(e.device, eager), depth, world),
        };
        if key == NONE {
            return None;
        }
        let key = match self.plan.apart {
            Some(depth) => self.apart(key, depth, e, world),
            None => key,
        };
        if let Some(n) = self.find_slot(key).filter(|n| !self.slots[*n as usize].is_gone()) {
            return Some(n);
        }
        // A number beyond its table comes from a snapshot that was made up (SN3).
        if matches!(self.plan.key, Key::Population(_)) || key as usize >= world.keys(&self.plan) {
            return None;
        }
        let place = match self.plan.key {
            Key::Area { .. } => key,
            _ => world.place_of(e.device, eager),
        };
        let subject = match self.plan.key {
            Key::Device => world.devices.get(e.device as usize)?.own_subject,
            Key::Value if self.plan.apart.is_none() => world.key_subject(key),
            Key::Area { .. } => world.area_subject(key),
            _ => key,
        };
        let n = self.begin(key, subject, place, e.at, world, zone);
        self.settle_in(n, world);
        Some(n)
    }

    /// A key in the area of the event's device: the number of the subject both make together.
    fn apart(&mut self, key: u32, depth: u32, e: &Event, world: &mut World) -> u32 {
        let eager = self.is_eager();
        let place = world.place_of(e.device, eager);
        if key as usize >= self.lately.len() {
            self.lately.resize(key as usize + 1, (NONE, NONE));
        }
        if let Some(n) = self.pairs.get(&(key, place)) {
            self.lately[key as usize] = (place, *n);
            return *n;
        }
        let whole = if self.plan.key == Key::Value { world.key_subject(key) } else { key };
        let area = self.area_around(place, depth, world);
        let n = world.subject_in(whole, area);
        self.pairs.insert((key, place), n);
        self.lately[key as usize] = (place, n);
        n
    }

    /// What the rule says of a slot.
    pub(crate) fn truth(&self, n: u32) -> Truth {
        let slot = &self.slots[n as usize];
        let last = slot.nodes.len() - 1;
        slot.nodes[last].truth(&self.settings.at(slot.place).nodes[last])
    }

    #[inline]
    pub(crate) fn due(&self, slot: &Slot, zone: &Zone) -> i64 {
        let settings = &self.settings.at(slot.place).nodes;
        let mut due = slot.episodes.wake();
        for (state, s) in slot.nodes.iter().zip(settings) {
            due = due.min(state.due(s, zone));
        }
        due
    }

    // -- stepping --

    /// Steps one event through the nodes of its slot.
    #[inline]
    pub(crate) fn step(&mut self, n: u32, e: &Event, local: u8, world: &World, zone: &Zone) -> Turns {
        let eager = self.is_eager();
        let neighbours = if self.compares { self.neighbours(n, e.at) } else { None };
        let Rule { plan, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        let setting = settings.at(slot.place);
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
            neighbours,
        };
        if eager && e.at < slot.last_at() {
            return step_older(plan, setting, slot, &here, e, local);
        }
        for (i, node) in plan.nodes.iter().enumerate() {
            if node.hears & 1 << local != 0 {
                operator::step(node, &setting.nodes[i], &mut slot.nodes[i], &here, local);
            }
            if several {
                said[i].set(slot.nodes[i].said(&setting.nodes[i], e.at, zone));
            }
        }
        turn(plan, setting, slot, world, zone, e.at)
    }

    /// Lets the time `at` come for a slot, some nodes of which (`moved`, by bit) may have been changed from outside.
    pub(crate) fn fire(&mut self, n: u32, at: i64, moved: u8, world: &World, zone: &Zone) -> Turns {
        let Rule { plan, home, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        let setting = settings.at(slot.place);
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
            neighbours: None,
        };
        let mut moved = moved;
        for (i, node) in plan.nodes.iter().enumerate() {
            let s = &setting.nodes[i];
            if slot.nodes[i].due(s, zone) <= at {
                moved |= 1 << i;
                let covered = match &node.operator {
                    Operator::Absent(a) => coverage(plan, home.as_deref(), a.coverage, slot, world, at).0,
                    _ => Covered::Whole,
                };
                operator::fire(s, &mut slot.nodes[i], at, covered, zone);
            }
            if node.reads & moved != 0 {
                moved |= 1 << i;
                operator::reread(node, s, &mut slot.nodes[i], &here);
            }
            said[i].set(slot.nodes[i].said(s, at, zone));
        }
        turn(plan, setting, slot, world, zone, at)
    }

    /// Says what of a slot is told at `at`, of which something was changed from outside.
    pub(crate) fn tell(&mut self, n: u32, at: i64, world: &World, zone: &Zone) -> Turns {
        let Rule { plan, settings, slots, .. } = self;
        let slot = &mut slots[n as usize];
        turn(plan, settings.at(slot.place), slot, world, zone, at)
    }

    /// Does something to the absences of a slot, then says what it changed.
    pub(crate) fn with_absences(
        &mut self,
        n: u32,
        at: i64,
        world: &World,
        zone: &Zone,
        f: &mut dyn FnMut(&mut operator::absent::State),
    ) -> Turns {
        for node in self.slots[n as usize].nodes.iter_mut() {
            if let State::Absent(s) = node {
                f(s);
            }
        }
        self.tell(n, at, world, zone)
    }

    /// Ends whatever is open in a slot.
    pub(crate) fn close(&mut self, n: u32, at: i64) -> Turns {
        let slot = &mut self.slots[n as usize];
        let mut turns = Turns::new();
        if let Some(e) = slot.episodes.end(About::Signal) {
            turns.push(Turn::SignalEnded { start: e.start, named: e.named, end: at.max(e.start) });
        }
        if let Some(e) = slot.episodes.end(About::Coverage) {
            turns.push(Turn::CoverageEnded { start: e.start, named: e.named, end: at.max(e.start) });
        }
        turns
    }

    /// What the devices say that could have shown this slot, and which of them are silent.
    pub(crate) fn coverage(&self, slot: &Slot, world: &World, at: i64) -> (Covered, Vec<u32>) {
        let mode = self.plan.nodes.iter().find_map(|n| match &n.operator {
            Operator::Absent(a) => Some(a.coverage),
            _ => None,
        });
        let whole = (Covered::Whole, Vec::new());
        mode.map_or(whole, |m| coverage(&self.plan, self.home.as_deref(), m, slot, world, at))
    }
}

fn coverage(
    plan: &RulePlan,
    home: Option<&Home>,
    mode: linli_rule::plan::Coverage,
    slot: &Slot,
    world: &World,
    at: i64,
) -> (Covered, Vec<u32>) {
    let member = matches!(plan.key, Key::Population(_));
    let place = if member { slot.place } else { NONE };
    let last = slot.was_heard().then_some(slot.device);
    let shows = |m: &str| plan.measures.iter().any(|p| p.as_str() == m);
    world.covered(mode, (slot.subject, place), last, home.map(|h| &h.path), &shows, at)
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
    let newest = slot.last_at();
    match (&plan.nodes[last].operator, &mut slot.nodes[last]) {
        (Operator::Level(p), State::Level(_)) => {
            let told =
                setting.gate.as_ref().is_none_or(|g| g.is_open(plan, slot, here.world, here.zone, e.at));
            if told && slot.episodes.open(About::Signal).is_none() && p.raise.eval(here) == Some(true) {
                turns.push(Turn::SignalOpened(e.at));
                turns.push(Turn::SignalEnded { start: e.at, named: e.at, end: newest });
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
            turn(plan, setting, slot, here.world, here.zone, newest)
        }
        _ => turns,
    }
}

/// Compares what the signal says with what is open.
#[inline]
fn turn(plan: &RulePlan, setting: &Setting, slot: &mut Slot, world: &World, zone: &Zone, at: i64) -> Turns {
    let last = plan.nodes.len() - 1;
    let mut truth = slot.nodes[last].truth(&setting.nodes[last]);
    let mut turns = Turns::new();
    // Only an absence that lost its witnesses is worth a coverage finding; others are unknown until first heard.
    let mut blind = matches!(&slot.nodes[last], State::Absent(s) if s.is_blind());
    let holds = truth == Truth::True;
    if !blind && slot.episodes.none() && !holds {
        return turns;
    }
    let mut wake = i64::MAX;
    if let Some(gate) = &setting.gate {
        let told = gate.is_open(plan, slot, world, zone, at);
        if holds || blind || (told && slot.episodes.any()) {
            wake = gate.next_change(at, zone);
        }
        if !told {
            (truth, blind) = (Truth::False, false);
        }
    }
    let (signal, coverage) = (slot.episodes.open(About::Signal), slot.episodes.open(About::Coverage));
    if !blind
        && coverage.is_some()
        && let Some(e) = slot.episodes.end(About::Coverage)
    {
        turns.push(Turn::CoverageEnded { start: e.start, named: e.named, end: at.max(e.start) });
    }
    match (truth, signal) {
        (Truth::True, None) => {
            slot.episodes.begin(About::Signal, at);
            turns.push(Turn::SignalOpened(at));
        }
        (Truth::False, Some(e)) => {
            slot.episodes.end(About::Signal);
            turns.push(Turn::SignalEnded { start: e.start, named: e.named, end: at.max(e.start) });
        }
        _ => {}
    }
    if blind && coverage.is_none() {
        slot.episodes.begin(About::Coverage, at);
        turns.push(Turn::CoverageOpened(at));
    }
    slot.episodes.wake_at(wake);
    if turns.is_empty() {
        slot.episodes.forget_words();
    }
    turns
}
