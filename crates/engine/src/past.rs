//! What an engine keeps of the correction window, so that it can go back: what happened in event time, how everything
//! stood now and then, and what was said.
//!
//! Invariants
//! - EP1 From the state at a checkpoint, with what happened since, everything up to the watermark follows again.
//! - EP2 Bounded: nothing is kept from before the last checkpoint that lies in front of the correction window; where a
//!   rule was set inside the window, as much again is kept in front of that (WA3).

use crate::{
    buffer::Waiting,
    journal::{Journal, Packed},
    rule::{Given, Home, Rule},
    slot::Slot,
    world::{AsOf, World},
};
use linli_model::{
    Finding, FindingChange, FindingId, FindingKind, Instant, RegistryChange, RegistryEntry, Subject,
};
use linli_rule::RulePlan;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// The first checkpoint stands before everything.
pub(crate) const START: i64 = i64::MIN;
/// Most event time between two checkpoints.
pub(crate) const CHECKPOINT_EVERY: i64 = 86_400_000;
/// Checkpoints stand on whole steps of event time …
pub(crate) const CHECKPOINT_STEP: i64 = 3_600_000;
/// … when so many readings, and so many for each state there is to pack, have settled since the last one.
pub(crate) const READINGS_BETWEEN: usize = 4_000;
pub(crate) const READINGS_PER_STATE: usize = 32;

/// A rule as it was in force; its plan is read again from its text where it is not at hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) pack: String,
    pub(crate) version: u32,
    pub(crate) text: Arc<str>,
    pub(crate) home: Option<Arc<Home>>,
    pub(crate) active: bool,
    pub(crate) since: i64,
    #[serde(skip)]
    pub(crate) plan: Option<Arc<RulePlan>>,
}

impl Head {
    pub(crate) fn of(rule: &Rule) -> Head {
        Head {
            pack: rule.pack.clone(),
            version: rule.version,
            text: rule.text.clone(),
            home: rule.home.clone(),
            active: rule.active,
            since: rule.since,
            plan: Some(rule.plan.clone()),
        }
    }
    pub(crate) fn given(&self) -> Given<'_> {
        Given { pack: &self.pack, version: self.version, text: &self.text, home: self.home.as_ref() }
    }
}

/// Everything settled rules had decided by, before anything of event time `at`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) at: i64,
    /// By number of the rule; None stands for an eager one, which nothing takes back.
    pub(crate) heads: Vec<Option<Head>>,
    /// The slots of each of them: packed, since most are never looked at again.
    packed: Packed,
    /// The registry as it stood; the devices' records are shared.
    as_of: AsOf,
}

impl Checkpoint {
    /// `room`: memory for what is packed.
    fn of(at: i64, rules: &[Rule], world: &World, room: Vec<u8>) -> Checkpoint {
        let settled = |r: &Rule| !r.is_eager();
        let heads = rules.iter().map(|r| settled(r).then(|| Head::of(r))).collect();
        let slots: Vec<&[Slot]> =
            rules.iter().map(|r| if settled(r) { r.slots.as_slice() } else { &[] }).collect();
        // Plain data into memory: there is no way for it to fail.
        let packed = postcard::to_extend(&slots, room);
        let packed = Packed(packed.unwrap_or_default());
        Checkpoint { at, heads, packed, as_of: world.as_of() }
    }

    pub(crate) fn as_of(&self) -> AsOf {
        self.as_of.clone()
    }
    pub(crate) fn unpack(&self) -> Option<(Vec<Vec<Slot>>, AsOf)> {
        Some((self.slots()?, self.as_of.clone()))
    }
    /// By number of the rule.
    fn slots(&self) -> Option<Vec<Vec<Slot>>> {
        postcard::from_bytes(&self.packed.0).ok()
    }
}

/// A finding as it was told last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) finding: Finding,
    /// The start its id was made of.
    pub(crate) named: i64,
}

/// A state, and what happened since.
pub(crate) struct Since {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) events: Vec<Waiting>,
    pub(crate) registry: BTreeMap<(i64, u64), RegistryEntry>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) events: Journal,
    /// How many of them have settled since the newest checkpoint.
    pub(crate) settled_since: usize,
    pub(crate) registry: BTreeMap<(i64, u64), RegistryEntry>,
    pub(crate) checkpoints: VecDeque<Checkpoint>,
    pub(crate) told: BTreeMap<FindingId, Told>,
    /// Came late, and waits to be set right.
    pub(crate) late: Vec<Waiting>,
    pub(crate) late_registry: Vec<(i64, u64)>,
    /// Our clock when the first of them came.
    pub(crate) late_since: Option<i64>,
    /// Event time of the first reading there ever was.
    pub(crate) first_heard: Option<i64>,
    /// Memory of the checkpoint that was dropped last, for the next one.
    #[serde(skip)]
    spare: Vec<u8>,
}

