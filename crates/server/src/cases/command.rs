//! A command to a case.

use super::{carry::carry_command, place, seen_by, view::with_contact};
use crate::wire::Json;
use crate::{
    photos,
    problem::{Answer, ApiError},
    state::ServerState,
    who::{IdempotencyKey, Who},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    case::{CaseView, CommandRequest},
};
use linli_casework::{Command, Photo, PhotoWhen, Shot, fact::Audience};
use linli_model::Diagnostic;
use linli_store::Idempotency;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

#[utoipa::path(post, path = "/cases/{id}/commands", operation_id = "commandCase", tag = "cases", params(("id" = String, Path)),
    request_body = CommandRequest, responses((status = 200, body = CaseView), (status = 400, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    IdempotencyKey(key): IdempotencyKey,
    Json(asked): Json<CommandRequest>,
) -> Answer<Json<CaseView>> {
    let case = seen_by(&state, &who, &id).await?;
    who.check_anywhere(&state, Action::CaseCommand)?;
    let mut command = command_of(&asked)?;
    photos::check_known(&state, &photos_of(&command)).await?;
    if let Command::Note { photos, .. }
    | Command::DoTask { photos, .. }
    | Command::ProposeDone { photos, .. }
    | Command::Verify { photos, .. } = &mut command
    {
        place::prove(&state, &case, photos).await?;
    }
    let idempotency = key.map(|key| Idempotency {
        key: format!("{}:{key}", who.user.id),
        request: hex::encode(Sha256::digest(format!("{id}{}{:?}", asked.command, asked.fields))),
        body: id.clone(),
    });
    let case = carry_command(&state, case.id, &command, asked.version, &who.actor(), idempotency).await?;
    crate::chain::taken(&case, &command, state.now());
    Ok(Json(with_contact(&state, &who, &case).await?))
}

/// The command as casework knows it. Photos come as ids; who sends them and when decides before or after.
fn command_of(asked: &CommandRequest) -> Answer<Command> {
    let mut fields: Map<String, Value> = asked.fields.clone();
    fields.insert("command".to_owned(), Value::String(asked.command.clone()));
    if let Some(Value::Array(ids)) = fields.get("photos") {
        let when = if asked.command == "note" { PhotoWhen::Before } else { PhotoWhen::After };
        let photos = ids.iter().filter_map(Value::as_str).map(|id| Photo {
            blob: id.to_owned(),
            when,
            audience: Audience::Internal,
            shot: Shot::default(),
        });
        let photos: Vec<Value> = photos.filter_map(|p| serde_json::to_value(p).ok()).collect();
        fields.insert("photos".to_owned(), Value::Array(photos));
    }
    for (command, field) in [("propose_done", "text"), ("verify", "text"), ("note", "text")] {
        if asked.command == command && !fields.contains_key(field) {
            fields.insert(field.to_owned(), Value::String(String::new()));
        }
    }
    if asked.command == "note" && !fields.contains_key("audience") {
        fields.insert("audience".to_owned(), Value::String("internal".to_owned()));
    }
    let clocks = [
        "wake_up",
        "warn",
        "mark_broken",
        "recount",
        "close_silent",
        "answer_undelivered",
        "signal_ended",
        "retract",
        "climb",
        "reroute",
    ];
    let wrong = |e: String| {
        ApiError::from(Diagnostic::new(
            "command_malformed",
            "command",
            format!("操作或字段有误:{e}"),
            format!("the command or one of its fields is wrong: {e}"),
        ))
    };
    if clocks.contains(&asked.command.as_str()) {
        return Err(wrong(asked.command.clone()));
    }
    serde_json::from_value(Value::Object(fields)).map_err(|e| wrong(e.to_string()))
}

fn photos_of(command: &Command) -> Vec<String> {
    match command {
        Command::Note { photos, .. }
        | Command::ProposeDone { photos, .. }
        | Command::DoTask { photos, .. }
        | Command::Verify { photos, .. } => photos.iter().map(|p| p.blob.clone()).collect(),
        _ => Vec::new(),
    }
}
