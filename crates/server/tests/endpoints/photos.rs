//! Photos: in, out, and what is no photo.

use crate::town::{Town, picture};
use serde_json::json;

#[tokio::test]
async fn a_photo_is_seen_by_who_took_it_and_by_who_sees_a_case_that_uses_it() {
    let town = Town::settled().await;
    let photo = town.photo("cadre1", 10).await;
    let path = format!("/photos/{photo}");
    let reply = town.get("cadre1", &path).await.is(200);
    assert_eq!(reply.headers["content-type"], "image/jpeg");
    assert_eq!(&reply.bytes[..2], [0xff, 0xd8]);
    assert!(reply.headers["cache-control"].to_str().unwrap().starts_with("private"));
    town.get("volunteer1", &path).await.problem(404, "not_found");

    let case = town.case_at("1").await;
    town.get("volunteer1", &format!("{path}?case={case}")).await.problem(404, "not_found");
    let note = json!({"command": "note", "text": "现场", "photos": [photo]});
    let view = town.command("cadre1", &case, note).await.ok();
    let thumb = view["photos"][0]["thumb_url"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    town.get("volunteer1", &thumb).await.is(200);
    town.get("cadre2", &thumb).await.problem(404, "not_found");
}

/// Photos go by their content: the same picture may be taken in by two people for two cases.
#[tokio::test]
async fn the_same_picture_in_two_cases_is_seen_in_each() {
    let town = Town::settled().await;
    let (one, two) = (town.case_at("1").await, town.case_at("2").await);
    for (login, case) in [("cadre1", &one), ("cadre2", &two)] {
        let photo = town.photo(login, 55).await;
        let note = json!({"command": "note", "text": "现场", "photos": [photo]});
        town.command(login, case, note).await.ok();
    }
    let photo = town.photo("cadre1", 55).await;
    town.get("grid", &format!("/photos/{photo}?case={two}")).await.is(200);
    town.get("cadre2", &format!("/photos/{photo}?case={two}")).await.is(200);
    town.get("cadre2", &format!("/photos/{photo}?case={one}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_no_photo_is_refused_with_what_was_expected() {
    let town = Town::settled().await;
    let problem = town.upload("cadre1", "/photos", "p.jpg", b"not a picture").await.is(400).json();
    assert!(problem["errors"][0]["message"].as_str().unwrap().len() > 10, "{problem}");
    town.upload("cadre1", "/photos", "p.jpg", &vec![0xff; 22 << 20]).await.problem(413, "body_too_large");
    let empty = b"--X--\r\n".to_vec();
    let request = town.request("cadre1", "POST", "/photos", "multipart/form-data; boundary=X", empty);
    town.send(request).await.problem(400, "file_missing");
    town.get("cadre1", "/photos/ffff").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_photo_taken_in_twice_is_one() {
    let town = Town::settled().await;
    assert_eq!(town.photo("cadre1", 10).await, town.photo("cadre1", 10).await);
    assert_ne!(town.photo("cadre1", 10).await, town.photo("cadre1", 200).await);
    let thumb = format!("/photos/{}?size=thumb", town.photo("cadre1", 10).await);
    let small = town.get("cadre1", &thumb).await.is(200).bytes;
    assert!(!small.is_empty() && small.len() <= picture(10).len().max(4_096));
}
