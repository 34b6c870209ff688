//! What an area set of a rule, version by version, and the way back to any of them.

use crate::{
    rules::{LOW, OVERRIDES, street, upgrade},
    town::Town,
};
use linli_model::{Millis, RegistryChange};
use linli_store::Change;
use serde_json::{Value as Json, json};

const BACK: &str = "/rules/hydrant_low/overrides/back";

/// Three versions of E1: a value and a severity; another value and hours; the severity taken back.
async fn three() -> Town {
    let town = street().await;
    for (n, ask) in (1..).zip([
        json!({"area": "E1", "values": {"floor": 0.25}, "terms": {"severity": "urgent"}, "reason": "low at night"}),
        json!({"area": "E1", "values": {"floor": 0.2}, "terms": {"hours": "08:00-20:00"}}),
        json!({"area": "E1", "drop": ["severity"], "reason": "calm again"}),
    ]) {
        assert_eq!(town.post("cadre1", OVERRIDES, ask).await.ok()["version"], n);
        town.pass(Millis::minutes(1));
    }
    town
}

async fn history(town: &Town, login: &str) -> Json {
    town.get(login, &format!("{OVERRIDES}?area=E1")).await.ok()
}

/// By version, what `of` says.
fn each(view: &Json, of: impl Fn(&Json) -> Json) -> Vec<(u64, Json)> {
    let versions = view["versions"].as_array().unwrap();
    versions.iter().map(|v| (v["version"].as_u64().unwrap(), of(v))).collect()
}

#[tokio::test]
async fn what_an_area_set_is_told_version_by_version_with_who_and_why() {
    let town = three().await;
    let view = history(&town, "cadre1").await;
    assert_eq!((&view["version"], &view["may_set"]), (&json!(3), &json!(true)), "{view}");
    assert_eq!(
        each(&view, |v| v["changes"].clone()),
        [
            (3, json!(["taken back: at least \"Urgent\""])),
            (2, json!(["Floor 0.2, before Floor 0.25", "set: told only every day 08:00-20:00"])),
            (1, json!(["set: Floor 0.25", "set: at least \"Urgent\""])),
            (0, json!([])),
        ]
    );
    assert_eq!(
        each(&view, |v| v["reason"].clone()),
        [(3, json!("calm again")), (2, json!("")), (1, json!("low at night")), (0, json!(""))]
    );
    assert!(each(&view, |v| v["by"].clone()).iter().all(|(n, by)| (*n == 0) == (by == "")), "{view}");
    assert_eq!(view["versions"][0]["holds"], json!(["Floor 0.2", "told only every day 08:00-20:00"]));
    assert_eq!(view["versions"][0]["refused"], "that is what holds now");
    assert_eq!(history(&town, "desk").await["version"], 3, "from above it is seen");
    town.get("cadre2", &format!("{OVERRIDES}?area=E1")).await.problem(404, "not_found");
    town.get("cadre1", "/rules/none/overrides?area=E1").await.problem(404, "not_found");
}

/// OB2
#[tokio::test]
async fn one_goes_back_to_any_version_and_forth_again_and_to_what_everybody_has() {
    let town = three().await;
    let back = |version: u32, seen: u32| json!({"area": "E1", "version": version, "seen": seen, "reason": "a mistake"});
    let view = town.post("cadre1", BACK, back(1, 3)).await.ok();
    let newest = &view["versions"][0];
    assert_eq!(
        (&view["version"], &newest["back_to"], &newest["reason"]),
        (&json!(4), &json!(1), &json!("a mistake"))
    );
    assert_eq!(
        newest["holds"],
        json!(["Floor 0.25", "at least \"Urgent\""]),
        "the severity that was replaced, too"
    );
    town.post("cadre1", BACK, back(2, 3)).await.problem(409, "stale");
    town.post("cadre1", BACK, back(1, 4)).await.problem(422, "holds_already");
    let view = town.post("cadre1", BACK, back(0, 4)).await.ok();
    assert_eq!(view["versions"][0]["holds"], json!([]));
    let rules = town.get("cadre1", "/rules").await.ok();
    let rule = rules.as_array().unwrap().iter().find(|r| r["rule"] == "hydrant_low").unwrap();
    assert_eq!((&rule["overrides"], &rule["terms"]), (&json!([]), &json!([])));
    let view = town.post("cadre1", BACK, back(3, 5)).await.ok();
    assert_eq!(view["versions"][0]["holds"], json!(["Floor 0.2", "told only every day 08:00-20:00"]));
    town.post("cadre1", BACK, json!({"area": "E1", "version": 1, "seen": 6, "reason": " "}))
        .await
        .problem(400, "reason_needed");
    town.post("cadre1", BACK, back(9, 6)).await.problem(400, "no_such_version");
    town.post("cadre2", BACK, back(1, 6)).await.problem(404, "not_found");
    town.post("volunteer1", BACK, back(1, 6)).await.is(403);
}

