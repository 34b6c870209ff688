//! Who is on duty when: seen, set, and what follows for who is given a case.

use crate::town::{Town, id};
use linli_model::{Millis, PostId};
use serde_json::{Value, json};

fn duty_of(login: &str) -> String {
    format!("/posts/{}/duty", id::<PostId>(login))
}

/// Monday to Friday by the calendar, from eight to six.
fn by_day(version: u32) -> Value {
    json!({ "version": version, "hours": [{ "days": "working_days", "from": "08:00", "to": "18:00" }] })
}

async fn file(town: &Town) -> Value {
    let body = json!({ "class": "facility.public", "text": "x", "area": "D1", "channel": "window" });
    let filed = town.post("desk", "/cases", body).await.ok();
    town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok()
}

fn row<'a>(week: &'a Value, name: &str) -> &'a Value {
    week["posts"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap()
}

fn spans(of: &Value) -> Vec<(&str, &str)> {
    let spans = of["spans"].as_array().unwrap().iter();
    spans.map(|s| (s["from"].as_str().unwrap(), s["to"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn after_hours_a_case_goes_one_level_up_and_says_why() {
    let town = Town::settled().await;
    let set = town.post("desk", &duty_of("cadre1"), by_day(0)).await.ok();
    assert_eq!((&set["version"], &set["set_by"]), (&json!(1), &json!("desk 某")));
    assert_eq!(file(&town).await["owner"]["name"], "cadre1 某", "Monday at nine");
    town.pass(Millis::hours(10));
    let late = file(&town).await;
    assert_eq!(late["owner"]["name"], "grid 某");
    let why = late["routing"].as_str().unwrap();
    assert!(why.contains("no post of the class's own roles is on duty"), "{why}");
    town.pass(Millis::hours(14));
    assert_eq!(file(&town).await["owner"]["name"], "cadre1 某", "Tuesday at nine");
}

#[tokio::test]
async fn who_is_away_is_given_nothing_until_back() {
    let town = Town::settled().await;
    let away = json!([{ "from": "2026-11-23T08:00:00+08:00", "until": "2026-11-25T08:00:00+08:00" }]);
    town.post("cadre1", &duty_of("cadre1"), json!({ "version": 0, "away": away })).await.ok();
    assert_eq!(file(&town).await["owner"]["name"], "grid 某");
    let week = town.get("cadre1", "/duty?area=R1").await.ok();
    let cadre = row(&week, "cadre1 某");
    assert_eq!((&cadre["is_on_now"], &cadre["always"]), (&json!(false), &json!(true)));
    town.pass(Millis::days(2));
    assert_eq!(file(&town).await["owner"]["name"], "cadre1 某");
}

#[tokio::test]
async fn the_week_shows_who_is_there_and_when_nobody_is() {
    let town = Town::settled().await;
    town.post("desk", &duty_of("cadre1"), by_day(0)).await.ok();
    let week = town.get("desk", "/duty?area=S&from=2026-11-27").await.ok();
    let days: Vec<_> = week["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["date"].as_str().unwrap(), d["is_rest"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        (days[0], days[1], days[3]),
        (("2026-11-27", false), ("2026-11-28", true), ("2026-11-30", false))
    );
    let friday_and_monday = [
        ("2026-11-27T00:00:00.000Z", "2026-11-27T10:00:00.000Z"),
        ("2026-11-30T00:00:00.000Z", "2026-11-30T10:00:00.000Z"),
    ];
    assert_eq!(spans(row(&week, "cadre1 某"))[..2], friday_and_monday);
    assert_eq!(row(&week, "desk 某")["always"], true);
    let gaps = week["uncovered"].as_array().unwrap();
    let areas: Vec<_> = gaps.iter().map(|g| g["area"]["code"].as_str().unwrap()).collect();
    assert_eq!(areas, ["R1"], "grid, desk and the other area are always there");
    assert_eq!(
        spans(&gaps[0])[1],
        ("2026-11-27T10:00:00.000Z", "2026-11-30T00:00:00.000Z"),
        "over the weekend"
    );
    // This week's Monday, where nothing was asked for.
    assert_eq!(town.get("desk", "/duty?area=R1").await.ok()["days"][0]["date"], "2026-11-23");
    town.get("desk", "/duty?area=R1&from=gestern").await.problem(400, "day_malformed");
    town.get("desk", "/duty?area=nowhere").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_level_without_posts_is_no_gap_and_the_level_above_that_takes_its_cases_is_named() {
    let town = Town::settled().await;
    let places = "编码,级别,名称,上级编码\nG2,网格,第二网格,S\nR3,居民区,第3居民区,G\nR4,居民区,第4居民区,G2\nR5,居民区,第5居民区,G2\n";
    town.upload("admin", "/imports/areas", "t.csv", places.as_bytes()).await.ok();
    let week = town.get("desk", "/duty?area=S").await.ok();
    assert_eq!(week["uncovered"], json!([]));
    let line = |none: &Value| {
        let areas: Vec<_> =
            none["areas"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap()).collect();
        let by = &none["taken_by"];
        format!(
            "{} {}: {} {}",
            none["level"]["code"].as_str().unwrap(),
            areas.join(" "),
            by["area"]["code"].as_str().unwrap(),
            by["level"]["code"].as_str().unwrap()
        )
    };
    let told: Vec<_> = week["without_posts"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(
        told,
        ["grid G2: S street", "residential_area R3: G grid", "residential_area R4 R5: S street"]
    );
    let body = json!({ "class": "facility.public", "text": "x", "area": "R4", "channel": "window" });
    let filed = town.post("desk", "/cases", body).await.ok();
    let case = town.get("desk", &format!("/cases/{}", filed["id"].as_str().unwrap())).await.ok();
    assert_eq!(case["owner"]["area"]["code"], "S", "as the page says");
    assert_eq!(town.get("desk", "/duty?area=R1").await.ok()["without_posts"], json!([]));
}

#[tokio::test]
async fn of_two_who_set_the_same_duty_the_second_is_told() {
    let town = Town::settled().await;
    town.post("desk", &duty_of("cadre1"), by_day(0)).await.ok();
    town.post("cadre1", &duty_of("cadre1"), by_day(0)).await.problem(409, "stale");
    let again = town.post("cadre1", &duty_of("cadre1"), by_day(1)).await.ok();
    assert_eq!(again["version"], 2);
}

#[tokio::test]
async fn every_mistake_of_a_duty_is_named_at_once() {
    let town = Town::settled().await;
    let wrong = json!({
        "version": 0,
        "hours": [{ "days": "someday", "from": "08:00", "to": "25:00" }, { "days": "mon", "from": "08:00", "to": "late" }],
        "turns": [{ "date": "2026-02-30", "from": "08:00", "to": "12:00" }],
        "away": [{ "from": "tomorrow", "until": "2026-11-25T08:00:00+08:00" }],
    });
    let problem = town.post("desk", &duty_of("cadre1"), wrong).await.is(400).json();
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["hours.0.days", "hours.0.to", "hours.1.to", "turns.0.date", "away.0.from"]);
    assert_eq!(
        town.get("desk", "/duty?area=R1").await.ok()["posts"][0]["set"]["version"],
        0,
        "nothing was kept"
    );
}
