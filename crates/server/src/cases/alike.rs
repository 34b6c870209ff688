//! Cases that may be the same matter: offered before something is filed, and on the case for merging.

use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Coded, Problem,
    case::{AlikeQuery, NearbyCase},
};
use linli_casework::{Case, Spot, alike, alike::Nearness};
use linli_model::{AreaId, AreaLevel, Diagnostic, Millis};
use linli_store::{CaseFilter, PageAsk};

/// The most that are looked at, and shown.
const LOOKED_AT_MAX: u32 = 200;
const SHOWN_MAX: usize = 6;

/// Open cases this person may see that may be the same matter, the nearest first.
pub(super) async fn candidates(
    state: &ServerState,
    who: &Who,
    spot: &Spot<'_>,
    not: Option<&Case>,
) -> Answer<Vec<(Nearness, Case)>> {
    let areas = state.areas().await?;
    let now = state.now();
    let around = areas.find_at_level(spot.area, AreaLevel::ResidentialArea).or_else(|| areas.find(spot.area));
    let filter = CaseFilter {
        class: Some(spot.class.to_owned()),
        areas: around.map(|a| areas.extent(&a.id)).unwrap_or_default(),
        open_only: true,
        opened_since: Some(now - Millis::days(i64::from(state.classes.near.days))),
        ..CaseFilter::all_within(who.areas(state, Action::CaseRead), now)
    };
    let found = state.store.cases(&filter, &PageAsk::first(LOOKED_AT_MAX)).await?;
    let others = found.items.into_iter().filter(|c| not.is_none_or(|n| n.id != c.id));
    let mut near: Vec<(Nearness, Case)> =
        others.filter_map(|c| Some((alike(spot, &c, &areas, &state.classes, now)?, c))).collect();
    near.sort_by_key(|(near, case)| (*near, std::cmp::Reverse(case.opened_at)));
    near.truncate(SHOWN_MAX);
    Ok(near)
}

pub(super) fn nearby(case: &Case, near: Option<Nearness>) -> NearbyCase {
    NearbyCase {
        id: case.id.to_string(),
        number: case.number.clone(),
        title: case.title.clone(),
        place: case.place.clone(),
        stage: Coded::new(case.stage.code().code(), say(&case.stage.code().label())),
        opened_at: case.opened_at.to_string(),
        reporters_count: case.reporters.len() as u32,
        alike: near.map(|n| say(&n.label())),
    }
}

#[utoipa::path(get, path = "/cases/alike", operation_id = "findAlike", tag = "cases", params(AlikeQuery),
    responses((status = 200, body = Vec<NearbyCase>), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<AlikeQuery>,
) -> Answer<Json<Vec<NearbyCase>>> {
    let areas = state.areas().await?;
    let area = areas.find(&AreaId::new(&q.area)).ok_or_else(|| {
        ApiError::from(Diagnostic::new(
            "area_unknown",
            "area",
            "没有这个区域,请重新选择",
            "there is no such area; choose again",
        ))
    })?;
    who.check(&state, Action::CaseFile, &areas.lies(area))?;
    let class = q.class.as_deref().filter(|c| !c.is_empty()).unwrap_or("other");
    let spot = Spot { class, area: &area.id, lon: q.lon, lat: q.lat, subject: None };
    let found = candidates(&state, &who, &spot, None).await?;
    Ok(Json(found.iter().map(|(near, case)| nearby(case, Some(*near))).collect()))
}
