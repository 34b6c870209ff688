//! BT1, RX1: a past that comes by days, with numbers for texts and in no order, gives the transcript that the same readings
//! give as entries of the log. Random lives of a partition under all shipped rules: devices that move, fall silent or are
//! registered late, members who come, go and are away, areas with values of their own; readings from two sources, of clocks
//! that are ahead, that came late, in several at a moment.

use linli_engine::{Clock, Engine, EngineConfig, event_time};
use linli_model::{
    AreaId, AreaPath, Block, Device, DeviceClass, DeviceId, DeviceState, Finding, Instant, LogEntry, Measure,
    Millis, Names, Reading, ReadingBatch, ReadingId, RegistryChange, RegistryEntry, Row, SourceId, Subject,
    SubjectKind, Value, numbered::NO_NUMBER,
};
use linli_pack::{
    backtest::{Range, Variant, net, value_in},
    trial::Trial,
};
use linli_rule::Catalogue;
use std::collections::BTreeMap;

const T0: Instant = Instant(1_795_392_000_000);
const DAYS: i64 = 9;

struct Lcg(u64);
impl Lcg {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn time(&mut self) -> Instant {
        // Whole minutes now and then, so that moments are shared.
        let at = T0 + Millis(self.below(DAYS as u64 * 86_400_000) as i64);
        if self.one_in(2) { Instant(at.0 - at.0.rem_euclid(60_000)) } else { at }
    }
}

#[derive(Clone)]
struct Heard {
    source: SourceId,
    received_at: Instant,
    reading: Reading,
}

struct Life {
    registry: Vec<RegistryEntry>,
    heard: Vec<Heard>,
}

const MEASURES: [&str; 14] = [
    "door_open",
    "door_card",
    "motion",
    "presence",
    "gate_delta",
    "pressure_mpa",
    "pressure_m",
    "smoke",
    "temperature_c",
    "noise_db",
    "water_m3",
    "fill_pct",
    "ebike",
    "battery_pct",
];

fn path(n: u64) -> AreaPath {
    AreaPath(format!("R/E{}/B{}/H{n}/", n % 2, n % 3))
}

fn device(n: u64, random: &mut Lcg) -> Device {
    let path = path(random.below(6));
    let area = path.ids().next_back().unwrap();
    Device {
        id: DeviceId::new(if n.is_multiple_of(5) { format!("hydrant-{n}") } else { format!("d{n}") }),
        class: DeviceClass::Other,
        name: String::new(),
        area,
        source: SourceId::new(format!("gw-{}", n % 2)),
        subject: (!random.one_in(3))
            .then(|| Subject::new(SubjectKind::Dwelling, format!("H{}", random.below(6)))),
        measures: (0..3).map(|i| Measure::new(MEASURES[((n + i * 5) % 14) as usize])).collect(),
        silence_secs_max: (!random.one_in(3)).then(|| 3_600 * (6 + random.below(60) as u32)),
        capacity: random.one_in(2).then_some(4.0),
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        area_path: path,
        valid_from: T0,
    }
}

fn value(measure: &str, random: &mut Lcg) -> Value {
    match measure {
        "door_card" => Value::Text(format!("card-{}", random.below(4))),
        "door_open" | "motion" | "presence" | "smoke" | "ebike" if random.one_in(3) => {
            Value::Number(random.below(2) as f64)
        }
        "door_open" | "motion" | "presence" | "smoke" | "ebike" => Value::Flag(random.one_in(2)),
        "gate_delta" => Value::Number(random.below(5) as f64 - 2.0),
        "pressure_mpa" => Value::Number(random.below(50) as f64 / 100.0),
        "temperature_c" => Value::Number(random.below(70) as f64),
        "water_m3" => Value::Number(random.below(3) as f64 / 10.0),
        _ => Value::Number(random.below(110) as f64),
    }
}

