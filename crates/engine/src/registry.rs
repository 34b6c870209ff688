//! Registry changes: applied in event time, so that every reading meets the registry as of its own moment.
//!
//! Invariants
//! - RE1 A change takes effect at its `effective_at`, before the readings of that instant; one that comes after the
//!   watermark has passed is set right like late data (correct.rs), and one from before the correction window takes
//!   effect at once.
//! - RE2 A change with a number not above the last one seen is ignored, so appending it again is harmless.
//! - RE3 Eager rules meet the newest registration of a device, and come and go at once.
//! - RE4 A device that goes out of service takes what was learned of it along (RG3 of the model).

use crate::{
    engine::{Engine, Route},
    operator::absent::Covered,
    rule::{Given, Rule},
    slot::{GONE, Slot},
    world::{Member, Override, Terms},
};
use linli_model::{
    Device, DeviceId, DeviceState, Finding, Instant, Millis, RegistryChange, RegistryEntry, SuspensionStep,
    Term, own_code,
};
use linli_rule::plan::{Key, Node, Operator};
use std::sync::Arc;

impl Engine {
    pub(crate) fn take_registry(&mut self, entry: &RegistryEntry, out: &mut Vec<Finding>) {
        if entry.seq != 0 && entry.seq <= self.registry_seq {
            return;
        }
        self.registry_seq = self.registry_seq.max(entry.seq);
        if self.is_elsewhere(&entry.change) {
            return;
        }
        let mut odd: RegistryEntry;
        let entry = if entry.effective_at.is_in_calendar() {
            entry
        } else {
            odd = entry.clone();
            odd.effective_at = odd.effective_at.in_calendar();
            &odd
        };
        self.apply_live(entry, out);
        let at = entry.effective_at.0;
        if at < self.watermarks.partition() && !self.past.is_blank() {
            let beyond = at < self.watermarks.partition().saturating_sub(self.config.correction_window.0);
            if beyond || !self.take_late_registry(at, entry) {
                self.apply_settled(entry, self.watermarks.partition(), out);
                self.unnumbered += 1;
                let key = (self.watermarks.partition(), self.unnumbered);
                self.past.registry.insert(key, entry.clone());
            }
        } else {
            self.unnumbered += 1;
            self.pending.insert((at, self.unnumbered), entry.clone());
        }
    }

    /// What eager rules need at once.
    fn apply_live(&mut self, entry: &RegistryEntry, out: &mut Vec<Finding>) {
        let at = entry.effective_at.0.max(self.watermarks.partition());
        if let Some(device) = entry.change.retires() {
            self.unlearn(device, entry.effective_at);
        }
        match &entry.change {
            RegistryChange::DeviceSet(device) => {
                let n = self.world.device(device.id.as_str());
                let face = self.world.face(device);
                self.world.devices[n as usize].live = Some(face);
            }
            RegistryChange::DeviceLearned { device, clock_offset_ms, .. } => {
                self.learn_clock(device, entry.effective_at, clock_offset_ms.unwrap_or(0));
            }
            RegistryChange::RuleSet { pack, rule, version, text } => {
                if let Ok(plan) = linli_rule::check(text, &self.config.catalogue)
                    && plan.emission == linli_rule::plan::Emission::Eager
                    && plan.rule == *rule
                {
                    let given = Given { pack, version: *version, text, home: None };
                    self.set_rule(given, plan, at, out);
                }
            }
            RegistryChange::RuleRemoved { rule } if self.is_eager(rule) => self.remove_rule(rule, at, out),
            RegistryChange::OverrideSet { rule, area, parameter, value, .. } if self.is_eager(rule) => {
                self.set_override(rule, area.as_str(), parameter, Some(*value));
            }
            RegistryChange::OverrideRemoved { rule, area, parameter } if self.is_eager(rule) => {
                self.set_override(rule, area.as_str(), parameter, None);
            }
            RegistryChange::TermSet { rule, area, term, .. } if self.is_eager(rule) => {
                self.set_term(rule, (area.as_str(), &term.key()), Some(term), at, out);
            }
            RegistryChange::TermRemoved { rule, area, key } if self.is_eager(rule) => {
                self.set_term(rule, (area.as_str(), key), None, at, out);
            }
            _ => {}
        }
    }

