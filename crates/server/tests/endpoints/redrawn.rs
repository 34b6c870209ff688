//! Boundaries are redrawn: R1 (in G) is taken over by the new R3 (in G2) on the 24th of November.

use crate::town::Town;
use linli_model::Millis;
use serde_json::{Value, json};

const REDRAWN: &str = "编码,级别,名称,上级编码,承接,承接日期\n\
    G2,网格,第二网格,S,,\nR3,居民区,第3居民区,G2,R1,2026-11-24\n";

async fn import(town: &Town, login: &str, kind: &str, csv: &str) -> Value {
    town.upload(login, &format!("/imports/{kind}"), "t.csv", csv.as_bytes()).await.ok()
}

async fn redrawn(town: &Town) {
    import(town, "admin", "areas", REDRAWN).await;
    let staff = "账号,姓名,角色,区域\ncadre3,某某,居委干部,R3\ngrid2,某某,网格长,G2\n";
    let taken = import(town, "admin", "users", staff).await;
    assert_eq!(taken["taken"], 2, "{taken}");
    for login in ["cadre3", "grid2"] {
        town.sign_in(login).await;
    }
    town.pass(Millis::days(1));
}

async fn numbers(town: &Town, login: &str, query: &str) -> String {
    let list = town.get(login, &format!("/cases?{query}")).await.ok();
    let mut texts: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|c| c["title"].as_str().unwrap()).collect();
    texts.sort();
    texts.join(" ")
}

async fn file(town: &Town, login: &str, area: &str, text: &str) -> String {
    let body = json!({ "class": "environment.waste", "text": text, "area": area, "channel": "window" });
    town.post(login, "/cases", body).await.ok()["id"].as_str().unwrap().to_owned()
}

