//! Open cases as points, for the map; the same filter as the list.

use super::list::filter;
use crate::{
    labels::{self, say},
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_api::{
    Coded, Problem,
    case::{CasePoint, CaseQuery},
};
use linli_model::{AreaId, AreaLevel, AreaTree};
use linli_store::PageAsk;

/// The most points one map gets; beyond that the filter has to be narrower.
const POINTS_MAX: usize = 2_000;

#[utoipa::path(get, path = "/map/cases", operation_id = "mapCases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = Vec<CasePoint>), (status = 400, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<CaseQuery>,
) -> Answer<Json<Vec<CasePoint>>> {
    let mut filter = filter(&state, &who, &q).await?;
    filter.open_only = true;
    let areas = state.areas().await?;
    let (mut points, mut page) = (Vec::new(), PageAsk::first(500));
    loop {
        let found = state.store.cases(&filter, &page).await?;
        points.extend(found.items.iter().map(|c| CasePoint {
            id: c.id.to_string(),
            number: c.number.clone(),
            title: c.title.clone(),
            stage: Coded::new(c.stage.code().code(), say(&c.stage.code().label())),
            severity: labels::severity(c.severity),
            area: c.area.to_string(),
            building: building(&areas, &c.area),
            lon: c.lon,
            lat: c.lat,
        }));
        match found.next {
            Some(next) if points.len() < POINTS_MAX => page.after = Some(next),
            _ => break,
        }
    }
    Ok(Json(points))
}

fn building(areas: &AreaTree, area: &AreaId) -> Coded {
    let found = areas.find_at_level(area, AreaLevel::Building).or_else(|| areas.find(area));
    found.map_or_else(|| Coded::new(area.as_str(), ""), |a| Coded::new(a.id.as_str(), &a.name))
}
