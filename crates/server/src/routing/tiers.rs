//! What each tier solved of the cases that were closed in a period: its share, never a ranking of people.

use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use jiff::civil::Date;
use linli_access::Action;
use linli_api::{Coded, Problem, routing::*};
use linli_casework::steps::by_tier;
use linli_model::{AreaId, Diagnostic, Instant, Text};

#[utoipa::path(get, path = "/tiers/shares", operation_id = "tierShares", tag = "routing", params(TierQuery),
    responses((status = 200, body = TierShares), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn shares(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<TierQuery>,
) -> Answer<Json<TierShares>> {
    who.check_anywhere(&state, Action::CaseRead)?;
    let (from, to) = (day(&state, "from", &q.from, 0)?, day(&state, "to", &q.to, 1)?);
    let areas = state.areas().await?;
    let mine = who.areas(&state, Action::CaseRead);
    let within = match &q.area {
        None => mine,
        Some(code) => {
            let area =
                areas.find(&AreaId::new(code)).filter(|a| mine.iter().any(|m| areas.lies(a).within(m)));
            areas.reach(&area.ok_or_else(|| wrong("area"))?.id)
        }
    };
    let solved = state.store.solved_by_area(&within, from, to).await?;
    let counted = by_tier(solved, &areas, &state.tiers);
    let all: u64 = counted.values().sum();
    let share = |n: u64| (all > 0).then(|| (n as f64 * 1000.0 / all as f64).round() / 10.0);
    // Narrow to wide, as in the table; what is gone from the tree last.
    let named = state.tiers.iter().map(|t| (t.code.clone(), say(&t.label)));
    let gone = (String::new(), say(&Text::new("已撤并的区域", "Areas that are gone")));
    let tiers = named.chain([gone]).filter_map(|(code, label)| {
        let solved = *counted.get(&code)?;
        Some(TierShare { tier: Coded::new(&code, label), solved, share_percent: share(solved) })
    });
    Ok(Json(TierShares { solved: all, tiers: tiers.collect() }))
}

fn wrong(field: &str) -> ApiError {
    Diagnostic::new("query_wrong", field, "日期或区域有误", "the day or the area is wrong").into()
}

/// The beginning of a day of the street, some days later.
fn day(state: &ServerState, field: &str, text: &str, later: i64) -> Answer<Instant> {
    let date: Date = text.parse().map_err(|_| wrong(field))?;
    state.begin_of(date, later).map(|(_, at)| at).ok_or_else(|| wrong(field))
}
