//! Why a rule says what it says: a rule and a trace of readings in, its signals and conditions out.
//!
//! A line is a signal (`> name operator says`, `*` where it decides, `.` where nothing reached it) or, below it, a
//! condition's parts as of the newest reading.

use linli_engine::{Engine, EngineConfig, Explanation, Truth};
use linli_model::*;
use linli_rule::{Catalogue, check, parts::Part};

const T0: i64 = 1_793_548_800_000;
const MIN: i64 = 60_000;

const HEAD: &str = r#"
rule = "r"
name = { zh = "规则", en = "rule" }
key = "device"
severity = "info"
case_class = "x.y"
sentence = { zh = "{value}", en = "{value}" }
"#;

/// Plays `minute measure value` lines of one device and asks at the end.
fn explained(rule: &str, script: &str, until: i64) -> (Explanation, Vec<Finding>) {
    let area = AreaId::new("P");
    let plan = check(&format!("{HEAD}{rule}"), &Catalogue::shipped()).unwrap_or_else(|w| panic!("{w:?}"));
    let mut engine =
        Engine::with_plan(EngineConfig::new(area.clone(), AreaPath::root(&area)), plan, Instant(T0 - 1));
    engine.watch(Instant(T0));
    let mut out = Vec::new();
    for (n, line) in script.lines().map(str::trim).filter(|l| !l.is_empty()).enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = Instant(T0 + words[0].parse::<i64>().unwrap() * MIN);
        let value = match words[2] {
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            n => Value::Number(n.parse().unwrap()),
        };
        let reading = Reading {
            id: ReadingId::new(format!("r{n}")),
            device: DeviceId::new("d1"),
            observed_at: at,
            measure: Measure::new(words[1]),
            value,
            subject: None,
        };
        let batch = ReadingBatch {
            source: SourceId::new("s"),
            received_at: at,
            readings: vec![reading],
            quarantined: vec![],
        };
        engine.step(&LogEntry::Readings(batch), &mut out);
    }
    engine.settle_until(Instant(T0 + until * MIN), &mut out);
    (engine.explain("r", &"device:d1".parse().unwrap()).unwrap(), out)
}

fn told(e: &Explanation) -> String {
    let mut out = String::new();
    for s in &e.signals {
        let says = match (s.truth, s.number) {
            (Some(Truth::True), _) => "true".to_owned(),
            (Some(Truth::False), _) => "false".to_owned(),
            (Some(Truth::Unknown), _) | (None, None) => "unknown".to_owned(),
            (None, Some(n)) => format!("{n}"),
        };
        let mark = match (s.decides, s.reached) {
            (true, _) => "*",
            (false, true) => " ",
            (false, false) => ".",
        };
        out.push_str(&format!("{mark} {} {} {says}\n", s.name, s.operator));
        for c in &s.conditions {
            parts(&c.part, &c.field, 1, &mut out);
        }
    }
    out
}

fn parts(part: &Part, field: &str, depth: usize, out: &mut String) {
    let truth = match part.truth {
        Some(true) => '+',
        Some(false) => '-',
        None => '?',
    };
    let mark = if part.decides { '*' } else { ' ' };
    out.push_str(&format!("{}{mark}{truth} {field}: {}\n", "  ".repeat(depth), part.said.en));
    part.parts.iter().for_each(|p| parts(p, field, depth + 1, out));
}

#[track_caller]
fn says(rule: &str, script: &str, until: i64, expected: &str) -> Explanation {
    let (e, _) = explained(rule, script, until);
    let told = told(&e);
    assert_eq!(told.trim_end(), expected.trim_matches('\n').trim_end(), "\n{told}");
    e
}

const DROP: &str = r#"
[signals.recent]
operator = "window"
aggregate = "max"
of = "pressure_mpa"
span = "10min"

[signal]
operator = "level"
raise = "recent - pressure_mpa >= 0.1"
"#;

