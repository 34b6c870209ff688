//! An own rule goes into its shadow, is switched on or off, or goes back to an earlier version.

use super::{asker, place, view::view};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_api::{Problem, own_rule::*};
use linli_model::{Diagnostic, OwnRule, RegistryChange};
use linli_rule::own::{Want, decide};

const CONSENT_CHARS_MAX: usize = 500;

#[utoipa::path(post, path = "/own-rules/{area}/{rule}/stage", operation_id = "stageOwnRule", tag = "rules",
    params(("area" = String, Path), ("rule" = String, Path)), request_body = OwnStageAsk,
    responses((status = 200, body = OwnRuleView), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(state): State<ServerState>,
    who: Who,
    Path((area, rule)): Path<(String, String)>,
    Json(ask): Json<OwnStageAsk>,
) -> Answer<Json<OwnRuleView>> {
    let (area, ground) = place(&state, &who, &area).await?;
    let before = ground.find(&area.id, &rule).ok_or(ApiError::NotFound)?;
    let want = Want::find(&ask.action).filter(|w| *w != Want::Remove).ok_or_else(unknown)?;
    if ask.consent.chars().count() > CONSENT_CHARS_MAX {
        return Err(
            Diagnostic::new("too_long", "consent", "同意说明最多 500 字", "at most 500 characters").into()
        );
    }
    if before.revision != ask.revision {
        return Err(ApiError::Stale);
    }
    let version = ask.version.or(before.newest().map(|v| v.version));
    let read = ground.read(before);
    let weighed = read.iter().map(|r| &r.weighed).find(|w| Some(w.version) == version).ok_or_else(|| {
        Diagnostic::new("no_such_version", "version", "没有这一版", "there is no such version")
    })?;
    let asker = asker(&state, &who, &area.path);
    let around = ground.around(Some(before));
    let now = state.now();
    let after = decide(before.clone(), want, weighed, &ask.consent, &asker, &around, ground.bounds(), now)?;
    let runs = runs(before, &after, &who.user.name);
    ground.commit(&state, after, runs).await?;
    let (_, ground) = place(&state, &who, area.id.as_str()).await?;
    let rule = ground.find(&area.id, &rule).ok_or(ApiError::NotFound)?;
    Ok(Json(view(&state, &ground, rule, &asker).await?))
}

fn unknown() -> ApiError {
    Diagnostic::new(
        "unknown_action",
        "action",
        "应为 shadow、end_shadow、on、off 之一",
        "this is one of shadow, end_shadow, on, off",
    )
    .into()
}

/// What begins to run and what ends. Running for good ends the shadow by itself.
fn runs(before: &OwnRule, after: &OwnRule, by: &str) -> Vec<RegistryChange> {
    let mut changes = Vec::new();
    for shadow in [false, true] {
        let run = |r: &OwnRule| if shadow { r.shadow.clone() } else { r.on.clone() };
        let (area, area_path, rule) = (after.area.clone(), after.area_path.clone(), after.rule.clone());
        match (run(before), run(after)) {
            (was, Some(is)) if was.as_ref().is_none_or(|w| w.version != is.version) => {
                let text = after.version(is.version).map_or_else(String::new, |v| v.text.clone());
                let (version, set_by) = (is.version, by.to_owned());
                changes.push(RegistryChange::AreaRuleSet {
                    area,
                    area_path,
                    rule,
                    version,
                    text,
                    shadow,
                    set_by,
                });
            }
            (Some(_), None) if !(shadow && after.on.is_some() && before.on != after.on) => {
                changes.push(RegistryChange::AreaRuleRemoved { area, area_path, rule, shadow });
            }
            _ => {}
        }
    }
    changes
}
