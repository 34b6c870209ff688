//! When one post is on duty from now on; the version that was seen guards against two who set it at once.

use super::{SEEN_BY, settings};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, duty::*};
use linli_casework::{
    Duty,
    owner::duty::{Away, Days, Hours, Turn},
};
use linli_model::{Diagnostic, PostId};
use linli_store::{Change, Commit, DutyVersion};
use std::str::FromStr;

#[utoipa::path(post, path = "/posts/{id}/duty", operation_id = "setDuty", tag = "duty", params(("id" = String, Path)),
    request_body = SetDuty, responses((status = 200, body = DutySettings), (status = 400, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<SetDuty>,
) -> Answer<Json<DutySettings>> {
    let id: PostId = id.parse().map_err(|_| ApiError::NotFound)?;
    let roster = state.roster().await?;
    let post = &roster.find_post(id).ok_or(ApiError::NotFound)?.post;
    let place = state.areas().await?.where_today(&post.area_path);
    if !SEEN_BY.into_iter().any(|action| who.check(&state, action, &place).is_ok()) {
        return Err(ApiError::NotFound);
    }
    who.check(&state, Action::DutyKeep, &place)?;
    let duty = read(&asked)?;
    let version = DutyVersion {
        post: id,
        version: asked.version.saturating_add(1),
        duty,
        set_by: who.user.id,
        set_at: state.now(),
    };
    let changes = vec![Change::DutySet(Box::new(version.clone()))];
    state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(Json(settings(Some(&version), &*state.users().await?)))
}

/// All rows, or every mistake in them.
fn read(asked: &SetDuty) -> Result<Duty, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut hours = Vec::new();
    for (i, h) in asked.hours.iter().enumerate() {
        let mut row = Row::of("hours", i, ("每周时段", "Weekly hours"), &mut wrong);
        let days = row.take(
            "days",
            Days::find(&h.days),
            ("没有这种日子", "expected a kind of days, such as working_days"),
        );
        let (from, to) = (row.read("from", &h.from, CLOCK), row.read("to", &h.to, CLOCK));
        hours.extend(days.zip(from).zip(to).map(|((days, from), to)| Hours { days, from, to }));
    }
    let mut turns = Vec::new();
    for (i, t) in asked.turns.iter().enumerate() {
        let mut row = Row::of("turns", i, ("临时值班", "Single days"), &mut wrong);
        let date = row.read("date", &t.date, DATE);
        let (from, to) = (row.read("from", &t.from, CLOCK), row.read("to", &t.to, CLOCK));
        turns.extend(date.zip(from).zip(to).map(|((date, from), to)| Turn { date, from, to }));
    }
    let mut away = Vec::new();
    for (i, a) in asked.away.iter().enumerate() {
        let mut row = Row::of("away", i, ("离岗", "Absences"), &mut wrong);
        let (from, until) = (row.read("from", &a.from, MOMENT), row.read("until", &a.until, MOMENT));
        away.extend(from.zip(until).map(|(from, until)| Away { from, until }));
    }
    let duty = Duty { hours, turns, away };
    if wrong.is_empty() {
        wrong = duty.check();
    }
    if wrong.is_empty() { Ok(duty) } else { Err(wrong) }
}

/// What was expected, in Chinese and English.
type Expected = (&'static str, &'static str);
const CLOCK: Expected = ("应为时间,如 08:30", "expected a time like 08:30");
const DATE: Expected = ("应为日期,如 2026-10-01", "expected a day like 2026-10-01");
const MOMENT: Expected =
    ("应为带时区的时刻,如 2026-11-24T08:00:00+08:00", "expected a moment like 2026-11-24T08:00:00+08:00");

/// One row being read; its mistakes say which it is.
struct Row<'a> {
    list: &'static str,
    index: usize,
    name: Expected,
    wrong: &'a mut Vec<Diagnostic>,
}

impl<'a> Row<'a> {
    fn of(list: &'static str, index: usize, name: Expected, wrong: &'a mut Vec<Diagnostic>) -> Row<'a> {
        Row { list, index, name, wrong }
    }

    fn read<T: FromStr>(&mut self, field: &str, text: &str, expected: Expected) -> Option<T> {
        self.take(field, text.parse().ok(), expected)
    }

    fn take<T>(&mut self, field: &str, found: Option<T>, (zh, en): Expected) -> Option<T> {
        if found.is_none() {
            let (list, n) = (self.list, self.index + 1);
            self.wrong.push(Diagnostic::new(
                "duty_malformed",
                format!("{list}.{}.{field}", self.index),
                format!("{}第 {n} 条:{zh}", self.name.0),
                format!("{}, row {n}: {en}", self.name.1),
            ));
        }
        found
    }
}
