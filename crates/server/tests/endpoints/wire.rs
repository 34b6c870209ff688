//! What holds for every answer: problems, languages, headers, limits, live events.

use crate::town::{Town, user};
use http::{Request, header};
use http_body_util::BodyExt;
use linli_model::{AreaPath, Millis};
use linli_server::PageEvent;
use serde_json::json;
use tower::ServiceExt;

#[tokio::test]
async fn bodies_that_cannot_be_read_are_problems_with_the_field() {
    let town = Town::settled().await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for body in [&b"{"[..], b"\xff\xfe", b"[]", deep.as_bytes(), b"{\"area\": 1e999}"] {
        let request = town.request("desk", "POST", "/cases", "application/json", body.to_vec());
        town.send(request).await.problem(400, "body_malformed");
    }
    let request = town.request("desk", "POST", "/cases", "text/plain", b"{}".to_vec());
    town.send(request).await.problem(400, "body_malformed");
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(2 << 20));
    let request = town.request("desk", "POST", "/cases", "application/json", large.into_bytes());
    town.send(request).await.problem(413, "body_too_large");
    let missing =
        town.post("desk", "/cases", json!({"channel": "window"})).await.problem(400, "body_malformed");
    assert_eq!(missing["errors"][0]["field"], "area");
    town.post_keyed("desk", "/cases", &"k".repeat(201), json!({"area": "D1", "channel": "window"}))
        .await
        .problem(400, "idempotency_key_too_long");
}

#[tokio::test]
async fn the_answer_speaks_the_language_that_was_asked_for() {
    let town = Town::settled().await;
    for (asked, said) in
        [("", "请先登录"), ("zh-CN,en", "请先登录"), ("en-GB", "please sign in"), ("fr", "请先登录")]
    {
        let request = Request::get("/api/v1/cases")
            .header(header::ACCEPT_LANGUAGE, asked)
            .body(axum::body::Body::empty())
            .unwrap();
        let problem = town.send(request).await.problem(401, "signed_out");
        assert_eq!(problem["detail"], said, "{asked}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_others_out() {
    let town = Town::settled().await;
    for path in ["/", "/m/", "/r", "/api/v1/cases", "/health/live", "/nothing.js"] {
        let request = Request::get(path)
            .header(header::COOKIE, "linli_session=token-desk")
            .body(axum::body::Body::empty())
            .unwrap();
        let reply = town.send(request).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(
            policy.contains("default-src 'self'") || policy.contains("default-src 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("http:") && !policy.contains("https:") && !policy.contains("script-src *"),
            "{path}: {policy}"
        );
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert!(reply.headers.contains_key(header::REFERRER_POLICY), "{path}");
    }
    let reply = town.get("desk", "/cases").await;
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    town.get("desk", "/no/such/thing").await.problem(404, "not_found");
}

#[tokio::test]
async fn health_is_told_to_everybody_and_the_document_is_served() {
    let town = Town::settled().await;
    for (path, status) in
        [("/health/live", 200), ("/health/ready", 200), ("/metrics", 404), ("/api/v1/openapi.json", 200)]
    {
        town.send(Request::get(path).body(axum::body::Body::empty()).unwrap()).await.is(status);
    }
}

/// The frames of a live stream that are there within the first few turns.
async fn listened(town: &Town, login: &str, events: Vec<PageEvent>) -> String {
    let response =
        town.router.clone().oneshot(town.request(login, "GET", "/events", "", Vec::new())).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
    let mut body = response.into_body();
    let mut text = String::new();
    let mut events = events.into_iter();
    // One event for everybody's eyes ends the reading.
    let last = PageEvent::Notice { id: "end".into(), user: user(login) };
    while !text.contains("\"id\":\"end\"") {
        let Some(frame) = body.frame().await else { break };
        text += std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap();
        match events.next() {
            Some(event) => town.state.events.tell(event),
            None => town.state.events.tell(last.clone()),
        }
        if events.len() == 0 {
            town.state.events.tell(last.clone());
        }
    }
    text
}

#[tokio::test]
async fn live_events_are_cut_to_the_listeners_areas() {
    let town = Town::settled().await;
    let case = |id: &str, path: &str| PageEvent::Case {
        id: id.into(),
        version: 1,
        stage: "received",
        area: AreaPath(path.into()),
        owner: user("grid"),
    };
    let heard = listened(&town, "cadre1", vec![case("theirs", "S/G/R2/"), case("mine", "S/G/R1/E1/")]).await;
    assert!(heard.contains("event: hello"), "{heard}");
    assert!(!heard.contains("theirs"), "{heard}");
    let other = PageEvent::Notice { id: "for-another".into(), user: user("desk") };
    let heard = listened(&town, "cadre1", vec![other]).await;
    assert!(!heard.contains("for-another"), "{heard}");
    let heard = listened(&town, "cadre1", vec![case("mine", "S/G/R1/E1/")]).await;
    assert!(heard.contains("event: case\ndata: {\"kind\":\"case\",\"id\":\"mine\""), "{heard}");
}

#[tokio::test]
async fn a_stream_tells_nothing_after_its_session_has_ended() {
    let town = Town::settled().await;
    let response =
        town.router.clone().oneshot(town.request("cadre1", "GET", "/events", "", Vec::new())).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    town.pass(Millis::days(366));
    town.state.events.tell(PageEvent::Notice { id: "late".into(), user: user("cadre1") });
    assert!(body.frame().await.is_none(), "the stream is over");
}
