//! Whom a rule's past may be shown to, and how closely (G13).
//!
//! Invariants
//! - PV1 A rule that keeps a state for people, hears a device of a home, or hears cards, plates or other texts is about
//!   persons, whatever its key; who may not open records there is shown counts, and none below five.
//! - PV2 What is hidden cannot be had by subtraction: with a hidden count its neighbours are hidden, too, and nothing is
//!   counted for less than an estate.
//! - PV3 Another area's own rule is not found.

use super::past;
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_model::{
    AreaId, AreaLevel, AreaPath, AreaTree, Device, DeviceId, Diagnostic, Finding, Instant, OwnCode,
    RegistryChange, RegistryEntry, SubjectKind,
};
use linli_pack::backtest::Variant;
use linli_rule::{Catalogue, Key, RulePlan, ValueKind};
use std::collections::BTreeMap;

pub(super) fn is_home(kind: SubjectKind) -> bool {
    !matches!(kind, SubjectKind::Device | SubjectKind::Area)
}

/// Whether a device stands in a home, or for one or for somebody.
pub(crate) fn of_home(device: &Device, areas: &AreaTree) -> bool {
    let somebody = |kind| matches!(kind, SubjectKind::Dwelling | SubjectKind::Person);
    device.subject.as_ref().is_some_and(|s| somebody(s.kind)) || is_dwelling(&device.area, areas)
}

pub(super) fn is_dwelling(area: &AreaId, areas: &AreaTree) -> bool {
    areas.find(area).is_some_and(|a| a.level == AreaLevel::Dwelling)
}

/// Devices of homes within an area, as registered last.
pub(super) fn homes_within<'r>(
    registry: &'r [RegistryEntry],
    areas: &AreaTree,
    within: &AreaPath,
) -> Vec<&'r Device> {
    let mut devices: BTreeMap<&DeviceId, &Device> = BTreeMap::new();
    for entry in registry {
        if let RegistryChange::DeviceSet(d) = &entry.change {
            devices.insert(&d.id, d);
        }
    }
    devices.into_values().filter(|d| d.area_path.within(within) && of_home(d, areas)).collect()
}

pub(super) fn hears_texts(plan: &RulePlan, catalogue: &Catalogue) -> bool {
    let is_text = |code: &str| catalogue.find(code).is_some_and(|m| matches!(m.kind, ValueKind::Text { .. }));
    plan.measures.iter().any(|m| is_text(m.as_str()))
}

/// PV1.
pub(super) fn is_about_persons(
    plan: &RulePlan,
    catalogue: &Catalogue,
    (registry, areas): (&[RegistryEntry], &AreaTree),
    within: &[AreaPath],
) -> bool {
    let hears_home = |path: &AreaPath| {
        let homes = homes_within(registry, areas, path);
        homes.iter().any(|d| d.measures.iter().any(|m| plan.measures.contains(m)))
    };
    matches!(plan.key, Key::Population(_) | Key::Value)
        || hears_texts(plan, catalogue)
        || within.iter().any(hears_home)
}

/// Whether a finding is about a home or somebody, also where a device stands for them.
pub(super) fn is_of_home(f: &Finding, registry: &[RegistryEntry], areas: &AreaTree, at: Instant) -> bool {
    is_home(f.subject.kind)
        || is_dwelling(&f.area, areas)
        || super::asked::stands_for_a_home(registry, areas, &f.subject, at)
}

/// PV2: an area that is large enough for its counts to be about nobody.
pub(super) fn large_enough(within: &[AreaPath], areas: &AreaTree) -> Result<(), Diagnostic> {
    let small = |path: &AreaPath| {
        let level = path.ids().next_back().and_then(|id| areas.find(&id).map(|a| a.level));
        matches!(level, Some(AreaLevel::Building | AreaLevel::Doorway | AreaLevel::Dwelling))
    };
    if !within.iter().any(small) {
        return Ok(());
    }
    Err(Diagnostic::new(
        "area_too_small",
        "area",
        "涉及住户的合计数只按小区或更大的区域给出",
        "counts about homes are given for an estate or more",
    ))
}

/// PV3: the rule in force, as far as it is the caller's business.
pub(super) async fn rule_of(
    state: &ServerState,
    who: &Who,
    registry: &[RegistryEntry],
    rule: &str,
) -> Answer<Variant> {
    if let Some(code) = OwnCode::read(rule) {
        let areas = state.areas().await?;
        let area = areas.find(&code.area).ok_or(ApiError::NotFound)?;
        who.check(state, Action::RuleTry, &area.path).map_err(|_| ApiError::NotFound)?;
    }
    Ok(past::variant_in_force(registry, rule, &state.catalogue).ok_or(ApiError::NotFound)??)
}
