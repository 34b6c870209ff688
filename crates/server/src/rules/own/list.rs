//! Own rules of the caller's areas, with what they may cost and what may be done next.

use super::{Ground, areas, asker, can_have, homes, view::view};
use crate::{cases::view::area, labels::say, problem::Answer, state::ServerState, who::Who, wire::Json};
use axum::extract::State;
use linli_api::{Coded, Problem, own_rule::*};
use linli_model::{Area, AreaId, AreaLevel, AreaPath};
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("template.toml");

#[utoipa::path(get, path = "/own-rules", operation_id = "listOwnRules", tag = "rules",
    responses((status = 200, body = OwnRulesView), (status = 403, body = Problem)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<OwnRulesView>> {
    let mine = areas(&state, &who)?;
    let tree = state.areas().await?;
    let mut partitions: BTreeMap<AreaId, AreaPath> = BTreeMap::new();
    for a in tree.iter().filter(|a| can_have(a.level) && mine.iter().any(|m| a.path.within(m))) {
        partitions.extend(tree.partition_of(&a.path));
    }
    let homes = homes(&state).await?;
    let (mut rules, mut shown) = (Vec::new(), Vec::new());
    for (partition, path) in partitions {
        let ground = Ground::of(&state, (partition, path), homes.clone()).await?;
        let within = |path: &AreaPath| mine.iter().any(|m| path.within(m));
        for rule in ground.rules.iter().filter(|r| !r.removed && within(&r.area_path)) {
            let asker = asker(&state, &who, &rule.area_path);
            rules.push(view(&state, &ground, rule, &asker).await?);
        }
        let bounds = ground.bounds();
        let is_place = |a: &&Area| {
            let is_small = (AreaLevel::ResidentialArea..=AreaLevel::Building).contains(&a.level);
            is_small && a.path.within(&ground.path) && within(&a.path)
        };
        let places: Vec<&Area> = tree.iter().filter(is_place).collect();
        shown.push(OwnAreaView {
            area: area(&tree, &ground.partition),
            budget: bounds.cost_area_max,
            spent: ground.spent(),
            composes: places.iter().any(|a| asker(&state, &who, &a.path).composes),
            places: places.iter().map(|a| Coded::new(a.id.as_str(), a.name.clone())).collect(),
        });
    }
    let classes = state.classes.classes.iter().filter(|c| state.own_rules.case_classes.contains(&c.code));
    Ok(Json(OwnRulesView {
        rules,
        areas: shown,
        template: TEMPLATE.to_owned(),
        case_classes: classes.map(|c| Coded::new(&c.code, say(&c.label))).collect(),
        populations: state.own_rules.populations.clone(),
    }))
}
