//! Readings over HTTP, with a device's or gateway's credential.

use crate::wire::{Bytes, Json};
use crate::{
    problem::{Answer, ApiError, field_problem},
    state::ServerState,
    who::lang,
};
use axum::extract::State;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use linli_api::{
    Problem,
    reading::{QuarantinedRow, ReadingsReceipt},
};
use linli_intake::{Encoding, Message, Principal, Receipt};
use std::sync::Arc;

pub(crate) fn receipt(r: Receipt) -> ReadingsReceipt {
    let row = |row: &linli_intake::RowResult| QuarantinedRow {
        row: row.row,
        reason: row.reason.as_str().to_owned(),
        problem: field_problem(&row.diagnostic, lang()),
    };
    ReadingsReceipt {
        accepted: r.accepted,
        quarantined: r.quarantined,
        rows: r.rows.iter().map(row).collect(),
    }
}

/// `Basic name:secret` or `Bearer name.secret`.
fn principal(state: &ServerState, headers: &HeaderMap) -> Option<Arc<Principal>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    if let Some(token) = value.strip_prefix("Bearer ") {
        return state.intake.authenticate_bearer(token.trim());
    }
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, secret) = text.split_once(':')?;
    state.intake.authenticate(name, secret.as_bytes())
}

/// NDJSON, a JSON array or one object, gzip allowed. The answer comes after everything in it is durable.
#[utoipa::path(post, path = "/readings", operation_id = "sendReadings", tag = "readings",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ReadingsReceipt), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 413, body = Problem), (status = 503, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    headers: HeaderMap,
    Bytes(body): Bytes,
) -> Answer<Json<ReadingsReceipt>> {
    let principal = principal(&state, &headers).ok_or(ApiError::SignedOut)?;
    let packed = headers.get(header::CONTENT_ENCODING).map_or("", |v| v.to_str().unwrap_or("?"));
    let encoding = Encoding::find(packed).ok_or_else(|| {
        linli_model::Diagnostic::new(
            "encoding_unknown",
            "Content-Encoding",
            "只支持 gzip 或不压缩",
            "expected gzip, or no Content-Encoding",
        )
    })?;
    let message = Message { body: &body, encoding, source: None };
    let taken = state.intake.take(&principal, message).await?;
    metrics::counter!("linli_readings_accepted_total").increment(u64::from(taken.accepted));
    metrics::counter!("linli_readings_quarantined_total").increment(u64::from(taken.quarantined));
    Ok(Json(receipt(taken)))
}
