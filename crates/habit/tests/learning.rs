//! What is learned of devices, and above all what is not.

use linli_habit::{Facts, Habits, Learned};
use linli_model::*;

/// Midnight of UTC.
const T0: i64 = 1_793_548_800_000 + 8 * HOUR;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

struct Street {
    habits: Habits,
    /// What was asked for, by the hour it was.
    learned: Vec<(i64, Learned)>,
    entries: Vec<LogEntry>,
    id: u32,
}

fn device(silence_secs_max: Option<u32>, state: DeviceState) -> Device {
    Device {
        id: DeviceId::new("d"),
        class: DeviceClass::Other,
        name: "d".into(),
        area: AreaId::new("P"),
        area_path: AreaPath("P/".into()),
        source: SourceId::new("s"),
        subject: None,
        measures: vec![],
        silence_secs_max,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state,
        valid_from: Instant(T0),
    }
}

impl Street {
    fn new() -> Street {
        let mut street = Street { habits: Habits::default(), learned: vec![], entries: vec![], id: 0 };
        street.change(0, RegistryChange::DeviceSet(device(None, DeviceState::Active)));
        street
    }
    fn step(&mut self, at: i64, entry: LogEntry) {
        let mut out = Vec::new();
        self.habits.step(&entry, &mut out);
        self.entries.push(entry);
        for learned in out {
            self.learned.push((at / HOUR, learned.clone()));
            // The outbox carries it into the log.
            let entry = RegistryEntry { seq: 0, effective_at: Instant(T0 + at), change: learned.change() };
            self.step(at, LogEntry::Registry(entry));
        }
    }
    fn change(&mut self, at: i64, change: RegistryChange) {
        self.step(at, LogEntry::Registry(RegistryEntry { seq: 0, effective_at: Instant(T0 + at), change }));
    }
    /// A message received at `at`, of readings observed at other times.
    fn message(&mut self, at: i64, readings: &[(i64, &str, Value, Option<&str>)]) {
        let readings = readings.iter().map(|(observed, measure, value, subject)| {
            self.id += 1;
            Reading {
                id: ReadingId::new(format!("r{}", self.id)),
                device: DeviceId::new("d"),
                observed_at: Instant(T0 + observed),
                measure: Measure::new(*measure),
                value: value.clone(),
                subject: subject.map(|s| s.parse().unwrap()),
            }
        });
        let batch = ReadingBatch {
            source: SourceId::new("s"),
            received_at: Instant(T0 + at),
            readings: readings.collect(),
            quarantined: vec![],
        };
        self.step(at, LogEntry::Readings(batch));
    }
    /// A pressure sent at once by a device whose clock is so much ahead.
    fn ahead(&mut self, at: i64, ahead: i64) {
        self.message(at, &[(at + ahead, "pressure_mpa", Value::Number(0.2), None)]);
    }
    fn door(&mut self, at: i64, subject: Option<&str>) {
        self.message(at, &[(at, "door_open", Value::Flag(true), subject)]);
    }
    fn heartbeat(&mut self, at: i64) {
        self.message(at, &[(at, "heartbeat", Value::Flag(true), None)]);
    }
    /// Offsets in seconds, by the hour they were asked for.
    fn clocks(&self) -> Vec<(i64, Option<i64>)> {
        turns(self.learned.iter().map(|(at, l)| (*at, l.facts.clock_offset_ms.map(|ms| ms / SECOND))))
    }
    /// Silences in hours, by the day they were asked for.
    fn silences(&self) -> Vec<(i64, Option<u32>)> {
        turns(self.learned.iter().map(|(at, l)| (at / 24, l.facts.silence_secs.map(|secs| secs / 3600))))
    }
}

/// Where one of the facts becomes another.
fn turns<T: PartialEq + Copy>(facts: impl Iterator<Item = (i64, Option<T>)>) -> Vec<(i64, Option<T>)> {
    let mut stands = None;
    facts.filter(|(_, fact)| std::mem::replace(&mut stands, *fact) != *fact).collect()
}

/// Some seconds more or less, always the same.
fn jitter(n: i64) -> i64 {
    (n * 7919 % 41 - 20) * SECOND
}

// -- clocks --

#[test]
fn a_clock_that_is_slow_by_an_hour_all_day_is_learned() {
    let mut s = Street::new();
    for n in 0..200 {
        s.ahead(n * 10 * MINUTE, -HOUR + jitter(n));
    }
    let clocks = s.clocks();
    assert_eq!(clocks.len(), 1, "{clocks:?}");
    assert_eq!(clocks[0].0, 12, "after half a day");
    assert!((clocks[0].1.unwrap() + 3600).abs() <= 20, "{clocks:?}");
}

