//! A life of a small area: everything that happens to one engine.
//!
//! Invariants
//! - LF1 A life is plain data; the log's entries follow from it and from nothing else.
//! - LF2 What another check needs (everything in time, no ties, no eager rules …) is another life, made from this one.

use crate::rules::Drawn;
use linli_engine::{EngineConfig, SourceTiming};
use linli_model::{
    AreaId, AreaPath, DeviceId, Instant, LogEntry, Millis, Reading, ReadingBatch, RegistryChange,
    RegistryEntry, SourceId,
};
use linli_rule::Catalogue;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// 2026-11-02 00:00 in Asia/Shanghai, a Monday: day 1 of the trace scripts.
pub const DAY_ONE: i64 = 1_793_548_800_000;
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub fn catalogue() -> &'static Arc<Catalogue> {
    Catalogue::shipped_for_all()
}

/// Milliseconds throughout.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    pub lateness: i64,
    pub idle: i64,
    pub window: i64,
    pub skew: i64,
    /// Sources with a lateness and an idle time of their own.
    pub own: BTreeMap<String, (i64, i64)>,
}

impl Timing {
    pub fn of(&self, source: &str) -> (i64, i64) {
        self.own.get(source).copied().unwrap_or((self.lateness, self.idle))
    }
    pub fn longest_idle(&self) -> i64 {
        self.own.values().map(|t| t.1).fold(self.idle, i64::max)
    }
    pub fn shortest_lateness(&self) -> i64 {
        self.own.values().map(|t| t.0).fold(self.lateness, i64::min)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub received: i64,
    pub source: String,
    pub reading: Reading,
}

impl Said {
    pub fn observed(&self) -> i64 {
        self.reading.observed_at.0
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub logged: i64,
    pub effective: i64,
    pub what: RegistryChange,
}

#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Change(Change),
    Said(Said),
    Tick(i64),
}

impl Act {
    pub fn logged(&self) -> i64 {
        match self {
            Act::Change(c) => c.logged,
            Act::Said(s) => s.received,
            Act::Tick(at) => *at,
        }
    }
    fn rank(&self) -> u8 {
        u8::from(!matches!(self, Act::Change(_)))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    pub seed: u64,
    pub timing: Timing,
    /// What the rules were drawn as, at first; their texts and changes are among the acts.
    pub rules: Vec<Drawn>,
    pub acts: Vec<Act>,
    /// The last tick.
    pub end: i64,
}

impl Life {
    pub fn config(&self) -> EngineConfig {
        let timing =
            |(lateness, idle): (i64, i64)| SourceTiming { lateness: Millis(lateness), idle: Millis(idle) };
        let own = self.timing.own.iter().map(|(s, t)| (SourceId::new(s.as_str()), timing(*t)));
        EngineConfig {
            timing: timing((self.timing.lateness, self.timing.idle)),
            sources: own.collect(),
            correction_window: Millis(self.timing.window),
            skew_max: Millis(self.timing.skew),
            ..EngineConfig::new(AreaId::new("P"), AreaPath("P/".to_owned()))
        }
    }

    /// The log: acts in order of logging; what one source says at one moment is one batch.
    pub fn entries(&self) -> Vec<LogEntry> {
        let mut entries: Vec<LogEntry> = Vec::new();
        let mut seq = 0;
        for act in &self.acts {
            match act {
                Act::Change(c) => {
                    seq += 1;
                    let (effective_at, change) = (Instant(c.effective), c.what.clone());
                    entries.push(LogEntry::Registry(RegistryEntry { seq, effective_at, change }));
                }
                Act::Tick(at) => entries.push(LogEntry::Tick { at: Instant(*at) }),
                Act::Said(s) => {
                    if let Some(LogEntry::Readings(b)) = entries.last_mut()
                        && b.source.as_str() == s.source
                        && b.received_at.0 == s.received
                    {
                        b.readings.push(s.reading.clone());
                        continue;
                    }
                    entries.push(LogEntry::Readings(ReadingBatch {
                        source: SourceId::new(s.source.as_str()),
                        received_at: Instant(s.received),
                        readings: vec![s.reading.clone()],
                        quarantined: Vec::new(),
                    }));
                }
            }
        }
        entries.push(LogEntry::Tick { at: Instant(self.end) });
        entries
    }

    pub fn said(&self) -> impl Iterator<Item = &Said> {
        self.acts.iter().filter_map(|a| if let Act::Said(s) = a { Some(s) } else { None })
    }
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.acts.iter().filter_map(|a| if let Act::Change(c) = a { Some(c) } else { None })
    }

    /// Puts the acts in order of logging again; of the same moment, the registry first.
    pub fn sorted(mut self) -> Life {
        self.acts.sort_by_key(|a| (a.logged(), a.rank()));
        self
    }

    // -- other lives made from this one --

