//! EN1–EN4 over random lives of a small area: every rule kind at once.

use linli_engine::{Engine, EngineConfig};
use linli_model::*;
use proptest::prelude::*;

const T0: i64 = 1_793_548_800_000;
const RULES: &[(&str, &str)] = &[
    (
        "low",
        r#"
[signal]
operator = "level"
raise = "pressure_mpa < 0.3"
clear = "pressure_mpa > 0.5"
hold = "10min"
"#,
    ),
    (
        "gone",
        r#"
[signal]
operator = "absent"
of = "door_open"
span = "3h"
"#,
    ),
    (
        "still",
        r#"
[signal]
operator = "absent"
of = ["door_open", "motion"]
span = "2h"
leaves = "door_open"
settle = "2min"
"#,
    ),
    (
        "full",
        r#"
[signal]
operator = "occupancy"
delta = "gate_delta"
count = "occupancy"
capacity = 6
full = 0.9
clear = 0.6
"#,
    ),
    (
        "days",
        r#"
[signal]
operator = "streak"
of = "door_card"
days = 2
"#,
    ),
    (
        "crowd",
        r#"
[signals.cards]
operator = "window"
of = "door_card"
aggregate = "distinct"
span = "90min"
[signals.seen]
operator = "window"
of = "door_card"
aggregate = "count"
span = "90min"
[signal]
operator = "level"
raise = "cards >= 2 && seen > 3"
"#,
    ),
    (
        "opened",
        r#"
[signal]
operator = "when"
of = "door_open"
lasts = "7min"
"#,
    ),
    (
        "a_day",
        r#"
[signals.times]
operator = "daily"
of = "door_open"
aggregate = "count"
[signals.before]
operator = "daily"
of = ["door_open", "motion"]
aggregate = "first"
day = "yesterday"
cut_hour = 3
[signal]
operator = "level"
raise = "times >= 3 || before > 1.5"
"#,
    ),
    (
        "not_closed",
        r#"
[signal]
operator = "within"
first = "door_open"
then = "motion"
span = "11min"
holds_when = "missing"
"#,
    ),
    (
        "then_moved",
        r#"
[signal]
operator = "within"
first = "door_open"
then = "motion"
span = "11min"
holds_when = "comes"
lasts = "5min"
"#,
    ),
    (
        "unusual",
        r#"
[signals.usual]
operator = "baseline"
of = "pressure_mpa"
by = "any"
least = 2
abnormal = 2
relearn = 2
[signals.off]
operator = "residual"
of = "pressure_mpa"
from = "usual"
[signals.around]
operator = "residual"
of = "pressure_mpa"
from = "neighbours"
least = 1
[signal]
operator = "level"
raise = "off < -0.1 || around > 0.2"
"#,
    ),
    (
        "signs",
        r#"
[signal]
operator = "score"
parts = [{ when = "door_open", weight = 1 }, { when = "motion", weight = 0.7, once = "10min" }]
half_life = "20min"
raise = 2
clear = 0.6
"#,
    ),
    (
        "many_low",
        r#"
[signals.low]
operator = "roll"
aggregate = "share"
fresh = "2h"
[signals.low.member]
operator = "level"
raise = "pressure_mpa < 0.4"
hold = "3min"
[signals.night]
operator = "schedule"
from = "22:00"
to = "04:30"
[signals.half]
operator = "level"
raise = "low >= 0.5"
[signals.day]
operator = "logic"
mode = "not"
inputs = ["night"]
[signal]
operator = "logic"
mode = "all"
inputs = ["half", "day"]
"#,
    ),
    (
        "hourly",
        r#"
[signals.n]
operator = "window"
of = "door_open"
aggregate = "count"
span = "1h"
kind = "tumbling"
[signal]
operator = "level"
raise = "n >= 2"
"#,
    ),
];

fn rule_text(name: &str, body: &str) -> String {
    let key = match name {
        "gone" | "still" => "population = \"elder_alone\"",
        "full" => "key = \"subject\"",
        "days" => "key = \"value\"",
        "many_low" => "key = \"area\"\ndepth = 1",
        "opened" | "not_closed" | "signs" => "key = \"subject\"",
        _ => "key = \"device\"",
    };
    format!(
        "rule = \"{name}\"\nname = {{ zh = \"规则\", en = \"rule\" }}\n{key}\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"{{subject}} {{start}}\", en = \"{{subject}} {{start}}\" }}\n{body}"
    )
}

fn config() -> EngineConfig {
    EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()))
}

