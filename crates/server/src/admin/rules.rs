//! Rules in force, for everybody who works here to read (G8).

use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use axum::{Json, extract::State};
use linli_api::rule::{RuleParameter, RuleRow};
use linli_model::RegistryChange;
use std::collections::BTreeMap;

#[utoipa::path(get, path = "/rules", operation_id = "listRules", tag = "rules", responses((status = 200, body = Vec<RuleRow>)))]
pub async fn list(State(state): State<ServerState>, _who: Who) -> Answer<Json<Vec<RuleRow>>> {
    let mut rules: BTreeMap<String, (String, u32, String)> = BTreeMap::new();
    let mut after = 0;
    loop {
        let entries = state.store.registry_after(after, 1000).await?;
        let Some(last) = entries.last().map(|e| e.seq) else { break };
        for entry in entries {
            match entry.change {
                RegistryChange::RuleSet { pack, rule, version, text } => {
                    rules.insert(rule, (pack, version, text));
                }
                RegistryChange::RuleRemoved { rule } => {
                    rules.remove(&rule);
                }
                _ => {}
            }
        }
        after = last;
    }
    let rows = rules.into_iter().filter_map(|(rule, (pack, version, text))| {
        let plan = linli_rule::check(&text, &state.catalogue).ok()?;
        Some(RuleRow {
            pack,
            rule,
            version,
            name: say(&plan.name),
            case_class: plan.case_class.clone(),
            severity: crate::labels::severity(plan.severity).label,
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
    Ok(Json(rows.collect()))
}
