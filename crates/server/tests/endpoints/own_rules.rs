//! Rules that areas compose themselves: drafts, shadows, on and off, and back.

use crate::town::{Reply, Town, device};
use linli_history::{HistoryRow, PositionRange};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, DeviceId, Finding, FindingId, Instant, Measure, Millis, Reading,
    ReadingId, RegistryChange, SourceId, Value, own_code,
};
use linli_store::Change;
use serde_json::{Value as Json, json};

const LOUD: &str = r#"rule = "loud"
name = { zh = "太吵", en = "Too loud" }
key = "device"
severity = "attention"
case_class = "noise.neighbour"
sentence = { zh = "噪声 {value}", en = "noise {value}" }
[signal]
operator = "level"
raise = "noise_db > 70"
"#;
const NOT_OUT: &str = r#"rule = "not_out"
name = { zh = "两日未外出", en = "Not out for two days" }
population = "elder_alone"
severity = "attention"
case_class = "care.elder_not_out"
sentence = { zh = "已 {silence} 未外出", en = "not out for {silence}" }
[signal]
operator = "absent"
of = "door_open"
span = "2d"
coverage = "none"
"#;

async fn draft(town: &Town, login: &str, rule: &str, text: &str, revision: u64) -> Reply {
    let body = json!({"text": text, "revision": revision});
    town.post(login, &format!("/own-rules/E1/{rule}/draft"), body).await
}
async fn stage(town: &Town, login: &str, rule: &Json, action: &str) -> Reply {
    let path = format!("/own-rules/E1/{}/stage", rule["rule"].as_str().unwrap());
    town.post(login, &path, json!({"action": action, "revision": rule["revision"]})).await
}
fn action<'a>(rule: &'a Json, action: &str) -> &'a Json {
    let mut actions = rule["actions"].as_array().unwrap().iter();
    actions.find(|a| a["action"] == action).unwrap_or_else(|| panic!("{action}: {}", rule["actions"]))
}
/// What of own rules was registered, in order.
async fn registered(town: &Town) -> Vec<String> {
    let entries = town.store.registry_after(0, 1_000).await.unwrap();
    let say = |change| match change {
        RegistryChange::AreaRuleSet { area, rule, version, shadow, .. } => {
            Some(format!("{} v{version}", own_code(&rule, &area, shadow)))
        }
        RegistryChange::AreaRuleRemoved { area, rule, shadow, .. } => {
            Some(format!("{} ends", own_code(&rule, &area, shadow)))
        }
        _ => None,
    };
    entries.into_iter().filter_map(|e| say(e.change)).collect()
}

