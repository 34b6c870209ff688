//! A new rule, or one whose operators changed, does not start cold: it first lives through the correction window in front
//! of it, unheard; then it takes over at the moment it was set for.
//!
//! Invariants
//! - WA1 What it finds from then on is what it would have found had it been in force all that while; a finding
//!   begins when its episode began, not when the rule came.
//! - WA2 What began and ended before is not told. What is open in the old version and in the new one goes on under its
//!   name; what only the new one sees is opened, what only the old one saw is ended.
//! - WA3 It depends on nothing but what happened before in event time: a correction that sets the rule again warms it
//!   alike. For that, twice the window is kept behind a rule's change (EP2). A rule that is itself set late looks back on
//!   what is kept by then: as much less of the window as it comes late.
//! - WA4 An own rule that comes out of its shadow unchanged goes on with what it knew there; what holds is told then, with
//!   its true beginning.

use crate::{
    engine::Engine,
    rule::{Given, Rule, Turn, Turns},
    slot::About,
};
use linli_model::{Finding, RegistryChange};
use linli_rule::{RulePlan, plan::Operator};
use rustc_hash::FxHashMap;
use std::sync::Arc;

impl Engine {
    /// The rule as it stands at `at`; None when nothing is remembered that it could have seen.
    pub(crate) fn warmed(&mut self, given: Given<'_>, plan: &Arc<RulePlan>, at: i64) -> Option<Rule> {
        let wanted = at.saturating_sub(self.config.correction_window.0);
        let checkpoints = &self.past.checkpoints;
        let from = checkpoints.iter().rev().find(|c| c.at <= wanted).or(checkpoints.front())?;
        let (from_at, as_of) = (from.at, from.as_of());
        // Who only hears its own measures needs no others; an absence asks whether its witnesses said anything at all.
        let all = plan.nodes.iter().any(|n| matches!(n.operator, Operator::Absent(_)));
        let heard: Vec<u16> =
            plan.measures.iter().map(|m| self.world.measures.number(m.as_str()) as u16).collect();
        let events = self.past.events.read(from_at..at, |e| all || heard.contains(&e.measure));
        // Before anything was heard there is nobody to miss.
        let since = wanted.max(from_at).max(self.past.first_heard.filter(|first| *first < at)?);

        let mut fork = Engine::from_config(self.config.clone());
        fork.world = self.world.clone();
        fork.world.stand_as_of(as_of);
        fork.redoing = true;
        fork.checkpoint_due = i64::MAX;
        for (key, entry) in self.past.registry.range((from_at, 0)..=(at, u64::MAX)) {
            let of_rules = matches!(
                entry.change,
                RegistryChange::RuleSet { .. }
                    | RegistryChange::RuleRemoved { .. }
                    | RegistryChange::RuleSuspension { .. }
                    | RegistryChange::AreaRuleSet { .. }
                    | RegistryChange::AreaRuleRemoved { .. }
            );
            if !of_rules {
                fork.pending.insert(*key, entry.clone());
            }
        }
        fork.buffer.put_back(events, Vec::new());
        let mut unheard = Vec::new();
        fork.drain_to(since, &mut unheard);
        fork.begin_rule(given, plan.clone(), since, &mut unheard);
        fork.drain_to(at, &mut unheard);
        while let Some((_, entry)) = fork.pending.pop_first() {
            fork.apply_settled(&entry, at, &mut unheard);
        }
        let mut rule = fork.rules.pop()?;
        // The numbers the fork gave out are good here, too: it began with the same ones.
        self.world.take_names(fork.world);
        rule.since = at;
        rule.forget_settings();
        Some(rule)
    }

    /// An own rule as it lived in its shadow, under its code in the open and named by its own beginnings; None when there
    /// is no shadow of it whose states can be its own. What it knows may reach further back than the window (WA4).
    pub(crate) fn out_of_shadow(
        &mut self,
        shadow: &str,
        given: Given<'_>,
        plan: &Arc<RulePlan>,
        at: i64,
    ) -> Option<Rule> {
        let r = self.by_name.get(shadow).copied().filter(|r| self.can_go_on(*r, plan))?;
        let mut rule = self.rules[r as usize].clone();
        (rule.plan, rule.home, rule.version) = (plan.clone(), given.home.cloned(), given.version);
        (rule.text, rule.since) = (given.text.into(), at);
        rule.take_plan(&mut self.world);
        for slot in &mut rule.slots {
            for about in [About::Signal, About::Coverage] {
                if let Some(e) = slot.episodes.open(about) {
                    slot.episodes.name(about, e.start);
                }
            }
        }
        Some(rule)
    }

    /// Lets a warmed rule take the place of its predecessor, if there is one.
    pub(crate) fn take_over(&mut self, new: Rule, at: i64, out: &mut Vec<Finding>) {
        let r = match self.by_name.get(&new.plan.rule).copied() {
            Some(r) => r,
            None => {
                let r = self.rules.len() as u32;
                self.by_name.insert(new.plan.rule.clone(), r);
                // Someone to take over from, of whom nothing is open.
                let mut nobody = new.clone();
                nobody.clear();
                self.rules.push(nobody);
                r
            }
        };
        let inherited = self.part_from(r, new, at, out);
        self.route();
        self.place_slots(r);
        for n in 0..self.rules[r as usize].slots.len() as u32 {
            let slot = &mut self.rules[r as usize].slots[n as usize];
            slot.queued = i64::MAX;
            let kept = inherited[n as usize];
            let mut turns = Turns::new();
            let fresh = |about: About| slot.episodes.open(about).filter(|_| !kept[about as usize]);
            turns.extend(fresh(About::Signal).map(|e| Turn::SignalOpened(e.start)));
            turns.extend(fresh(About::Coverage).map(|e| Turn::CoverageOpened(e.start)));
            if slot.is_gone() {
                continue;
            }
            self.emit(r, n, &turns, out);
            self.queue(r, n);
        }
    }

    /// Hands over what both versions see, ends what the new one does not, and puts it in place. By slot: whether its
    /// signal and its coverage episode were told before.
    fn part_from(&mut self, r: u32, mut new: Rule, at: i64, out: &mut Vec<Finding>) -> Vec<[bool; 2]> {
        let mut inherited = vec![[false; 2]; new.slots.len()];
        let standing = new.slots.iter().enumerate().filter(|(_, s)| !s.is_gone());
        let heirs: FxHashMap<u32, usize> = standing.map(|(n, s)| (s.subject, n)).collect();
        for n in 0..self.rules[r as usize].slots.len() as u32 {
            let old = &mut self.rules[r as usize].slots[n as usize];
            if let Some(heir) = heirs.get(&old.subject).filter(|_| !old.episodes.none()) {
                let episodes = &mut new.slots[*heir].episodes;
                for about in [About::Signal, About::Coverage] {
                    inherited[*heir][about as usize] = episodes.inherit(about, &mut old.episodes);
                }
            }
            let turns = self.rules[r as usize].close(n, at);
            self.emit(r, n, &turns, out);
        }
        self.rules[r as usize] = new;
        inherited
    }
}
