//! The access log, for the data officer: who looked at whose record, and whether the chain is whole.
//!
//! A page may hold fewer rows than were asked for: looks outside the officer's areas are left out of it.

use crate::wire::{Json, Query};
use crate::{labels, problem::Answer, state::ServerState, who::Who};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Page, Problem,
    person::{ChainVerdict, LookRow, PersonQuery},
};
use linli_model::Role;
use linli_store::{Look, PageAsk};

#[utoipa::path(get, path = "/access-log", operation_id = "listLooks", tag = "access_log", params(PersonQuery),
    responses((status = 200, body = Page<LookRow>), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<PersonQuery>,
) -> Answer<Json<Page<LookRow>>> {
    who.check_anywhere(&state, Action::AccessLogRead)?;
    let users = state.users().await?;
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(100) };
    let found = state.store.looks(&page).await?;
    let mut items = Vec::new();
    for l in found.items {
        if !concerns(&state, &who, &l.look).await? {
            continue;
        }
        items.push(LookRow {
            seq: l.seq,
            at: l.look.at.to_string(),
            user: users.get(&l.look.user).map(|u| u.name.clone()).unwrap_or_else(|| l.look.user.to_string()),
            role: Role::find(&l.look.role).map(|r| labels::role(r).label).unwrap_or(l.look.role),
            person: l.look.person,
            purpose: l.look.purpose,
            case_id: l.look.case.map(|c| c.to_string()),
            reason: l.look.reason,
        });
    }
    Ok(Json(Page { items, next_cursor: found.next }))
}

/// Whether a look was at somebody in an area of this officer's: by the person's home, else by the case. What lies
/// nowhere any more (a person erased) is for those whose post covers a whole tree.
async fn concerns(state: &ServerState, who: &Who, look: &Look) -> Answer<bool> {
    let home = match look.person.parse() {
        Ok(person) => state.store.person_place(person).await?,
        Err(_) => None,
    };
    let place = match (home, look.case) {
        (Some(home), _) => Some(home),
        (None, Some(case)) => state.store.case(case).await?.map(|c| c.area_path),
        (None, None) => None,
    };
    Ok(match place {
        Some(place) => who.check(state, Action::AccessLogRead, &place).is_ok(),
        None => who.areas(state, Action::AccessLogRead).iter().any(|a| a.ids().count() == 1),
    })
}

#[utoipa::path(get, path = "/access-log/verify", operation_id = "verifyLooks", tag = "access_log",
    responses((status = 200, body = ChainVerdict), (status = 403, body = Problem)))]
pub async fn verify(State(state): State<ServerState>, who: Who) -> Answer<Json<ChainVerdict>> {
    who.check_anywhere(&state, Action::AccessLogRead)?;
    let verdict = state.store.verify_looks().await?;
    Ok(Json(ChainVerdict {
        whole: verdict.broken_at.is_none(),
        entries: verdict.entries,
        broken_at: verdict.broken_at,
    }))
}
