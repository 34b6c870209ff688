//! Rows that wait for a person: listed, corrected and sent again, or discarded with a reason.

use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::{
    Json,
    extract::{Path, Query, State},
};
use linli_access::Action;
use linli_api::{Page, Problem, quarantine::*, reading::ReadingsReceipt};
use linli_intake::{Message, Principal};
use linli_model::Refusal;
use linli_store::{Change, Commit, Guard, PageAsk, QuarantineState};

#[utoipa::path(get, path = "/quarantine", operation_id = "listQuarantine", tag = "quarantine", params(QuarantineQuery),
    responses((status = 200, body = Page<QuarantineRow>), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<QuarantineQuery>,
) -> Answer<Json<Page<QuarantineRow>>> {
    who.check_anywhere(&state, Action::QuarantineRead)?;
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(50) };
    let found = state.store.quarantine(q.reason.as_deref(), &page).await?;
    let items = found.items.into_iter().map(|item| QuarantineRow {
        id: item.id,
        source: item.source.to_string(),
        received_at: item.received_at.to_string(),
        row: item.row.row,
        reason: item.row.reason.as_str().to_owned(),
        field: item.row.diagnostic.field.clone(),
        message: say(&item.row.diagnostic.message),
        raw: item.row.raw,
    });
    Ok(Json(Page { items: items.collect(), next_cursor: found.next }))
}

/// Sends a corrected row through the same checks as any other; it leaves quarantine only when it was accepted.
#[utoipa::path(post, path = "/quarantine/{id}/resubmit", operation_id = "resubmitRow", tag = "quarantine", params(("id" = String, Path)),
    request_body = Resubmit, responses((status = 200, body = ReadingsReceipt), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn resubmit(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<Resubmit>,
) -> Answer<Json<ReadingsReceipt>> {
    who.check_anywhere(&state, Action::QuarantineWrite)?;
    let item = state.store.quarantine_item(&id).await?.ok_or(ApiError::NotFound)?;
    let principal = Principal::installation(format!("user:{}", who.user.id), item.source.clone());
    let receipt = state.intake.take(&principal, Message::of(asked.row.as_bytes())).await?;
    if receipt.accepted == 0 {
        let why = receipt.rows.first().map(|r| r.diagnostic.message.clone()).unwrap_or_default();
        return Err(ApiError::Refused(Refusal { code: "still_wrong".to_owned(), message: why }));
    }
    resolve(&state, &who, &id, QuarantineState::Resubmitted, String::new()).await?;
    Ok(Json(crate::readings::receipt(receipt)))
}

#[utoipa::path(post, path = "/quarantine/{id}/discard", operation_id = "discardRow", tag = "quarantine", params(("id" = String, Path)),
    request_body = Discard, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn discard(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<Discard>,
) -> Answer<http::StatusCode> {
    who.check_anywhere(&state, Action::QuarantineWrite)?;
    state.store.quarantine_item(&id).await?.ok_or(ApiError::NotFound)?;
    if asked.reason.trim().is_empty() {
        return Err(Refusal::new("reason_missing", "请写明丢弃原因", "say why it is discarded").into());
    }
    resolve(&state, &who, &id, QuarantineState::Discarded, asked.reason).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

async fn resolve(state: &ServerState, who: &Who, id: &str, to: QuarantineState, note: String) -> Answer<()> {
    let change = Change::QuarantineResolve { id: id.to_owned(), state: to, by: Some(who.user.id), note };
    let guards = vec![Guard::QuarantineOpen(id.to_owned())];
    state
        .store
        .commit(Commit { at: state.now(), guards, changes: vec![change], ..Commit::default() })
        .await?;
    Ok(())
}
