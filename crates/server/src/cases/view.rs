//! One case, whole: what it is, who owes what by when, what may be done next, and why it exists.

use super::{alike, carry::went_on_in, people, people::channel_label, seen_by, shared};
use crate::wire::Json;
use crate::{labels, labels::say, problem::Answer, state::ServerState, who::Who};
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use linli_api::{Coded, Problem, case::*};
use linli_casework::{
    Actor, Case, CaseId, Class, ClassTable, ClimbReason, ClosedHow, Fact, FactRecord, LinkKind, Order,
    Origin, Outcome, Photo, PhotoWhen, Promise, Spot, Stage, available,
    available::satisfied_label,
    case::Link,
    class::category::Scheme,
    decide::evidence::{self as evidence_rules, Proof},
    fact::Audience,
};
use linli_model::{AreaId, AreaTree, Extent, Finding, Instant, SubjectKind, Text, UserId, Value};
use linli_store::{CaseFilter, Mark, PageAsk, User};
use std::collections::BTreeMap;

pub(super) type Users = BTreeMap<UserId, User>;

pub(crate) fn area(areas: &AreaTree, id: &AreaId) -> Coded {
    Coded::new(id.as_str(), areas.find(id).map(|a| a.name.clone()).unwrap_or_default())
}

pub(super) fn promise(p: &Promise, now: Instant) -> PromiseView {
    let (state, tone) = match p.outcome {
        Outcome::Open if p.paused_since.is_none() && p.due_at < now => ("open", "overdue"),
        Outcome::Open if p.paused_since.is_none() && p.at_percent(80) <= now => ("open", "due_soon"),
        Outcome::Open => ("open", "fine"),
        Outcome::Kept { .. } => ("kept", "fine"),
        Outcome::Broken { .. } => ("broken", "overdue"),
        Outcome::Void { .. } => ("void", "fine"),
    };
    PromiseView {
        kind: p.kind.code().to_owned(),
        label: say(&p.kind.label()),
        due_at: p.due_at.to_string(),
        state: state.to_owned(),
        tone: tone.to_owned(),
        paused: p.paused_since.is_some(),
        provisional: p.provisional,
        round: p.round,
    }
}

pub(crate) fn row(state: &ServerState, case: &Case, areas: &AreaTree, users: &Users) -> CaseRow {
    let stage = case.stage.code();
    let class =
        state.classes.for_case(case).find(&case.class).map_or_else(|| case.class.clone(), |c| say(&c.label));
    CaseRow {
        id: case.id.to_string(),
        number: case.number.clone(),
        title: case.title.clone(),
        class: Coded::new(&case.class, class),
        place: case.place.clone(),
        area: area(areas, &case.area),
        stage: Coded::new(stage.code(), say(&stage.label())),
        severity: labels::severity(case.severity),
        owner: OwnerView {
            id: case.owner.user.to_string(),
            name: users.get(&case.owner.user).map(|u| u.name.clone()).unwrap_or_default(),
            role: labels::role(case.owner.role),
            area: area(areas, &case.owner.area),
        },
        promises: case
            .promises
            .iter()
            .filter(|p| p.round == case.round && p.kind.is_of_owner())
            .map(|p| promise(p, state.now()))
            .collect(),
        reporters_count: case.reporters.len() as u32,
        marks: Mark::of(case).into_iter().map(mark).collect(),
        lon: case.lon,
        lat: case.lat,
        opened_at: case.opened_at.to_string(),
        updated_at: case.updated_at.to_string(),
        version: case.version,
    }
}

pub(crate) fn mark(mark: Mark) -> Coded {
    let (zh, en) = match mark {
        Mark::Concentrated => ("集中诉求", "Concentrated matter"),
        Mark::CallBack => ("待回访", "To call back"),
        Mark::RootCause => ("根源问题", "Root cause"),
    };
    Coded::new(mark.code(), say(&Text::new(zh, en)))
}

