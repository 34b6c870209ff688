//! Any bytes are refused as a snapshot, or give an engine that goes on and writes a snapshot that reads back.
//!
//! The bytes stand behind the right head (mark, version, checksum), so that they are looked at at all.

use crate::partition::{config, reading};
use linli_engine::{Engine, SNAPSHOT_VERSION};
use linli_model::{Instant, LogEntry, Subject, SubjectKind, Value};

pub fn holds(bytes: &[u8]) {
    check_raw(bytes);
    let mut whole = b"LNLE".to_vec();
    whole.extend(SNAPSHOT_VERSION.to_le_bytes());
    whole.extend(crc32fast::hash(bytes).to_le_bytes());
    whole.extend(bytes);
    check_raw(&whole);
}

fn check_raw(bytes: &[u8]) {
    let Ok(mut engine) = Engine::from_snapshot(config(), bytes) else { return };
    let mut found = Vec::new();
    let from = engine.watermark().map_or(0, |w| w.millis());
    for (i, (measure, value)) in [
        ("pressure_mpa", Value::Number(0.1)),
        ("door_open", Value::Flag(true)),
        ("door_card", Value::Text("c-1".to_owned())),
    ]
    .into_iter()
    .enumerate()
    {
        let at = Instant(from.saturating_add(i as i64 * 60_000));
        engine.step(&reading(format!("fuzz-{i}"), at, measure, value), &mut found);
        engine.step(&LogEntry::Tick { at: Instant(at.0.saturating_add(86_400_000)) }, &mut found);
    }
    let rules: Vec<String> = engine.rules().map(|(rule, _)| rule.to_owned()).collect();
    for rule in rules {
        engine.explain(&rule, &Subject::new(SubjectKind::Device, "d1"));
    }
    let kept = engine.snapshot();
    let again = Engine::from_snapshot(config(), &kept).expect("its own snapshot");
    assert_eq!(again.snapshot(), kept, "EN4: a restored engine knows something else");
}
