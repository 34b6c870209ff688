//! Rows that wait for a person: listed, corrected and sent again, or discarded with a reason.
//!
//! Invariants
//! - QR1 A row is seen by who looks after the device it names; if it names none that is registered, after some device
//!   of its source; if the source has none either, after a whole tree of areas.
//! - QR2 A corrected row is one row, for a device the person looks after; it is judged before anything is kept, and
//!   leaves quarantine only when it was accepted.

use crate::wire::{Json, Query};
use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Page, Problem, quarantine::*, reading::ReadingsReceipt};
use linli_intake::{Message, Principal};
use linli_model::{AreaPath, DeviceId, Diagnostic, Refusal, SourceId};
use linli_store::{Change, Commit, DeviceRecord, Guard, PageAsk, QuarantineItem, QuarantineState};
use std::collections::{BTreeMap, BTreeSet};

/// How many pages of the store one page may be gathered from.
const PAGES_MAX: u32 = 20;

#[utoipa::path(get, path = "/quarantine", operation_id = "listQuarantine", tag = "quarantine", params(QuarantineQuery),
    responses((status = 200, body = Page<QuarantineRow>), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<QuarantineQuery>,
) -> Answer<Json<Page<QuarantineRow>>> {
    who.check_anywhere(&state, Action::QuarantineRead)?;
    let keepers = Keepers::of(&state).await?;
    let wanted = q.limit.unwrap_or(50).clamp(1, linli_store::PAGE_ROWS_MAX);
    let (mut items, mut after) = (Vec::new(), q.cursor);
    for _ in 0..PAGES_MAX {
        let page = PageAsk { after, limit: wanted };
        let found = state.store.quarantine(q.reason.as_deref(), &page).await?;
        let seen = found.items.into_iter().filter(|i| keepers.allow(&state, &who, Action::QuarantineRead, i));
        items.extend(seen.map(row));
        after = found.next;
        if after.is_none() || items.len() >= wanted as usize {
            break;
        }
    }
    Ok(Json(Page { items, next_cursor: after }))
}

fn row(item: QuarantineItem) -> QuarantineRow {
    QuarantineRow {
        id: item.id,
        source: item.source.to_string(),
        received_at: item.received_at.to_string(),
        row: item.row.row,
        reason: item.row.reason.as_str().to_owned(),
        field: item.row.diagnostic.field.clone(),
        message: say(&item.row.diagnostic.message),
        raw: item.row.raw,
    }
}

/// Where devices and sources lie (QR1).
struct Keepers {
    devices: BTreeMap<DeviceId, AreaPath>,
    sources: BTreeMap<SourceId, BTreeSet<AreaPath>>,
}

impl Keepers {
    async fn of(state: &ServerState) -> Answer<Keepers> {
        let (mut devices, mut sources) = (BTreeMap::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for DeviceRecord { device, .. } in state.store.all_devices().await? {
            sources.entry(device.source).or_default().insert(device.area_path.clone());
            devices.insert(device.id, device.area_path);
        }
        Ok(Keepers { devices, sources })
    }

    fn allow(&self, state: &ServerState, who: &Who, action: Action, item: &QuarantineItem) -> bool {
        let may = |place: &AreaPath| who.check(state, action, place).is_ok();
        if let Some(place) = device_named(&item.row.raw).and_then(|id| self.devices.get(&id)) {
            return may(place);
        }
        match self.sources.get(&item.source) {
            Some(places) => places.iter().any(may),
            None => who.areas(state, action).iter().any(|a| a.ids().count() == 1),
        }
    }
}

fn device_named(raw: &str) -> Option<DeviceId> {
    let value: serde_json::Value = serde_json::from_str(raw).ok()?;
    Some(DeviceId::new(value.get("device")?.as_str()?))
}

/// An open row this person may work on.
async fn seen(state: &ServerState, who: &Who, id: &str) -> Answer<QuarantineItem> {
    who.check_anywhere(state, Action::QuarantineWrite)?;
    let item = state.store.quarantine_item(id).await?.ok_or(ApiError::NotFound)?;
    let keepers = Keepers::of(state).await?;
    if keepers.allow(state, who, Action::QuarantineWrite, &item) { Ok(item) } else { Err(ApiError::NotFound) }
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
    let item = seen(&state, &who, &id).await?;
    let device = device_named(&asked.row).ok_or_else(|| {
        let (zh, en) = ("应为一个 JSON 对象,含 device", "expected one JSON object with a device");
        Diagnostic::new("row_malformed", "row", zh, en)
    })?;
    // Through a person nobody speaks for a device of somebody else's.
    let theirs = match state.store.device(&device).await? {
        Some(record) => who.check(&state, Action::QuarantineWrite, &record.device.area_path).is_ok(),
        None => true,
    };
    if !theirs {
        return Err(ApiError::Forbidden(linli_access::forbidden()));
    }
    let principal = Principal::installation(format!("user:{}", who.user.id), item.source.clone());
    if let Err(wrong) = state.intake.judge_one(&principal, asked.row.trim().as_bytes()) {
        return Err(ApiError::Refused(Refusal {
            code: "still_wrong".to_owned(),
            message: wrong.diagnostic.message,
        }));
    }
    let receipt = state.intake.take(&principal, Message::of(asked.row.trim().as_bytes())).await?;
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
    seen(&state, &who, &id).await?;
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
