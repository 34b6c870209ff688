//! What rules cost those who work here: cases they opened in the last days, a shift and a worker.
//!
//! Invariants
//! - LD1 Counted are cases that were opened, not findings: what somebody had to look at.
//! - LD2 Of rules about persons, who may not open records there sees no number below five (G13).

use super::{
    backtest::{HIDDEN_BELOW, workers},
    list,
    near::within,
    privacy,
};
use crate::{
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Problem,
    trace::{LoadQuery, LoadRow, LoadView},
};
use linli_casework::Origin;
use linli_model::Millis;
use linli_store::{CaseFilter, PageAsk};
use std::collections::BTreeMap;

const DAYS: u32 = 30;
/// Most cases that are counted.
const CASES_MAX: usize = 5_000;
const SHIFTS_A_DAY: f64 = 3.0;

#[utoipa::path(get, path = "/rules/load", operation_id = "getRuleLoad", tag = "rules", params(LoadQuery),
    responses((status = 200, body = LoadView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<LoadQuery>,
) -> Answer<Json<LoadView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let areas = state.areas().await?;
    let within = within(&state, &who, q.area.as_deref(), &areas)?;
    let since = state.now() - Millis::days(i64::from(DAYS));
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let filter = CaseFilter::all_within(within.clone(), state.now());
    let (mut page, mut seen, mut more) = (PageAsk::first(500), 0, false);
    'pages: loop {
        let cases = state.store.cases(&filter, &page).await?;
        for case in &cases.items {
            if case.opened_at < since {
                break 'pages;
            }
            if let Origin::Finding { rule, .. } = &case.origin {
                *found.entry(rule.clone()).or_default() += 1;
            }
            seen += 1;
        }
        more = cases.next.is_some() && seen >= CASES_MAX;
        page.after = cases.next;
        if page.after.is_none() || more {
            break;
        }
    }
    let may_open = who.areas(&state, Action::PersonOpen);
    let opens = within.iter().all(|w| may_open.iter().any(|m| w.within(m)));
    let shifts = f64::from(DAYS) * SHIFTS_A_DAY;
    let registry = super::past::registry(&*state.store).await?;
    let rate = |n: u64, per: f64| (n as f64 / per * 100.0).round() / 100.0;
    let rules = list::in_force(&state, &who).await?.into_iter().map(|rule| {
        let n = found.get(&rule.rule).copied().unwrap_or(0);
        let persons = linli_rule::check(&rule.text, &state.catalogue).is_ok_and(|plan| {
            privacy::is_about_persons(&plan, &state.catalogue, (&registry, &areas), &within)
        });
        let cases = Some(n).filter(|n| opens || !persons || *n == 0 || *n >= HIDDEN_BELOW);
        LoadRow { rule: rule.rule, name: rule.name, cases, per_shift: cases.map(|n| rate(n, shifts)) }
    });
    let rules: Vec<LoadRow> = rules.collect();
    // A sum of what is shown: the hidden one could be had from another (PV2).
    let all = rules.iter().all(|r| r.cases.is_some());
    let cases = rules.iter().filter_map(|r| r.cases).sum();
    let workers = workers(&state, &within).await?;
    let weeks = f64::from(DAYS) / 7.0;
    Ok(Json(LoadView {
        days: DAYS,
        workers: workers as u64,
        rules,
        cases,
        per_shift: rate(cases, shifts),
        per_worker_week: (workers > 0 && all).then(|| rate(cases, weeks * workers as f64)),
        more,
    }))
}
