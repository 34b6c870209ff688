//! Trying rules on the past, and asking why.

use crate::town::{Town, device};
use linli_history::{HistoryRow, PositionRange};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, DeviceId, Instant, Measure, Millis, Reading, ReadingId,
    RegistryChange, SourceId, Subject, Value,
};
use linli_store::Change;
use serde_json::{Value as Json, json};

pub const LOW: &str = r#"
rule = "hydrant_low"
name = { zh = "消火栓压力低", en = "Hydrant pressure low" }
key = "device"
severity = "attention"
case_class = "fire.hydrant_pressure"
sentence = { zh = "压力 {value}", en = "pressure {value}" }

[parameters.floor]
label = { zh = "下限", en = "Floor" }
value = 0.15
min = 0.1
max = 0.3

[signal]
operator = "level"
raise = "pressure_mpa < floor"
"#;
const NOT_OUT: &str = r#"
rule = "not_out"
name = { zh = "多日未外出", en = "Not out for days" }
population = "elder_alone"
severity = "urgent"
case_class = "care.elder_not_out"
sentence = { zh = "已 {silence} 未外出", en = "not out for {silence}" }

[parameters.days]
label = { zh = "天数", en = "Days" }
value = 3
min = 1
max = 14
unit = "d"

[signal]
operator = "absent"
of = "door_open"
span = "days"
coverage = "none"
"#;

fn place(n: &str, code: &str, path: &str, level: AreaLevel) -> Area {
    Area { id: AreaId::new(code), level, name: n.into(), parent: None, path: AreaPath(path.into()) }
}

fn row(device: &str, area: &str, at: Instant, measure: &str, value: Value) -> HistoryRow {
    HistoryRow {
        position: 1,
        source: SourceId::new(format!("gw-{device}")),
        received_at: at,
        area: AreaId::new(area),
        reading: Reading {
            id: ReadingId::new(format!("{device}-{}", at.0)),
            device: DeviceId::new(device),
            observed_at: at,
            measure: Measure::new(measure),
            value,
            subject: None,
        },
        late: false,
        clamped: false,
    }
}

/// Two hydrants, two elders; each hydrant was low on two days and a little low on two more.
pub async fn street() -> Town {
    let town = Town::settled().await;
    let now = town.state.now();
    let long_ago = now - Millis::days(60);
    let mut changes = Vec::new();
    let mut rows = Vec::new();
    let mut register = |change: RegistryChange| {
        changes.push(Change::Registry { effective_at: long_ago, change: Box::new(change) });
    };
    for (rule, text) in [("hydrant_low", LOW), ("not_out", NOT_OUT)] {
        let (pack, rule, text) = ("p".to_owned(), rule.to_owned(), text.to_owned());
        register(RegistryChange::RuleSet { pack, rule, version: 1, text });
    }
    for n in ["1", "2"] {
        let estate = place("村", &format!("E{n}"), &format!("S/G/R{n}/E{n}/"), AreaLevel::Estate);
        let mut hydrant = device(&format!("h-{n}"), &estate);
        hydrant.subject = None;
        hydrant.measures = vec![Measure::new("pressure_mpa")];
        hydrant.silence_secs_max = None;
        register(RegistryChange::DeviceSet(hydrant));
        let path = format!("S/G/R{n}/E{n}/B{n}/D{n}/H{n}/");
        let home = place("302室", &format!("H{n}"), &path, AreaLevel::Dwelling);
        register(RegistryChange::DeviceSet(device(&format!("door-{n}"), &home)));
        register(RegistryChange::MemberJoined {
            population: "elder_alone".into(),
            subject: Subject::new(linli_model::SubjectKind::Dwelling, format!("H{n}")),
            area: home.id.clone(),
            area_path: home.path.clone(),
        });
        for (days, low) in [(20, 0.14), (15, 0.12), (10, 0.2), (5, 0.22)] {
            let at = now - Millis::days(days);
            rows.push(row(&format!("h-{n}"), &format!("R{n}"), at, "pressure_mpa", Value::Number(low)));
            let back = at + Millis::hours(2);
            rows.push(row(&format!("h-{n}"), &format!("R{n}"), back, "pressure_mpa", Value::Number(0.35)));
        }
        for days in [29, 27, 20, 19, 2] {
            let at = now - Millis::days(days);
            rows.push(row(&format!("door-{n}"), &format!("R{n}"), at, "door_open", Value::Flag(true)));
        }
    }
    town.commit(changes).await;
    town.state.history.add(PositionRange { from: 1, to: 1 }, rows).await.unwrap();
    town
}