/// The address names the case: the same picture may belong to several, and who may see it goes by case.
pub(crate) fn photo(p: &Photo, case: CaseId) -> PhotoView {
    PhotoView {
        id: p.blob.clone(),
        when: if p.when == PhotoWhen::Before { "before" } else { "after" }.to_owned(),
        url: format!("/api/v1/photos/{}?case={case}", p.blob),
        thumb_url: format!("/api/v1/photos/{}?case={case}&size=thumb", p.blob),
        proof: None,
    }
}

#[utoipa::path(get, path = "/cases/{id}", operation_id = "getCase", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = CaseView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<CaseView>> {
    let case = seen_by(&state, &who, &id).await?;
    Ok(Json(with_contact(&state, &who, &case).await?))
}

/// The view with the phone of who is to be called, for who handles the case (G10).
pub(crate) async fn with_contact(state: &ServerState, who: &Who, case: &Case) -> Answer<CaseView> {
    let view = view(state, who, case).await?;
    Ok(CaseView { contact: people::contact(state, who, case, &view.available_actions).await?, ..view })
}

/// The view as this person gets it, without the contact.
pub(crate) async fn view(state: &ServerState, who: &Who, case: &Case) -> Answer<CaseView> {
    let (areas, users, roster) = (state.areas().await?, state.users().await?, state.roster().await?);
    let facts = state.store.facts(case.id).await?;
    let findings = state.store.findings_of_case(case.id).await?;
    let context = state.context(&areas, &roster, state.fresh.seed());
    let reporters = people::of(state, case).await?;
    let table = state.classes.for_case(case);
    let class = table.get_or_other(&case.class);
    let mut actions: Vec<ActionView> =
        available(case, &who.actor(), &context).into_iter().map(action).collect();
    people::name_choices(&mut actions, &reporters);
    Ok(CaseView {
        row: row(state, case, &areas, &users),
        text: case.text.clone(),
        round: case.round,
        redrawn: redrawn(case, &areas),
        origin: origin(&case.origin),
        outcome: case.outcome.map(|o| Coded::new(o.code(), say(&o.label()))),
        answer: case.answer.clone(),
        routing: say(&case.routing.sentence),
        extension: shared::extension(case, &areas, &users),
        tasks: shared::tasks(case, &areas, &users, state.now()),
        steps: shared::steps(&facts, &areas, state.now()),
        available_actions: actions,
        timeline: timeline(&facts, &users),
        photos: case.photos.iter().map(|p| proven(p, case, class)).collect(),
        evidence: findings.last().map(|f| evidence(f, state)),
        reporters: people::views(case, &reporters),
        ratings: case.ratings.iter().map(rating).collect(),
        phrases: class.phrases.iter().map(say).collect(),
        contact: None,
        nearby: nearby(state, who, case).await?,
        links: case.links.iter().map(link).collect(),
        merged_into: merged_into(state, case).await?,
        passed_to: case.passed_to.clone(),
        order: case.order().map(|o| order(o, table)),
        closed_how: closed_how(case),
        class_levels: table.levels(class, Scheme::Standard).iter().map(|l| say(&l.label)).collect(),
        class_version: case.class_version,
    })
}

fn redrawn(case: &Case, areas: &AreaTree) -> Option<Redrawn> {
    let (was, now, since) = areas.redrawn(&case.area_path)?;
    let named = |a: &linli_model::Area| Coded::new(a.id.as_str(), &a.name);
    Some(Redrawn { was: named(was), now: named(now), since: since.to_string() })
}

fn link(link: &Link) -> LinkView {
    let code = if link.how == LinkKind::RootCause { "root_cause" } else { "repetition" };
    LinkView {
        id: link.to.to_string(),
        number: link.number.clone(),
        how: Coded::new(code, say(&link.how.label())),
    }
}

async fn merged_into(state: &ServerState, case: &Case) -> Answer<Option<LinkView>> {
    let last = went_on_in(state, case).await?.pop();
    let how = || Coded::new("merged", say(&Text::new("合并到", "Merged into")));
    Ok(last.map(|c| LinkView { id: c.id.to_string(), number: c.number, how: how() }))
}

