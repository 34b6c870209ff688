//! What is known of devices at work: clocks set right, and silence that is told from absence when the power is cut, a
//! controller dies or a clock is not what it was. Each silence both ways: as registered, and as learned.

use linli_engine::{Engine, EngineConfig};
use linli_model::*;

const T0: i64 = 1_793_548_800_000;
const MIN: i64 = 60_000;
const HOUR: i64 = 60 * MIN;
const DAY: i64 = 24 * HOUR;

/// Longest silence of the building's devices.
const SILENCE_SECS: u32 = 2 * 3_600;

const NOT_OUT: (&str, &str) =
    ("population = \"elder_alone\"", "operator = \"absent\"\nof = \"door_open\"\nspan = \"1d\"");

#[derive(Clone, Copy, Debug, PartialEq)]
enum Silence {
    Registered,
    Learned,
}
const BOTH: [Silence; 2] = [Silence::Registered, Silence::Learned];

struct Building {
    engine: Engine,
    out: Vec<Finding>,
    seq: u64,
    id: u32,
}

fn device(id: &str, area: &str, subject: Option<&str>, silence_secs_max: Option<u32>) -> Device {
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::DoorMagnet,
        name: id.into(),
        area: AreaPath(area.into()).ids().next_back().unwrap(),
        area_path: AreaPath(area.into()),
        source: SourceId::new("gw"),
        subject: subject.map(|s| s.parse().unwrap()),
        measures: vec![Measure::new("door_open"), Measure::new("battery_pct")],
        silence_secs_max,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(T0),
    }
}

fn learned(device: &str, clock_offset_ms: Option<i64>, silence_secs: Option<u32>) -> RegistryChange {
    RegistryChange::DeviceLearned { device: DeviceId::new(device), clock_offset_ms, silence_secs }
}

impl Building {
    fn with_rule((head, signal): (&str, &str)) -> Building {
        let config = EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()));
        let mut b = Building { engine: Engine::from_config(config), out: vec![], seq: 0, id: 0 };
        let text = format!(
            "rule = \"r\"\nname = {{ zh = \"规则\", en = \"rule\" }}\n{head}\nseverity = \"urgent\"\ncase_class = \"x.y\"\n\
             sentence = {{ zh = \"已 {{silence}}\", en = \"for {{silence}}\" }}\n[signal]\n{signal}"
        );
        b.change(0, RegistryChange::RuleSet { pack: "p".into(), rule: "r".into(), version: 1, text });
        b
    }
    /// Four flats with an elder each, a magnet on each door, all behind one gateway; not out for a day is too long.
    fn with_four_elders(silence: Silence) -> Building {
        let mut b = Building::with_rule(NOT_OUT);
        for n in 1..=4 {
            let (flat, subject) = (format!("P/E/B1/D1/{n}/"), format!("dwelling:{n}"));
            let registered = (silence == Silence::Registered).then_some(SILENCE_SECS);
            let magnet = device(&format!("m{n}"), &flat, Some(&subject), registered);
            let area = magnet.area.clone();
            b.change(0, RegistryChange::DeviceSet(magnet));
            let subject = subject.parse().unwrap();
            let (population, area_path) = ("elder_alone".to_owned(), AreaPath(flat));
            b.change(0, RegistryChange::MemberJoined { population, subject, area, area_path });
            if silence == Silence::Learned {
                b.change(0, learned(&format!("m{n}"), None, Some(SILENCE_SECS)));
            }
        }
        b
    }
    fn change(&mut self, at: i64, change: RegistryChange) {
        self.seq += 1;
        let entry = RegistryEntry { seq: self.seq, effective_at: Instant(T0 + at), change };
        self.engine.step(&LogEntry::Registry(entry), &mut self.out);
    }
    fn said(&mut self, received: i64, observed: i64, device: &str, measure: &str, value: Value) {
        self.id += 1;
        let reading = Reading {
            id: ReadingId::new(format!("r{}", self.id)),
            device: DeviceId::new(device),
            observed_at: Instant(T0 + observed),
            measure: Measure::new(measure),
            value,
            subject: None,
        };
        let batch = ReadingBatch {
            source: SourceId::new("gw"),
            received_at: Instant(T0 + received),
            readings: vec![reading],
            quarantined: vec![],
        };
        self.engine.step(&LogEntry::Readings(batch), &mut self.out);
    }
    fn door(&mut self, at: i64, n: i64) {
        self.said(at, at, &format!("m{n}"), "door_open", Value::Flag(true));
    }
    fn battery(&mut self, at: i64, n: i64) {
        self.said(at, at, &format!("m{n}"), "battery_pct", Value::Number(80.0));
    }
    fn tick(&mut self, at: i64) {
        self.engine.step(&LogEntry::Tick { at: Instant(T0 + at) }, &mut self.out);
    }
    /// Every half hour each magnet says how its battery is; those that go out at ten o'clock open their door.
    fn live(&mut self, hours: std::ops::Range<i64>, go_out: &[i64]) {
        for half in hours.start * 2..hours.end * 2 {
            let at = half * 30 * MIN;
            self.tick(at);
            for n in 1..=4 {
                self.battery(at + n * MIN, n);
                if at % DAY == 10 * HOUR && go_out.contains(&n) {
                    self.door(at + n * MIN + MIN / 2, n);
                }
            }
        }
    }
    fn silent(&mut self, hours: std::ops::Range<i64>) {
        (hours.start..hours.end).for_each(|hour| self.tick(hour * HOUR));
    }
    /// What was found: of what kind, about whom, at which hour.
    fn found(&mut self) -> Vec<String> {
        let lines = self.out.drain(..).map(|f| {
            let kind = if f.kind == FindingKind::Signal { "absent" } else { "unknown" };
            let hour = (f.end.unwrap_or(f.start).0 - T0) / HOUR;
            format!("{kind} {:?} {} {hour}", f.change, f.subject.id).to_lowercase()
        });
        lines.collect()
    }
}

