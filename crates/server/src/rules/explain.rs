//! Why a rule did, or did not, hold for a subject at a moment of the past.
//!
//! Invariants
//! - EX1 About a home or person only who may open records there is answered; the look is in the access log first, and
//!   days are shown, not minutes (G13).

use super::{
    backtest::{day_of, is_home},
    past::{self, NotGathered},
};
use crate::{
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
    backtest::{ExplainEpisode, ExplainQuery, ExplainView},
    case::{EvidencePoint, ParameterView},
};
use linli_engine::Explanation;
use linli_model::{
    AreaPath, Diagnostic, Finding, Instant, Millis, RegistryChange, RegistryEntry, Subject, SubjectKind,
    Text, Value,
};
use linli_pack::backtest::{Range, Variant, explain};
use linli_store::{Change, Commit, Look};

/// Episodes so far back are told.
const BEFORE: Millis = Millis::days(30);

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
    let subject: Subject = q.subject.parse().map_err(|_| {
        Diagnostic::new(
            "subject",
            "subject",
            "应为 类别:编码,如 device:hydrant-1",
            "this is kind:code, like device:hydrant-1",
        )
    })?;
    let at = moment(&state, &q, &subject)?;
    let registry = past::registry(&*state.store).await?;
    let variant = past::variant_in_force(&registry, &rule, &state.catalogue).ok_or(ApiError::NotFound)??;
    let areas = state.areas().await?;
    let place = place_of(&registry, &areas, &subject, at).ok_or(ApiError::NotFound)?;
    let action = if is_home(subject.kind) { Action::PersonOpen } else { Action::RuleTry };
    who.check(&state, action, &place).map_err(|_| ApiError::NotFound)?;
    if is_home(subject.kind) {
        let look = Look {
            at: state.now(),
            user: who.user.id,
            role: who.role_for(&state, action, &place),
            person: subject.to_string(),
            purpose: "rule_explanation".to_owned(),
            case: None,
            reason: rule.clone(),
        };
        let changes = vec![Change::LookAdd(look)];
        state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    }
    let partition = areas.partition_of(&place).ok_or(ApiError::NotFound)?;
    let to = at.saturating_add(Millis(1));
    let range = (at.saturating_add(Millis(-BEFORE.0)), to);
    let plans = [&*variant.plan];
    let gathered =
        past::gather(&*state.history, &areas, &registry, &state.catalogue, &partition, &plans, range);
    let gathered = match gathered.await {
        Ok(gathered) => gathered,
        Err(NotGathered::TooMuch(d)) => return Err(d.into()),
        Err(NotGathered::Fault(fault)) => return Err(fault.into()),
    };
    let found = {
        let (variant, subject) = (variant.clone(), subject.clone());
        let work = move || {
            let range =
                Range { config: gathered.config, registry: &gathered.registry, from: range.0, to: range.1 };
            explain(&range, &variant, &gathered.readings, &subject)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|e| linli_model::Fault::passing(e.to_string()))?
    };
    Ok(Json(shown(&state, &variant, &subject, at, found)))
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

/// Where a subject stood, by the registry.
fn place_of(
    registry: &[RegistryEntry],
    areas: &linli_model::AreaTree,
    subject: &Subject,
    at: Instant,
) -> Option<AreaPath> {
    if subject.kind == SubjectKind::Area {
        return areas.find(&linli_model::AreaId::new(&subject.id)).map(|a| a.path.clone());
    }
    let mut place = None;
    for entry in registry.iter().filter(|e| e.effective_at <= at) {
        match &entry.change {
            RegistryChange::DeviceSet(d)
                if d.subject.as_ref() == Some(subject)
                    || subject.kind == SubjectKind::Device && d.id.as_str() == subject.id =>
            {
                place = Some(d.area_path.clone());
            }
            RegistryChange::MemberJoined { subject: s, area_path, .. } if s == subject => {
                place = Some(area_path.clone());
            }
            _ => {}
        }
    }
    // A dwelling is an area, too.
    place.or_else(|| areas.find(&linli_model::AreaId::new(&subject.id)).map(|a| a.path.clone()))
}

