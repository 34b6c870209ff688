//! Filing, listing, viewing, commanding, exporting and printing cases.

use crate::town::{Town, person, user};
use linli_casework::{CaseId, Opening, Origin};
use linli_model::{AreaId, Millis};
use linli_server::{PageEvent, cases::carry::open_case};
use linli_store::{Change, PageAsk};
use serde_json::{Value, json};

const LITTER: &str = "environment.waste";

fn report() -> Value {
    json!({ "class": LITTER, "text": "垃圾满溢", "area": "D1", "channel": "window",
            "reporter": {"name": "甄某某", "phone": "139 0000 0001"} })
}

#[tokio::test]
async fn a_report_at_the_window_becomes_a_case_with_an_owner_a_promise_and_a_claim_code() {
    let town = Town::settled().await;
    let filed = town.post("desk", "/cases", report()).await.ok();
    assert_eq!(filed["number"], "S-20261123-0001");
    assert!(filed["promised_by"].is_string());
    let code = filed["claim_code"].as_str().unwrap();
    let followed = town.get("", &format!("/public/reports/{code}")).await.ok();
    assert_eq!(followed["number"], filed["number"]);

    let view = town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok();
    assert_eq!(view["owner"]["name"], "cadre1 某");
    assert_eq!(view["stage"]["code"], "received");
    assert_eq!(view["place"], "1村41号");
    assert_eq!(view["reporters"][0]["name"], "甄**");
    assert_eq!(view["reporters"][0]["phone"], "139****0001");
    assert!(view["contact"].is_null(), "only who handles it sees the number");
}

