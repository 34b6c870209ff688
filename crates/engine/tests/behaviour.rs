//! The engine's manners one by one: clocks, lateness, registry as of time, areas' own values.

use linli_engine::{Engine, EngineConfig, SourceTiming};
use linli_model::*;

const T0: i64 = 1_793_548_800_000;
const MIN: i64 = 60_000;
const HOUR: i64 = 60 * MIN;

struct Area {
    engine: Engine,
    out: Vec<Finding>,
    seq: u64,
    id: u32,
}

fn rule(name: &str, head: &str, body: &str) -> String {
    format!(
        "rule = \"{name}\"\nname = {{ zh = \"规则\", en = \"rule\" }}\n{head}\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"{{value}}\", en = \"{{value}}\" }}\n{body}"
    )
}

impl Area {
    fn of(config: EngineConfig) -> Area {
        Area { engine: Engine::from_config(config), out: vec![], seq: 0, id: 0 }
    }
    fn new() -> Area {
        Area::of(config())
    }
    fn change_at(&mut self, at: i64, change: RegistryChange) -> &mut Self {
        self.seq += 1;
        let entry = RegistryEntry { seq: self.seq, effective_at: Instant(at), change };
        self.engine.step(&LogEntry::Registry(entry), &mut self.out);
        self
    }
    fn rule(&mut self, name: &str, head: &str, body: &str) -> &mut Self {
        self.rule_at(T0, 1, name, &rule(name, head, body))
    }
    fn rule_at(&mut self, at: i64, version: u32, name: &str, text: &str) -> &mut Self {
        let change =
            RegistryChange::RuleSet { pack: "p".into(), rule: name.into(), version, text: text.to_owned() };
        self.change_at(at, change)
    }
    fn reading(
        &mut self,
        received: i64,
        observed: i64,
        device: &str,
        measure: &str,
        value: Value,
    ) -> &mut Self {
        self.id += 1;
        let id = format!("r{}", self.id);
        self.reading_as(&id, received, observed, device, measure, value)
    }
    fn reading_as(
        &mut self,
        id: &str,
        received: i64,
        observed: i64,
        device: &str,
        measure: &str,
        value: Value,
    ) -> &mut Self {
        let reading = Reading {
            id: ReadingId::new(id),
            device: DeviceId::new(device),
            observed_at: Instant(observed),
            measure: Measure::new(measure),
            value,
            subject: None,
        };
        let batch = ReadingBatch {
            source: SourceId::new("s"),
            received_at: Instant(received),
            readings: vec![reading],
            quarantined: vec![],
        };
        self.engine.step(&LogEntry::Readings(batch), &mut self.out);
        self
    }
    fn number(&mut self, at: i64, device: &str, n: f64) -> &mut Self {
        self.reading(at, at, device, "pressure_mpa", Value::Number(n))
    }
    fn tick(&mut self, at: i64) -> &mut Self {
        self.engine.step(&LogEntry::Tick { at: Instant(at) }, &mut self.out);
        self
    }
    fn found(&mut self) -> Vec<String> {
        let lines = self.out.drain(..).map(|f| {
            let at = (f.end.unwrap_or(f.start).0 - T0) / MIN;
            format!("{} {:?} {} {at}", f.rule, f.change, f.subject)
        });
        lines.collect()
    }
}

fn config() -> EngineConfig {
    EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()))
}

const LOW: &str = "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < 0.3\"";
const DEVICE: &str = "key = \"device\"";

fn device(id: &str, area: &str, subject: Option<&str>) -> Device {
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::Other,
        name: id.into(),
        area: AreaId::new(area.trim_end_matches('/').rsplit('/').next().unwrap()),
        area_path: AreaPath(area.into()),
        source: SourceId::new("s"),
        subject: subject.map(|s| s.parse().unwrap()),
        measures: vec![Measure::new("door_open")],
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(T0),
    }
}

