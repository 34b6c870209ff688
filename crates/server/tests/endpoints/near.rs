//! What a rule nearly said: worked out beside the request, followed, stopped.

use crate::{
    past::Shelf,
    rules::{heard, now_less, street},
    town::Town,
};
use linli_model::Millis;
use serde_json::{Value as Json, json};

const LOW: &str = "/rules/hydrant_low/near-misses";
const NOT_OUT: &str = "/rules/not_out/near-misses";

fn path(run: &Json) -> String {
    format!("/near-misses/{}", run["id"].as_str().unwrap())
}

/// A run when it is over.
async fn over(town: &Town, login: &str, mut run: Json) -> Json {
    while run["state"] == "running" {
        run = town.get(login, &path(&run)).await.ok();
    }
    run
}

async fn near(town: &Town, login: &str, rule: &str, ask: Json) -> Json {
    let run = town.post(login, rule, ask).await.ok();
    let run = over(town, login, run).await;
    assert_eq!((&run["state"], &run["progress"]), (&json!("done"), &json!(1.0)), "{run}");
    run["result"].clone()
}

#[tokio::test]
async fn near_misses_are_told_with_the_number_that_kept_them_back() {
    let town = street().await;
    // 0.15 against low values of 0.14, 0.12, 0.2 and 0.22: nothing is near.
    let of_one = json!({"subject": "device:h-1"});
    let none = near(&town, "cadre1", LOW, of_one.clone()).await;
    assert_eq!((&none["misses"], &none["told"], &none["dull"]), (&json!([]), &json!(2), &json!(4)), "{none}");
    let ask = json!({"area": "E1", "values": {"floor": 0.19}});
    town.post("cadre1", "/rules/hydrant_low/overrides", ask).await.ok();
    let near = near(&town, "cadre1", LOW, of_one).await;
    // The area's own value holds from now on only; the past was under the template's.
    assert_eq!(near["misses"], json!([]), "{near}");
}

#[tokio::test]
async fn near_misses_of_an_area_are_those_of_its_devices_and_are_written_as_tests() {
    let town = street().await;
    heard(&town, "h-1", "R1", now_less(&town, 8), &[0.158, 0.35]).await;
    let of_all = near(&town, "cadre1", LOW, json!({})).await;
    assert_eq!(of_all["misses"].as_array().unwrap().len(), 1, "{of_all}");
    let miss = &of_all["misses"][0];
    assert_eq!((&miss["subject"], &miss["parameter"]), (&json!("device:h-1"), &json!("floor")));
    assert_eq!(miss["sentence"], "Floor is 0.15; with 0.165 it would have been told.");
    let of_one = near(&town, "cadre1", LOW, json!({"subject": "device:h-1"})).await;
    let script = of_one["misses"][0]["script"].as_str().unwrap();
    assert!(script.contains("kind = \"misses\"") && script.contains("0.158"), "{script}");
    assert_eq!(near(&town, "cadre2", LOW, json!({})).await["misses"], json!([]), "their area only");
    town.post("cadre1", LOW, json!({"area": "R2"})).await.problem(404, "not_found");
    town.post("cadre1", LOW, json!({"subject": "h-1"})).await.problem(400, "subject");
    town.post("cadre1", LOW, json!({"from": "yesterday"})).await.problem(400, "not_a_day");
}

/// NE2, G13
#[tokio::test]
async fn near_misses_of_homes_are_counts_to_who_may_not_open_records() {
    let town = street().await;
    let desk = near(&town, "desk", NOT_OUT, json!({})).await;
    assert_eq!((&desk["counts_only"], &desk["misses"]), (&json!(true), &json!([])), "{desk}");
    town.history.put(Shelf::Damaged);
    let failed = town.post("cadre1", NOT_OUT, json!({})).await.ok();
    assert_eq!(over(&town, "cadre1", failed).await["state"], "failed");
    let looks = town.get("officer", "/access-log").await.ok();
    assert!(
        looks["items"].to_string().contains("rule_near_misses"),
        "written before anything is read: {looks}"
    );
    town.history.put(Shelf::Open);
    assert_eq!(near(&town, "cadre1", NOT_OUT, json!({})).await["counts_only"], false);
    town.post("desk", NOT_OUT, json!({"subject": "dwelling:H1"})).await.problem(404, "not_found");
}

/// RN1
#[tokio::test]
async fn what_is_worked_out_is_followed_and_stopped_by_who_asked_and_by_nobody_else() {
    let town = street().await;
    town.history.put(Shelf::Shut);
    let run = town.post("cadre1", LOW, json!({})).await.ok();
    assert_eq!((&run["state"], &run["result"]), (&json!("running"), &Json::Null), "{run}");
    assert_eq!(town.get("cadre1", &path(&run)).await.ok()["state"], "running");
    town.get("desk", &path(&run)).await.problem(404, "not_found");
    town.delete("cadre2", &path(&run)).await.problem(404, "not_found");
    assert_eq!(town.get("cadre1", &path(&run)).await.ok()["state"], "running", "nobody else stopped it");
    assert_eq!(town.delete("cadre1", &path(&run)).await.ok()["state"], "cancelled");
    town.history.put(Shelf::Open);
    assert_eq!(town.get("cadre1", &path(&run)).await.ok()["state"], "cancelled");
    let done = town.post("cadre1", LOW, json!({})).await.ok();
    let done = over(&town, "cadre1", done).await;
    assert_eq!(town.get("cadre1", &path(&done)).await.ok()["result"], done["result"], "kept for a while");
    assert_eq!(town.delete("cadre1", &path(&done)).await.ok()["state"], "done", "what is done stays done");
}

/// NE3, RN4
#[tokio::test]
async fn who_asks_again_is_told_that_the_question_before_was_stopped() {
    let town = street().await;
    town.history.put(Shelf::Shut);
    let first = town.post("cadre1", LOW, json!({})).await.ok();
    let second = town.post("cadre1", LOW, json!({"subject": "device:h-1"})).await.ok();
    let stopped = town.get("cadre1", &path(&first)).await.ok();
    assert_eq!((&stopped["state"], &stopped["problem"]["code"]), (&json!("failed"), &json!("asked_again")));
    // Asked after in between, it is awaited for longer than two minutes.
    town.pass(Millis::secs(90));
    assert_eq!(town.get("cadre1", &path(&second)).await.ok()["state"], "running");
    town.pass(Millis::secs(90));
    town.history.put(Shelf::Open);
    assert_eq!(over(&town, "cadre1", second).await["state"], "done");
}

/// RN2
#[tokio::test]
async fn what_fails_says_why_as_often_as_it_is_asked_and_nothing_of_the_inside() {
    let town = street().await;
    town.history.put(Shelf::Damaged);
    for (begin, find) in [(LOW, "near-misses"), ("/rules/hydrant_low/backtests", "backtests")] {
        let mut run = town.post("cadre1", begin, json!({})).await.ok();
        for _ in 0..2 {
            let again = format!("/{find}/{}", run["id"].as_str().unwrap());
            while run["state"] == "running" {
                run = town.get("cadre1", &again).await.ok();
            }
            assert_eq!(
                (&run["state"], &run["problem"]["code"]),
                (&json!("failed"), &json!("fault")),
                "{run}"
            );
            assert!(!run.to_string().contains("part 3"), "{run}");
            run = town.get("cadre1", &again).await.ok();
        }
    }
}
