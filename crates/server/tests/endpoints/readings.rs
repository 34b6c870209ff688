//! Readings over HTTP: credentials, packing, limits.

use crate::town::Town;
use http::header;
use serde_json::Value;

async fn spoken_for(town: &Town) -> String {
    let made = town.post("devices1", "/devices/door-1/credential", Value::Null).await.ok();
    town.renew().await;
    made["secret"].as_str().unwrap().to_owned()
}

fn rows(town: &Town, device: &str, n: u32) -> String {
    let row = |i| {
        format!(
            r#"{{"id":"{i}","device":"{device}","observed_at":"{}","measure":"door_open","value":true}}"#,
            town.state.now()
        )
    };
    (0..n).map(row).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn good_rows_are_durable_and_bad_ones_come_back_with_their_number() {
    let town = Town::settled().await;
    let secret = spoken_for(&town).await;
    let body = format!("{}\nnot json\n{}", rows(&town, "door-1", 2), rows(&town, "door-2", 1));
    let receipt = town.readings("door-1", &secret, body.as_bytes()).await.ok();
    assert_eq!((&receipt["accepted"], &receipt["quarantined"]), (&2.into(), &2.into()));
    let told: Vec<_> = receipt["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["row"].as_u64().unwrap(), r["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(3, "malformed"), (4, "foreign_device")]);
    assert_eq!(town.logged().await.len(), 1, "one message, one entry");
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_nothing_is_kept() {
    let town = Town::settled().await;
    let secret = spoken_for(&town).await;
    let body = rows(&town, "door-1", 1);
    town.readings("door-1", "guessed", body.as_bytes()).await.problem(401, "signed_out");
    town.readings("door-2", &secret, body.as_bytes()).await.problem(401, "signed_out");
    // A person's session is no device.
    let request = town.request("devices1", "POST", "/readings", "application/x-ndjson", body.into_bytes());
    town.send(request).await.problem(401, "signed_out");
    assert!(town.logged().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_refused_whole() {
    let town = Town::settled().await;
    let secret = spoken_for(&town).await;
    for (encoding, body, status) in [("gzip", &b"\x1f\x8b\x08\x00cut"[..], 400), ("br", b"{}", 400)] {
        let mut request = town.request("", "POST", "/readings", "", body.to_vec());
        let bearer = format!("Bearer door-1.{secret}");
        request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        request.headers_mut().insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
        town.send(request).await.is(status);
    }
    let large = vec![b' '; 100 << 20];
    town.readings("door-1", &secret, &large).await.problem(413, "body_too_large");
    assert!(town.logged().await.is_empty());
}

/// IK1
#[tokio::test]
async fn a_log_that_cannot_write_acknowledges_nothing() {
    let town = Town::settled().await;
    let secret = spoken_for(&town).await;
    town.log.break_down("no space left");
    let reply = town.readings("door-1", &secret, rows(&town, "door-1", 1).as_bytes()).await;
    assert!(reply.status.is_server_error(), "{reply:?}");
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
}
