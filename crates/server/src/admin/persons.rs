//! Persons: found masked, opened for a purpose with an open case at the place, or by break-glass (G1).

use crate::wire::{Json, Query};
use crate::{
    PageEvent,
    problem::{Answer, ApiError},
    public::desk::place_name,
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use linli_access::{Action, Principal};
use linli_api::{Page, Problem, person::*};
use linli_casework::CaseId;
use linli_model::{AreaLevel, AreaPath, Post, Refusal, Severity, Text, UserId, format::id_number::IdNumber};
use linli_notice::{Notice, Recipient};
use linli_store::{Change, Commit, Look, PageAsk, people::PersonId};
use std::collections::BTreeSet;

const BREAK_GLASS: &str = "break_glass";
const PURPOSES: [&str; 3] = ["care_visit", "registration", "case_work"];

#[utoipa::path(get, path = "/persons", operation_id = "searchPersons", tag = "persons", params(PersonQuery),
    responses((status = 200, body = Page<PersonRow>), (status = 403, body = Problem)))]
pub async fn search(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<PersonQuery>,
) -> Answer<Json<Page<PersonRow>>> {
    who.check_anywhere(&state, Action::PersonSearch)?;
    let areas = state.areas().await?;
    let within = who.areas(&state, Action::PersonSearch);
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(50) };
    let asked = q.q.as_deref().map(str::trim).filter(|t| !t.is_empty());
    let found = state.store.people(&within, asked, &page).await?;
    let items = found.items.into_iter().map(|p| PersonRow {
        id: p.id.to_string(),
        name_masked: p.name_masked,
        dwelling_name: place_name(&areas, &p.dwelling),
        dwelling: p.dwelling.to_string(),
        populations: p.populations,
    });
    Ok(Json(Page { items: items.collect(), next_cursor: found.next }))
}

/// Opens a record: the look is in the access log before the record leaves the store.
#[utoipa::path(post, path = "/persons/{id}/open", operation_id = "openPerson", tag = "persons", params(("id" = String, Path)),
    request_body = OpenPerson, responses((status = 200, body = PersonRecord), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn open(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<OpenPerson>,
) -> Answer<Json<PersonRecord>> {
    let id: PersonId = id.parse().map_err(|_| ApiError::NotFound)?;
    let place = state.store.person_place(id).await?.ok_or(ApiError::NotFound)?;
    who.check(&state, Action::PersonOpen, &place).map_err(|_| ApiError::NotFound)?;
    let case = purpose(&state, &who, &asked, &place).await?;
    if asked.purpose == BREAK_GLASS {
        tell_data_officers(&state, &who, &asked, &place).await?;
    }
    let look = Look {
        at: state.now(),
        user: who.user.id,
        role: who.role_for(&state, Action::PersonOpen, &place),
        person: id.to_string(),
        purpose: asked.purpose,
        case,
        reason: asked.reason,
    };
    let person = state.store.open_person(id, &look).await?.ok_or(ApiError::NotFound)?;
    let areas = state.areas().await?;
    Ok(Json(PersonRecord {
        id: person.id.to_string(),
        id_number_masked: person
            .id_number
            .as_deref()
            .and_then(|n| IdNumber::parse(n).ok())
            .map(|n| n.masked()),
        dwelling_name: place_name(&areas, &person.dwelling),
        name: person.name,
        phone: person.phone,
        residence: person.residence,
        registered_here: person.registered_here,
        contact_name: person.contact_name,
        contact_phone: person.contact_phone,
        populations: person.populations,
    }))
}

/// A purpose needs an open case at the place; without one only break-glass with a reason opens.
async fn purpose(
    state: &ServerState,
    who: &Who,
    asked: &OpenPerson,
    place: &AreaPath,
) -> Answer<Option<CaseId>> {
    if asked.purpose == BREAK_GLASS {
        if asked.reason.trim().chars().count() < 5 {
            let (zh, en) = (
                "紧急查看须写明原因(至少 5 个字),数据保护专员会收到通知",
                "break-glass needs a reason of at least five characters; the data officer is told",
            );
            return Err(Refusal::new("reason_missing", zh, en).into());
        }
        return Ok(None);
    }
    if !PURPOSES.contains(&asked.purpose.as_str()) {
        let (zh, en) = (
            "用途应为 care_visit、registration、case_work 或 break_glass",
            "expected care_visit, registration, case_work or break_glass",
        );
        return Err(Refusal::new("purpose_unknown", zh, en).into());
    }
    let no_task = || {
        ApiError::Refused(Refusal::new(
            "no_open_task",
            "该户没有由您负责的在办案件。如有紧急情况,请用紧急查看并写明原因",
            "you have no open case at this dwelling; in an emergency use break-glass and say why",
        ))
    };
    let case = asked.case_id.as_deref().and_then(|c| c.parse::<CaseId>().ok()).ok_or_else(no_task)?;
    let case = state.store.case(case).await?.ok_or_else(no_task)?;
    let mine = case.owner.user == who.user.id && case.stage.is_open();
    // A case about a whole estate is no task at one of its homes.
    let areas = state.areas().await?;
    let at_a_door = areas.find(&case.area).is_some_and(|a| a.level >= AreaLevel::Doorway);
    let (place, of_case) = (areas.where_today(place), areas.where_today(&case.area_path));
    let here = (at_a_door && place.within(&of_case)) || of_case.within(&place);
    if mine && here { Ok(Some(case.id)) } else { Err(no_task()) }
}

/// G1: break-glass is told to the data officers of the place before the record opens; whether it then opens or not.
async fn tell_data_officers(
    state: &ServerState,
    who: &Who,
    asked: &OpenPerson,
    place: &AreaPath,
) -> Answer<()> {
    let now = state.now();
    let seed = state.fresh.seed();
    let (posts, areas) = (state.store.posts().await?, state.areas().await?);
    let officer = |post: &&Post| {
        let alone = Principal { user: post.user, posts: areas.reaching(std::slice::from_ref(post)) };
        state.access.allows(&alone, Action::AccessLogRead, place, now)
    };
    let officers: BTreeSet<UserId> = posts.iter().filter(officer).map(|p| p.user).collect();
    let notices: Vec<Notice> = officers
        .into_iter()
        .map(|user| Notice {
            id: seed.id(&user.to_string()),
            case: None,
            push: None,
            reason: BREAK_GLASS.to_owned(),
            recipient: Recipient::User(user),
            // Each opening is an occurrence of its own; seconds tell them apart for a hundred years.
            step: (now.millis() / 1000) as u32,
            title: Text::new("有人紧急查看了人员档案", "Somebody opened a person's record by break-glass"),
            body: Text::new(
                format!("{}:{}", who.user.name, asked.reason.trim()),
                format!("{}: {}", who.user.name, asked.reason.trim()),
            ),
            severity: Severity::Urgent,
            due_at: now,
            channel: "in_app".to_owned(),
            created_at: now,
        })
        .collect();
    let changes = notices.iter().cloned().map(Change::NoticeAdd).collect();
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    for notice in notices {
        if let Recipient::User(user) = notice.recipient {
            state.events.tell(PageEvent::Notice { id: notice.id.to_string(), user });
        }
    }
    Ok(())
}
