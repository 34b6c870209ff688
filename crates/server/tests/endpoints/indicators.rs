//! Numbers of a period, what they are made of, and the cases behind them.

use crate::town::Town;
use serde_json::{Value, json};

const NOISE: &str = "noise.neighbour";

async fn filed(town: &Town, area: &str) -> String {
    let body = json!({ "class": NOISE, "text": "深夜噪声", "area": area, "channel": "window",
                       "reporter": {"name": "甄某某", "phone": "139 0000 0001"} });
    town.post("desk", "/cases", body).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn answered(town: &Town, case: &str) {
    town.command("cadre1", case, json!({"command": "accept"})).await.ok();
    let done =
        json!({"command": "propose_done", "outcome": "solved", "text": "已劝阻", "reporter_agrees": true});
    town.command("cadre1", case, done).await.ok();
    town.command("grid", case, json!({"command": "verify", "ok": true})).await.ok();
    town.command("cadre1", case, json!({"command": "answer", "text": "已劝阻,请留意"})).await.ok();
}

fn of<'a>(numbers: &'a Value, code: &str) -> &'a Value {
    let all = numbers.as_array().unwrap();
    all.iter().find(|n| n["code"] == code).unwrap_or_else(|| panic!("{code}"))
}

fn parts(number: &Value) -> (i64, i64) {
    (number["now"]["numerator"].as_i64().unwrap(), number["now"]["denominator"].as_i64().unwrap())
}

#[tokio::test]
async fn a_month_shows_each_number_with_what_it_is_made_of_and_its_rows() {
    let town = Town::settled().await;
    for n in 0..6 {
        let case = filed(&town, if n == 5 { "D2" } else { "D1" }).await;
        if n < 3 {
            answered(&town, &case).await;
        }
    }
    let report = town.get("desk", "/indicators?by=area&period=month").await.ok();
    assert_eq!(report["period"]["name"], "2026-11");
    assert_eq!(report["before"]["name"], "2026-10");
    assert_eq!(report["year_before"]["name"], "2025-11");
    assert_eq!(report["not_counted_yet"], 0);
    let filed_rate = of(&report["whole"], "filed_rate");
    assert_eq!((parts(filed_rate), filed_rate["now"]["value"].as_f64()), ((3, 6), Some(0.5)));
    assert_eq!(parts(of(&report["whole"], "reported")), (6, 6));
    // IS2: of three answers no rate is shown, and it says so. Nothing at all is blank, too, and is not few.
    let solved = of(&report["whole"], "solved_rate");
    assert_eq!(
        (parts(solved), &solved["now"]["value"], &solved["now"]["few"]),
        ((3, 3), &Value::Null, &json!(true))
    );
    let satisfaction = of(&report["whole"], "satisfaction");
    assert_eq!((&satisfaction["now"]["value"], &satisfaction["now"]["few"]), (&Value::Null, &json!(false)));
    assert_eq!(of(&report["whole"], "reported")["before"]["value"], 0.0);
    // What the whole is divided into adds up to it.
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(groups.iter().map(|g| parts(of(&g["numbers"], "reported")).0).sum::<i64>(), 6);
    let inside = town.get("desk", "/indicators?by=area&area=G").await.ok();
    let named: Vec<_> = inside["groups"].as_array().unwrap().iter().map(|g| &g["key"]["label"]).collect();
    assert_eq!(named, ["第1居民区", "第2居民区"]);
    // IS3
    let rows = town.get("desk", "/indicators/filed_rate/cases?period=month").await.ok();
    assert_eq!(rows["items"].as_array().unwrap().len(), 3);
    let rest = town.get("desk", "/indicators/filed_rate/cases?part=rest&limit=4").await.ok();
    assert_eq!((rest["items"].as_array().unwrap().len(), rest["next_cursor"].is_string()), (4, true));
    let days = town.get("desk", "/indicators/handling_days/cases").await.ok();
    assert_eq!(days["items"][0]["value"], 0.0);
}

#[tokio::test]
async fn nobody_sees_numbers_or_rows_of_elsewhere() {
    let town = Town::settled().await;
    filed(&town, "D1").await;
    for (who, sees) in [("cadre1", 1), ("cadre2", 0)] {
        let report = town.get(who, "/indicators").await.ok();
        assert_eq!(parts(of(&report["whole"], "reported")), (sees, sees), "{who}");
        let asked_for = town.get(who, "/indicators?area=R1").await.ok();
        assert_eq!(parts(of(&asked_for["whole"], "reported")), (sees, sees), "{who}");
        let rows = town.get(who, "/indicators/reported/cases?area=R1").await.ok();
        assert_eq!(rows["items"].as_array().unwrap().len() as i64, sees, "{who}");
    }
    for path in ["/indicators", "/indicators/reported/cases"] {
        town.get("former", path).await.is(403);
        town.get("", path).await.is(401);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_said_by_field() {
    let town = Town::settled().await;
    for (query, field) in [
        ("period=fortnight", "period"),
        ("day=yesterday", "day"),
        ("period=range&from=2026-11-01", "to"),
        ("area=X", "area"),
        ("class=X", "class"),
        ("by=owner", "by"),
    ] {
        let problem = town.get("desk", &format!("/indicators?{query}")).await.problem(400, "query_wrong");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    let backwards = "/indicators?period=range&from=2026-11-02&to=2026-11-01";
    town.get("desk", backwards).await.problem(400, "period_ends_before_it_begins");
    town.get("desk", "/indicators/pulse/cases").await.is(404);
    town.get("desk", "/indicators/reported/cases?part=rest").await.problem(400, "query_wrong");
}

#[tokio::test]
async fn an_excluded_case_stands_beside_the_number() {
    let town = Town::settled().await;
    let case = filed(&town, "D1").await;
    filed(&town, "D1").await;
    let ask = json!({"command": "ask_exclusion", "reason": "台风期间无法施工"});
    let view = town.command("cadre1", &case, ask).await.ok();
    let offered = |view: &Value, code: &str| {
        view["available_actions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|a| a["code"] == code && a["enabled"] == true)
    };
    assert!(!offered(&view, "grant_exclusion"));
    let seen = town.get("desk", &format!("/cases/{case}")).await.ok();
    assert!(offered(&seen, "grant_exclusion"));
    town.command("desk", &case, json!({"command": "grant_exclusion", "text": ""})).await.ok();
    let report = town.get("desk", "/indicators").await.ok();
    let reported = of(&report["whole"], "reported");
    assert_eq!((parts(reported), reported["now"]["excluded"].as_i64()), ((1, 1), Some(1)));
    let rows = town.get("desk", "/indicators/reported/cases").await.ok();
    let excluded = rows["items"].as_array().unwrap().iter().filter(|r| r["excluded"] == true).count();
    assert_eq!(excluded, 1);
}
