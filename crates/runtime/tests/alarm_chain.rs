//! The alarm chain in an installation on its own stores: its three clocks as figures, a channel that takes and then
//! loses, and the digest of what was held back. The loops' turns are taken by hand, the time is the test's own.

mod town;

use axum::body::Body;
use http_body_util::BodyExt;
use linli_casework::{Case, CaseId};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::{AreaPath, Device, DeviceClass, Millis, Severity, Text, UserId};
use linli_notice::{
    Notice, NoticeId, Recipient,
    path::{EVERY, KNOWN_WITHIN},
    ways::{DIGEST, Rest, Way as Kind, Ways},
};
use linli_runtime::{
    delivery::Way,
    loops::{canary, deliver, digest, watch},
};
use linli_server::{ports::Clock, who::token_hash};
use linli_store::{CaseFilter, Change, PageAsk, Session};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use town::{Town, device, id};

const SMOKE: &str = include_str!("../../../packs/fire/rules/smoke_alarm.toml");

/// A mail server that takes everything; once it loses, its answers are lost as well.
#[derive(Default)]
struct Mail {
    loses: Mutex<bool>,
    took: Mutex<Vec<Message>>,
}

#[async_trait::async_trait]
impl Channel for Mail {
    fn code(&self) -> &'static str {
        "email"
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        if *self.loses.lock().unwrap() {
            return Err(SendFault::Unknown("taken, and no answer".into()));
        }
        self.took.lock().unwrap().push(message.clone());
        Ok(Receipt::Accepted)
    }
    async fn probe(&self) -> Result<(), SendFault> {
        if *self.loses.lock().unwrap() { Err(SendFault::Unknown("no answer".into())) } else { Ok(()) }
    }
}

fn smoke() -> Device {
    device("smoke-1", DeviceClass::Smoke, "smoke", None)
}

async fn town() -> (Town, Arc<Mail>) {
    let mail = Arc::new(Mail::default());
    let way = Way { name: "mail".into(), kind: Kind::Mail, channel: mail.clone() };
    (Town::with(smoke(), ("smoke_alarm", SMOKE), vec![way]).await, mail)
}

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

/// Canaries fly until the path is known to be dead; gives how long after it was lost.
async fn until_known(town: &Town) -> Millis {
    let lost_at = town.clock.now();
    loop {
        town.pass(EVERY);
        canary::turn(town.house.clone()).await.unwrap();
        if town.house.paths.lock().unwrap().is_dead("mail") {
            return town.clock.now() - lost_at;
        }
        assert!(town.clock.now() - lost_at < Millis::minutes(5), "never known");
    }
}

async fn inbox(town: &Town, login: &str) -> Vec<Notice> {
    let page = PageAsk::first(50);
    let items = town.house.store.inbox(id::<UserId>(login), town.clock.now(), &page).await.unwrap().items;
    items.into_iter().map(|i| i.notice).collect()
}

/// All three in one test: figures belong to the process.
#[tokio::test]
async fn the_three_clocks_of_the_chain_are_figures_with_counts() {
    let (town, mail) = town().await;
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

/// PA1–PA3
#[tokio::test]
async fn a_channel_that_takes_and_then_loses_is_told_to_the_desk_within_a_minute_and_once() {
    let (town, mail) = town().await;
    canary::turn(town.house.clone()).await.unwrap();
    *mail.loses.lock().unwrap() = true;
    assert!(until_known(&town).await <= KNOWN_WITHIN);
    for _ in 0..6 {
        town.pass(EVERY);
        canary::turn(town.house.clone()).await.unwrap();
    }
    let told: Vec<_> = inbox(&town, "desk").await.into_iter().filter(|n| n.reason == "path_dead").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].title.zh.contains("mail") && told[0].title.en.contains("mail"));
    assert!(inbox(&town, "cadre").await.iter().all(|n| n.reason != "path_dead"));
}

/// WA3
#[tokio::test]
async fn what_was_held_back_comes_as_one_digest_in_the_evening() {
    let (town, mail) = town().await;
    let ways = Ways { email: Some("cadre@x.example".into()), urgent_mail: false, rest: Rest::Digest };
    town.put(vec![Change::WaysSet { user: id("cadre"), ways }]).await;
    for n in 1..=3 {
        let notice = Notice {
            id: id::<NoticeId>(&format!("held {n}")),
            case: Some(id::<CaseId>(&format!("case {n}"))),
            push: None,
            reason: "new_case".into(),
            recipient: Recipient::User(id("cadre")),
            step: n,
            title: Text::new("新案件", "A new case"),
            body: Text::new(format!("{n}号楼"), format!("building {n}")),
            severity: Severity::Attention,
            due_at: town.clock.now(),
            channel: "in_app".into(),
            created_at: town.clock.now(),
        };
        town.put(vec![Change::NoticeAdd(notice)]).await;
        town.pass(Millis::minutes(30));
    }
    // From half past ten to the morning after next, a turn of each loop every ten minutes.
    let turns = async |n: u32| {
        for _ in 0..n {
            digest::turn(town.house.clone()).await.unwrap();
            deliver::turn(town.house.clone()).await.unwrap();
            town.pass(Millis::minutes(10));
        }
    };
    turns(36).await;
    assert!(mail.took.lock().unwrap().is_empty(), "until five it waits");
    turns(240).await;
    let took = mail.took.lock().unwrap().clone();
    assert_eq!(took.len(), 1, "one, however often the loop turns");
    assert_eq!(took[0].title.zh, "3 条通知汇总");
    assert!(inbox(&town, "cadre").await.iter().all(|n| n.reason != DIGEST), "a digest is a mail");
}