fn shown(
    state: &ServerState,
    variant: &Variant,
    subject: &Subject,
    at: Instant,
    (explanation, episodes): (Option<Explanation>, Vec<Finding>),
) -> ExplainView {
    let home = is_home(subject.kind);
    let time = |t: Instant| if home { day_of(state, t) } else { t.to_string() };
    let words = |t: &Text| if home { without_minutes(&say(t)) } else { say(t) };
    let plan = &variant.plan;
    let verdict = match explanation.as_ref().map(|e| (e.holds, e.told)) {
        None => "not_watched",
        Some((Some(true), true)) => "holds",
        Some((Some(true), false)) => "not_told",
        Some((Some(false), _)) => "does_not",
        Some((None, _)) => "unknown",
    };
    let sentence = match (verdict, lang()) {
        ("holds", linli_model::Lang::Zh) => format!("“{}”成立。", plan.name.zh),
        ("holds", _) => format!("\"{}\" holds.", plan.name.en),
        ("not_told", linli_model::Lang::Zh) => format!("“{}”成立,但按辖区自己的规定不报。", plan.name.zh),
        ("not_told", _) => {
            format!("\"{}\" holds, and the area's own terms keep it from being told.", plan.name.en)
        }
        ("does_not", linli_model::Lang::Zh) => format!("“{}”不成立。", plan.name.zh),
        ("does_not", _) => format!("\"{}\" does not hold.", plan.name.en),
        ("unknown", linli_model::Lang::Zh) => format!("“{}”无法判断。", plan.name.zh),
        ("unknown", _) => format!("\"{}\" cannot be told.", plan.name.en),
        (_, linli_model::Lang::Zh) => {
            format!("“{}”当时不看这个对象:没有登记在内,也没有相关读数。", plan.name.zh)
        }
        (_, _) => {
            format!("\"{}\" did not watch this: not registered for it, and no reading of it.", plan.name.en)
        }
    };
    let (steps, deadline, parameters, readings) = explanation.map_or_else(Default::default, |e| {
        let label = |name: &str| plan.parameter(name).map_or_else(|| name.to_owned(), |(_, p)| say(&p.label));
        let parameters: Vec<ParameterView> = e
            .parameters
            .iter()
            .map(|p| ParameterView {
                name: label(&p.name),
                value: p.value,
                unit: p.unit.clone(),
                set_by: p.set_by.clone(),
            })
            .collect();
        let readings: Vec<EvidencePoint> = e
            .readings
            .iter()
            .map(|r| EvidencePoint {
                at: time(r.observed_at),
                device: r.device.to_string(),
                measure: r.measure.to_string(),
                value: if home { None } else { r.value.number() },
                text: match &r.value {
                    Value::Text(t) if !home => Some(t.clone()),
                    _ => None,
                },
            })
            .collect();
        (e.steps.iter().map(words).collect::<Vec<_>>(), e.deadline.map(time), parameters, readings)
    });
    ExplainView {
        rule: plan.rule.clone(),
        name: say(&plan.name),
        subject: subject.to_string(),
        at: time(at),
        verdict: verdict.to_owned(),
        sentence,
        steps,
        deadline,
        parameters,
        readings,
        episodes: episodes
            .iter()
            .map(|f| ExplainEpisode {
                start: time(f.start),
                end: f.end.map(time),
                sentence: words(&f.sentence),
            })
            .collect(),
    }
}

/// `11月2日 08:05` and `2 Nov 08:05` without their minutes.
fn without_minutes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        let clock = |from: usize| {
            let c = |n: usize| chars.get(from + n).copied().unwrap_or(' ');
            c(0) == ' '
                && c(1).is_ascii_digit()
                && c(2).is_ascii_digit()
                && c(3) == ':'
                && c(4).is_ascii_digit()
                && c(5).is_ascii_digit()
        };
        if clock(i) {
            i += 6;
            continue;
        }
        out.push(chars[i]);
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_minutes;

    #[test]
    fn a_home_s_times_lose_their_minutes() {
        assert_eq!(without_minutes("最近一次迹象:11月2日 08:05。"), "最近一次迹象:11月2日。");
        assert_eq!(
            without_minutes("Last sign: 2 Nov 08:05; ended 3 Nov 10:00"),
            "Last sign: 2 Nov; ended 3 Nov"
        );
    }
}
