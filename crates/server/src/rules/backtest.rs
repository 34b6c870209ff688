//! A rule, or a change of it, tried on the past of the caller's areas.
//!
//! Invariants
//! - BK1 The past is cut to the caller's areas before anything is computed.
//! - BK2 Of rules about persons, who may not open records there sees counts only, and none below five (G13); of an
//!   area's own rule about persons, everybody.
//! - BK3 An area's own rule that is not in force is tried against nothing: all it would have found is added.

use super::{
    looks::look_for,
    own::tried,
    past::{self, GoesOn, Tried},
    privacy,
    runs::{Run, Stand},
    shown::without_minutes,
    terms,
};
use crate::{
    cases::view::{area, evidence_of},
    problem::{Answer, ApiError},
    state::ServerState,
    who::{Who, lang},
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, backtest::*};
use linli_model::{
    Area, AreaId, AreaPath, AreaTree, Diagnostic, Fault, Finding, Instant, Lang, Millis, OwnCode,
    RegistryChange, Role, Term, Text,
};
use linli_pack::backtest::{Fate, Variant, began_before, cases, difference, value_in};
use linli_past::Past;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const DAYS: i64 = 30;
const DAYS_MAX: i64 = 400;
const CHANGES_MAX: usize = 200;
/// Findings about one subject this soon after each other are one case.
const QUIET: Millis = Millis::days(1);
pub(super) const HIDDEN_BELOW: u64 = 5;

#[utoipa::path(post, path = "/rules/{rule}/backtests", operation_id = "backtestRule", tag = "rules", params(("rule" = String, Path)),
    request_body = BacktestAsk, responses((status = 200, body = BacktestView), (status = 400, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn begin(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Json(ask): Json<BacktestAsk>,
) -> Answer<Json<BacktestView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let began = state.now();
    let question = Question::of(&state, &who, &rule, &ask).await?;
    let days = (day_of(&state, question.from), day_of(&state, question.to + Millis(-1)));
    let run = Run::begin(&state, &who, &rule, days, began);
    state.runs.backtests.keep(run.clone(), began);
    let (own, work) = (run.clone(), state.clone());
    run.work(move || async move { question.answer(&work, &own).await }).await;
    Ok(Json(view(&run)))
}

#[utoipa::path(get, path = "/backtests/{id}", operation_id = "getBacktest", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = BacktestView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<BacktestView>> {
    Ok(Json(view(&*state.runs.backtests.find(&id, who.user.id)?)))
}