/// So many days ago.
pub fn now_less(town: &Town, days: i64) -> Instant {
    town.state.now() - Millis::days(days)
}

/// A hydrant says more, an hour apart.
pub async fn heard(town: &Town, device: &str, area: &str, from: Instant, values: &[f64]) {
    let of = |(i, v): (usize, &f64)| {
        row(device, area, from + Millis::hours(i as i64), "pressure_mpa", Value::Number(*v))
    };
    let rows = values.iter().enumerate().map(of).map(|r| HistoryRow { position: 2, ..r }).collect();
    town.state.history.add(PositionRange { from: 2, to: 2 }, rows).await.unwrap();
}

#[tokio::test]
async fn a_backtest_tells_what_another_value_would_have_found_in_the_caller_s_area() {
    let town = street().await;
    let same = town.post("cadre1", "/rules/hydrant_low/backtests", json!({})).await.ok();
    assert_eq!(same["state"], "done");
    let result = &same["result"];
    assert_eq!((&result["same"], &result["added"]), (&json!(2), &json!(0)), "{result}");
    assert_eq!(
        result["sentence"],
        "Would have raised 2, merged into 2 cases, 0.02 a shift, as the rule in force."
    );
    let ask = json!({"values": {"floor": 0.25}});
    let tried = town.post("cadre1", "/rules/hydrant_low/backtests", ask.clone()).await.ok();
    let result = &tried["result"];
    assert_eq!((&result["same"], &result["added"], &result["removed"]), (&json!(2), &json!(2), &json!(0)));
    let a_week =
        |result: &Json| ["in_force", "candidate"].map(|side| result[side]["per_worker_week"].clone());
    assert_eq!(
        a_week(result),
        [json!(0.48), json!(0.95)],
        "2 and 4 cases of not quite 30 days for one cadre"
    );
    assert_eq!(result["changes"].as_array().unwrap().len(), 2);
    assert_eq!(result["changes"][0]["fate"], "added");
    assert_eq!(result["changes"][0]["evidence"]["readings"][0]["value"], 0.2);
    assert_eq!(result["days"].as_array().unwrap().len(), 30);
    let weeks = result["weeks"].as_array().unwrap();
    assert!(weeks.iter().all(|w| w["area"]["code"] == "E1"), "only the caller's area: {weeks:?}");
    // The desk looks after both.
    let both = town.post("desk", "/rules/hydrant_low/backtests", ask).await.ok();
    assert_eq!((&both["result"]["same"], &both["result"]["added"]), (&json!(4), &json!(4)));
    assert_eq!(a_week(&both["result"]), [json!(0.48), json!(0.95)], "twice the cases, two cadres");
}

/// What is known of a clock counts for what was received from then on, as it did live.
#[tokio::test]
async fn a_backtest_counts_a_reading_of_a_wrong_clock_at_the_time_it_was() {
    let town = street().await;
    let now = town.state.now();
    let low = |received: Instant, observed: Instant, position| HistoryRow {
        position,
        received_at: received,
        ..row("h-1", "R1", observed, "pressure_mpa", Value::Number(0.11))
    };
    let forty_days = Millis::days(40);
    let (before, behind) = (now - Millis::days(8), now - Millis::days(3));
    // By its own clock both lie in front of the range.
    let rows = vec![low(before, before - forty_days, 2), low(behind, behind - forty_days, 2)];
    town.state.history.add(PositionRange { from: 2, to: 2 }, rows).await.unwrap();
    let learned = RegistryChange::DeviceLearned {
        device: DeviceId::new("h-1"),
        clock_offset_ms: Some(-forty_days.0),
        silence_secs: None,
    };
    let effective_at = now - Millis::days(4);
    town.commit(vec![Change::Registry { effective_at, change: Box::new(learned) }]).await;
    let tried = town.post("cadre1", "/rules/hydrant_low/backtests", json!({})).await.ok();
    assert_eq!(tried["result"]["same"], json!(3), "two as ever, and the one of three days ago: {tried}");
}