fn device(id: &str, measures: &[&str], subject: Option<&str>, silence: Option<u32>) -> Device {
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::Other,
        name: id.into(),
        area: AreaId::new("E"),
        area_path: AreaPath("P/E/".into()),
        source: SourceId::new("s"),
        subject: subject.map(|s| s.parse().unwrap()),
        measures: measures.iter().map(|m| Measure::new(*m)).collect(),
        silence_secs_max: silence,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(T0),
    }
}

fn registry() -> Vec<LogEntry> {
    let mut changes: Vec<RegistryChange> = RULES
        .iter()
        .map(|(name, body)| RegistryChange::RuleSet {
            pack: "p".into(),
            rule: (*name).into(),
            version: 1,
            text: rule_text(name, body),
        })
        .collect();
    changes.push(RegistryChange::DeviceSet(device(
        "d0",
        &["door_open", "motion"],
        Some("dwelling:1"),
        Some(5_000),
    )));
    changes.push(RegistryChange::DeviceSet(device("d1", &["door_open", "motion"], Some("dwelling:2"), None)));
    for n in ["1", "2"] {
        changes.push(RegistryChange::MemberJoined {
            population: "elder_alone".into(),
            subject: format!("dwelling:{n}").parse().unwrap(),
            area: AreaId::new(n),
            area_path: AreaPath(format!("P/E/{n}/")),
        });
    }
    let entry = |(i, change)| {
        LogEntry::Registry(RegistryEntry { seq: i as u64 + 1, effective_at: Instant(T0), change })
    };
    changes.into_iter().enumerate().map(entry).collect()
}

#[derive(Clone, Debug)]
struct Life {
    readings: Vec<Reading>,
}

/// Readings with distinct ids, in order of event time, over about two days.
fn life() -> impl Strategy<Value = Life> {
    let one = (1u32..60_000, 0usize..6, 0usize..3, 0u32..5);
    prop::collection::vec(one, 20..150).prop_map(|steps| {
        let mut at = T0;
        let readings = steps.into_iter().enumerate().map(|(i, (gap, kind, dev, v))| {
            // Gaps between one and a half minutes mostly, sometimes hours.
            at += i64::from(gap) * if gap % 7 == 0 { 200 } else { 5 };
            let (measure, value) = match kind {
                0 => ("pressure_mpa", Value::Number(f64::from(v) / 6.0)),
                1 => ("door_open", Value::Flag(v > 0)),
                2 => ("motion", Value::Flag(true)),
                3 => ("gate_delta", Value::Number(f64::from(v) - 1.0)),
                4 => ("occupancy", Value::Number(f64::from(v))),
                _ => ("door_card", Value::Text(format!("c{}", v % 3))),
            };
            Reading {
                id: ReadingId::new(format!("r{i}")),
                device: DeviceId::new(format!("d{dev}")),
                observed_at: Instant(at),
                measure: Measure::new(measure),
                value,
                subject: None,
            }
        });
        Life { readings: readings.collect() }
    })
}

fn batch(source: &str, received: i64, readings: Vec<Reading>) -> LogEntry {
    LogEntry::Readings(ReadingBatch {
        source: SourceId::new(source),
        received_at: Instant(received),
        readings,
        quarantined: vec![],
    })
}

/// Arrivals: each reading delayed by up to `delay_max`, delivered in order of arrival.
fn arrivals(life: &Life, delays: &[i64], delay_max: i64) -> Vec<LogEntry> {
    let mut rows: Vec<(i64, Reading)> = life
        .readings
        .iter()
        .enumerate()
        .map(|(i, r)| (r.observed_at.0 + delays[i % delays.len()] % (delay_max + 1), r.clone()))
        .collect();
    rows.sort_by_key(|r| r.0);
    rows.into_iter().map(|(received, r)| batch("s", received, vec![r])).collect()
}

fn run(entries: &[LogEntry], end: i64) -> (Vec<String>, Engine) {
    let mut engine = Engine::from_config(config());
    let mut out = Vec::new();
    for e in registry().iter().chain(entries) {
        engine.step(e, &mut out);
    }
    engine.step(&LogEntry::Tick { at: Instant(end) }, &mut out);
    (lines(&out), engine)
}

/// What was found, without the time at which it was decided.
fn lines(out: &[Finding]) -> Vec<String> {
    let mut lines: Vec<String> = out
        .iter()
        .map(|f| {
            let readings: Vec<&str> = f.evidence.readings.iter().map(|r| r.id.as_str()).collect();
            format!(
                "{} {} {:?} {:?} {} {:?} {} {readings:?} {:?}",
                f.rule, f.subject, f.kind, f.change, f.start, f.end, f.id, f.evidence.deadline
            )
        })
        .collect();
    lines.sort();
    lines
}

