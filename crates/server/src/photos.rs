//! Photos: in through the check and the cleaning, out to those who may see the case.

use crate::{
    cases::seen_by,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::{
    Json,
    extract::{Multipart, Path, Query, State},
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

#[derive(Deserialize)]
pub struct PhotoSize {
    size: Option<String>,
}

#[utoipa::path(get, path = "/photos/{id}", operation_id = "getPhoto", tag = "photos",
    params(("id" = String, Path), ("size" = Option<String>, Query)),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Query(asked): Query<PhotoSize>,
) -> Answer<impl IntoResponse> {
    let meta = state.store.photo(&id).await?.ok_or(ApiError::NotFound)?;
    match meta.case {
        Some(case) => {
            seen_by(&state, &who, &case.to_string()).await?;
        }
        None if meta.uploader == Some(who.user.id) => {}
        None => return Err(ApiError::NotFound),
    }
    let wanted = if asked.size.as_deref() == Some("thumb") { meta.thumb } else { meta.id };
    let blob: BlobId = wanted.parse().map_err(|_| ApiError::NotFound)?;
    let bytes = state.blobs.get(&blob).await?.ok_or(ApiError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=3600")], bytes))
}