fn life(seed: u64, areas_values: &[(String, String, f64)]) -> Life {
    let mut random = Lcg(seed);
    let devices: Vec<Device> = (0..12).map(|n| device(n, &mut random)).collect();
    let mut changes: Vec<(Instant, RegistryChange)> = Vec::new();
    for (n, d) in devices.iter().enumerate() {
        let at = if random.one_in(3) { random.time() } else { T0 - Millis::days(30) };
        changes.push((at, RegistryChange::DeviceSet(d.clone())));
        if random.one_in(4) {
            let moved = Device { id: d.id.clone(), ..device(n as u64, &mut random) };
            changes.push((random.time(), RegistryChange::DeviceSet(moved)));
        }
        if random.one_in(8) {
            changes.push((random.time(), RegistryChange::DeviceRetired(d.id.clone())));
        }
        learned(d, &mut changes, &mut random);
    }
    for n in 0..6 {
        let subject = Subject::new(SubjectKind::Dwelling, format!("H{n}"));
        let (population, area_path) = ("elder_alone".to_owned(), path(n));
        let area = area_path.ids().next_back().unwrap();
        let at = if random.one_in(2) { random.time() } else { T0 - Millis::days(20) };
        let joined = RegistryChange::MemberJoined { population, subject: subject.clone(), area, area_path };
        changes.push((at, joined));
        if random.one_in(3) {
            let population = "elder_alone".to_owned();
            changes.push((random.time(), RegistryChange::MemberLeft { population, subject }));
        }
    }
    for (rule, parameter, value) in areas_values {
        if random.one_in(3) {
            let path = path(random.below(6));
            let area = path.ids().next().unwrap();
            let set = value_in(rule, area.clone(), AreaPath::root(&area), parameter, *value);
            changes.push((random.time(), set));
        }
    }
    let registry =
        (1..).zip(changes).map(|(seq, (effective_at, change))| RegistryEntry { seq, effective_at, change });
    let heard = (0..1_500).map(|n| heard(n, &devices, &mut random)).collect();
    Life { registry: registry.collect(), heard }
}

/// What is learned of a device while it lives, and that it is not so any more.
fn learned(d: &Device, changes: &mut Vec<(Instant, RegistryChange)>, random: &mut Lcg) {
    for _ in 0..random.below(3) {
        let offset = [-3_600_000, 1_200_000, -60_000][random.below(3) as usize];
        let fact = RegistryChange::DeviceLearned {
            device: d.id.clone(),
            clock_offset_ms: random.one_in(2).then_some(offset),
            silence_secs: (!random.one_in(3)).then(|| 3_600 * (6 + random.below(60) as u32)),
        };
        changes.push((random.time(), fact));
    }
    if random.one_in(9) {
        let at = random.time();
        changes.push((at, RegistryChange::DeviceSet(Device { state: DeviceState::Retired, ..d.clone() })));
        changes.push((at + Millis::hours(30), RegistryChange::DeviceSet(d.clone())));
    }
}

fn heard(n: u64, devices: &[Device], random: &mut Lcg) -> Heard {
    let d = &devices[random.below(12) as usize];
    let unregistered = random.one_in(40);
    let measure = match random.below(8) {
        0 => Measure::new("battery_pct"),
        i => d.measures[i as usize % 3].clone(),
    };
    let received_at = random.time();
    // A clock may be ahead, by a little or by days; most readings are a moment old, some hours.
    let observed_at = match random.below(12) {
        0 => received_at + Millis(random.below(4 * 86_400_000) as i64),
        1 => received_at - Millis(random.below(20 * 3_600_000) as i64),
        _ => received_at - Millis(random.below(3) as i64 * 500),
    };
    let subject =
        random.one_in(9).then(|| Subject::new(SubjectKind::Dwelling, format!("H{}", random.below(7))));
    Heard {
        source: d.source.clone(),
        received_at,
        reading: Reading {
            id: ReadingId::new(format!("r{n}")),
            device: if unregistered { DeviceId::new("stranger") } else { d.id.clone() },
            observed_at,
            value: value(measure.as_str(), random),
            measure,
            subject,
        },
    }
}

fn variants() -> Vec<Variant> {
    let catalogue = Catalogue::shipped();
    let texts = linli_pack::shipped().into_iter().flat_map(|p| p.rules).map(|r| r.text);
    texts.map(|text| Variant::in_force(&text, &catalogue).unwrap()).collect()
}

fn config() -> EngineConfig {
    let area = AreaId::new("R");
    EngineConfig::new(area.clone(), AreaPath::root(&area))
}

fn range(life: &Life) -> Range<'_> {
    Range { config: config(), registry: &life.registry, from: T0, to: T0 + Millis::days(DAYS + 5) }
}

