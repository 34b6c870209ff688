//! A person's notices.

use crate::wire::{Json, Query};
use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use http::StatusCode;
use linli_api::{Page, Problem, inbox::NoticeRow};
use linli_notice::NoticeId;
use linli_store::{Change, Commit, InboxItem, PageAsk};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    cursor: Option<String>,
    limit: Option<u32>,
}

fn row(item: &InboxItem) -> NoticeRow {
    let n = &item.notice;
    NoticeRow {
        id: n.id.to_string(),
        case_id: n.case.map(|c| c.to_string()),
        push_id: n.push.map(|p| p.to_string()),
        reason: n.reason.clone(),
        title: say(&n.title),
        body: say(&n.body),
        severity: crate::labels::severity(n.severity).code,
        at: n.created_at.to_string(),
        seen_at: item.seen_at.map(|t| t.to_string()),
    }
}

#[utoipa::path(get, path = "/inbox", operation_id = "listInbox", tag = "inbox",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)), responses((status = 200, body = Page<NoticeRow>)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<Ask>,
) -> Answer<Json<Page<NoticeRow>>> {
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(50) };
    let found = state.store.inbox(who.user.id, state.now(), &page).await?;
    if let Err(fault) = fetched(&state, &who, &found.items).await {
        // They have them all the same; the next time it is written.
        tracing::warn!(?fault, "that notices were fetched could not be kept");
    }
    Ok(Json(Page { items: found.items.iter().map(row).collect(), next_cursor: found.next }))
}

/// What a page of theirs has is delivered. It is written once a notice; who watches a push sees it count.
async fn fetched(state: &ServerState, who: &Who, items: &[InboxItem]) -> Answer<()> {
    let new = || items.iter().filter(|i| i.fetched_at.is_none());
    let notices: Vec<NoticeId> = new().map(|i| i.notice.id).collect();
    if notices.is_empty() {
        return Ok(());
    }
    let change = Change::NoticesFetched { user: who.user.id, notices, at: state.now() };
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    if new().any(|i| i.notice.push.is_some()) {
        crate::pushes::tell_receipts(state, who.user.id).await?;
    }
    Ok(())
}

#[utoipa::path(post, path = "/inbox/{id}/seen", operation_id = "seeNotice", tag = "inbox", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn seen(State(state): State<ServerState>, who: Who, Path(id): Path<String>) -> Answer<StatusCode> {
    let notice: NoticeId = id.parse().map_err(|_| ApiError::NotFound)?;
    let change = Change::NoticeSeen { user: who.user.id, notice, at: state.now() };
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    crate::pushes::tell_receipts(&state, who.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/inbox/seen", operation_id = "seeAllNotices", tag = "inbox", responses((status = 204)))]
pub async fn all_seen(State(state): State<ServerState>, who: Who) -> Answer<StatusCode> {
    let change = Change::NoticesSeen { user: who.user.id, at: state.now() };
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    crate::pushes::tell_receipts(&state, who.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
