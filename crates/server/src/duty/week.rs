//! Seven days of an area: who is on duty when, and when nobody is.

use super::{Row, SEEN_BY, falls_to, post_view, span};
use crate::{
    cases::view::area as area_view,
    labels::{role_text, say},
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use jiff::civil::Date;
use linli_access::Action;
use linli_api::{Coded, Problem, duty::*};
use linli_casework::{Duty, Roster, owner::duty::Days, owner::duty::uncovered};
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Instant, Role, Text};
use linli_store::DutyVersion;
use std::collections::BTreeMap;

const DAYS: i64 = 7;

#[utoipa::path(get, path = "/duty", operation_id = "getDutyWeek", tag = "duty", params(DutyQuery),
    responses((status = 200, body = DutyWeek), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<DutyQuery>,
) -> Answer<Json<DutyWeek>> {
    let areas = state.areas().await?;
    let area = areas.find(&AreaId::new(&q.area)).ok_or(ApiError::NotFound)?;
    if !SEEN_BY.into_iter().any(|action| who.check(&state, action, &area.path).is_ok()) {
        return Err(ApiError::NotFound);
    }
    let first = first_day(&state, q.from.as_deref())?;
    let begins: Vec<(Date, Instant)> =
        (0..=DAYS).map(|n| begin_of(&state, first, n)).collect::<Answer<_>>()?;
    let range = (begins[0].1, begins[DAYS as usize].1);
    let (roster, duties) = (state.roster().await?, state.duties().await?);
    let mut posts = Vec::new();
    let staff = roster.candidates.iter().filter(|c| c.post.role != Role::Resident);
    for candidate in staff.filter(|c| c.post.area_path.within(&area.path)) {
        let version = duties.get(&candidate.post.id);
        let may_set = who.check(&state, Action::DutyKeep, &candidate.post.area_path).is_ok();
        posts.push((&candidate.post, post_view(&state, Row { candidate, version, may_set }, range).await?));
    }
    posts.sort_by(|(a, _), (b, _)| {
        (&a.area_path, a.role as u8, a.id).cmp(&(&b.area_path, b.role as u8, b.id))
    });
    let day = |(date, at): &(Date, Instant)| DutyDay {
        date: date.to_string(),
        begins_at: at.to_string(),
        is_rest: !state.calendar.is_working_day(*date),
    };
    Ok(Json(DutyWeek {
        area: area_view(&areas, &area.id),
        days: begins[..DAYS as usize].iter().map(day).collect(),
        posts: posts.into_iter().map(|(_, view)| view).collect(),
        uncovered: gaps(&state, &areas, area, &roster, &duties, range),
        falls_to: falls_to(),
        kinds: Days::all().map(|d| Coded::new(d.code(), say(&d.label()))).collect(),
    }))
}

/// The tier that the area is, and those within it; an area between two tiers has those within it only.
fn gaps(
    state: &ServerState,
    areas: &AreaTree,
    area: &Area,
    roster: &Roster,
    duties: &BTreeMap<linli_model::PostId, DutyVersion>,
    (from, to): (Instant, Instant),
) -> Vec<DutyGap> {
    let unset = Duty::default();
    let tiers = areas.iter().filter(|a| a.path.within(&area.path) && state.tiers.is_tier(a.level));
    let gap = |a: &Area| {
        let roles = state.tiers.roles(a.level);
        let deciding =
            roster.candidates.iter().filter(|c| c.post.area == a.id && roles.contains(&c.post.role));
        let duties = deciding.map(|c| duties.get(&c.post.id).map_or(&unset, |v| &v.duty));
        let spans = uncovered(duties, from, to, &state.calendar);
        let names: Vec<String> = roles.iter().map(|r| say(&role_text(*r))).collect();
        (!spans.is_empty()).then(|| DutyGap {
            area: area_view(areas, &a.id),
            roles: names.join(&say(&Text::new("、", ", "))),
            spans: spans.iter().map(span).collect(),
        })
    };
    tiers.filter_map(gap).collect()
}

fn first_day(state: &ServerState, asked: Option<&str>) -> Answer<Date> {
    match asked.filter(|t| !t.is_empty()) {
        Some(text) => text.parse().map_err(|_| wrong_day()),
        None => {
            let today = state.now().day_in(state.zone());
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            today.checked_sub(jiff::Span::new().days(since_monday)).map_err(|_| wrong_day())
        }
    }
}

fn begin_of(state: &ServerState, first: Date, later: i64) -> Answer<(Date, Instant)> {
    state.begin_of(first, later).ok_or_else(wrong_day)
}

fn wrong_day() -> ApiError {
    Diagnostic::new("day_malformed", "from", "应为日期,如 2026-11-23", "expected a day like 2026-11-23")
        .into()
}
