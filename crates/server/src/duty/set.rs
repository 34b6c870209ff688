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
    duty::{Away, Days, Hours, Turn},
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
    if !SEEN_BY.into_iter().any(|action| who.check(&state, action, &post.area_path).is_ok()) {
        return Err(ApiError::NotFound);
    }
    who.check(&state, Action::DutyKeep, &post.area_path)?;
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
    let hours = asked.hours.iter().enumerate().filter_map(|(i, h)| {
        let days = Days::find(&h.days).ok_or_else(|| {
            let (zh, en) = ("没有这种日子", "expected one of the kinds of days, such as working_days");
            Diagnostic::new("days_unknown", format!("hours.{i}.days"), zh, en)
        });
        Some(Hours {
            days: kept(days, &mut wrong)?,
            from: clock(&h.from, format!("hours.{i}.from"), &mut wrong)?,
            to: clock(&h.to, format!("hours.{i}.to"), &mut wrong)?,
        })
    });
    let hours: Vec<Hours> = hours.collect();
    let turns = asked.turns.iter().enumerate().filter_map(|(i, t)| {
        let field = format!("turns.{i}.date");
        Some(Turn {
            date: parsed(
                &t.date,
                field,
                ("应为日期,如 2026-10-01", "expected a day like 2026-10-01"),
                &mut wrong,
            )?,
            from: clock(&t.from, format!("turns.{i}.from"), &mut wrong)?,
            to: clock(&t.to, format!("turns.{i}.to"), &mut wrong)?,
        })
    });
    let turns: Vec<Turn> = turns.collect();
    let instant =
        ("应为带时区的时刻,如 2026-11-24T08:00:00+08:00", "expected a moment like 2026-11-24T08:00:00+08:00");
    let away = asked.away.iter().enumerate().filter_map(|(i, a)| {
        Some(Away {
            from: parsed(&a.from, format!("away.{i}.from"), instant, &mut wrong)?,
            until: parsed(&a.until, format!("away.{i}.until"), instant, &mut wrong)?,
        })
    });
    let away: Vec<Away> = away.collect();
    let duty = Duty { hours, turns, away };
    if wrong.is_empty() {
        wrong = duty.check();
    }
    if wrong.is_empty() { Ok(duty) } else { Err(wrong) }
}

fn kept<T>(read: Result<T, Diagnostic>, wrong: &mut Vec<Diagnostic>) -> Option<T> {
    read.map_err(|d| wrong.push(d)).ok()
}

fn clock<T: FromStr>(text: &str, field: String, wrong: &mut Vec<Diagnostic>) -> Option<T> {
    parsed(text, field, ("应为时间,如 08:30", "expected a time like 08:30"), wrong)
}

fn parsed<T: FromStr>(
    text: &str,
    field: String,
    (zh, en): (&str, &str),
    wrong: &mut Vec<Diagnostic>,
) -> Option<T> {
    kept(text.parse().map_err(|_| Diagnostic::new("time_malformed", field, zh, en)), wrong)
}
