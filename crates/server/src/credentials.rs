//! Credentials of gateways and feeds: who may send readings for a whole source.
//!
//! Invariants
//! - CD1 A credential for a source is given and taken by who looks after every device of it; where it has none yet, by
//!   who looks after devices of a whole tree of areas. The list shows nobody more.
//! - CD2 A secret is shown once, when it is made; kept is a keyed hash (DY1).

use crate::wire::Json;
use crate::{
    ports::token,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use http::StatusCode;
use linli_access::Action;
use linli_api::{
    Problem,
    device::{AddGateway, CredentialMade, CredentialRow},
};
use linli_intake::SecretKey;
use linli_model::{Diagnostic, Refusal, SourceId};
use linli_store::{Change, Commit, devices::Credential};

const NAME_CHARS_MAX: usize = 64;

#[utoipa::path(get, path = "/credentials", operation_id = "listCredentials", tag = "devices",
    responses((status = 200, body = Vec<CredentialRow>), (status = 403, body = Problem)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<CredentialRow>>> {
    who.check_anywhere(&state, Action::DeviceWrite)?;
    let keeper = Keeper::of(&state, &who).await?;
    let kept = state.store.credentials().await?.into_iter().filter(|c| keeper.looks_after(&c.source));
    let row = |c: Credential| CredentialRow {
        name: c.name,
        source: c.source.to_string(),
        device: c.device.map(|d| d.to_string()),
    };
    Ok(Json(kept.map(row).collect()))
}

#[utoipa::path(post, path = "/credentials", operation_id = "addGateway", tag = "devices", request_body = AddGateway,
    responses((status = 200, body = CredentialMade), (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn add(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<AddGateway>,
) -> Answer<Json<CredentialMade>> {
    who.check_anywhere(&state, Action::DeviceWrite)?;
    let (name, source) = checked(&asked)?;
    if !Keeper::of(&state, &who).await?.looks_after(&source) {
        return Err(ApiError::Forbidden(linli_access::forbidden()));
    }
    let taken = state.store.device(&linli_model::DeviceId::new(&name)).await?.is_some()
        || state.store.credentials().await?.iter().any(|c| c.name == name && c.source != source);
    if taken {
        return Err(ApiError::Conflict(Refusal::new(
            "credential_exists",
            "这个名称已被设备或其他来源使用",
            "a device or another source has this name already",
        )));
    }
    let secret = token(&*state.fresh);
    let credential = Credential {
        secret_hash: SecretKey(state.secret.to_vec()).hash(&name, secret.as_bytes()),
        source: source.clone(),
        device: None,
        name: name.clone(),
    };
    commit(&state, Change::CredentialSet(credential)).await?;
    Ok(Json(CredentialMade { name, secret, mqtt_topic: linli_intake::mqtt::topic_of(&source) }))
}

#[utoipa::path(delete, path = "/credentials/{name}", operation_id = "removeCredential", tag = "devices", params(("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn remove(
    State(state): State<ServerState>,
    who: Who,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    who.check_anywhere(&state, Action::DeviceWrite)?;
    let keeper = Keeper::of(&state, &who).await?;
    let kept = state.store.credentials().await?;
    let found = kept.iter().any(|c| c.name == name && keeper.looks_after(&c.source));
    if !found {
        return Err(ApiError::NotFound);
    }
    commit(&state, Change::CredentialRemove(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn commit(state: &ServerState, change: Change) -> Answer<()> {
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    (state.devices_changed)();
    Ok(())
}

/// Name and source, or every mistake in them.
fn checked(asked: &AddGateway) -> Answer<(String, SourceId)> {
    let (name, source) = (asked.name.trim(), asked.source.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut mistakes = Vec::new();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(plain) {
        let (zh, en) = ("1 到 64 个字母、数字或 - _ .", "expected 1 to 64 letters, digits or any of - _ .");
        mistakes.push(Diagnostic::new("credential_wrong", "name", zh, en));
    }
    if source.is_empty() || source.contains(['/', '+', '#']) {
        let (zh, en) = ("必填,且不含 / + #", "must be filled in, without / + #");
        mistakes.push(Diagnostic::new("credential_wrong", "source", zh, en));
    }
    if mistakes.is_empty() { Ok((name.to_owned(), SourceId::new(source))) } else { Err(mistakes.into()) }
}

/// What somebody may give credentials for.
struct Keeper<'a> {
    state: &'a ServerState,
    who: &'a Who,
    devices: Vec<linli_store::DeviceRecord>,
}

impl<'a> Keeper<'a> {
    async fn of(state: &'a ServerState, who: &'a Who) -> Answer<Keeper<'a>> {
        Ok(Keeper { state, who, devices: state.store.all_devices().await? })
    }

    fn looks_after(&self, source: &SourceId) -> bool {
        let mut of_source = self.devices.iter().filter(|r| r.device.source == *source).peekable();
        if of_source.peek().is_none() {
            return self.who.areas(self.state, Action::DeviceWrite).iter().any(|a| a.ids().count() == 1);
        }
        let path = |r: &linli_store::DeviceRecord| r.device.area_path.clone();
        of_source.all(|r| self.who.check(self.state, Action::DeviceWrite, &path(r)).is_ok())
    }
}
