//! Indicators: the report of a period, and the rows behind each number.
//!
//! Invariants
//! - IS1 Numbers and rows are of cases the caller may read, and of no others.
//! - IS2 A rate of fewer than [`FEW`] is not shown; what it would be made of is.
//! - IS3 The number that is shown and the rows that are listed come from the same tallies.
//!
//! Deliberately absent: anything by worker.

pub mod hotline_group;
pub mod report;
pub mod rows;
mod safety;
mod score;

use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_indicator::{Period, PeriodKind};
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Extent, LocalDay, Millis};
use linli_store::TallyFilter;

/// Below so many a rate says more about chance than about work.
pub(super) const FEW: i64 = 5;

/// What was asked for, read and cut to what the caller may see.
struct Asked {
    area: Option<Area>,
    /// What lies in the area; empty without one.
    extent: Vec<Extent>,
    class: Option<String>,
    period: Period,
}

/// The query's own words, as both endpoints have them.
struct Words<'a> {
    area: &'a Option<String>,
    class: &'a Option<String>,
    period: &'a Option<String>,
    day: &'a Option<String>,
    from: &'a Option<String>,
    to: &'a Option<String>,
}

fn wrong(field: &str, zh: &str, en: &str) -> ApiError {
    ApiError::from(Diagnostic::new("query_wrong", field, zh, en))
}

fn day_of(field: &str, text: &Option<String>) -> Answer<Option<LocalDay>> {
    let Some(text) = text.as_deref().filter(|t| !t.is_empty()) else { return Ok(None) };
    let day = text
        .parse()
        .map_err(|_| wrong(field, "日期应为 2026-11-23 这样的形式", "expected a day like 2026-11-23"))?;
    Ok(Some(day))
}

fn asked(state: &ServerState, areas: &AreaTree, words: &Words<'_>) -> Answer<Asked> {
    let area = match words.area.as_deref().filter(|a| !a.is_empty()) {
        None => None,
        Some(id) => {
            let found = areas.find(&AreaId::new(id));
            Some(found.ok_or_else(|| wrong("area", "没有这个区域", "there is no such area"))?.clone())
        }
    };
    let class = words.class.clone().filter(|c| !c.is_empty());
    if let Some(code) = &class
        && state.classes.find(code).is_none()
    {
        return Err(wrong("class", "没有这个案件分类", "there is no such class of cases"));
    }
    let extent = area.as_ref().map(|a| areas.extent(&a.id)).unwrap_or_default();
    Ok(Asked { area, extent, class, period: period(state, words)? })
}

fn period(state: &ServerState, words: &Words<'_>) -> Answer<Period> {
    let kind = match words.period.as_deref().filter(|p| !p.is_empty()) {
        None => PeriodKind::Month,
        Some(code) => PeriodKind::find(code).ok_or_else(|| {
            wrong(
                "period",
                "应为 day、week、month、stat_month、quarter、year 或 range",
                "expected day, week, month, stat_month, quarter, year or range",
            )
        })?,
    };
    let (from, to) = (day_of("from", words.from)?, day_of("to", words.to)?);
    if kind == PeriodKind::Range {
        let missing = |field| wrong(field, "自定时间段须给出起止日", "a range needs a first and a last day");
        let (first, last) = (from.ok_or_else(|| missing("from"))?, to.ok_or_else(|| missing("to"))?);
        return Ok(Period::range(first, last)?);
    }
    let day = day_of("day", words.day)?.unwrap_or_else(|| state.now().day_in(state.zone()));
    Period::around(kind, day)
        .ok_or_else(|| wrong("day", "日期超出历法范围", "the day lies beyond the calendar"))
}

/// The tallies of a period the caller may see.
fn filter(state: &ServerState, who: &Who, asked: &Asked, period: &Period) -> TallyFilter {
    let (from, to) = period.instants(state.zone());
    // What falls due later today or this month is not due yet.
    let to = to.min(state.now() + Millis(1));
    TallyFilter {
        within: who.areas(state, Action::CaseRead),
        areas: asked.extent.clone(),
        class: asked.class.clone(),
        classes: Vec::new(),
        measures: Vec::new(),
        from,
        to,
    }
}
