//! What a rule nearly said: of a subject, or everywhere in an area, over a range of days.
//!
//! Invariants
//! - NE1 Worked out by the engine when asked; nothing is stored, and nothing evicted (near.rs of the pack crate). What came
//!   of it is kept in memory for a while, for who asked.
//! - NE2 Of homes and persons days only, for who may open records there and with a look; others see counts, none below
//!   five (BK2). AQ1 in asked.rs. It is decided and written before anything is worked out.
//! - NE3 For one person one question at a time is worked out, and none for who went away (RN4 in runs.rs).

mod told;

use super::{
    asked::{self, Asked, blocking, look, not_gathered},
    backtest::{day_of, range},
    past::{self, Partition},
    privacy::{self, is_home},
    runs::{Run, Stand},
    trace::name_of,
};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    trace::{NearAsk, NearRunView, NearView},
};
use linli_engine::Heard;
use linli_model::{AreaId, AreaPath, AreaTree, Diagnostic, Finding, Instant, Millis, RegistryEntry};
use linli_pack::{
    backtest::{Range, Variant},
    near::{MISSES_MAX, Nearness, Of, near_misses, numbers, plays_max},
};
use std::{collections::BTreeMap, sync::Arc};
use told::Told;

/// Most readings that are gone through, each as often as the past is played.
const WORK_MAX: usize = 20_000_000;

#[utoipa::path(post, path = "/rules/{rule}/near-misses", operation_id = "findNearMisses", tag = "rules",
    params(("rule" = String, Path)), request_body = NearAsk, responses((status = 200, body = NearRunView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn begin(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Json(ask): Json<NearAsk>,
) -> Answer<Json<NearRunView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let began = state.now();
    let question = Question::of(&state, &who, &rule, &ask).await?;
    let (from, to) = question.days();
    let days = (day_of(&state, from), day_of(&state, to + Millis(-1)));
    let run = Run::begin(&state, &who, &rule, days, began);
    state.runs.near.keep_only(run.clone(), began);
    let (own, work) = (run.clone(), state.clone());
    run.work(move || async move { question.answer(&work, &own).await }).await;
    Ok(Json(view(&run)))
}

#[utoipa::path(get, path = "/near-misses/{id}", operation_id = "getNearMisses", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = NearRunView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<NearRunView>> {
    let run = state.runs.near.find(&id, who.user.id)?;
    run.asked_after(state.now());
    Ok(Json(view(&run)))
}

#[utoipa::path(delete, path = "/near-misses/{id}", operation_id = "cancelNearMisses", tag = "rules",
    params(("id" = String, Path)), responses((status = 200, body = NearRunView), (status = 404, body = Problem)))]
