//! Which version of the routing rules is on; an older one is the way back.

use super::{check_change, list::view};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::State;
use linli_api::{Problem, routing::*};
use linli_store::{Change, Commit};

#[utoipa::path(post, path = "/routing/on", operation_id = "switchRouting", tag = "routing", request_body = RoutingSwitch,
    responses((status = 200, body = RoutingView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn switch(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<RoutingSwitch>,
) -> Answer<Json<RoutingView>> {
    check_change(&state, &who).await?;
    let versions = state.store.routing_versions().await?;
    if asked.version.is_some_and(|wanted| !versions.iter().any(|v| v.version == wanted)) {
        return Err(ApiError::NotFound);
    }
    let changes = vec![Change::RoutingOn { version: asked.version, at: state.now() }];
    state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(Json(view(&state, &who).await?))
}
