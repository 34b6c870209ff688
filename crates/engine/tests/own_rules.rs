//! Areas' own rules: where they listen, how they come out of their shadow, and what they leave alone.

use linli_engine::{Engine, EngineConfig};
use linli_model::*;

const T0: i64 = 1_793_548_800_000;
const MIN: i64 = 60_000;
const HOUR: i64 = 60 * MIN;
const DAY: i64 = 24 * HOUR;

struct Street {
    engine: Engine,
    out: Vec<Finding>,
    n: u64,
}

fn place(below: &str) -> (AreaId, AreaPath) {
    let path = AreaPath(format!("S/P/{below}"));
    let area = path.ids().next_back().unwrap();
    (area, path)
}
fn text(rule: &str, key: &str, signal: &str) -> String {
    format!(
        "rule = \"{rule}\"\nname = {{ zh = \"规则\", en = \"rule\" }}\n{key}\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"{{value}}\", en = \"{{value}}\" }}\n{signal}"
    )
}

impl Street {
    fn new() -> Street {
        let config = EngineConfig::new(AreaId::new("P"), AreaPath("S/P/".into()));
        Street { engine: Engine::from_config(config), out: Vec::new(), n: 0 }
    }
    fn change(&mut self, at: i64, change: RegistryChange) {
        self.n += 1;
        let entry = RegistryEntry { seq: self.n, effective_at: Instant(at), change };
        self.engine.step(&LogEntry::Registry(entry), &mut self.out);
    }
    fn own(&mut self, at: i64, below: &str, shadow: bool, text: &str) {
        let (area, area_path) = place(below);
        let (rule, text, set_by) = ("r".to_owned(), text.to_owned(), "cadre".to_owned());
        self.change(
            at,
            RegistryChange::AreaRuleSet { area, area_path, rule, version: 3, text, shadow, set_by },
        );
    }
    fn device(&mut self, at: i64, id: &str, below: &str) {
        let (area, area_path) = place(below);
        self.change(
            at,
            RegistryChange::DeviceSet(Device {
                id: DeviceId::new(id),
                class: DeviceClass::Other,
                name: id.into(),
                area,
                area_path,
                source: SourceId::new("s"),
                subject: None,
                measures: vec![Measure::new("noise_db"), Measure::new("door_open")],
                silence_secs_max: Some(3600),
                capacity: None,
                lon: None,
                lat: None,
                purpose: String::new(),
                state: DeviceState::Active,
                valid_from: Instant(at),
            }),
        );
    }
    fn joins(&mut self, at: i64, subject: &str, below: &str) {
        let (area, area_path) = place(below);
        let subject = subject.parse().unwrap();
        self.change(
            at,
            RegistryChange::MemberJoined { population: "elders".into(), subject, area, area_path },
        );
    }
    fn says(&mut self, received: i64, at: i64, device: &str, db: f64) {
        self.n += 1;
        let reading = Reading {
            id: ReadingId::new(format!("r{}", self.n)),
            device: DeviceId::new(device),
            observed_at: Instant(at),
            measure: Measure::new("noise_db"),
            value: Value::Number(db),
            subject: None,
        };
        let (source, received_at) = (SourceId::new("s"), Instant(received));
        let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: vec![] };
        self.engine.step(&LogEntry::Readings(batch), &mut self.out);
    }
    fn tick(&mut self, at: i64) {
        self.engine.step(&LogEntry::Tick { at: Instant(at) }, &mut self.out);
    }
    /// What was told since the last call, in hours since the beginning.
    fn told(&mut self) -> Vec<String> {
        let hours = |at: Instant| (at.0 - T0) as f64 / HOUR as f64;
        let line = |f: Finding| {
            let end = f.end.map_or(String::new(), |e| format!(" to {}", hours(e)));
            format!("{} {:?} {} {}{end}", f.rule, f.change, f.subject, hours(f.start))
        };
        let mut lines: Vec<String> = self.out.drain(..).map(line).collect();
        lines.sort();
        lines
    }
}

const LOUD: &str = "[signal]\noperator = \"level\"\nraise = \"noise_db > 70\"\n";
const SILENT: &str = "[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"30 h\"\ncoverage = \"any\"\nunwatched = \"leave\"";
const NOTHING: [&str; 0] = [];