/// XP2
#[test]
fn a_condition_is_shown_as_its_signal_saw_it_not_as_it_would_be_now() {
    let e = says(
        DROP,
        "0 pressure_mpa 0.4
         5 pressure_mpa 0.2",
        60,
        "
* recent window unknown
* signal level true
  *+ raise: signal \"recent\" (0.4) − Water pressure (0.2 MPa) = 0.2 is at least 0.1
",
    );
    assert_eq!(e.first_false(), None);
    assert_eq!((e.heard.readings, e.heard.dull), (2, 0), "the first made it known, the second true");
}

const NIGHT: &str = r#"
[signal]
operator = "level"
when = "hour >= 0"
raise = "noise_db > 60 && hour >= 22"
hold = "10min"
"#;

/// ON2
#[test]
fn the_first_false_condition_is_told_and_dull_readings_are_counted() {
    let e = says(
        NIGHT,
        "0 noise_db 50
         1 noise_db 51
         2 noise_db 70",
        3,
        "
* signal level false
  *+ when: the hour (0) is at least 0
  *- raise: not all of it holds
     + raise: Noise (70 dB) is above 60
    *- raise: the hour (0) is at least 22
"
        .replace("the hour (0) is at least 22", "the hour (0) is below 22")
        .as_str(),
    );
    assert_eq!(e.first_false().unwrap().0.en, "the hour (0) is below 22");
    assert_eq!((e.heard.readings, e.heard.dull), (3, 2));
}

#[test]
fn a_reading_that_does_not_count_is_the_reason_and_no_sign_that_was_seen_is_one() {
    let level = NIGHT.replace("hour >= 0", "hour >= 6");
    let (e, _) = explained(&level, "0 noise_db 70", 1);
    assert_eq!(e.first_false().unwrap().0.en, "the hour (0) is below 6");
    let absent =
        "[signal]\noperator = \"absent\"\nof = \"water_m3\"\nwhen = \"water_m3 >= 1\"\nspan = \"3h\"";
    let (e, _) = explained(absent, "0 water_m3 2\n9 water_m3 0.5", 60);
    assert!(e.first_false().unwrap().0.en.starts_with("Last sign:"), "{:?}", e.first_false());
}

#[test]
fn while_a_hold_time_runs_the_stretch_and_what_it_waits_for_are_told() {
    let late = 22 * 60 + 30;
    let (e, _) = explained(NIGHT, &format!("{late} noise_db 70"), late + 4);
    let signal = e.signals.last().unwrap();
    let at = |min: i64| Instant(T0 + (late + min) * MIN);
    assert_eq!(signal.pending, Some((at(0), at(10))));
    assert_eq!((e.holds, e.deadline), (Some(false), Some(at(10))));
    assert!(e.first_false().unwrap().0.en.contains("not yet for the hold time"), "{:?}", e.first_false());
}

const TWO: &str = r#"
[signals.hot]
operator = "level"
raise = "temperature_c >= 45"

[signals.loud]
operator = "level"
raise = "noise_db > 80"

[signal]
operator = "logic"
mode = "all"
inputs = ["hot", "loud"]
"#;

/// XP3
#[test]
fn of_signals_together_the_one_that_decides_is_marked_and_what_nothing_reached_is_not() {
    let e = says(
        TWO,
        "0 temperature_c 20",
        5,
        "
* hot level false
  *- raise: Temperature (20 °C) is below 45
. loud level unknown
   ? raise: Noise (unknown) is above 80: cannot be told
* signal logic false
",
    );
    assert_eq!(e.first_false().unwrap().0.en, "Temperature (20 °C) is below 45");
}

/// ON1
#[test]
fn looking_on_changes_nothing() {
    let (_, found) = explained(DROP, "0 pressure_mpa 0.4\n5 pressure_mpa 0.2\n9 pressure_mpa 0.4", 60);
    assert_eq!(found.len(), 2, "opened and ended: {found:?}");
}
