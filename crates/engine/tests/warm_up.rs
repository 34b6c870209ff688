//! A rule set in the middle of things has already seen what it looks back on (WA1–WA3).

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

impl Street {
    fn new() -> Street {
        let config = EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()));
        Street { engine: Engine::from_config(config), out: Vec::new(), n: 0 }
    }
    fn change(&mut self, at: i64, change: RegistryChange) {
        self.n += 1;
        let entry = RegistryEntry { seq: self.n, effective_at: Instant(at), change };
        self.engine.step(&LogEntry::Registry(entry), &mut self.out);
    }
    fn rule(&mut self, at: i64, version: u32, key: &str, signal: &str) {
        let text = format!(
            "rule = \"r\"\nname = {{ zh = \"规则\", en = \"rule\" }}\n{key}\nseverity = \"info\"\n\
             case_class = \"x.y\"\nsentence = {{ zh = \"{{value}}\", en = \"{{value}}\" }}\n{signal}"
        );
        if let Err(wrong) = linli_rule::check(&text, &linli_rule::Catalogue::shipped()) {
            panic!("{wrong:?}");
        }
        self.change(at, RegistryChange::RuleSet { pack: "p".into(), rule: "r".into(), version, text });
    }
    fn joins(&mut self, at: i64, subject: &str) {
        let (area, area_path) = (AreaId::new("P"), AreaPath("P/".into()));
        let subject = subject.parse().unwrap();
        self.change(
            at,
            RegistryChange::MemberJoined { population: "elders".into(), subject, area, area_path },
        );
    }
    fn says(&mut self, received: i64, at: i64, who: &str, measure: &str, value: Value) {
        self.n += 1;
        let reading = Reading {
            id: ReadingId::new(format!("r{}", self.n)),
            device: DeviceId::new("d"),
            observed_at: Instant(at),
            measure: Measure::new(measure),
            value,
            subject: Some(who.parse().unwrap()),
        };
        let (source, received_at) = (SourceId::new("s"), Instant(received));
        let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: vec![] };
        self.engine.step(&LogEntry::Readings(batch), &mut self.out);
    }
    fn opens(&mut self, at: i64, who: &str) {
        self.says(at, at, who, "door_open", Value::Flag(true));
    }
    fn presses(&mut self, at: i64, mpa: f64) {
        self.says(at, at, "device:d", "pressure_mpa", Value::Number(mpa));
    }
    fn tick(&mut self, at: i64) {
        self.engine.step(&LogEntry::Tick { at: Instant(at) }, &mut self.out);
    }
    /// What was told since the last call, in hours since the beginning.
    fn told(&mut self) -> Vec<String> {
        let hours = |at: Instant| (at.0 - T0) as f64 / HOUR as f64;
        let line = |f: Finding| {
            let end = f.end.map_or(String::new(), |e| format!(" to {}", hours(e)));
            format!("{:?} {} {}{end}", f.change, f.subject, hours(f.start))
        };
        self.out.drain(..).map(line).collect()
    }
}

const ABSENT: &str =
    "[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"30 h\"\ncoverage = \"none\"";
const LOW: &str = "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < 0.3\"";
const COUNTS_LOW: &str = "[signals.low]\noperator = \"window\"\nof = \"pressure_mpa\"\nwhen = \"pressure_mpa < 0.3\"\naggregate = \"count\"\nspan = \"2 h\"\n[signal]\noperator = \"level\"\nraise = \"low >= 2\"";

#[test]
fn a_new_absence_rule_knows_who_has_not_been_heard_of_and_since_when() {
    let mut s = Street::new();
    s.joins(T0, "person:e1");
    s.joins(T0, "person:e2");
    s.opens(T0 + HOUR, "person:e1");
    s.opens(T0 + HOUR, "person:e2");
    s.opens(T0 + 35 * HOUR, "person:e2");
    s.tick(T0 + 40 * HOUR);
    s.rule(T0 + 40 * HOUR, 1, "population = \"elders\"", ABSENT);
    s.tick(T0 + 41 * HOUR);
    assert_eq!(s.told(), ["Opened person:e1 31"], "thirty hours after the door, not after the rule");
    s.opens(T0 + 42 * HOUR, "person:e1");
    s.tick(T0 + 43 * HOUR);
    assert_eq!(s.told(), ["Ended person:e1 31 to 42"]);
    s.tick(T0 + 70 * HOUR);
    assert_eq!(s.told(), ["Opened person:e2 65"]);
}