#[tokio::test]
async fn a_text_can_be_tried_and_is_checked_first() {
    let town = street().await;
    let stricter = LOW.replace("pressure_mpa < floor", "pressure_mpa < floor - 0.02");
    let tried = town.post("cadre1", "/rules/hydrant_low/backtests", json!({"text": stricter})).await.ok();
    assert_eq!(tried["result"]["removed"], 1);
    let wrong = LOW.replace("pressure_mpa < floor", "pressure_mpa < flor");
    town.post("cadre1", "/rules/hydrant_low/backtests", json!({"text": wrong})).await.is(400);
    let other = LOW.replace("hydrant_low", "other");
    town.post("cadre1", "/rules/hydrant_low/backtests", json!({"text": other})).await.is(400);
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_with_the_field() {
    let town = street().await;
    let path = "/rules/hydrant_low/backtests";
    for (ask, field) in [
        (json!({"values": {"floor": 3}}), "values.floor"),
        (json!({"values": {"flor": 0.2}}), "values.flor"),
        (json!({"from": "yesterday"}), "from"),
        (json!({"from": "2026-11-20", "to": "2026-11-02"}), "from"),
        (json!({"from": "2020-01-01", "to": "2026-11-02"}), "from"),
    ] {
        let told = town.post("cadre1", path, ask).await.is(400).json();
        assert!(told.to_string().contains(field), "{told}");
    }
    town.post("cadre1", path, json!({"area": "R2"})).await.problem(404, "not_found");
    town.post("cadre1", "/rules/none/backtests", json!({})).await.problem(404, "not_found");
}

/// BK2, G13
#[tokio::test]
async fn about_persons_who_may_not_open_records_sees_counts_and_none_below_five() {
    let town = street().await;
    let ask = json!({"values": {"days": 1}});
    let cadre = town.post("cadre1", "/rules/not_out/backtests", ask.clone()).await.ok();
    assert_eq!(cadre["result"]["counts_only"], false);
    let change = &cadre["result"]["changes"][0];
    assert_eq!(change["start"].as_str().unwrap().len(), 10, "a day, not a minute: {change}");
    let desk = town.post("desk", "/rules/not_out/backtests", ask).await.ok();
    let result = &desk["result"];
    assert_eq!((&result["counts_only"], &result["changes"]), (&json!(true), &json!([])), "{result}");
    let small = |v: &Json| v.as_u64().is_none_or(|n| n == 0 || n >= 5);
    assert!(["same", "moved", "added", "removed"].iter().all(|k| small(&result[*k])), "{result}");
    assert!(
        result["days"].as_array().unwrap().iter().all(|d| small(&d["in_force"]) && small(&d["candidate"]))
    );
}

#[tokio::test]
async fn a_run_is_found_again_by_who_began_it_and_by_nobody_else() {
    let town = street().await;
    let run = town.post("cadre1", "/rules/hydrant_low/backtests", json!({})).await.ok();
    let path = format!("/backtests/{}", run["id"].as_str().unwrap());
    assert_eq!(town.get("cadre1", &path).await.ok()["result"], run["result"]);
    town.get("desk", &path).await.problem(404, "not_found");
    town.delete("cadre2", &path).await.problem(404, "not_found");
    assert_eq!(town.delete("cadre1", &path).await.ok()["state"], "done", "what is done stays done");
}

#[tokio::test]
async fn a_device_s_past_is_explained_for_the_moment_asked_for() {
    let town = street().await;
    let now = town.state.now();
    let asked = |at: Instant| format!("/rules/hydrant_low/explanation?subject=device:h-1&at={at}");
    let low = town.get("cadre1", &asked(now - Millis::days(20) + Millis::hours(1))).await.ok();
    assert_eq!((&low["verdict"], &low["readings"][0]["value"]), (&json!("holds"), &json!(0.14)));
    assert_eq!(low["parameters"][0]["set_by"], "template");
    let fine = town.get("cadre1", &asked(now - Millis::days(19))).await.ok();
    assert_eq!((&fine["verdict"], fine["episodes"].as_array().unwrap().len()), (&json!("does_not"), 1));
    let before = town.get("cadre1", &asked(now - Millis::days(40))).await.ok();
    assert_eq!(before["verdict"], "not_watched");
    town.get("cadre2", &asked(now)).await.problem(404, "not_found");
    town.get("cadre1", "/rules/hydrant_low/explanation?subject=nonsense").await.is(400);
    town.get("cadre1", "/rules/hydrant_low/explanation?subject=device:none").await.problem(404, "not_found");
}

/// AQ1, G13
#[tokio::test]
async fn a_home_is_explained_by_days_to_who_may_and_the_look_is_kept() {
    let town = street().await;
    let day = (town.state.now() - Millis::days(4)).day_in(town.state.zone());
    let path = format!("/rules/not_out/explanation?subject=dwelling:H1&at={day}");
    let told = town.get("cadre1", &path).await.ok();
    assert_eq!(told["verdict"], "holds");
    assert_eq!(told["steps"], json!(["Last sign: 4 Nov."]), "no minutes");
    assert_eq!(told["readings"][0]["at"].as_str().unwrap().len(), 10);
    assert!(told["readings"][0]["value"].is_null());
    town.get("desk", &path).await.problem(404, "not_found");
    let looks = town.get("officer", "/access-log").await.ok();
    assert!(looks["items"].to_string().contains("dwelling:H1"), "{looks}");
}

// -- what areas set for themselves --

pub const OVERRIDES: &str = "/rules/hydrant_low/overrides";

fn hydrant_low(rules: &Json) -> Json {
    rules.as_array().unwrap().iter().find(|r| r["rule"] == "hydrant_low").unwrap().clone()
}

/// Another version of the rule.
pub async fn upgrade(town: &Town, text: String) {
    let change = RegistryChange::RuleSet { pack: "p".into(), rule: "hydrant_low".into(), version: 2, text };
    let effective_at = town.state.now();
    town.commit(vec![Change::Registry { effective_at, change: Box::new(change) }]).await;
}

#[tokio::test]
async fn an_area_sets_values_and_terms_of_its_own_and_takes_them_back() {
    let town = street().await;
    let ask = json!({
        "area": "E1",
        "values": {"floor": 0.25},
        "terms": {
            "hours": "08:00-20:00,workday",
            "severity": "urgent",
            "exempt": [{"subject": "area:E1", "reason": "pipe works"}]
        }
    });
    let made = town.post("cadre1", OVERRIDES, ask).await.ok();
    let rule = &made["rule"];
    let own = &rule["overrides"][0];
    assert_eq!((&own["area"], &own["value"], &own["rests"]), (&json!("E1"), &json!(0.25), &Json::Null));
    assert!(own["set_by"].as_str().is_some_and(|by| !by.is_empty()) && own["set_at"].is_string(), "{own}");
    let said: Vec<&str> =
        rule["terms"].as_array().unwrap().iter().map(|t| t["label"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        ["not about area:E1 (pipe works)", "told only on working days 08:00-20:00", "at least \"Urgent\""]
    );
    // Another area's people do not see it; the desk, above both, does.
    assert_eq!(hydrant_low(&town.get("cadre2", "/rules").await.ok())["terms"], json!([]));
    assert_eq!(hydrant_low(&town.get("desk", "/rules").await.ok())["terms"].as_array().unwrap().len(), 3);
    let drop = json!({"area": "E1", "drop": ["value floor", "hours", "exempt area:E1"]});
    let left = town.post("cadre1", OVERRIDES, drop.clone()).await.ok();
    assert_eq!(left["rule"]["overrides"], json!([]));
    assert_eq!(left["rule"]["terms"].as_array().unwrap().len(), 1);
    let again = town.post("cadre1", OVERRIDES, drop).await.is(400).json();
    assert!(again.to_string().contains("drop[0]"), "{again}");
}

#[tokio::test]
async fn an_upgrade_of_the_template_keeps_what_areas_set_and_says_what_no_longer_fits() {
    let town = street().await;
    let ask = json!({"area": "E1", "values": {"floor": 0.25}, "terms": {"severity": "urgent"}});
    town.post("cadre1", OVERRIDES, ask).await.ok();
    upgrade(&town, LOW.replace("max = 0.3", "max = 0.2")).await;
    let kept = hydrant_low(&town.get("cadre1", "/rules").await.ok());
    let own = &kept["overrides"][0];
    assert_eq!((&kept["version"], &own["rests"]), (&json!(2), &json!("it lies between 0.1 and 0.2")));
    assert_eq!(kept["terms"][0]["rests"], Json::Null);
    upgrade(&town, LOW.replace("\"attention\"", "\"alarm\"")).await;
    let kept = hydrant_low(&town.get("cadre1", "/rules").await.ok());
    assert_eq!(kept["overrides"][0]["rests"], Json::Null);
    assert_eq!(kept["terms"][0]["rests"], "a severity can be raised, not lowered");
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_with_every_field_and_nothing_is_set() {
    let town = street().await;
    let ask = json!({
        "area": "E1",
        "values": {"floor": 0.9, "roof": 1},
        "terms": {
            "hours": "22-06",
            "only": "Elder Alone",
            "severity": "info",
            "exempt": [
                {"subject": "device:h-2", "reason": "elsewhere"},
                {"subject": "nobody", "reason": "x"},
                {"subject": "device:h-1", "reason": " "},
                {"subject": "device:h-1", "until": "2020-01-01T00:00:00Z", "reason": "x"}
            ]
        }
    });
    let told = town.post("cadre1", OVERRIDES, ask).await.is(400).json().to_string();
    for field in [
        "values.floor",
        "values.roof",
        "terms.hours",
        "terms.only",
        "terms.severity",
        "terms.exempt[0].subject",
        "terms.exempt[1].subject",
        "terms.exempt[2].reason",
        "terms.exempt[3].until",
    ] {
        assert!(told.contains(field), "{field}: {told}");
    }
    let rule = hydrant_low(&town.get("cadre1", "/rules").await.ok());
    assert_eq!((&rule["overrides"], &rule["terms"]), (&json!([]), &json!([])));
    town.post("cadre1", OVERRIDES, json!({"area": "E1"})).await.is(400);
    let theirs = json!({"area": "E2", "values": {"floor": 0.2}});
    town.post("cadre1", OVERRIDES, theirs).await.problem(404, "not_found");
    town.post("volunteer1", OVERRIDES, json!({"area": "E1", "values": {"floor": 0.2}})).await.is(403);
}

/// OV2
#[tokio::test]
async fn a_mandatory_rule_takes_a_higher_severity_and_nothing_else() {
    let town = street().await;
    upgrade(&town, LOW.replace("key = ", "mandatory = true\nkey = ")).await;
    let exempt = json!([{"subject": "area:E1", "reason": "x"}]);
    let terms = json!({"hours": "08:00-20:00", "exempt": exempt});
    let weaker = json!({"area": "E1", "values": {"floor": 0.1}, "terms": terms});
    let told = town.post("cadre1", OVERRIDES, weaker).await.is(400).json().to_string();
    assert!(["values.floor", "terms.hours", "terms.exempt[0]"].iter().all(|f| told.contains(f)), "{told}");
    town.post("cadre1", OVERRIDES, json!({"area": "E1", "terms": {"severity": "alarm"}})).await.ok();
}

#[tokio::test]
async fn terms_are_tried_on_the_past_before_they_are_set() {
    let town = street().await;
    let path = "/rules/hydrant_low/backtests";
    let exempt = json!({"terms": {"exempt": [{"subject": "device:h-1", "reason": "pipe works"}]}});
    let tried = town.post("cadre1", path, exempt).await.ok();
    assert_eq!((&tried["result"]["same"], &tried["result"]["removed"]), (&json!(0), &json!(2)), "{tried}");
    let told = town.post("cadre1", path, json!({"terms": {"hours": "late"}})).await.is(400).json();
    assert!(told.to_string().contains("terms.hours"), "{told}");
}

#[tokio::test]
async fn what_an_area_exempted_is_explained_as_not_told() {
    let town = street().await;
    let effective_at = town.state.now() - Millis::days(60);
    let term = linli_model::Term::Exempt {
        subject: Subject::new(linli_model::SubjectKind::Device, "h-1"),
        until: None,
        reason: "pipe works".into(),
    };
    let change = RegistryChange::TermSet {
        rule: "hydrant_low".into(),
        area: AreaId::new("E1"),
        area_path: AreaPath("S/G/R1/E1/".into()),
        term,
        set_by: "cadre".into(),
    };
    town.commit(vec![Change::Registry { effective_at, change: Box::new(change) }]).await;
    let at = town.state.now() - Millis::days(20) + Millis::hours(1);
    let asked = format!("/rules/hydrant_low/explanation?subject=device:h-1&at={at}");
    let told = town.get("cadre1", &asked).await.ok();
    assert_eq!(told["verdict"], "not_told");
    assert!(told["steps"].to_string().contains("Not told: exempted by E1 (pipe works)."), "{told}");
    assert_eq!(told["episodes"], json!([]));
}

#[tokio::test]
async fn a_circle_nobody_belongs_to_is_kept_and_said() {
    let town = street().await;
    let path = "/rules/not_out/overrides";
    let ask = json!({"area": "E1", "terms": {"only": "over_eighty"}});
    let made = town.post("cadre1", path, ask).await.ok();
    assert!(made["warnings"][0].as_str().unwrap().contains("over_eighty"), "{made}");
    let ask = json!({"area": "E1", "terms": {"only": "elder_alone"}});
    assert_eq!(town.post("cadre1", path, ask).await.ok()["warnings"], json!([]));
}