/// What was known of devices' clocks; it counts by when a reading came in.
fn clocks(life: &Life) -> BTreeMap<DeviceId, Clock> {
    let mut clocks: BTreeMap<DeviceId, Clock> = BTreeMap::new();
    for e in &life.registry {
        if let RegistryChange::DeviceLearned { device, clock_offset_ms, .. } = &e.change {
            let clock = clocks.entry(device.clone()).or_default();
            clock.learn(e.effective_at, Millis(clock_offset_ms.unwrap_or(0)));
        }
        if let Some(device) = e.change.retires() {
            clocks.entry(device.clone()).or_default().end(e.effective_at);
        }
    }
    clocks
}

/// Everything with the time at which it counts, and whether its clock was ahead even so.
fn set_right(life: &Life) -> Vec<(Heard, bool)> {
    let (clocks, skew_max) = (clocks(life), config().skew_max);
    let set_right = |h: &Heard| {
        let mut h = h.clone();
        let offset = clocks.get(&h.reading.device).map_or(Millis(0), |c| c.offset(h.received_at));
        let clamped;
        (h.reading.observed_at, clamped) = event_time(h.reading.observed_at, offset, h.received_at, skew_max);
        (h, clamped)
    };
    life.heard.iter().map(set_right).collect()
}

/// The past as the history gives it.
fn blocks(life: &Life, names: &mut Names, random: &mut Lcg) -> Vec<Block> {
    let config = config();
    let mut days: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for (h, clamped) in &set_right(life) {
        let r = &h.reading;
        let (kind, value) = names.number_value(&r.value);
        let subject = r.subject.as_ref().map_or(NO_NUMBER, |s| names.subjects.number(&s.to_string()));
        let row = Row {
            observed_at: r.observed_at,
            received_at: h.received_at,
            value,
            source: names.sources.number(h.source.as_str()),
            device: names.devices.number(r.device.as_str()),
            measure: names.measures.number(r.measure.as_str()),
            subject,
            kind,
            clamped: *clamped,
        };
        days.entry(row.at(config.skew_max).day_in(&config.zone)).or_default().push(row);
    }
    let shuffled = |(day, mut rows): (_, Vec<Row>)| {
        for i in (1..rows.len()).rev() {
            rows.swap(i, random.below(i as u64 + 1) as usize);
        }
        Block { day, rows }
    };
    days.into_iter().map(shuffled).collect()
}

/// What a trial's first side found, as it was told.
fn trial(life: &Life, variants: &[Variant], seed: u64) -> (usize, Vec<Finding>) {
    let mut names = Names::default();
    let blocks = blocks(life, &mut names, &mut Lcg(!seed));
    let range = range(life);
    let mut trial = Trial::of(&range, &[variants, variants]);
    for block in &blocks {
        let start = Instant::start_of(block.day, &range.config.zone);
        assert!(trial.live_through(block, start, &names, &mut || true));
    }
    let (readings, mut told) = trial.told(&names);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], told[1], "sides do not meddle with each other");
    (readings, told.swap_remove(0))
}

/// The rules and the registry, as a trial tells them; with what was learned of clocks, or without.
fn engine(life: &Life, variants: &[Variant], clocks: bool, out: &mut Vec<Finding>) -> Engine {
    let mut engine = Engine::from_config(config());
    for v in variants {
        let (pack, rule) = ("backtest".to_owned(), v.plan.rule.clone());
        let change = RegistryChange::RuleSet { pack, rule, version: v.plan.version, text: v.text.clone() };
        let entry = RegistryEntry { seq: 0, effective_at: Instant(0), change };
        engine.step(&LogEntry::Registry(entry), out);
    }
    for entry in life.registry.iter().filter(|e| e.effective_at < range(life).to) {
        let mut change = entry.change.clone();
        if let (RegistryChange::DeviceLearned { clock_offset_ms, .. }, false) = (&mut change, clocks) {
            *clock_offset_ms = None;
        }
        engine.step(&LogEntry::Registry(RegistryEntry { seq: 0, change, ..entry.clone() }), out);
    }
    engine
}

fn batch(h: &Heard, received_at: Instant) -> LogEntry {
    LogEntry::Readings(ReadingBatch {
        source: h.source.clone(),
        received_at,
        readings: vec![h.reading.clone()],
        quarantined: Vec::new(),
    })
}

