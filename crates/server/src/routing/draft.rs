//! A new version of the routing rules: a draft, checked, changing nothing until it is switched on.

use super::{check_change, list::view};
use crate::{problem::Answer, state::ServerState, who::Who, wire::Json};
use axum::extract::State;
use linli_api::{Problem, routing::*};
use linli_casework::RoutingRules;
use linli_model::Diagnostic;
use linli_store::{Change, Commit, RoutingVersion};

pub(super) const TEXT_CHARS_MAX: usize = 100_000;
const NOTE_CHARS_MAX: usize = 200;

#[utoipa::path(post, path = "/routing/versions", operation_id = "draftRouting", tag = "routing", request_body = RoutingDraft,
    responses((status = 200, body = RoutingView), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 409, body = Problem)))]
pub async fn save(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<RoutingDraft>,
) -> Answer<Json<RoutingView>> {
    check_change(&state, &who).await?;
    if asked.text.chars().count() > TEXT_CHARS_MAX || asked.note.chars().count() > NOTE_CHARS_MAX {
        return Err(Diagnostic::new(
            "too_long",
            "text",
            "规则或说明过长",
            "the rules or the note are too long",
        )
        .into());
    }
    let version = state.store.routing_versions().await?.first().map_or(1, |newest| newest.version + 1);
    let rules = RoutingRules::check(&asked.text, version)?;
    // What a rule names must be there when it is written; what goes later is told when it does (RR1).
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let unknown = rules.unknown(&areas, &roster.candidates, &state.classes);
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    let draft = RoutingVersion {
        version,
        text: asked.text,
        note: asked.note.trim().to_owned(),
        made_by: who.user.id,
        made_at: state.now(),
        on_since: None,
        is_on: false,
    };
    let changes = vec![Change::RoutingAdd(Box::new(draft))];
    state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    Ok(Json(view(&state, &who).await?))
}
