//! The list, its counts, and the classes to choose from.

use super::view::row;
use crate::wire::{Json, Query};
use crate::{
    labels,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Page, Problem,
    case::{CaseCounts, CaseQuery, CaseRow, ClassView},
};
use linli_casework::class::category::{Scheme, is_local};
use linli_model::{AreaId, Diagnostic};
use linli_store::{CaseFilter, Mark, PageAsk, Tab};

/// The filter of a query, cut to what this person may see.
pub(super) async fn filter(state: &ServerState, who: &Who, q: &CaseQuery) -> Answer<CaseFilter> {
    let wrong =
        |field: &str, zh: &str, en: &str| ApiError::from(Diagnostic::new("query_wrong", field, zh, en));
    let tab = match q.tab.as_deref() {
        None => Tab::All,
        Some(code) => Tab::find(code).ok_or_else(|| {
            wrong("tab", "没有这个标签页", "expected to_accept, mine, due_soon, overdue, returned or all")
        })?,
    };
    let areas = state.areas().await?;
    let place = |field: &str, code: &Option<String>| match code {
        None => Ok(None),
        Some(code) => match areas.find(&AreaId::new(code)) {
            Some(found) => Ok(Some(&found.id)),
            None => Err(wrong(field, "没有这个区域", "there is no such area")),
        },
    };
    let (area, at) = (place("area", &q.area)?, place("at", &q.at)?);
    let (area, at) = (area.map(|id| areas.extent(id)), at.map(|id| areas.reach_at(id)));
    let mark = match q.mark.as_deref().filter(|m| !m.is_empty()) {
        None => None,
        Some(code) => Some(Mark::find(code).ok_or_else(|| {
            wrong("mark", "没有这个标记", "expected concentrated, call_back or root_cause")
        })?),
    };
    let to_do = q.open.unwrap_or(false);
    let within = who.areas(state, Action::CaseRead);
    Ok(CaseFilter {
        me: Some(who.user.id).filter(|_| !within.is_empty()),
        tab,
        class: q.class.clone().filter(|c| !c.is_empty()),
        stage: q.stage.clone().filter(|s| !s.is_empty()),
        areas: area.unwrap_or_default(),
        at: at.unwrap_or_default(),
        open_only: to_do,
        // Who asks for the answered ones gets them.
        unanswered: to_do && q.stage.as_ref().is_none_or(String::is_empty),
        mark,
        text: q.q.clone().filter(|t| !t.trim().is_empty()),
        ..CaseFilter::all_within(within, state.now())
    })
}

#[utoipa::path(get, path = "/cases", operation_id = "listCases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = Page<CaseRow>), (status = 400, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<CaseQuery>,
) -> Answer<Json<Page<CaseRow>>> {
    let filter = filter(&state, &who, &q).await?;
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(50) };
    let found = state.store.cases(&filter, &page).await?;
    let (areas, users) = (state.areas().await?, state.users().await?);
    let items = found.items.iter().map(|c| row(&state, c, &areas, &users)).collect();
    Ok(Json(Page { items, next_cursor: found.next }))
}

#[utoipa::path(get, path = "/cases/counts", operation_id = "countCases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = CaseCounts)))]
pub async fn counts(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<CaseQuery>,
) -> Answer<Json<CaseCounts>> {
    let filter = filter(&state, &who, &q).await?;
    let counts = state.store.case_counts(&filter).await?;
    Ok(Json(CaseCounts { tabs: counts.into_iter().map(|(tab, n)| (tab.code().to_owned(), n)).collect() }))
}

#[utoipa::path(get, path = "/cases/classes", operation_id = "listClasses", tag = "cases",
    responses((status = 200, body = Vec<ClassView>)))]
pub async fn classes(State(state): State<ServerState>, _who: Who) -> Answer<Json<Vec<ClassView>>> {
    let view = |c: &linli_casework::Class| ClassView {
        code: c.code.clone(),
        label: labels::say(&c.label),
        tile: c.tile,
        danger: c.danger,
        levels: state.classes.levels(c, Scheme::Standard).iter().map(|l| labels::say(&l.label)).collect(),
        hotline: state.classes.levels(c, Scheme::Hotline).iter().map(|l| labels::say(&l.label)).collect(),
        order: c.order,
        is_local: c.standard_code.as_deref().is_some_and(is_local),
        standard_code: c.standard_code.clone(),
    };
    Ok(Json(state.classes.classes.iter().map(view).collect()))
}
