//! What a rule may be asked about: found by name, id or place in the caller's areas.
//!
//! Invariants
//! - SB1 Only what the caller may ask about is found: homes and persons by who may open records there (AQ1).

use super::{
    past,
    privacy::{self, is_home},
};
use crate::{
    cases::view::area,
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    trace::{SubjectQuery, SubjectRow},
};
use linli_model::{
    AreaId, AreaLevel, AreaPath, AreaTree, Device, RegistryChange, RegistryEntry, Subject, SubjectKind,
};
use linli_rule::{Key, RulePlan};
use std::collections::BTreeMap;

const FOUND_MAX: usize = 30;

#[utoipa::path(get, path = "/rules/{rule}/subjects", operation_id = "findRuleSubjects", tag = "rules",
    params(("rule" = String, Path), SubjectQuery), responses((status = 200, body = Vec<SubjectRow>),
    (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<SubjectQuery>,
) -> Answer<Json<Vec<SubjectRow>>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let registry = past::registry(&*state.store).await?;
    let plan = privacy::rule_of(&state, &who, &registry, &rule).await?.plan;
    let areas = state.areas().await?;
    let (tries, opens) = (who.areas(&state, Action::RuleTry), who.areas(&state, Action::PersonOpen));
    let may = |home: bool, place: &AreaPath| {
        let within = if home { &opens } else { &tries };
        within.iter().any(|w| place.within(w))
    };
    let sought = q.q.unwrap_or_default().trim().to_lowercase();
    let mut rows: Vec<SubjectRow> = known(&plan, &registry, &areas)
        .into_iter()
        .filter(|s| may(s.home, &s.place))
        .map(|s| row(&areas, s))
        .filter(|r| {
            sought.is_empty()
                || [&r.subject, &r.label, &r.area.label].iter().any(|t| t.to_lowercase().contains(&sought))
        })
        .collect();
    rows.sort_by(|a, b| (&a.label, &a.subject).cmp(&(&b.label, &b.subject)));
    rows.truncate(FOUND_MAX);
    Ok(Json(rows))
}

struct Known {
    subject: Subject,
    name: String,
    place: AreaPath,
    home: bool,
}

/// Everything the rule keeps a state for by the registry; keys inside readings are in none.
fn known(plan: &RulePlan, registry: &[RegistryEntry], areas: &AreaTree) -> Vec<Known> {
    let mut devices: BTreeMap<&str, &Device> = BTreeMap::new();
    let mut members: BTreeMap<String, (&Subject, &AreaPath)> = BTreeMap::new();
    for entry in registry {
        match &entry.change {
            RegistryChange::DeviceSet(d) => {
                devices.insert(d.id.as_str(), d);
            }
            RegistryChange::DeviceRetired(id) => {
                devices.remove(id.as_str());
            }
            RegistryChange::MemberJoined { population, subject, area_path, .. }
                if plan.key == Key::Population(population.clone()) =>
            {
                members.insert(subject.to_string(), (subject, area_path));
            }
            RegistryChange::MemberLeft { population, subject }
                if plan.key == Key::Population(population.clone()) =>
            {
                members.remove(&subject.to_string());
            }
            _ => {}
        }
    }
    let heard = || devices.values().filter(|d| d.measures.iter().any(|m| plan.measures.contains(m)));
    let of = |subject: Subject, name: &str, place: &AreaPath, home: bool| Known {
        home: home || is_home(subject.kind),
        subject,
        name: name.to_owned(),
        place: place.clone(),
    };
    let is_of_home = |d: &Device| {
        d.subject.as_ref().is_some_and(|s| matches!(s.kind, SubjectKind::Dwelling | SubjectKind::Person))
    };
    match &plan.key {
        Key::Device => heard()
            .map(|d| {
                of(Subject::new(SubjectKind::Device, d.id.as_str()), &d.name, &d.area_path, is_of_home(d))
            })
            .collect(),
        Key::Subject => {
            let mut found: BTreeMap<String, Known> = BTreeMap::new();
            for d in heard() {
                let own = || Subject::new(SubjectKind::Device, d.id.as_str());
                let subject = d.subject.clone().unwrap_or_else(own);
                found.entry(subject.to_string()).or_insert_with(|| {
                    of(subject, if is_of_home(d) { "" } else { &d.name }, &d.area_path, is_of_home(d))
                });
            }
            found.into_values().collect()
        }
        Key::Population(_) => {
            members.into_values().map(|(s, place)| of(s.clone(), "", place, is_home(s.kind))).collect()
        }
        Key::Area { .. } => areas
            .iter()
            .filter(|a| !matches!(a.level, AreaLevel::Street | AreaLevel::Grid | AreaLevel::Dwelling))
            .filter(|a| heard().any(|d| d.area_path.within(&a.path)))
            .map(|a| of(Subject::new(SubjectKind::Area, a.id.as_str()), &a.name, &a.path, false))
            .collect(),
        Key::Value => Vec::new(),
    }
}

/// A place is called by the way to it: 41号 302室.
fn row(areas: &AreaTree, s: Known) -> SubjectRow {
    let here = s.place.ids().next_back().unwrap_or_else(|| AreaId::new(""));
    let way: Vec<String> = s
        .place
        .ids()
        .filter_map(|id| areas.find(&id))
        .filter(|a| !matches!(a.level, AreaLevel::Street | AreaLevel::Grid | AreaLevel::ResidentialArea))
        .map(|a| a.name.clone())
        .collect();
    let label = if s.name.is_empty() { way.join(" ") } else { s.name };
    let label = if label.is_empty() { s.subject.to_string() } else { label };
    SubjectRow { subject: s.subject.to_string(), label, area: area(areas, &here) }
}
