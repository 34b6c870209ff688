//! What a rule nearly said: of a subject, or everywhere in an area, over a range of days.
//!
//! Invariants
//! - NE1 Worked out by the engine when asked; nothing is stored, and nothing evicted (near.rs of the pack crate).
//! - NE2 Of homes and persons days only, for who may open records there and with a look; others see counts, none below
//!   five (BK2). EX1 in asked.rs.
//! - NE3 For one person one question at a time is worked out, and none for who went away (playing.rs).

use super::{
    asked::{self, Asked, blocking, look, not_gathered},
    backtest::{HIDDEN_BELOW, range},
    past::{self, Partition},
    privacy::{self, is_home},
    trace::name_of,
};
use crate::{
    cases::view::area,
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::{Who, lang},
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    trace::{NearMissView, NearQuery, NearView},
};
use linli_engine::Heard;
use linli_model::{AreaId, AreaPath, AreaTree, Diagnostic, Finding, Instant, Millis, Subject, Text};
use linli_pack::{
    backtest::{Range, Variant},
    near::{MISSES_MAX, NearMiss, Nearness, Of, near_misses, numbers, plays_max},
    trace::write::{self, Nudged, Shown},
};
use linli_rule::RulePlan;
use std::{collections::BTreeMap, sync::Arc};

/// Most readings that are gone through, each as often as the past is played.
const WORK_MAX: usize = 20_000_000;
/// So many near misses are written as traces, the nearest.
const SCRIPTS_MAX: usize = 12;

#[utoipa::path(get, path = "/rules/{rule}/near", operation_id = "listNearMisses", tag = "rules",
    params(("rule" = String, Path), NearQuery), responses((status = 200, body = NearView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<NearQuery>,
) -> Answer<Json<NearView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let days = range(&state, q.from.as_deref(), q.to.as_deref())?;
    let view = match q.subject.as_deref().filter(|s| !s.trim().is_empty()) {
        Some(text) => of_subject(&state, &who, &rule, asked::subject(text)?, days).await?,
        None => of_areas(&state, &who, &rule, q.area.as_deref(), days).await?,
    };
    Ok(Json(view))
}

async fn of_subject(
    state: &ServerState,
    who: &Who,
    rule: &str,
    subject: Subject,
    days: (Instant, Instant),
) -> Answer<NearView> {
    let asked = Asked::of(state, who, subject, rule, days.1).await?;
    let subject = asked.subject.clone();
    asked.authorise(state, who, "rule_near_misses").await?;
    let past = asked.gather(state, days).await?;
    let plays = plays_max(numbers(&asked.variant.text, &state.catalogue).len());
    not_too_much(past.readings.len() * plays)?;
    let (variant, play) = (asked.variant.clone(), state.runs.playing.begin(who.user.id));
    let core = state.runs.cores.one().await;
    let goes_on = play.goes_on();
    let (past, found) = blocking(move || {
        let found = near(&past, &variant, Of::Subject(&subject), days, &goes_on);
        drop(core);
        (past, found)
    })
    .await?;
    let found = play.unless_stopped(found)?;
    let (code, plan) = (asked.variant.code(), &asked.variant.plan);
    let shower = Told { state, code, plan, areas: &asked.areas, days, counts_only: false };
    let home = asked.home;
    let mut view = shower.view(&found, |f| home || is_home(f.subject.kind));
    let asked = Arc::new(asked);
    scripts(&mut view, &asked.variant, found.misses, Arc::new(past), {
        let asked = asked.clone();
        move |f| name_of("near", f.start, &asked)
    })
    .await?;
    Ok(view)
}

async fn of_areas(
    state: &ServerState,
    who: &Who,
    rule: &str,
    area: Option<&str>,
    days: (Instant, Instant),
) -> Answer<NearView> {
    let areas = state.areas().await?;
    let within = within(state, who, area, &areas)?;
    let registry = past::registry(&*state.store).await?;
    let variant = privacy::rule_of(state, who, &registry, rule).await?;
    let persons = privacy::is_about_persons(&variant.plan, &state.catalogue, (&registry, &areas), &within);
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
    let mut partitions: BTreeMap<AreaId, AreaPath> = BTreeMap::new();
    for path in &within {
        partitions.extend(past::partitions(&areas, path));
    }
    let plays = plays_max(numbers(&variant.text, &state.catalogue).len());
    let mut sum = Nearness { heard: Heard::default(), told: 0, misses: Vec::new(), more: false };
    let mut work = 0;
    let play = state.runs.playing.begin(who.user.id);
    for partition in partitions {
        let plans = [&*variant.plan];
        let gathered =
            past::gather(&*state.history, &areas, &registry, &state.catalogue, &partition, &plans, days);
        let past = gathered.await.map_err(not_gathered)?;
        work += past.readings.len() * plays;
        not_too_much(work)?;
        let (own, of, goes_on) = (variant.clone(), within.clone(), play.goes_on());
        let core = state.runs.cores.one().await;
        let found = blocking(move || {
            let found = near(&past, &own, Of::Areas(&of), days, &goes_on);
            drop(core);
            found
        });
        let found = play.unless_stopped(found.await?)?;
        sum.heard.readings += found.heard.readings;
        sum.heard.dull += found.heard.dull;
        sum.told += found.told;
        sum.more |= found.more;
        sum.misses.extend(found.misses);
    }
    let counts_only = persons && !opens;
    let (code, plan) = (variant.code(), &variant.plan);
    let shower = Told { state, code, plan, areas: &areas, days, counts_only };
    sum.misses.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.finding.start.cmp(&b.finding.start)));
    sum.more |= sum.misses.len() > MISSES_MAX;
    sum.misses.truncate(MISSES_MAX);
    let home = |f: &Finding| privacy::is_of_home(f, &registry, &areas, days.1);
    Ok(shower.view(&sum, home))
}