    /// A change whose event time `at` has come.
    pub(crate) fn apply_settled(&mut self, entry: &RegistryEntry, at: i64, out: &mut Vec<Finding>) {
        let effective = entry.effective_at.0;
        match &entry.change {
            RegistryChange::DeviceSet(device) => self.set_device(device, at, out),
            RegistryChange::DeviceRetired(id) => self.retire_device(id, at, out),
            RegistryChange::DeviceLearned { device, silence_secs, .. } => {
                let n = self.world.device(device.as_str());
                let silence_ms = silence_secs.map_or(i64::MAX, |secs| i64::from(secs) * 1000);
                if self.world.learn_silence(n, silence_ms) {
                    self.look_again_at_blind(at, out);
                }
            }
            RegistryChange::MemberJoined { population, subject, area_path, .. } => {
                let population = self.world.populations.number(population);
                let subject = self.world.subject(subject);
                let place = self.world.places.number(area_path.as_str());
                self.join(population, subject, Member { place, joined_at: effective }, at, out);
                self.look_at_narrowed(subject, at, out);
            }
            RegistryChange::MemberLeft { population, subject } => {
                let population = self.world.populations.number(population);
                let subject = self.world.subject(subject);
                self.leave(population, subject, at, out);
                self.look_at_narrowed(subject, at, out);
            }
            RegistryChange::AwaySet { subject, until, .. } => {
                let subject = self.world.subject(subject);
                let until = until.map(|u| u.in_calendar().0);
                self.world.away.insert(subject, until.unwrap_or(i64::MAX));
                self.each_absence(subject, at, out, &mut |s| s.go_away(until));
            }
            RegistryChange::AwayEnded { subject } => {
                let subject = self.world.subject(subject);
                self.world.away.remove(&subject);
                self.each_absence(subject, at, out, &mut |s| s.come_back(effective));
            }
            RegistryChange::RuleSet { pack, rule, version, text } => {
                match linli_rule::check(text, &self.config.catalogue) {
                    Ok(plan) if plan.rule != *rule => self.counters.rules_refused += 1,
                    Ok(plan) if plan.emission == linli_rule::plan::Emission::Eager => {}
                    Ok(plan) => {
                        let given = Given { pack, version: *version, text, home: None };
                        self.set_rule(given, plan, at, out);
                    }
                    Err(_) => self.counters.rules_refused += 1,
                }
            }
            // For eager rules that was done at arrival.
            RegistryChange::RuleRemoved { rule }
            | RegistryChange::OverrideSet { rule, .. }
            | RegistryChange::OverrideRemoved { rule, .. }
            | RegistryChange::TermSet { rule, .. }
            | RegistryChange::TermRemoved { rule, .. }
                if self.is_eager(rule) => {}
            RegistryChange::RuleRemoved { rule } => self.remove_rule(rule, at, out),
            // What is told at arrival is never suspended, whatever the log says.
            RegistryChange::RuleSuspension { rule, step: SuspensionStep::Suspended { .. }, .. } => {
                if !self.is_eager(rule) {
                    self.remove_rule(rule, at, out);
                }
            }
            RegistryChange::RuleSuspension { .. } | RegistryChange::OverridesNoted { .. } => {}
            RegistryChange::AreaRuleSet { area, area_path, rule, version, text, shadow, .. } => {
                self.set_own((area, area_path), (rule, *shadow), (*version, text), at, out);
            }
            RegistryChange::AreaRuleRemoved { area, rule, shadow, .. } => {
                self.remove_rule(&own_code(rule, area, *shadow), at, out);
            }
            RegistryChange::OverrideSet { rule, area, parameter, value, .. } => {
                self.set_override(rule, area.as_str(), parameter, Some(*value));
            }
            RegistryChange::OverrideRemoved { rule, area, parameter } => {
                self.set_override(rule, area.as_str(), parameter, None);
            }
            RegistryChange::TermSet { rule, area, term, .. } => {
                self.set_term(rule, (area.as_str(), &term.key()), Some(term), at, out);
            }
            RegistryChange::TermRemoved { rule, area, key } => {
                self.set_term(rule, (area.as_str(), key), None, at, out);
            }
        }
    }