/// OB1
#[tokio::test]
async fn what_no_longer_fits_the_rule_is_said_beforehand_and_not_brought_back() {
    let town = three().await;
    upgrade(&town, LOW.replace("max = 0.3", "max = 0.22")).await;
    let view = history(&town, "cadre1").await;
    let why = "Floor 0.25: it lies between 0.1 and 0.22";
    assert_eq!(each(&view, |v| v["refused"].clone())[2..], [(1, json!(why)), (0, Json::Null)], "{view}");
    let ask = json!({"area": "E1", "version": 1, "seen": 3, "reason": "x"});
    let told = town.post("cadre1", BACK, ask).await.problem(422, "no_longer_fits");
    assert_eq!(told["detail"], why);
    assert_eq!(history(&town, "cadre1").await["version"], 3, "nothing was set");
}

/// OB3
#[tokio::test]
async fn an_exemption_that_has_run_out_stays_away() {
    let town = street().await;
    let until = town.state.now() + Millis::days(1);
    let exempt = json!([{"subject": "area:E1", "until": until.to_string(), "reason": "pipe works"}]);
    let ask = json!({"area": "E1", "values": {"floor": 0.2}, "terms": {"exempt": exempt}});
    town.post("cadre1", OVERRIDES, ask).await.ok();
    town.pass(Millis::hours(1));
    town.post("cadre1", OVERRIDES, json!({"area": "E1", "drop": ["value floor", "exempt area:E1"]}))
        .await
        .ok();
    town.pass(Millis::days(2));
    let ask = json!({"area": "E1", "version": 1, "seen": 2, "reason": "x"});
    let view = town.post("cadre1", BACK, ask).await.ok();
    assert_eq!(view["versions"][0]["holds"], json!(["Floor 0.2"]), "{view}");
}

/// OV3
#[tokio::test]
async fn of_two_who_set_at_once_one_is_told_to_look_again() {
    let town = three().await;
    let ask = |floor: f64| json!({"area": "E1", "values": {"floor": floor}});
    let (a, b) = tokio::join!(
        town.post("cadre1", OVERRIDES, ask(0.11)),
        town.post("cadre1", BACK, json!({"area": "E1", "version": 1, "seen": 3, "reason": "x"})),
    );
    let ended = [a.status.as_u16(), b.status.as_u16()];
    let view = history(&town, "cadre1").await;
    let counted = ended.iter().filter(|s| **s == 200).count() as u64;
    assert!(counted >= 1 && ended.iter().all(|s| [200, 409].contains(s)), "{ended:?}");
    assert_eq!(view["version"].as_u64().unwrap(), 3 + counted, "{view}");
}

/// OV3
#[tokio::test]
async fn different_areas_and_different_rules_never_disturb_each_other() {
    let town = street().await;
    let other = LOW.replace("hydrant_low", "hydrant_lower");
    let change =
        RegistryChange::RuleSet { pack: "p".into(), rule: "hydrant_lower".into(), version: 1, text: other };
    let effective_at = town.state.now();
    town.commit(vec![Change::Registry { effective_at, change: Box::new(change) }]).await;
    for round in 1..=5 {
        let ask = |area: &str| json!({"area": area, "values": {"floor": 0.1 + f64::from(round) / 100.0}});
        let (a, b, c) = tokio::join!(
            town.post("cadre1", OVERRIDES, ask("E1")),
            town.post("cadre2", OVERRIDES, ask("E2")),
            town.post("cadre1", "/rules/hydrant_lower/overrides", ask("E1")),
        );
        for reply in [a, b, c] {
            assert_eq!(reply.ok()["version"], round, "nobody is told to look again");
        }
    }
}