fn end_of(life: &Life) -> i64 {
    life.readings.last().map_or(T0, |r| r.observed_at.0) + 72 * 3_600_000
}

/// Findings net of amendments and retractions, by what they say.
fn net(out: &[Finding]) -> Vec<String> {
    let mut by_id: std::collections::BTreeMap<FindingId, String> = std::collections::BTreeMap::new();
    for f in out {
        let line = format!("{} {} {:?} {} {:?}", f.rule, f.subject, f.kind, f.start, f.end);
        let known = by_id.contains_key(&f.id);
        match f.change {
            FindingChange::Opened => assert!(!known, "opened twice: {line}"),
            _ => assert!(known, "{:?} without being open: {line}", f.change),
        }
        if f.change == FindingChange::Retracted {
            by_id.remove(&f.id);
        } else {
            by_id.insert(f.id, line);
        }
    }
    let mut lines: Vec<String> = by_id.into_values().collect();
    lines.sort();
    lines
}

fn found(entries: &[LogEntry], end: i64) -> (Vec<Finding>, Engine) {
    let mut engine = Engine::from_config(config());
    let mut out = Vec::new();
    for e in registry().iter().chain(entries) {
        engine.step(e, &mut out);
    }
    engine.step(&LogEntry::Tick { at: Instant(end) }, &mut out);
    (out, engine)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn shuffling_within_the_lateness_changes_nothing_settled(l in life(), delays in prop::collection::vec(0i64..120_000, 1..40)) {
        let lateness = config().timing.lateness.0;
        let (in_order, _) = run(&arrivals(&l, &[0], 0), end_of(&l));
        let (shuffled, engine) = run(&arrivals(&l, &delays, lateness), end_of(&l));
        prop_assert_eq!(engine.counters().late, 0);
        prop_assert_eq!(in_order, shuffled);
    }

    /// CR1, CR2
    #[test]
    fn late_and_corrected_is_in_time(l in life(), delays in prop::collection::vec(prop_oneof![3 => Just(0i64), 1 => 0i64..100_000_000], 1..40)) {
        let (in_time, _) = found(&arrivals(&l, &[0], 0), end_of(&l));
        let (late, engine) = found(&arrivals(&l, &delays, 100_000_000), end_of(&l));
        prop_assert_eq!(engine.counters().late_beyond_window, 0);
        prop_assert_eq!(engine.counters().corrected, engine.counters().late);
        prop_assert_eq!(net(&in_time), net(&late));
    }

    /// CR1 for what is registered late: away periods and bindings count from when they held.
    #[test]
    fn registered_late_is_registered_in_time(l in life(), away_from in 0i64..40, away_hours in 1i64..20, known_after in 1i64..30) {
        let hour = 3_600_000;
        let (from, until) = (T0 + away_from * hour, T0 + (away_from + away_hours) * hour);
        let away = LogEntry::Registry(RegistryEntry {
            seq: 900,
            effective_at: Instant(from),
            change: RegistryChange::AwaySet { subject: "dwelling:1".parse().unwrap(), until: Some(Instant(until)), reason: "x".into() },
        });
        let moved = LogEntry::Registry(RegistryEntry {
            seq: 901,
            effective_at: Instant(from),
            change: RegistryChange::DeviceSet(device("d1", &["door_open", "motion"], Some("dwelling:1"), None)),
        });
        let rows = arrivals(&l, &[0], 0);
        let with = |at: i64| {
            let place = rows.iter().position(|e| e.logged_at().0 >= at).unwrap_or(rows.len());
            let mut entries = rows.clone();
            entries.splice(place..place, [away.clone(), moved.clone()]);
            found(&entries, end_of(&l) + 80 * hour).0
        };
        prop_assert_eq!(net(&with(from)), net(&with(from + known_after * hour)));
    }

    #[test]
    fn duplicates_change_nothing(l in life(), which in prop::collection::vec(any::<bool>(), 1..20), delays in prop::collection::vec(0i64..120_000, 1..40)) {
        let entries = arrivals(&l, &delays, 120_000);
        let (once, _) = run(&entries, end_of(&l));
        let mut twice = Vec::new();
        for (i, e) in entries.iter().enumerate() {
            twice.push(e.clone());
            if which[i % which.len()] {
                twice.push(e.clone());
                twice.push(entries[i / 2].clone());
            }
        }
        let (again, engine) = run(&twice, end_of(&l));
        prop_assert_eq!(once, again);
        prop_assert_eq!(engine.counters().readings - engine.counters().duplicates, l.readings.len() as u64);
    }

    #[test]
    fn a_snapshot_at_any_position_goes_on_as_if_nothing_had_happened(l in life(), at in 0usize..200, delays in prop::collection::vec(0i64..200_000, 1..40)) {
        let mut entries = registry();
        entries.extend(arrivals(&l, &delays, 200_000));
        entries.push(LogEntry::Tick { at: Instant(end_of(&l)) });
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let mut engine = Engine::from_config(config());
        entries.iter().for_each(|e| engine.step(e, &mut whole));
        let cut = at % entries.len();
        let mut first = Engine::from_config(config());
        entries[..cut].iter().for_each(|e| first.step(e, &mut parts));
        let mut second = Engine::from_snapshot(config(), &first.snapshot()).unwrap();
        prop_assert_eq!(second.snapshot(), first.snapshot());
        entries[cut..].iter().for_each(|e| second.step(e, &mut parts));
        // To the letter: order, evidence, sentences, times of decision.
        prop_assert_eq!(&whole, &parts);
        prop_assert_eq!(second.counters(), engine.counters());
    }

    #[test]
    fn a_second_source_that_lags_only_delays(l in life(), lag in 0i64..100_000) {
        let half = |odd: bool| Life { readings: l.readings.iter().enumerate().filter(|(i, _)| (i % 2 == 1) == odd).map(|(_, r)| r.clone()).collect() };
        let mut rows: Vec<(i64, &str, Reading)> = Vec::new();
        rows.extend(half(false).readings.into_iter().map(|r| (r.observed_at.0, "a", r)));
        rows.extend(half(true).readings.into_iter().map(|r| (r.observed_at.0 + lag, "b", r)));
        rows.sort_by_key(|r| r.0);
        let entries: Vec<LogEntry> = rows.into_iter().map(|(at, s, r)| batch(s, at, vec![r])).collect();
        let (two, engine) = run(&entries, end_of(&l));
        prop_assert_eq!(engine.counters().late, 0);
        let (one, _) = run(&arrivals(&l, &[0], 0), end_of(&l));
        prop_assert_eq!(one, two);
    }
}

