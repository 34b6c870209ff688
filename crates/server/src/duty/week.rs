//! Seven days of an area: who is on duty when, and when nobody is.

use super::{Row, SEEN_BY, falls_to, post_view, span};
use crate::{
    cases::view::area as area_view,
    labels::{self, role_text, say},
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use jiff::civil::Date;
use linli_access::Action;
use linli_api::{Coded, Problem, duty::*};
use linli_casework::{Candidate, Duty, Roster, owner::duty::Days, owner::duty::uncovered};
use linli_model::{Area, AreaId, AreaLevel, AreaTree, Diagnostic, Instant, PostId, Role, Text};
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
    let here = areas.lies(area);
    if !SEEN_BY.into_iter().any(|action| who.check(&state, action, &here).is_ok()) {
        return Err(ApiError::NotFound);
    }
    let first = first_day(&state, q.from.as_deref())?;
    let begins: Vec<(Date, Instant)> =
        (0..=DAYS).map(|n| begin_of(&state, first, n)).collect::<Answer<_>>()?;
    let range = (begins[0].1, begins[DAYS as usize].1);
    let (roster, duties) = (state.roster().await?, state.duties().await?);
    let mut posts = Vec::new();
    let staff = roster.candidates.iter().filter(|c| c.post.role != Role::Resident);
    for candidate in staff.filter(|c| areas.where_today(&c.post.area_path).within(&here)) {
        let version = duties.get(&candidate.post.id);
        let at = areas.where_today(&candidate.post.area_path);
        let may_set = who.check(&state, Action::DutyKeep, &at).is_ok();
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
    let levels = Levels::of(&state, &areas, area, &roster);
    Ok(Json(DutyWeek {
        area: area_view(&areas, &area.id),
        days: begins[..DAYS as usize].iter().map(day).collect(),
        posts: posts.into_iter().map(|(_, view)| view).collect(),
        uncovered: levels.gaps(&duties, range),
        without_posts: levels.without_posts(),
        falls_to: falls_to(),
        kinds: Days::all().map(|d| Coded::new(d.code(), say(&d.label()))).collect(),
    }))
}

/// The levels that decide: the area where it is one, and those within it. An area between two of them has those within
/// it only.
struct Levels<'a> {
    state: &'a ServerState,
    areas: &'a AreaTree,
    roster: &'a Roster,
    tiers: Vec<&'a Area>,
}

impl<'a> Levels<'a> {
    fn of(state: &'a ServerState, areas: &'a AreaTree, area: &Area, roster: &'a Roster) -> Levels<'a> {
        let here = areas.lies(area);
        let tiers = areas.in_force().filter(|a| state.tiers.is_tier(a.level) && areas.lies(a).within(&here));
        Levels { state, areas, roster, tiers: tiers.collect() }
    }

    /// The posts that decide there.
    fn deciding(&self, a: &'a Area) -> impl Iterator<Item = &'a Candidate> + use<'a> {
        let roles = self.state.tiers.roles(a.level).to_vec();
        self.roster.candidates.iter().filter(move |c| c.post.area == a.id && roles.contains(&c.post.role))
    }

    fn roles(&self, a: &Area) -> String {
        let names = self.state.tiers.roles(a.level).iter().map(|r| say(&role_text(*r)));
        names.collect::<Vec<_>>().join(&say(&Text::new("、", ", ")))
    }

    /// When nobody is on duty where somebody could be.
    fn gaps(&self, duties: &BTreeMap<PostId, DutyVersion>, (from, to): (Instant, Instant)) -> Vec<DutyGap> {
        let unset = Duty::default();
        let gap = |a: &'a Area| {
            self.deciding(a).next()?;
            let duties = self.deciding(a).map(|c| duties.get(&c.post.id).map_or(&unset, |v| &v.duty));
            let spans = uncovered(duties, from, to, &self.state.calendar);
            (!spans.is_empty()).then(|| DutyGap {
                area: area_view(self.areas, &a.id),
                roles: self.roles(a),
                spans: spans.iter().map(span).collect(),
            })
        };
        self.tiers.iter().copied().filter_map(gap).collect()
    }

    /// The levels at which no post was set, together where the same level above takes their cases.
    fn without_posts(&self) -> Vec<DutyWithoutPosts> {
        let level = |a: &Area| {
            let label = self.state.tiers.find(a.level).map(|t| say(&t.label)).unwrap_or_default();
            Coded::new(labels::level(a.level).code, label)
        };
        let mut found: BTreeMap<(AreaLevel, Option<&AreaId>), DutyWithoutPosts> = BTreeMap::new();
        for a in self.tiers.iter().copied().filter(|a| self.deciding(a).next().is_none()) {
            let mut above = self.areas.upward(&a.id).skip(1).filter(|up| self.state.tiers.is_tier(up.level));
            let taker = above.find(|up| self.deciding(up).next().is_some());
            let entry = found.entry((a.level, taker.map(|up| &up.id))).or_insert_with(|| DutyWithoutPosts {
                level: level(a),
                areas: Vec::new(),
                roles: self.roles(a),
                taken_by: taker.map(|up| DutyTaker { area: area_view(self.areas, &up.id), level: level(up) }),
            });
            entry.areas.push(area_view(self.areas, &a.id));
        }
        found.into_values().collect()
    }
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
