//! A text saved: kept right or wrong, with what is wrong about it.

use super::{asker, place, view::view};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, own_rule::*};
use linli_model::Diagnostic;
use linli_rule::own::{OWN_TEXT_BYTES_MAX, save as saved};

#[utoipa::path(post, path = "/own-rules/{area}/{rule}/draft", operation_id = "saveOwnRule", tag = "rules",
    params(("area" = String, Path), ("rule" = String, Path)), request_body = OwnDraftAsk,
    responses((status = 200, body = OwnRuleView), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn save(
    State(state): State<ServerState>,
    who: Who,
    Path((area, rule)): Path<(String, String)>,
    Json(ask): Json<OwnDraftAsk>,
) -> Answer<Json<OwnRuleView>> {
    who.check_anywhere(&state, Action::RuleCompose)?;
    let (area, mut ground) = place(&state, &who, &area).await?;
    check(&rule, &ask.text)?;
    let asker = asker(&state, &who, &area.path);
    let kept = ground.kept(&area.id, &rule).cloned();
    // The same once more is no news, whatever was seen before.
    let same = kept.as_ref().is_some_and(|k| !k.removed && k.newest().is_some_and(|v| v.text == ask.text));
    // To somebody who begins it, a rule that was removed is not there.
    let seen = kept.as_ref().filter(|k| !k.removed).map_or(0, |k| k.revision);
    if !same && seen != ask.revision {
        return Err(ApiError::Stale);
    }
    let before = kept.as_ref().map(|k| k.revision);
    let named = (&area.id, &area.path, rule.as_str());
    let around = ground.around(kept.as_ref());
    let after = saved(kept, named, &ask.text, &asker, &around, ground.bounds(), state.now())?;
    if before != Some(after.revision) {
        ground.commit(&state, after.clone(), Vec::new()).await?;
        ground = place(&state, &who, area.id.as_str()).await?.1;
    }
    let rule = ground.find(&area.id, &rule).ok_or(ApiError::NotFound)?;
    Ok(Json(view(&state, &ground, rule, &asker).await?))
}

fn check(rule: &str, text: &str) -> Answer<()> {
    if !linli_rule::is_code(rule) {
        return Err(Diagnostic::new(
            "code",
            "rule",
            "规则代码应为小写字母、数字和下划线,以字母开头",
            "a rule's code is lower-case letters, digits and underscores, a letter first",
        )
        .into());
    }
    if text.len() > OWN_TEXT_BYTES_MAX {
        return Err(Diagnostic::new(
            "too_long",
            "text",
            "规则文字太长,自定规则最多 32 KiB",
            "the rule's text is too long; an own rule has at most 32 KiB",
        )
        .into());
    }
    Ok(())
}
