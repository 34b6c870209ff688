//! A subject's readings over a range of days under a rule: the lines they are compared with, and what the rule tells of
//! them as it is in force and as it is tried.
//!
//! Invariants: AQ1 in asked.rs; BT1: both sides are played by the engine.

use super::{
    asked::{self, Asked},
    backtest::range,
    explain::series_between,
    past::Partition,
    shown::{Shower, limits},
};
use crate::{
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    trace::{CurveEpisode, CurveQuery, CurveSide, CurveView},
};
use linli_model::{Device, DeviceId, Finding, Instant, Millis, RegistryChange, SubjectKind};
use linli_pack::near::pending_before;
use std::{collections::BTreeSet, sync::Arc};

/// Moving a slider draws the curve again and again: that is one look.
const LOOK_LASTS: Millis = Millis::minutes(10);

#[utoipa::path(get, path = "/rules/{rule}/curve", operation_id = "getRuleCurve", tag = "rules",
    params(("rule" = String, Path), CurveQuery), responses((status = 200, body = CurveView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<CurveQuery>,
) -> Answer<Json<CurveView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let days = range(&state, q.from.as_deref(), q.to.as_deref())?;
    let in_force = Asked::of(&state, &who, asked::subject(&q.subject)?, &rule, days.1).await?;
    in_force.authorise_for(&state, &who, ("rule_curve", LOOK_LASTS)).await?;
    let tried = in_force.clone().trying(q.values.as_deref())?;
    let past = Arc::new(in_force.gather(&state, days).await?);
    let devices = devices(&past, &in_force);
    let series = series_between(&state, &in_force, devices, days).await?;
    Ok(Json(CurveView {
        rule,
        subject: in_force.subject.to_string(),
        by_day: in_force.home,
        series,
        in_force: side(&state, &in_force, &past, days).await?,
        candidate: side(&state, &tried, &past, days).await?,
    }))
}

/// Devices whose readings are about the subject.
fn devices(past: &Partition, asked: &Asked) -> BTreeSet<DeviceId> {
    let own = |d: &Device| d.subject.as_ref() == Some(&asked.subject);
    let registered = past.registry.iter().filter_map(|e| match &e.change {
        RegistryChange::DeviceSet(d) if own(d) || d.area_path.within(&asked.place) => Some(d.id.clone()),
        _ => None,
    });
    match asked.subject.kind {
        SubjectKind::Device => BTreeSet::from([DeviceId::new(&asked.subject.id)]),
        _ => registered.collect(),
    }
}

async fn side(
    state: &ServerState,
    asked: &Asked,
    past: &Arc<Partition>,
    days: (Instant, Instant),
) -> Answer<CurveSide> {
    let (explanation, episodes) = asked.play(past, days).await?;
    let shower = Shower { state, asked };
    let episode = |f: &Finding| CurveEpisode {
        pending_from: pending_before(&asked.variant.plan, f).map(|span| shower.time(f.start - span)),
        start: shower.time(f.start),
        end: f.end.map(|t| shower.time(t)),
        sentence: shower.words(&f.sentence),
    };
    Ok(CurveSide {
        limits: explanation.as_ref().map_or_else(Vec::new, |e| limits(&asked.variant.plan, e)),
        episodes: episodes.iter().map(episode).collect(),
    })
}
