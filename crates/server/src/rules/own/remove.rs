//! An own rule is taken off the list. Its versions stay: findings name them.

use super::{asker, place};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use http::StatusCode;
use linli_access::Action;
use linli_api::Problem;
use linli_rule::own::{Want, decide};

#[utoipa::path(delete, path = "/own-rules/{area}/{rule}", operation_id = "removeOwnRule", tag = "rules",
    params(("area" = String, Path), ("rule" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub async fn remove(
    State(state): State<ServerState>,
    who: Who,
    Path((area, rule)): Path<(String, String)>,
) -> Answer<StatusCode> {
    who.check_anywhere(&state, Action::RuleCompose)?;
    let (area, ground) = place(&state, &who, &area).await?;
    let before = ground.find(&area.id, &rule).ok_or(ApiError::NotFound)?;
    let read = ground.read(before);
    let newest = read.last().map(|r| &r.weighed).ok_or(ApiError::NotFound)?;
    let asker = asker(&state, &who, &area.path);
    let around = ground.around(Some(before));
    let after =
        decide(before.clone(), Want::Remove, newest, "", &asker, &around, ground.bounds(), state.now())?;
    ground.commit(&state, after, Vec::new()).await?;
    Ok(StatusCode::NO_CONTENT)
}
