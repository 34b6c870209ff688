//! Why a rule did, or did not, hold for a subject at a moment of the past.
//!
//! Invariants: AQ1 in asked.rs.

use super::{
    asked::{self, Asked},
    privacy::is_home,
    shown::Shower,
};
use crate::{
    devices::series_of,
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    backtest::{ExplainQuery, ExplainView},
    device::Series,
};
use linli_history::HistoryQuery;
use linli_model::{DeviceId, Diagnostic, Finding, Instant, Millis, Subject, SubjectKind};
use std::{collections::BTreeSet, sync::Arc};

/// Episodes and readings so many days back are told.
const DAYS: u32 = 30;
/// How far before and behind the moment its series reaches.
const SERIES_BEFORE: Millis = Millis::days(7);
const SERIES_AFTER: Millis = Millis::days(1);
/// The most devices a series shows.
const DEVICES_MAX: usize = 8;

#[utoipa::path(get, path = "/rules/{rule}/explanation", operation_id = "explainRule", tag = "rules",
    params(("rule" = String, Path), ExplainQuery), responses((status = 200, body = ExplainView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<ExplainQuery>,
) -> Answer<Json<ExplainView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let subject = asked::subject(&q.subject)?;
    let at = moment(&state, &q, &subject)?;
    let asked = Asked::of(&state, &who, subject, &rule, at).await?;
    asked.authorise(&state, &who, "rule_explanation").await?;
    let at = if asked.home { end_of(&state, at.day_in(state.zone())).min(state.now()) } else { at };
    let asked = asked.trying(q.values.as_deref())?;
    let range = (at.saturating_add(Millis(-Millis::days(i64::from(DAYS)).0)), at.saturating_add(Millis(1)));
    let past = Arc::new(asked.gather(&state, range).await?);
    let (explanation, episodes) = asked.play(&past, range).await?;
    let shower = Shower { state: &state, asked: &asked };
    let mut view = shower.view(at, DAYS, explanation.as_ref(), &episodes);
    let devices = explanation.iter().flat_map(|e| &e.readings).map(|r| r.device.clone()).collect();
    view.series = series(&state, &asked, devices, at, None).await?;
    Ok(Json(view))
}

/// What its devices measured around a moment, of what the rule hears.
pub(super) async fn series(
    state: &ServerState,
    asked: &Asked,
    devices: BTreeSet<DeviceId>,
    at: Instant,
    of: Option<&Finding>,
) -> Answer<Vec<Series>> {
    let end = of.and_then(|f| f.end).unwrap_or(at).saturating_add(SERIES_AFTER).min(state.now());
    let days = (at.saturating_sub(SERIES_BEFORE), end.saturating_add(Millis(1)));
    series_between(state, asked, devices, days).await
}

pub(super) async fn series_between(
    state: &ServerState,
    asked: &Asked,
    mut devices: BTreeSet<DeviceId>,
    (from, to): (Instant, Instant),
) -> Answer<Vec<Series>> {
    if asked.subject.kind == SubjectKind::Device {
        devices.insert(DeviceId::new(&asked.subject.id));
    }
    // Without a device the question would be for everything there is.
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = HistoryQuery::between(from, to);
    for device in devices.into_iter().take(DEVICES_MAX) {
        query = query.of_device(device);
    }
    query.measures = asked.variant.plan.measures.clone();
    series_of(state, &query, asked.home).await
}

/// For homes the end of the day, whatever minute is asked for.
fn moment(state: &ServerState, q: &ExplainQuery, subject: &Subject) -> Answer<Instant> {
    let now = state.now();
    let asked = match q.at.as_deref() {
        None | Some("") => now,
        Some(text) => match (text.parse::<Instant>(), text.parse::<jiff::civil::Date>()) {
            (Ok(at), _) => at,
            (_, Ok(day)) => end_of(state, day),
            _ => {
                return Err(Diagnostic::new(
                    "not_a_moment",
                    "at",
                    "应为时刻,如 2026-11-02T08:00:00+08:00,或日期",
                    "this is a moment like 2026-11-02T08:00:00+08:00, or a day",
                )
                .into());
            }
        },
    };
    let asked = if is_home(subject.kind) { end_of(state, asked.day_in(state.zone())) } else { asked };
    Ok(asked.min(now))
}

fn end_of(state: &ServerState, day: jiff::civil::Date) -> Instant {
    let next = day.saturating_add(jiff::Span::new().days(1));
    Instant::start_of(next, state.zone()) + Millis(-1)
}
