//! Joining a case instead of filing it anew: for somebody at the window or on the phone, or as one's own word.

use super::{
    carry::{join_case, promised_by},
    file::{check_channel, reporter_of},
    place, seen_by,
};
use crate::wire::Json;
use crate::{
    photos,
    problem::Answer,
    state::ServerState,
    who::{IdempotencyKey, Who},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Problem,
    case::{CaseFiled, JoinCase},
};
use linli_casework::{Command, Photo, PhotoWhen, Shot, fact::Audience};
use linli_store::Idempotency;
use sha2::{Digest, Sha256};

#[utoipa::path(post, path = "/cases/{id}/join", operation_id = "joinCase", tag = "cases", params(("id" = String, Path)),
    request_body = JoinCase, responses((status = 200, body = CaseFiled), (status = 400, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    IdempotencyKey(key): IdempotencyKey,
    Json(asked): Json<JoinCase>,
) -> Answer<Json<CaseFiled>> {
    let case = seen_by(&state, &who, &id).await?;
    who.check(&state, Action::CaseFile, &case.area_path)?;
    check_channel(&asked.channel)?;
    photos::check_known(&state, &asked.photos).await?;
    let (reporter, code) = reporter_of(&state, asked.reporter.as_ref(), &asked.channel, case.id)?;
    let mut photos: Vec<Photo> = asked
        .photos
        .iter()
        .map(|id| Photo {
            blob: id.clone(),
            when: PhotoWhen::Before,
            audience: Audience::Internal,
            shot: Shot::default(),
        })
        .collect();
    place::prove(&state, &case, &mut photos).await?;
    let says = !asked.text.trim().is_empty() || !photos.is_empty();
    let note = Command::Note { text: asked.text.clone(), audience: Audience::Internal, photos };
    let idempotency = key.map(|key| Idempotency {
        key: format!("{}:{key}", who.user.id),
        request: hex::encode(Sha256::digest(format!("{id}{asked:?}"))),
        body: String::new(),
    });
    let named = reporter.is_some();
    let note = Some((note, who.actor())).filter(|_| says || !named);
    let (case, number) = join_case(&state, &case, reporter, note, idempotency).await?;
    Ok(Json(CaseFiled {
        id: case.id.to_string(),
        number: if named { number } else { case.number.clone() },
        claim_code: code,
        promised_by: promised_by(&case).map(|t| t.to_string()),
    }))
}
