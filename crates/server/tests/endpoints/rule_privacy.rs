//! PV1 to PV3: what a rule's past shows, whatever is asked with.

use crate::rules::street;
use linli_model::Millis;
use serde_json::{Value as Json, json};

/// The hydrants' rule, rewritten to listen at doors.
const LISTENS: &str = r#"
rule = "hydrant_low"
version = 2
name = { zh = "门", en = "Doors" }
key = "device"
severity = "info"
case_class = "fire.hydrant_pressure"
sentence = { zh = "门", en = "door" }
[signal]
operator = "level"
raise = "HEARD"
"#;

fn listens(heard: &str) -> Json {
    json!({"text": LISTENS.replace("HEARD", heard)})
}

#[tokio::test]
async fn a_rule_rewritten_to_hear_homes_or_cards_shows_the_desk_counts_only() {
    let town = street().await;
    let path = "/rules/hydrant_low/backtests";
    let plain = town.post("desk", path, json!({})).await.ok();
    assert_eq!(plain["result"]["counts_only"], false, "hydrants are nobody's");
    for heard in ["door_open", "door_card == 'k17'"] {
        let tried = town.post("desk", path, listens(heard)).await.ok();
        let result = &tried["result"];
        assert_eq!(
            (&result["counts_only"], &result["changes"]),
            (&json!(true), &json!([])),
            "{heard}: {result}"
        );
        assert_eq!((&result["days"], &result["weeks"]), (&json!([]), &json!([])), "nothing to subtract");
    }
}

#[tokio::test]
async fn an_area_with_homes_in_it_opens_no_curve_to_who_may_not_open_records() {
    let town = street().await;
    for subject in ["area:R1", "area:H1"] {
        for what in ["curve", "explanation"] {
            let path = format!("/rules/not_out/{what}?subject={subject}");
            town.get("desk", &path).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn counts_about_homes_are_given_for_no_less_than_an_estate() {
    let town = street().await;
    town.post("desk", "/rules/not_out/near-misses", json!({"area": "E1"})).await.ok();
    for small in ["B1", "H1"] {
        town.post("desk", "/rules/not_out/near-misses", json!({"area": small})).await.is(400);
        town.post("desk", "/rules/not_out/backtests", json!({"area": small})).await.is(400);
    }
}

#[tokio::test]
async fn trying_a_rule_about_persons_again_and_again_is_one_look_an_hour() {
    let town = street().await;
    for days in [1, 2, 3] {
        town.post("cadre1", "/rules/not_out/backtests", json!({"values": {"days": days}})).await.ok();
    }
    let log = town.get("officer", "/access-log").await.ok().to_string();
    assert_eq!(log.matches("rule_backtest").count(), 1, "{log}");
}

/// LO1, LO2
#[tokio::test]
async fn drawing_the_curve_of_a_home_again_and_again_is_one_look_for_ten_minutes() {
    let town = street().await;
    let looks =
        async || town.get("officer", "/access-log").await.ok().to_string().matches("rule_curve").count();
    let draw = async |days: u32| {
        let path = format!("/rules/not_out/curve?subject=dwelling:H1&values=days={days}");
        town.get("cadre1", &path).await.ok();
    };
    for days in [1, 2, 3] {
        draw(days).await;
        assert_eq!(looks().await, 1);
    }
    town.pass(Millis::minutes(9));
    draw(2).await;
    assert_eq!(looks().await, 1);
    town.pass(Millis::minutes(1));
    draw(2).await;
    assert_eq!(looks().await, 2, "it did not go on any longer");
    town.get("cadre1", "/rules/not_out/explanation?subject=dwelling:H1").await.ok();
    assert_eq!(looks().await, 2, "another purpose is a look of its own");
}

#[tokio::test]
async fn an_own_rule_s_code_tells_strangers_nothing() {
    let town = street().await;
    for path in ["values", "subjects", "near", "explanation?subject=device:h-2"] {
        town.get("cadre2", &format!("/rules/loud@E1/{path}")).await.problem(404, "not_found");
        town.get("cadre2", &format!("/rules/nothere@E1/{path}")).await.problem(404, "not_found");
    }
}
