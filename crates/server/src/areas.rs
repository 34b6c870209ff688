//! Areas, their shapes, and the posts a case can be given to.

use crate::wire::{Json, Query};
use crate::{
    labels,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    area::{AreaRow, PostChoice, TookOver},
};
use linli_model::{Area, AreaId, AreaLevel, AreaTree};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AreaQuery {
    /// The narrowest level to list; dwellings are many.
    down_to: Option<String>,
    /// Only areas inside this one.
    within: Option<String>,
}

#[utoipa::path(get, path = "/areas", operation_id = "listAreas", tag = "areas",
    params(("down_to" = Option<String>, Query), ("within" = Option<String>, Query)), responses((status = 200, body = Vec<AreaRow>)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<AreaQuery>,
) -> Answer<Json<Vec<AreaRow>>> {
    let areas = state.areas().await?;
    // Where their ground is today; an area that was taken over has none.
    let held = who.posts.iter().filter(|p| !areas.is_taken_over(&p.area));
    let mine: Vec<_> = held.map(|p| areas.where_today(&p.area_path)).collect();
    let narrowest = linli_sheet::kind::area::LEVELS
        .iter()
        .find(|(code, _, _)| Some(*code) == q.down_to.as_deref())
        .map_or(AreaLevel::Doorway, |(_, _, level)| *level);
    let inside = q.within.as_ref().and_then(|id| areas.find(&AreaId::new(id))).map(|a| areas.lies(a));
    let listed = areas.in_force().filter(|a| a.level <= narrowest).filter(|a| {
        let here = areas.lies(a);
        mine.iter().any(|m| here.within(m) || m.within(&here))
            && inside.as_ref().is_none_or(|i| here.within(i))
    });
    Ok(Json(listed.map(|a| row(&areas, a)).collect()))
}

fn row(areas: &AreaTree, a: &Area) -> AreaRow {
    let level = labels::level(a.level);
    let parent = a.parent.as_ref().and_then(|p| areas.today(p));
    let took_over = areas.took_over(&a.id).map(|s| TookOver {
        id: s.of.to_string(),
        name: areas.find(&s.of).map(|of| of.name.clone()).unwrap_or_default(),
        since: s.since.to_string(),
    });
    AreaRow {
        id: a.id.to_string(),
        level: level.code,
        level_label: level.label,
        name: a.name.clone(),
        parent: parent.map(|p| p.id.to_string()),
        took_over: took_over.collect(),
    }
}

/// Building footprints and doorways as a GeoJSON FeatureCollection, in CGCS2000 longitude and latitude.
#[utoipa::path(get, path = "/areas/{id}/map", operation_id = "getAreaMap", tag = "areas", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/geo+json"), (status = 404, body = Problem)))]
pub async fn map(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<serde_json::Value>> {
    let areas = state.areas().await?;
    let area = areas.find(&AreaId::new(&id)).ok_or(ApiError::NotFound)?;
    who.check(&state, Action::CaseRead, &areas.lies(area)).map_err(|_| ApiError::NotFound)?;
    let mut shapes = Vec::new();
    for path in areas.reach(&area.id) {
        shapes.extend(state.store.shapes_within(&path).await?);
    }
    let here = areas.lies(area);
    shapes.retain(|(id, _)| areas.path_today(id).is_some_and(|path| path.within(&here)));
    let features: Vec<_> = shapes
        .into_iter()
        .filter_map(|(id, geometry)| {
            let geometry: serde_json::Value = serde_json::from_str(&geometry).ok()?;
            let area = areas.find(&id)?;
            let properties =
                serde_json::json!({ "id": id, "name": area.name, "level": labels::level(area.level).code });
            Some(serde_json::json!({ "type": "Feature", "geometry": geometry, "properties": properties }))
        })
        .collect();
    Ok(Json(serde_json::json!({ "type": "FeatureCollection", "features": features })))
}

#[utoipa::path(get, path = "/posts", operation_id = "listPosts", tag = "areas", responses((status = 200, body = Vec<PostChoice>)))]
pub async fn posts(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<PostChoice>>> {
    who.check_anywhere(&state, Action::CaseCommand)?;
    let (areas, users, roster) = (state.areas().await?, state.users().await?, state.roster().await?);
    let mine: Vec<_> = who.principal.posts.iter().map(|p| p.area_path.clone()).collect();
    let choices =
        roster.candidates.iter().filter(|c| mine.iter().any(|m| c.post.area_path.within(m))).map(|c| {
            PostChoice {
                id: c.post.id.to_string(),
                name: users.get(&c.post.user).map(|u| u.name.clone()).unwrap_or_default(),
                role: labels::role(c.post.role).label,
                area_name: areas.find(&c.post.area).map(|a| a.name.clone()).unwrap_or_default(),
            }
        });
    Ok(Json(choices.collect()))
}
