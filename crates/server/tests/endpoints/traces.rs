//! Why a rule said what it said, and what it costs.

use crate::{
    rules::{now_less, street},
    town::Town,
};
use linli_casework::{ActorKind, CaseId, Opening, Origin};
use linli_model::{
    AreaId, AreaPath, Evidence, Finding, FindingChange, FindingId, FindingKind, Instant, Millis, Severity,
    Subject, SubjectKind, Text,
};
use linli_server::cases::carry::open_case;
use linli_store::Change;
use serde_json::{Value as Json, json};

/// A finding as the engine would have told it, in the store.
async fn told(
    town: &Town,
    rule: &str,
    subject: Subject,
    (area, path): (&str, &str),
    start: Instant,
) -> String {
    let id = FindingId::of(rule, &subject, start);
    let finding = Finding {
        id,
        kind: FindingKind::Signal,
        change: FindingChange::Opened,
        rule: rule.into(),
        rule_version: 1,
        area: AreaId::new(area),
        area_path: AreaPath(path.into()),
        subject,
        severity: Severity::Attention,
        start,
        end: None,
        decided_at: start,
        sentence: Text::new("压力 0.14", "pressure 0.14"),
        case_class: "fire.hydrant_pressure".into(),
        evidence: Evidence::default(),
    };
    town.commit(vec![Change::FindingSet { finding: Box::new(finding), case: None }]).await;
    id.to_string()
}

fn device(n: &str) -> Subject {
    Subject::new(SubjectKind::Device, n)
}

#[tokio::test]
async fn a_finding_s_trace_says_what_each_part_of_its_rule_said() {
    let town = street().await;
    let start = now_less(&town, 20);
    let id = told(&town, "hydrant_low", device("h-1"), ("E1", "S/G/R1/E1/"), start).await;
    let trace = town.get("cadre1", &format!("/findings/{id}/trace")).await.ok();
    assert_eq!((&trace["name"], &trace["notice"]), (&json!("Hydrant pressure low"), &Json::Null), "{trace}");
    let explained = &trace["explanation"];
    assert_eq!(explained["verdict"], "holds");
    let signal = &explained["signals"][0];
    assert_eq!((&signal["name"], &signal["says"]["code"]), (&json!("signal"), &json!("true")));
    let raise = &signal["conditions"][0];
    assert_eq!((&raise["field"]["code"], &raise["device"]), (&json!("raise"), &json!("h-1")));
    let part = &raise["parts"][0];
    assert_eq!((&part["truth"], &part["decides"]), (&json!(true), &json!(true)));
    assert_eq!(part["said"], "Water pressure (0.14 MPa) is below Floor (0.15)");
    assert_eq!(explained["limits"], json!([{"measure": "pressure_mpa", "value": 0.15, "label": "Floor"}]));
    assert_eq!(explained["variables"][0]["max"], 0.3);
    assert_eq!(explained["series"][0]["measure"], "pressure_mpa");
    let script = trace["script"].as_str().unwrap();
    assert!(script.contains("kind = \"fires\"") && script.contains("expect opened device:h-1 d"), "{script}");
    town.get("cadre2", &format!("/findings/{id}/trace")).await.problem(404, "not_found");
}

/// TC2
#[tokio::test]
async fn where_the_past_no_longer_gives_what_was_told_the_trace_says_so() {
    let town = street().await;
    let start = now_less(&town, 18);
    let id = told(&town, "hydrant_low", device("h-1"), ("E1", "S/G/R1/E1/"), start).await;
    let trace = town.get("cadre1", &format!("/findings/{id}/trace")).await.ok();
    assert_eq!(trace["explanation"]["verdict"], "does_not");
    assert!(trace["notice"].as_str().unwrap().contains("does not say what was told"), "{trace}");
    assert_eq!(trace["script"], Json::Null, "what cannot be shown makes no test");
}