#[utoipa::path(delete, path = "/backtests/{id}", operation_id = "cancelBacktest", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = BacktestView), (status = 404, body = Problem)))]
pub async fn cancel(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<BacktestView>> {
    let run = state.runs.backtests.find(&id, who.user.id)?;
    run.cancel();
    Ok(Json(view(&run)))
}

fn view(run: &Run<BacktestResult>) -> BacktestView {
    let Stand { state, progress, result, problem } = run.stand();
    BacktestView {
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

/// What is asked, checked.
struct Question {
    past: Arc<Past>,
    /// None: an area's own rule that is not in force.
    in_force: Option<Variant>,
    candidate: Variant,
    from: Instant,
    to: Instant,
    /// The caller's areas that were asked for.
    within: Vec<AreaPath>,
    partitions: Vec<(AreaId, AreaPath)>,
    areas: Arc<AreaTree>,
    workers: usize,
    counts_only: bool,
    began: Instant,
}

impl Question {
    async fn of(state: &ServerState, who: &Who, rule: &str, ask: &BacktestAsk) -> Answer<Question> {
        let areas = state.areas().await?;
        let mut within = who.areas(state, Action::RuleTry);
        let own = match OwnCode::read(rule) {
            Some(code) => Some(tried::find(state, who, &code).await?),
            None => None,
        };
        if let Some(own) = &own {
            within = vec![own.area_path.clone()];
        }
        if let Some(id) = ask.area.as_ref().filter(|id| !id.is_empty()) {
            let asked: &Area = areas.find(&AreaId::new(id)).ok_or(ApiError::NotFound)?;
            if !within.iter().any(|w| asked.path.within(w)) {
                return Err(ApiError::NotFound);
            }
            within = vec![asked.path.clone()];
        }
        // An own rule's area may be smaller than an estate: it had to be large enough to have the rule (G13).
        let is_own_area = own.as_ref().is_some_and(|own| within == [own.area_path.clone()]);
        let registry = past::registry(&*state.store).await?;
        let (in_force, base, about_own) = match own {
            Some(own) => {
                let base = own.candidate(state, ask.text.as_deref())?;
                let about = own.is_about_persons(&base.plan);
                (own.in_force(state), base, about)
            }
            None => {
                let text = past::text_in_force(&registry, rule).ok_or(ApiError::NotFound)?;
                let in_force = Variant::in_force(&text, &state.catalogue)?;
                let base = match &ask.text {
                    Some(text) => Variant::in_force(text, &state.catalogue)?,
                    None => in_force.clone(),
                };
                (Some(in_force), base, false)
            }
        };
        let candidate = candidate(state, rule, base, ask, &areas, &within)?;
        let (from, to) = range(state, ask.from.as_deref(), ask.to.as_deref())?;
        let mut partitions = BTreeMap::new();
        for path in &within {
            partitions.extend(past::partitions(&areas, path));
        }
        let about_persons = in_force
            .iter()
            .chain([&candidate])
            .any(|v| privacy::is_about_persons(&v.plan, &state.catalogue, (&registry, &areas), &within));
        let may_open = who.areas(state, Action::PersonOpen);
        let opens = within.iter().all(|w| may_open.iter().any(|m| w.within(m)));
        let counts_only = about_own || about_persons && !opens;
        if counts_only && !is_own_area {
            privacy::large_enough(&within, &areas)?;
        }
        if about_persons && !counts_only {
            for path in &within {
                let place = path.ids().next_back().map_or_else(String::new, |id| format!("area:{id}"));
                // Trying value after value is one look an hour.
                look_for(state, who, (path, place), ("rule_backtest", Millis::hours(1)), rule).await?;
            }
        }
        let workers = workers(state, &within).await?;
        Ok(Question {
            in_force,
            candidate,
            from,
            to,
            within,
            partitions: partitions.into_iter().collect(),
            past: Arc::new(past::of(state, areas.clone(), registry)),
            areas,
            workers,
            counts_only,
            began: state.now(),
        })
    }

    /// None: it was stopped.
    async fn answer(
        self,
        state: &ServerState,
        run: &Arc<Run<BacktestResult>>,
    ) -> Answer<Option<BacktestResult>> {
        let in_force: Vec<Variant> = self.in_force.iter().cloned().collect();
        let sides = vec![in_force, vec![self.candidate.clone()]];
        let tried = Arc::new(Tried { sides, from: self.from, to: self.to });
        let watched = run.clone();
        let goes_on: Arc<GoesOn> = Arc::new(move |share| {
            watched.advance(share);
            !watched.is_cancelled()
        });
        let found = self.past.episodes(&self.partitions, tried, goes_on).await?;
        let Some(found) = found else { return Ok(None) };
        let mut fates = Vec::new();
        let mut readings = 0;
        for of_partition in found {
            readings += of_partition.readings;
            let mut sides = of_partition.episodes.into_iter().map(|mut found| {
                found.retain(|f| self.within.iter().any(|w| f.area_path.within(w)));
                found
            });
            let (was, is) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
            fates.extend(difference(was, is));
        }
        Ok(Some(self.result(state, fates, readings)))
    }

    fn result(&self, state: &ServerState, fates: Vec<Fate>, readings: usize) -> BacktestResult {
        let was: Vec<&Finding> = fates
            .iter()
            .filter_map(|f| match f {
                Fate::Same(x) | Fate::Removed(x) => Some(x),
                Fate::Moved { was, .. } => Some(&**was),
                Fate::Added(_) => None,
            })
            .collect();
        let is: Vec<&Finding> =
            fates.iter().filter(|f| !matches!(f, Fate::Removed(_))).map(Fate::finding).collect();
        let hide = |n: usize| self.hide(n);
        let of = |code: &str| hide(fates.iter().filter(|f| f.code() == code).count());
        // One of them that is hidden could be had from the others (PV2).
        let all = ["same", "moved", "added", "removed"].iter().all(|code| of(code).is_some());
        let (in_force, candidate) = (self.measured(&was), self.measured(&is));
        BacktestResult {
            sentence: sentence(self.in_force.as_ref().map(|_| &in_force), &candidate).get(lang()).to_owned(),
            in_force,
            candidate,
            same: all.then(|| of("same")).flatten(),
            moved: all.then(|| of("moved")).flatten(),
            added: all.then(|| of("added")).flatten(),
            removed: all.then(|| of("removed")).flatten(),
            days: if self.counts_only { Vec::new() } else { self.days(state, &was, &is) },
            weeks: if self.counts_only { Vec::new() } else { self.weeks(state, &fates) },
            changes: if self.counts_only { Vec::new() } else { self.changes(state, &fates) },
            counts_only: self.counts_only,
            readings: readings as u64,
            took_ms: (state.now() - self.began).0.max(0) as u64,
        }
    }

    /// Small numbers about persons are hidden from who may not open their records.
    fn hide(&self, n: usize) -> Option<u64> {
        let n = n as u64;
        (!self.counts_only || n == 0 || n >= HIDDEN_BELOW).then_some(n)
    }

    fn measured(&self, found: &[&Finding]) -> BacktestSide {
        let n = cases(found.iter().copied(), QUIET);
        let days = ((self.to - self.from).0 as f64 / 86_400_000.0).max(1.0);
        let shown = self.hide(n);
        let rate = |per: f64| shown.map(|n| (n as f64 / per * 100.0).round() / 100.0);
        BacktestSide {
            findings: self.hide(found.len()),
            cases: shown,
            per_shift: rate(days * 3.0),
            per_worker_week: if self.workers == 0 { None } else { rate(days / 7.0 * self.workers as f64) },
        }
    }

    fn days(&self, state: &ServerState, was: &[&Finding], is: &[&Finding]) -> Vec<BacktestDay> {
        let mut days: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let mut at = self.from;
        while at < self.to {
            days.entry(day_of(state, at)).or_default();
            at = at + Millis::days(1);
        }
        let begun = |f: &&&Finding| f.start >= self.from;
        for f in was.iter().filter(begun) {
            days.entry(day_of(state, f.start)).or_default().0 += 1;
        }
        for f in is.iter().filter(begun) {
            days.entry(day_of(state, f.start)).or_default().1 += 1;
        }
        let row = |(day, (a, b))| BacktestDay { day, in_force: self.hide(a), candidate: self.hide(b) };
        days.into_iter().map(row).collect()
    }

    fn weeks(&self, state: &ServerState, fates: &[Fate]) -> Vec<BacktestWeek> {
        let mut weeks: BTreeMap<(String, AreaId), BTreeMap<&str, usize>> = BTreeMap::new();
        for fate in fates {
            let f = fate.finding();
            let day = f.start.max(self.from).day_in(state.zone());
            let back = i64::from(day.weekday().to_monday_zero_offset());
            let monday = day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day).to_string();
            let counts = weeks.entry((monday, self.estate(f))).or_default();
            *counts.entry(fate.code()).or_default() += 1;
        }
        let rows = weeks.into_iter().map(|((week, id), n)| {
            let of = |code| self.hide(n.get(code).copied().unwrap_or(0));
            BacktestWeek {
                area: area(&self.areas, &id),
                week,
                same: of("same"),
                moved: of("moved"),
                added: of("added"),
                removed: of("removed"),
            }
        });
        rows.collect()
    }

    /// The estate a finding lies in, else its residential area.
    fn estate(&self, f: &Finding) -> AreaId {
        use linli_model::AreaLevel::{Estate, ResidentialArea};
        let of_level =
            |level| f.area_path.ids().find(|id| self.areas.find(id).is_some_and(|a| a.level == level));
        of_level(Estate).or_else(|| of_level(ResidentialArea)).unwrap_or_else(|| f.area.clone())
    }

    fn changes(&self, state: &ServerState, fates: &[Fate]) -> Vec<BacktestChange> {
        let differs = fates.iter().filter(|f| !matches!(f, Fate::Same(_))).take(CHANGES_MAX);
        let row = |fate: &Fate| {
            let f = fate.finding();
            let home = privacy::is_of_home(f, &self.past.registry, &self.areas, self.to);
            let at = |t: Instant| if home { day_of(state, t) } else { t.to_string() };
            let (was_start, was_end) = match fate {
                Fate::Moved { was, .. } => (Some(at(was.start)), was.end.map(at)),
                _ => (None, None),
            };
            let mut evidence = evidence_of(f, state, home);
            if home {
                evidence.sentence = without_minutes(&evidence.sentence);
                evidence.steps.iter_mut().for_each(|s| *s = without_minutes(s));
            }
            BacktestChange {
                fate: fate.code().to_owned(),
                subject: f.subject.to_string(),
                area: area(&self.areas, &f.area),
                start: at(f.start),
                at_or_before: began_before(f, self.from),
                end: f.end.map(at),
                was_start,
                was_end,
                evidence,
            }
        };
        differs.map(row).collect()
    }
}

fn candidate(
    state: &ServerState,
    rule: &str,
    mut candidate: Variant,
    ask: &BacktestAsk,
    areas: &AreaTree,
    within: &[AreaPath],
) -> Answer<Variant> {
    let code = candidate.code();
    if code != rule {
        return Err(Diagnostic::new(
            "another_rule",
            "text",
            format!("试的应是规则 {rule}"),
            format!("what is tried should be the rule {rule}"),
        )
        .into());
    }
    let mut mistakes = Vec::new();
    let mut values: Vec<RegistryChange> = Vec::new();
    for (name, value) in &ask.values {
        let field = format!("values.{name}");
        match candidate.plan.parameter(name) {
            None => mistakes.push(Diagnostic::new(
                "unknown_parameter",
                field,
                format!("规则没有参数 {name}"),
                format!("the rule has no parameter {name}"),
            )),
            Some((_, p)) if !(p.min..=p.max).contains(value) => mistakes.push(Diagnostic::new(
                "out_of_bounds",
                field,
                format!("应在 {} 到 {} 之间", p.min, p.max),
                format!("it lies between {} and {}", p.min, p.max),
            )),
            Some(_) if candidate.plan.mandatory => mistakes.push(Diagnostic::new(
                "mandatory",
                field,
                "这条规则各处一致,不能改",
                "this rule is the same everywhere and cannot be changed",
            )),
            Some(_) => values.extend(within.iter().filter_map(|path| {
                let id = path.ids().next_back()?;
                areas.find(&id)?;
                Some(value_in(&code, id, path.clone(), name, *value))
            })),
        }
    }
    let (terms, wrong) = terms::read(state, &candidate.plan, &ask.terms);
    mistakes.extend(wrong);
    if !mistakes.is_empty() {
        return Err(mistakes.into());
    }
    for path in within {
        let Some(area) = path.ids().next_back().filter(|id| areas.find(id).is_some()) else { continue };
        let set = |term: &Term| terms::set(&code, (&area, path), term.clone(), "backtest");
        candidate.terms.extend(terms.iter().map(set));
    }
    if !values.is_empty() {
        candidate.values = Some(values);
    }
    Ok(candidate)
}

/// From the first day's beginning to the end of the last.
pub(super) fn range(state: &ServerState, from: Option<&str>, to: Option<&str>) -> Answer<(Instant, Instant)> {
    let today = state.now().day_in(state.zone());
    let read = |field: &str, text: Option<&str>, default: jiff::civil::Date| match text {
        None | Some("") => Ok(default),
        Some(text) => text.parse::<jiff::civil::Date>().map_err(|_| {
            Diagnostic::new("not_a_day", field, "应为日期,如 2026-11-02", "this is a day like 2026-11-02")
        }),
    };
    let to = read("to", to, today)?;
    let from = read("from", from, to.saturating_sub(jiff::Span::new().days(DAYS - 1)))?;
    let days = (to - from).get_days();
    if days < 0 || i64::from(days) >= DAYS_MAX {
        return Err(Diagnostic::new(
            "out_of_bounds",
            "from",
            format!("起止日期应先后有序,最多 {DAYS_MAX} 天"),
            format!("the first day comes first, and there are at most {DAYS_MAX}"),
        )
        .into());
    }
    let after = to.saturating_add(jiff::Span::new().days(1));
    let zone = state.zone();
    Ok((Instant::start_of(from, zone), Instant::start_of(after, zone).min(state.now())))
}

/// Who works in these areas.
pub(super) async fn workers(state: &ServerState, within: &[AreaPath]) -> Result<usize, Fault> {
    let works = |p: &linli_model::Post| p.role == Role::Cadre && within.iter().any(|w| p.area_path.within(w));
    let roster = state.roster().await?;
    let workers: BTreeSet<_> =
        roster.candidates.iter().filter(|c| works(&c.post)).map(|c| c.post.user).collect();
    Ok(workers.len())
}

pub(super) fn day_of(state: &ServerState, at: Instant) -> String {
    at.day_in(state.zone()).to_string()
}

/// What it comes to, to be read aloud.
fn sentence(was: Option<&BacktestSide>, is: &BacktestSide) -> Text {
    let side = |s: &BacktestSide, lang: Lang| {
        let n = |n: Option<u64>| match (n, lang) {
            (Some(n), _) => n.to_string(),
            (None, Lang::Zh) => "不到 5 ".to_owned(),
            (None, Lang::En) => "fewer than 5".to_owned(),
        };
        let rate = s.per_shift.map_or_else(String::new, |r| match lang {
            Lang::Zh => format!(",平均每班 {r} 件"),
            Lang::En => format!(", {r} a shift"),
        });
        match lang {
            Lang::Zh => format!("{} 条,合并为 {} 件{rate}", n(s.findings), n(s.cases)),
            Lang::En if s.cases == Some(1) => format!("{}, merged into 1 case{rate}", n(s.findings)),
            Lang::En => format!("{}, merged into {} cases{rate}", n(s.findings), n(s.cases)),
        }
    };
    let (zh, en) = (side(is, Lang::Zh), side(is, Lang::En));
    let Some(was) = was else {
        return Text::new(format!("本会发出 {zh}。"), format!("Would have raised {en}."));
    };
    let same = (was.findings, was.cases) == (is.findings, is.cases);
    if same {
        return Text::new(
            format!("本会发出 {zh},与现行规则相同。"),
            format!("Would have raised {en}, as the rule in force."),
        );
    }
    let (was_zh, was_en) = (side(was, Lang::Zh), side(was, Lang::En));
    Text::new(
        format!("本会发出 {zh};现行规则为 {was_zh}。"),
        format!("Would have raised {en}; the rule in force {was_en}."),
    )
}
