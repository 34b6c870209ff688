//! SC1, SC2, SC3, QU1–QU3, OP4: many readings that settle together, taken quietly and rule by rule, leave what each in its
//! turn leaves. An engine that is watched takes each in its turn (WA1).

use linli_engine::{Engine, EngineConfig, Event, NONE, SourceTiming, ValueTag};
use linli_model::{
    AreaId, AreaPath, Finding, Instant, LogEntry, Millis, RegistryChange, RegistryEntry, Subject, SubjectKind,
};
use std::collections::BTreeSet;

const T0: i64 = 1_767_225_600_000;

/// Name, what it is kept by, its signals. Short enough that all of it happens within one stretch.
const RULES: &[(&str, &str, &str)] = &[
    (
        "held",
        "key = \"device\"",
        "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < 0.15\"\nclear = \"pressure_mpa > 0.2\"\nhold = \"2min\"",
    ),
    ("at_once", "key = \"device\"", "[signal]\noperator = \"level\"\nraise = \"0.9 <= pressure_mpa\""),
    (
        "unseen",
        "key = \"value\"",
        "[signal]\noperator = \"absent\"\nof = \"door_card\"\nspan = \"6min\"\ncoverage = \"none\"",
    ),
    (
        "days",
        "key = \"subject\"",
        "[signal]\noperator = \"streak\"\nof = [\"door_card\", \"gate_delta\"]\nwhen = 'subject.id.startsWith(\"1\")'\ndays = 2\nutc = true",
    ),
    (
        "full",
        "key = \"device\"",
        "[signal]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncapacity = 6\nfull = 0.9\nfloor = false",
    ),
    (
        "many",
        "key = \"device\"",
        "[signals.cards]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"distinct\"\nspan = \"10min\"\nreevaluate = \"events\"\n\
         [signal]\noperator = \"level\"\nraise = \"cards > 4\"",
    ),
    (
        "busy",
        "key = \"device\"",
        "[signals.lately]\noperator = \"window\"\nof = \"pressure_mpa\"\naggregate = \"count\"\nspan = \"3min\"\n\
         [signal]\noperator = \"level\"\nraise = \"11 < lately\"\nclear = \"lately < 3\"",
    ),
    (
        "idle",
        "key = \"device\"",
        "[signals.lately]\noperator = \"window\"\nof = \"gate_delta\"\naggregate = \"distinct\"\nspan = \"5min\"\n\
         [signal]\noperator = \"level\"\nraise = \"lately < 1\"\nhold = \"2min\"",
    ),
];

struct Lcg(u64);
impl Lcg {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn engine(watched: bool) -> Engine {
    let area = AreaId::new("P");
    let mut config = EngineConfig::new(area.clone(), AreaPath::root(&area));
    config.timing = SourceTiming { lateness: Millis::minutes(3), idle: Millis::days(3) };
    let mut engine = Engine::from_config(config);
    for (rule, key, signals) in RULES {
        let text = format!(
            "rule = \"{rule}\"\nname = {{ zh = \"规\", en = \"r\" }}\n{key}\nseverity = \"info\"\ncase_class = \"x.y\"\n\
             sentence = {{ zh = \"{{subject}}\", en = \"{{subject}}\" }}\n{signals}"
        );
        let change = RegistryChange::RuleSet { pack: "p".into(), rule: (*rule).into(), version: 1, text };
        let entry = RegistryEntry { seq: 0, effective_at: Instant(T0 - 1), change };
        engine.step(&LogEntry::Registry(entry), &mut Vec::new());
    }
    assert_eq!(engine.counters().rules_refused, 0);
    if watched {
        engine.watch(Instant(T0));
    }
    engine
}

/// Readings in arrival order, some late inside the lateness.
fn events(engine: &mut Engine, seed: u64, n: usize) -> Vec<Event> {
    let mut random = Lcg(seed);
    let [card, delta, pressure, other] =
        ["door_card", "gate_delta", "pressure_mpa", "temperature_c"].map(|m| engine.measure_number(m));
    let devices: Vec<u32> = (0..24).map(|i| engine.device_number(&format!("d{i}"))).collect();
    let who: Vec<(u32, u32)> = (0..30)
        .map(|i| {
            let subject = Subject::new(SubjectKind::Key, i.to_string());
            (engine.text_number(&i.to_string()), engine.subject_number(&subject))
        })
        .collect();
    // Days go by between a few busy hours.
    let at = |i: usize| T0 + (i / 1500) as i64 * 86_400_000 + (i % 1500) as i64 * 2_000;
    let event = |i: usize| {
        let (device, person) = (random.below(6) as usize, who[random.below(30) as usize]);
        let late = if random.below(20) == 0 { random.below(170_000) as i64 } else { 0 };
        let (measure, device, subject, value, tag) = match random.below(10) {
            0..5 => (pressure, device, NONE, random.below(100) as f64 / 100.0, ValueTag::Number),
            5..7 => (card, device + 6, person.1, f64::from(person.0), ValueTag::Text),
            7..9 => (delta, device + 12, person.1, random.below(3) as f64 - 1.0, ValueTag::Number),
            _ => (other, device + 18, NONE, 20.0, ValueTag::Number),
        };
        let (at, reading, device) = (at(i) - late, i as u64, devices[device]);
        Event { at, value, reading, device, subject, measure, tag, clamped: false }
    };
    (0..n).map(event).collect()
}

#[test]
fn readings_that_settle_together_leave_what_each_in_its_turn_leaves() {
    let mut rules_that_found = BTreeSet::new();
    for (seed, at_a_time) in [(1, 400), (2, 64), (3, 1_024), (4, 17), (5, 3_000)] {
        let [mut together, mut in_turn] = [false, true].map(engine);
        let readings = events(&mut together, seed, 6_000);
        assert_eq!(readings, events(&mut in_turn, seed, 6_000));
        let source = (together.source_number("s"), in_turn.source_number("s"));
        let [mut found, mut found_in_turn]: [Vec<Finding>; 2] = Default::default();
        for part in readings.chunks(at_a_time) {
            let now = Instant(part.iter().map(|e| e.at).max().unwrap_or(T0));
            together.step_events(source.0, now, part, &mut found);
            in_turn.step_events(source.1, now, part, &mut found_in_turn);
            assert!(together.snapshot() == in_turn.snapshot(), "seed {seed}, {at_a_time} at a time");
        }
        let end = Instant(T0 + 9 * 86_400_000);
        together.settle_until(end, &mut found);
        in_turn.settle_until(end, &mut found_in_turn);
        assert_eq!(found, found_in_turn, "seed {seed}, {at_a_time} at a time");
        assert!(together.snapshot() == in_turn.snapshot(), "seed {seed}, {at_a_time} at a time");
        rules_that_found.extend(found.iter().map(|f| f.rule.clone()));
    }
    let all: BTreeSet<String> = RULES.iter().map(|r| r.0.to_owned()).collect();
    assert_eq!(rules_that_found, all, "each rule found something");
}