pub async fn cancel(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<NearRunView>> {
    let run = state.runs.near.find(&id, who.user.id)?;
    run.cancel();
    Ok(Json(view(&run)))
}

fn view(run: &Run<NearView>) -> NearRunView {
    let Stand { state, progress, result, problem } = run.stand();
    NearRunView {
        id: run.id.clone(),
        rule: run.rule.clone(),
        state: state.to_owned(),
        progress,
        from: run.from.clone(),
        to: run.to.clone(),
        result,
        problem,
    }
}

/// What is asked, checked and authorised.
enum Question {
    Subject(Asked, (Instant, Instant)),
    Areas(OfAreas),
}

impl Question {
    async fn of(state: &ServerState, who: &Who, rule: &str, ask: &NearAsk) -> Answer<Question> {
        let days = range(state, ask.from.as_deref(), ask.to.as_deref())?;
        let Some(text) = ask.subject.as_deref().filter(|s| !s.trim().is_empty()) else {
            return Ok(Question::Areas(OfAreas::of(state, who, rule, ask.area.as_deref(), days).await?));
        };
        let asked = Asked::of(state, who, asked::subject(text)?, rule, days.1).await?;
        asked.authorise(state, who, "rule_near_misses").await?;
        Ok(Question::Subject(asked, days))
    }

    fn days(&self) -> (Instant, Instant) {
        match self {
            Question::Subject(_, days) => *days,
            Question::Areas(of) => of.days,
        }
    }

    /// None: it was stopped.
    async fn answer(self, state: &ServerState, run: &Arc<Run<NearView>>) -> Answer<Option<NearView>> {
        match self {
            Question::Subject(asked, days) => of_subject(state, run, asked, days).await,
            Question::Areas(of) => of.answer(state, run).await,
        }
    }
}

async fn of_subject(
    state: &ServerState,
    run: &Arc<Run<NearView>>,
    asked: Asked,
    days: (Instant, Instant),
) -> Answer<Option<NearView>> {
    let past = asked.gather(state, days).await?;
    let plays = plays_max(numbers(&asked.variant.text, &state.catalogue).len());
    not_too_much(past.readings.len() * plays)?;
    let (variant, subject) = (asked.variant.clone(), asked.subject.clone());
    let core = state.runs.cores.one().await;
    let goes_on = goes_on(state, run, (0, 1));
    let (past, found) = blocking(move || {
        let found = near(&past, &variant, Of::Subject(&subject), days, &goes_on);
        drop(core);
        (past, found)
    })
    .await?;
    let Some(found) = found else { return Ok(None) };
    let (code, plan) = (asked.variant.code(), &asked.variant.plan);
    let shower = Told { state, code, plan, areas: &asked.areas, days, counts_only: false };
    let home = asked.home;
    let mut view = shower.view(&found, |f| home || is_home(f.subject.kind));
    let asked = Arc::new(asked);
    told::scripts(&mut view, &asked.variant, found.misses, Arc::new(past), {
        let asked = asked.clone();
        move |f| name_of("near", f.start, &asked)
    })
    .await?;
    Ok(Some(view))
}

/// A question about everything in some areas.
struct OfAreas {
    variant: Variant,
    /// The caller's areas that were asked for.
    within: Vec<AreaPath>,
    areas: Arc<AreaTree>,
    registry: Vec<RegistryEntry>,
    days: (Instant, Instant),
    counts_only: bool,
}

impl OfAreas {
    async fn of(
        state: &ServerState,
        who: &Who,
        rule: &str,
        area: Option<&str>,
        days: (Instant, Instant),
    ) -> Answer<OfAreas> {
        let areas = state.areas().await?;
        let within = within(state, who, area, &areas)?;
        let registry = past::registry(&*state.store).await?;
        let variant = privacy::rule_of(state, who, &registry, rule).await?;
        let persons =
            privacy::is_about_persons(&variant.plan, &state.catalogue, (&registry, &areas), &within);
        let may_open = who.areas(state, Action::PersonOpen);
        let opens = within.iter().all(|w| may_open.iter().any(|m| w.within(m)));
        if persons && !opens {
            privacy::large_enough(&within, &areas)?;
        }
        if persons && opens {
            for path in &within {
                let place = path.ids().next_back().map_or_else(String::new, |id| format!("area:{id}"));
                look(state, who, (path, place), "rule_near_misses", rule).await?;
            }
        }
        Ok(OfAreas { variant, within, areas, registry, days, counts_only: persons && !opens })
    }

    async fn answer(self, state: &ServerState, run: &Arc<Run<NearView>>) -> Answer<Option<NearView>> {
        let OfAreas { variant, within, areas, registry, days, counts_only } = self;
        let mut partitions: BTreeMap<AreaId, AreaPath> = BTreeMap::new();
        for path in &within {
            partitions.extend(past::partitions(&areas, path));
        }
        let plays = plays_max(numbers(&variant.text, &state.catalogue).len());
        let mut sum = Nearness { heard: Heard::default(), told: 0, misses: Vec::new(), more: false };
        let (mut work, all) = (0, partitions.len());
        for (n, partition) in partitions.into_iter().enumerate() {
            let goes_on = goes_on(state, run, (n, all));
            if !goes_on(0.0) {
                return Ok(None);
            }
            let plans = [&*variant.plan];
            let gathered =
                past::gather(&*state.history, &areas, &registry, &state.catalogue, &partition, &plans, days);
            let past = gathered.await.map_err(not_gathered)?;
            work += past.readings.len() * plays;
            not_too_much(work)?;
            let (own, of) = (variant.clone(), within.clone());
            let core = state.runs.cores.one().await;
            let found = blocking(move || {
                let found = near(&past, &own, Of::Areas(&of), days, &goes_on);
                drop(core);
                found
            });
            let Some(found) = found.await? else { return Ok(None) };
            sum.heard.readings += found.heard.readings;
            sum.heard.dull += found.heard.dull;
            sum.told += found.told;
            sum.more |= found.more;
            sum.misses.extend(found.misses);
        }
        let (code, plan) = (variant.code(), &variant.plan);
        let shower = Told { state, code, plan, areas: &areas, days, counts_only };
        sum.misses.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.finding.start.cmp(&b.finding.start)));
        sum.more |= sum.misses.len() > MISSES_MAX;
        sum.misses.truncate(MISSES_MAX);
        let home = |f: &Finding| privacy::is_of_home(f, &registry, &areas, days.1);
        Ok(Some(shower.view(&sum, home)))
    }
}

/// Tells a run how far it is, in one of so many parts, and asks it whether to go on.
fn goes_on(
    state: &ServerState,
    run: &Arc<Run<NearView>>,
    (part, of): (usize, usize),
) -> impl Fn(f64) -> bool + Send + use<> {
    let (state, run) = (state.clone(), run.clone());
    move |share| {
        run.advance((part as f64 + share) / of as f64);
        run.is_awaited(state.now())
    }
}

/// None when it was stopped.
fn near(
    past: &Partition,
    variant: &Variant,
    of: Of<'_>,
    (from, to): (Instant, Instant),
    goes_on: &dyn Fn(f64) -> bool,
) -> Option<Nearness> {
    let range = Range { config: past.config.clone(), registry: &past.registry, from, to };
    near_misses(&range, variant, &past.readings, of, &mut |share| goes_on(share))
}

/// The caller's areas that are asked for.
pub(super) fn within(
    state: &ServerState,
    who: &Who,
    area: Option<&str>,
    areas: &AreaTree,
) -> Answer<Vec<AreaPath>> {
    let mine = who.areas(state, Action::RuleTry);
    let Some(id) = area.filter(|id| !id.is_empty()) else { return Ok(mine) };
    let asked = areas.find(&AreaId::new(id)).ok_or(ApiError::NotFound)?;
    if mine.iter().any(|m| asked.path.within(m)) {
        Ok(vec![asked.path.clone()])
    } else {
        Err(ApiError::NotFound)
    }
}

fn not_too_much(work: usize) -> Answer<()> {
    if work <= WORK_MAX {
        return Ok(());
    }
    Err(Diagnostic::new(
        "too_much",
        "from",
        "这段时间的读数太多,无法逐个数试过;请缩短时间、缩小范围,或只问一个对象。",
        "There are too many readings to try each number on; ask for a shorter time, a smaller area, or one subject.",
    )
    .into())
}
