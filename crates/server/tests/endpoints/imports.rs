//! Tables in, every row back.

use crate::town::Town;
use linli_store::PageAsk;
use serde_json::json;

async fn send(town: &Town, login: &str, kind: &str, csv: &str) -> serde_json::Value {
    town.upload(login, &format!("/imports/{kind}"), "t.csv", csv.as_bytes()).await.ok()
}

#[tokio::test]
async fn good_rows_go_in_and_bad_ones_come_back_with_their_reasons() {
    let town = Town::settled().await;
    let csv = "级别,名称,编码,上级编码\n楼,2号楼,B9,E1\n楼,3号楼,B10,nowhere\n";
    let tried = town.upload("admin", "/imports/areas?dry_run=true", "t.csv", csv.as_bytes()).await.ok();
    assert_eq!((&tried["taken"], &tried["refused"]), (&json!(1), &json!(1)));
    assert!(!town.get("admin", "/areas").await.ok().to_string().contains("B9"), "a trial changes nothing");

    let result = send(&town, "admin", "areas", csv).await;
    assert_eq!(result["rows"][0]["row"], 3);
    assert!(town.get("admin", "/areas").await.ok().to_string().contains("B9"));
    let url = result["errors_url"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let back = town.get("admin", &url).await.is(200);
    let table = linli_sheet::read::table(&back.bytes).unwrap();
    assert_eq!((table.rows.len(), table.rows[0].cells[1].as_str()), (1, "3号楼"));
    town.get("admin", "/imports/errors/nothing").await.problem(404, "not_found");
}

/// IM1
#[tokio::test]
async fn the_same_table_twice_is_the_same_people_users_and_devices() {
    let town = Town::settled().await;
    let people = "姓名,户编码,电话,独居老人,同意日期\n张某,H1,13900000003,是,2026-11-01\n";
    let users = "账号,姓名,角色,区域\nwang,王某,居委干部,R1\n";
    for _ in 0..2 {
        assert_eq!(send(&town, "cadre1", "people", people).await["taken"], 1);
        assert_eq!(send(&town, "admin", "users", users).await["taken"], 1);
    }
    let found = town.get("cadre1", "/persons").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 2, "the one that was there, and 张某 once");
    let joined = town.store.registry_after(0, 100).await.unwrap();
    assert_eq!(joined.len(), 1, "{joined:?}");
    let listed = town.get("admin", "/users").await.ok();
    let wang = listed.as_array().unwrap().iter().find(|u| u["login"] == "wang").unwrap();
    assert_eq!(wang["posts"].as_array().unwrap().len(), 1);
    assert_eq!(town.store.looks(&PageAsk::first(5)).await.unwrap().items.len(), 0);
}

#[tokio::test]
async fn who_leaves_the_list_of_elders_living_alone_leaves_the_population() {
    let town = Town::settled().await;
    let row = |alone: &str| format!("姓名,户编码,独居老人,同意日期\n张某,H1,{alone},2026-11-01\n");
    send(&town, "cadre1", "people", &row("是")).await;
    send(&town, "cadre1", "people", &row("否")).await;
    let changes = town.store.registry_after(0, 100).await.unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|c| serde_json::to_value(&c.change).unwrap().as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!(kinds, ["member_joined", "member_left"]);
}

/// IM2
#[tokio::test]
async fn nothing_is_taken_over_from_another_area() {
    let town = Town::settled().await;
    let devices = "设备编号,类别,名称,区域,来源,测量项,用途\ndoor-2,门磁,x,H1,gw,door_open,关爱\n";
    let taken = send(&town, "devices1", "devices", devices).await;
    assert_eq!(taken["rows"][0]["problems"][0]["code"], "exists_elsewhere", "{taken}");
    let people = "姓名,户编码\n张某,H2\n";
    let refused = send(&town, "cadre1", "people", people).await;
    assert_eq!(refused["rows"][0]["problems"][0]["code"], "out_of_area");
    let moved = "级别,名称,编码,上级编码\n小区,1村,E1,R2\n";
    assert_eq!(send(&town, "admin", "areas", moved).await["rows"][0]["problems"][0]["code"], "area_moved");
}

#[tokio::test]
async fn first_passwords_are_shown_once_and_open_a_session() {
    let town = Town::settled().await;
    let result = send(&town, "admin", "users", "账号,姓名,角色,区域\nwang,王某,居委干部,R1\n").await;
    let first = &result["passwords"][0];
    let body = json!({"name": first["login"], "password": first["password"]});
    town.post("", "/session", body).await.is(200);
}

#[tokio::test]
async fn what_is_no_table_and_what_is_no_kind_is_said() {
    let town = Town::settled().await;
    town.upload("admin", "/imports/cats", "t.csv", b"x").await.problem(404, "not_found");
    let problem =
        town.upload("admin", "/imports/areas", "t.csv", "颜色\n红\n".as_bytes()).await.is(400).json();
    assert!(!problem["errors"].as_array().unwrap().is_empty(), "{problem}");
    let template = town.get("admin", "/imports/people/template.xlsx").await.is(200);
    assert!(template.bytes.starts_with(b"PK"));
    town.get("admin", "/imports/cats/template.xlsx").await.problem(404, "not_found");
}