fn about_all(line: &str) -> Vec<String> {
    (1..=4).map(|n| line.replace('N', &n.to_string())).collect()
}

/// Without coverage it would be told of four elders that they have not been out.
#[test]
fn a_power_cut_is_no_absence_of_everybody_in_the_building() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..36, &[1, 2, 3, 4]);
        b.silent(36..72);
        assert_eq!(b.found(), about_all("unknown opened N 58"), "{silence:?}");
        // Power again: the days are counted anew, nobody is missed for what happened in the dark.
        b.live(72..90, &[1, 2, 3, 4]);
        let mut found = b.found();
        found.sort();
        assert_eq!(found, about_all("unknown ended N 72"), "{silence:?}");
    }
}

#[test]
fn after_a_power_cut_who_does_not_go_out_is_missed_a_whole_span_later() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..36, &[1, 2, 3, 4]);
        b.silent(36..72);
        // The third one fell in the dark.
        b.live(72..100, &[1, 2, 4]);
        let mut found = b.found();
        found.sort();
        let mut expected = about_all("unknown opened N 58");
        expected.extend(about_all("unknown ended N 72"));
        expected.push("absent opened 3 96".to_owned());
        expected.sort();
        assert_eq!(found, expected, "{silence:?}");
    }
}

/// What nobody registered or learned is as it always was: a silent door is taken for a door that stayed shut.
#[test]
fn without_any_known_silence_a_power_cut_is_told_as_absence() {
    let mut b = Building::with_four_elders(Silence::Learned);
    for n in 1..=4 {
        b.change(1, learned(&format!("m{n}"), None, None));
    }
    b.live(0..36, &[1, 2, 3, 4]);
    b.silent(36..72);
    assert_eq!(b.found(), about_all("absent opened N 58"));
}

