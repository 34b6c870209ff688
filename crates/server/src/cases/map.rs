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