#[test]
fn something_is_found_in_such_lives() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut found = std::collections::BTreeSet::new();
    for _ in 0..30 {
        let l = life().new_tree(&mut runner).unwrap().current();
        let (lines, _) = run(&arrivals(&l, &[0], 0), end_of(&l));
        found.extend(lines.iter().map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            format!("{} {} {}", words[0], words[2], words[3])
        }));
    }
    for want in [
        "low Signal Opened",
        "low Signal Ended",
        "gone Signal Opened",
        "gone Signal Ended",
        "gone Coverage Opened",
        "gone Coverage Ended",
        "still Signal Opened",
        "full Signal Opened",
        "full Signal Ended",
        "days Signal Opened",
        "days Signal Ended",
        "crowd Signal Opened",
        "crowd Signal Ended",
    ] {
        assert!(found.contains(want), "{want} is never found: {found:#?}");
    }
}

#[test]
fn a_snapshot_of_another_version_or_a_damaged_one_is_refused() {
    let mut engine = Engine::from_config(config());
    let mut out = Vec::new();
    registry().iter().for_each(|e| engine.step(e, &mut out));
    let bytes = engine.snapshot();
    assert!(Engine::from_snapshot(config(), &bytes).is_ok());
    let mut newer = bytes.clone();
    newer[4] += 1;
    let refused = Engine::from_snapshot(config(), &newer).map(|_| ()).unwrap_err();
    assert_eq!(
        refused,
        linli_engine::SnapshotError::OtherVersion { found: linli_engine::SNAPSHOT_VERSION + 1 }
    );
    for cut in [0, 3, 7, 8, bytes.len() / 2, bytes.len() - 1] {
        assert!(Engine::from_snapshot(config(), &bytes[..cut]).is_err(), "{cut}");
    }
}

/// SN3
#[test]
fn a_snapshot_with_any_byte_changed_is_refused() {
    let mut engine = Engine::from_config(config());
    for entry in registry() {
        engine.step(&entry, &mut Vec::new());
    }
    let bytes = engine.snapshot();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x41;
        assert!(Engine::from_snapshot(config(), &other).is_err(), "byte {at}");
    }
}
