//! Rules that areas compose themselves: list, draft, stage, versions, remove, and what all of them need.
//!
//! Invariants
//! - OS1 What may be done next and what is done come from `linli_rule::own` (OL2); nothing here decides it again.
//! - OS2 A change holds only while nobody has changed the own rules of that residential area since they were read: two at
//!   once cannot both spend what is left of the budget.
//! - OS3 What runs is registered in the same transaction in which the rule's page changes.

pub mod draft;
pub mod list;
pub mod remove;
pub mod stage;
pub(super) mod tried;
pub mod versions;
mod view;

use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Diagnostic, Hand, Measure, OwnRule, Refusal, RegistryChange,
    RegistryEntry, SubjectKind,
};
use linli_rule::{
    Key, RulePlan,
    own::{Asker, Homes, OwnBounds, Surroundings, Weighed, check_own, is_about_persons},
};
use linli_store::{Change, Commit, Guard};
use std::{collections::BTreeSet, sync::Arc};

/// A residential area with its own rules, and what is so there.
pub(super) struct Ground {
    pub partition: AreaId,
    pub path: AreaPath,
    /// How often they were changed (OS2).
    changes: u64,
    pub rules: Vec<OwnRule>,
    pub areas: Arc<AreaTree>,
    bounds: OwnBounds,
    catalogue: Arc<linli_rule::Catalogue>,
    homes: Arc<HomeDevices>,
    /// Read only where some rule watches a population.
    registry: Vec<RegistryEntry>,
}

/// Measures of devices that stand in homes or belong to somebody, with their places.
pub(super) type HomeDevices = Vec<(AreaPath, Vec<Measure>)>;

pub(super) async fn homes(state: &ServerState) -> Answer<Arc<HomeDevices>> {
    let areas = state.areas().await?;
    let of_somebody = |kind: SubjectKind| matches!(kind, SubjectKind::Dwelling | SubjectKind::Person);
    let devices = state.store.all_devices().await?.into_iter().map(|r| r.device);
    let in_homes = devices.filter(|d| {
        let stands = areas.find(&d.area).is_some_and(|a| a.level == AreaLevel::Dwelling);
        stands || d.subject.as_ref().is_some_and(|s| of_somebody(s.kind))
    });
    Ok(Arc::new(in_homes.map(|d| (d.area_path, d.measures)).collect()))
}

/// A version's text, read.
pub(super) struct Read {
    pub plan: Result<Arc<RulePlan>, Vec<Diagnostic>>,
    pub weighed: Weighed,
}

impl Ground {
    pub async fn of(
        state: &ServerState,
        (partition, path): (AreaId, AreaPath),
        homes: Arc<HomeDevices>,
    ) -> Answer<Ground> {
        let changes = state.store.own_rule_changes(&partition).await?;
        let rules = state.store.own_rules(std::slice::from_ref(&path)).await?;
        let areas = state.areas().await?;
        let of_population = |r: &OwnRule| r.versions.iter().any(|v| v.text.contains("population"));
        let registry = if rules.iter().any(of_population) {
            super::past::registry(&*state.store).await?
        } else {
            Vec::new()
        };
        let (bounds, catalogue) = (state.own_rules.clone(), state.catalogue.clone());
        Ok(Ground { partition, path, changes, rules, areas, bounds, catalogue, homes, registry })
    }

    /// The rule as it is kept; not one that was removed.
    pub fn find(&self, area: &AreaId, rule: &str) -> Option<&OwnRule> {
        self.kept(area, rule).filter(|r| !r.removed)
    }
    pub fn kept(&self, area: &AreaId, rule: &str) -> Option<&OwnRule> {
        self.rules.iter().find(|r| r.area == *area && r.rule == rule)
    }

    /// What the versions of a rule come to, oldest first.
    pub fn read(&self, rule: &OwnRule) -> Vec<Read> {
        let homes = self.homes(&rule.area_path);
        let about = |plan: &RulePlan| is_about_persons(plan, &self.catalogue, &homes);
        rule.versions
            .iter()
            .map(|v| {
                let plan = check_own(&v.text, &rule.rule, &self.catalogue, &self.bounds, &homes);
                let (mistakes, cost, about_persons, dwellings) = match &plan {
                    Ok(p) => (0, linli_rule::cost(p), about(p), self.dwellings(p, rule)),
                    // A home may have come under what runs: its count is hidden even where it may not begin anew.
                    Err(wrong) => {
                        let runs = linli_rule::check(&v.text, &self.catalogue);
                        (wrong.len(), 0, runs.is_ok_and(|p| about(&p)), 0)
                    }
                };
                let weighed = Weighed { version: v.version, mistakes, cost, about_persons, dwellings };
                Read { plan, weighed }
            })
            .collect()
    }

    pub fn is_about_persons(&self, plan: &RulePlan, area: &AreaPath) -> bool {
        is_about_persons(plan, &self.catalogue, &self.homes(area))
    }