/// HB3: the number of messages and the time they take are crossed from both sides.
#[test]
fn a_fact_needs_half_a_day_and_two_dozen_messages() {
    let learned = |messages: i64, apart: i64| {
        let mut s = Street::new();
        (0..messages).for_each(|n| s.ahead(n * apart, 3 * HOUR));
        s.clocks()
    };
    assert_eq!(learned(23, HOUR), []);
    assert_eq!(learned(24, HOUR), [(23, Some(3 * 3600))]);
    assert_eq!(learned(144, 5 * MINUTE), [], "one message less than half a day");
    assert_eq!(learned(145, 5 * MINUTE), [(12, Some(3 * 3600))]);
}

#[test]
fn a_clock_is_learned_from_two_minutes_fast_and_five_minutes_slow_on() {
    let learned = |ahead: i64| {
        let mut s = Street::new();
        (0..200).for_each(|n| s.ahead(n * MINUTE * 7, ahead));
        s.clocks().first().map(|c| c.1)
    };
    assert_eq!(learned(2 * MINUTE - SECOND), None);
    assert_eq!(learned(2 * MINUTE), Some(Some(120)));
    // Slow by five minutes, but never heard within half of that: it may as well be the way (HC1).
    assert_eq!(learned(-5 * MINUTE), None);
    let often = |ahead: i64| {
        let mut s = Street::new();
        (0..1000).for_each(|n| s.ahead(n * MINUTE, ahead));
        s.clocks().first().map(|c| c.1)
    };
    assert_eq!(often(-5 * MINUTE + SECOND), None);
    assert_eq!(often(-5 * MINUTE), Some(Some(-300)));
}

/// A door speaks when somebody comes and goes: now and then twice within minutes.
#[test]
fn a_door_that_speaks_a_few_times_a_day_can_show_that_its_clock_is_slow() {
    let mut s = Street::new();
    for day in 0..6 {
        for (n, hour) in [7, 11, 17].into_iter().enumerate() {
            let at = day * DAY + hour * HOUR + jitter(day * 3 + n as i64) * 20;
            for at in [at, at + 40 * SECOND] {
                s.message(at, &[(at - HOUR, "door_open", Value::Flag(true), Some("dwelling:1"))]);
            }
        }
    }
    assert_eq!(s.clocks(), [(3 * 24 + 17, Some(-3600))]);
}

/// HC1
#[test]
fn what_is_sent_off_an_hour_after_it_was_measured_is_no_slow_clock() {
    let mut s = Street::new();
    (0..200).for_each(|n| s.ahead(n * HOUR, -HOUR + jitter(n)));
    assert_eq!(s.clocks(), []);
}

/// HC1
#[test]
fn what_a_gateway_gathers_and_sends_off_in_lots_is_no_slow_clock() {
    let mut s = Street::new();
    for n in 0..300 {
        let at = n * HOUR;
        let lot: Vec<_> = (0..6)
            .map(|k| (at - k * 10 * MINUTE - 9 * MINUTE, "pressure_mpa", Value::Number(0.2), None))
            .collect();
        s.message(at, &lot);
    }
    for n in 0..2000 {
        let at = 301 * HOUR + n * 10 * MINUTE;
        s.ahead(at, -(n * 13 % 60) * MINUTE);
    }
    assert_eq!(s.clocks(), []);
}

/// HC3
#[test]
fn a_clock_that_is_mended_is_unlearned_within_two_dozen_messages() {
    for ahead in [3 * HOUR, -HOUR] {
        let mut s = Street::new();
        (0..100).for_each(|n| s.ahead(n * 10 * MINUTE, ahead));
        (100..400).for_each(|n| s.ahead(n * 10 * MINUTE, jitter(n)));
        let clocks = s.clocks();
        assert_eq!(clocks.len(), 2, "{clocks:?}");
        assert_eq!(clocks[0], (12, Some(ahead / SECOND)));
        assert_eq!(clocks[1].1, None);
        // Set back, it first has to be told from old readings (HC2). Six messages are an hour.
        let messages = clocks[1].0 * 6 - 100;
        assert!(messages <= 24, "{ahead}: {messages}");
    }
}

