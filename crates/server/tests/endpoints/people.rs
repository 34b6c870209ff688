//! Persons and the access log.

use crate::town::{Town, person};
use linli_model::Millis;
use serde_json::{Value, json};

#[tokio::test]
async fn lists_are_masked_and_find_by_whole_name_number_or_phone() {
    let town = Town::settled().await;
    let list = town.get("cadre1", "/persons").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["name_masked"], "甄**");
    assert!(!list.to_string().contains("1390"), "{list}");
    for (q, found) in
        [("%E7%94%84%E6%9F%901", 1), ("13900000001", 1), ("11010519491231002X", 1), ("%E7%94%84", 0)]
    {
        let list = town.get("cadre1", &format!("/persons?q={q}")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{q}");
    }
}

/// G1
#[tokio::test]
async fn a_record_opens_for_a_purpose_with_an_open_task_at_the_door() {
    let town = Town::settled().await;
    let path = format!("/persons/{}/open", person("1"));
    let with = |case: &str| json!({"purpose": "case_work", "case_id": case});
    town.post("cadre1", &path, json!({"purpose": "case_work"})).await.problem(422, "no_open_task");
    town.post("cadre1", &path, json!({"purpose": "curiosity"})).await.problem(422, "purpose_unknown");

    let case = town.case_at("1").await;
    let record = town.post("cadre1", &path, with(&case)).await.ok();
    assert_eq!((&record["name"], &record["phone"]), (&json!("甄某1"), &json!("13900000001")));
    assert_eq!(record["id_number_masked"], "110***********002X");
    town.post("cadre1", &path, with(&town.case_at("2").await)).await.problem(422, "no_open_task");

    // A case about the whole estate is no task at one of its homes.
    let wide = json!({"class": "environment.waste", "text": "x", "area": "E1", "channel": "cadre"});
    let wide = town.post("cadre1", "/cases", wide).await.ok();
    town.post("cadre1", &path, with(wide["id"].as_str().unwrap())).await.problem(422, "no_open_task");

    let looks = town.get("officer", "/access-log").await.ok();
    let about: Vec<_> = looks["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["person"] == person("1").to_string())
        .collect();
    assert_eq!(about.len(), 1, "refusals open nothing");
    assert_eq!((&about[0]["role"], &about[0]["purpose"]), (&json!("Cadre"), &json!("case_work")));
    town.post("cadre1", "/persons/no-id/open", with(&case)).await.problem(404, "not_found");
}

/// G1
#[tokio::test]
async fn break_glass_needs_a_reason_and_the_data_officer_is_told_at_once() {
    let town = Town::settled().await;
    let path = format!("/persons/{}/open", person("1"));
    town.post("cadre1", &path, json!({"purpose": "break_glass", "reason": "急"}))
        .await
        .problem(422, "reason_missing");
    assert_eq!(town.get("officer", "/inbox").await.ok()["items"], json!([]));

    let open = json!({"purpose": "break_glass", "reason": "闻到煤气味,无人应门"});
    town.post("cadre1", &path, open).await.ok();
    let inbox = town.get("officer", "/inbox").await.ok();
    assert_eq!(
        (&inbox["items"][0]["reason"], &inbox["items"][0]["severity"]),
        (&json!("break_glass"), &json!("urgent"))
    );
    assert!(inbox["items"][0]["body"].as_str().unwrap().contains("煤气"));
    assert_eq!(town.get("officer2", "/inbox").await.ok()["items"], json!([]), "another area's officer");
}

#[tokio::test]
async fn the_access_log_is_whole_paged_and_cut_to_the_officers_areas() {
    let town = Town::settled().await;
    for n in ["1", "2", "1"] {
        let open = json!({"purpose": "break_glass", "reason": "无人应门,担心出事"});
        town.post(&format!("cadre{n}"), &format!("/persons/{}/open", person(n)), open).await.ok();
        town.pass(Millis::secs(5));
    }
    assert_eq!(
        town.get("officer", "/access-log/verify").await.ok(),
        json!({"whole": true, "entries": 3, "broken_at": null})
    );
    let page = town.get("officer", "/access-log?limit=2").await.ok();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["items"][0]["seq"]), (2, &json!(3)));
    let next = page["next_cursor"].as_str().unwrap();
    let rest = town.get("officer", &format!("/access-log?limit=2&cursor={next}")).await.ok();
    assert_eq!(rest["items"][0]["seq"], 1);
    let theirs = town.get("officer2", "/access-log").await.ok();
    let people: Vec<&Value> = theirs["items"].as_array().unwrap().iter().map(|l| &l["person"]).collect();
    assert_eq!(people, [&json!(person("2").to_string())]);
}
