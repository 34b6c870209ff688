//! The three clocks of the alarm chain, as `/metrics` says them. Figures belong to the process, so this test has one of its own.

mod town;

use axum::body::Body;
use http_body_util::BodyExt;
use linli_casework::Case;
use linli_model::{AreaPath, Millis, Severity};
use linli_runtime::loops::{canary, watch};
use linli_server::{ports::Clock, who::token_hash};
use linli_store::{CaseFilter, Change, PageAsk, Session};
use tower::ServiceExt;
use town::{Town, alarmed, id, smoke, until_known};

/// Somebody signed in takes the case over the router.
async fn accept(town: &Town, login: &str, case: &Case) {
    let session = Session {
        token_hash: token_hash("token"),
        user: id(login),
        csrf: "csrf".into(),
        created_at: town.clock.now(),
        expires_at: town.clock.now() + Millis::days(1),
    };
    town.put(vec![Change::SessionSet(session)]).await;
    let request = axum::http::Request::post(format!("/api/v1/cases/{}/commands", case.id))
        .header("cookie", "linli_session=token")
        .header("x-linli-csrf", "csrf")
        .header("idempotency-key", "one")
        .header("content-type", "application/json")
        .body(Body::from(format!(r#"{{"version": {}, "command": "accept"}}"#, case.version)))
        .unwrap();
    let answer = linli_server::router(town.house.state.clone()).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
}

async fn metrics(town: &Town) -> String {
    let request = axum::http::Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = linli_server::router(town.house.state.clone()).oneshot(request).await.unwrap();
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// The value of a figure, as `/metrics` says it.
fn figure(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[tokio::test]
async fn the_three_clocks_of_the_chain_are_figures_with_counts() {
    let (town, mail) = alarmed().await;
    town.says(&smoke(), Millis::secs(2)).await;
    let filter = CaseFilter::all_within(vec![AreaPath("S/".into())], town.clock.now());
    let case = town.house.store.cases(&filter, &PageAsk::first(1)).await.unwrap().items.remove(0);
    assert_eq!(case.severity, Severity::Alarm);
    let told = metrics(&town).await;
    assert_eq!(figure(&told, "linli_event_to_notice_seconds_count "), Some(1.0));
    assert_eq!(figure(&told, "linli_event_to_notice_seconds_sum "), Some(2.0), "received, then told");
    assert_eq!(figure(&told, "linli_notice_to_answer_seconds_count "), None);

    town.pass(Millis::secs(75));
    let owner = if case.owner.user == id("cadre") { "cadre" } else { "desk" };
    accept(&town, owner, &case).await;
    let told = metrics(&town).await;
    assert_eq!(figure(&told, "linli_notice_to_answer_seconds_count "), Some(1.0));
    assert_eq!(figure(&told, "linli_notice_to_answer_seconds_sum "), Some(75.0));

    canary::turn(town.house.clone()).await.unwrap();
    *mail.loses.lock().unwrap() = true;
    until_known(&town).await;
    watch::turn(town.house.clone()).await.unwrap();
    let told = metrics(&town).await;
    assert_eq!(figure(&told, "linli_path_dead_to_known_seconds_count "), Some(1.0));
    assert_eq!(figure(&told, r#"linli_path_dead{path="mail"} "#), Some(1.0));
    assert_eq!(figure(&told, r#"linli_path_dead{path="outbox"} "#), None);
    assert_eq!(figure(&told, r#"linli_canary_age_seconds{path="outbox"} "#), Some(0.0));
    assert_eq!(figure(&told, r#"linli_canary_age_seconds{path="mail"} "#), Some(40.0));
}
