//! The web app: files of the web build inside the binary, and headers every answer carries.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use rust_embed::RustEmbed;

/// Built by `npm run build`; a binary built without it serves the API and the resident pages only.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// The address of a built file whose name begins with `stem` (the rest is its hash), if the build is there.
pub fn built(stem: &str, suffix: &str) -> Option<String> {
    Built::iter()
        .find(|name| name.rsplit('/').next().is_some_and(|n| n.starts_with(stem)) && name.ends_with(suffix))
        .map(|n| format!("/{n}"))
}

pub fn json_text(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

const PRINT: &str = "@page{size:A4;margin:18mm}body{font:11pt/1.5 sans-serif;color:#111}h1{font-size:16pt;margin:0 0 8pt}\
table{width:100%;border-collapse:collapse;margin-bottom:12pt}th,td{border:.5pt solid #999;padding:4pt 6pt;text-align:left;vertical-align:top}\
.head th{width:22%;background:#f2f4f7}footer{color:#666;font-size:9pt}";

/// A built file, or the entry page of the address: `/m/…` the phone, everything else the desktop.
pub async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "print.css" {
        return ([(header::CONTENT_TYPE, "text/css")], PRINT).into_response();
    }
    if path.starts_with("api/") {
        return crate::problem::ApiError::NotFound.into_response();
    }
    if let Some(file) = Built::get(path).filter(|_| !path.is_empty()) {
        let hashed = path.starts_with("assets/");
        let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kind = file.metadata.mimetype().to_owned();
        return ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())], file.data)
            .into_response();
    }
    let entry = if path == "m" || path.starts_with("m/") { "phone.html" } else { "index.html" };
    match Built::get(entry) {
        Some(file) if !path.contains('.') => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")],
            file.data,
        )
            .into_response(),
        _ if path.is_empty() => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], BARE).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

const BARE: &str = "<!doctype html><meta charset=utf-8><title>Linli 邻里</title><p>此程序未内置网页,请先运行 make web 再编译。 \
This binary was built without the web pages; run <code>make web</code> and build again. <p><a href=/r>居民上报 Report</a>";

/// Headers of every answer, where the answer has not set its own; and the language of the request.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = crate::who::speak(request, next).await;
    let headers = response.headers_mut();
    let defaults: [(HeaderName, &'static str); 4] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(self), microphone=()"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