/// None when it was stopped.
fn near(
    past: &Partition,
    variant: &Variant,
    of: Of<'_>,
    (from, to): (Instant, Instant),
    goes_on: &dyn Fn() -> bool,
) -> Option<Nearness> {
    let range = Range { config: past.config.clone(), registry: &past.registry, from, to };
    near_misses(&range, variant, &past.readings, of, &mut |_| goes_on())
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

/// The nearest misses of one subject as traces; of homes none (G13).
async fn scripts(
    view: &mut NearView,
    variant: &Variant,
    misses: Vec<NearMiss>,
    past: Arc<Partition>,
    name: impl Fn(&Finding) -> String + Send + 'static,
) -> Answer<()> {
    let homes = |m: &NearMissView| m.start.len() == "2026-11-02".len();
    if view.misses.iter().all(homes) {
        return Ok(());
    }
    let variant = variant.clone();
    let written = blocking(move || {
        let write = |m: &NearMiss| {
            let parameters = m.in_force();
            let shown = Shown {
                name: name(&m.finding),
                plan: &variant.plan,
                text: &variant.text,
                config: &past.config,
                registry: &past.registry,
                readings: &past.readings,
                finding: &m.finding,
                parameters: &parameters,
                near: Some(Nudged {
                    plan: m.plan.clone(),
                    value: m.number.threshold.parameter.clone().map(|name| (name, m.fires_at)),
                }),
            };
            write::write(&shown).ok()
        };
        misses.iter().take(SCRIPTS_MAX).map(write).collect::<Vec<_>>()
    })
    .await?;
    for (shown, script) in view.misses.iter_mut().zip(written) {
        shown.script = script;
    }
    Ok(())
}

/// How near misses are told.
struct Told<'a> {
    state: &'a ServerState,
    /// The rule's in the engine: an area's own rule has its area's in it.
    code: String,
    plan: &'a RulePlan,
    areas: &'a AreaTree,
    days: (Instant, Instant),
    counts_only: bool,
}

impl Told<'_> {
    fn view(&self, found: &Nearness, home: impl Fn(&Finding) -> bool) -> NearView {
        let day = |at: Instant| super::backtest::day_of(self.state, at);
        let misses: Vec<NearMissView> = if self.counts_only {
            Vec::new()
        } else {
            found.misses.iter().map(|m| self.miss(m, home(&m.finding))).collect()
        };
        NearView {
            rule: self.code.clone(),
            from: day(self.days.0),
            to: day(self.days.1 + Millis(-1)),
            sentence: self.sentence(found).get(lang()).to_owned(),
            heard: found.heard.readings,
            dull: found.heard.dull,
            told: self.hide(found.told),
            more: found.more && !self.counts_only,
            counts_only: self.counts_only,
            misses,
        }
    }

    fn hide(&self, n: usize) -> Option<u64> {
        let n = n as u64;
        (!self.counts_only || n == 0 || n >= HIDDEN_BELOW).then_some(n)
    }

    fn sentence(&self, found: &Nearness) -> Text {
        let Heard { readings, dull } = found.heard;
        let (told, near) = (self.hide(found.told), self.hide(found.misses.len()));
        let zh = |n: Option<u64>| n.map_or_else(|| "不到 5".to_owned(), |n| n.to_string());
        let en = |n: Option<u64>| n.map_or_else(|| "fewer than 5".to_owned(), |n| n.to_string());
        Text::new(
            format!(
                "听到 {readings} 条读数,其中 {dull} 条没有改变任何结论;报出 {} 条,险些报出 {} 条。",
                zh(told),
                zh(near)
            ),
            format!(
                "{readings} readings were heard, {dull} of them changed nothing; {} were told, {} were near misses.",
                en(told),
                en(near)
            ),
        )
    }

    fn miss(&self, m: &NearMiss, home: bool) -> NearMissView {
        let f = &m.finding;
        let time = |t: Instant| if home { super::backtest::day_of(self.state, t) } else { t.to_string() };
        let t = &m.number.threshold;
        let name = match &t.parameter {
            Some(p) => self.plan.parameter(p).map_or_else(|| Text::new(p, p), |(_, p)| p.label.clone()),
            None => Text::new(format!("规则里写的 {}", t.field), format!("{} in the rule's text", t.field)),
        };
        let (value, fires_at) = (t.say(m.value), t.say(m.fires_at));
        let told = Text::new(
            format!("{}是 {value},若为 {fires_at} 就会报出。", name.zh),
            format!("{} is {value}; with {fires_at} it would have been told.", name.en),
        );
        NearMissView {
            subject: f.subject.to_string(),
            area: area(self.areas, &f.area),
            start: time(f.start),
            end: f.end.map(time),
            number: say(&name),
            parameter: t.parameter.clone(),
            value,
            fires_at,
            share: m.share,
            sentence: told.get(lang()).to_owned(),
            script: None,
        }
    }
}
