//! Composing and sending: the groups there are, whom it would reach, and the sending itself.

use super::{GROUPS, Known, aim, person, row, tell};
use crate::{
    events::PageEvent,
    labels::{role, say},
    problem::Answer,
    state::ServerState,
    who::{IdempotencyKey, Who},
    wire::Json,
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Coded, Problem,
    push::{LeftOut, PushAim, PushPreview, PushRow, SendPush},
};
use linli_casework::CaseId;
use linli_model::Diagnostic;
use linli_notice::{
    Push,
    push::{Asked, Meant, PushSituation, ask, call, check_text, meant},
};
use linli_store::{Change, Commit, CommitError, Guard, Idempotency, PushChange};
use sha2::{Digest, Sha256};

#[utoipa::path(get, path = "/pushes/groups", operation_id = "listPushGroups", tag = "pushes",
    responses((status = 200, body = Vec<Coded>), (status = 403, body = Problem)))]
pub async fn groups(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<Coded>>> {
    who.check_anywhere(&state, Action::PushSend)?;
    Ok(Json(GROUPS.into_iter().map(role).collect()))
}

/// Whom it would reach now, and who is left out and why. Sends nothing.
#[utoipa::path(post, path = "/pushes/preview", operation_id = "previewPush", tag = "pushes", request_body = PushAim,
    responses((status = 200, body = PushPreview), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn preview(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<PushAim>,
) -> Answer<Json<PushPreview>> {
    let aim = aim(&state, &who, &asked.groups, &asked.area).await?;
    let (known, users) = (Known::load(&state).await?, state.users().await?);
    let situation = known.situation(&state, &aim.within);
    let meant = meant(who.user.id, &aim.groups, &aim.area.id, asked.urgent, &situation);
    let left_out = meant.left_out.iter().map(|(post, why)| LeftOut {
        person: person(post, &known.areas, &users),
        why: Coded::new(why.code(), say(&why.label())),
    });
    Ok(Json(PushPreview {
        reaches: meant.reached.len() as u32,
        left_out: left_out.collect(),
        at: meant.at.to_string(),
        waits: meant.at > situation.now,
        call_after_minutes: (state.policy.push_rung.0 / 60_000) as u32,
    }))
}

#[utoipa::path(post, path = "/pushes", operation_id = "sendPush", tag = "pushes", request_body = SendPush,
    responses((status = 200, body = PushRow), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    IdempotencyKey(key): IdempotencyKey,
    Json(asked): Json<SendPush>,
) -> Answer<Json<PushRow>> {
    let aim = aim(&state, &who, &asked.groups, &asked.area).await?;
    check_text(&asked.text)?;
    let (known, users) = (Known::load(&state).await?, state.users().await?);
    let situation = known.situation(&state, &aim.within);
    let meant = meant(who.user.id, &aim.groups, &aim.area.id, asked.urgent, &situation);
    let push = Push {
        id: state.fresh.seed().id("push"),
        sender: who.user.id,
        groups: aim.groups,
        area: aim.area.id,
        area_path: aim.area.path,
        text: asked.text.trim().to_owned(),
        urgent: asked.urgent,
        created_at: situation.now,
    };
    let idempotency = key.map(|key| Idempotency {
        key: format!("{}:{key}", who.user.id),
        request: hex::encode(Sha256::digest(format!("{asked:?}"))),
        body: push.id.to_string(),
    });
    let id = match used_before(&state, &idempotency).await? {
        Some(before) => before,
        None => send(&state, push, &meant, &situation, idempotency).await?,
    };
    let record = super::found(&state, &id).await?;
    Ok(Json(row(&record, &known.areas, &users)))
}

/// Sends, and gives the id of what was sent.
async fn send(
    state: &ServerState,
    push: Push,
    meant: &Meant,
    s: &PushSituation<'_>,
    idempotency: Option<Idempotency>,
) -> Answer<String> {
    if meant.reached.is_empty() {
        let (zh, en) =
            ("没有可以通知的人,请换人群或区域", "this reaches nobody; choose another group or area");
        return Err(Diagnostic::new("push_reaches_nobody", "groups", zh, en).into());
    }
    let people = ask(&push, meant, s.areas, &s.roster.tiers);
    let first: Vec<Asked> = people.iter().map(|(asked, _)| asked.clone()).collect();
    let next_at = call(&push, &first, s).next_at;
    let sent = PushChange::Sent { push: push.clone(), people, next_at };
    let changes = vec![Change::Push(Box::new(sent))];
    let commit = Commit { at: s.now, changes, idempotency, ..Commit::default() };
    if let Some(before) = state.store.commit(commit).await?.replayed {
        return Ok(before);
    }
    for asked in first.iter().filter(|a| a.told_at <= s.now) {
        state.events.tell(PageEvent::Notice { id: asked.notice.to_string(), user: asked.user });
    }
    tell(state, &push);
    Ok(push.id.to_string())
}

/// What was sent under this key before: sent again, the first answer stands, whoever could be reached now.
async fn used_before(state: &ServerState, key: &Option<Idempotency>) -> Answer<Option<String>> {
    let Some(key) = key else { return Ok(None) };
    // A commit of nothing that its guard refuses when the key is new.
    let guards = vec![Guard::CaseVersion(CaseId(uuid::Uuid::nil()), 0)];
    let commit = Commit { at: state.now(), guards, idempotency: Some(key.clone()), ..Commit::default() };
    match state.store.commit(commit).await {
        Ok(done) => Ok(done.replayed),
        Err(CommitError::Stale(_)) => Ok(None),
        Err(e) => Err(e.into()),
    }
}