impl Past {
    /// Nothing has happened yet in event time: what comes behind the watermark can simply take its turn.
    pub(crate) fn is_blank(&self) -> bool {
        self.checkpoints.is_empty()
    }
    /// Takes down what has happened, in its order.
    pub(crate) fn settled(&mut self, all: &[Waiting]) {
        self.events.extend(all);
        self.settled_since += all.len();
        if let Some(w) = all.first().filter(|w| self.first_heard.is_none_or(|first| w.event.at < first)) {
            self.first_heard = Some(w.event.at);
        }
    }
    /// Keeps how everything stands, before anything of event time `at`.
    pub(crate) fn keep(&mut self, at: i64, rules: &[Rule], world: &World) {
        let mut room = std::mem::take(&mut self.spare);
        room.clear();
        // As much as the one before, and some more.
        let before = self.checkpoints.back().map_or(0, |b| b.packed.0.len());
        room.reserve_exact(before + before / 16);
        self.checkpoints.push_back(Checkpoint::of(at, rules, world, room));
        self.settled_since = 0;
    }

    /// Whether there is a state from before an event time.
    pub(crate) fn reaches(&self, at: i64) -> bool {
        self.checkpoints.front().is_some_and(|c| c.at <= at)
    }

    /// Event time of the earliest that waits to be set right.
    pub(crate) fn first_late(&self) -> Option<i64> {
        self.late.iter().map(|w| w.event.at).chain(self.late_registry.iter().map(|r| r.0)).min()
    }

    pub(crate) fn tell(&mut self, finding: &Finding, named: i64) {
        match finding.change {
            FindingChange::Retracted => {
                self.told.remove(&finding.id);
            }
            _ => {
                self.told.insert(finding.id, Told { finding: finding.clone(), named });
            }
        }
    }

    /// A finding's id, and the start it is made of: the episode's own, unless an amended finding still bears that name.
    pub(crate) fn free_name(
        &self,
        rule: &str,
        kind: FindingKind,
        subject: &Subject,
        start: i64,
    ) -> (i64, FindingId) {
        let of_rule = match kind {
            FindingKind::Signal => rule.to_owned(),
            FindingKind::Coverage => format!("{rule}#coverage"),
        };
        let mut named = start;
        loop {
            let id = FindingId::of(&of_rule, subject, Instant(named));
            if !self.told.contains_key(&id) {
                return (named, id);
            }
            named = named.wrapping_add(1);
        }
    }

    /// The readings a correction may meet: those that wait, those of its states, and those that happened up to `at`.
    pub(crate) fn readings(&self, at: i64) -> Vec<u64> {
        let mut readings: Vec<u64> = self.late.iter().map(|w| w.event.reading).collect();
        readings.extend(self.events.readings_until(at));
        for slot in self.checkpoints.iter().filter_map(Checkpoint::slots).flatten().flatten() {
            for node in slot.nodes.iter() {
                node.each_seen(&mut |s| readings.push(s.reading));
            }
        }
        readings
    }

    /// Forgets what no correction can reach any more: what lies before `at`, and before what a rule set since then
    /// looked back on.
    pub(crate) fn forget_before(&mut self, at: i64, window: i64) {
        let first = self.checkpoints.iter().rev().find(|c| c.at <= at).map_or(START, |c| c.at);
        let set = self.registry.range((first, 0)..).find(|(_, e)| {
            matches!(e.change, RegistryChange::RuleSet { .. } | RegistryChange::AreaRuleSet { .. })
        });
        let at = set.map_or(at, |(k, _)| at.min(k.0.saturating_sub(window)));
        while self.checkpoints.get(1).is_some_and(|c| c.at <= at) {
            self.spare = self.checkpoints.pop_front().map_or_else(Vec::new, |c| c.packed.0);
            let Some(first) = self.checkpoints.front().map(|c| c.at) else { return };
            self.events.forget_before(first);
            self.registry = self.registry.split_off(&(first, 0));
            self.told.retain(|_, t| t.finding.end.is_none_or(|end| end.0 >= first));
        }
    }

    /// The newest checkpoint not behind `at`; those behind it, and what happened since, are taken out.
    pub(crate) fn rewind(&mut self, at: i64) -> Option<Since> {
        let keep = self.checkpoints.partition_point(|c| c.at <= at);
        let checkpoint = self.checkpoints.get(keep.checked_sub(1)?)?.clone();
        self.checkpoints.truncate(keep);
        let events = self.events.take_from(checkpoint.at);
        let registry = self.registry.split_off(&(checkpoint.at, 0));
        Some(Since { checkpoint, events, registry })
    }
}