#[tokio::test]
async fn a_rule_goes_from_draft_to_shadow_to_on_and_back_to_an_earlier_version() {
    let town = Town::settled().await;
    let rule = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    assert_eq!(
        (&rule["stage"]["code"], &rule["version"], &rule["mistakes"]),
        (&json!("draft"), &json!(1), &json!([]))
    );
    assert_eq!((&rule["about_persons"], &rule["cost"]), (&json!(false), &json!(20)));
    assert_eq!(action(&rule, "on")["reason"].as_str().map(|r| r.contains("shadow")), Some(true));
    assert!(registered(&town).await.is_empty(), "a draft does not run");
    let rule = stage(&town, "cadre1", &rule, "shadow").await.ok();
    assert_eq!((&rule["stage"]["code"], &rule["shadow"]["findings"]), (&json!("shadow"), &json!(0)));
    let rule = stage(&town, "cadre1", &rule, "on").await.ok();
    assert_eq!((&rule["stage"]["code"], &rule["shadow"]), (&json!("on"), &Json::Null));
    let rule = draft(&town, "cadre1", "loud", &LOUD.replace("70", "60"), rule["revision"].as_u64().unwrap())
        .await
        .ok();
    assert_eq!((&rule["version"], &rule["on"]["version"]), (&json!(2), &json!(1)), "what runs goes on");
    let rule = stage(&town, "cadre1", &rule, "shadow").await.ok();
    let rule = stage(&town, "cadre1", &rule, "on").await.ok();
    let back = json!({"action": "on", "version": 1, "revision": rule["revision"]});
    let rule = town.post("cadre1", "/own-rules/E1/loud/stage", back).await.ok();
    assert_eq!(rule["on"]["version"], 1);
    let rule = stage(&town, "grid", &rule, "off").await.ok();
    assert_eq!((&rule["stage"]["code"], rule["moves"].as_array().unwrap().len()), (&json!("off"), 6));
    assert_eq!(
        registered(&town).await,
        ["loud~shadow@E1 v1", "loud@E1 v1", "loud~shadow@E1 v2", "loud@E1 v2", "loud@E1 v1", "loud@E1 ends"]
    );
    town.delete("cadre1", "/own-rules/E1/loud").await.is(204);
    let list = town.get("cadre1", "/own-rules").await.ok();
    assert_eq!(list["rules"], json!([]));
    town.delete("cadre1", "/own-rules/E1/loud").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_wrong_draft_is_kept_with_its_mistakes_and_does_not_run() {
    let town = Town::settled().await;
    let wrong = LOUD
        .replace("attention", "alarm")
        .replace("noise_db", "noise_dp")
        .replace("noise.neighbour", "fire.smoke");
    let rule = draft(&town, "cadre1", "loud", &wrong, 0).await.ok();
    let told: Vec<String> = rule["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| format!("{}:{} {}", m["line"], m["column"], m["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        ["4:12 not_for_areas", "5:14 not_for_areas", "9:10 unknown_name"],
        "{}",
        rule["mistakes"]
    );
    let near = rule["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .any(|m| m["suggestion"].as_str().is_some_and(|s| s.contains("noise_db")));
    assert!(near, "{}", rule["mistakes"]);
    assert_eq!((&rule["name"], &rule["cost"]), (&json!("loud"), &Json::Null));
    assert_eq!(action(&rule, "shadow")["enabled"], false);
    stage(&town, "cadre1", &rule, "shadow").await.problem(422, "text_wrong");
    assert!(registered(&town).await.is_empty());
    let list = town.get("cadre1", "/own-rules").await.ok();
    assert_eq!(list["rules"][0]["text"], wrong);
    // Of a code that is none, nothing is kept.
    draft(&town, "cadre1", "Loud!", LOUD, 0).await.is(400);
}

#[tokio::test]
async fn the_same_twice_changes_nothing_and_of_two_at_once_one_is_told() {
    let town = Town::settled().await;
    let first = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    let again = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    assert_eq!((&again["revision"], &again["version"]), (&first["revision"], &first["version"]));
    draft(&town, "cadre1", "loud", &LOUD.replace("70", "60"), 0).await.problem(409, "stale");
    let (one, two) =
        tokio::join!(stage(&town, "cadre1", &first, "shadow"), stage(&town, "cadre1", &first, "shadow"));
    let mut codes = [one.status.as_u16(), two.status.as_u16()];
    codes.sort();
    assert_eq!(codes, [200, 409]);
    assert_eq!(registered(&town).await.len(), 1);
    let now = town.get("cadre1", "/own-rules").await.ok()["rules"][0].clone();
    stage(&town, "cadre1", &now, "shadow").await.problem(422, "already");
}

/// OW4, G11, G13
#[tokio::test]
async fn about_persons_a_second_person_sets_it_to_work_and_few_need_consent() {
    let town = Town::settled().await;
    let rule = draft(&town, "cadre1", "not_out", NOT_OUT, 0).await.ok();
    assert_eq!(rule["about_persons"], true);
    let own = action(&rule, "shadow");
    assert_eq!((&own["enabled"], &own["needs_consent"]), (&json!(false), &json!(true)));
    stage(&town, "cadre1", &rule, "shadow").await.problem(422, "second_person");
    let seen = town.get("grid", "/own-rules").await.ok()["rules"][0].clone();
    assert_eq!((&action(&seen, "shadow")["enabled"], &seen["may_write"]), (&json!(true), &json!(false)));
    stage(&town, "grid", &seen, "shadow").await.problem(422, "too_few_dwellings");
    let ask = json!({"action": "shadow", "revision": seen["revision"], "consent": "楼组会同意,存档 3 号"});
    let rule = town.post("grid", "/own-rules/E1/not_out/stage", ask).await.ok();
    assert_eq!(rule["moves"][0]["consent"], "楼组会同意,存档 3 号");
    stage(&town, "cadre1", &rule, "on").await.problem(422, "second_person");
    // A supervision list is no population of a rule (G3).
    let listed = NOT_OUT.replace("elder_alone", "key_persons");
    let wrong = draft(&town, "cadre1", "not_out", &listed, rule["revision"].as_u64().unwrap()).await.ok();
    assert_eq!(wrong["mistakes"][0]["code"], "not_for_areas");
    // A rule over the devices in people's homes is about persons, whatever its key.
    let doors = LOUD.replace("noise_db > 70", "door_open").replace("loud", "doors");
    assert_eq!(draft(&town, "cadre1", "doors", &doors, 0).await.ok()["about_persons"], true);
}

/// OW3, OW5, G11, G13: whatever the key, and where a gate stands in no home.
#[tokio::test]
async fn no_key_leads_around_the_second_person_or_singles_somebody_out() {
    let town = Town::settled().await;
    let by_area = |depth: u32| LOUD.replace("key = \"device\"", &format!("key = \"area\"\ndepth = {depth}"));
    let hears = |text: &str, raise: &str| {
        text.replace("noise_db > 70", raise).replace("{value}", "").replace("\"loud\"", "\"sly\"")
    };
    let mut revision = 0;
    for (text, raise, about_persons, mistakes) in [
        (LOUD.to_owned(), "gate_plate == '沪A12345'", true, json!(["names_somebody"])),
        (by_area(1), "door_card == 'x1'", true, json!(["names_somebody"])),
        (by_area(1), "device.id == 'dev-1' && door_open", true, json!(["names_somebody"])),
        (by_area(1), "door_open", true, json!([])),
        (LOUD.to_owned(), "gate_plate != device.id", true, json!([])),
        // In this town dwellings lie four levels below the committee.
        (by_area(3), "noise_db > 70", false, json!([])),
        (by_area(4), "noise_db > 70", true, json!([])),
        (LOUD.to_owned(), "device.id == 'mic-1' && noise_db > 70", false, json!([])),
    ] {
        let rule = draft(&town, "cadre1", "sly", &hears(&text, raise), revision).await.ok();
        revision = rule["revision"].as_u64().unwrap();
        let told = rule["mistakes"].as_array().unwrap();
        let codes: Vec<&Json> = told.iter().map(|m| &m["code"]).collect();
        assert_eq!(
            (json!(codes), &rule["about_persons"]),
            (mistakes, &json!(about_persons)),
            "{raise}: {told:?}"
        );
        if about_persons && codes.is_empty() {
            stage(&town, "cadre1", &rule, "shadow").await.problem(422, "second_person");
            stage(&town, "grid", &rule, "shadow").await.problem(422, "too_few_dwellings");
            let path = "/rules/sly@E1/backtests";
            assert_eq!(
                town.post("cadre1", path, json!({})).await.ok()["result"]["counts_only"],
                true,
                "{raise}"
            );
        }
    }
}

/// Costs 36,936: five of them are within the budget, six are not.
fn dear(code: &str) -> String {
    let window = "[signals.n]\noperator = \"window\"\nof = \"noise_db\"\naggregate = \"count\"\nspan = \"30d\"\n[signal]";
    let text = LOUD.replace("[signal]", window).replace("noise_db > 70", "n > 3");
    text.replace("\"loud\"", &format!("\"{code}\""))
}

#[tokio::test]
async fn what_is_spent_is_shown_and_more_is_refused_with_what_costs_how_much() {
    let town = Town::settled().await;
    for n in 0..5 {
        let code = format!("dear_{n}");
        let rule = draft(&town, "cadre1", &code, &dear(&code), 0).await.ok();
        stage(&town, "cadre1", &rule, "shadow").await.ok();
    }
    let list = town.get("cadre1", "/own-rules").await.ok();
    assert_eq!((&list["areas"][0]["budget"], &list["areas"][0]["spent"]), (&json!(200_000), &json!(184_680)));
    assert_eq!(list["areas"][0]["area"]["code"], "R1");
    // Whichever part of the committee's area a rule is for, it is paid from the same purse.
    let ask = json!({"text": dear("one_more"), "revision": 0});
    let rule = town.post("cadre1", "/own-rules/R1/one_more/draft", ask).await.ok();
    let why = action(&rule, "shadow")["reason"].as_str().unwrap();
    assert!(why.contains("dear_0 36936") && why.contains("200000"), "{why}");
    let ask = json!({"action": "shadow", "revision": rule["revision"]});
    town.post("cadre1", "/own-rules/R1/one_more/stage", ask).await.problem(422, "over_budget");
    // One that is too dear by itself is told so where it is written.
    let alone = dear("alone").replace("\"count\"", "\"distinct\"");
    let rule = draft(&town, "cadre1", "alone", &alone, 0).await.ok();
    assert_eq!(rule["mistakes"][0]["code"], "too_costly");
}

#[tokio::test]
async fn what_is_not_there_or_not_asked_for_rightly_is_told() {
    let town = Town::settled().await;
    draft(&town, "cadre2", "loud", LOUD, 0).await.problem(404, "not_found");
    town.post("cadre1", "/own-rules/none/loud/draft", json!({"text": "", "revision": 0}))
        .await
        .problem(404, "not_found");
    town.post("desk", "/own-rules/S/loud/stage", json!({"action": "on", "revision": 0}))
        .await
        .problem(422, "not_for_this_area");
    town.post("cadre1", "/own-rules/H1/loud/draft", json!({"text": "", "revision": 0}))
        .await
        .problem(422, "not_for_this_area");
    let rule = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    stage(&town, "cadre1", &rule, "fly").await.problem(400, "unknown_action");
    stage(&town, "cadre1", &rule, "off").await.problem(422, "nothing_runs");
    let ask = json!({"action": "on", "version": 7, "revision": rule["revision"]});
    town.post("cadre1", "/own-rules/E1/loud/stage", ask).await.problem(400, "no_such_version");
    town.post("cadre1", "/own-rules/E1/none/stage", json!({"action": "on", "revision": 1}))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn what_the_shadow_found_is_counted() {
    let town = Town::settled().await;
    let rule = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    stage(&town, "cadre1", &rule, "shadow").await.ok();
    let finding = town.finding_at("1").await;
    let rule = own_code("loud", &AreaId::new("E1"), true);
    let id = FindingId::of(&rule, &finding.subject, finding.start);
    let found = Finding { id, rule, rule_version: 1, ..finding };
    town.commit(vec![Change::FindingSet { finding: Box::new(found), case: None }]).await;
    assert_eq!(town.get("cadre1", "/own-rules").await.ok()["rules"][0]["shadow"]["findings"], 1);
}

// -- on the past --

/// A microphone in each estate that was loud twice.
async fn with_a_past() -> Town {
    let town = Town::settled().await;
    let now = town.state.now();
    let (mut changes, mut rows) = (Vec::new(), Vec::new());
    for n in ["1", "2"] {
        let path = format!("S/G/R{n}/E{n}/");
        let estate = Area {
            id: AreaId::new(format!("E{n}")),
            level: AreaLevel::Estate,
            name: "村".into(),
            parent: None,
            path: AreaPath(path),
        };
        let mut mic = device(&format!("mic-{n}"), &estate);
        (mic.subject, mic.measures) = (None, vec![Measure::new("noise_db")]);
        let change = RegistryChange::DeviceSet(mic);
        changes.push(Change::Registry { effective_at: now - Millis::days(60), change: Box::new(change) });
        for (days, db) in [(20, 80.0), (19, 40.0), (10, 75.0), (9, 40.0)] {
            rows.push(heard(&format!("mic-{n}"), &format!("R{n}"), now - Millis::days(days), db));
        }
    }
    town.commit(changes).await;
    town.state.history.add(PositionRange { from: 1, to: 1 }, rows).await.unwrap();
    town
}

fn heard(device: &str, area: &str, at: Instant, db: f64) -> HistoryRow {
    HistoryRow {
        position: 1,
        source: SourceId::new(format!("gw-{device}")),
        received_at: at,
        area: AreaId::new(area),
        reading: Reading {
            id: ReadingId::new(format!("{device}-{}", at.0)),
            device: DeviceId::new(device),
            observed_at: at,
            measure: Measure::new("noise_db"),
            value: Value::Number(db),
            subject: None,
        },
        late: false,
        clamped: false,
    }
}

/// BK3
#[tokio::test]
async fn a_draft_is_tried_on_the_past_of_its_area_against_nothing() {
    let town = with_a_past().await;
    let rule = draft(&town, "cadre1", "loud", LOUD, 0).await.ok();
    let path = format!("/rules/{}/backtests", rule["code"].as_str().unwrap());
    let tried = town.post("cadre1", &path, json!({})).await.ok();
    let result = &tried["result"];
    assert_eq!(
        (&result["added"], &result["same"], &result["removed"]),
        (&json!(2), &json!(0), &json!(0)),
        "{result}"
    );
    assert_eq!(result["sentence"], "Would have raised 2, merged into 2 cases, 0.02 a shift.");
    assert_eq!(result["changes"][0]["subject"], "device:mic-1", "only its area");
    // On, it is what others are compared with.
    let rule = stage(&town, "cadre1", &rule, "shadow").await.ok();
    stage(&town, "cadre1", &rule, "on").await.ok();
    let stricter = json!({"text": LOUD.replace("70", "78")});
    let tried = town.post("cadre1", &path, stricter).await.ok();
    assert_eq!((&tried["result"]["same"], &tried["result"]["removed"]), (&json!(1), &json!(1)));
    let wrong = json!({"text": LOUD.replace("attention", "alarm")});
    town.post("cadre1", &path, wrong).await.problem(400, "not_for_areas");
    town.post("cadre2", &path, json!({})).await.problem(404, "not_found");
    town.post("cadre1", "/rules/none@E1/backtests", json!({})).await.problem(404, "not_found");
    let at = town.state.now() - Millis::days(20) + Millis::hours(1);
    let why = format!("/rules/loud@E1/explanation?subject=device:mic-1&at={at}");
    assert_eq!(town.get("cadre1", &why).await.ok()["verdict"], "holds");
}

/// BK2, G13
#[tokio::test]
async fn the_trial_of_an_own_rule_about_persons_hides_small_numbers_from_everybody() {
    let town = with_a_past().await;
    let about = LOUD.replace("key = \"device\"", "key = \"subject\"");
    draft(&town, "cadre1", "loud", &about, 0).await.ok();
    let tried = town.post("cadre1", "/rules/loud@E1/backtests", json!({})).await.ok();
    let result = &tried["result"];
    assert_eq!(
        (&result["counts_only"], &result["added"], &result["changes"]),
        (&json!(true), &Json::Null, &json!([]))
    );
}
