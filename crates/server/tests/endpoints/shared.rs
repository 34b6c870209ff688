//! What of a case others than its owner do: extensions, tasks of co-handlers; and what the clock and staff changes do.

use crate::town::{Town, id, user};
use linli_casework::PromiseKind;
use linli_model::{Millis, UserId};
use linli_server::ports::Clock;
use linli_store::{Change, PhotoMeta};
use serde_json::{Value, json};

async fn accepted(town: &Town, class: &str) -> String {
    let body = json!({ "class": class, "text": "楼道有杂物", "area": "D1", "channel": "window" });
    let filed = town.post("desk", "/cases", body).await.ok();
    let case = filed["id"].as_str().unwrap().to_owned();
    town.command("cadre1", &case, json!({"command": "accept"})).await.ok();
    case
}

fn offered(view: &Value, code: &str) -> bool {
    view["available_actions"].as_array().unwrap().iter().any(|a| a["code"] == code && a["enabled"] == true)
}

#[tokio::test]
async fn more_time_is_asked_for_and_granted_one_level_up() {
    let town = Town::settled().await;
    let case = accepted(&town, "facility.public").await;
    let view = town.get("cadre1", &format!("/cases/{case}")).await.ok();
    assert!(offered(&view, "ask_extension"));
    let before = due_of(&view, "complete");
    let asked = json!({"command": "ask_extension", "amount": 2, "reason": "等配件"});
    let view = town.command("cadre1", &case, asked).await.ok();
    assert_eq!(due_of(&view, "complete"), before, "asking moves nothing");
    assert_eq!(
        (&view["extension"]["amount"], &view["extension"]["decider"]["name"]),
        (&json!(2), &json!("grid 某"))
    );
    assert!(!offered(&view, "grant_extension"), "not one's own");
    let told = town.get("grid", "/inbox").await.ok();
    assert_eq!(told["items"][0]["reason"], "extension_asked");
    let grant = json!({"command": "grant_extension", "text": "同意"});
    town.command("cadre1", &case, grant.clone()).await.problem(422, "decides_for_oneself");
    let seen = town.get("grid", &format!("/cases/{case}")).await.ok();
    assert!(offered(&seen, "grant_extension"));
    let view = town.command("grid", &case, grant).await.ok();
    assert!(due_of(&view, "complete") > before && view["extension"].is_null());
    // Told at the moment the case was: which of the two comes first is nobody's concern.
    let told = town.get("cadre1", "/inbox").await.ok();
    assert!(told["items"].as_array().unwrap().iter().any(|n| n["reason"] == "extension_granted"));
}

