//! Errors on the wire: RFC 9457 problems in the language of the request.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use linli_api::{FieldProblem, Problem};
use linli_intake::IntakeError;
use linli_model::{Diagnostic, Fault, Lang, Refusal, Text};
use linli_store::CommitError;

/// Why an endpoint did not do it. The language is put in when the answer is written.
#[derive(Debug)]
pub enum ApiError {
    /// 401
    SignedOut,
    /// 403
    Forbidden(Refusal),
    /// 404
    NotFound,
    /// 400: what was sent is wrong, field by field.
    Wrong(Vec<Diagnostic>),
    /// 409: somebody was faster.
    Stale,
    /// 409: it exists already.
    Conflict(Refusal),
    /// 413
    TooLarge(Diagnostic),
    /// 422: the domain says no.
    Refused(Refusal),
    /// 429 with seconds to wait.
    TooMany(u32),
    /// 500 or 503.
    Fault(Fault),
}

pub type Answer<T> = Result<T, ApiError>;

impl From<Fault> for ApiError {
    fn from(f: Fault) -> Self {
        ApiError::Fault(f)
    }
}
impl From<Refusal> for ApiError {
    fn from(r: Refusal) -> Self {
        if r.code == "forbidden" || r.code == "out_of_area" {
            ApiError::Forbidden(r)
        } else {
            ApiError::Refused(r)
        }
    }
}
impl From<Diagnostic> for ApiError {
    fn from(d: Diagnostic) -> Self {
        ApiError::Wrong(vec![d])
    }
}
impl From<Vec<Diagnostic>> for ApiError {
    fn from(d: Vec<Diagnostic>) -> Self {
        ApiError::Wrong(d)
    }
}
impl From<CommitError> for ApiError {
    fn from(e: CommitError) -> Self {
        match e {
            CommitError::Stale(_) => ApiError::Stale,
            CommitError::Conflict(r) => ApiError::Conflict(r),
            CommitError::Fault(f) => ApiError::Fault(f),
        }
    }
}
impl From<IntakeError> for ApiError {
    fn from(e: IntakeError) -> Self {
        match e {
            IntakeError::TooLarge(d) => ApiError::TooLarge(d),
            IntakeError::Unreadable(d) => ApiError::Wrong(vec![d]),
            IntakeError::Refused(r) => ApiError::Forbidden(r),
            IntakeError::Fault(f) => ApiError::Fault(f),
        }
    }
}

struct Said {
    status: StatusCode,
    code: String,
    text: Text,
    fields: Vec<Diagnostic>,
}

fn said(error: &ApiError) -> Said {
    let plain = |status, code: &str, zh: &str, en: &str| Said {
        status,
        code: code.to_owned(),
        text: Text::new(zh, en),
        fields: Vec::new(),
    };
    let of = |status, r: &Refusal| Said {
        status,
        code: r.code.clone(),
        text: r.message.clone(),
        fields: Vec::new(),
    };
    match error {
        ApiError::SignedOut => plain(StatusCode::UNAUTHORIZED, "signed_out", "请先登录", "please sign in"),
        ApiError::Forbidden(r) => of(StatusCode::FORBIDDEN, r),
        ApiError::NotFound => plain(
            StatusCode::NOT_FOUND,
            "not_found",
            "没有找到,或不在您的辖区",
            "not found, or outside your area",
        ),
        ApiError::Wrong(fields) => of_fields(StatusCode::BAD_REQUEST, fields),
        ApiError::TooLarge(d) => of_fields(StatusCode::PAYLOAD_TOO_LARGE, std::slice::from_ref(d)),
        ApiError::Stale => plain(
            StatusCode::CONFLICT,
            "stale",
            "已被他人更新,请查看最新情况后再操作",
            "somebody else has changed this meanwhile; look at it again before you go on",
        ),
        ApiError::Conflict(r) => of(StatusCode::CONFLICT, r),
        ApiError::Refused(r) => of(StatusCode::UNPROCESSABLE_ENTITY, r),
        ApiError::TooMany(_) => plain(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "操作太频繁,请稍后再试",
            "too many attempts; wait a little",
        ),
        ApiError::Fault(f) => {
            let status =
                if f.retry { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
            match &f.said {
                Some((code, text)) => {
                    Said { status, code: (*code).to_owned(), text: text.clone(), fields: Vec::new() }
                }
                None => plain(
                    status,
                    "fault",
                    "系统故障,已记录;请稍后再试或联系管理员",
                    "something failed here and was noted; try later or tell an administrator",
                ),
            }
        }
    }
}

fn of_fields(status: StatusCode, fields: &[Diagnostic]) -> Said {
    let first = fields.first();
    Said {
        status,
        code: first.map_or_else(|| "wrong_input".to_owned(), |d| d.code.clone()),
        text: first.map_or_else(Text::default, |d| d.message.clone()),
        fields: fields.to_vec(),
    }
}

/// A diagnostic as the wire tells it.
pub fn field_problem(d: &Diagnostic, lang: Lang) -> FieldProblem {
    FieldProblem { field: d.field.clone(), code: d.code.clone(), message: d.message.get(lang).to_owned() }
}

impl ApiError {
    /// As it is told, in the language of the request; a fault is noted.
    pub(crate) fn problem(&self) -> Problem {
        let lang = crate::who::lang();
        if let ApiError::Fault(fault) = self {
            tracing::error!(fault = %fault, retry = fault.retry, "a request failed");
        }
        let said = said(self);
        Problem {
            kind: format!("urn:linli:problem:{}", said.code),
            title: said.status.canonical_reason().unwrap_or("error").to_owned(),
            status: said.status.as_u16(),
            code: said.code,
            detail: said.text.get(lang).to_owned(),
            errors: said.fields.iter().map(|d| field_problem(d, lang)).collect(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let ApiError::TooMany(seconds) = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