/// Ahead by more than the intake lets in, its readings lie in quarantine; they show the clock all the same.
#[test]
fn a_clock_in_another_zone_is_learned_from_what_was_refused_for_it() {
    let mut s = Street::new();
    for n in 0..80 {
        let at = n * 10 * MINUTE;
        let observed = Instant(T0 + at + 8 * HOUR);
        let refused = |raw: String, reason| Quarantined {
            row: 1,
            raw,
            reason,
            diagnostic: Diagnostic::new("x", "x", "x", "x"),
        };
        let raw =
            format!(r#"{{"device":"d","observed_at":"{observed}","measure":"pressure_mpa","value":0.2}}"#);
        let quarantined = vec![
            refused("{".into(), QuarantineReason::ClockOutOfRange),
            refused(raw.replace("\"d\"", "\"unknown\""), QuarantineReason::ClockOutOfRange),
            refused(
                raw.replace(&observed.to_string(), "2026-01-01T00:00:00Z"),
                QuarantineReason::ValueOutOfRange,
            ),
            refused(raw, QuarantineReason::ClockOutOfRange),
        ];
        let (source, received_at) = (SourceId::new("s"), Instant(T0 + at));
        s.step(at, LogEntry::Readings(ReadingBatch { source, received_at, readings: vec![], quarantined }));
    }
    assert_eq!(s.clocks(), [(12, Some(8 * 3600))]);
}

#[test]
fn a_clock_that_is_off_by_more_than_a_zone_can_be_is_left_alone() {
    for (ahead, learned) in
        [(26 * HOUR, 1), (-26 * HOUR, 1), (26 * HOUR + SECOND, 0), (-26 * HOUR - SECOND, 0)]
    {
        let mut s = Street::new();
        (0..200).for_each(|n| s.ahead(n * 10 * MINUTE, ahead));
        assert_eq!(s.clocks().len(), learned, "{ahead}");
    }
}

#[test]
fn a_clock_that_jumps_about_teaches_nothing() {
    let mut s = Street::new();
    for n in 0..600 {
        // Every eight hours it starts again somewhere else.
        s.ahead(n * 10 * MINUTE, [2 * HOUR, -3 * HOUR, 0, 5 * HOUR, -DAY][(n / 48) as usize % 5]);
    }
    assert_eq!(s.clocks(), []);
}

#[test]
fn a_clock_that_is_put_otherwise_wrong_is_learned_anew() {
    let mut s = Street::new();
    (0..100).for_each(|n| s.ahead(n * 10 * MINUTE, HOUR));
    (100..300).for_each(|n| s.ahead(n * 10 * MINUTE, 8 * HOUR));
    let values: Vec<_> = s.clocks().into_iter().map(|c| c.1).collect();
    assert_eq!(values, [Some(3600), None, Some(8 * 3600)]);
}

/// HC2: also when they come under ids of their own.
#[test]
fn old_readings_sent_again_teach_nothing() {
    let mut s = Street::new();
    for n in 0..400 {
        let at = n * 10 * MINUTE;
        s.ahead(at, 0);
        // The one of the first hour for ever, and those of a day ago one by one.
        s.message(at + MINUTE, &[(HOUR, "pressure_mpa", Value::Number(0.2), None)]);
        s.message(at + 2 * MINUTE, &[(at - DAY, "pressure_mpa", Value::Number(0.2), None)]);
    }
    assert_eq!(s.clocks(), []);
    let offsets = s.learned.iter().filter(|l| l.1.facts.clock_offset_ms.is_some());
    assert_eq!(offsets.count(), 0);
}

/// HB3
#[test]
fn a_clock_near_a_limit_is_learned_once() {
    let mut s = Street::new();
    (0..2000).for_each(|n| s.ahead(n * 10 * MINUTE, 2 * MINUTE + jitter(n) + (n / 50 % 3 - 1) * 15 * SECOND));
    assert_eq!(s.clocks().len(), 1, "{:?}", s.clocks());
}

#[test]
fn a_clock_that_drifts_is_followed() {
    let mut s = Street::new();
    // Ten seconds more every day.
    (0..144 * 30).for_each(|n| s.ahead(n * 10 * MINUTE, 5 * MINUTE + n * 10 * SECOND / 144));
    let clocks = s.clocks();
    assert!((4..=6).contains(&clocks.len()), "{clocks:?}");
    assert!(clocks.windows(2).all(|w| w[1].1 > w[0].1), "{clocks:?}");
}

// -- rhythms --

#[test]
fn a_device_that_speaks_by_the_clock_is_watched_after_seven_whole_days() {
    let mut s = Street::new();
    // From the middle of the first day on, which is no whole one.
    (0..144 * 9).for_each(|n| s.ahead(12 * HOUR + n * 10 * MINUTE, 0));
    assert_eq!(s.silences(), [(8, Some(1))], "never less than an hour");
    let mut s = Street::new();
    (0..24 * 9).for_each(|n| s.ahead(12 * HOUR + n * HOUR, 0));
    assert_eq!(s.silences(), [(8, Some(2))]);
    let mut s = Street::new();
    (0..12).for_each(|n| s.heartbeat(n * DAY));
    assert_eq!(s.silences(), [(8, Some(48))]);
}

/// HR3
#[test]
fn what_speaks_too_seldom_is_not_watched() {
    for (every, silences) in [(80 * HOUR, vec![Some(160)]), (85 * HOUR, vec![])] {
        let mut s = Street::new();
        (0..30).for_each(|n| s.heartbeat(n * every));
        let found: Vec<_> = s.silences().into_iter().map(|s| s.1).collect();
        assert_eq!(found, silences, "{every}");
    }
}

/// HR1
#[test]
fn the_door_of_one_household_teaches_nothing_however_regular_they_are() {
    let mut s = Street::new();
    for day in 0..60 {
        for hour in [7, 11, 17, 21] {
            let at = day * DAY + hour * HOUR;
            s.door(at, Some("dwelling:1"));
            // A battery along with it is no sign of the device's own.
            s.message(at + SECOND, &[(at + SECOND, "battery_pct", Value::Number(80.0), None)]);
        }
    }
    assert_eq!(s.learned, []);
    // A meter that speaks when water is drawn, morning, noon and evening, is a person, too.
    let mut s = Street::new();
    for day in 0..60 {
        for hour in [7, 12, 19] {
            s.ahead(day * DAY + hour * HOUR, 0);
        }
    }
    assert_eq!(s.learned, []);
}

/// HR1
#[test]
fn a_doorway_of_many_households_has_a_rhythm_and_one_of_four_has_none() {
    let learned = |households: i64| {
        let mut s = Street::new();
        for day in 0..10 {
            for n in 0..30 {
                let at = day * DAY + 6 * HOUR + n * 30 * MINUTE;
                s.door(at, Some(&format!("dwelling:{}", n % households)));
            }
        }
        s.silences()
    };
    assert_eq!(learned(4), []);
    assert_eq!(learned(5), [(8, Some(19))], "twice the night of nine and a half hours");
}

#[test]
fn a_door_with_a_battery_report_of_its_own_is_watched_by_that() {
    let mut s = Street::new();
    for day in 0..10 {
        for n in 0..4 {
            let at = day * DAY + HOUR + n * 6 * HOUR;
            if n == 2 {
                s.door(at - 5 * HOUR, Some("dwelling:1"));
            }
            s.message(at, &[(at, "battery_pct", Value::Number(80.0), None)]);
        }
    }
    assert_eq!(s.silences(), [(8, Some(12))]);
}

/// HR2
#[test]
fn an_outage_does_not_stretch_it() {
    let mut s = Street::new();
    for n in 0..24 * 40 {
        // Two days without power.
        if !(24 * 20..24 * 22).contains(&n) {
            s.ahead(n * HOUR, 0);
        }
    }
    assert_eq!(s.silences(), [(8, Some(2))]);
}

#[test]
fn a_device_that_is_set_to_speak_more_seldom_is_followed() {
    let mut s = Street::new();
    (0..144 * 10).for_each(|n| s.heartbeat(n * 10 * MINUTE));
    (0..8 * 60).for_each(|n| s.heartbeat(10 * DAY + n * 3 * HOUR));
    let found: Vec<_> = s.silences().into_iter().map(|s| s.1).collect();
    assert_eq!(found, [Some(1), Some(6)]);
}

#[test]
fn a_rhythm_that_is_lost_is_unlearned() {
    let mut s = Street::new();
    (0..144 * 10).for_each(|n| s.heartbeat(n * 10 * MINUTE));
    for day in 10..40 {
        for hour in [0, 1, 2, 20] {
            s.heartbeat(day * DAY + hour * HOUR);
        }
    }
    let found = s.silences();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].1, found[1].1), (Some(1), None));
}