/// AQ1, G13
#[tokio::test]
async fn of_a_home_s_finding_only_who_may_open_records_sees_the_way_and_by_days() {
    let town = street().await;
    let home = Subject::new(SubjectKind::Dwelling, "H1");
    let start = now_less(&town, 16);
    let id = told(&town, "not_out", home, ("H1", "S/G/R1/E1/B1/D1/H1/"), start).await;
    let path = format!("/findings/{id}/trace");
    let trace = town.get("cadre1", &path).await.ok();
    let explained = &trace["explanation"];
    assert_eq!((&explained["verdict"], &explained["by_day"]), (&json!("holds"), &json!(true)), "{trace}");
    assert_eq!(trace["start"].as_str().unwrap().len(), 10, "a day, not a minute");
    assert_eq!(trace["script"], Json::Null, "a test has minutes in it");
    let text = trace.to_string();
    let is_clock = |w: &[u8]| w[0] == b'T' && w[1].is_ascii_digit() && w[2].is_ascii_digit() && w[3] == b':';
    assert!(!text.as_bytes().windows(4).any(is_clock), "no minute anywhere: {text}");
    let desk = town.get("desk", &path).await.ok();
    assert_eq!(desk["explanation"], Json::Null);
    assert!(desk["notice"].as_str().unwrap().contains("about a home"), "{desk}");
    let looks = town.get("officer", "/access-log").await.ok();
    assert!(looks["items"].to_string().contains("dwelling:H1"), "{looks}");
}

#[tokio::test]
async fn why_not_names_the_first_condition_that_is_not_met_and_counts_what_changed_nothing() {
    let town = street().await;
    let asked = format!("/rules/hydrant_low/explanation?subject=device:h-1&at={}", now_less(&town, 1));
    let why = town.get("cadre1", &asked).await.ok();
    assert_eq!(why["verdict"], "does_not");
    assert_eq!(why["why_not"], "Water pressure (0.35 MPa) is not below Floor (0.15)");
    assert_eq!((&why["heard"], &why["dull"]), (&json!(8), &json!(4)), "{why}");
    let tried = town.get("cadre1", &format!("{asked}&values=floor=0.3")).await.ok();
    assert_eq!(tried["variables"][0]["value"], 0.3);
    let wrong =
        town.get("cadre1", &format!("{asked}&values=floor=3,roof=1")).await.is(400).json().to_string();
    assert!(wrong.contains("values.floor") && wrong.contains("values.roof"), "{wrong}");
}

