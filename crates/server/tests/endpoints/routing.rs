//! Routing rules: draft, replay, switch on, way back; and what a failing rule does.

use crate::town::Town;
use linli_model::Millis;
use serde_json::{Value, json};

fn rules(more: &str) -> Value {
    let text = format!(
        "[[rule]]\ncode = \"r\"\nlabel = {{ zh = \"公共设施归网格\", en = \"Facilities\" }}\n{more}\n"
    );
    json!({ "text": text, "note": "试行" })
}

async fn file(town: &Town) -> Value {
    let body = json!({ "class": "facility.public", "text": "x", "area": "D1", "channel": "window" });
    let filed = town.post("desk", "/cases", body).await.ok();
    town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok()
}

#[tokio::test]
async fn a_version_is_drafted_replayed_switched_on_and_taken_back() {
    let town = Town::settled().await;
    let before = file(&town).await;
    assert_eq!(before["owner"]["name"], "cadre1 某");
    town.pass(Millis::hours(1));
    let to_grid = rules("classes = [\"facility.\"]\nroles = [\"grid_leader\"]");
    let view = town.post("desk", "/routing/versions", to_grid).await.ok();
    assert_eq!((&view["on"], &view["may_change"]), (&Value::Null, &json!(true)));
    assert_eq!(view["versions"][0]["rules"][0]["who"], "Grid leader");
    assert_eq!(file(&town).await["owner"]["name"], "cadre1 某", "a draft changes nothing");

    town.pass(Millis::minutes(1));
    let replay = town.post("cadre1", "/routing/versions/1/replay", json!({"days": 7})).await.ok();
    assert_eq!((&replay["cases"], &replay["ruled"], &replay["different"]), (&json!(2), &json!(2), &json!(2)));
    let row = &replay["rows"][0];
    assert_eq!((&row["was"]["name"], &row["would_be"]["name"]), (&json!("cadre1 某"), &json!("grid 某")));
    let unseen = town.post("cadre2", "/routing/versions/1/replay", json!({"days": 7})).await.ok();
    assert_eq!(unseen["cases"], 0, "only over cases one may see");
    town.post("desk", "/routing/versions/9/replay", json!({"days": 7})).await.problem(404, "not_found");
    town.post("desk", "/routing/versions/1/replay", json!({"days": 0}))
        .await
        .problem(400, "days_out_of_range");

    town.post("desk", "/routing/on", json!({"version": 9})).await.problem(404, "not_found");
    let on = town.post("desk", "/routing/on", json!({"version": 1})).await.ok();
    assert_eq!(on["on"], 1);
    let after = file(&town).await;
    assert_eq!(after["owner"]["name"], "grid 某");
    assert!(
        after["routing"].as_str().unwrap().starts_with("By the routing rule \"Facilities\" (version 1)."),
        "{}",
        after["routing"]
    );
    let off = town.post("desk", "/routing/on", json!({"version": null})).await.ok();
    assert_eq!((&off["on"], &off["versions"][0]["is_on"]), (&Value::Null, &json!(false)));
    assert_eq!(file(&town).await["owner"]["name"], "cadre1 某");
}

#[tokio::test]
async fn what_is_wrong_with_rules_is_said_before_they_are_kept() {
    let town = Town::settled().await;
    for (more, code) in [
        ("roles = []", "routing_invalid"),
        ("colour = \"red\"", "routing_malformed"),
        ("area = \"X\"\nroles = [\"cadre\"]", "routing_unknown"),
        ("classes = [\"nothing\"]\nroles = [\"cadre\"]", "routing_unknown"),
    ] {
        town.post("desk", "/routing/versions", rules(more)).await.problem(400, code);
    }
    assert_eq!(town.get("desk", "/routing").await.ok()["versions"], json!([]));
}

#[tokio::test]
async fn a_form_becomes_the_text_and_the_text_a_form_and_each_rule_is_said_in_words() {
    let town = Town::settled().await;
    let form = json!({"code": "nights", "label": {"zh": "夜间", "en": "Nights"}, "classes": ["noise."], "area": "R1",
        "days": ["fri", "sat"], "from": "22:00", "to": "06:00", "roles": ["duty_desk"], "skill": "  ", "open_cases_max": 9});
    let made = town.post("cadre1", "/routing/check", json!({"rules": [form]})).await.ok();
    assert_eq!(made["mistakes"], json!([]));
    let words = &made["rules"][0]["words"];
    assert_eq!(words["when"], "noise. · 第1居民区 · Friday, Saturday · 22:00–06:00");
    assert_eq!(words["who"], "Duty desk · fewer than 9 open cases");
    let read = town.post("cadre1", "/routing/check", json!({"text": made["text"]})).await.ok();
    assert_eq!((&read["rules"], &read["text"]), (&made["rules"], &made["text"]));
    assert_eq!(read["rules"][0]["form"]["skill"], Value::Null, "blanks are nothing");
    let kept = town.post("desk", "/routing/versions", json!({"text": made["text"], "note": ""})).await.ok();
    assert_eq!(kept["versions"][0]["rules"][0], *words);
}

#[tokio::test]
async fn what_is_wrong_with_a_form_names_the_rule_and_the_field() {
    let town = Town::settled().await;
    let asked = json!({"rules": [
        {"code": "a", "label": {"zh": "甲", "en": ""}, "from": "25:00", "to": "06:00", "days": ["someday"],
            "roles": ["king"], "post": "nobody"},
        {"code": "b", "label": {"zh": "乙", "en": "B"}, "classes": ["nothing"], "roles": []},
    ]});
    let said = town.post("cadre1", "/routing/check", asked).await.ok();
    let expected = [
        "rule.a.from: expected a time like 22:00",
        "rule.a.label: expected a name in Chinese and in English",
        "rule.a.days: expected mon to sun",
        "rule.a.roles: there is no such role",
        "rule.a.post: there is no such post",
        "rule.b: expected either `post` or `roles`",
        "rule.b: there is no such class: nothing",
    ];
    assert_eq!(said["mistakes"], json!(expected));
    let text = town.post("cadre1", "/routing/check", json!({"text": "[[rule]]\ncolour = 1"})).await.ok();
    assert!(text["mistakes"][0].as_str().unwrap().contains("colour"), "{text}");
    town.post("cadre1", "/routing/check", json!({})).await.problem(400, "routing_asked");
}

#[tokio::test]
async fn a_rule_that_gives_nobody_falls_to_the_duty_officer_and_the_desk_is_told() {
    let town = Town::settled().await;
    town.post("desk", "/routing/versions", rules("roles = [\"patrol\"]")).await.ok();
    town.post("desk", "/routing/on", json!({"version": 1})).await.ok();
    let case = file(&town).await;
    assert_eq!(case["owner"]["name"], "cadre1 某");
    assert!(case["routing"].as_str().unwrap().contains("gave nobody"), "{}", case["routing"]);
    let body = json!({ "class": "other", "text": "x", "area": "D1", "channel": "window" });
    town.post("cadre1", "/cases", body).await.ok();
    let told = town.get("desk", "/inbox").await.ok();
    assert_eq!(told["items"][0]["reason"], "routing_rule_failed");
}