#[tokio::test]
async fn the_same_key_files_one_case_and_another_request_under_it_is_refused() {
    let town = Town::settled().await;
    let first = town.post_keyed("desk", "/cases", "k1", report()).await.ok();
    let again = town.post_keyed("desk", "/cases", "k1", report()).await.ok();
    assert_eq!(first["id"], again["id"]);
    assert!(again["claim_code"].is_null(), "a code is shown once");
    let mut other = report();
    other["reporter"]["phone"] = json!("13900000002");
    town.post_keyed("desk", "/cases", "k1", other).await.problem(409, "idempotency_key_reused");
    assert_eq!(town.get("desk", "/cases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_report_is_said_by_field() {
    let town = Town::settled().await;
    for (field, value, code, named) in [
        ("area", json!("X"), "area_unknown", "area"),
        ("channel", json!("pigeon"), "channel_unknown", "channel"),
        ("photos", json!(["nothing"]), "photo_unknown", "photos"),
        ("reporter", json!({"name": "x", "phone": "12"}), "phone_malformed", "phone"),
        ("colour", json!("red"), "body_malformed", "colour"),
    ] {
        let mut body = report();
        body[field] = value;
        let problem = town.post("desk", "/cases", body).await.problem(400, code);
        assert_eq!(problem["errors"][0]["field"], named, "{problem}");
    }
}

#[tokio::test]
async fn a_case_goes_from_the_report_to_the_rating() {
    let town = Town::settled().await;
    let filed = town.post("desk", "/cases", report()).await.ok();
    let (case, code) = (filed["id"].as_str().unwrap(), filed["claim_code"].as_str().unwrap());
    town.command("cadre1", case, json!({"command": "accept"})).await.ok();
    town.command("cadre1", case, json!({"command": "start"})).await.ok();
    let photo = town.photo("cadre1", 30).await;
    let done = json!({"command": "propose_done", "outcome": "solved", "text": "已清运", "photos": [photo]});
    let view = town.command("cadre1", case, done).await.ok();
    assert_eq!(view["stage"]["code"], "proposed_done");
    assert_eq!(view["photos"][0]["when"], "after");

    let verify = json!({"command": "verify", "ok": true});
    town.command("cadre1", case, verify.clone()).await.problem(422, "checker_is_handler");
    let inbox = town.get("volunteer1", "/inbox").await.ok();
    assert_eq!(inbox["items"][0]["reason"], "to_verify");
    town.command("volunteer1", case, verify).await.ok();
    let answered =
        town.command("cadre1", case, json!({"command": "answer", "text": "垃圾已清运"})).await.ok();
    assert_eq!(answered["stage"]["code"], "answered");

    let rating = json!({"satisfied": "satisfied", "solved": true});
    let reply = town.post("", &format!("/public/reports/{code}/rating"), rating).await;
    assert!(reply.status.is_success(), "{reply:?}");
    let view = town.get("cadre1", &format!("/cases/{case}")).await.ok();
    assert_eq!(view["stage"]["code"], "closed");
    assert_eq!(view["ratings"][0]["satisfied"]["code"], "satisfied");
    let kinds: Vec<_> =
        view["timeline"].as_array().unwrap().iter().map(|t| t["kind"].as_str().unwrap()).collect();
    for kind in ["opened", "accepted", "started", "done_proposed", "verified_ok", "answered", "rated"] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
}

#[tokio::test]
async fn a_command_twice_under_one_key_happens_once_and_answers_the_same() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    let path = format!("/cases/{case}/commands");
    let accept = json!({"command": "accept", "version": town.version(&case).await});
    let first = town.post_keyed("cadre1", &path, "a", accept.clone()).await.ok();
    let again = town.post_keyed("cadre1", &path, "a", accept.clone()).await.ok();
    assert_eq!(first["version"], again["version"]);
    town.post("cadre1", &path, accept).await.problem(409, "stale");
}

#[tokio::test]
async fn two_at_once_one_wins_and_the_other_is_told() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    let path = format!("/cases/{case}/commands");
    let version = town.version(&case).await;
    let note = |text: &str| json!({"command": "note", "text": text, "version": version});
    let (one, two) =
        tokio::join!(town.post("cadre1", &path, note("一")), town.post("volunteer1", &path, note("二")));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn two_reports_of_one_matter_become_one_case_and_both_reporters_are_told() {
    let town = Town::settled().await;
    let first = town.post("desk", "/cases", report()).await.ok();
    let second = town.post("desk", "/cases", report()).await.ok();
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    let merge = |into: &str| json!({"command": "merge", "into": into, "reason": "同一堆垃圾"});
    town.command("cadre1", second, merge(second)).await.problem(400, "merge_target_wrong");
    let nobody = "00000000-0000-0000-0000-000000000001";
    town.command("cadre1", second, merge(nobody)).await.problem(400, "merge_target_wrong");
    let before = town.version(first).await;
    let merged = town.command("cadre1", second, merge(first)).await.ok();
    assert_eq!(merged["stage"]["code"], "merged", "{merged}");
    let target = town.get("cadre1", &format!("/cases/{first}")).await.ok();
    assert!(town.version(first).await > before, "the case that goes on has new facts");
    assert_eq!(target["reporters_count"], 2, "{target}");
    town.command("cadre1", second, merge(first)).await.is(422);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_reason() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    town.command("cadre1", &case, json!({"command": "answer", "text": "x"})).await.is(422);
    town.command("volunteer1", &case, json!({"command": "accept"})).await.problem(422, "not_owner");
    town.command("cadre1", &case, json!({"command": "close_silent"})).await.problem(400, "command_malformed");
    town.command("cadre1", &case, json!({"command": "fly"})).await.problem(400, "command_malformed");
    let note = json!({"command": "note", "text": "x", "photos": ["nothing"]});
    town.command("cadre1", &case, note).await.problem(400, "photo_unknown");
    let nobody = "00000000-0000-0000-0000-000000000001";
    town.get("cadre1", &format!("/cases/{nobody}")).await.problem(404, "not_found");
    town.get("cadre1", "/cases/no-id").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_may_be_done_next_comes_with_reasons_and_fields() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    let actions = |view: Value, code: &str| {
        view["available_actions"].as_array().unwrap().iter().find(|a| a["code"] == code).cloned()
    };
    let owner = actions(town.get("cadre1", &format!("/cases/{case}")).await.ok(), "accept").unwrap();
    assert_eq!(owner["enabled"], true);
    let other = actions(town.get("volunteer1", &format!("/cases/{case}")).await.ok(), "accept").unwrap();
    assert_eq!(other["enabled"], false);
    assert_eq!(other["reason"], "only the owner can do this");
    let reject = actions(town.get("cadre1", &format!("/cases/{case}")).await.ok(), "reject").unwrap();
    assert_eq!(reject["fields"][0]["required"], true);
}

#[tokio::test]
async fn lists_are_filtered_counted_and_paged_without_gaps() {
    let town = Town::settled().await;
    let mut filed = Vec::new();
    for n in 0..5 {
        let mut body = report();
        body["text"] = json!(format!("{n}号电梯坏了"));
        filed.push(town.post("desk", "/cases", body).await.ok()["id"].as_str().unwrap().to_owned());
        town.pass(Millis::minutes(1));
    }
    filed.reverse();
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = town.get("desk", &format!("/cases?limit=2{cursor}")).await.ok();
        read.extend(page["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(read, filed);
    let found = town.get("desk", "/cases?q=3%E5%8F%B7%E7%94%B5%E6%A2%AF").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let counts = town.get("desk", "/cases/counts").await.ok();
    assert_eq!((&counts["tabs"]["to_accept"], &counts["tabs"]["mine"]), (&json!(5), &json!(0)));
    assert_eq!(town.get("desk", "/cases?tab=mine").await.ok()["items"], json!([]));
    let problem = town.get("desk", "/cases?tab=lost").await.problem(400, "query_wrong");
    assert_eq!(problem["errors"][0]["field"], "tab");
    town.get("desk", "/cases?colour=red").await.problem(400, "query_malformed");
    town.get("desk", "/cases?area=X").await.problem(400, "query_wrong");
}

/// 生僻字 beyond the BMP, variation selectors, combining marks; and what only pretends to be a name.
#[tokio::test]
async fn names_with_rare_characters_are_kept_as_written_masked_whole_and_limited() {
    let town = Town::settled().await;
    let named = |name: &str| {
        let mut body = report();
        body["reporter"]["name"] = json!(name);
        body
    };
    let long = "𫖯".repeat(50);
    for (name, shown) in [
        ("𠮷田某", "𠮷**"),
        ("葛\u{e0101}某", "葛\u{e0101}*"),
        ("e\u{301}lan", "e\u{301}***"),
        ("  甄  ", "甄*"),
        (long.as_str(), "𫖯***"),
    ] {
        let filed = town.post("desk", "/cases", named(name)).await.ok();
        let id: CaseId = filed["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(town.store.reporters(id).await.unwrap()[0].name, name.trim(), "as it was written");
        let view = town.get("desk", &format!("/cases/{id}")).await.ok();
        assert_eq!(view["reporters"][0]["name"], shown);
    }
    for (name, code) in [
        ("𫖯".repeat(51), "name_too_long"),
        ("\u{202e}某甄".to_owned(), "name_malformed"),
        ("甄\u{0}某".to_owned(), "name_malformed"),
    ] {
        let problem = town.post("desk", "/cases", named(&name)).await.problem(400, code);
        assert_eq!(problem["errors"][0]["field"], "reporter.name");
    }
}

#[tokio::test]
async fn the_export_has_the_same_rows_and_nothing_that_runs() {
    let town = Town::settled().await;
    let mut body = report();
    body["text"] = json!("=HYPERLINK(\"http://x\")");
    town.post("desk", "/cases", body).await.ok();
    town.case_at("2").await;
    let reply = town.get("cadre1", "/cases/export.xlsx").await.is(200);
    assert!(reply.headers["content-disposition"].to_str().unwrap().contains("cases.xlsx"));
    let table = linli_sheet::read::table(&reply.bytes).unwrap();
    assert_eq!(table.rows.len(), 1, "the other committee's case is not in it");
    assert!(table.rows[0].cells.iter().any(|c| c.starts_with("'=HYPERLINK")), "{:?}", table.rows[0]);
}

#[tokio::test]
async fn the_print_names_who_printed_it_and_neither_reporters_nor_numbers() {
    let town = Town::settled().await;
    let mut body = report();
    body["text"] = json!("<script>alert(1)</script>");
    let filed = town.post("desk", "/cases", body).await.ok();
    let reply = town.get("cadre1", &format!("/cases/{}/print", filed["id"].as_str().unwrap())).await.is(200);
    let page = String::from_utf8(reply.bytes).unwrap();
    assert!(page.contains("cadre1 某 · 2026-11-23"), "{page}");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
    assert!(!page.contains("甄某某") && !page.contains("1390000"));
    assert_eq!(town.store.looks(&PageAsk::first(10)).await.unwrap().items.len(), 0, "no number was shown");
}

/// SV2
#[tokio::test]
async fn the_owner_sees_the_number_to_call_and_each_showing_is_in_the_access_log() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    let view = town.get("cadre1", &format!("/cases/{case}")).await.ok();
    assert_eq!(view["contact"]["phone"], "13900000001");
    assert!(town.get("volunteer1", &format!("/cases/{case}")).await.ok()["contact"].is_null());
    let looks = town.store.looks(&PageAsk::first(10)).await.unwrap().items;
    assert_eq!(looks.len(), 1);
    assert_eq!((looks[0].look.user, looks[0].look.role.as_str()), (user("cadre1"), "cadre"));
}

#[tokio::test]
async fn a_finding_opens_a_case_whose_evidence_shows_days_and_no_minutes() {
    let town = Town::settled().await;
    let finding = town.finding_at("1").await;
    let opening = Opening {
        id: CaseId(uuid::Uuid::from_u128(7)),
        number: "S-1".into(),
        class: finding.case_class.clone(),
        title: "独居老人多日未出门".into(),
        text: String::new(),
        place: "1村41号302室".into(),
        area: AreaId::new("H1"),
        lon: None,
        lat: None,
        severity: Some(finding.severity),
        origin: Origin::Finding { finding: finding.id, rule: finding.rule.clone() },
        subject: Some(finding.subject.clone()),
        reporters: vec![],
        photos: vec![],
    };
    let beside = vec![Change::FindingSet { finding: Box::new(finding.clone()), case: Some(opening.id) }];
    let mut events = town.state.events.listen();
    open_case(&town.state, &opening, &linli_casework::ActorKind::System, beside, None).await.unwrap();
    assert!(matches!(events.try_recv().unwrap(), PageEvent::Case { .. }));
    assert!(matches!(events.try_recv().unwrap(), PageEvent::Notice { user: u, .. } if u == user("cadre1")));

    let view = town.get("cadre1", &format!("/cases/{}", opening.id)).await.ok();
    assert_eq!(view["evidence"]["by_day"], true);
    assert_eq!(view["evidence"]["readings"][0]["at"], "2026-11-20");
    let found = town.get("cadre1", &format!("/findings/{}", finding.id)).await.ok();
    assert_eq!(found["case_id"], opening.id.to_string());
    assert_eq!(found["evidence"]["deadline"], "2026-11-23");
    town.get("cadre1", "/findings/00000000-0000-0000-0000-000000000001").await.problem(404, "not_found");

    // With the case, the cadre may open the record of who lives there; the colleague next door may not.
    let open = json!({"purpose": "care_visit", "case_id": opening.id.to_string()});
    let path = format!("/persons/{}/open", person("1"));
    let record = town.post("cadre1", &path, open.clone()).await.ok();
    assert_eq!(record["contact_phone"], "13900000009");
    town.post("cadre2", &path, open).await.problem(404, "not_found");
}

#[tokio::test]
async fn notices_are_ones_own_and_are_seen_once() {
    let town = Town::settled().await;
    let case = town.case_at("1").await;
    town.command("cadre1", &case, json!({"command": "accept"})).await.ok();
    town.command("cadre1", &case, json!({"command": "pass_up", "reason": "需协调"})).await.ok();
    let inbox = town.get("grid", "/inbox").await.ok();
    let notice = inbox["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(inbox["items"][0]["seen_at"].is_null());
    assert_eq!(town.get("grid", "/session").await.ok()["unseen_notices"], 1);

    town.post("cadre2", &format!("/inbox/{notice}/seen"), Value::Null).await.is(204);
    assert!(
        town.get("grid", "/inbox").await.ok()["items"][0]["seen_at"].is_null(),
        "not somebody else's to see"
    );
    for _ in 0..2 {
        town.post("grid", &format!("/inbox/{notice}/seen"), Value::Null).await.is(204);
    }
    assert_eq!(town.get("grid", "/session").await.ok()["unseen_notices"], 0);
    town.post("grid", "/inbox/seen", Value::Null).await.is(204);
    town.post("grid", "/inbox/no-id/seen", Value::Null).await.problem(404, "not_found");
}
