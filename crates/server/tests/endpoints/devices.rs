//! Devices, credentials, areas, rules.

use crate::town::{Town, device};
use linli_history::{HistoryRow, PositionRange};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, DeviceId, Instant, Measure, Millis, Reading, ReadingId,
    RegistryChange, SourceId, Value,
};
use linli_store::{Change, devices::DeviceSeen};
use serde_json::{Value as Json, json};

fn lamp() -> Json {
    json!({"id": "gate-1", "class": "gate_checkpoint", "name": "东门", "area": "E1", "source": "gw-9",
           "measures": ["door_open"], "purpose": "出入口计数", "silence_secs_max": 3600})
}

#[tokio::test]
async fn a_new_device_is_registered_once_and_enters_the_log_of_changes() {
    let town = Town::settled().await;
    let made = town.post("devices1", "/devices", lamp()).await.ok();
    assert_eq!(made["state"]["code"], "silent", "it has not spoken yet");
    town.post("devices1", "/devices", lamp()).await.problem(409, "device_exists");
    let changes = town.store.registry_after(0, 10).await.unwrap();
    assert!(
        matches!(&changes[..], [one] if matches!(&one.change, RegistryChange::DeviceSet(d) if d.id.as_str() == "gate-1"))
    );
}

#[tokio::test]
async fn every_mistake_in_a_device_is_told_at_once() {
    let town = Town::settled().await;
    let wrong = json!({"id": " ", "class": "teapot", "name": "", "area": "E1", "source": "s", "measures": ["steam"], "purpose": "", "subject": "x"});
    let problem = town.post("devices1", "/devices", wrong).await.problem(400, "device_wrong");
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["class", "id", "purpose", "measures", "subject"]);
    let mut nowhere = lamp();
    nowhere["area"] = json!("X");
    town.post("devices1", "/devices", nowhere).await.problem(400, "device_wrong");
}

#[tokio::test]
async fn silent_devices_come_first_and_the_rate_is_told_by_class() {
    let town = Town::settled().await;
    town.post("devices1", "/devices", lamp()).await.ok();
    let seen = DeviceSeen { device: DeviceId::new("door-1"), at: town.state.now(), battery_pct: Some(40.0) };
    town.commit(vec![Change::DevicesSeen(vec![seen])]).await;
    let list = town.get("devices1", "/devices").await.ok();
    let states: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["id"].as_str().unwrap(), d["state"]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("gate-1", "silent"), ("door-1", "online")]);
    let silent = town.get("devices1", "/devices?state=silent").await.ok();
    assert_eq!(silent["items"].as_array().unwrap().len(), 1);
    let summary = town.get("devices1", "/devices/summary").await.ok();
    let door = summary.as_array().unwrap().iter().find(|s| s["class"]["code"] == "door_magnet").unwrap();
    assert_eq!((&door["total"], &door["online"], &door["silent"]), (&json!(1), &json!(1), &json!(0)));
    // A wider area than one's own gives one's own; another's gives nothing.
    assert_eq!(town.get("devices1", "/devices?area=S").await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(town.get("devices1", "/devices?area=R2").await.ok()["items"], json!([]));
    town.get("devices1", "/devices?area=X").await.problem(400, "area_unknown");
}

fn opened(position: u64, device: &str, area: &str, at: Instant) -> HistoryRow {
    measured(position, device, area, at, "door_open")
}

fn measured(position: u64, device: &str, area: &str, at: Instant, measure: &str) -> HistoryRow {
    HistoryRow {
        position,
        source: SourceId::new("gw"),
        received_at: at,
        area: AreaId::new(area),
        reading: Reading {
            id: ReadingId::new(position.to_string()),
            device: DeviceId::new(device),
            observed_at: at,
            measure: Measure::new(measure),
            value: Value::Number(1.0),
            subject: None,
        },
        late: false,
        clamped: false,
    }
}