#[test]
fn a_settled_rule_waits_for_the_lateness_and_an_eager_one_does_not() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    a.rule("low_now", &format!("{DEVICE}\nemission = \"eager\""), LOW);
    a.number(T0 + MIN, "d", 0.1);
    assert_eq!(a.found(), ["low_now Opened device:d 1"]);
    a.number(T0 + 4 * MIN, "d", 0.1);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
}

#[test]
fn time_passes_when_nothing_arrives() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    a.number(T0 + MIN, "d", 0.1).tick(T0 + 6 * MIN);
    assert_eq!(a.found(), Vec::<String>::new(), "not behind now − idle yet");
    a.tick(T0 + 6 * MIN + 1);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
}

#[test]
fn a_fast_clock_is_clamped_to_two_minutes_ahead_and_counted() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    a.reading(T0 + 10 * MIN, T0 + 12 * MIN, "ok", "pressure_mpa", Value::Number(0.1));
    a.reading(T0 + 10 * MIN, T0 + 17 * MIN, "fast", "pressure_mpa", Value::Number(0.1));
    a.tick(T0 + 60 * MIN);
    assert_eq!(a.found().len(), 2);
    assert_eq!(a.engine.counters().clamped, 1);
    let mut b = Area::new();
    b.rule("low", DEVICE, LOW);
    b.reading(T0 + 10 * MIN, T0 + 17 * MIN, "fast", "pressure_mpa", Value::Number(0.1)).tick(T0 + HOUR);
    assert_eq!(b.found(), ["low Opened device:fast 12"]);
}

#[test]
fn a_late_reading_is_counted_by_how_late_it_is() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    let now = T0 + 10 * 24 * HOUR;
    a.number(now, "d", 0.9);
    a.reading(now, now - 2 * MIN, "d", "pressure_mpa", Value::Number(0.1));
    assert_eq!(a.engine.counters().late, 0, "exactly at the watermark is in time");
    a.reading(now, now - 2 * MIN - 1, "d", "pressure_mpa", Value::Number(0.1));
    a.reading(now, now - 2 * MIN - 7 * 24 * HOUR, "d", "pressure_mpa", Value::Number(0.1));
    a.reading(now, now - 2 * MIN - 7 * 24 * HOUR - 1, "d", "pressure_mpa", Value::Number(0.1));
    assert_eq!((a.engine.counters().late, a.engine.counters().late_beyond_window), (2, 1));
}

#[test]
fn an_id_counts_once_inside_the_correction_window() {
    let mut a = Area::new();
    a.rule(
        "full",
        "key = \"device\"",
        "[signal]\noperator = \"occupancy\"\nenters = \"gate_in\"\ncapacity = 3",
    );
    for day in [0, 0, 6] {
        let at = T0 + day * 24 * HOUR;
        a.reading_as("same", at, T0, "g", "gate_in", Value::Number(2.0));
    }
    a.tick(T0 + 7 * 24 * HOUR);
    assert_eq!(a.engine.counters().duplicates, 2);
    assert_eq!(a.found(), Vec::<String>::new());
}

