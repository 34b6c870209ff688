//! What somebody answers to a push: coming, cannot, done. May be changed; the newest counts.

use super::{
    mine::{asked_of, mine},
    tell,
};
use crate::{problem::Answer, state::ServerState, who::Who, wire::Json};
use axum::extract::{Path, State};
use linli_api::{
    Problem,
    push::{MyPush, ReplyToPush},
};
use linli_model::Diagnostic;
use linli_notice::push::Reply;
use linli_store::{Change, Commit, PushChange};

#[utoipa::path(post, path = "/inbox/pushes/{id}/reply", operation_id = "replyToPush", tag = "inbox", params(("id" = String, Path)),
    request_body = ReplyToPush, responses((status = 200, body = MyPush), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<ReplyToPush>,
) -> Answer<Json<MyPush>> {
    let record = asked_of(&state, &who, &id).await?;
    let reply = Reply::find(&asked.reply).ok_or_else(|| {
        let (zh, en) = ("应为 coming、cannot 或 done", "expected coming, cannot or done");
        Diagnostic::new("push_reply_unknown", "reply", zh, en)
    })?;
    let (now, user) = (state.now(), who.user.id);
    let seen = record.people.iter().filter(|a| a.user == user);
    let mut changes: Vec<Change> =
        seen.map(|a| Change::NoticeSeen { user, notice: a.notice, at: now }).collect();
    changes.push(Change::Push(Box::new(PushChange::Replied { push: record.push.id, user, reply, at: now })));
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    let first = record.people.iter().find(|a| a.user == user && a.reply.is_none());
    if let Some(asked) = first.filter(|_| record.push.urgent) {
        crate::chain::answered(asked.told_at, now);
    }
    tell(&state, &record.push);
    let record = asked_of(&state, &who, &id).await?;
    Ok(Json(mine(&state, &who, &record).await?))
}