#[test]
fn an_absence_rule_on_a_new_installation_misses_nobody_it_never_listened_to() {
    let mut s = Street::new();
    s.joins(T0 - 10 * DAY, "person:e1");
    s.opens(T0, "person:e2");
    s.tick(T0 + HOUR);
    s.rule(T0 + HOUR, 1, "population = \"elders\"", ABSENT);
    s.tick(T0 + 29 * HOUR);
    assert_eq!(s.told(), Vec::<String>::new());
    s.tick(T0 + 32 * HOUR);
    assert_eq!(s.told(), ["Opened person:e1 30"], "thirty hours after the first anybody was heard");
}

#[test]
fn a_changed_rule_goes_on_with_the_finding_both_versions_see() {
    let mut s = Street::new();
    s.rule(T0, 1, "key = \"device\"", LOW);
    s.presses(T0 + HOUR, 0.2);
    s.presses(T0 + 2 * HOUR, 0.2);
    s.tick(T0 + 2 * HOUR + 10 * MIN);
    assert_eq!(s.told(), ["Opened device:d 1"]);
    s.rule(T0 + 2 * HOUR + 10 * MIN, 2, "key = \"device\"", COUNTS_LOW);
    s.tick(T0 + 2 * HOUR + 30 * MIN);
    assert_eq!(s.told(), Vec::<String>::new(), "two lows within two hours: the new version sees it, too");
    s.tick(T0 + 5 * HOUR);
    assert_eq!(s.told(), ["Ended device:d 1 to 3"]);
}

#[test]
fn a_changed_rule_ends_what_only_the_old_version_saw() {
    let mut s = Street::new();
    s.rule(T0, 1, "key = \"device\"", LOW);
    s.presses(T0 + HOUR, 0.2);
    s.tick(T0 + 2 * HOUR);
    assert_eq!(s.told(), ["Opened device:d 1"]);
    s.rule(T0 + 2 * HOUR, 2, "key = \"device\"", COUNTS_LOW);
    s.tick(T0 + 3 * HOUR);
    assert_eq!(s.told(), ["Ended device:d 1 to 2"]);
}

#[test]
fn what_began_and_ended_before_the_rule_came_is_not_told() {
    let mut s = Street::new();
    s.presses(T0 + HOUR, 0.2);
    s.presses(T0 + 2 * HOUR, 0.4);
    s.tick(T0 + 3 * HOUR);
    s.rule(T0 + 3 * HOUR, 1, "key = \"device\"", LOW);
    s.tick(T0 + 4 * HOUR);
    assert_eq!(s.told(), Vec::<String>::new());
}

#[test]
fn a_reading_late_by_days_corrects_what_a_rule_saw_in_its_look_back() {
    let mut s = Street::new();
    s.joins(T0, "person:e1");
    s.opens(T0 + HOUR, "person:e1");
    for day in 0..8 {
        s.opens(T0 + day * DAY + 2 * HOUR, "person:e2");
    }
    s.tick(T0 + 7 * DAY);
    s.rule(T0 + 7 * DAY, 1, "population = \"elders\"", ABSENT);
    s.tick(T0 + 12 * DAY);
    assert_eq!(s.told(), ["Opened person:e1 31"]);
    // A gateway that was cut off brings what it had kept: the door had opened before the rule came.
    s.says(T0 + 12 * DAY, T0 + 6 * DAY, "person:e1", "door_open", Value::Flag(true));
    s.tick(T0 + 12 * DAY + HOUR);
    assert_eq!(s.told(), ["Amended person:e1 174"], "thirty hours after the sixth day");
}

/// Its members' states are the old operator's, which say nothing under the new one.
#[test]
fn a_roll_whose_member_is_another_operator_does_not_go_on_with_the_old_ones_states() {
    let roll = |member: &str| {
        format!(
            "[signals.low]\noperator = \"roll\"\naggregate = \"count\"\nfresh = \"600min\"\n[signals.low.member]\n{member}\n\
             [signal]\noperator = \"level\"\nraise = \"low >= 1\"\n"
        )
    };
    let key = "key = \"area\"\ndepth = 0";
    let silent = roll("operator = \"absent\"\nof = \"pressure_mpa\"\nspan = \"45min\"\ncoverage = \"none\"");
    let mut street = Street::new();
    street.rule(T0, 1, key, &silent);
    street.presses(T0 + HOUR, 0.5);
    street.tick(T0 + 3 * HOUR);
    assert_eq!(street.told(), ["Opened area:P 1.75"]);
    street.rule(T0 + 4 * HOUR, 2, key, &roll("operator = \"level\"\nraise = \"pressure_mpa < 0.2\""));
    street.tick(T0 + 6 * HOUR);
    assert_eq!(street.told(), ["Ended area:P 1.75 to 4"], "the pressure was never low");
    let config = EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()));
    street.engine = Engine::from_snapshot(config, &street.engine.snapshot()).unwrap();
    street.presses(T0 + 7 * HOUR, 0.1);
    street.tick(T0 + 9 * HOUR);
    assert_eq!(street.told(), ["Opened area:P 7"]);
}