    fn is_eager(&self, rule: &str) -> bool {
        self.by_name.get(rule).is_some_and(|r| self.rules[*r as usize].is_eager())
    }

    // -- devices --

    fn set_device(&mut self, device: &Device, at: i64, out: &mut Vec<Finding>) {
        let n = self.world.device(device.id.as_str());
        let face = self.world.face(device);
        let place = face.place;
        self.world.register(n, face, linli_model::Instant(at));
        if device.state == DeviceState::Retired {
            self.world.learn_silence(n, i64::MAX);
        }
        for r in 0..self.rules.len() {
            let rule = &mut self.rules[r];
            if !rule.is_at_home(place, &self.world) {
                self.leave_home(r as u32, n, at, out);
                continue;
            }
            if let Key::Area { depth } = rule.plan.key {
                let stays = rule.area_around(place, depth, &mut self.world);
                self.leave_areas(r as u32, n, Some(stays), at, out);
                continue;
            }
            if matches!(rule.plan.key, Key::Population(_)) {
                continue;
            }
            let own = if rule.plan.key == Key::Device { rule.find_slot(n) } else { None };
            let slots: Vec<u32> = match own {
                Some(slot) => vec![slot],
                None => {
                    (0..rule.slots.len() as u32).filter(|s| rule.slots[*s as usize].device == n).collect()
                }
            };
            for slot in slots {
                rule.ask_setting(place, &self.world);
                rule.slots[slot as usize].place = place;
                rule.settle_in(slot, &mut self.world);
            }
            if self.world.terms.contains_key(&rule.plan.rule) {
                self.look_at_gates(r as u32, at, out, &|s| s.device == n);
            }
        }
        self.look_again_at_blind(at, out);
    }

    /// How far a device's clock is ahead, for what is received from then on (clock.rs).
    fn learn_clock(&mut self, id: &DeviceId, from: Instant, offset_ms: i64) {
        let n = self.world.device(id.as_str());
        let clock = self.world.clocks.of(n);
        clock.learn(from, Millis(offset_ms));
        clock.forget_before(self.watermarks.now());
    }

