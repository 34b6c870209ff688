//! Many reporters, one case; and what is heard of them at the end: joining, taking apart, proof, call-backs, marks.

use crate::town::Town;
use linli_model::Millis;
use serde_json::{Value, json};

fn report(class: &str, phone: &str) -> Value {
    json!({ "class": class, "text": "反映一件事", "area": "D1", "channel": "phone",
            "reporter": {"name": "甄某某", "phone": phone} })
}

async fn filed(town: &Town, phone: &str) -> (String, String, String) {
    let filed = town.post("desk", "/cases", report("environment.waste", phone)).await.ok();
    let text = |key: &str| filed[key].as_str().unwrap().to_owned();
    (text("id"), text("claim_code"), text("number"))
}

async fn followed(town: &Town, code: &str) -> Value {
    town.get("", &format!("/public/reports/{code}")).await.ok()
}

async fn view(town: &Town, login: &str, case: &str) -> Value {
    town.get(login, &format!("/cases/{case}")).await.ok()
}

fn reasons(inbox: &Value) -> Vec<&str> {
    inbox["items"].as_array().unwrap().iter().map(|n| n["reason"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_merged_reporter_keeps_number_and_code_follows_the_other_case_and_rates_its_answer() {
    let town = Town::settled().await;
    let (first, first_code, _) = filed(&town, "13900000001").await;
    let (second, code, number) = filed(&town, "13900000002").await;
    let seen = view(&town, "cadre1", &second).await;
    let near = &seen["nearby"][0];
    assert_eq!((near["id"].as_str(), near["alike"].as_str()), (Some(first.as_str()), Some("the same place")));
    let merge = json!({"command": "merge", "into": first, "reason": "同一堆垃圾"});
    let merged = town.command("cadre1", &second, merge).await.ok();
    assert_eq!(merged["merged_into"]["id"], first.as_str());
    let mine = followed(&town, &code).await;
    assert_eq!((mine["number"].as_str(), &mine["neighbours"]), (Some(number.as_str()), &json!(1)));
    let target = view(&town, "cadre1", &first).await;
    assert_eq!(target["reporters"][1]["number"], number.as_str(), "{target}");
    assert!(
        reasons(&town.get("cadre1", "/inbox").await.ok()).contains(&"tell_merged"),
        "who has only a phone is called"
    );

    for command in [json!({"command": "accept"}), json!({"command": "start"})] {
        town.command("cadre1", &first, command).await.ok();
    }
    let done = json!({"command": "propose_done", "outcome": "explained", "text": "已说明"});
    town.command("cadre1", &first, done).await.ok();
    town.command("volunteer1", &first, json!({"command": "verify", "ok": true})).await.ok();
    town.command("cadre1", &first, json!({"command": "answer", "text": "已清运"})).await.ok();
    town.pass(Millis::minutes(5));
    for (code, state) in [(&first_code, "please_rate"), (&code, "please_rate")] {
        let mine = followed(&town, code).await;
        assert_eq!(
            (mine["state"].as_str(), mine["answer"].as_str()),
            (Some(state), Some("已清运")),
            "{mine}"
        );
    }
    let rating = json!({"satisfied": "satisfied", "solved": true});
    let reply = town.post("", &format!("/public/reports/{code}/rating"), rating).await.ok();
    assert_eq!(reply["number"], number.as_str());
    let target = view(&town, "cadre1", &first).await;
    assert_eq!(target["stage"]["code"], "closed");
    assert_eq!(target["reporters"][1]["heard"], "Satisfied");
}

#[tokio::test]
async fn a_case_comes_apart_with_its_reporter_who_is_told_and_its_clock_goes_on() {
    let town = Town::settled().await;
    let (first, _, _) = filed(&town, "13900000001").await;
    let (second, code, _) = filed(&town, "13900000002").await;
    let merge = json!({"command": "merge", "into": first, "reason": "同一堆垃圾"});
    town.command("cadre1", &second, merge).await.ok();
    town.pass(Millis::hours(3));
    let unmerge = json!({"command": "unmerge", "reason": "是另一堆"});
    town.command("volunteer1", &second, unmerge.clone()).await.problem(422, "not_an_officer");
    town.command("grid", &second, json!({"command": "unmerge", "reason": " "}))
        .await
        .problem(422, "reason_missing");
    let before = town.version(&first).await;
    let apart = town.command("grid", &second, unmerge.clone()).await.ok();
    assert_eq!((apart["stage"]["code"].as_str(), &apart["merged_into"]), (Some("received"), &Value::Null));
    assert!(town.version(&first).await > before);
    let target = view(&town, "cadre1", &first).await;
    assert_eq!(target["reporters"].as_array().unwrap().len(), 1, "{target}");
    let mine = followed(&town, &code).await;
    assert_eq!(mine["neighbours"], 0);
    let steps = mine["steps"].to_string();
    assert!(steps.contains("took it apart"), "{steps}");
    assert!(reasons(&town.get("cadre1", "/inbox").await.ok()).contains(&"tell_unmerged"));
    town.command("grid", &second, unmerge).await.problem(422, "not_in_this_stage");
}

#[tokio::test]
async fn what_is_known_is_suggested_before_filing_and_joined_with_a_number_of_ones_own() {
    let town = Town::settled().await;
    let (first, _, number) = filed(&town, "13900000001").await;
    let ask = "/cases/alike?class=environment.waste&area=B1";
    let found = town.get("volunteer1", ask).await.ok();
    assert_eq!(
        (found[0]["id"].as_str(), found[0]["alike"].as_str()),
        (Some(first.as_str()), Some("the same building"))
    );
    assert_eq!(town.get("volunteer1", "/cases/alike?class=noise.neighbour&area=B1").await.ok(), json!([]));
    town.get("cadre2", ask).await.is(403);
    town.get("desk", "/cases/alike?area=X").await.problem(400, "area_unknown");

    let path = format!("/cases/{first}/join");
    let asked = json!({"channel": "window", "text": "我也看到了", "reporter": {"name": "贾某", "phone": "13900000003"}});
    let joined = town.post_keyed("desk", &path, "j1", asked.clone()).await.ok();
    assert_eq!(joined["id"], first.as_str());
    assert_ne!(joined["number"], number.as_str(), "a number of their own");
    let again = town.post_keyed("desk", &path, "j1", asked.clone()).await.ok();
    assert_eq!(again["number"], joined["number"], "twice is once");
    let mine = followed(&town, joined["claim_code"].as_str().unwrap()).await;
    assert_eq!((&mine["number"], &mine["neighbours"]), (&joined["number"], &json!(1)));
    let seen = view(&town, "cadre1", &first).await;
    assert_eq!(seen["reporters_count"], 2);
    assert!(seen["timeline"].to_string().contains("我也看到了"));
    // A volunteer's own word is a note; nobody is made up.
    town.post("volunteer1", &path, json!({"channel": "volunteer", "text": "还在"})).await.ok();
    assert_eq!(view(&town, "cadre1", &first).await["reporters_count"], 2);
    town.post("cadre2", &path, asked.clone()).await.is(404);
    let mut pigeon = asked;
    pigeon["channel"] = json!("pigeon");
    town.post("desk", &path, pigeon).await.problem(400, "channel_unknown");
}

#[tokio::test]
async fn a_photo_that_says_nothing_is_marked_and_wants_a_sentence() {
    let town = Town::settled().await;
    let filed = town.post("desk", "/cases", report("fire.hazard", "13900000001")).await.ok();
    let case = filed["id"].as_str().unwrap().to_owned();
    town.command("cadre1", &case, json!({"command": "accept"})).await.ok();
    let seen = view(&town, "cadre1", &case).await;
    let actions = seen["available_actions"].as_array().unwrap();
    let done = actions.iter().find(|a| a["code"] == "propose_done").unwrap();
    assert!(done["hint"].as_str().unwrap().contains("within 200 m"), "{done}");
    let to = done["fields"].as_array().unwrap().iter().find(|f| f["name"] == "passed_to").unwrap();
    assert_eq!(to["only_with"], json!({"field": "outcome", "value": "not_ours"}));
    let photo = town.photo("cadre1", 30).await;
    let claim =
        |text: &str| json!({"command": "propose_done", "outcome": "solved", "text": text, "photos": [photo]});
    town.command("cadre1", &case, claim("")).await.problem(422, "unproven_note_missing");
    let seen = town.command("cadre1", &case, claim("10 点拍,志愿者在场")).await.ok();
    assert_eq!(seen["photos"][0]["proof"], "time and place not proven");
    assert_eq!(seen["class_levels"].as_array().unwrap().len(), 2);
    assert_eq!(seen["class_version"], 5);
}

async fn answered(town: &Town) -> String {
    let (case, _, _) = filed(town, "13900000001").await;
    town.command("cadre1", &case, json!({"command": "accept"})).await.ok();
    let done =
        json!({"command": "propose_done", "outcome": "not_ours", "text": "归城管", "passed_to": "区城管"});
    let seen = town.command("cadre1", &case, done).await.ok();
    assert_eq!(seen["passed_to"], "区城管");
    town.command("volunteer1", &case, json!({"command": "verify", "ok": true})).await.ok();
    town.command("cadre1", &case, json!({"command": "answer", "text": "已转城管"})).await.ok();
    town.pass(Millis::minutes(5));
    case
}

#[tokio::test]
async fn who_reported_on_the_phone_is_called_back_and_found_in_the_list_until_then() {
    let town = Town::settled().await;
    let case = answered(&town).await;
    let listed = |mark: &'static str| {
        let town = &town;
        async move {
            let found = town.get("cadre1", &format!("/cases?tab=all&mark={mark}")).await.ok();
            found["items"].as_array().unwrap().len()
        }
    };
    assert_eq!((listed("call_back").await, listed("concentrated").await), (1, 0));
    town.get("cadre1", "/cases?mark=fast").await.problem(400, "query_wrong");
    let seen = view(&town, "cadre1", &case).await;
    assert_eq!(seen["contact"]["phone"], "13900000001", "the number to call");
    assert_eq!(seen["reporters"][0]["heard"], "to be called");
    let call =
        seen["available_actions"].as_array().unwrap().iter().find(|a| a["code"] == "call_back").unwrap();
    let who = &call["fields"][0]["choices"][0];
    assert!(who["label"].as_str().unwrap().contains("甄**"), "{who}");
    let called = |result: &str, more: Value| {
        let mut command = json!({"command": "call_back", "reporter": who["code"], "result": result});
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        command
    };
    town.command("volunteer1", &case, called("reached", json!({}))).await.problem(422, "not_owner_or_above");
    let tried = town.command("cadre1", &case, called("not_reached", json!({}))).await.ok();
    assert_eq!(tried["reporters"][0]["heard"], "not reached in 1 tries");
    let heard = called("reached", json!({"satisfied": "so_so", "solved": true, "treated_well": true}));
    let seen = town.command("cadre1", &case, heard.clone()).await.ok();
    assert_eq!(
        (seen["stage"]["code"].as_str(), &seen["ratings"][0]["by_call"]),
        (Some("closed"), &json!(true))
    );
    assert_eq!(seen["closed_how"]["code"], "confirmed");
    assert_eq!(listed("call_back").await, 0);
    town.command("cadre1", &case, heard).await.problem(422, "nobody_to_call");
}

#[tokio::test]
async fn a_caller_who_is_unhappy_on_the_phone_gets_a_review_by_somebody_else() {
    let town = Town::settled().await;
    let case = answered(&town).await;
    let seen = view(&town, "cadre1", &case).await;
    let who = seen["reporters"][0]["id"].clone();
    let unhappy = json!({"command": "call_back", "reporter": who, "result": "reached", "satisfied": "dissatisfied", "solved": false});
    let seen = town.command("cadre1", &case, unhappy).await.ok();
    assert_eq!(seen["stage"]["code"], "disputed");
    assert_eq!(seen["owner"]["name"], "grid 某", "one level up");
    town.command("grid", &case, json!({"command": "accept"})).await.ok();
    let back = town.command("grid", &case, json!({"command": "review_return", "text": "请再办"})).await.ok();
    assert_eq!((back["stage"]["code"].as_str(), &back["round"]), (Some("received"), &json!(2)));
    let open: Vec<_> = back["promises"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["state"] == "open")
        .map(|p| p["kind"].as_str().unwrap())
        .collect();
    assert_eq!(open, ["accept", "complete", "three_day"], "a new round has new promises");
}