/// G13
#[tokio::test]
async fn a_device_in_a_home_shows_days_and_one_at_the_gate_shows_minutes() {
    let town = Town::settled().await;
    let gate = Area {
        id: AreaId::new("E1"),
        level: AreaLevel::Estate,
        name: "1村".into(),
        parent: Some(AreaId::new("R1")),
        path: AreaPath("S/G/R1/E1/".into()),
    };
    let mut at_the_gate = device("gate-1", &gate);
    at_the_gate.subject = None;
    town.commit(vec![Change::DeviceSet(Box::new(at_the_gate))]).await;
    let now = town.state.now();
    let rows = vec![
        opened(1, "door-1", "R1", now - Millis::hours(3)),
        opened(1, "door-1", "R1", now - Millis::hours(2)),
        measured(1, "gate-1", "R1", now - Millis::hours(1), "noise_db"),
        opened(1, "gate-1", "R1", now - Millis::hours(1)),
    ];
    town.state.history.add(PositionRange { from: 1, to: 1 }, rows).await.unwrap();
    let home = town.get("devices1", "/devices/door-1").await.ok();
    assert_eq!(home["by_day"], true);
    assert_eq!(home["series"][0]["points"], json!([{"at": "2026-11-23", "value": 2.0}]));
    let gate = town.get("devices1", "/devices/gate-1").await.ok();
    assert_eq!(gate["by_day"], false);
    let points = |measure: &str| {
        let all = gate["series"].as_array().unwrap();
        all.iter().find(|s| s["measure"] == measure).unwrap()["points"][0]["at"].clone()
    };
    assert_eq!(points("noise_db"), "2026-11-23T00:00:00.000Z");
    assert_eq!(points("door_open"), "2026-11-23", "what happens is counted by day");
    town.get("devices1", "/devices/none").await.problem(404, "not_found");
}

/// A registered silence, a learned one, none; and a clock that is slow.
#[tokio::test]
async fn a_device_shows_what_was_learned_of_it_and_since_when() {
    let town = Town::settled().await;
    let learned = |clock_offset_ms, silence_secs| Change::DeviceLearned {
        device: DeviceId::new("gate-1"),
        clock_offset_ms,
        silence_secs,
        since: Instant::from_millis(1_795_392_000_000),
    };
    let shown = || async { town.get("devices1", "/devices/gate-1").await.ok() };
    town.post("devices1", "/devices", lamp()).await.ok();
    town.commit(vec![learned(None, Some(7200))]).await;
    let registered = shown().await;
    assert_eq!(
        (&registered["silence_secs_max"], &registered["silence_from"]["code"]),
        (&json!(3600), &json!("registered"))
    );
    assert_eq!((&registered["silence_since"], &registered["clock_offset_ms"]), (&Json::Null, &Json::Null));

    let mut unwatched = lamp();
    (unwatched["id"], unwatched["silence_secs_max"]) = (json!("gate-2"), Json::Null);
    let made = town.post("devices1", "/devices", unwatched).await.ok();
    assert_eq!(made["state"]["code"], "unwatched");
    let nothing = town.get("devices1", "/devices/gate-2").await.ok();
    assert_eq!((&nothing["silence_secs_max"], &nothing["silence_from"]), (&Json::Null, &Json::Null));
    let of_2 = |change| match change {
        Change::DeviceLearned { clock_offset_ms, silence_secs, since, .. } => {
            Change::DeviceLearned { device: DeviceId::new("gate-2"), clock_offset_ms, silence_secs, since }
        }
        other => other,
    };
    town.commit(vec![of_2(learned(Some(-3_600_000), Some(7200)))]).await;
    let found = town.get("devices1", "/devices/gate-2").await.ok();
    assert_eq!(found["state"]["code"], "silent", "watched from now on, and never heard");
    assert_eq!(
        (&found["silence_secs_max"], &found["silence_from"]["code"]),
        (&json!(7200), &json!("learned"))
    );
    assert_eq!(
        (&found["silence_since"], &found["clock_since"]),
        (&json!("2026-11-23T00:00:00.000Z"), &json!("2026-11-23T00:00:00.000Z"))
    );
    assert_eq!(found["clock_offset_ms"], -3_600_000);
    town.commit(vec![of_2(learned(None, None))]).await;
    let found = town.get("devices1", "/devices/gate-2").await.ok();
    assert_eq!((&found["clock_offset_ms"], &found["clock_since"]), (&Json::Null, &Json::Null), "mended");
    assert_eq!(found["state"]["code"], "unwatched");
}

#[tokio::test]
async fn a_credential_speaks_for_its_device_and_a_new_one_ends_the_old() {
    let town = Town::settled().await;
    let made = town.post("devices1", "/devices/door-1/credential", Json::Null).await.ok();
    let old = made["secret"].as_str().unwrap().to_owned();
    town.renew().await;
    let row = format!(
        r#"{{"id":"1","device":"door-1","observed_at":"{}","measure":"door_open","value":true}}"#,
        town.state.now()
    );
    let receipt = town.readings("door-1", &old, row.as_bytes()).await.ok();
    assert_eq!(receipt["accepted"], 1);

    let renewed = town.post("devices1", "/devices/door-1/credential", Json::Null).await.ok();
    town.renew().await;
    assert_ne!(renewed["secret"], made["secret"]);
    town.readings("door-1", &old, row.as_bytes()).await.problem(401, "signed_out");
}