#[test]
fn two_readings_of_one_instant_have_one_order_whatever_the_arrival() {
    let run = |swap: bool| {
        let mut a = Area::new();
        a.rule("low", DEVICE, LOW);
        let mut two = [("x", 0.1), ("y", 0.9)];
        if swap {
            two.reverse();
        }
        for (id, n) in two {
            a.reading_as(id, T0 + MIN, T0 + MIN, "d", "pressure_mpa", Value::Number(n));
        }
        a.tick(T0 + HOUR).found()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn an_area_s_own_value_reaches_its_own_places_only_and_is_told_in_the_evidence() {
    let mut a = Area::new();
    let text = "[parameters.floor]\nlabel = { zh = \"下限\", en = \"floor\" }\nvalue = 0.3\nmin = 0.1\nmax = 0.6\nunit = \"MPa\"\n\
                [signal]\noperator = \"level\"\nraise = \"pressure_mpa < floor\"";
    a.rule("low", DEVICE, text);
    for (id, area) in [("d1", "P/E1/"), ("d2", "P/E2/")] {
        a.change_at(T0, RegistryChange::DeviceSet(device(id, area, None)));
    }
    let set = |value| RegistryChange::OverrideSet {
        rule: "low".into(),
        area: AreaId::new("E1"),
        area_path: AreaPath("P/E1/".into()),
        parameter: "floor".into(),
        value,
        set_by: "cadre".into(),
    };
    a.change_at(T0 + MIN, set(0.5));
    a.number(T0 + 2 * MIN, "d1", 0.4).number(T0 + 3 * MIN, "d2", 0.4).tick(T0 + HOUR);
    let f = a.out[0].clone();
    assert_eq!(a.found(), ["low Opened device:d1 2"]);
    assert_eq!((f.evidence.parameters[0].value, f.evidence.parameters[0].set_by.as_str()), (0.5, "E1"));
    assert_eq!(f.area.as_str(), "E1");
    // A value outside the template's bounds has no effect.
    a.change_at(T0 + HOUR, set(0.7));
    a.number(T0 + 2 * HOUR, "d1", 0.65).tick(T0 + 3 * HOUR);
    assert_eq!(a.found(), ["low Ended device:d1 120"]);
    a.change_at(
        T0 + 3 * HOUR,
        RegistryChange::OverrideRemoved {
            rule: "low".into(),
            area: AreaId::new("E1"),
            parameter: "floor".into(),
        },
    );
    a.number(T0 + 4 * HOUR, "d1", 0.29).tick(T0 + 5 * HOUR);
    let f = a.out[0].clone();
    assert_eq!(f.evidence.parameters[0].set_by, "template");
}

#[test]
fn a_mandatory_rule_keeps_the_template_s_values() {
    let mut a = Area::new();
    let text = "[parameters.floor]\nlabel = { zh = \"下限\", en = \"floor\" }\nvalue = 0.3\nmin = 0.1\nmax = 0.6\n\
                [signal]\noperator = \"level\"\nraise = \"pressure_mpa < floor\"";
    a.rule("low", "key = \"device\"\nmandatory = true", text);
    a.change_at(
        T0,
        RegistryChange::OverrideSet {
            rule: "low".into(),
            area: AreaId::new("P"),
            area_path: AreaPath("P/".into()),
            parameter: "floor".into(),
            value: 0.1,
            set_by: "cadre".into(),
        },
    );
    a.number(T0 + MIN, "d", 0.2).tick(T0 + HOUR);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
}

#[test]
fn a_registry_change_holds_from_its_own_time_and_not_from_its_arrival() {
    let mut a = Area::new();
    a.rule(
        "gone",
        "population = \"elder_alone\"",
        "[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"1h\"",
    );
    a.change_at(T0, RegistryChange::DeviceSet(device("d", "P/E/1/", Some("dwelling:1"))));
    let join = |n: &str| RegistryChange::MemberJoined {
        population: "elder_alone".into(),
        subject: format!("dwelling:{n}").parse().unwrap(),
        area: AreaId::new("1"),
        area_path: AreaPath("P/E/1/".into()),
    };
    a.change_at(T0 + 30 * MIN, join("1"));
    // Before joining there is no member to see.
    a.reading(T0 + 10 * MIN, T0 + 10 * MIN, "d", "door_open", Value::Flag(true));
    a.tick(T0 + 5 * HOUR);
    assert_eq!(a.found(), ["gone Opened dwelling:1 90"]);
    // Registered late, for a time that has passed: its deadline is of that time.
    a.change_at(T0 + 2 * HOUR, join("2"));
    a.tick(T0 + 6 * HOUR);
    assert_eq!(a.found(), ["gone Opened dwelling:2 180"]);
    a.change_at(
        T0 + 7 * HOUR,
        RegistryChange::MemberLeft {
            population: "elder_alone".into(),
            subject: "dwelling:2".parse().unwrap(),
        },
    );
    a.tick(T0 + 8 * HOUR);
    assert_eq!(a.found(), ["gone Ended dwelling:2 420"]);
}

#[test]
fn the_same_numbered_change_again_is_ignored() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    a.number(T0 + MIN, "d", 0.1).tick(T0 + HOUR);
    assert_eq!(a.found().len(), 1);
    a.seq = 0;
    a.rule_at(
        T0,
        9,
        "low",
        &rule("low", DEVICE, "[signal]\noperator = \"level\"\nraise = \"pressure_mpa > 9\""),
    );
    a.tick(T0 + 2 * HOUR);
    assert_eq!(a.engine.rules().collect::<Vec<_>>(), [("low", 1)]);
}

#[test]
fn a_rule_that_does_not_pass_the_check_is_left_out_and_counted() {
    let mut a = Area::new();
    a.rule_at(T0, 1, "bad", "rule = \"bad\"").rule("low", DEVICE, LOW);
    a.number(T0 + MIN, "d", 0.1).tick(T0 + HOUR);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
    assert_eq!(a.engine.counters().rules_refused, 1);
}

#[test]
fn a_rule_with_other_words_goes_on_and_one_with_another_meaning_begins_anew() {
    let mut a = Area::new();
    a.rule("low", DEVICE, LOW);
    a.number(T0 + MIN, "d", 0.1).tick(T0 + HOUR);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
    let reworded = rule("low", DEVICE, LOW).replace("{value}", "now {value}");
    a.rule_at(T0 + HOUR, 2, "low", &reworded).tick(T0 + 2 * HOUR);
    assert_eq!(a.found(), Vec::<String>::new(), "still open");
    let other = "[signal]\noperator = \"streak\"\nof = \"pressure_mpa\"\ndays = 2";
    a.rule_at(T0 + 2 * HOUR, 3, "low", &rule("low", DEVICE, other)).tick(T0 + 3 * HOUR);
    assert_eq!(a.found(), ["low Ended device:d 120"]);
    a.change_at(T0 + 3 * HOUR, RegistryChange::RuleRemoved { rule: "low".into() }).tick(T0 + 4 * HOUR);
    assert_eq!(a.engine.rules().count(), 0);
}

/// SU1 of the model: what was asked and granted changes nothing, its text brings it back.
#[test]
fn a_suspended_rule_tells_nothing_until_its_text_is_set_again() {
    let mut a = Area::new();
    let text = rule("low", DEVICE, LOW);
    a.rule_at(T0, 1, "low", &text);
    a.number(T0 + MIN, "d", 0.1).tick(T0 + HOUR);
    assert_eq!(a.found(), ["low Opened device:d 1"]);
    let step = |step| RegistryChange::RuleSuspension { rule: "low".into(), version: 1, step };
    let hand = || linli_model::Hand { user: linli_model::IdSeed::of_name("u").id("u"), name: "甲".into() };
    let suspended = SuspensionStep::Suspended { n: 20, confirmed: 0, upper_permille: 77, told: vec![] };
    a.change_at(T0 + HOUR, step(suspended)).tick(T0 + 2 * HOUR);
    assert_eq!(a.engine.rules().count(), 0);
    let _ = a.found();
    a.change_at(T0 + 2 * HOUR, step(SuspensionStep::Asked { by: hand(), reason: "r".into() }));
    let granted = SuspensionStep::Granted { by: hand(), asked_by: hand(), reason: "r".into() };
    a.change_at(T0 + 2 * HOUR, step(granted));
    a.number(T0 + 3 * HOUR, "d", 0.9).number(T0 + 3 * HOUR + MIN, "d", 0.1).tick(T0 + 4 * HOUR);
    assert_eq!(a.found(), Vec::<String>::new());
    a.rule_at(T0 + 4 * HOUR, 1, "low", &text);
    a.number(T0 + 5 * HOUR, "d", 0.9).number(T0 + 5 * HOUR + MIN, "d", 0.1).tick(T0 + 6 * HOUR);
    assert_eq!(a.found().last().map(String::as_str), Some("low Opened device:d 301"));
}

#[test]
fn a_source_with_its_own_timing_is_waited_for() {
    let mut config = config();
    let slow = SourceTiming { lateness: Millis::hours(1), idle: Millis::hours(2) };
    config.sources.insert(SourceId::new("s"), slow);
    let mut a = Area::of(config);
    a.rule("low", DEVICE, LOW);
    a.number(T0 + HOUR, "d", 0.9);
    a.reading(T0 + HOUR, T0 + MIN, "d", "pressure_mpa", Value::Number(0.1));
    assert_eq!(a.engine.counters().late, 0);
    a.number(T0 + 3 * HOUR, "d", 0.9);
    assert_eq!(a.found(), ["low Opened device:d 1", "low Ended device:d 60"]);
}

#[test]
fn an_explanation_is_there_before_anything_fired() {
    let mut a = Area::new();
    a.rule(
        "gone",
        "population = \"elder_alone\"",
        "[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"3h\"",
    );
    a.change_at(
        T0,
        RegistryChange::MemberJoined {
            population: "elder_alone".into(),
            subject: "dwelling:1".parse().unwrap(),
            area: AreaId::new("1"),
            area_path: AreaPath("P/E/1/".into()),
        },
    );
    a.tick(T0 + HOUR);
    let why = a.engine.explain("gone", &"dwelling:1".parse().unwrap()).unwrap();
    assert_eq!((why.holds, why.deadline), (Some(false), Some(Instant(T0 + 3 * HOUR))));
    assert!(why.steps.iter().any(|s| s.en.contains("No sign at all")));
    assert!(a.engine.explain("gone", &"dwelling:9".parse().unwrap()).is_none());
}

#[test]
fn evidence_keeps_its_ids_when_the_correction_window_has_passed() {
    let mut a = Area::new();
    a.rule("gone", "key = \"device\"", "[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"20d\"");
    a.reading_as("the-last-one", T0, T0, "d", "door_open", Value::Flag(true));
    for day in 1..22 {
        a.number(T0 + day * 24 * HOUR, "other", 0.9);
    }
    assert_eq!(a.out[0].evidence.readings[0].id.as_str(), "the-last-one");
    assert_eq!(a.found(), ["gone Opened device:d 28800"]);
}

/// EN6
#[test]
fn a_time_outside_the_calendar_is_taken_as_its_edge() {
    let mut a = Area::new();
    a.rule_at(i64::MIN, 1, "low", &rule("low", DEVICE, LOW));
    a.reading(i64::MIN, i64::MIN, "d", "pressure_mpa", Value::Number(f64::NAN));
    a.reading(T0, i64::MIN, "d", "pressure_mpa", Value::Number(0.1));
    a.reading(i64::MAX, i64::MAX, "d", "pressure_mpa", Value::Number(0.1));
    a.tick(i64::MAX);
    assert_eq!(a.engine.watermark(), Some(Instant::CALENDAR[1] - Millis::minutes(2)));
    a.change_at(i64::MAX, RegistryChange::DeviceSet(device("d", "P/", None)));
    let restored = Engine::from_snapshot(config(), &a.engine.snapshot()).unwrap();
    assert_eq!(restored.snapshot(), a.engine.snapshot());
}

#[test]
fn a_gap_of_more_days_than_there_are_is_a_century() {
    let mut a = Area::new();
    let body = "[signal]\noperator = \"streak\"\nof = \"door_open\"\ndays = 2\ngap = 1e300";
    a.rule("days", DEVICE, body);
    for at in [T0 + HOUR, T0 + 24 * 9_000 * HOUR] {
        a.reading(at, at, "d", "door_open", Value::Flag(true));
    }
    a.tick(T0 + 24 * 9_001 * HOUR);
    assert_eq!(a.found().len(), 1, "the gap is not broken");
}
