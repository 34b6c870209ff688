//! docs/formats.md and docs/reading.schema.json say what the code does.

mod support;

use linli_intake::{
    Limits, Message, Principal, RawRow,
    judge::{NAME_BYTES_MAX, TEXT_CHARS_MAX},
    row::{FIELDS, FIELDS_REQUIRED},
};
use linli_model::{QuarantineReason, SourceId};
use std::{collections::BTreeSet, fs, path::Path};

fn doc(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

#[test]
fn the_schema_names_the_fields_of_the_parser() {
    let schema: serde_json::Value = serde_json::from_str(&doc("reading.schema.json")).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    assert!(properties.keys().map(String::as_str).eq(FIELDS));
    let required: Vec<_> =
        schema["required"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(required, FIELDS_REQUIRED);
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(properties["device"]["maxLength"], NAME_BYTES_MAX);
}

#[tokio::test]
async fn the_examples_of_the_document_have_the_right_shape() {
    let text = doc("formats.md");
    let examples = text.split("```ndjson\n").nth(1).unwrap().split("```").next().unwrap();
    let snapshot = support::snapshot(true);
    let principal = Principal::installation("doc", SourceId::new("gw-1"));
    for (n, line) in examples.lines().enumerate() {
        let ctx = linli_intake::JudgeContext {
            directory: &snapshot,
            principal: &principal,
            source: None,
            received_at: "2026-11-23T08:30:00+08:00".parse().unwrap(),
            clock_ahead_max: linli_intake::take::CLOCK_AHEAD_MAX,
        };
        let row = RawRow { number: n as u32 + 1, bytes: line.as_bytes() };
        // The devices of the example are not registered here: that is all that may be wrong with it.
        let verdict = linli_intake::judge(row, &ctx).map_err(|q| q.reason);
        assert!(matches!(verdict, Ok(_) | Err(QuarantineReason::UnknownDevice)), "{line}: {verdict:?}");
    }
}

#[test]
fn every_field_reason_and_limit_of_the_code_stands_in_the_document() {
    let text = doc("formats.md");
    let fields: BTreeSet<_> = FIELDS.iter().map(|f| format!("| `{f}` |")).collect();
    assert!(fields.iter().all(|f| text.contains(f.as_str())), "{fields:?}");
    for reason in [
        QuarantineReason::Malformed,
        QuarantineReason::UnknownDevice,
        QuarantineReason::UnknownMeasure,
        QuarantineReason::ForeignDevice,
        QuarantineReason::ClockOutOfRange,
        QuarantineReason::ForbiddenContent,
        QuarantineReason::ValueOutOfRange,
    ] {
        assert!(text.contains(&format!("| `{}` |", reason.as_str())), "{}", reason.as_str());
    }
    let limits = Limits::default();
    for said in [
        format!("{} MB", limits.body_bytes_max >> 20),
        format!("{} MB", limits.unpacked_bytes_max >> 20),
        "500,000".to_owned(),
        format!("{TEXT_CHARS_MAX} characters"),
        "30 minutes".to_owned(),
    ] {
        assert!(text.contains(&said), "{said}");
    }
    assert_eq!(limits.rows_max, 500_000);
}

#[tokio::test]
async fn the_answer_has_the_fields_of_the_document() {
    let bench = support::bench();
    let principal = bench.intake.authenticate("gw-1", b"secret-1").unwrap();
    let body = [support::row(1, "door-1"), support::row(2, "door-404")].join("\n");
    let receipt = bench.intake.take(&principal, Message::of(body.as_bytes())).await.unwrap();
    let said = serde_json::to_value(&receipt).unwrap();
    let text = doc("formats.md");
    let shown = text.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    let keys = |v: &serde_json::Value| v.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&said), keys(&shown));
    assert_eq!(keys(&said["rows"][0]), keys(&shown["rows"][0]));
    assert_eq!(keys(&said["rows"][0]["diagnostic"]), keys(&shown["rows"][0]["diagnostic"]));
}
