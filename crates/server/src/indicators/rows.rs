//! The cases behind a number (IS3).

use super::{Words, asked, filter, wrong};
use crate::{
    cases::view::row,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Page, Problem,
    indicator::{IndicatorRow, IndicatorRowsQuery},
};
use linli_store::PageAsk;

#[utoipa::path(get, path = "/indicators/{code}/cases", operation_id = "listIndicatorCases", tag = "indicators",
    params(("code" = String, Path), IndicatorRowsQuery),
    responses((status = 200, body = Page<IndicatorRow>), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(code): Path<String>,
    Query(q): Query<IndicatorRowsQuery>,
) -> Answer<Json<Page<IndicatorRow>>> {
    who.check_anywhere(&state, Action::CaseRead)?;
    let indicator = linli_indicator::find(&code).ok_or(ApiError::NotFound)?;
    let (areas, users) = (state.areas().await?, state.users().await?);
    let words =
        Words { area: &q.area, class: &q.class, period: &q.period, day: &q.day, from: &q.from, to: &q.to };
    let asked = asked(&state, &areas, &words)?;
    let measures = indicator.measures();
    let measure = match q.part.as_deref().filter(|p| !p.is_empty()) {
        None | Some("numerator") => measures[0],
        Some("rest") if measures.len() > 1 => measures[1],
        Some(_) => return Err(wrong("part", "应为 numerator 或 rest", "expected numerator or rest")),
    };
    let page = PageAsk { after: q.cursor.clone(), limit: q.limit.unwrap_or(50) };
    let found =
        state.store.tallied_cases(&filter(&state, &who, &asked, &asked.period), measure, &page).await?;
    let items = found.items.iter().map(|m| IndicatorRow {
        case: row(&state, &m.case, &areas, &users),
        at: m.at.to_string(),
        n: m.n,
        value: indicator.value_of(m.n, m.sum),
        excluded: m.excluded,
    });
    Ok(Json(Page { items: items.collect(), next_cursor: found.next }))
}