/// A rule that keeps subjects is asked about the home when it is asked about its door.
#[tokio::test]
async fn a_device_that_stands_for_a_home_is_asked_about_as_the_home() {
    let town = street().await;
    let path = "/rules/not_out/explanation?subject=device:door-1";
    let why = town.get("cadre1", path).await.ok();
    assert_eq!((&why["subject"], &why["by_day"]), (&json!("dwelling:H1"), &json!(true)));
    town.get("desk", path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_curve_has_its_line_and_what_would_be_told_on_both_sides() {
    let town = street().await;
    let path = "/rules/hydrant_low/curve?subject=device:h-1&values=floor=0.25";
    let curve = town.get("cadre1", path).await.ok();
    assert_eq!(curve["series"][0]["points"].as_array().unwrap().len(), 8);
    let n = |side: &str| curve[side]["episodes"].as_array().unwrap().len();
    assert_eq!((n("in_force"), n("candidate")), (2, 4), "{curve}");
    assert_eq!(curve["in_force"]["limits"][0]["value"], 0.15);
    assert_eq!(curve["candidate"]["limits"][0]["value"], 0.25);
    town.get("cadre2", path).await.problem(404, "not_found");
}

/// SB1
#[tokio::test]
async fn only_what_may_be_asked_about_is_found() {
    let town = street().await;
    let found = |rows: &Json| {
        rows.as_array().unwrap().iter().map(|r| r["subject"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&town.get("cadre1", "/rules/hydrant_low/subjects").await.ok()), ["device:h-1"]);
    assert_eq!(found(&town.get("desk", "/rules/hydrant_low/subjects?q=h-2").await.ok()), ["device:h-2"]);
    assert_eq!(found(&town.get("cadre1", "/rules/not_out/subjects").await.ok()), ["dwelling:H1"]);
    assert!(
        found(&town.get("desk", "/rules/not_out/subjects").await.ok()).is_empty(),
        "homes are not the desk's"
    );
}

#[tokio::test]
async fn values_are_those_of_the_nearest_area_that_set_one() {
    let town = street().await;
    let of = |area: &str| format!("/rules/hydrant_low/values?area={area}");
    let template = town.get("cadre1", &of("E1")).await.ok();
    assert_eq!((&template["variables"][0]["value"], &template["own"]), (&json!(0.15), &json!([])));
    let ask = json!({"area": "E1", "values": {"floor": 0.25}});
    town.post("cadre1", "/rules/hydrant_low/overrides", ask).await.ok();
    let below = town.get("cadre1", &of("B1")).await.ok();
    assert_eq!(
        (&below["variables"][0]["value"], &below["variables"][0]["set_by"]["code"]),
        (&json!(0.25), &json!("E1"))
    );
    assert_eq!(below["own"], json!([]), "it is another area's");
    assert_eq!(town.get("cadre1", &of("E1")).await.ok()["own"], json!(["floor"]));
    assert_eq!(
        town.get("cadre1", &of("R1")).await.ok()["variables"][0]["value"],
        0.15,
        "above it the template holds"
    );
    town.get("cadre1", &of("E2")).await.problem(404, "not_found");
}

/// LD1
#[tokio::test]
async fn load_is_counted_in_cases_a_shift() {
    let town = street().await;
    let load = town.get("cadre1", "/rules/load").await.ok();
    assert_eq!((&load["cases"], &load["workers"]), (&json!(0), &json!(1)), "{load}");
    let rules: Vec<_> = load["rules"].as_array().unwrap().iter().map(|r| r["rule"].clone()).collect();
    assert_eq!(rules, ["hydrant_low", "not_out"]);
}

/// A hydrant of R1 or R2 is low for the nth time: a case of its own.
async fn case_of_a_finding(town: &Town, place: &str, n: u128) {
    let start = town.state.now() - Millis::hours(n as i64);
    let path = format!("S/G/R{place}/E{place}/");
    let subject = device(&format!("h-{place}"));
    let finding = told(town, "hydrant_low", subject.clone(), (&format!("E{place}"), &path), start).await;
    let opening = Opening {
        id: CaseId(uuid::Uuid::from_u128(n)),
        number: format!("S-{n}"),
        class: "fire.hydrant_pressure".into(),
        title: "消火栓压力低".into(),
        text: String::new(),
        place: format!("{place}村"),
        area: AreaId::new(format!("E{place}")),
        lon: None,
        lat: None,
        severity: Some(Severity::Attention),
        origin: Origin::Finding { finding: finding.parse().unwrap(), rule: "hydrant_low".into() },
        subject: Some(subject),
        reporters: vec![],
        photos: vec![],
    };
    open_case(&town.state, &opening, &ActorKind::System, Vec::new(), None).await.unwrap();
}

/// LD1
#[tokio::test]
async fn load_counts_the_cases_of_findings_in_the_last_thirty_days_and_shares_them_between_workers() {
    let town = street().await;
    town.case_at("1").await;
    case_of_a_finding(&town, "1", 1).await;
    town.pass(Millis::days(31));
    for n in 2..=7 {
        case_of_a_finding(&town, "1", n).await;
    }
    case_of_a_finding(&town, "2", 8).await;
    let load = |login: &'static str| {
        let town = &town;
        async move {
            let load = town.get(login, "/rules/load").await.ok();
            ["cases", "workers", "per_shift", "per_worker_week"].map(|field| load[field].clone())
        }
    };
    assert_eq!(
        load("cadre1").await,
        [json!(6), json!(1), json!(0.07), json!(1.4)],
        "not the old one, no report"
    );
    assert_eq!(load("desk").await, [json!(7), json!(2), json!(0.08), json!(0.82)]);
    let load = town.get("desk", "/rules/load").await.ok();
    let of = |rule: usize| (load["rules"][rule]["cases"].clone(), load["rules"][rule]["per_shift"].clone());
    assert_eq!((of(0), of(1)), ((json!(7), json!(0.08)), (json!(0), json!(0.0))));
}
