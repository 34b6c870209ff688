//! A finding: why a rule says what it says, with what was measured around it.

use crate::{
    cases::view::{area, evidence_of},
    devices::series_of,
    labels,
    problem::{Answer, ApiError},
    rules::privacy::of_home,
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, finding::FindingView};
use linli_history::HistoryQuery;
use linli_model::{DeviceId, FindingId, FindingKind, Millis, OwnCode, SubjectKind};

/// How far before a finding its series begins.
const BEFORE: Millis = Millis::days(7);
/// The most devices a finding's series shows.
const DEVICES_MAX: usize = 8;

#[utoipa::path(get, path = "/findings/{id}", operation_id = "getFinding", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = FindingView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<FindingView>> {
    let id: FindingId = id.parse().map_err(|_| ApiError::NotFound)?;
    let finding = state.store.finding(id).await?.ok_or(ApiError::NotFound)?;
    who.check(&state, Action::CaseRead, &finding.area_path).map_err(|_| ApiError::NotFound)?;
    let areas = state.areas().await?;
    let case = state.store.case_of_finding(id).await?;
    // What a rule finds in its shadow is told to nobody.
    if OwnCode::read(&finding.rule).is_some_and(|c| c.shadow) {
        return Err(ApiError::NotFound);
    }
    let device = match finding.subject.kind {
        SubjectKind::Device => state.store.device(&DeviceId::new(&finding.subject.id)).await?,
        _ => None,
    };
    let in_home = matches!(finding.subject.kind, SubjectKind::Dwelling | SubjectKind::Person)
        || device.is_some_and(|d| of_home(&d.device, &areas));
    let until = finding.end.unwrap_or_else(|| state.now());
    let mut query = HistoryQuery::between(finding.start - BEFORE, until + Millis::minutes(5));
    for reading in &finding.evidence.readings {
        if !query.devices.contains(&reading.device) && query.devices.len() < DEVICES_MAX {
            query = query.of_device(reading.device.clone());
        }
    }
    // Without a device the question would be for everything there is.
    let series =
        if query.devices.is_empty() { Vec::new() } else { series_of(&state, &query, in_home).await? };
    Ok(Json(FindingView {
        kind: match finding.kind {
            FindingKind::Signal => "signal",
            FindingKind::Coverage => "coverage",
        }
        .to_owned(),
        severity: labels::severity(finding.severity),
        area: area(&areas, &finding.area),
        case_id: case.map(|c| c.id.to_string()),
        series,
        evidence: evidence_of(&finding, &state, in_home),
    }))
}
