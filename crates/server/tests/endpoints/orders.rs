//! Orders of the city's hotline, filed by the desk.

use crate::town::Town;
use serde_json::{Value, json};

fn order(number: &str) -> Value {
    json!({ "class": "environment.waste", "area": "D1", "channel": "hotline_12345",
            "text": "【工单】 市民反映楼下垃圾满溢 【请3日内处理】",
            "reporter": {"name": "甄某某", "phone": "139 0000 0001"},
            "order": {"number": number, "received_at": "2026-11-20T15:00:00+08:00", "kind": "hotline.complaint"} })
}

#[tokio::test]
async fn an_order_becomes_a_case_with_its_number_its_limits_and_a_first_contact() {
    let town = Town::settled().await;
    let filed = town.post("desk", "/cases", order("20261120-0017")).await.ok();
    assert!(filed["claim_code"].is_null(), "who called the hotline is not here to take a code: {filed}");
    let view = town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok();
    assert_eq!(view["title"], "市民反映楼下垃圾满溢");
    assert_eq!(view["class"]["code"], "environment.waste");
    assert_eq!(view["order"]["number"], "20261120-0017");
    assert_eq!(view["order"]["kind"]["code"], "hotline.complaint");
    assert_eq!(view["origin"]["code"], "hotline_12345");
    let due = |kind: &str| {
        let promise = view["promises"].as_array().unwrap().iter().find(|p| p["kind"] == kind);
        promise.unwrap_or_else(|| panic!("no {kind}: {view}"))["due_at"].as_str().unwrap().to_owned()
    };
    // One working day and five, since Friday afternoon.
    assert_eq!(due("first_contact"), "2026-11-23T09:30:00.000Z");
    assert_eq!(due("complete"), "2026-11-27T09:30:00.000Z");
    let found = town.get("desk", "/cases?q=20261120-0017").await.ok();
    assert_eq!(found["items"][0]["id"], filed["id"], "{found}");
    let paper = town.get("desk", &format!("/cases/{}/print", filed["id"].as_str().unwrap())).await;
    assert!(String::from_utf8_lossy(&paper.bytes).contains("20261120-0017"));
}

#[tokio::test]
async fn an_order_is_filed_once_however_its_number_is_written() {
    let town = Town::settled().await;
    let first = town.post_keyed("desk", "/cases", "k1", order("20261120-0017")).await.ok();
    let again = town.post_keyed("desk", "/cases", "k1", order("20261120-0017")).await.ok();
    assert_eq!(first["id"], again["id"], "the same request again has the same answer");
    for number in ["20261120-0017", " 20261120－0017 "] {
        let refused = town.post("desk", "/cases", order(number)).await.problem(409, "order_filed_already");
        let number = first["number"].as_str().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains(number), "{refused}");
    }
    town.post("desk", "/cases", order("20261120-0018")).await.ok();
    assert_eq!(town.get("desk", "/cases").await.ok()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn of_two_who_file_one_order_at_once_one_does() {
    let town = Town::settled().await;
    let both = tokio::join!(
        town.post("desk", "/cases", order("20261120-0019")),
        town.post("desk", "/cases", order("20261120-0019"))
    );
    let mut codes = [both.0.status.as_u16(), both.1.status.as_u16()];
    codes.sort();
    assert_eq!(codes, [200, 409]);
    assert_eq!(town.get("desk", "/cases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_said_by_field() {
    let town = Town::settled().await;
    let with = |field: &str, value: &str| {
        let mut body = order("20261120-0017");
        body["order"][field] = json!(value);
        body
    };
    let mut without = order("1");
    without.as_object_mut().unwrap().remove("order");
    let mut elsewhere = order("20261120-0017");
    elsewhere["channel"] = json!("phone");
    for (body, code, field) in [
        (with("number", "十七"), "order_number_malformed", "order.number"),
        (with("kind", "environment.waste"), "order_kind_unknown", "order.kind"),
        (with("received_at", "yesterday"), "order_time_malformed", "order.received_at"),
        (with("received_at", "2026-01-01T00:00:00+08:00"), "order_time_out_of_range", "order.received_at"),
        (without, "order_missing", "order"),
        (elsewhere, "order_unexpected", "order"),
    ] {
        let problem = town.post("desk", "/cases", body).await.problem(400, code);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert!(town.get("desk", "/cases").await.ok()["items"].as_array().unwrap().is_empty());
    // Nobody joins a case with an order: it has limits of its own.
    let filed = town.post("desk", "/cases", order("20261120-0020")).await.ok();
    let join = json!({"channel": "hotline_12345", "text": "又来一单", "reporter": {"name": "", "phone": ""}});
    let path = format!("/cases/{}/join", filed["id"].as_str().unwrap());
    town.post("desk", &path, join).await.problem(400, "channel_unknown");
}

#[tokio::test]
async fn an_order_that_names_nothing_of_ours_is_of_its_kind_and_its_caller_is_called() {
    let town = Town::settled().await;
    let mut body = order("20261120-0021");
    body["class"] = json!("");
    body.as_object_mut().unwrap().remove("reporter");
    let filed = town.post("desk", "/cases", body).await.ok();
    let view = town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok();
    assert_eq!(view["class"]["code"], "hotline.complaint");
    assert_eq!(view["reporters_count"], 1, "{view}");
}
