//! The filtered list as a workbook.

use super::{list::filter, view::row};
use crate::wire::Query;
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::{extract::State, response::IntoResponse};
use http::header;
use linli_access::Action;
use linli_api::{Problem, case::CaseQuery};
use linli_model::{Fault, Text};
use linli_store::PageAsk;

/// The most rows of one export.
const ROWS_MAX: usize = 50_000;

#[utoipa::path(get, path = "/cases/export.xlsx", operation_id = "exportCases", tag = "cases", params(CaseQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 403, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<CaseQuery>,
) -> Answer<impl IntoResponse> {
    who.check_anywhere(&state, Action::CaseExport)?;
    let mut filter = filter(&state, &who, &q).await?;
    filter.within = who.areas(&state, Action::CaseExport);
    let (areas, users) = (state.areas().await?, state.users().await?);
    let mut rows = Vec::new();
    let mut page = PageAsk::first(500);
    loop {
        let found = state.store.cases(&filter, &page).await?;
        // A case of theirs elsewhere is theirs to work on, not to carry away.
        let theirs = found.items.iter().filter(|c| filter.within.iter().any(|w| c.area_path.within(w)));
        rows.extend(theirs.map(|c| cells(&row(&state, c, &areas, &users))));
        match found.next {
            Some(next) if rows.len() < ROWS_MAX => page.after = Some(next),
            _ => break,
        }
    }
    let columns = [
        ("编号", "Number"),
        ("标题", "Title"),
        ("分类", "Class"),
        ("地点", "Place"),
        ("阶段", "Stage"),
        ("主责人", "Owner"),
        ("紧急程度", "Severity"),
        ("受理时间", "Opened"),
        ("时限", "Due"),
    ];
    let header: Vec<String> =
        columns.iter().map(|(zh, en)| crate::labels::say(&Text::new(*zh, *en))).collect();
    let bytes = linli_sheet::write::sheet("cases", &header, &rows)
        .map_err(|e| ApiError::Fault(Fault::lasting(format!("the workbook could not be written: {e}"))))?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"cases.xlsx\""),
        ],
        bytes,
    ))
}

fn cells(row: &linli_api::case::CaseRow) -> Vec<String> {
    let due =
        row.promises.iter().filter(|p| p.state == "open").map(|p| p.due_at.clone()).min().unwrap_or_default();
    vec![
        row.number.clone(),
        row.title.clone(),
        row.class.label.clone(),
        row.place.clone(),
        row.stage.label.clone(),
        row.owner.name.clone(),
        row.severity.label.clone(),
        row.opened_at.clone(),
        due,
    ]
}