/// HB4
#[test]
fn what_is_registered_wins() {
    let mut s = Street::new();
    s.change(0, RegistryChange::DeviceSet(device(Some(600), DeviceState::Active)));
    (0..144 * 20).for_each(|n| s.heartbeat(n * 10 * MINUTE));
    assert_eq!(s.learned, []);
}

#[test]
fn days_of_announced_work_do_not_count() {
    let mut s = Street::new();
    s.change(0, RegistryChange::DeviceSet(device(None, DeviceState::Maintenance)));
    (0..144 * 10).for_each(|n| s.heartbeat(n * 10 * MINUTE));
    assert_eq!(s.learned, []);
    s.change(10 * DAY, RegistryChange::DeviceSet(device(None, DeviceState::Active)));
    (144 * 10..144 * 20).for_each(|n| s.heartbeat(n * 10 * MINUTE));
    assert_eq!(s.silences(), [(17, Some(1))], "from the first whole day without it");
}

#[test]
fn a_slow_clock_that_is_known_does_not_look_like_silence() {
    let mut s = Street::new();
    (0..144 * 30).for_each(|n| s.ahead(n * 10 * MINUTE, -3 * HOUR));
    let last = s.learned.last().unwrap().1.facts;
    assert_eq!(last, Facts { clock_offset_ms: Some(-3 * HOUR), silence_secs: Some(3600) });
}

