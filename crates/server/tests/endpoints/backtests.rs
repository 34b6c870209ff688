//! A backtest while it runs, and how its difference is told.

use crate::{past::Shelf, rules::street};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const LOW: &str = "/rules/hydrant_low/backtests";
const FATES: [&str; 4] = ["same", "moved", "added", "removed"];

#[tokio::test]
async fn the_difference_by_area_and_week_comes_to_the_whole() {
    let town = street().await;
    let tried = town.post("desk", LOW, json!({"values": {"floor": 0.25}})).await.ok();
    let result = &tried["result"];
    let mut by_area: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for week in result["weeks"].as_array().unwrap() {
        let day: linli_model::LocalDay = week["week"].as_str().unwrap().parse().unwrap();
        assert_eq!(day.weekday().to_monday_zero_offset(), 0, "a week is called by its Monday: {week}");
        let counts = by_area.entry(week["area"]["code"].as_str().unwrap().to_owned()).or_default();
        for (sum, fate) in counts.iter_mut().zip(FATES) {
            *sum += week[fate].as_u64().unwrap();
        }
    }
    let each = BTreeMap::from([("E1".to_owned(), [2, 0, 2, 0]), ("E2".to_owned(), [2, 0, 2, 0])]);
    assert_eq!(by_area, each, "{result}");
    let whole = FATES.map(|fate| result[fate].as_u64().unwrap());
    assert_eq!(whole, [4, 0, 4, 0]);
    let weeks: Vec<&Json> = result["weeks"].as_array().unwrap().iter().map(|w| &w["week"]).collect();
    assert!(weeks.iter().any(|w| *w != weeks[0]), "what began in different weeks stands in different weeks");
}

/// RN1, RN2
#[tokio::test]
async fn a_backtest_that_runs_is_followed_and_stopped_by_who_began_it() {
    let town = street().await;
    town.history.put(Shelf::Shut);
    let run = town.post("cadre1", LOW, json!({})).await.ok();
    let path = format!("/backtests/{}", run["id"].as_str().unwrap());
    assert_eq!((&run["state"], &run["result"]), (&json!("running"), &Json::Null), "{run}");
    assert!(run["progress"].as_f64().unwrap() < 1.0, "{run}");
    town.delete("cadre2", &path).await.problem(404, "not_found");
    assert_eq!(town.get("cadre1", &path).await.ok()["state"], "running", "nobody else stopped it");
    assert_eq!(town.delete("cadre1", &path).await.ok()["state"], "cancelled");
    town.history.put(Shelf::Open);
    let after = town.get("cadre1", &path).await.ok();
    assert_eq!((&after["state"], &after["result"]), (&json!("cancelled"), &Json::Null), "and it stays so");
    let again = town.post("cadre1", LOW, json!({})).await.ok();
    assert_eq!((&again["state"], &again["progress"]), (&json!("done"), &json!(1.0)));
}
