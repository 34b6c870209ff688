//! Pushes to oneself.

use super::{area_name, found, reply_label, user_name};
use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_api::{Problem, push::MyPush};
use linli_model::Text;
use linli_store::PushRecord;

/// PE3
pub(super) async fn asked_of(state: &ServerState, who: &Who, id: &str) -> Answer<PushRecord> {
    let record = found(state, id).await?;
    let asked = record.people.iter().any(|a| a.user == who.user.id && a.told_at <= state.now());
    if asked { Ok(record) } else { Err(ApiError::NotFound) }
}

#[utoipa::path(get, path = "/inbox/pushes/{id}", operation_id = "getMyPush", tag = "inbox", params(("id" = String, Path)),
    responses((status = 200, body = MyPush), (status = 404, body = Problem)))]
pub async fn get(State(state): State<ServerState>, who: Who, Path(id): Path<String>) -> Answer<Json<MyPush>> {
    let record = asked_of(&state, &who, &id).await?;
    Ok(Json(mine(&state, &who, &record).await?))
}

pub(super) async fn mine(state: &ServerState, who: &Who, record: &PushRecord) -> Answer<MyPush> {
    let (areas, users) = (state.areas().await?, state.users().await?);
    let mut own = record.people.iter().filter(|a| a.user == who.user.id);
    let called = own.clone().find(|a| a.level > 0).map(|a| {
        let place = area_name(&areas, &a.branch);
        say(&Text::new(
            format!("{place}还没有人能前往。请您协调:自己前往,或联系能去的人。"),
            format!(
                "Nobody in {place} is coming yet. Please see to it: go yourself, or reach somebody who can."
            ),
        ))
    });
    Ok(MyPush {
        id: record.push.id.to_string(),
        text: record.push.text.clone(),
        urgent: record.push.urgent,
        area_name: area_name(&areas, &record.push.area),
        sender_name: user_name(&users, record.push.sender),
        at: record.push.created_at.to_string(),
        reply: own.find_map(|a| a.reply).map(reply_label),
        called,
    })
}
