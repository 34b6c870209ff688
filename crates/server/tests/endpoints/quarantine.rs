//! Rows that wait for a person.

use crate::town::Town;
use serde_json::json;

fn right(town: &Town, device: &str) -> String {
    json!({"id": "7", "device": device, "observed_at": town.state.now().to_string(), "measure": "door_open", "value": true}).to_string()
}

#[tokio::test]
async fn a_corrected_row_reaches_the_log_and_leaves_quarantine_once() {
    let town = Town::settled().await;
    town.quarantine("q1", "gw-door-1", r#"{"device":"door-1","value":"?"}"#).await;
    let list = town.get("devices1", "/quarantine").await.ok();
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["reason"]), (&json!("q1"), &json!("malformed")));

    let receipt =
        town.post("devices1", "/quarantine/q1/resubmit", json!({"row": right(&town, "door-1")})).await.ok();
    assert_eq!((&receipt["accepted"], &receipt["quarantined"]), (&json!(1), &json!(0)));
    assert_eq!(town.logged().await.len(), 1);
    let again =
        town.post("devices1", "/quarantine/q1/resubmit", json!({"row": right(&town, "door-1")})).await;
    again.problem(404, "not_found");
    assert_eq!(town.logged().await.len(), 1);
    assert_eq!(town.get("devices1", "/quarantine").await.ok()["items"], json!([]));
}

/// QR2
#[tokio::test]
async fn a_row_that_is_still_wrong_is_kept_nowhere_a_second_time() {
    let town = Town::settled().await;
    town.quarantine("q1", "gw-door-1", r#"{"device":"door-1"}"#).await;
    let path = "/quarantine/q1/resubmit";
    for row in [
        right(&town, "no-such-device"),
        right(&town, "door-1").replace("door_open", "steam"),
        format!("{}\n{}", right(&town, "door-1"), right(&town, "door-1")),
        format!("[{}]", right(&town, "door-1")),
        "{".to_owned(),
    ] {
        let reply = town.post("devices1", path, json!({"row": row})).await;
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{row}: {reply:?}");
    }
    town.post("devices1", path, json!({"row": right(&town, "door-2")})).await.problem(403, "forbidden");
    assert_eq!(town.logged().await.len(), 0);
    assert_eq!(town.get("devices1", "/quarantine").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_row_is_discarded_with_a_reason() {
    let town = Town::settled().await;
    town.quarantine("q1", "gw-door-1", r#"{"device":"door-1"}"#).await;
    let path = "/quarantine/q1/discard";
    town.post("devices1", path, json!({"reason": " "})).await.problem(422, "reason_missing");
    town.post("devices1", path, json!({"reason": "测试数据"})).await.is(204);
    town.post("devices1", path, json!({"reason": "测试数据"})).await.problem(404, "not_found");
}

/// QR1
#[tokio::test]
async fn a_row_is_seen_by_who_keeps_its_device_else_its_source_else_everything() {
    let town = Town::settled().await;
    town.quarantine("by-device", "gw-elsewhere", r#"{"device":"door-2"}"#).await;
    town.quarantine("by-source", "gw-door-1", "{").await;
    town.quarantine("by-nobody", "gw-unknown", r#"{"device":"ghost"}"#).await;
    for (login, expected) in [
        ("devices1", vec!["by-source"]),
        ("devices2", vec!["by-device"]),
        ("desk", vec!["by-source", "by-nobody", "by-device"]),
    ] {
        let list = town.get(login, "/quarantine").await.ok();
        let ids: Vec<_> =
            list["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{login}");
    }
    assert_eq!(town.get("desk", "/quarantine?reason=unknown_device").await.ok()["items"], json!([]));
}
