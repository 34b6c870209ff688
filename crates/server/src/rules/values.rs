//! The values of a rule in force in an area, as the engine finds them.

use super::{past, privacy};
use crate::{
    cases::view::area,
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    page::Coded,
    trace::{ValuesQuery, ValuesView, VariableView},
};
use linli_engine::EngineConfig;
use linli_model::{AreaId, AreaPath, RegistryChange, RegistryEntry, Text, finding::ParameterUsed};
use linli_pack::backtest::values_at;

#[utoipa::path(get, path = "/rules/{rule}/values", operation_id = "getRuleValues", tag = "rules",
    params(("rule" = String, Path), ValuesQuery), responses((status = 200, body = ValuesView),
    (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<ValuesQuery>,
) -> Answer<Json<ValuesView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let areas = state.areas().await?;
    let asked = match q.area.as_deref().filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => Some(areas.find(&AreaId::new(id)).ok_or(ApiError::NotFound)?),
    };
    if let Some(asked) = asked {
        who.check(&state, Action::RuleTry, &asked.path).map_err(|_| ApiError::NotFound)?;
    }
    let registry = past::registry(&*state.store).await?;
    let variant = privacy::rule_of(&state, &who, &registry, &rule).await?;
    let nowhere = AreaPath(String::new());
    let path = asked.map_or(&nowhere, |a| &a.path);
    let mut config = EngineConfig::new(AreaId::new("_"), path.clone());
    config.catalogue = state.catalogue.clone();
    // What areas set for this rule, and nothing else.
    let own: Vec<RegistryEntry> = registry.into_iter().filter(|e| concerns(e, &rule)).collect();
    let used = values_at(&config, &variant, &own, path);
    let here = asked.map(|a| a.id.to_string());
    let variable = |u: &ParameterUsed| {
        let (_, p) = variant.plan.parameter(&u.name)?;
        let set_by = if u.set_by == "template" {
            Coded::new("template", say(&Text::new("街道统一值", "the street's template")))
        } else {
            area(&areas, &AreaId::new(&u.set_by))
        };
        Some(VariableView {
            name: p.name.clone(),
            label: say(&p.label),
            value: u.value,
            unit: u.unit.clone(),
            min: p.min,
            max: p.max,
            set_by,
        })
    };
    Ok(Json(ValuesView {
        variables: used.iter().filter_map(variable).collect(),
        own: used.iter().filter(|u| Some(&u.set_by) == here.as_ref()).map(|u| u.name.clone()).collect(),
        may_set: asked.is_some_and(|a| who.check(&state, Action::RuleSet, &a.path).is_ok()),
    }))
}

fn concerns(entry: &RegistryEntry, of: &str) -> bool {
    matches!(&entry.change,
        RegistryChange::OverrideSet { rule, .. } | RegistryChange::OverrideRemoved { rule, .. } if rule == of)
}
