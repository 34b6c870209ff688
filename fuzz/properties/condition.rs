//! A condition that passes the check is evaluated without a panic, whatever the readings say and whenever they were.
//!
//! The first line gives the readings, `measure=value@milliseconds` with blanks between; the rest is the condition. The
//! values and times go into the engine as they are: the intake would have put the odd ones aside.

use crate::{
    partition::{config, reading},
    shipped::catalogue,
    told,
};
use linli_engine::Engine;
use linli_model::{Finding, Instant, LogEntry, RegistryChange, RegistryEntry, Value};

const READINGS_MAX: usize = 32;

pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (readings, condition) = text.split_once('\n').unwrap_or(("pressure_mpa=0.1@0", text));
    let rule = rule_with(condition);
    if let Err(wrong) = linli_rule::check(&rule, catalogue()) {
        return told::check(&wrong);
    }
    let mut engine = Engine::from_config(config());
    let mut found = Vec::new();
    engine.step(&rule_set(rule), &mut found);
    for (i, written) in readings.split(' ').take(READINGS_MAX).enumerate() {
        if let Some(entry) = entry(i, written) {
            engine.step(&entry, &mut found);
            engine.step(&LogEntry::Tick { at: Instant(0) }, &mut found);
        }
    }
    engine.step(&LogEntry::Tick { at: Instant(i64::MAX) }, &mut found);
    for finding in &found {
        check_finding(finding, &engine);
    }
    let kept = engine.snapshot();
    let restored = Engine::from_snapshot(config(), &kept).expect("its own snapshot");
    assert_eq!(restored.snapshot(), kept, "EN4: a restored engine knows something else");
}

/// The condition as the signal's `raise`, between two earlier signals and two parameters it may name.
fn rule_with(condition: &str) -> String {
    let condition = toml::Value::String(condition.to_owned());
    format!(
        r#"rule = "fuzzed"
name = {{ zh = "试", en = "Trial" }}
key = "device"
severity = "info"
case_class = "trial.fuzzed"
sentence = {{ zh = "{{subject}} {{value}} {{recent}}", en = "{{subject}} {{value}} {{recent}}" }}

[parameters.wait]
label = {{ zh = "等", en = "Wait" }}
value = 5
min = 0
max = 60
unit = "min"

[signals.recent]
operator = "window"
of = ["pressure_mpa", "temperature_c"]
aggregate = "sum"
span = "wait"

[signals.lit]
operator = "level"
raise = "smoke"

[signal]
operator = "level"
of = ["pressure_mpa", "temperature_c"]
raise = {condition}
"#
    )
}

fn rule_set(text: String) -> LogEntry {
    let (pack, rule) = ("fuzz".to_owned(), "fuzzed".to_owned());
    let change = RegistryChange::RuleSet { pack, rule, version: 1, text };
    LogEntry::Registry(RegistryEntry { seq: 1, effective_at: Instant(i64::MIN), change })
}

fn entry(i: usize, written: &str) -> Option<LogEntry> {
    let (measure, rest) = written.split_once('=')?;
    let (value, at) = rest.rsplit_once('@')?;
    let value = match value.parse::<f64>() {
        Ok(n) => Value::Number(n),
        Err(_) if value == "true" || value == "false" => Value::Flag(value == "true"),
        Err(_) => Value::Text(value.to_owned()),
    };
    Some(reading(format!("r{i}"), Instant(at.parse().ok()?), measure, value))
}

fn check_finding(finding: &Finding, engine: &Engine) {
    for text in finding.evidence.steps.iter().chain([&finding.sentence]) {
        assert!(!text.zh.is_empty() && !text.en.is_empty(), "in one language only: {finding:?}");
    }
    serde_json::to_string(finding).expect("a finding is plain data");
    assert!(engine.explain(&finding.rule, &finding.subject).is_some(), "nothing explains {finding:?}");
}