fn order(order: &Order, table: &ClassTable) -> OrderView {
    OrderView {
        number: order.number.clone(),
        received_at: order.received_at.to_string(),
        kind: Coded::new(&order.kind, say(&table.get_or_other(&order.kind).label)),
    }
}

fn closed_how(case: &Case) -> Option<Coded> {
    let Stage::Closed { how } = case.stage else { return None };
    let code = serde_json::to_value(how).ok().and_then(|v| v.as_str().map(str::to_owned));
    Some(Coded::new(code.unwrap_or_default(), say(&how.label())))
}

/// The case's own place, by today's boundaries.
async fn here(state: &ServerState, case: &Case) -> Answer<Vec<Extent>> {
    let areas = state.areas().await?;
    let today = areas.today(&case.area).map(|a| areas.extent(&a.id));
    Ok(today.unwrap_or_else(|| vec![Extent::all(case.area_path.clone())]))
}

/// Others at the same place: first those that may be the same matter, then what else happened there.
async fn nearby(state: &ServerState, who: &Who, case: &Case) -> Answer<Vec<NearbyCase>> {
    let near = alike::candidates(state, who, &Spot::of(case), Some(case)).await?;
    let mut shown: Vec<NearbyCase> = near.iter().map(|(n, c)| alike::nearby(c, Some(*n))).collect();
    let within = who.areas(state, linli_access::Action::CaseRead);
    let filter = CaseFilter {
        areas: here(state, case).await?,
        opened_since: Some(state.now() - linli_model::Millis::days(90)),
        ..CaseFilter::all_within(within, state.now())
    };
    let found = state.store.cases(&filter, &PageAsk::first(6)).await?;
    let others = found.items.iter().filter(|c| c.id != case.id && near.iter().all(|(_, n)| n.id != c.id));
    shown.extend(others.map(|c| alike::nearby(c, None)));
    Ok(shown)
}

