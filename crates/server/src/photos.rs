//! Photos: in through the check and the cleaning, out to those who may see the case.

use crate::wire::{Json, Query};
use crate::{
    cases::{carry::photos_of, seen_by},
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::{
    extract::{Multipart, Path, State},
    response::IntoResponse,
};
use http::header;
use linli_api::{Problem, case::PhotoTaken};
use linli_blobs::BlobId;
use linli_blobs_files::photo;
use linli_model::{Diagnostic, Fault, UserId};
use linli_store::{Change, Commit, PhotoMeta};
use serde::Deserialize;

/// Takes a photo in: checked, cleaned of EXIF, kept with its protected evidence.
pub async fn take(state: &ServerState, bytes: Vec<u8>, uploader: Option<UserId>) -> Answer<String> {
    let zone = state.zone().clone();
    let turn = state.heavy.acquire().await;
    let taken = tokio::task::spawn_blocking(move || photo::take_in(&bytes, &zone)).await;
    drop(turn);
    let photo = taken.map_err(|e| Fault::passing(format!("a photo could not be read: {e}")))??;
    let id = state.blobs.put(photo.picture).await?;
    let thumb = state.blobs.put(photo.thumb).await?;
    let meta = PhotoMeta {
        id: id.to_string(),
        thumb: thumb.to_string(),
        case: None,
        uploader,
        taken_at: photo.evidence.taken_at,
        lon: photo.evidence.lon,
        lat: photo.evidence.lat,
        original_hash: photo.original.to_string(),
        created_at: state.now(),
    };
    state
        .store
        .commit(Commit { at: state.now(), changes: vec![Change::PhotoAdd(meta)], ..Commit::default() })
        .await?;
    Ok(id.to_string())
}

/// The first file of a form.
pub async fn first_file(mut form: Multipart) -> Answer<Vec<u8>> {
    let unreadable = |e: axum::extract::multipart::MultipartError| {
        if e.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            return crate::wire::too_large();
        }
        ApiError::from(Diagnostic::new(
            "form_malformed",
            "file",
            format!("表单无法读取:{e}"),
            format!("the form cannot be read: {e}"),
        ))
    };
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.file_name().is_some() || field.name() == Some("photo") || field.name() == Some("file") {
            return Ok(field.bytes().await.map_err(unreadable)?.to_vec());
        }
    }
    Err(Diagnostic::new("file_missing", "file", "请选择一个文件", "choose a file").into())
}

#[utoipa::path(post, path = "/photos", operation_id = "addPhoto", tag = "photos",
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 200, body = PhotoTaken), (status = 400, body = Problem)))]
pub async fn post(State(state): State<ServerState>, who: Who, form: Multipart) -> Answer<Json<PhotoTaken>> {
    who.check_anywhere(&state, linli_access::Action::CaseFile)?;
    let bytes = first_file(form).await?;
    let id = take(&state, bytes, Some(who.user.id)).await?;
    Ok(Json(PhotoTaken { thumb_url: format!("/api/v1/photos/{id}?size=thumb"), id }))
}

/// Photos a request names must have been taken in before.
pub(crate) async fn check_known(state: &ServerState, ids: &[String]) -> Answer<()> {
    for id in ids {
        if state.store.photo(id).await?.is_none() {
            return Err(Diagnostic::new(
                "photo_unknown",
                "photos",
                format!("没有这张照片:{id}"),
                format!("there is no such photo: {id}"),
            )
            .into());
        }
    }
    Ok(())
}

#[derive(Deserialize)]
pub struct PhotoAsk {
    size: Option<String>,
    /// The case it is looked at for.
    case: Option<String>,
}

/// Whether a case uses this photo, now or in some step of its past.
async fn used_by(state: &ServerState, photo: &str, case: &linli_casework::Case) -> Answer<bool> {
    if case.photos.iter().any(|p| p.blob == photo) {
        return Ok(true);
    }
    Ok(photos_of(&state.store.facts(case.id).await?).iter().any(|p| p == photo))
}

/// For who may see a case that uses it, and for who took it.
#[utoipa::path(get, path = "/photos/{id}", operation_id = "getPhoto", tag = "photos",
    params(("id" = String, Path), ("size" = Option<String>, Query), ("case" = Option<String>, Query)),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Query(asked): Query<PhotoAsk>,
) -> Answer<impl IntoResponse> {
    let meta = state.store.photo(&id).await?.ok_or(ApiError::NotFound)?;
    let own = meta.uploader == Some(who.user.id);
    match asked.case.or(meta.case.map(|c| c.to_string())) {
        _ if own => {}
        Some(case) => {
            let case = seen_by(&state, &who, &case).await?;
            if !used_by(&state, &meta.id, &case).await? {
                return Err(ApiError::NotFound);
            }
        }
        None => return Err(ApiError::NotFound),
    }
    let wanted = if asked.size.as_deref() == Some("thumb") { meta.thumb } else { meta.id };
    let blob: BlobId = wanted.parse().map_err(|_| ApiError::NotFound)?;
    let bytes = state.blobs.get(&blob).await?.ok_or(ApiError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=3600")], bytes))
}