#[test]
fn a_short_cut_hides_nobody_who_is_missed_anyway() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..24, &[1, 2, 3, 4]);
        // An hour and a half is not too long for any of them.
        b.silent(24..25);
        b.live(25..40, &[1, 2, 4]);
        assert_eq!(b.found(), ["absent opened 3 34"], "{silence:?}");
    }
}

/// Its devices go on and keep what they said; the controller brings it when it is well again.
#[test]
fn a_dead_controller_that_brings_what_it_kept_leaves_nothing_that_did_not_happen() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..36, &[1, 2, 3, 4]);
        b.silent(36..72);
        assert_eq!(b.found(), about_all("unknown opened N 58"), "{silence:?}");
        for half in 72..144 {
            let at = half * 30 * MIN;
            for n in 1..=4 {
                b.said(72 * HOUR, at + n * MIN, &format!("m{n}"), "battery_pct", Value::Number(80.0));
                if at % DAY == 10 * HOUR && n != 3 {
                    let out = at + n * MIN + MIN / 2;
                    b.said(72 * HOUR, out, &format!("m{n}"), "door_open", Value::Flag(true));
                }
            }
        }
        b.live(72..74, &[]);
        let mut found = b.found();
        found.sort();
        // What could not be told is told now: one was not out, the others were. Nothing of the darkness is left.
        let mut expected = about_all("unknown retracted N 58");
        expected.push("absent opened 3 58".to_owned());
        expected.sort();
        assert_eq!(found, expected, "{silence:?}");
    }
}

#[test]
fn one_dead_magnet_is_unknown_and_the_others_are_still_watched() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..20, &[1, 2, 3, 4]);
        for half in 40..80 {
            let at = half * 30 * MIN;
            b.tick(at);
            (1..=3).for_each(|n| b.battery(at + n * MIN, n));
        }
        let mut found = b.found();
        found.sort();
        let expected =
            ["absent opened 1 34", "absent opened 2 34", "absent opened 3 34", "unknown opened 4 34"];
        assert_eq!(found, expected, "{silence:?}");
    }
}

/// Its own time does not move on, so it is not heard.
#[test]
fn a_device_that_only_repeats_an_old_reading_is_silent() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..20, &[1, 2, 3, 4]);
        for half in 40..80 {
            let at = half * 30 * MIN;
            b.tick(at);
            (1..=3).for_each(|n| b.battery(at + n * MIN, n));
            b.said(at + 4 * MIN, 19 * HOUR, "m4", "battery_pct", Value::Number(80.0));
            b.said(at + 5 * MIN, 10 * HOUR, "m4", "door_open", Value::Flag(true));
        }
        let about_4: Vec<_> = b.found().into_iter().filter(|l| l.contains(" 4 ")).collect();
        assert_eq!(about_4, ["unknown opened 4 34"], "{silence:?}");
    }
}

// -- a learned silence --

#[test]
fn a_registered_silence_wins_over_a_learned_one() {
    let mut b = Building::with_four_elders(Silence::Registered);
    for n in 1..=4 {
        b.change(0, learned(&format!("m{n}"), None, Some(5 * 86_400)));
    }
    b.live(0..36, &[1, 2, 3, 4]);
    b.silent(36..72);
    assert_eq!(b.found(), about_all("unknown opened N 58"));
}

#[test]
fn a_learned_silence_goes_with_the_device_when_it_is_registered_anew_and_ends_when_it_is_retired() {
    let mut b = Building::with_four_elders(Silence::Learned);
    let moved =
        |silence| RegistryChange::DeviceSet(device("m1", "P/E/B1/D1/1/", Some("dwelling:1"), silence));
    b.change(HOUR, moved(None));
    b.change(HOUR, RegistryChange::DeviceRetired(DeviceId::new("m2")));
    b.change(2 * HOUR, RegistryChange::DeviceSet(device("m2", "P/E/B1/D1/2/", Some("dwelling:2"), None)));
    b.live(0..20, &[1, 2]);
    b.silent(20..40);
    let found: Vec<_> = b.found().into_iter().filter(|l| l.contains(" 1 ") || l.contains(" 2 ")).collect();
    assert_eq!(found, ["unknown opened 1 34", "absent opened 2 34"]);
}