/// RL3, OR1
#[test]
fn an_own_rule_hears_its_area_only_and_stands_beside_a_street_rule_of_the_same_code() {
    let mut s = Street::new();
    s.device(T0, "in", "E1/");
    s.device(T0, "out", "E2/");
    let loud = text("r", "key = \"device\"", LOUD);
    s.change(
        T0,
        RegistryChange::RuleSet { pack: "p".into(), rule: "r".into(), version: 1, text: loud.clone() },
    );
    s.own(T0, "E1/", false, &loud);
    s.says(T0 + HOUR, T0 + HOUR, "in", 80.0);
    s.says(T0 + HOUR, T0 + HOUR, "out", 80.0);
    s.tick(T0 + 2 * HOUR);
    assert_eq!(s.told(), ["r Opened device:in 1", "r Opened device:out 1", "r@E1 Opened device:in 1"]);
    // The street's goes; the area's own stays.
    s.change(T0 + 2 * HOUR, RegistryChange::RuleRemoved { rule: "r".into() });
    s.tick(T0 + 3 * HOUR);
    assert_eq!(s.told(), ["r Ended device:in 1 to 2", "r Ended device:out 1 to 2"]);
}

/// OE1
#[test]
fn another_partition_takes_no_notice() {
    let mut s = Street::new();
    let loud = text("r", "key = \"device\"", LOUD);
    let (area, area_path) = (AreaId::new("E9"), AreaPath("S/Q/E9/".into()));
    let own = |shadow| RegistryChange::AreaRuleSet {
        area: area.clone(),
        area_path: area_path.clone(),
        rule: "r".into(),
        version: 1,
        text: loud.clone(),
        shadow,
        set_by: "x".into(),
    };
    s.change(T0, own(false));
    s.change(T0, own(true));
    s.tick(T0 + HOUR);
    assert_eq!((s.engine.rules().count(), s.engine.counters().rules_refused), (0, 0));
}

/// OE2
#[test]
fn what_is_the_street_s_alone_is_not_taken_from_an_area() {
    let mut s = Street::new();
    for odd in [
        text("r", "key = \"device\"\nemission = \"eager\"", LOUD),
        text("r", "key = \"device\"\nmandatory = true", LOUD),
        text("other", "key = \"device\"", LOUD),
        "rule".to_owned(),
    ] {
        s.own(T0, "E1/", false, &odd);
    }
    s.tick(T0 + HOUR);
    assert_eq!((s.engine.rules().count(), s.engine.counters().rules_refused), (0, 4));
}

/// WA4
#[test]
fn out_of_its_shadow_it_goes_on_with_what_it_knew_and_tells_what_holds_then() {
    let mut s = Street::new();
    s.device(T0, "in", "E1/");
    let loud = text("r", "key = \"device\"", LOUD);
    s.own(T0, "E1/", true, &loud);
    s.says(T0 + HOUR, T0 + HOUR, "in", 80.0);
    s.tick(T0 + 2 * HOUR);
    assert_eq!(s.told(), ["r~shadow@E1 Opened device:in 1"]);
    // Longer ago than the correction window: only the shadow can still know since when it has been loud.
    s.tick(T0 + 20 * DAY);
    s.own(T0 + 20 * DAY, "E1/", false, &loud);
    s.tick(T0 + 20 * DAY + HOUR);
    assert_eq!(s.told(), ["r@E1 Opened device:in 1", "r~shadow@E1 Ended device:in 1 to 480"]);
    s.says(T0 + 21 * DAY, T0 + 21 * DAY, "in", 40.0);
    s.tick(T0 + 21 * DAY + HOUR);
    assert_eq!(s.told(), ["r@E1 Ended device:in 1 to 504"]);
}

#[test]
fn without_a_shadow_it_has_lived_through_the_window_before() {
    let mut s = Street::new();
    s.device(T0, "in", "E1/");
    s.device(T0, "out", "E2/");
    s.says(T0 + HOUR, T0 + HOUR, "in", 80.0);
    s.says(T0 + HOUR, T0 + HOUR, "out", 80.0);
    s.tick(T0 + 5 * HOUR);
    s.own(T0 + 5 * HOUR, "E1/", false, &text("r", "key = \"device\"", LOUD));
    s.tick(T0 + 6 * HOUR);
    assert_eq!(s.told(), ["r@E1 Opened device:in 1"]);
}

