//! The access log, for the data officer: who looked at whose record, and whether the chain is whole.

use crate::{labels, problem::Answer, state::ServerState, who::Who};
use axum::{
    Json,
    extract::{Query, State},
};
use linli_access::Action;
use linli_api::{
    Page, Problem,
    person::{ChainVerdict, LookRow, PersonQuery},
};
use linli_model::Role;
use linli_store::PageAsk;

#[utoipa::path(get, path = "/access-log", operation_id = "listLooks", tag = "access_log", params(PersonQuery),
    responses((status = 200, body = Page<LookRow>), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<PersonQuery>,
) -> Answer<Json<Page<LookRow>>> {
    who.check_anywhere(&state, Action::AccessLogRead)?;
    let users = state.users().await?;
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(100) };
    let found = state.store.looks(&page).await?;
    let items = found.items.into_iter().map(|l| LookRow {
        seq: l.seq,
        at: l.look.at.to_string(),
        user: users.get(&l.look.user).map(|u| u.name.clone()).unwrap_or_else(|| l.look.user.to_string()),
        role: Role::find(&l.look.role).map(|r| labels::role(r).label).unwrap_or(l.look.role),
        person: l.look.person,
        purpose: l.look.purpose,
        case_id: l.look.case.map(|c| c.to_string()),
        reason: l.look.reason,
    });
    Ok(Json(Page { items: items.collect(), next_cursor: found.next }))
}

#[utoipa::path(get, path = "/access-log/verify", operation_id = "verifyLooks", tag = "access_log",
    responses((status = 200, body = ChainVerdict), (status = 403, body = Problem)))]
pub async fn verify(State(state): State<ServerState>, who: Who) -> Answer<Json<ChainVerdict>> {
    who.check_anywhere(&state, Action::AccessLogRead)?;
    let verdict = state.store.verify_looks().await?;
    Ok(Json(ChainVerdict {
        whole: verdict.broken_at.is_none(),
        entries: verdict.entries,
        broken_at: verdict.broken_at,
    }))
}