    /// Readings whose id was not there before: no duplicates, no conflicts.
    pub fn told_once(&self) -> Life {
        let mut seen = BTreeSet::new();
        let mut life = self.clone();
        life.acts.retain(|a| match a {
            Act::Said(s) => seen.insert((s.source.clone(), s.reading.id.clone())),
            _ => true,
        });
        life
    }
    /// Without rules that decide at arrival: they depend on the order of arrival by their nature.
    pub fn settled_only(&self) -> Life {
        let mut life = self.clone();
        let eager: BTreeSet<String> = self.rules.iter().filter(|r| r.eager).map(|r| r.rule.clone()).collect();
        life.rules.retain(|r| !r.eager);
        life.acts.retain(|a| match a {
            Act::Change(c) => rule_of(&c.what).is_none_or(|r| !eager.contains(r)),
            _ => true,
        });
        life
    }
    /// Every reading arrives when it is observed, and no change of the registry comes after it holds.
    pub fn in_time(&self) -> Life {
        let mut life = self.clone();
        for act in &mut life.acts {
            match act {
                Act::Said(s) => s.received = s.observed(),
                Act::Change(c) => c.logged = c.logged.min(c.effective),
                Act::Tick(_) => {}
            }
        }
        life.sorted()
    }
    /// No change of the registry comes after it holds: it holds from when it was logged.
    pub fn registry_in_time(&self) -> Life {
        let mut life = self.clone();
        for act in &mut life.acts {
            if let Act::Change(c) = act {
                let by = (c.logged - c.effective).max(0);
                c.effective += by;
                if let RegistryChange::AwaySet { until: Some(until), .. } = &mut c.what {
                    *until = *until + Millis(by);
                }
            }
        }
        life
    }
    /// The rules as first set, never changed, no area's own values.
    pub fn rules_for_good(&self) -> Life {
        let mut life = self.clone();
        let mut set = BTreeSet::new();
        life.acts.retain(|a| match a {
            Act::Change(c) => match &c.what {
                RegistryChange::RuleSet { rule, .. } | RegistryChange::AreaRuleSet { rule, .. } => {
                    set.insert(rule.clone())
                }
                other => rule_of(other).is_none(),
            },
            _ => true,
        });
        life
    }
    /// No device is ever retired.
    pub fn never_retired(&self) -> Life {
        let mut life = self.clone();
        life.acts
            .retain(|a| !matches!(a, Act::Change(Change { what: RegistryChange::DeviceRetired(_), .. })));
        life
    }
    /// With every clock as right as it is known to be: readings as they count, and nothing known of clocks.
    pub fn clocks_set_right(&self) -> Life {
        let mut life = self.clone();
        // By device: from which reception on, and how far ahead.
        let mut known: BTreeMap<DeviceId, Vec<(i64, i64)>> = BTreeMap::new();
        for act in &mut life.acts {
            match act {
                Act::Change(c) => {
                    if let Some(device) = c.what.retires() {
                        // Nothing is known from then on, nor what was announced to hold later (RG3).
                        let of_device = known.entry(device.clone()).or_default();
                        of_device.retain(|k| k.0 < c.effective);
                        of_device.push((c.effective, 0));
                    }
                    if let RegistryChange::DeviceLearned { device, clock_offset_ms, .. } = &mut c.what {
                        let offset = clock_offset_ms.take().unwrap_or(0);
                        known.entry(device.clone()).or_default().push((c.effective, offset));
                    }
                }
                Act::Said(s) => {
                    let of_device = known.get(&s.reading.device).into_iter().flatten();
                    let in_force = of_device.filter(|k| k.0 <= s.received).max_by_key(|k| k.0);
                    let ahead = in_force.map_or(0, |k| k.1);
                    s.reading.observed_at = Instant(s.observed() - ahead);
                }
                Act::Tick(_) => {}
            }
        }
        life
    }
    /// No two readings of the same moment.
    pub fn untied(&self) -> Life {
        let mut life = self.clone();
        let mut taken = BTreeSet::new();
        for act in &mut life.acts {
            if let Act::Said(s) = act {
                while !taken.insert(s.reading.observed_at) {
                    s.reading.observed_at = s.reading.observed_at + Millis(1);
                }
            }
        }
        life
    }
    /// No clock is ahead of ours.
    pub fn no_fast_clocks(&self) -> Life {
        let mut life = self.clone();
        for act in &mut life.acts {
            if let Act::Said(s) = act {
                s.received = s.received.max(s.observed());
            }
        }
        life.sorted()
    }
    /// Nothing comes after the correction window.
    pub fn within_window(&self) -> Life {
        let most = self.timing.window - self.timing.skew - MINUTE;
        let mut life = self.clone();
        for act in &mut life.acts {
            match act {
                Act::Said(s) => s.received = s.received.min(s.observed() + most),
                Act::Change(c) => c.effective = c.effective.max(c.logged - most),
                Act::Tick(_) => {}
            }
        }
        life.sorted()
    }
    /// The last tick comes when everything that was heard is settled.
    pub fn until_settled(mut self) -> Life {
        let newest = self.said().map(|s| s.observed().max(s.received));
        let newest = newest.chain(self.acts.iter().map(Act::logged)).max().unwrap_or(DAY_ONE);
        self.end = self.end.max(newest + self.timing.longest_idle() + 1);
        self
    }
}

/// The rule a change is about.
pub fn rule_of(change: &RegistryChange) -> Option<&str> {
    match change {
        RegistryChange::RuleSet { rule, .. }
        | RegistryChange::RuleRemoved { rule }
        | RegistryChange::RuleSuspension { rule, .. }
        | RegistryChange::AreaRuleSet { rule, .. }
        | RegistryChange::AreaRuleRemoved { rule, .. }
        | RegistryChange::OverrideSet { rule, .. }
        | RegistryChange::OverrideRemoved { rule, .. }
        | RegistryChange::TermSet { rule, .. }
        | RegistryChange::TermRemoved { rule, .. }
        | RegistryChange::OverridesNoted { rule, .. } => Some(rule),
        _ => None,
    }
}