// -- both --

#[test]
fn a_retired_device_is_forgotten_and_one_nobody_registered_never_known() {
    let mut s = Street::new();
    (0..60).for_each(|n| s.ahead(n * 10 * MINUTE, HOUR));
    s.change(10 * HOUR, RegistryChange::DeviceRetired(DeviceId::new("d")));
    (60..400).for_each(|n| s.ahead(n * 10 * MINUTE, HOUR));
    assert_eq!(s.learned, []);
    s.change(400 * 10 * MINUTE, RegistryChange::DeviceSet(device(None, DeviceState::Active)));
    (400..480).for_each(|n| s.ahead(n * 10 * MINUTE, HOUR));
    assert_eq!(s.clocks().len(), 1);
}

#[test]
fn what_was_asked_for_is_not_asked_again_while_it_is_on_its_way() {
    let mut s = Street::new();
    let mut out = Vec::new();
    for n in 0..300 {
        s.ahead(n * 10 * MINUTE, HOUR);
    }
    let mut habits = Habits::default();
    for entry in s.entries.iter().filter(
        |e| !matches!(e, LogEntry::Registry(r) if matches!(r.change, RegistryChange::DeviceLearned { .. })),
    ) {
        habits.step(entry, &mut out);
    }
    assert_eq!(out.len(), 1);
}

/// HB1
#[test]
fn cut_anywhere_and_gone_on_from_a_snapshot_the_same_is_learned() {
    let mut s = Street::new();
    for n in 0..144 * 12 {
        s.ahead(n * 10 * MINUTE, if n < 900 { HOUR } else { 0 });
    }
    assert!(s.learned.len() >= 3);
    for cut in [0, 1, 70, 73, 74, 900, 915, 1200, s.entries.len()] {
        let (mut habits, mut out) = (Habits::default(), Vec::new());
        s.entries[..cut].iter().for_each(|e| habits.step(e, &mut out));
        let mut habits = Habits::from_snapshot(&habits.snapshot()).unwrap();
        s.entries[cut..].iter().for_each(|e| habits.step(e, &mut out));
        let learned: Vec<_> = s.learned.iter().map(|l| l.1.clone()).collect();
        assert_eq!(out, learned, "cut at {cut}");
    }
    assert!(Habits::from_snapshot(b"\x02").is_none());
    assert!(Habits::from_snapshot(b"").is_none());
}

/// With its evidence lost it knows what the registry knows, and takes nothing back for that.
#[test]
fn what_begins_anew_keeps_what_is_known() {
    let mut habits = Habits::default();
    let known = Facts { clock_offset_ms: Some(HOUR), silence_secs: Some(7200) };
    habits.stand(&device(None, DeviceState::Active), known);
    let mut s = Street { habits, learned: vec![], entries: vec![], id: 0 };
    (0..24 * 30).for_each(|n| s.ahead(n * HOUR, HOUR));
    assert_eq!(s.learned, []);
}

/// HB2
#[test]
fn however_much_a_device_says_it_takes_a_few_hundred_bytes() {
    let mut s = Street::new();
    for n in 0..60_000 {
        s.message(
            n * MINUTE,
            &[(n * MINUTE, "door_open", Value::Flag(true), Some(&format!("dwelling:{n}")))],
        );
    }
    assert!(s.habits.snapshot().len() < 400, "{}", s.habits.snapshot().len());
}