/// CD1, CD2
#[tokio::test]
async fn a_gateway_speaks_for_every_device_of_its_source_until_its_credential_is_taken() {
    let town = Town::settled().await;
    town.post("devices1", "/devices", lamp()).await.ok();
    let gateway = |name: &str, source: &str| json!({"name": name, "source": source});
    let made = town.post("devices1", "/credentials", gateway("box-9", "gw-9")).await.ok();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(made["mqtt_topic"], "linli/v1/gw-9/readings");
    town.renew().await;
    let row = |device: &str| {
        let at = town.state.now();
        format!(
            r#"{{"id":"{device}","device":"{device}","observed_at":"{at}","measure":"door_open","value":true}}"#
        )
    };
    let body = format!("{}\n{}", row("gate-1"), row("door-1"));
    let receipt = town.readings("box-9", secret, body.as_bytes()).await.ok();
    assert_eq!((&receipt["accepted"], &receipt["rows"][0]["reason"]), (&json!(1), &json!("foreign_device")));

    // A name is one source's, and no device's; a source with devices elsewhere is not one's own.
    town.post("devices1", "/credentials", gateway("door-1", "gw-9")).await.problem(409, "credential_exists");
    let problem =
        town.post("devices1", "/credentials", gateway("盒 子", "a/b")).await.problem(400, "credential_wrong");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    let listed = town.get("devices1", "/credentials").await.ok();
    assert_eq!(listed, json!([{"name": "box-9", "source": "gw-9", "device": null}]));
    assert_eq!(town.get("devices2", "/credentials").await.ok(), json!([]));
    town.delete("devices2", "/credentials/box-9").await.problem(404, "not_found");
    town.delete("devices1", "/credentials/box-9").await.is(204);
    town.renew().await;
    town.readings("box-9", secret, body.as_bytes()).await.problem(401, "signed_out");
}

#[tokio::test]
async fn the_tree_shows_what_is_mine_and_the_way_to_it() {
    let town = Town::settled().await;
    let ids = |list: Json| {
        list.as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(town.get("cadre1", "/areas").await.ok()), ["B1", "D1", "E1", "G", "R1", "S"]);
    assert_eq!(ids(town.get("cadre1", "/areas?down_to=estate").await.ok()), ["E1", "G", "R1", "S"]);
    assert_eq!(ids(town.get("cadre1", "/areas?within=D1&down_to=dwelling").await.ok()), ["D1", "H1"]);
}

#[tokio::test]
async fn the_map_has_the_shapes_of_the_area() {
    let town = Town::settled().await;
    let geometry = json!({"type": "Point", "coordinates": [121.4, 31.2]}).to_string();
    town.commit(vec![Change::AreaShape { area: AreaId::new("B1"), geometry }]).await;
    let map = town.get("cadre1", "/areas/E1/map").await.ok();
    assert_eq!(map["features"][0]["properties"]["id"], "B1");
    assert_eq!(map["features"][0]["geometry"]["coordinates"][0], 121.4);
    town.get("cadre1", "/areas/X/map").await.problem(404, "not_found");
}

#[tokio::test]
async fn rules_in_force_show_their_parameters_and_what_areas_changed() {
    let town = Town::settled().await;
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/elder/rules/elder_no_water.toml"
    ))
    .unwrap();
    let at = town.state.now();
    let registry = |change| Change::Registry { effective_at: at, change: Box::new(change) };
    let rule = "elder_no_water".to_owned();
    let set = RegistryChange::RuleSet { pack: "elder".into(), rule: rule.clone(), version: 1, text };
    let own = |area: &str, path: &str, value| RegistryChange::OverrideSet {
        rule: rule.clone(),
        area: AreaId::new(area),
        area_path: AreaPath(path.into()),
        parameter: "hours".into(),
        value,
        set_by: "cadre".into(),
    };
    let (one, two) = (own("R1", "S/G/R1/", 36.0), own("R2", "S/G/R2/", 48.0));
    town.commit(vec![registry(set), registry(one), registry(two)]).await;
    let rules = town.get("cadre1", "/rules").await.ok();
    assert_eq!(rules[0]["rule"], "elder_no_water");
    assert!(
        rules[0]["parameters"].as_array().unwrap().iter().any(|p| p["name"] == "hours" && p["max"] == 72.0)
    );
    assert_eq!(
        rules[0]["overrides"],
        json!([{"area": "R1", "parameter": "hours", "value": 36.0, "set_by": "cadre", "set_at": "2026-11-23T01:00:00.000Z"}])
    );
    town.commit(vec![registry(RegistryChange::RuleRemoved { rule: "elder_no_water".into() })]).await;
    assert_eq!(town.get("cadre1", "/rules").await.ok(), json!([]));
}
