use super::*;
use crate::{directory::Scope, row::FIELDS_REQUIRED};

const NOW: &str = "2026-11-23T08:30:00+08:00";

fn device(
    source: &str,
    class: DeviceClass,
    state: linli_model::DeviceState,
    id: &str,
) -> linli_model::Device {
    let area = linli_model::AreaId::new("310104011012");
    linli_model::Device {
        id: DeviceId::new(id),
        class,
        name: id.to_owned(),
        area_path: linli_model::AreaPath::root(&area),
        area,
        source: SourceId::new(source),
        subject: None,
        measures: if class == DeviceClass::WirelessProbe {
            vec![Measure::new("probe_count")]
        } else {
            vec![]
        },
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state,
        valid_from: Instant(0),
    }
}

pub(crate) fn snapshot() -> Snapshot {
    use linli_model::DeviceState::{Active, Retired};
    let devices = [
        device("gw-1", DeviceClass::SmartDoor, Active, "door-1"),
        device("gw-1", DeviceClass::WaterPressure, Active, "water-1"),
        device("gw-1", DeviceClass::WirelessProbe, Active, "probe-1"),
        device("gw-1", DeviceClass::Lift, Retired, "lift-old"),
        device("gw-2", DeviceClass::SmartDoor, Active, "door-9"),
    ];
    let number = |min, max| MeasureKind::Number { min, max };
    let measure =
        |code: &str, kind, unit: &str| MeasureSpec { code: Measure::new(code), kind, unit: unit.to_owned() };
    Snapshot::default().devices(&devices).measures([
        measure("door_open", MeasureKind::Flag, ""),
        measure("pressure_mpa", number(0.0, 2.5), "MPa"),
        measure("probe_count", number(0.0, 100_000.0), ""),
        measure("card", MeasureKind::Text { chars_max: 8 }, ""),
    ])
}

fn judged(row: &str) -> Result<Passed, Quarantined> {
    let snapshot = snapshot();
    let principal = Principal::gateway("gw-1", SourceId::new("gw-1"));
    judge_as(row.as_bytes(), &snapshot, &principal)
}

fn judge_as(row: &[u8], directory: &Snapshot, principal: &Principal) -> Result<Passed, Quarantined> {
    let received_at = NOW.parse().unwrap();
    let clock_ahead_max = Millis::minutes(30);
    let ctx = JudgeContext { directory, principal, source: None, received_at, clock_ahead_max };
    judge(RawRow { number: 7, bytes: row }, &ctx)
}

/// `reason code field` of a row that must not pass.
fn verdict(row: &str) -> String {
    let q = judged(row).expect_err("should be quarantined");
    assert!(!q.diagnostic.message.zh.is_empty() && !q.diagnostic.message.en.is_empty());
    assert_eq!(q.row, 7);
    format!("{} {} {}", q.reason.as_str(), q.diagnostic.code, q.diagnostic.field)
}

