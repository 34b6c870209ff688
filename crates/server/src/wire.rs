//! Reading requests: bodies and queries whose mistakes come back as problems, like every other mistake.
//!
//! Invariants
//! - WI1 A body or query that cannot be read is answered by a problem with a code and, where there is one, the field.

use crate::problem::ApiError;
use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, JsonRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use http::StatusCode;
use linli_model::Diagnostic;
use serde::Serialize;

/// Bodies of endpoints that carry no file.
pub const JSON_BYTES_MAX: usize = 1 << 20;
/// A photo of 20 MB and its form.
pub const PHOTO_BYTES_MAX: usize = 21 << 20;
/// A table to import.
pub const TABLE_BYTES_MAX: usize = 32 << 20;
/// Readings; the intake has its own, smaller limit and says so row by row.
pub const READINGS_BYTES_MAX: usize = 17 << 20;

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug, Default, FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A query string.
#[derive(Clone, Copy, Debug, Default, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

/// A body of bytes.
#[derive(Clone, Debug)]
pub struct Bytes(pub axum::body::Bytes);

impl<S: Send + Sync> FromRequest<S> for Bytes {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Ok(Bytes(axum::body::Bytes::from_request(request, state).await?))
    }
}

pub(crate) fn too_large() -> ApiError {
    ApiError::TooLarge(Diagnostic::new(
        "body_too_large",
        "",
        "内容过大,请缩小或分批发送",
        "the body is too large; make it smaller or send it in parts",
    ))
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return too_large();
        }
        let said = rejection.body_text();
        Diagnostic::new(
            "body_malformed",
            field_of(&said),
            format!("请求内容无法读取:{said}"),
            format!("the body cannot be read: {said}"),
        )
        .into()
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        let said = rejection.body_text();
        Diagnostic::new(
            "query_malformed",
            field_of(&said),
            format!("查询条件无法读取:{said}"),
            format!("the query cannot be read: {said}"),
        )
        .into()
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return too_large();
        }
        Diagnostic::new(
            "body_malformed",
            "",
            "请求内容没有完整到达,请重新发送",
            "the body did not arrive whole; send it again",
        )
        .into()
    }
}

/// The field a message of the parser speaks of, which it puts between backticks.
fn field_of(said: &str) -> String {
    said.split('`').nth(1).unwrap_or_default().to_owned()
}