    /// The homes in an area, as they decide whom its rules are about.
    pub fn homes(&self, area: &AreaPath) -> Homes {
        let here = self.homes.iter().filter(|(at, _)| at.within(area));
        let ground = self.path.ids().count();
        let dwellings =
            self.areas.iter().filter(|a| a.level == AreaLevel::Dwelling && a.path.within(&self.path));
        let depth = dwellings.map(|a| a.path.ids().count() - ground).min();
        Homes {
            measures: here.flat_map(|(_, m)| m.iter().cloned()).collect(),
            depth: depth.map(|d| d as u32),
        }
    }

    /// Dwellings in the area; of a population, the members there.
    fn dwellings(&self, plan: &RulePlan, rule: &OwnRule) -> u32 {
        let n = match &plan.key {
            Key::Population(population) => {
                let mut members = BTreeSet::new();
                for entry in &self.registry {
                    match &entry.change {
                        RegistryChange::MemberJoined { population: p, subject, area_path, .. }
                            if p == population =>
                        {
                            if area_path.within(&rule.area_path) {
                                members.insert(subject);
                            } else {
                                members.remove(subject);
                            }
                        }
                        RegistryChange::MemberLeft { population: p, subject } if p == population => {
                            members.remove(subject);
                        }
                        _ => {}
                    }
                }
                members.len()
            }
            _ => {
                let here = |a: &&Area| a.level == AreaLevel::Dwelling && a.path.within(&rule.area_path);
                self.areas.iter().filter(here).count()
            }
        };
        n as u32
    }

    /// What there is around a rule, `None`: around one that is new.
    pub fn around(&self, rule: Option<&OwnRule>) -> Surroundings {
        let is_it = |r: &OwnRule| rule.is_some_and(|of| (&of.area, &of.rule) == (&r.area, &r.rule));
        let cost = |r: &OwnRule, version: u32| {
            let text = r.version(version).map_or("", |v| &v.text);
            linli_rule::check(text, &self.catalogue).map_or(0, |p| linli_rule::cost(&p))
        };
        let standing = || self.rules.iter().filter(|r| !r.removed);
        let mut around = Surroundings { rules: standing().count(), ..Surroundings::default() };
        for r in standing() {
            for run in [&r.on, &r.shadow].into_iter().flatten() {
                if !is_it(r) {
                    around.others.push((r.rule.clone(), cost(r, run.version)));
                }
            }
        }
        around.on_cost = rule.and_then(|r| r.on.as_ref().map(|on| cost(r, on.version))).unwrap_or(0);
        around
    }

    /// What those that run cost together.
    pub fn spent(&self) -> u64 {
        self.around(None).spent()
    }
    pub fn bounds(&self) -> &OwnBounds {
        &self.bounds
    }

    /// Keeps a changed rule, with what of it runs from now on (OS2, OS3).
    pub async fn commit(&self, state: &ServerState, rule: OwnRule, runs: Vec<RegistryChange>) -> Answer<()> {
        let now = state.now();
        let registered = |change| Change::Registry { effective_at: now, change: Box::new(change) };
        let mut changes: Vec<Change> = runs.into_iter().map(registered).collect();
        changes.push(Change::OwnRuleSet { partition: self.partition.clone(), rule: Box::new(rule) });
        let guards = vec![Guard::OwnRules(self.partition.clone(), self.changes)];
        state.store.commit(Commit { at: now, guards, changes, idempotency: None }).await?;
        (state.devices_changed)();
        Ok(())
    }
}

pub(super) fn asker(state: &ServerState, who: &Who, place: &AreaPath) -> Asker {
    let may = |action| who.check(state, action, place).is_ok();
    Asker {
        hand: Hand { user: who.user.id, name: who.user.name.clone() },
        composes: may(Action::RuleCompose),
        approves: may(Action::RuleApprove),
    }
}

/// Where the caller writes or approves own rules.
pub(super) fn areas(state: &ServerState, who: &Who) -> Answer<Vec<AreaPath>> {
    let mut areas = who.areas(state, Action::RuleCompose);
    areas.extend(who.areas(state, Action::RuleApprove));
    if areas.is_empty() {
        return Err(ApiError::Forbidden(linli_access::forbidden()));
    }
    areas.sort();
    areas.dedup();
    Ok(areas)
}

/// An area an own rule can be for, among the caller's, with its residential area.
pub(super) async fn place(state: &ServerState, who: &Who, area: &str) -> Answer<(Area, Ground)> {
    let mine = areas(state, who)?;
    let tree = state.areas().await?;
    let area = tree.find(&AreaId::new(area)).ok_or(ApiError::NotFound)?;
    if !mine.iter().any(|m| area.path.within(m)) {
        return Err(ApiError::NotFound);
    }
    if !can_have(area.level) {
        return Err(Refusal::new(
            "not_for_this_area",
            "自定规则只能用于居民区、小区、楼或门栋",
            "an own rule is for a residential area, an estate, a building or a doorway",
        )
        .into());
    }
    let partition = tree.partition_of(&area.path).ok_or(ApiError::NotFound)?;
    Ok((area.clone(), Ground::of(state, partition, homes(state).await?).await?))
}

pub(super) fn can_have(level: AreaLevel) -> bool {
    (AreaLevel::ResidentialArea..=AreaLevel::Doorway).contains(&level)
}