#[test]
fn a_longer_silence_that_is_learned_lets_what_was_unknown_be_told() {
    let mut b = Building::with_four_elders(Silence::Learned);
    b.live(0..36, &[1, 2, 3, 4]);
    b.silent(36..60);
    assert_eq!(b.found(), about_all("unknown opened N 58"));
    b.change(60 * HOUR, learned("m1", None, Some(2 * 86_400)));
    b.silent(60..62);
    assert_eq!(b.found(), ["unknown ended 1 60"]);
}

// -- clocks --

const LOW: (&str, &str) = ("key = \"device\"", "operator = \"level\"\nraise = \"pressure_mpa < 0.3\"");

impl Building {
    fn pressure(&mut self, received: i64, observed: i64, n: f64) {
        self.said(received, observed, "p", "pressure_mpa", Value::Number(n));
    }
    /// What was found: when, in minutes.
    fn minutes(&mut self) -> Vec<String> {
        let lines = self.out.drain(..).map(|f| {
            let at = (f.end.unwrap_or(f.start).0 - T0) / MIN;
            format!("{:?} {at}", f.change).to_lowercase()
        });
        lines.collect()
    }
}

#[test]
fn a_slow_clock_that_is_known_is_set_right_and_its_readings_are_not_late() {
    for (known, late, at) in [(true, 0, 130), (false, 2, 70)] {
        let mut b = Building::with_rule(LOW);
        if known {
            b.change(0, learned("p", Some(-HOUR), None));
        }
        b.said(119 * MIN, 119 * MIN, "other", "pressure_mpa", Value::Number(0.5));
        b.tick(120 * MIN);
        b.pressure(130 * MIN, 70 * MIN, 0.1);
        b.pressure(140 * MIN, 80 * MIN, 0.4);
        b.tick(200 * MIN);
        assert_eq!(b.engine.counters().late, late, "{known}");
        assert_eq!(b.minutes(), [format!("opened {at}"), format!("ended {}", at + 10)], "{known}");
    }
}

#[test]
fn a_fast_clock_that_is_known_is_set_right_and_one_that_is_not_is_clamped_and_counted() {
    for (known, clamped, at) in [(true, 0, 60), (false, 2, 62)] {
        let mut b = Building::with_rule(LOW);
        if known {
            b.change(0, learned("p", Some(8 * HOUR), None));
        }
        b.pressure(HOUR, 9 * HOUR, 0.1);
        b.pressure(HOUR + 10 * MIN, 9 * HOUR + 10 * MIN, 0.4);
        b.tick(3 * HOUR);
        assert_eq!(b.engine.counters().clamped, clamped);
        assert_eq!(b.minutes(), [format!("opened {at}"), format!("ended {}", at + 10)]);
    }
}

/// CK1, CK2
#[test]
fn an_offset_counts_for_what_is_received_from_then_on_and_moves_nothing_else() {
    let mut b = Building::with_rule(LOW);
    // Known an hour before it counts.
    b.change(2 * HOUR, learned("p", Some(-HOUR), None));
    b.pressure(2 * HOUR - MIN, 2 * HOUR - MIN, 0.1);
    b.pressure(2 * HOUR, 2 * HOUR - 50 * MIN, 0.4);
    b.tick(4 * HOUR);
    assert_eq!(
        b.minutes(),
        ["opened 119", "ended 122"],
        "the second one as ten minutes later, clamped to two"
    );
    // Mended, and unlearned.
    b.change(4 * HOUR, learned("p", None, None));
    b.pressure(5 * HOUR, 5 * HOUR, 0.1);
    b.tick(6 * HOUR);
    assert_eq!(b.minutes(), ["opened 300"]);
}

