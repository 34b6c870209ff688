//! What is open by building, and that the list holds the same.

use crate::town::Town;
use linli_model::Millis;
use serde_json::{Value, json};

/// `area whole open`, a line each.
fn told(map: &Value) -> String {
    let one = |c: &Value| format!("{} {} {}", c["area"]["code"].as_str().unwrap(), c["whole"], c["open"]);
    map["clusters"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join("\n")
}

async fn file(town: &Town, area: &str) -> String {
    let body = json!({ "class": "environment.waste", "text": "垃圾满溢", "area": area, "channel": "window" });
    town.post("desk", "/cases", body).await.ok()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn open_cases_stand_at_their_building_or_at_their_area_and_the_list_of_each_is_as_long() {
    let town = Town::settled().await;
    for area in ["D1", "D1", "B1", "E1", "R2"] {
        file(&town, area).await;
    }
    let done = file(&town, "D1").await;
    town.command("cadre1", &done, json!({"command": "reject", "reason": "重复登记"})).await;
    let map = town.get("desk", "/map/clusters").await.ok();
    assert_eq!(told(&map), "E1 false 1\nB1 true 3\nR2 false 1");
    assert_eq!(map["open"], json!(5));
    assert_eq!(map["clusters"][1]["to_accept"], json!(3));
    assert_eq!(map["clusters"][1]["worst"]["code"], "attention");
    for cluster in map["clusters"].as_array().unwrap() {
        let place = if cluster["whole"] == true { "area" } else { "at" };
        let code = cluster["area"]["code"].as_str().unwrap();
        let list = town.get("desk", &format!("/cases?open=true&{place}={code}")).await.ok();
        assert_eq!(json!(list["items"].as_array().unwrap().len()), cluster["open"], "{code}");
    }
    let inside = town.get("desk", "/map/clusters?area=B1").await.ok();
    assert_eq!(told(&inside), "B1 false 1\nD1 true 2");
}

#[tokio::test]
async fn the_map_takes_the_filter_of_the_list() {
    let town = Town::settled().await;
    let case = file(&town, "D1").await;
    file(&town, "E1").await;
    town.command("cadre1", &case, json!({"command": "accept"})).await.ok();
    assert_eq!(told(&town.get("desk", "/map/clusters?tab=to_accept").await.ok()), "E1 false 1");
    assert_eq!(told(&town.get("cadre1", "/map/clusters?tab=mine&stage=accepted").await.ok()), "B1 true 1");
    assert_eq!(told(&town.get("desk", "/map/clusters?area=R2").await.ok()), "");
    town.pass(Millis::days(60));
    let late = town.get("desk", "/map/clusters?area=D1").await.ok();
    assert_eq!(late["clusters"][0]["overdue"], json!(1));
    let problem = town.get("desk", "/map/clusters?at=X").await.problem(400, "query_wrong");
    assert_eq!(problem["errors"][0]["field"], "at");
}
