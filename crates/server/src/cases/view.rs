//! One case, whole: what it is, who owes what by when, what may be done next, and why it exists.

use super::{seen_by, shared};
use crate::wire::Json;
use crate::{labels, labels::say, problem::Answer, state::ServerState, who::Who};
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use linli_api::{Coded, Problem, case::*};
use linli_casework::{
    Actor, Case, CaseId, ClimbReason, Fact, FactRecord, Origin, Outcome, Photo, PhotoWhen, Promise,
    available, available::satisfied_label, fact::Audience,
};
use linli_model::{AreaId, AreaTree, Finding, Instant, SubjectKind, Text, UserId, Value};
use linli_store::{CaseFilter, Look, PageAsk, User};
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
    let class = state.classes.find(&case.class).map_or_else(|| case.class.clone(), |c| say(&c.label));
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
        lon: case.lon,
        lat: case.lat,
        opened_at: case.opened_at.to_string(),
        updated_at: case.updated_at.to_string(),
        version: case.version,
    }
}

/// The address names the case: the same picture may belong to several, and who may see it goes by case.
pub(crate) fn photo(p: &Photo, case: CaseId) -> PhotoView {
    PhotoView {
        id: p.blob.clone(),
        when: if p.when == PhotoWhen::Before { "before" } else { "after" }.to_owned(),
        url: format!("/api/v1/photos/{}?case={case}", p.blob),
        thumb_url: format!("/api/v1/photos/{}?case={case}&size=thumb", p.blob),
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
    Ok(CaseView { contact: contact(state, who, case).await?, ..view })
}

/// The view as this person gets it, without the contact.
pub(crate) async fn view(state: &ServerState, who: &Who, case: &Case) -> Answer<CaseView> {
    let (areas, users, roster) = (state.areas().await?, state.users().await?, state.roster().await?);
    let facts = state.store.facts(case.id).await?;
    let findings = state.store.findings_of_case(case.id).await?;
    let context = state.context(&areas, &roster, state.fresh.seed());
    let reporters = state.store.reporters(case.id).await?;
    let class = state.classes.get_or_other(&case.class);
    let actions = available(case, &who.actor(), &context).into_iter().map(action).collect();
    Ok(CaseView {
        row: row(state, case, &areas, &users),
        text: case.text.clone(),
        round: case.round,
        origin: origin(&case.origin),
        outcome: case.outcome.map(|o| Coded::new(o.code(), say(&o.label()))),
        answer: case.answer.clone(),
        routing: say(&case.routing.sentence),
        extension: shared::extension(case, &areas, &users),
        tasks: shared::tasks(case, &areas, &users, state.now()),
        steps: shared::steps(&facts, &areas, state.now()),
        available_actions: actions,
        timeline: timeline(&facts, &users),
        photos: case.photos.iter().map(|p| photo(p, case.id)).collect(),
        evidence: findings.last().map(|f| evidence(f, state)),
        reporters: reporters.iter().map(reporter).collect(),
        ratings: case.ratings.iter().map(rating).collect(),
        phrases: class.phrases.iter().map(say).collect(),
        contact: None,
        nearby: nearby(state, who, case).await?,
    })
}

/// The phone of who is to be called: for the owner of an open care case or report, each showing logged (G10).
async fn contact(state: &ServerState, who: &Who, case: &Case) -> Answer<Option<ContactView>> {
    if case.owner.user != who.user.id || !case.stage.is_open() {
        return Ok(None);
    }
    let reporters = state.store.reporters(case.id).await?;
    let Some(with_phone) = reporters.iter().find(|r| !r.phone.is_empty()) else { return Ok(None) };
    let look = Look {
        at: state.now(),
        user: who.user.id,
        role: who.role_for(state, linli_access::Action::CaseRead, &case.area_path),
        person: format!("reporter:{}", with_phone.id),
        purpose: "case_work".to_owned(),
        case: Some(case.id),
        reason: String::new(),
    };
    let change = linli_store::Change::LookAdd(look);
    state
        .store
        .commit(linli_store::Commit { at: state.now(), changes: vec![change], ..Default::default() })
        .await?;
    Ok(Some(ContactView { phone: Some(with_phone.phone.clone()) }))
}

async fn nearby(state: &ServerState, who: &Who, case: &Case) -> Answer<Vec<NearbyCase>> {
    let within = who.areas(state, linli_access::Action::CaseRead);
    let filter =
        CaseFilter { area: Some(case.area_path.clone()), ..CaseFilter::all_within(within, state.now()) };
    let found = state.store.cases(&filter, &PageAsk::first(6)).await?;
    let recent = state.now() - linli_model::Millis::days(90);
    Ok(found
        .items
        .into_iter()
        .filter(|c| c.id != case.id && c.opened_at >= recent)
        .map(|c| NearbyCase {
            id: c.id.to_string(),
            number: c.number,
            title: c.title,
            stage: Coded::new(c.stage.code().code(), say(&c.stage.code().label())),
            opened_at: c.opened_at.to_string(),
        })
        .collect())
}

fn action(a: linli_casework::AvailableAction) -> ActionView {
    let code =
        serde_json::to_value(a.command).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    ActionView {
        code,
        label: say(&a.label),
        enabled: a.enabled,
        reason: a.reason.as_ref().map(say),
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

pub(crate) fn channel_label(channel: &str) -> Text {
    let (zh, en) = match channel {
        "web" => ("居民网上反映", "Resident, on the web"),
        "window" => ("窗口代报", "At the window"),
        "phone" => ("电话代报", "On the phone"),
        "patrol" => ("巡查", "Patrol"),
        "cadre" => ("居委干部", "Committee cadre"),
        "volunteer" => ("志愿者", "Volunteer"),
        "police" => ("社区民警", "Community police"),
        "family" => ("家属联系人", "Family contact"),
        other => (other, other),
    };
    Text::new(zh, en)
}

fn reporter(r: &linli_store::Reporter) -> ReporterView {
    let phone = linli_model::format::phone::Phone::parse(&r.phone).map(|p| p.masked()).unwrap_or_default();
    let mut name = r.name.chars();
    let name =
        name.next().map(|first| format!("{first}{}", "*".repeat(name.count().max(1)))).unwrap_or_default();
    ReporterView { id: r.id.to_string(), channel: say(&channel_label(&r.channel)), name, phone }
}

fn rating(r: &linli_casework::case::Rating) -> RatingView {
    RatingView {
        at: r.at.to_string(),
        satisfied: Coded::new(r.satisfied.code(), say(&satisfied_label(r.satisfied))),
        solved: r.solved,
        treated_well: r.treated_well,
        words: r.words.clone(),
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
        Fact::PromiseResumed { promise, due_at, .. } => {
            inside(format!("{} · {}", say(&promise.label()), by_the_clock(*due_at)))
        }
        Fact::PromiseKept { promise } | Fact::PromiseBroken { promise } => inside(say(&promise.label())),
        Fact::Noted { text, audience, photos } => (text.clone(), photos.clone(), *audience),
        Fact::WaitBegan { reason, until, text } => {
            outside(&format!("{} · {} · {text}", say(&reason.label()), by_the_clock(*until)))
        }
        Fact::DoneProposed { outcome, text, photos } => {
            (format!("{} {text}", say(&outcome.label())), photos.clone(), Audience::Internal)
        }
        Fact::VerifiedOk { text, photos } | Fact::VerifiedNotOk { text, photos } => {
            (text.clone(), photos.clone(), Audience::Internal)
        }
        Fact::Answered { text } | Fact::ReviewUpheld { text } | Fact::ReviewReturned { text } => {
            outside(text)
        }
        Fact::Rated { satisfied, words, .. } => {
            outside(&format!("{} {words}", say(&satisfied_label(*satisfied))))
        }
        Fact::Disputed { reason, words, .. } => outside(&format!("{reason} {words}")),
        Fact::PassedUp { reason, code, .. } => inside(match code {
            ClimbReason::Other => reason.clone(),
            code => [say(&code.label()), reason.clone()].join(" ").trim().to_owned(),
        }),
        Fact::PassedDown { reason, .. } => inside(reason.clone()),
        Fact::PassedOut { to, reason, until } => {
            outside(&format!("{to} · {reason} · {}", by_the_clock(*until)))
        }
        Fact::CameBack { text } => inside(text.clone()),
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
