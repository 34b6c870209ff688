//! What was sent, newest first, with numbers.

use super::row;
use crate::{
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{Page, Problem, push::PushRow};
use linli_store::PageAsk;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    cursor: Option<String>,
    limit: Option<u32>,
}

#[utoipa::path(get, path = "/pushes", operation_id = "listPushes", tag = "pushes",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = Page<PushRow>), (status = 403, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<Ask>,
) -> Answer<Json<Page<PushRow>>> {
    who.check_anywhere(&state, Action::PushSend)?;
    let (areas, users) = (state.areas().await?, state.users().await?);
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(20).min(50) };
    let found = state.store.pushes(&who.areas(&state, Action::PushSend), &page).await?;
    let items = found.items.iter().map(|r| row(r, &areas, &users)).collect();
    Ok(Json(Page { items, next_cursor: found.next }))
}