/// Every reading as an entry of the log, in order of event time.
fn in_event_time(life: &Life, variants: &[Variant]) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut engine = engine(life, variants, false, &mut out);
    let mut heard: Vec<Heard> = set_right(life).into_iter().map(|(h, _)| h).collect();
    heard.sort_by_key(|h| h.reading.observed_at);
    for h in &heard {
        engine.step(&batch(h, h.reading.observed_at), &mut out);
    }
    engine.settle_until(range(life).to, &mut out);
    assert_eq!(engine.counters().late + engine.counters().late_beyond_window, 0);
    out
}

/// As it was lived: in order of arrival, what came late set right.
fn as_lived(life: &Life, variants: &[Variant]) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut engine = engine(life, variants, true, &mut out);
    let mut heard = life.heard.clone();
    heard.sort_by_key(|h| h.received_at);
    for h in &heard {
        engine.step(&batch(h, h.received_at), &mut out);
        // Sent twice.
        if h.reading.id.as_str().ends_with('7') {
            engine.step(&batch(h, h.received_at), &mut out);
        }
    }
    engine.settle_until(range(life).to, &mut out);
    assert_eq!(engine.counters().late_beyond_window, 0);
    assert!(engine.counters().late > 0 && engine.counters().clamped > 0 && engine.counters().duplicates > 0);
    out
}

/// Without what a rerun has no need of: when our clock had it decided, and the ids of readings.
fn comparable(life: &Life, mut found: Vec<Finding>) -> Vec<Finding> {
    for f in &mut found {
        f.decided_at = Instant(0);
        for r in &mut f.evidence.readings {
            r.id = ReadingId::new("");
        }
        f.evidence.readings.sort_by(|a, b| {
            (a.observed_at, &a.device, &a.measure, format!("{:?}", a.value)).cmp(&(
                b.observed_at,
                &b.device,
                &b.measure,
                format!("{:?}", b.value),
            ))
        });
    }
    // Live, eager rules tell at arrival, a moment before settled ones and the registry get that far: what they say of a
    // device that is about to be retired is another matter.
    let retired = |id: &str| {
        let is = |c: &RegistryChange| matches!(c, RegistryChange::DeviceRetired(d) if d.as_str() == id);
        life.registry.iter().any(|e| is(&e.change))
    };
    found.retain(|f| !is_eager(&f.rule) || !retired(&f.subject.id));
    found.sort_by_key(|f| is_eager(&f.rule));
    found
}

fn is_eager(rule: &str) -> bool {
    ["smoke_alarm", "ebike_in_lift"].contains(&rule)
}

fn areas_values(variants: &[Variant]) -> Vec<(String, String, f64)> {
    let each = |v: &Variant| {
        let of_rule =
            v.plan.parameters.iter().map(|p| (v.plan.rule.clone(), p.name.clone(), (p.min + p.value) / 2.0));
        of_rule.collect::<Vec<_>>()
    };
    variants.iter().flat_map(each).collect()
}

#[test]
fn the_past_by_days_gives_the_transcript_of_the_same_readings_as_log_entries() {
    let variants = variants();
    let values = areas_values(&variants);
    let (mut findings, mut rules) = (0, std::collections::BTreeSet::new());
    for seed in 0..60 {
        let life = life(seed, &values);
        let (readings, found) = trial(&life, &variants, seed);
        let expected = comparable(&life, in_event_time(&life, &variants));
        let found = comparable(&life, found);
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "seed {seed}, finding {i}");
        }
        assert_eq!((readings, found.len()), (life.heard.len(), expected.len()), "seed {seed}");
        findings += found.len();
        rules.extend(found.into_iter().map(|f| (f.rule, f.kind == linli_model::FindingKind::Coverage)));
    }
    assert!(findings > 2_000, "{findings} findings");
    assert!(rules.len() >= 14, "{rules:?}");
}

#[test]
fn the_past_by_days_comes_to_the_episodes_that_were_lived() {
    let variants = variants();
    let values = areas_values(&variants);
    for seed in 100..130 {
        let life = life(seed, &values);
        let (from, to) = (range(&life).from, range(&life).to);
        let said = |found: Vec<Finding>| {
            // What was told at arrival is not taken back.
            let found = found.into_iter().filter(|f| !is_eager(&f.rule)).collect();
            net(found, from, to).into_iter().map(|f| (f.rule, f.subject, f.start, f.end)).collect::<Vec<_>>()
        };
        let mut lived = said(as_lived(&life, &variants));
        let mut found = said(trial(&life, &variants, seed).1);
        lived.sort();
        found.sort();
        assert_eq!(found, lived, "seed {seed}");
    }
}