/// A photo of the result says what its camera said: when, and how far from the place.
fn proven(p: &Photo, case: &Case, class: &Class) -> PhotoView {
    let proof = (p.when == PhotoWhen::After).then(|| {
        let (zh, en) =
            match evidence_rules::proof(&p.shot, evidence_rules::work_began(case), class.photo_near_m) {
                Proof::TooEarly => ("早于本次办理", "older than this work"),
                Proof::Elsewhere(_) => ("不在现场", "taken elsewhere"),
                Proof::Unproven => ("时间、地点未证实", "time and place not proven"),
                Proof::Proven => ("时间、地点相符", "time and place fit"),
            };
        let at = p.shot.taken_at.map(by_the_clock);
        let metres =
            p.shot.metres.map(|m| say(&Text::new(format!("距现场 {m} 米"), format!("{m} m from the place"))));
        [at, metres, Some(say(&Text::new(zh, en)))].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    PhotoView { proof, ..photo(p, case.id) }
}

fn action(a: linli_casework::AvailableAction) -> ActionView {
    let code =
        serde_json::to_value(a.command).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    ActionView {
        code,
        label: say(&a.label),
        enabled: a.enabled,
        reason: a.reason.as_ref().map(say),
        hint: a.hint.as_ref().map(say),
        fields: a
            .fields
            .iter()
            .map(|f| FieldView {
                name: f.name.to_owned(),
                kind: serde_json::to_value(f.kind)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                label: say(&f.label),
                required: f.required,
                choices: f.choices.iter().map(|(c, t)| Coded::new(c, say(t))).collect(),
                only_with: f
                    .only_with
                    .map(|(field, value)| OnlyWith { field: field.to_owned(), value: value.to_owned() }),
            })
            .collect(),
    }
}

fn origin(origin: &Origin) -> Coded {
    match origin {
        Origin::Finding { rule, .. } => Coded::new(
            "finding",
            say(&Text::new(format!("规则发现:{rule}"), format!("Found by the rule {rule}"))),
        ),
        Origin::Report { channel, .. } => Coded::new(channel, say(&channel_label(channel))),
        Origin::Imported { system, number } => Coded::new("imported", format!("{system} {number}")),
    }
}

fn rating(r: &linli_casework::case::Rating) -> RatingView {
    RatingView {
        at: r.at.to_string(),
        satisfied: Coded::new(r.satisfied.code(), say(&satisfied_label(r.satisfied))),
        solved: r.solved,
        treated_well: r.treated_well,
        words: r.words.clone(),
        by_call: r.by_call,
    }
}

pub(crate) fn evidence(f: &Finding, state: &ServerState) -> EvidenceView {
    evidence_of(f, state, matches!(f.subject.kind, SubjectKind::Dwelling | SubjectKind::Person))
}

/// A home's readings show days, not minutes (G13).
pub(crate) fn evidence_of(f: &Finding, state: &ServerState, by_day: bool) -> EvidenceView {
    let at = |t: Instant| if by_day { t.day_in(state.zone()).to_string() } else { t.to_string() };
    EvidenceView {
        finding: f.id.to_string(),
        rule: f.rule.clone(),
        rule_version: f.rule_version,
        sentence: say(&f.sentence),
        start: at(f.start),
        end: f.end.map(at),
        deadline: f.evidence.deadline.map(at),
        parameters: f
            .evidence
            .parameters
            .iter()
            .map(|p| ParameterView {
                name: p.name.clone(),
                value: p.value,
                unit: p.unit.clone(),
                set_by: p.set_by.clone(),
            })
            .collect(),
        steps: f.evidence.steps.iter().map(say).collect(),
        readings: f
            .evidence
            .readings
            .iter()
            .map(|r| EvidencePoint {
                at: at(r.observed_at),
                device: r.device.to_string(),
                measure: r.measure.to_string(),
                value: r.value.number(),
                text: match &r.value {
                    Value::Text(t) if !by_day => Some(t.clone()),
                    _ => None,
                },
            })
            .collect(),
        readings_total: f.evidence.readings_total,
        by_day,
    }
}

/// One line per fact, oldest first.
pub(crate) fn timeline(facts: &[FactRecord], users: &Users) -> Vec<TimelineRow> {
    facts
        .iter()
        .map(|record| {
            let (text, photos, audience) = told(&record.fact, users);
            TimelineRow {
                seq: record.seq,
                at: record.at.to_string(),
                actor: actor(&record.actor, users),
                kind: record.fact.code().to_owned(),
                label: labels::fact(record.fact.code()),
                text,
                photos: photos.iter().map(|p| photo(p, record.case)).collect(),
                audience: if audience == Audience::Reporter { "reporter" } else { "internal" }.to_owned(),
            }
        })
        .collect()
}

fn actor(actor: &Actor, users: &Users) -> ActorView {
    let (label, kind) = match actor {
        Actor::User { user, .. } => (users.get(user).map(|u| u.name.clone()).unwrap_or_default(), "user"),
        Actor::Reporter { .. } => (say(&Text::new("反映人", "Reporter")), "reporter"),
        Actor::System => (say(&Text::new("系统", "System")), "system"),
    };
    ActorView { label, kind: kind.to_owned() }
}

/// An instant inside a sentence, as the clock on the wall says it.
pub(super) fn by_the_clock(at: Instant) -> String {
    let zone = TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap_or(TimeZone::UTC);
    zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn told(fact: &Fact, users: &Users) -> (String, Vec<Photo>, Audience) {
    let inside = |text: String| (text, Vec::new(), Audience::Internal);
    let outside = |text: &str| (text.to_owned(), Vec::new(), Audience::Reporter);
    match fact {
        Fact::Opened(o) => (o.text.clone(), o.photos.clone(), Audience::Reporter),
        Fact::OwnerSet { owner, explanation } => {
            let name = users.get(&owner.user).map(|u| u.name.clone()).unwrap_or_default();
            inside(format!("{name} · {}", say(&explanation.sentence)))
        }
        Fact::PromiseMade { promise } => {
            inside(format!("{} · {}", say(&promise.kind.label()), by_the_clock(promise.due_at)))
        }
        Fact::PromiseWarned { promise, percent } => {
            inside(format!("{} · {percent} %", say(&promise.label())))
        }
        Fact::PromisePaused { promise, reason } => {
            inside(format!("{} · {}", say(&promise.label()), say(&reason.label())))
        }
        Fact::PromiseResumed { promise, due_at, .. } | Fact::PromiseRecounted { promise, due_at, .. } => {
            inside(format!("{} · {}", say(&promise.label()), by_the_clock(*due_at)))
        }
        Fact::PromiseKept { promise } | Fact::PromiseBroken { promise } => inside(say(&promise.label())),
        Fact::Noted { text, audience, photos } => (text.clone(), photos.clone(), *audience),
        Fact::WaitBegan { reason, until, text } => {
            outside(&format!("{} · {} · {text}", say(&reason.label()), by_the_clock(*until)))
        }
        Fact::DoneProposed { outcome, text, photos, passed_to, .. } => {
            let to = passed_to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
            (format!("{}{to} {text}", say(&outcome.label())), photos.clone(), Audience::Internal)
        }
        Fact::VerifiedOk { text, photos } | Fact::VerifiedNotOk { text, photos } => {
            (text.clone(), photos.clone(), Audience::Internal)
        }
        Fact::Answered { text } | Fact::ReviewUpheld { text } | Fact::ReviewReturned { text } => {
            outside(text)
        }
        Fact::Rated { satisfied, words, by_call, .. } => {
            let on_the_phone =
                if *by_call { say(&Text::new("(电话回访)", " (by phone)")) } else { String::new() };
            outside(&format!("{}{on_the_phone} {words}", say(&satisfied_label(*satisfied))))
        }
        Fact::CalledBack { result, words, .. } => inside(format!("{} {words}", say(&result.label()))),
        Fact::ClosedUnheard { tried } => {
            let how = if *tried { ClosedHow::Unreached } else { ClosedHow::Unasked };
            inside(say(&how.label()))
        }
        Fact::Linked { link } => inside(format!("{} {}", say(&link.how.label()), link.number)),
        Fact::Concentrated { cases, reporters, .. } => inside(say(&Text::new(
            format!("同一区域 {cases} 件、{reporters} 人反映"),
            format!("{cases} cases, {reporters} reporters in one area"),
        ))),
        Fact::Unmerged { reason, .. } => outside(reason),
        Fact::Disputed { reason, words, .. } => outside(&format!("{reason} {words}")),
        Fact::PassedUp { reason, code, .. } => inside(match code {
            ClimbReason::Other => reason.clone(),
            code => [say(&code.label()), reason.clone()].join(" ").trim().to_owned(),
        }),
        Fact::PassedDown { reason, .. } | Fact::Reassigned { reason, .. } => inside(reason.clone()),
        Fact::PassedOut { to, reason, until } => {
            outside(&format!("{to} · {reason} · {}", by_the_clock(*until)))
        }
        Fact::CameBack { text } | Fact::ExclusionGranted { text } | Fact::ExclusionRefused { text } => {
            inside(text.clone())
        }
        Fact::ExclusionAsked { reason } => inside(reason.clone()),
        Fact::MergedInto { reason, .. } | Fact::Withdrawn { reason } | Fact::Rejected { reason } => {
            outside(reason)
        }
        Fact::FindingJoined { sentence, .. } => inside(say(sentence)),
        Fact::SignalEnded { ended_at, .. } => inside(by_the_clock(*ended_at)),
        Fact::Imported { status, outcome, .. } => inside(format!("{status} {outcome}")),
        Fact::TaskDone { task, text, photos } => {
            (shared::numbered(*task, text), photos.clone(), Audience::Internal)
        }
        other => inside(shared::told(other, users).unwrap_or_default()),
    }
}
