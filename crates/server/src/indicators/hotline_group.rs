//! How many orders the hotline gave to all streets of the peer group in a period: no source of ours knows it, so who keeps
//! the street's orders enters what the district says.
//!
//! Invariants
//! - HG1 Every figure stays with who entered it and when; the newest counts, and one is taken back by entering none.
//! - HG2 It is of a whole street, all its classes, and the days it was entered for: of a part nothing is reckoned.
//! - HG3 It is never less than what the street itself had by then.

use super::{Asked, wrong};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::State;
use http::StatusCode;
use linli_access::Action;
use linli_api::{Problem, indicator::HotlineGroupAsk};
use linli_indicator::{Measure, Period};
use linli_model::{Area, AreaLevel, AreaTree, Diagnostic, Instant, Refusal};
use linli_store::{Change, Commit, Guard, TallyGroup};
use serde::{Deserialize, Serialize};

/// More than all streets of the country have together.
const TICKETS_MAX: i64 = 100_000_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entered {
    /// None: what was entered before does not count.
    pub tickets: Option<i64>,
    pub by: String,
    pub at: Instant,
}

/// The street whose score is asked for, if it is the whole of one and the caller may read it.
pub(super) fn street<'a>(
    state: &ServerState,
    who: &Who,
    areas: &'a AreaTree,
    asked: &Asked,
) -> Option<&'a Area> {
    let mut streets = areas.iter().filter(|a| a.level == AreaLevel::Street);
    let street = match &asked.area {
        Some(area) => streets.find(|s| s.id == area.id)?,
        // Of several none is meant.
        None => streets.next().filter(|_| streets.next().is_none())?,
    };
    (asked.class.is_none() && who.check(state, Action::CaseRead, &areas.lies(street)).is_ok())
        .then_some(street)
}

fn key(street: &Area, period: &Period) -> String {
    format!("hotline_group {} {} {}", street.id, period.first, period.last)
}

/// All that was ever entered, oldest first.
async fn entered(state: &ServerState, key: &str) -> Answer<Vec<Entered>> {
    let kept = state.store.setting(key).await?;
    let read = |value| {
        serde_json::from_value(value)
            .map_err(|e| linli_model::Fault::lasting(format!("the setting {key}: {e}")))
    };
    Ok(kept.map(read).transpose()?.unwrap_or_default())
}

/// What counts of it.
pub(super) async fn of(state: &ServerState, street: &Area, period: &Period) -> Answer<Option<Entered>> {
    Ok(entered(state, &key(street, period)).await?.pop().filter(|e| e.tickets.is_some()))
}

/// Whether this person enters it, else why not (HG2).
pub(super) fn may_enter(
    state: &ServerState,
    who: &Who,
    areas: &AreaTree,
    street: Option<&Area>,
) -> Result<(), Refusal> {
    let files = |s: &Area| who.check(state, Action::CaseFile, &areas.lies(s)).is_ok();
    let somewhere = areas.iter().any(|a| a.level == AreaLevel::Street && files(a));
    match street {
        Some(street) if files(street) => Ok(()),
        None if somewhere => Err(Refusal::new(
            "not_a_street",
            "请选择整个街道、全部分类",
            "choose a whole street and all classes",
        )),
        _ => Err(Refusal::new(
            "not_the_desk",
            "由为全街道登记工单的岗位录入",
            "entered by posts that file orders for the whole street",
        )),
    }
}

#[utoipa::path(post, path = "/indicators/hotline-group", operation_id = "enterHotlineGroup", tag = "indicators",
    request_body = HotlineGroupAsk, responses((status = 204), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 409, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Json(ask): Json<HotlineGroupAsk>,
) -> Answer<StatusCode> {
    who.check_anywhere(&state, Action::CaseFile)?;
    let areas = state.areas().await?;
    let words = super::Words {
        area: &Some(ask.area),
        class: &None,
        period: &Some("range".to_owned()),
        day: &None,
        from: &Some(ask.first),
        to: &Some(ask.last),
    };
    let asked = super::asked(&state, &areas, &words)?;
    let street = asked.area.as_ref().filter(|a| a.level == AreaLevel::Street);
    let street = street.ok_or_else(|| wrong("area", "应为一个街道", "expected a street"))?;
    who.check(&state, Action::CaseFile, &areas.lies(street))?;
    if let Some(tickets) = ask.tickets {
        fits(tickets, orders(&state, &who, &asked).await?)?;
    }
    let (key, now) = (key(street, &asked.period), state.now());
    let turn = state.store.checkpoint(&key).await?.position;
    let mut all = entered(&state, &key).await?;
    all.push(Entered { tickets: ask.tickets, by: who.user.name.clone(), at: now });
    let value = serde_json::to_value(&all).map_err(|e| linli_model::Fault::lasting(e.to_string()))?;
    let changes = vec![
        Change::SettingSet { key: key.clone(), value },
        Change::CheckpointSet { name: key.clone().into(), position: turn + 1, snapshot: None },
    ];
    let guards = vec![Guard::Checkpoint(key.into(), turn)];
    state.store.commit(Commit { at: now, guards, changes, idempotency: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The street's own orders of the period.
async fn orders(state: &ServerState, who: &Who, asked: &Asked) -> Answer<i64> {
    let sums =
        state.store.tally_sums(&super::filter(state, who, asked, &asked.period), TallyGroup::Class).await?;
    Ok(super::report::whole(&sums).of(Measure::Orders).n)
}

/// HG3.
fn fits(tickets: i64, own: i64) -> Result<(), ApiError> {
    if (own.max(1)..=TICKETS_MAX).contains(&tickets) {
        return Ok(());
    }
    Err(Diagnostic::new(
        "group_volume_wrong",
        "tickets",
        format!("应为 {} 到 {TICKETS_MAX} 的整数:同组办件量包括本街道的 {own} 件", own.max(1)),
        format!("expected a whole number from {} to {TICKETS_MAX}; the group's volume includes this street's {own}", own.max(1)),
    )
    .into())
}
