//! One's ways of being told, and what has not come through (DE1, DE2).

use crate::town::{Town, id, user};
use linli_model::{Millis, Severity, Text};
use linli_notice::{Notice, NoticeId, Recipient};
use linli_server::ports::Clock;
use linli_store::{Attempt, Change};
use serde_json::json;

/// A notice to somebody that one channel took and mail had this trouble with.
pub async fn troubled(town: &Town, login: &str, outcome: &str) -> String {
    let notice = Notice {
        id: id::<NoticeId>(&format!("{login} {outcome}")),
        case: None,
        push: None,
        reason: "due_soon".into(),
        recipient: Recipient::User(user(login)),
        step: outcome.len() as u32,
        title: Text::new("不给别人看的话", "words for nobody else"),
        body: Text::new("不给别人看的话", "words for nobody else"),
        severity: Severity::Attention,
        due_at: town.clock.now(),
        channel: "in_app".into(),
        created_at: town.clock.now(),
    };
    let attempt = |channel: &str, outcome: &str| {
        Change::AttemptAdd(Attempt {
            notice: notice.id,
            at: town.clock.now(),
            channel: channel.into(),
            outcome: outcome.into(),
            detail: "421 busy".into(),
            next_at: None,
        })
    };
    let changes =
        vec![Change::NoticeAdd(notice.clone()), attempt("in_app", "delivered"), attempt("email", outcome)];
    town.commit(changes).await;
    notice.id.to_string()
}

/// DE1
#[tokio::test]
async fn ones_ways_are_read_set_and_checked() {
    let town = Town::settled().await;
    let mine = town.get("cadre1", "/session/ways").await.ok();
    assert_eq!(mine, json!({"email": "", "urgent_mail": false, "rest": "inbox"}));
    let wanted = json!({"email": " zhen@office.example ", "urgent_mail": true, "rest": "digest"});
    let set = town.post("cadre1", "/session/ways", wanted).await.ok();
    assert_eq!(set, json!({"email": "zhen@office.example", "urgent_mail": true, "rest": "digest"}));
    assert_eq!(town.get("cadre1", "/session/ways").await.ok(), set);
    assert_eq!(town.get("cadre2", "/session/ways").await.ok()["email"], "");
    for (body, code) in [
        (json!({"email": "a@b@c", "urgent_mail": true, "rest": "inbox"}), "email_malformed"),
        (json!({"email": "", "urgent_mail": true, "rest": "inbox"}), "email_missing"),
        (json!({"email": "", "urgent_mail": false, "rest": "mail"}), "email_missing"),
        (json!({"email": "a@b.example", "urgent_mail": false, "rest": "pigeon"}), "rest_unknown"),
    ] {
        town.post("cadre1", "/session/ways", body).await.problem(400, code);
    }
    town.post("cadre1", "/session/ways", json!({"email": "", "urgent_mail": false, "rest": "inbox"}))
        .await
        .ok();
}

/// DE2
#[tokio::test]
async fn what_had_trouble_is_shown_without_its_words_and_is_sent_again() {
    let town = Town::settled().await;
    let unknown = troubled(&town, "desk", "unknown").await;
    let refused = troubled(&town, "cadre1", "lasting").await;
    let rows = town.get("admin", "/deliveries").await.ok();
    let find = |rows: &serde_json::Value, id: &str| {
        rows.as_array().unwrap().iter().find(|r| r["id"] == id).unwrap().clone()
    };
    assert_eq!(find(&rows, &unknown)["state"]["code"], "waiting");
    assert_eq!(find(&rows, &unknown)["possibly_twice"], false);
    assert_eq!(find(&rows, &refused)["state"]["code"], "refused");
    assert!(!rows.to_string().contains("nobody else"), "{rows}");
    town.post("admin", &format!("/deliveries/{refused}/again"), json!(null)).await.is(204);
    let due = town.store.notices_due(town.clock.now(), 99).await.unwrap();
    assert!(due.iter().any(|n| n.id.to_string() == refused), "at once");
    let attempts = town.store.attempts(refused.parse().unwrap()).await.unwrap();
    let again: Vec<_> =
        attempts.iter().filter(|a| a.outcome == "again").map(|a| a.channel.as_str()).collect();
    assert_eq!(again, ["email"], "what was taken is not sent again");
    town.pass(Millis::minutes(1));
    town.commit(vec![Change::AttemptAdd(Attempt {
        notice: unknown.parse().unwrap(),
        at: town.clock.now(),
        channel: "email".into(),
        outcome: "accepted".into(),
        detail: String::new(),
        next_at: None,
    })])
    .await;
    let rows = town.get("admin", "/deliveries").await.ok();
    assert_eq!(find(&rows, &unknown)["state"]["code"], "through");
    assert_eq!(find(&rows, &unknown)["possibly_twice"], true);
    let rows = town.get("admin1", "/deliveries").await.ok();
    assert_eq!(rows.as_array().unwrap().len(), 1, "of the own area only");
}

/// DE2: an answer that did not get through to who asked for it is seen by who looks after delivery, not by name.
#[tokio::test]
async fn a_reporter_whose_answer_was_refused_is_shown_by_the_case_where_it_lies() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    let stored = town.store.case(case.parse().unwrap()).await.unwrap().unwrap();
    let notice = Notice {
        id: id::<NoticeId>("the answer"),
        case: Some(stored.id),
        push: None,
        reason: "answered".into(),
        recipient: Recipient::Reporter(stored.reporters[0]),
        step: 9,
        title: Text::new("有了答复", "answered"),
        body: Text::new("有了答复", "answered"),
        severity: Severity::Attention,
        due_at: town.clock.now(),
        channel: "webhook".into(),
        created_at: town.clock.now(),
    };
    let refused = Attempt {
        notice: notice.id,
        at: town.clock.now(),
        channel: "webhook".into(),
        outcome: "lasting".into(),
        detail: "410".into(),
        next_at: None,
    };
    town.commit(vec![Change::NoticeAdd(notice.clone()), Change::AttemptAdd(refused)]).await;
    let rows = town.get("admin", "/deliveries").await.ok();
    let row = rows.as_array().unwrap().iter().find(|r| r["id"] == notice.id.to_string()).unwrap();
    assert_eq!(row["recipient"], format!("a reporter of case {}", stored.number));
    assert!(!rows.to_string().contains("甄某"), "{rows}");
    town.post("admin", &format!("/deliveries/{}/again", notice.id), json!(null)).await.is(204);
    let due = town.store.notices_due(town.clock.now(), 99).await.unwrap();
    assert!(due.iter().any(|n| n.id == notice.id), "it is tried again at once");
}