/// RL3
#[test]
fn a_device_that_leaves_takes_what_is_open_along_and_begins_anew_when_it_comes_back() {
    let mut s = Street::new();
    s.device(T0, "d", "E1/B1/");
    s.own(T0, "E1/", false, &text("r", "key = \"device\"", LOUD));
    s.says(T0 + HOUR, T0 + HOUR, "d", 80.0);
    s.device(T0 + 2 * HOUR, "d", "E2/");
    s.says(T0 + 3 * HOUR, T0 + 3 * HOUR, "d", 85.0);
    s.tick(T0 + 4 * HOUR);
    assert_eq!(s.told(), ["r@E1 Ended device:d 1 to 2", "r@E1 Opened device:d 1"]);
    s.device(T0 + 4 * HOUR, "d", "E1/B2/");
    s.says(T0 + 5 * HOUR, T0 + 5 * HOUR, "d", 85.0);
    s.tick(T0 + 6 * HOUR);
    assert_eq!(s.told(), ["r@E1 Opened device:d 5"]);
    // It had moved out an hour earlier than was known.
    s.device(T0 + 5 * HOUR - MIN, "d", "E2/");
    s.tick(T0 + 7 * HOUR);
    assert_eq!(s.told(), ["r@E1 Retracted device:d 5"]);
}

#[test]
fn members_are_watched_while_they_live_there_and_by_what_stands_there() {
    let mut s = Street::new();
    s.own(T0, "E1/B1/", false, &text("r", "population = \"elders\"", SILENT));
    // A gate of the estate could see them go; it stands outside of the building whose rule it is.
    s.device(T0, "gate", "E1/");
    s.joins(T0, "dwelling:1", "E1/B1/1/");
    s.joins(T0, "dwelling:2", "E2/B2/2/");
    s.tick(T0 + 40 * HOUR);
    assert_eq!(s.told(), NOTHING, "nobody there could have seen");
    let mut s = Street::new();
    s.own(T0, "E1/B1/", false, &text("r", "population = \"elders\"", SILENT));
    s.device(T0, "door", "E1/B1/");
    s.joins(T0, "dwelling:1", "E1/B1/1/");
    s.joins(T0, "dwelling:2", "E2/B2/2/");
    for h in 1..40 {
        s.says(T0 + h * HOUR, T0 + h * HOUR, "door", 30.0);
    }
    assert_eq!(s.told(), ["r@B1 Opened dwelling:1 30"]);
    s.joins(T0 + 40 * HOUR, "dwelling:1", "E2/B2/3/");
    s.tick(T0 + 41 * HOUR);
    assert_eq!(s.told(), ["r@B1 Ended dwelling:1 30 to 40"]);
}

#[test]
fn an_area_above_its_own_is_its_own() {
    let mut s = Street::new();
    s.device(T0, "d", "E1/B1/");
    s.own(T0, "E1/B1/", false, &text("r", "key = \"area\"\ndepth = 1", LOUD));
    s.says(T0 + HOUR, T0 + HOUR, "d", 80.0);
    s.tick(T0 + 2 * HOUR);
    assert_eq!(s.told(), ["r@B1 Opened area:B1 1"]);
}

/// EN4
#[test]
fn a_snapshot_keeps_homes_and_shadows() {
    let mut s = Street::new();
    s.device(T0, "in", "E1/");
    s.device(T0, "out", "E2/");
    s.own(T0, "E1/", true, &text("r", "key = \"device\"", LOUD));
    s.says(T0 + HOUR, T0 + HOUR, "in", 40.0);
    s.tick(T0 + 2 * HOUR);
    let config = EngineConfig::new(AreaId::new("P"), AreaPath("S/P/".into()));
    s.engine = Engine::from_snapshot(config, &s.engine.snapshot()).unwrap();
    s.says(T0 + 3 * HOUR, T0 + 3 * HOUR, "in", 80.0);
    s.says(T0 + 3 * HOUR, T0 + 3 * HOUR, "out", 80.0);
    s.tick(T0 + 4 * HOUR);
    assert_eq!(s.told(), ["r~shadow@E1 Opened device:in 3"]);
}
