//! Rules in force, for everybody who works here to read (G8).

use super::terms;
use crate::wire::Json;
use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use axum::extract::State;
use linli_api::rule::{RuleOverride, RuleParameter, RuleRow, RuleTerm};
use linli_model::{AreaPath, RegistryChange, SuspensionStep, Term};
use std::collections::{BTreeMap, BTreeSet};

#[utoipa::path(get, path = "/rules", operation_id = "listRules", tag = "rules", responses((status = 200, body = Vec<RuleRow>)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<RuleRow>>> {
    Ok(Json(in_force(&state, &who).await?))
}

/// The rules in force, with the overrides that concern the caller's areas.
pub(crate) async fn in_force(state: &ServerState, who: &Who) -> Answer<Vec<RuleRow>> {
    let mine: Vec<_> = who.principal.posts.iter().map(|p| &p.area_path).collect();
    let mut rules: BTreeMap<String, (String, u32, String)> = BTreeMap::new();
    let mut suspended = BTreeSet::new();
    let mut overrides: BTreeMap<(String, String, String), RuleOverride> = BTreeMap::new();
    let mut set: BTreeMap<(String, String, String), (Term, RuleTerm)> = BTreeMap::new();
    let concerns = |path: &AreaPath| mine.iter().any(|m| path.within(m) || m.within(path));
    let mut after = 0;
    loop {
        let entries = state.store.registry_after(after, 1000).await?;
        let Some(last) = entries.last().map(|e| e.seq) else { break };
        for entry in entries {
            let set_at = entry.effective_at.to_string();
            match entry.change {
                RegistryChange::RuleSet { pack, rule, version, text } => {
                    suspended.remove(&rule);
                    rules.insert(rule, (pack, version, text));
                }
                RegistryChange::RuleSuspension { rule, step: SuspensionStep::Suspended { .. }, .. } => {
                    suspended.insert(rule);
                }
                RegistryChange::RuleRemoved { rule } => {
                    rules.remove(&rule);
                }
                RegistryChange::OverrideSet { rule, area, area_path, parameter, value, set_by }
                    if concerns(&area_path) =>
                {
                    let key = (rule, area.to_string(), parameter.clone());
                    let area = area.to_string();
                    let own = RuleOverride { area, parameter, value, set_by, set_at, rests: None };
                    overrides.insert(key, own);
                }
                RegistryChange::OverrideRemoved { rule, area, parameter } => {
                    overrides.remove(&(rule, area.to_string(), parameter));
                }
                RegistryChange::TermSet { rule, area, area_path, term, set_by } if concerns(&area_path) => {
                    let (area, key) = (area.to_string(), term.key());
                    let label = say(&terms::say(&term, state));
                    let own =
                        RuleTerm { area: area.clone(), key: key.clone(), label, set_by, set_at, rests: None };
                    set.insert((rule, area, key), (term, own));
                }
                RegistryChange::TermRemoved { rule, area, key } => {
                    set.remove(&(rule, area.to_string(), key));
                }
                _ => {}
            }
        }
        after = last;
    }
    let rows = rules.into_iter().filter_map(|(rule, (pack, version, text))| {
        let plan = linli_rule::check(&text, &state.catalogue).ok()?;
        let own = overrides.iter().filter(|((of, _, _), _)| *of == rule).map(|(_, o)| RuleOverride {
            rests: terms::value_rests(&plan, &o.parameter, o.value).map(|why| say(&why)),
            ..o.clone()
        });
        let own_terms = set.iter().filter(|((of, _, _), _)| *of == rule).map(|(_, (term, t))| RuleTerm {
            rests: terms::rests(&plan, term).map(|why| say(&why)),
            ..t.clone()
        });
        Some(RuleRow {
            overrides: own.collect(),
            terms: own_terms.collect(),
            suspended: suspended.contains(&rule),
            pack,
            rule,
            version,
            name: say(&plan.name),
            about: say(&plan.about),
            measures: plan.measures.iter().map(|m| m.to_string()).collect(),
            mandatory: plan.mandatory,
            case_class: plan.case_class.clone(),
            severity: crate::labels::severity(plan.severity).label,
            cost: linli_rule::cost(&plan),
            parameters: plan
                .parameters
                .iter()
                .map(|p| RuleParameter {
                    name: p.name.clone(),
                    label: say(&p.label),
                    value: p.value,
                    min: p.min,
                    max: p.max,
                    unit: p.unit.as_str().to_owned(),
                })
                .collect(),
            text,
        })
    });
    Ok(rows.collect())
}