/// Between mending and unlearning: set ahead by what it was slow, it is clamped like any fast clock, and nothing is found twice.
#[test]
fn a_clock_that_is_mended_is_taken_as_two_minutes_ahead_until_it_is_unlearned() {
    let mut b = Building::with_rule(LOW);
    b.change(0, learned("p", Some(-HOUR), None));
    b.pressure(HOUR, 0, 0.1);
    b.pressure(HOUR + 30 * MIN, HOUR + 30 * MIN, 0.4);
    b.tick(3 * HOUR);
    assert_eq!(b.minutes(), ["opened 60", "ended 92"]);
    assert_eq!(b.engine.counters().clamped, 1);
}

/// To 2001 and back: what cannot be placed has no effect, and the device counts as silent meanwhile.
#[test]
fn a_clock_that_jumps_is_unknown_and_not_an_absence() {
    for silence in BOTH {
        let mut b = Building::with_four_elders(silence);
        b.live(0..20, &[1, 2, 3, 4]);
        for half in 40..72 {
            let at = half * 30 * MIN;
            b.tick(at);
            (1..=3).for_each(|n| b.battery(at + n * MIN, n));
            let year_2001 = 978_307_200_000 - T0;
            b.said(at + 4 * MIN, year_2001 + at, "m4", "battery_pct", Value::Number(80.0));
        }
        let about_4: Vec<_> = b.found().into_iter().filter(|l| l.contains(" 4 ")).collect();
        assert_eq!(about_4, ["unknown opened 4 34"], "{silence:?}");
        assert!(b.engine.counters().late_beyond_window > 0);
        // Where it is known, the device is heard.
        let offset = 978_307_200_000 - T0;
        b.change(36 * HOUR, learned("m4", Some(offset), Some(SILENCE_SECS)));
        b.said(36 * HOUR + MIN, offset + 36 * HOUR + MIN, "m4", "battery_pct", Value::Number(80.0));
        b.tick(37 * HOUR);
        assert_eq!(b.found(), ["unknown ended 4 36"], "{silence:?}");
    }
}

/// EN4, SN1
#[test]
fn a_snapshot_keeps_what_is_known_of_devices() {
    let mut b = Building::with_four_elders(Silence::Learned);
    b.change(0, learned("m1", Some(-HOUR), Some(SILENCE_SECS)));
    b.change(30 * HOUR, learned("m1", Some(-2 * HOUR), Some(SILENCE_SECS)));
    b.live(0..20, &[2, 3, 4]);
    let config = EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()));
    let mut restored = Engine::from_snapshot(config, &b.engine.snapshot()).unwrap();
    let time = |e: &Engine, at: i64| {
        e.event_time(&DeviceId::new("m1"), Instant(T0 + at - 2 * HOUR), Instant(T0 + at)).0 - T0
    };
    for engine in [&b.engine, &restored] {
        assert_eq!((time(engine, 29 * HOUR), time(engine, 31 * HOUR)), (28 * HOUR, 31 * HOUR));
    }
    std::mem::swap(&mut b.engine, &mut restored);
    b.silent(20..40);
    assert_eq!(b.found().iter().filter(|l| l.starts_with("unknown opened")).count(), 4);
}

/// The inner path over interned events heeds clocks, too.
#[test]
fn interned_events_are_set_right_like_readings() {
    let mut b = Building::with_rule(LOW);
    b.change(0, learned("p", Some(-HOUR), None));
    let (source, device) = (b.engine.source_number("gw"), b.engine.device_number("p"));
    let measure = b.engine.measure_number("pressure_mpa");
    let event = |at: i64, value| linli_engine::Event {
        at: T0 + at,
        value,
        reading: 0,
        device,
        subject: linli_engine::NONE,
        measure,
        tag: linli_engine::ValueTag::Number,
        clamped: false,
    };
    b.engine.step_events(
        source,
        Instant(T0 + 2 * HOUR),
        &[event(HOUR, 0.1), event(HOUR + MIN, 0.5)],
        &mut b.out,
    );
    b.tick(3 * HOUR);
    assert_eq!(b.minutes(), ["opened 120", "ended 121"]);
}
