//! How often a rule was right, and how one that suspended itself comes back.

use crate::town::{Town, id};
use linli_model::{AreaId, Finding, Instant, Millis, Post, RegistryChange, Role, SuspensionStep};
use linli_store::Change;
use serde_json::json;

const LONELY: &str = r#"rule = "elder_not_out"
name = { zh = "某规则", en = "A rule" }
population = "elder_alone"
severity = "info"
case_class = "care.elder_not_out"
suspects = true
sentence = { zh = "已 {silence}", en = "for {silence}" }
[signal]
operator = "absent"
of = "door_open"
span = "2d"
coverage = "none"
"#;

fn registry(change: RegistryChange) -> Change {
    Change::Registry { effective_at: Instant(0), change: Box::new(change) }
}

/// A rule that suspects somebody; `wrong` of its cases were turned away in R1, one was in R2. A second desk.
async fn street(wrong: usize) -> Town {
    let town = Town::settled().await;
    let (rule, text) = ("elder_not_out".to_owned(), LONELY.to_owned());
    let set = RegistryChange::RuleSet { pack: "p".into(), rule, version: 1, text };
    let desk = Post {
        id: id("second desk"),
        user: id("officer"),
        role: Role::DutyDesk,
        area: AreaId::new("S"),
        area_path: linli_model::AreaPath::root(&AreaId::new("S")),
        valid_from: Instant(0),
        valid_to: None,
        skills: Vec::new(),
    };
    town.commit(vec![registry(set), Change::PostSet(desk)]).await;
    for n in 0..=wrong {
        let place = if n == wrong { "2" } else { "1" };
        let case = town.case_at(place).await;
        let start = Instant(n as i64);
        let mut finding: Finding = town.finding_at(place).await;
        (finding.start, finding.id) =
            (start, linli_model::FindingId::of("elder_not_out", &finding.subject, start));
        let case_id = case.parse().unwrap();
        town.commit(vec![Change::FindingSet { finding: Box::new(finding), case: Some(case_id) }]).await;
        let turned_away = json!({"command": "reject", "reason": "误报"});
        town.command(&format!("cadre{place}"), &case, turned_away).await.ok();
    }
    town
}

async fn suspend(town: &Town) {
    let step =
        SuspensionStep::Suspended { n: 20, confirmed: 0, upper_permille: 77, told: vec!["desk 某".into()] };
    let rule = "elder_not_out".to_owned();
    town.commit(vec![registry(RegistryChange::RuleSuspension { rule, version: 1, step })]).await;
}

/// OC1
#[tokio::test]
async fn the_share_of_false_alarms_is_shown_with_n_and_areas_below_five_are_not() {
    let town = street(6).await;
    let view = town.get("desk", "/rules/elder_not_out/outcomes").await.ok();
    assert_eq!(view["all"]["n"], 7);
    assert_eq!(view["all"]["false_alarms"], 1.0);
    assert_eq!(view["verdict"]["code"], "too_few");
    let areas = view["areas"].as_array().unwrap();
    let said =
        |i: usize| (areas[i]["area"]["code"].as_str().unwrap().to_owned(), areas[i]["share"]["n"].clone());
    assert_eq!(said(0), ("E1".to_owned(), json!(null)), "with one hidden it could be had from the sum");
    assert_eq!(said(1), ("E2".to_owned(), json!(null)));
    let cut = town.get("cadre1", "/rules/elder_not_out/outcomes").await.ok();
    assert_eq!(cut["areas"].as_array().unwrap().len(), 1);
    assert_eq!(cut["areas"][0]["share"]["n"], 6);
    assert_eq!(cut["may_ask"], false);
    assert_eq!(cut["all"], json!(null), "less the six of E1 it would be the one of E2");
}

/// OC1
#[tokio::test]
async fn the_sum_is_hidden_where_the_only_area_s_outcomes_are() {
    let town = street(2).await;
    for login in ["cadre1", "desk"] {
        let view = town.get(login, "/rules/elder_not_out/outcomes").await.ok();
        let shares: Vec<_> = view["areas"].as_array().unwrap().iter().map(|a| a["share"].clone()).collect();
        assert!(!shares.is_empty() && shares.iter().all(|s| s.is_null()), "{view}");
        assert_eq!((&view["all"], &view["verdict"]["code"]), (&json!(null), &json!("too_few")));
        let sentence = view["sentence"].as_str().unwrap();
        assert!(!sentence.contains(|c: char| c.is_ascii_digit()), "{login}: {sentence}");
    }
}

/// RS1, RS2
#[tokio::test]
async fn a_suspended_rule_comes_back_with_a_reason_and_by_a_second_person() {
    let town = street(1).await;
    let ask = |login: &'static str, reason: &'static str| {
        town.post(login, "/rules/elder_not_out/resume", json!({"reason": reason}))
    };
    let grant = |login: &'static str| town.post(login, "/rules/elder_not_out/resume/grant", json!(null));
    ask("desk", "门限已改").await.problem(422, "not_suspended");
    suspend(&town).await;
    let rows = town.get("cadre1", "/rules").await.ok();
    assert_eq!(rows[0]["suspended"], true, "it is out of force for everybody to read");
    grant("desk").await.problem(422, "nobody_asked");
    ask("desk", "  ").await.problem(400, "reason_needed");
    let asked = ask("desk", "门限已改").await.ok();
    assert_eq!((asked["may_ask"].clone(), asked["may_grant"].clone()), (json!(false), json!(false)));
    ask("officer", "我也要").await.problem(422, "already_asked");
    grant("desk").await.problem(422, "second_person");
    assert_eq!(town.get("officer", "/rules/elder_not_out/outcomes").await.ok()["may_grant"], true);
    town.pass(Millis::minutes(1));
    let back = grant("officer").await.ok();
    assert_eq!((back["suspended"].clone(), back["all"]["n"].clone()), (json!(false), json!(0)));
    let steps: Vec<_> = back["steps"].as_array().unwrap().iter().map(|s| s["step"].clone()).collect();
    assert_eq!(steps, ["granted", "asked", "suspended"]);
    grant("officer").await.problem(422, "not_suspended");
    assert_eq!(town.get("desk", "/rules").await.ok()[0]["suspended"], false);
}
