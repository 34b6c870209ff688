//! The web app: files of the web build inside the binary, and headers every answer carries.

use crate::state::ServerState;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;
use std::sync::atomic::Ordering;

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
pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return crate::problem::ApiError::NotFound.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if path == "print.css" {
        return ([(header::CONTENT_TYPE, "text/css")], PRINT).into_response();
    }
    let entry = if path == "m" || path.starts_with("m/") { "phone.html" } else { "index.html" };
    if !path.is_empty() && Built::get(path).is_some() {
        return file(path, &headers);
    }
    match Built::get(entry) {
        Some(_) if !path.contains('.') => file(entry, &headers),
        _ if path.is_empty() => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], BARE).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// While the disk has no room, what would be written is refused with a clear error; reading and signing in go on.
pub async fn room(State(state): State<ServerState>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    if reads || path == "/api/v1/session" || !state.full.load(Ordering::Relaxed) {
        return next.run(request).await;
    }
    let fault = linli_intake::disk_full();
    if path.starts_with("/api/") {
        return crate::problem::ApiError::Fault(fault).into_response();
    }
    let said = fault.said.map(|(_, text)| text.get(crate::who::lang()).to_owned()).unwrap_or_default();
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>{said}</title><h1>{said}</h1>");
    (StatusCode::SERVICE_UNAVAILABLE, axum::response::Html(page)).into_response()
}

/// A file of the build: for ever when its name carries its hash, else asked for again by its tag; as the build packed
/// it where the browser reads that, so that nothing is packed anew for every visitor.
fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(plain) = Built::get(path) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = format!("\"{}\"", hex::encode(&plain.metadata.sha256_hash()[..12]));
    let forever = path.starts_with("assets/");
    let cache = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag.clone()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    // A proxy that packs weakens the tag.
    if text(header::IF_NONE_MATCH).split(',').any(|t| t.trim().trim_start_matches("W/") == tag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(header::CONTENT_TYPE, plain.metadata.mimetype().to_owned())];
    match Built::get(&format!("{path}.br")).filter(|_| reads_brotli(text(header::ACCEPT_ENCODING))) {
        Some(packed) => {
            (kind, common, [(header::CONTENT_ENCODING, "br".to_owned())], packed.data).into_response()
        }
        None => (kind, common, plain.data).into_response(),
    }
}

fn reads_brotli(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|one| {
        let (name, weight) = one.trim().split_once(';').unwrap_or((one.trim(), ""));
        name.trim() == "br" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

const BARE: &str = "<!doctype html><meta charset=utf-8><title>Linli 邻里</title><p>此程序未内置网页,请先运行 make web 再编译。 \
This binary was built without the web pages; run <code>make web</code> and build again. <p><a href=/r>居民上报 Report</a>";

/// Headers of every answer, where the answer has not set its own; and the language of the request.
pub async fn secure(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = crate::who::speak(request, next).await;
    let headers = response.headers_mut();
    if api {
        // Records of people, in the language of who asked: nothing on the way may keep them.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_goes_to_who_reads_it() {
        for (asked, reads) in
            [("gzip, br", true), ("br;q=0.5", true), ("br;q=0, gzip", false), ("gzip", false), ("", false)]
        {
            assert_eq!(reads_brotli(asked), reads, "{asked}");
        }
    }

    #[test]
    fn a_built_file_is_sent_once_and_then_only_asked_for() {
        let Some(name) = Built::iter().find(|n| n.ends_with(".html")) else {
            return println!("SKIP the web is not built");
        };
        let first = file(&name, &HeaderMap::new());
        assert_eq!(
            (first.status(), &first.headers()[header::CACHE_CONTROL]),
            (StatusCode::OK, &HeaderValue::from_static("no-cache"))
        );
        let tag = first.headers()[header::ETAG].clone();
        let again = file(&name, &HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
