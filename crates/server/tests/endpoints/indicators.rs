//! Numbers of a period, what they are made of, and the cases behind them.

use crate::town::Town;
use linli_indicator::safety::Method as SafetyMethod;
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

async fn count_residents(town: &Town, rows: &str) {
    let csv = format!("编码,级别,名称,上级编码,实有人口\n{rows}");
    let taken = town.upload("admin", "/imports/areas", "t.csv", csv.as_bytes()).await.ok();
    assert_eq!(taken["refused"], 0, "{taken}");
}

/// `area value band`, or why there is no index; a line each.
fn safety(report: &Value) -> String {
    let line = |row: &Value| {
        let area = row["area"]["code"].as_str().unwrap();
        match row["value"].as_f64() {
            Some(value) => format!(
                "{area} {} of {}: {value:.0} {}",
                row["events"][1]["n"],
                row["residents"],
                row["band"]["code"].as_str().unwrap()
            ),
            None => format!(
                "{area}: {} {}",
                row["blank"]["code"].as_str().unwrap(),
                row["blank"]["label"].as_str().unwrap()
            ),
        }
    };
    report["safety"]["rows"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn without_residents_or_events_of_a_kind_there_is_no_safety_index_and_it_says_why() {
    let town = Town::settled().await;
    let report = town.get("cadre1", "/indicators").await.ok();
    assert_eq!(safety(&report), "R1: unknown_kinds no events of security and traffic are known here");
    let fire_alone = SafetyMethod { weights: [0.0, 1.0, 0.0], ..SafetyMethod::shipped() };
    let town = Town::reckoning(fire_alone).await;
    for (area, class) in
        [("D1", "fire.hazard"), ("D1", "environment.waste"), ("D2", "fire.hazard"), ("E2", "fire.smoke")]
    {
        let body = json!({ "class": class, "text": "x", "area": area, "channel": "window" });
        town.post("desk", "/cases", body).await.ok();
    }
    let missing =
        "the number of residents is not known; import it in the column \"Residents\" of the table of areas";
    let report = town.get("desk", "/indicators?by=area&area=G").await.ok();
    assert_eq!(
        safety(&report),
        format!("G: no_heads {missing}\nR1: no_heads {missing}\nR2: no_heads {missing}")
    );
    // A place whose parts are counted needs no count of its own; the street does, or every part of it.
    count_residents(&town, "E1,小区,1村,R1,5000\nE2,小区,2村,R2,290\n").await;
    let report = town.get("desk", "/indicators?by=area&area=G").await.ok();
    assert_eq!(
        safety(&report),
        "G 3 of 5290: 80 from_80\nR1 1 of 5000: 89 from_80\nR2: too_few fewer than 300 residents: not enough data"
    );
    // What was counted within other boundaries is no count of these.
    count_residents(&town, "R1,居民区,第1居民区,G,5000\nR2,居民区,第2居民区,G,290\n").await;
    let merged =
        "编码,级别,名称,上级编码,承接,承接日期\nR2,居民区,第2居民区,G,R1,2026-11-24\nE9,小区,新村,R2,,\n";
    town.upload("admin", "/imports/areas", "t.csv", merged.as_bytes()).await.ok();
    town.pass(linli_model::Millis::days(1));
    let redrawn = "its boundaries were redrawn since its residents were counted; import the new number";
    let report = town.get("desk", "/indicators?area=R2").await.ok();
    assert_eq!(safety(&report), format!("R2: old_heads {redrawn}"));
    count_residents(&town, "E9,小区,新村,R2,10\n").await;
    let report = town.get("desk", "/indicators?area=R2").await.ok();
    assert_eq!(safety(&report), "R2 3 of 5300: 80 from_80");
    // Nobody gets a row for where they may not read.
    assert_eq!(safety(&town.get("cadre1", "/indicators?area=S").await.ok()), "");
}

fn volume(report: &Value) -> &Value {
    report["score"]["parts"].as_array().unwrap().iter().find(|p| p["code"] == "volume").unwrap()
}

#[tokio::test]
async fn the_volume_of_the_hotlines_group_is_entered_for_a_street_and_a_period_and_can_be_taken_back() {
    let town = Town::settled().await;
    for number in 1..=2 {
        let order = json!({ "number": format!("20261120-{number:04}"), "received_at": "2026-11-20T15:00:00+08:00",
                            "kind": "hotline.complaint" });
        let body = json!({ "class": NOISE, "text": "深夜噪声", "area": "D1", "channel": "hotline_12345", "order": order });
        town.post("desk", "/cases", body).await.ok();
    }
    let report = town.get("desk", "/indicators").await.ok();
    assert_eq!((&volume(&report)["points"], &report["score"]["group"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&report["score"]["street"]["code"], &report["score"]["group_why_not"]),
        (&json!("S"), &Value::Null)
    );
    let enter = |who: &'static str, tickets: Value| {
        let body = json!({ "area": "S", "first": "2026-11-01", "last": "2026-11-30", "tickets": tickets });
        town.post(who, "/indicators/hotline-group", body)
    };
    enter("desk", json!(10)).await.is(204);
    enter("desk", json!(8)).await.is(204);
    let report = town.get("desk", "/indicators").await.ok();
    let part = volume(&report);
    assert_eq!((part["share"].as_f64(), part["points"].as_f64()), (Some(0.25), Some(1.25)));
    assert_eq!(
        (&report["score"]["group"]["tickets"], report["score"]["tickets"].as_i64()),
        (&json!(8), Some(2))
    );
    assert!(!report["score"]["group"]["by"].as_str().unwrap().is_empty(), "who entered it");
    // HG2: of a part, of other days, and for who reads a part, nothing is reckoned.
    for (who, query) in [
        ("desk", "?area=R1"),
        ("desk", "?class=noise.neighbour"),
        ("desk", "?period=stat_month"),
        ("cadre1", ""),
    ] {
        let report = town.get(who, &format!("/indicators{query}")).await.ok();
        assert_eq!(volume(&report)["share"], Value::Null, "{who} {query}");
        let why = &report["score"]["group_why_not"];
        assert_eq!(why.is_null(), query == "?period=stat_month", "{who} {query}: {why}");
    }
    // HG3, and what else cannot be.
    for (tickets, field) in
        [(json!(1), "tickets"), (json!(-3), "tickets"), (json!(1_000_000_000_000_i64), "tickets")]
    {
        let problem = enter("desk", tickets).await.problem(400, "group_volume_wrong");
        assert_eq!(problem["errors"][0]["field"], field);
    }
    let unsaid = json!({ "area": "S", "first": "2026-11-01", "last": "2026-11-30" });
    town.post("desk", "/indicators/hotline-group", unsaid).await.is(400);
    let elsewhere = json!({ "area": "R1", "first": "2026-11-01", "last": "2026-11-30", "tickets": 9 });
    town.post("desk", "/indicators/hotline-group", elsewhere).await.problem(400, "query_wrong");
    enter("desk", Value::Null).await.is(204);
    assert_eq!(volume(&town.get("desk", "/indicators").await.ok())["share"], Value::Null);
    let kept = town.state.store.setting("hotline_group S 2026-11-01 2026-11-30").await.unwrap().unwrap();
    assert_eq!(kept.as_array().unwrap().len(), 3, "HG1: {kept}");
}