/// IM4
#[tokio::test]
async fn a_trial_says_who_will_see_more_and_changes_nothing() {
    let town = Town::settled().await;
    let tried = town.upload("admin", "/imports/areas?dry_run=true", "t.csv", REDRAWN.as_bytes()).await.ok();
    let notes: Vec<_> = tried["notes"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    assert_eq!(
        notes,
        [
            "第3居民区 takes over 第1居民区 (R1) from 2026-11-24 on: its posts may see and handle the cases 第1居民区 had before. \
             第1居民区 still has 4 posts: they keep the cases they have, new ones go to 第3居民区; move these posts on the users page."
        ]
    );
    assert!(town.store.successions().await.unwrap().is_empty());
    import(&town, "admin", "areas", REDRAWN).await;
    assert_eq!(town.store.successions().await.unwrap().len(), 1);
    let again = import(&town, "admin", "areas", REDRAWN).await;
    assert_eq!((&again["taken"], &again["notes"]), (&json!(2), &json!([])), "IM1: said once");
}

#[tokio::test]
async fn boundaries_are_redrawn_only_within_ones_own_area_and_mistakes_name_row_and_field() {
    let town = Town::settled().await;
    let theirs =
        import(&town, "admin1", "areas", "编码,级别,名称,上级编码,承接\nR1,居民区,第1居民区,G,R2\n").await;
    assert_eq!(theirs["rows"][0]["problems"][0]["code"], "succession_outside");
    let itself =
        import(&town, "admin", "areas", "编码,级别,名称,上级编码,承接\nR1,居民区,第1居民区,G,R1\n").await;
    let problem = &itself["rows"][0]["problems"][0];
    assert_eq!(
        (&problem["code"], &problem["field"]),
        (&json!("succession_of_itself"), &json!("rows[2].succeeds"))
    );
    import(&town, "admin", "areas", REDRAWN).await;
    town.pass(Millis::days(1));
    let looped =
        import(&town, "admin", "areas", "编码,级别,名称,上级编码,承接\nR1,居民区,第1居民区,G,R3\n").await;
    assert_eq!(looped["rows"][0]["problems"][0]["code"], "succession_loop");
    let post = import(&town, "admin", "users", "账号,姓名,角色,区域\ncadre9,某某,居委干部,R1\n").await;
    assert_eq!(post["rows"][0]["problems"][0]["code"], "area_taken_over");
    // Taken back, everything is as it was.
    let back =
        import(&town, "admin", "areas", "编码,级别,名称,上级编码,承接\nR3,居民区,第3居民区,G2,-R1\n").await;
    assert!(back["notes"][0].as_str().unwrap().contains("taken over no more"), "{back}");
    assert!(town.get("desk", "/areas").await.ok().to_string().contains("\"R1\""));
}

#[tokio::test]
async fn what_was_filed_before_is_found_at_the_place_of_today_and_what_is_filed_now_lies_there() {
    let town = Town::settled().await;
    let old = file(&town, "desk", "D1", "old").await;
    file(&town, "desk", "R1", "old-at-r1").await;
    file(&town, "desk", "D2", "other").await;
    redrawn(&town).await;
    let new = file(&town, "cadre3", "D1", "new").await;
    file(&town, "desk", "R1", "new-at-r1").await;
    let lines = async |login: &str, queries: &[&str]| {
        let mut told = Vec::new();
        for query in queries {
            told.push(format!("{login} {query}: {}", numbers(&town, login, query).await));
        }
        told.join("\n")
    };
    assert_eq!(
        lines(
            "desk",
            &[
                "", "area=S", "area=G", "area=G2", "area=R3", "area=R1", "area=E1", "area=D1", "at=R3",
                "at=D1"
            ]
        )
        .await,
        "\
desk : new new-at-r1 old old-at-r1 other
desk area=S: new new-at-r1 old old-at-r1 other
desk area=G: other
desk area=G2: new new-at-r1 old old-at-r1
desk area=R3: new new-at-r1 old old-at-r1
desk area=R1: old old-at-r1
desk area=E1: new old
desk area=D1: new old
desk at=R3: new-at-r1 old-at-r1
desk at=D1: new old"
    );
    // Rights: the successor sees what was there; who had it before sees what they had, and nothing new.
    for (login, seen) in [
        ("cadre3", "new new-at-r1 old old-at-r1"),
        ("grid2", "new new-at-r1 old old-at-r1"),
        ("cadre1", "old old-at-r1"),
        ("grid", "old old-at-r1 other"),
        ("cadre2", "other"),
    ] {
        assert_eq!(numbers(&town, login, "").await, seen, "{login}");
    }
    let counts = town.get("cadre3", "/cases/counts?area=R3").await.ok();
    assert_eq!(counts["tabs"]["all"], 4);
    let map = town.get("desk", "/map/clusters?area=G2").await.ok();
    let clusters: Vec<_> = map["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["area"]["code"].as_str().unwrap(), c["open"].as_u64().unwrap()))
        .collect();
    assert_eq!(clusters, [("R3", 2), ("B1", 2)], "old and new stand at one place");
    // Numbers: today's parts, and each opened gives the cases it shows.
    let report = town.get("desk", "/indicators?by=area&area=S").await.ok();
    let of = |n: &Value| {
        n["numbers"].as_array().unwrap().iter().find(|i| i["code"] == "reported").unwrap()["now"]["numerator"]
            .as_i64()
            .unwrap()
    };
    let groups: Vec<_> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| (g["key"]["code"].as_str().unwrap().to_owned(), of(g)))
        .collect();
    assert_eq!(groups, [("G".to_owned(), 1), ("G2".to_owned(), 4)]);
    for (area, n) in groups {
        let rows = town.get("desk", &format!("/indicators/reported/cases?area={area}")).await.ok();
        assert_eq!(rows["items"].as_array().unwrap().len() as i64, n, "{area}");
    }
    let view = town.get("cadre3", &format!("/cases/{old}")).await.ok();
    assert_eq!(
        view["redrawn"],
        json!({
            "was": {"code": "R1", "label": "第1居民区"}, "now": {"code": "R3", "label": "第3居民区"}, "since": "2026-11-24"
        })
    );
    let printed = town.get("cadre3", &format!("/cases/{old}/print")).await.is(200);
    assert!(
        String::from_utf8_lossy(&printed.bytes)
            .contains("then 第1居民区, today 第3居民区 (since 2026-11-24)")
    );
    assert_eq!(town.get("cadre3", &format!("/cases/{new}")).await.ok()["redrawn"], Value::Null);
}

#[tokio::test]
async fn the_areas_of_today_are_listed_with_what_they_took_over() {
    let town = Town::settled().await;
    redrawn(&town).await;
    let areas = town.get("desk", "/areas").await.ok();
    let told: Vec<_> = areas
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let was: Vec<_> =
                a["took_over"].as_array().unwrap().iter().map(|w| w["name"].as_str().unwrap()).collect();
            format!(
                "{} in {} {}",
                a["id"].as_str().unwrap(),
                a["parent"].as_str().unwrap_or("-"),
                was.join(",")
            )
        })
        .collect();
    assert_eq!(
        told.join("\n"),
        "\
B1 in E1 
B2 in E2 
D1 in B1 
D2 in B2 
E1 in R3 
E2 in R2 
G in S 
G2 in S 
R2 in G 
R3 in G2 第1居民区
S in - "
    );
    let mine: Vec<_> = town
        .get("cadre3", "/areas?down_to=estate")
        .await
        .ok()
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(mine, ["E1", "G2", "R3", "S"]);
}

/// The officers of the old parent do nothing new on ground that is no longer theirs; records open by today's place.
#[tokio::test]
async fn rights_go_with_the_ground() {
    let town = Town::settled().await;
    redrawn(&town).await;
    let body = json!({ "class": "environment.waste", "text": "x", "area": "D1", "channel": "window" });
    town.post("grid", "/cases", body.clone()).await.problem(403, "forbidden");
    town.post("grid2", "/cases", body).await.ok();
    let found = town.get("cadre3", "/devices?area=R3").await.ok();
    assert_eq!(found["items"][0]["id"], "door-1", "registered in R1, which is R3 now");
    let people = town.get("cadre3", "/persons").await.ok();
    assert_eq!(people["items"].as_array().unwrap().len(), 1);
    // G1: a task at that home is still what opens a record.
    let person = people["items"][0]["id"].as_str().unwrap();
    let ask = |case: &str| json!({ "purpose": "care_visit", "case_id": case, "reason": "" });
    let elsewhere = file(&town, "cadre2", "D2", "x").await;
    town.post("cadre3", &format!("/persons/{person}/open"), ask(&elsewhere))
        .await
        .problem(422, "no_open_task");
    let task = file(&town, "cadre3", "D1", "x").await;
    let owner = town.get("cadre3", &format!("/cases/{task}")).await.ok()["owner"]["area"]["code"].clone();
    assert_eq!(owner, "R3");
    town.post("cadre3", &format!("/persons/{person}/open"), ask(&task)).await.ok();
}