    /// What was learned of a device ends with its service (RG3), also what was announced to hold later.
    fn unlearn(&mut self, id: &DeviceId, at: Instant) {
        let announced = self.pending.range((at.0, 0)..);
        let of_it = announced.filter(
            |(_, e)| matches!(&e.change, RegistryChange::DeviceLearned { device, .. } if device == id),
        );
        for key in of_it.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.pending.remove(&key);
        }
        // Also where nothing is known yet: what is told late of the time before holds no longer than that.
        let n = self.world.device(id.as_str());
        let clock = self.world.clocks.of(n);
        clock.end(at);
        clock.forget_before(self.watermarks.now());
    }

    fn retire_device(&mut self, id: &DeviceId, at: i64, out: &mut Vec<Finding>) {
        let n = self.world.device(id.as_str());
        self.world.retire(n);
        for r in 0..self.rules.len() as u32 {
            if !self.rules[r as usize].is_at_home(self.world.place_of(n, false), &self.world) {
                self.leave_home(r, n, at, out);
                continue;
            }
            if matches!(self.rules[r as usize].plan.key, Key::Area { .. }) {
                self.leave_areas(r, n, None, at, out);
                continue;
            }
            let rule = &mut self.rules[r as usize];
            if rule.plan.key != Key::Device {
                continue;
            }
            if let Some(slot) = rule.find_slot(n) {
                let turns = rule.close(slot, at);
                self.emit(r, slot, &turns, out);
            }
        }
        self.look_again_at_blind(at, out);
    }

    /// A key is nobody's concern any more.
    pub(crate) fn go(&mut self, r: u32, slot: u32, at: i64, out: &mut Vec<Finding>) {
        let turns = self.rules[r as usize].close(slot, at);
        self.emit(r, slot, &turns, out);
        self.rules[r as usize].slots[slot as usize].device = GONE;
    }

    /// A device is a member of the area `stays` only.
    pub(crate) fn leave_areas(
        &mut self,
        r: u32,
        device: u32,
        stays: Option<u32>,
        at: i64,
        out: &mut Vec<Finding>,
    ) {
        for (slot, moved) in self.rules[r as usize].forget_member(device, stays) {
            self.look_again(r, slot, moved, at, out);
        }
    }

    /// Absences that could not be told: perhaps they can be now.
    pub(crate) fn look_again_at_blind(&mut self, at: i64, out: &mut Vec<Finding>) {
        for i in 0..self.absent_rules.len() {
            let r = self.absent_rules[i];
            for slot in 0..self.rules[r as usize].slots.len() as u32 {
                let rule = &mut self.rules[r as usize];
                let s = &rule.slots[slot as usize];
                if s.is_gone() || !s.cannot_tell() {
                    continue;
                }
                if matches!(rule.coverage(s, &self.world, at).0, Covered::Blind | Covered::Unwatched) {
                    continue;
                }
                let turns = rule.with_absences(slot, at, &self.world, &self.zone, &mut |s| s.resume(at));
                self.emit(r, slot, &turns, out);
                self.queue(r, slot);
            }
        }
    }

    // -- populations --

    fn join(&mut self, population: u32, subject: u32, member: Member, at: i64, out: &mut Vec<Finding>) {
        self.world.members.insert((population, subject), member);
        let name = self.world.populations.name(population).to_owned();
        for r in 0..self.rules.len() as u32 {
            if self.rules[r as usize].active && self.rules[r as usize].watches(&name) {
                self.begin_member(r, subject, member, at, out);
            }
        }
    }

    fn begin_member(&mut self, r: u32, subject: u32, member: Member, at: i64, out: &mut Vec<Finding>) {
        let rule = &mut self.rules[r as usize];
        // A number beyond its table comes from a snapshot that was made up (SN3).
        if subject as usize >= self.world.keys(&rule.plan) {
            return;
        }
        let since = member.joined_at.max(rule.since).max(self.config.known_from.0);
        let stands = rule.find_slot(subject).filter(|n| !rule.slots[*n as usize].is_gone());
        if !rule.is_at_home(member.place, &self.world) {
            return stands.into_iter().for_each(|n| self.go(r, n, at, out));
        }
        if let Some(n) = stands {
            // Registered again, perhaps elsewhere: what is known of the subject stays.
            rule.ask_setting(member.place, &self.world);
            rule.slots[n as usize].place = member.place;
            rule.settle_in(n, &mut self.world);
            return self.queue(r, n);
        }
        let slot = rule.begin(subject, subject, member.place, since, &self.world, &self.zone);
        rule.settle_in(slot, &mut self.world);
        self.queue(r, slot);
    }

    fn leave(&mut self, population: u32, subject: u32, at: i64, out: &mut Vec<Finding>) {
        self.world.members.remove(&(population, subject));
        let name = self.world.populations.name(population).to_owned();
        for r in 0..self.rules.len() as u32 {
            let rule = &mut self.rules[r as usize];
            if !rule.watches(&name) {
                continue;
            }
            if let Some(slot) = rule.find_slot(subject) {
                self.go(r, slot, at, out);
            }
        }
    }

    fn each_absence(
        &mut self,
        subject: u32,
        at: i64,
        out: &mut Vec<Finding>,
        f: &mut dyn FnMut(&mut crate::operator::absent::State),
    ) {
        for i in 0..self.absent_rules.len() {
            let r = self.absent_rules[i];
            let rule = &mut self.rules[r as usize];
            let slot = match rule.plan.key {
                Key::Population(_) | Key::Subject => rule.find_slot(subject),
                _ => rule.slots.iter().position(|s| s.subject == subject).map(|n| n as u32),
            };
            // Who has left the population is nobody's concern, wherever away.
            if let Some(slot) = slot.filter(|s| !rule.slots[*s as usize].is_gone()) {
                let turns = rule.with_absences(slot, at, &self.world, &self.zone, f);
                self.emit(r, slot, &turns, out);
                self.queue(r, slot);
            }
        }
    }

    // -- rules --

    /// Puts a rule in force from `since` on.
    pub(crate) fn set_rule(
        &mut self,
        given: Given<'_>,
        plan: Arc<linli_rule::RulePlan>,
        since: i64,
        out: &mut Vec<Finding>,
    ) {
        let goes_on = self.by_name.get(&plan.rule).is_some_and(|r| self.can_go_on(*r, &plan));
        let settled = plan.emission != linli_rule::plan::Emission::Eager;
        if settled
            && !goes_on
            && let Some(rule) = self.warmed(given, &plan, since)
        {
            return self.take_over(rule, since, out);
        }
        self.begin_rule(given, plan, since, out);
    }

    /// Puts a rule in force that knows nothing of before, unless its predecessor's states can be its own.
    pub(crate) fn begin_rule(
        &mut self,
        given: Given<'_>,
        plan: Arc<linli_rule::RulePlan>,
        since: i64,
        out: &mut Vec<Finding>,
    ) {
        let name = plan.rule.clone();
        let r = match self.by_name.get(&name).copied() {
            Some(r) if self.can_go_on(r, &plan) => {
                let rule = &mut self.rules[r as usize];
                (rule.plan, rule.version, rule.text) = (plan, given.version, given.text.into());
                rule.pack = given.pack.to_owned();
                rule.home = given.home.cloned();
                rule.take_plan(&mut self.world);
                self.refresh_settings(r);
                self.route();
                return;
            }
            Some(r) => {
                self.close_all(r, since, out);
                self.rules[r as usize] = Rule::of(given, plan, since, &mut self.world);
                r
            }
            None => {
                self.rules.push(Rule::of(given, plan, since, &mut self.world));
                let r = self.rules.len() as u32 - 1;
                self.by_name.insert(name, r);
                r
            }
        };
        self.route();
        if let Key::Population(p) = &self.rules[r as usize].plan.key
            && let Some(population) = self.world.populations.find(p)
        {
            let mut members: Vec<(u32, Member)> = self
                .world
                .members
                .iter()
                .filter(|(k, _)| k.0 == population)
                .map(|(k, m)| (k.1, *m))
                .collect();
            members.sort_by_key(|m| m.0);
            for (subject, member) in members {
                self.begin_member(r, subject, member, since, out);
            }
        }
    }

    /// Whether a changed rule can take over its predecessor's states: same key, same operators, same names.
    pub(crate) fn can_go_on(&self, r: u32, plan: &linli_rule::RulePlan) -> bool {
        let rule = &self.rules[r as usize];
        let old = &rule.plan;
        rule.active
            && (&old.key, old.apart) == (&plan.key, plan.apart)
            && old.emission == plan.emission
            && old.measures == plan.measures
            && old.nodes.len() == plan.nodes.len()
            && old.nodes.iter().zip(&plan.nodes).all(|(a, b)| has_states_of(a, b))
    }

    pub(crate) fn remove_rule(&mut self, rule: &str, at: i64, out: &mut Vec<Finding>) {
        let Some(r) = self.by_name.get(rule).copied() else { return };
        self.close_all(r, at, out);
        let rule = &mut self.rules[r as usize];
        rule.active = false;
        rule.clear();
        self.route();
    }

    fn close_all(&mut self, r: u32, at: i64, out: &mut Vec<Finding>) {
        for slot in 0..self.rules[r as usize].slots.len() as u32 {
            let turns = self.rules[r as usize].close(slot, at);
            self.emit(r, slot, &turns, out);
        }
    }

    fn set_override(&mut self, rule: &str, area: &str, parameter: &str, value: Option<f64>) {
        let of_rule = self.world.overrides.entry(rule.to_owned()).or_default();
        let key = (area.to_owned(), parameter.to_owned());
        match value {
            Some(value) => of_rule.insert(key, Override { value }),
            None => of_rule.remove(&key),
        };
        if let Some(r) = self.by_name.get(rule).copied() {
            self.refresh_settings(r);
        }
    }

    fn set_term(
        &mut self,
        rule: &str,
        (area, key): (&str, &str),
        term: Option<&Term>,
        at: i64,
        out: &mut Vec<Finding>,
    ) {
        let of_rule = self.world.terms.entry(rule.to_owned()).or_default();
        let place = (area.to_owned(), key.to_owned());
        match term {
            Some(term) => of_rule.insert(place, term.clone()),
            None => of_rule.remove(&place),
        };
        if let Some(r) = self.by_name.get(rule).copied() {
            self.refresh_settings(r);
            self.look_at_gates(r, at, out, &|_| true);
        }
    }

    /// Something a gate depends on changed at `at`: slots are told of anew.
    fn look_at_gates(&mut self, r: u32, at: i64, out: &mut Vec<Finding>, concerns: &dyn Fn(&Slot) -> bool) {
        let eager = self.rules[r as usize].is_eager();
        // What was told at arrival is not taken back (CR3).
        if !self.rules[r as usize].active || (eager && self.redoing) {
            return;
        }
        for n in 0..self.rules[r as usize].slots.len() as u32 {
            let slot = &self.rules[r as usize].slots[n as usize];
            if slot.is_gone() || !concerns(slot) {
                continue;
            }
            // An eager slot may have heard of later things than the settled registry.
            let at = if eager { at.max(slot.last_at()) } else { at };
            let turns = self.rules[r as usize].tell(n, at, &self.world, &self.zone);
            self.emit(r, n, &turns, out);
            self.queue(r, n);
        }
    }

    /// A subject came into a population or left it: areas may have narrowed rules to it.
    fn look_at_narrowed(&mut self, subject: u32, at: i64, out: &mut Vec<Finding>) {
        let narrowed = |terms: &Terms| terms.values().any(|t| matches!(t, Term::Only { .. }));
        let named = self.world.terms.iter().filter(|(_, terms)| narrowed(terms));
        let rules: Vec<u32> = named.filter_map(|(rule, _)| self.by_name.get(rule).copied()).collect();
        for r in rules {
            self.look_at_gates(r, at, out, &|s| s.subject == subject);
        }
    }

    /// The plan or parameter values changed: every slot takes its own anew, its neighbourhood and its timer follow (OP1).
    pub(crate) fn refresh_settings(&mut self, r: u32) {
        self.rules[r as usize].forget_settings();
        for slot in 0..self.rules[r as usize].slots.len() as u32 {
            let rule = &mut self.rules[r as usize];
            let place = rule.slots[slot as usize].place;
            rule.ask_setting(place, &self.world);
            rule.settle_in(slot, &mut self.world);
            if !rule.slots[slot as usize].is_gone() {
                self.queue(r, slot);
            }
        }
    }

    /// Who hears what.
    pub(crate) fn route(&mut self) {
        self.routes = vec![Vec::new(); self.world.measures.len()];
        self.eager_routes = self.routes.clone();
        self.absent_rules.clear();
        for (r, rule) in self.rules.iter().enumerate().filter(|(_, r)| r.active) {
            if rule.has_absent() {
                self.absent_rules.push(r as u32);
            }
            for (local, m) in rule.plan.measures.iter().enumerate() {
                let Some(n) = self.world.measures.find(m.as_str()) else { continue };
                let routes = if rule.is_eager() { &mut self.eager_routes } else { &mut self.routes };
                routes[n as usize].push(Route { rule: r as u32, local: local as u8 });
            }
        }
        self.hears_at_once = self.eager_routes.iter().any(|r| !r.is_empty());
    }
}

/// Whether what is known of one node is what the other would know: of a roll, for each of its members.
fn has_states_of(a: &Node, b: &Node) -> bool {
    let inside = match (&a.operator, &b.operator) {
        (Operator::Roll(a), Operator::Roll(b)) => has_states_of(&a.member, &b.member),
        (a, b) => a.as_str() == b.as_str(),
    };
    inside && a.name == b.name && a.when == b.when && a.of == b.of
}
