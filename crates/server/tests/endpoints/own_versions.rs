//! What the versions of an own rule changed, told by the server.

use crate::town::Town;
use serde_json::{Value as Json, json};

const LOUD: &str = r#"rule = "loud"
name = { zh = "太吵", en = "Too loud" }
key = "device"
severity = "attention"
case_class = "noise.neighbour"
sentence = { zh = "噪声 {value}", en = "noise {value}" }
[parameters.limit]
label = { zh = "上限", en = "Limit" }
value = 70
min = 40
max = 90
unit = "dB"
[signal]
operator = "level"
raise = "noise_db > limit && hour >= 22"
"#;

/// Saves a text as the next version and brings it to run.
async fn on(town: &Town, text: &str, revision: &mut u64) {
    let path = "/own-rules/E1/loud";
    let saved =
        town.post("cadre1", &format!("{path}/draft"), json!({"text": text, "revision": revision})).await.ok();
    *revision = saved["revision"].as_u64().unwrap();
    for action in ["shadow", "on"] {
        let ask = json!({"action": action, "revision": revision});
        *revision =
            town.post("cadre1", &format!("{path}/stage"), ask).await.ok()["revision"].as_u64().unwrap();
    }
}
async fn versions(town: &Town) -> Json {
    town.get("cadre1", "/own-rules/E1/loud/versions").await.ok()
}
fn lines(changes: &Json) -> Vec<&str> {
    changes.as_array().unwrap().iter().map(|c| c["text"].as_str().unwrap()).collect()
}

/// OX1, OX2
#[tokio::test]
async fn each_version_tells_what_it_changed_and_what_going_back_would_change() {
    let town = Town::settled().await;
    let mut revision = 0;
    on(&town, LOUD, &mut revision).await;
    let louder = LOUD.replace("value = 70", "value = 65").replace("noise.neighbour", "other");
    on(&town, &louder, &mut revision).await;
    on(&town, &louder.replace(" && hour >= 22", ""), &mut revision).await;
    let draft = |text: String, revision: u64| {
        let body = json!({"text": text, "revision": revision});
        let town = &town;
        async move { town.post("cadre1", "/own-rules/E1/loud/draft", body).await.ok() }
    };
    draft("rule = ".to_owned(), revision).await;
    let found = versions(&town).await;
    let [four, three, two, one] = &found["versions"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(found["on"], 3);
    assert_eq!(
        (&four["readable"], &four["before"], &four["back"]),
        (&json!(false), &Json::Null, &Json::Null)
    );
    assert_eq!((&three["before"], &three["back"]), (&json!(2), &Json::Null), "it is on");
    let raise = "the signal, raised when (raise), what must all hold";
    assert_eq!(lines(&three["changes"]), [format!("{raise}: left out \"hour >= 22\"")]);
    assert_eq!(lines(&two["back"]), [format!("{raise}: added \"hour >= 22\"")]);
    assert_eq!(
        lines(&two["changes"]),
        ["case class: Noise → Something else", "parameter \"Limit\" (limit): 70 dB → 65 dB"],
        "classes are called as cases call them"
    );
    assert_eq!((&one["before"], lines(&one["changes"])), (&Json::Null, vec![]), "nothing was before it");
    assert_eq!(lines(&one["back"]).len(), 3, "{one}");

    // Right again, it is compared with the last that could be read; written otherwise, it is the same.
    let now = town.get("cadre1", "/own-rules").await.ok()["rules"][0]["revision"].as_u64().unwrap();
    let same = format!("# the same\n{}", louder.replace(" && hour >= 22", ""));
    draft(same, now).await;
    let newest = versions(&town).await["versions"][0].clone();
    assert_eq!((&newest["version"], &newest["before"]), (&json!(4), &json!(3)));
    assert_eq!((lines(&newest["changes"]), lines(&newest["back"])), (vec![], vec![]));
}

#[tokio::test]
async fn versions_of_a_rule_that_is_not_there_are_not_found() {
    let town = Town::settled().await;
    town.get("cadre1", "/own-rules/E1/none/versions").await.problem(404, "not_found");
    town.get("cadre1", "/own-rules/E2/loud/versions").await.problem(404, "not_found");
    town.get("volunteer1", "/own-rules/E1/loud/versions").await.is(403);
}