fn due_of(view: &Value, kind: &str) -> String {
    let promises = view["promises"].as_array().unwrap();
    promises.iter().find(|p| p["kind"] == kind).unwrap()["due_at"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_co_handler_from_elsewhere_sees_the_case_only_while_asked() {
    let town = Town::settled().await;
    let case = accepted(&town, "facility.public").await;
    let address = format!("/cases/{case}");
    town.get("cadre2", &address).await.problem(404, "not_found");
    let invite =
        json!({"command": "invite", "to_area": "R2", "to_post": null, "task": "核对对面楼", "days": 1});
    let view = town.command("cadre1", &case, invite).await.ok();
    assert_eq!(view["tasks"][0]["holder"]["name"], "cadre2 某");
    assert_eq!(view["tasks"][0]["promise"]["state"], "open");
    assert_eq!(town.get("cadre2", "/inbox").await.ok()["items"][0]["reason"], "task_asked");
    let mine = town.get("cadre2", "/cases?tab=mine").await.ok();
    assert_eq!(mine["items"][0]["id"], json!(case));
    assert!(offered(&town.get("cadre2", &address).await.ok(), "do_task"));
    // The list says the same as the case itself, and others see neither.
    assert_eq!(town.get("volunteer1", "/cases?tab=mine").await.ok()["items"], json!([]));
    let done = json!({"command": "propose_done", "outcome": "explained", "text": "x", "photos": []});
    town.command("cadre1", &case, done.clone()).await.problem(422, "task_open");
    let did = json!({"command": "do_task", "task": "1", "text": "已核对", "photos": []});
    town.command("cadre2", &case, did).await.ok();
    // With the task the case is out of sight again.
    town.get("cadre2", &address).await.problem(404, "not_found");
    let view = town.get("cadre1", &address).await.ok();
    assert_eq!(
        (&view["tasks"][0]["state"]["code"], &view["tasks"][0]["words"]),
        (&json!("done"), &json!("已核对"))
    );
    town.command("cadre1", &case, done).await.ok();
}

#[tokio::test]
async fn steps_say_how_long_each_took_and_tiers_what_they_solved() {
    let town = Town::settled().await;
    let case = accepted(&town, "hotline.consultation").await;
    town.pass(Millis::minutes(90));
    let done = json!({"command": "propose_done", "outcome": "explained", "text": "已解释", "photos": []});
    town.command("cadre1", &case, done).await.ok();
    town.command("grid", &case, json!({"command": "verify", "ok": true})).await.ok();
    let view = town.command("cadre1", &case, json!({"command": "answer", "text": "已解释"})).await.ok();
    let steps: Vec<_> = view["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| format!("{} {}", s["stage"]["code"].as_str().unwrap(), s["minutes"]))
        .collect();
    assert_eq!(steps, ["accepted 90", "answered 0"]);
    town.get("desk", "/tiers/shares?from=2026-11-23&to=nonsense").await.problem(400, "query_wrong");
    let shares = town.get("desk", "/tiers/shares?from=2026-11-23&to=2026-12-31").await.ok();
    assert_eq!((&shares["solved"], &shares["tiers"][0]["share_percent"]), (&json!(0), &Value::Null));
}

/// A post that ends takes its cases along to somebody else, with the reason.
#[tokio::test]
async fn the_cases_of_a_post_that_ended_are_given_to_somebody_else() {
    let town = Town::settled().await;
    let case = accepted(&town, "facility.public").await;
    let post: linli_model::PostId = id("cadre1");
    town.delete("admin", &format!("/posts/{post}")).await.is(204);
    let left = town.store.cases_without_owner(town.clock.now(), 10).await.unwrap();
    assert_eq!(left.len(), 1);
    let command = linli_casework::Command::Reroute;
    let after =
        linli_server::cases::carry::carry_by_clock(&town.state, &left[0], &command).await.unwrap().unwrap();
    assert_eq!(
        (after.owner.user, after.stage.code()),
        (id::<UserId>("grid"), linli_casework::StageCode::Accepted)
    );
    assert!(after.promise(PromiseKind::Complete).unwrap().is_open());
    let view = town.get("grid", &format!("/cases/{case}")).await.ok();
    assert!(
        view["routing"].as_str().unwrap().starts_with("The owner's post has ended."),
        "{}",
        view["routing"]
    );
    assert_eq!(town.store.cases_without_owner(town.clock.now(), 10).await.unwrap(), []);
}

#[tokio::test]
async fn of_two_commands_on_one_version_the_second_is_told_to_look_again() {
    let town = Town::settled().await;
    let case = accepted(&town, "facility.public").await;
    let version = town.version(&case).await;
    let address = format!("/cases/{case}/commands");
    let ask = json!({"command": "ask_extension", "amount": 1, "reason": "x", "version": version});
    let first = town.post_keyed("cadre1", &address, "k", ask.clone()).await.ok();
    let again = town.post_keyed("cadre1", &address, "k", ask.clone()).await.ok();
    assert_eq!(first["version"], again["version"], "sent twice, done once");
    town.post_keyed("cadre1", &address, "other", ask).await.problem(409, "stale");
}

/// EV1: whoever took it, a photo from before the work proves nothing of it.
#[tokio::test]
async fn a_co_handler_s_old_photo_proves_nothing_and_a_new_one_does() {
    let town = Town::settled().await;
    let proposed = |age: Millis, id: &'static str| {
        let town = &town;
        async move {
            let case = accepted(town, "environment.waste").await;
            town.pass(Millis::minutes(30));
            let invite =
                json!({"command": "invite", "to_area": "R2", "to_post": null, "task": "清运", "days": 1});
            town.command("cadre1", &case, invite).await.ok();
            let now = town.state.now();
            town.commit(vec![Change::PhotoAdd(PhotoMeta {
                id: id.into(),
                thumb: id.into(),
                case: None,
                uploader: Some(user("cadre2")),
                taken_at: Some(now - age),
                lon: None,
                lat: None,
                original_hash: id.into(),
                created_at: now,
            })])
            .await;
            let did = json!({"command": "do_task", "task": "1", "text": "已清运", "photos": [id]});
            town.command("cadre2", &case, did).await.ok();
            let done =
                json!({"command": "propose_done", "outcome": "solved", "text": "已清运", "photos": []});
            town.command("cadre1", &case, done).await
        }
    };
    proposed(Millis::days(7), "feed01").await.problem(422, "after_photo_too_early");
    proposed(Millis::minutes(5), "feed02").await.ok();
}