/// A good row with one field's text replaced (or taken out, when the new text is empty).
fn with(field: &str, text: &str) -> String {
    let good = [
        ("id", r#""r-1""#),
        ("device", r#""water-1""#),
        ("observed_at", r#""2026-11-23T08:29:00+08:00""#),
        ("measure", r#""pressure_mpa""#),
        ("value", "0.21"),
    ];
    let mut fields: Vec<String> = good
        .iter()
        .map(|(k, v)| (k, if *k == field { text } else { v }))
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| format!(r#""{k}":{v}"#))
        .collect();
    if good.iter().all(|(k, _)| *k != field) {
        fields.push(format!(r#""{field}":{text}"#));
    }
    format!("{{{}}}", fields.join(","))
}

#[test]
fn a_good_row_becomes_the_reading_it_says() {
    let passed = judged(&with("subject", r#""dwelling:D-302""#)).unwrap();
    assert_eq!(passed.source, None, "the sender's home");
    let reading = passed.reading;
    assert_eq!(reading.id, ReadingId::new("r-1"));
    assert_eq!(reading.observed_at, "2026-11-23T00:29:00Z".parse().unwrap());
    assert_eq!(reading.value, Value::Number(0.21));
    assert_eq!(reading.subject.unwrap().to_string(), "dwelling:D-302");
}

#[test]
fn values_that_are_no_finite_number_are_named_as_such() {
    for value in ["NaN", "-Infinity", "1e999", "-1e999", "inf"] {
        assert_eq!(verdict(&with("value", value)), "malformed value_not_finite rows[7].value", "{value}");
    }
    for value in ["null", "[1]", "{\"n\":1}", "0x10", "01", "tru"] {
        assert_eq!(verdict(&with("value", value)), "malformed value_kind rows[7].value", "{value}");
    }
    assert_eq!(
        verdict(&with("value", r#""0.21""#)),
        "malformed value_kind rows[7].value",
        "a number as text"
    );
}

#[test]
fn a_range_is_crossed_from_both_sides() {
    for (value, passes) in [("0", true), ("2.5", true), ("-0.001", false), ("2.501", false)] {
        let row = with("value", value);
        if passes {
            judged(&row).unwrap();
        } else {
            assert_eq!(verdict(&row), "value_out_of_range value_out_of_range rows[7].value", "{value}");
        }
    }
}

/// JD4: a clock known to be eight hours fast, from both sides of the bound; and after it was mended.
#[test]
fn a_fast_clock_that_is_known_is_let_in_and_its_reading_keeps_the_time_it_says() {
    let meter = DeviceId::new("water-1");
    let known = snapshot().clocks([(&meter, Millis::hours(8))]);
    let principal = Principal::gateway("gw-1", SourceId::new("gw-1"));
    let observed = |t: &str| {
        let row = with("observed_at", &format!("\"{t}\""));
        judge_as(row.as_bytes(), &known, &principal).map(|p| p.reading.observed_at)
    };
    for t in ["2026-11-23T16:30:00+08:00", "2026-11-23T17:00:00+08:00", "2026-11-23T08:30:00+08:00"] {
        assert_eq!(observed(t).unwrap(), t.parse().unwrap(), "{t}");
    }
    assert_eq!(observed("2026-11-23T17:00:00.001+08:00").unwrap_err().diagnostic.code, "clock_out_of_range");
    let slow = snapshot().clocks([(&meter, Millis::hours(-8))]);
    let now = with("observed_at", &format!("\"{NOW}\""));
    judge_as(now.as_bytes(), &slow, &principal).expect("it may have been mended");
}

#[test]
fn times_of_1970_and_2100_and_the_far_future_are_quarantined() {
    let at = |t: &str| with("observed_at", &format!("\"{t}\""));
    for t in [
        "1970-01-01T00:00:00Z",
        "1999-12-31T23:59:59.999Z",
        "2100-01-01T00:00:00Z",
        "2026-11-23T09:00:00.001+08:00",
    ] {
        assert_eq!(verdict(&at(t)), "clock_out_of_range clock_out_of_range rows[7].observed_at", "{t}");
    }
    for t in ["2000-01-01T00:00:00Z", "2026-11-23T09:00:00+08:00"] {
        judged(&at(t)).unwrap();
    }
    for t in ["2026-11-23T08:29:00", "yesterday", ""] {
        assert_eq!(verdict(&at(t)), "malformed time_unreadable rows[7].observed_at", "{t}");
    }
    assert_eq!(verdict(&with("observed_at", "1795420800")), "malformed field_kind rows[7].observed_at");
}

#[test]
fn unknown_devices_and_measures_are_named() {
    assert_eq!(verdict(&with("device", r#""water-2""#)), "unknown_device unknown_device rows[7].device");
    assert_eq!(verdict(&with("device", r#""lift-old""#)), "unknown_device device_retired rows[7].device");
    assert_eq!(verdict(&with("measure", r#""pressure""#)), "unknown_measure unknown_measure rows[7].measure");
    let other = with("device", r#""probe-1""#);
    assert_eq!(verdict(&other), "unknown_measure measure_not_of_device rows[7].measure");
}

#[test]
fn a_device_that_sends_as_another_is_quarantined() {
    assert_eq!(verdict(&with("device", r#""door-9""#)), "foreign_device foreign_device rows[7].device");
    assert_eq!(verdict(&with("source", r#""gw-2""#)), "foreign_device foreign_source rows[7].source");
    let snapshot = snapshot();
    let alone = Principal::device(SourceId::new("gw-1"), DeviceId::new("door-1"));
    let q = judge_as(with("id", r#""x""#).as_bytes(), &snapshot, &alone).unwrap_err();
    assert_eq!(q.reason, QuarantineReason::ForeignDevice, "its own source, but the neighbour's device");
    let both = Principal {
        sources: Scope::only([SourceId::new("gw-1"), SourceId::new("gw-2")]),
        ..Principal::gateway("both", SourceId::new("gw-1"))
    };
    let row = r#"{"source":"gw-2","device":"door-9","observed_at":"2026-11-23T08:29:00+08:00","measure":"door_open","value":1}"#;
    let passed = judge_as(row.as_bytes(), &snapshot, &both).unwrap();
    assert_eq!(passed.source, Some(SourceId::new("gw-2")));
    assert_eq!(passed.reading.value, Value::Flag(true), "1 is true for a flag");
}

#[test]
fn the_shape_is_checked_field_by_field() {
    for field in FIELDS_REQUIRED {
        assert_eq!(verdict(&with(field, "")), format!("malformed missing_field rows[7].{field}"));
    }
    assert_eq!(verdict(&with("battery", "3")), "malformed unknown_field rows[7]");
    assert_eq!(verdict(&with("id", "17")), "malformed field_kind rows[7].id");
    assert_eq!(verdict(&with("device", r#""""#)), "malformed name_unusable rows[7].device");
    assert_eq!(verdict(&with("subject", r#""302""#)), "malformed subject_unreadable rows[7].subject");
    let twice = with("id", r#""a""#).replacen('{', r#"{"id":"b","#, 1);
    assert_eq!(verdict(&twice), "malformed duplicate_field rows[7].id");
    for text in ["", "17", "{", "door-1,2026-11-23,1", r#"{"device":"water-1"} x"#] {
        assert_eq!(verdict(text), "malformed not_an_object rows[7]", "{text}");
    }
    let q = judged(&with("battery", "3")).unwrap_err();
    assert!(q.diagnostic.message.en.contains("battery"), "{}", q.diagnostic.message.en);
}

#[test]
fn deep_nesting_is_refused_without_following_it() {
    let deep = with("value", &"[".repeat(200_000));
    assert_eq!(verdict(&deep), "malformed too_deep rows[7]");
    assert_eq!(judged(&deep).unwrap_err().raw.len(), RAW_BYTES_MAX, "and kept only in part");
}

#[test]
fn wrong_utf8_is_named_with_its_place() {
    let mut row = with("id", r#""xx""#).into_bytes();
    let at = row.iter().position(|c| *c == b'x').unwrap();
    row[at] = 0xcc;
    let q = judge_as(&row, &snapshot(), &Principal::gateway("g", SourceId::new("gw-1"))).unwrap_err();
    assert_eq!((q.reason, q.diagnostic.code.as_str()), (QuarantineReason::Malformed, "not_utf8"));
    assert!(q.diagnostic.message.en.contains(&format!("byte {}", at + 1)), "{}", q.diagnostic.message.en);
}

#[test]
fn names_and_texts_have_their_longest_length() {
    let name = |n: usize| with("id", &format!("\"{}\"", "i".repeat(n)));
    judged(&name(NAME_BYTES_MAX)).unwrap();
    assert_eq!(verdict(&name(NAME_BYTES_MAX + 1)), "malformed name_unusable rows[7].id");
    let card = |n: usize| with("value", &format!("\"{}\"", "卡".repeat(n))).replace("pressure_mpa", "card");
    judged(&card(8)).unwrap();
    assert_eq!(verdict(&card(9)), "malformed text_too_long rows[7].value");
}

#[test]
fn a_row_without_id_gets_the_same_one_every_time_and_another_for_other_content() {
    let id = |row: &str| judged(row).unwrap().reading.id.0;
    let first = id(&with("id", ""));
    assert!(first.starts_with("h:") && first.len() == 34, "{first}");
    assert_eq!(first, id(&with("id", "")));
    assert_eq!(first, id(&with("id", "null")));
    assert_eq!(first, id(&with("id", "").replace("08:29:00+08:00", "00:29:00Z")), "the same instant");
    assert_ne!(first, id(&with("id", "").replace("0.21", "0.22")));
    assert_ne!(first, id(&with("id", "").replace("08:29", "08:28")));
}

#[test]
fn what_the_law_forbids_leaves_no_trace_of_itself() {
    let mac = "a4:5e:60:c1:22:0f";
    let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let probe = |value: &str| {
        with("value", value).replace("water-1", "probe-1").replace("pressure_mpa", "probe_count")
    };
    judged(&probe("12")).unwrap();
    let vector = format!("[{}]", vec!["0.1"; 128].join(","));
    let cases = [
        (probe(&format!("\"{mac}\"")), mac, "forbidden_mac"),
        (probe(&format!("\"{sha}\"")), sha, "forbidden_address_hash"),
        (probe("460001234567890"), "460001234567890", "forbidden_imsi"),
        (probe("12").replace("r-1", sha), sha, "forbidden_address_hash"),
        (with("subject", &format!("\"key:{mac}\"")), mac, "forbidden_mac"),
        (with("client_mac", &format!("\"{mac}\"")), mac, "forbidden_mac"),
        (with("client_mac", "\"hidden\""), "hidden", "forbidden_mac"),
        (with("value", &vector), "0.1,0.1", "forbidden_face_feature"),
        (with("face_feature", "\"Zm9v\""), "Zm9v", "forbidden_face_feature"),
        (with("value", &format!("\"{mac}\"")).replace("water-1", "nobody"), mac, "forbidden_mac"),
        (format!("{{\"device\":\"probe-1\",\"seen\":\"{mac}"), mac, "forbidden_mac"),
        (
            with("value", "NaN").replace("r-1", "r-2").replace("}", &format!(",\"imsi\":\"{mac}\"}}")),
            mac,
            "forbidden_imsi",
        ),
    ];
    for (row, secret, code) in cases {
        let q = judged(&row).unwrap_err();
        assert_eq!(
            (q.reason, q.diagnostic.code.as_str()),
            (QuarantineReason::ForbiddenContent, code),
            "{row}"
        );
        assert!(q.raw.is_empty(), "{row}");
        assert!(!serde_json::to_string(&q).unwrap().contains(secret), "{row}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_judgement_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = judge_as(&bytes, &snapshot(), &Principal::gateway("gw-1", SourceId::new("gw-1")));
    }
    #[test]
    fn every_finite_number_in_range_passes_as_itself(n in 0.0f64..=2.5) {
        let passed = judged(&with("value", &serde_json::to_string(&n).unwrap())).unwrap();
        proptest::prop_assert_eq!(passed.reading.value, Value::Number(n));
    }
}
