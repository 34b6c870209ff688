//! Events per second in memory through `step_events`, one core, evidence on: a month of a scaled-down sub-district
//! with level, absent, streak and occupancy, one reading in a hundred up to ten minutes late.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use linli_engine::{Engine, EngineConfig, Event, NONE, SourceTiming, ValueTag};
use linli_model::{
    AreaId, AreaPath, Finding, Instant, LogEntry, Millis, RegistryChange, RegistryEntry, Subject, SubjectKind,
};

const T0: i64 = 1_767_225_600_000;
const EVENTS: usize = 1_000_000;
const STEP_MS: i64 = 260;
const DOORS: u32 = 800;
const GATES: u32 = 30;
const PRESSURES: u32 = 600;

const LEVEL: &str = "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < 0.15\"\nclear = \"pressure_mpa > 0.20\"\nhold = \"10min\"";
const ABSENT: &str =
    "[signal]\noperator = \"absent\"\nof = \"door_card\"\nspan = \"72h\"\ncoverage = \"none\"";
const STREAK: &str = "[signal]\noperator = \"streak\"\nof = \"door_card\"\nwhen = \"door_card.startsWith('u')\"\ndays = 3\nutc = true";
const OCCUPANCY: &str =
    "[signal]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncapacity = 200\nfull = 0.9\nfloor = false";
const WINDOW: &str = "[signals.keys]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"distinct\"\nspan = \"7d\"\nreevaluate = \"events\"\n\
                      [signal]\noperator = \"level\"\nraise = \"keys > 60\"";

/// A small generator: the workload is the same on every machine.
struct Lcg(u64);
impl Lcg {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Name, key, operators.
type Rule = (&'static str, &'static str, &'static str);

fn engine(rules: &[Rule]) -> Engine {
    let area = AreaId::new("P");
    let mut config = EngineConfig::new(area.clone(), AreaPath::root(&area));
    config.timing = SourceTiming { lateness: Millis::minutes(10), idle: Millis::minutes(30) };
    let mut engine = Engine::from_config(config);
    let mut out = Vec::new();
    for (name, key, body) in rules {
        let text = format!(
            "rule = \"{name}\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"{key}\"\nseverity = \"info\"\n\
             case_class = \"x\"\nsentence = {{ zh = \"{{subject}}\", en = \"{{subject}}\" }}\n{body}"
        );
        let change = RegistryChange::RuleSet { pack: "b".into(), rule: (*name).into(), version: 1, text };
        let entry = RegistryEntry { seq: 0, effective_at: Instant(T0 - 1), change };
        engine.step(&LogEntry::Registry(entry), &mut out);
    }
    assert_eq!(engine.counters().rules_refused, 0);
    engine
}

/// The workload in arrival order, with numbers drawn from `engine`.
fn events(engine: &mut Engine) -> Vec<Event> {
    let mut random = Lcg(42);
    let card = engine.measure_number("door_card");
    let gate = engine.measure_number("gate_delta");
    let pressure = engine.measure_number("pressure_mpa");
    let idle = engine.measure_number("temperature_c");
    let doors: Vec<u32> = (0..DOORS).map(|i| engine.device_number(&format!("door-{i}"))).collect();
    let gates: Vec<u32> = (0..GATES).map(|i| engine.device_number(&format!("gate-{i}"))).collect();
    let points: Vec<u32> = (0..PRESSURES).map(|i| engine.device_number(&format!("p-{i}"))).collect();
    let lots: Vec<u32> = (0..GATES)
        .map(|i| engine.subject_number(&Subject::new(SubjectKind::Area, format!("lot-{i}"))))
        .collect();
    let keys: Vec<u32> = (0..DOORS * 25)
        .map(|i| engine.text_number(&format!("{}{i}", if i % 20 == 0 { "u" } else { "k" })))
        .collect();
    let mut rows: Vec<(i64, Event)> = (0..EVENTS)
        .map(|i| {
            let at = T0 + i as i64 * STEP_MS;
            let mut e = Event {
                at,
                value: 0.0,
                reading: i as u64,
                device: 0,
                subject: NONE,
                measure: idle,
                tag: ValueTag::Number,
                clamped: false,
            };
            match random.next(100) {
                0..40 => {
                    let door = random.next(u64::from(DOORS)) as usize;
                    e.device = doors[door];
                    e.measure = card;
                    e.tag = ValueTag::Text;
                    e.value = f64::from(keys[door * 25 + random.next(25) as usize]);
                }
                40..55 => {
                    let lot = random.next(u64::from(GATES)) as usize;
                    (e.device, e.subject, e.measure) = (gates[lot], lots[lot], gate);
                    e.value = if random.next(2) == 0 { 1.0 } else { -1.0 };
                }
                55..85 => {
                    let point = random.next(u64::from(PRESSURES));
                    e.device = points[point as usize];
                    e.measure = pressure;
                    // Low for an hour now and then, else well above the threshold.
                    let low = Lcg(point << 20 ^ (at / 3_600_000) as u64).next(500) == 0;
                    e.value = if low { 0.1 } else { 0.22 } + random.next(40) as f64 / 1000.0;
                }
                _ => e.device = doors[random.next(u64::from(DOORS)) as usize],
            }
            let late = if random.next(100) == 0 { random.next(600_000) as i64 } else { 0 };
            (at + late, e)
        })
        .collect();
    rows.sort_by_key(|r| r.0);
    rows.into_iter().map(|r| r.1).collect()
}

fn run(engine: &mut Engine, source: u32, events: &[Event], out: &mut Vec<Finding>) {
    for chunk in events.chunks(1024) {
        let newest = chunk.iter().map(|e| e.at).max().unwrap_or(T0);
        engine.step_events(source, Instant(newest), chunk, out);
    }
}

fn bench(c: &mut Criterion) {
    let all = [
        ("level", "device", LEVEL),
        ("absent", "value", ABSENT),
        ("streak", "value", STREAK),
        ("occupancy", "subject", OCCUPANCY),
    ];
    let with_window = [all[0], all[1], all[2], all[3], ("window", "device", WINDOW)];
    let mut group = c.benchmark_group("engine");
    group.throughput(Throughput::Elements(EVENTS as u64)).sample_size(10);
    let cases: [(&str, &[Rule]); 7] = [
        ("level_absent_streak_occupancy", &all),
        ("with_window", &with_window),
        ("level", &all[0..1]),
        ("absent", &all[1..2]),
        ("streak", &all[2..3]),
        ("occupancy", &all[3..4]),
        ("no_rule", &[]),
    ];
    for (name, rules) in cases {
        let prepare = || {
            let mut engine = engine(rules);
            let events = events(&mut engine);
            let source = engine.source_number("s");
            (engine, source, events)
        };
        let (mut e, source, list) = prepare();
        let mut found = Vec::new();
        run(&mut e, source, &list, &mut found);
        println!("{name}: {} findings, {} keys, {} late", found.len(), e.slots(), e.counters().late);
        group.bench_function(name, |b| {
            b.iter_batched(
                prepare,
                |(mut engine, source, events)| {
                    let mut out = Vec::new();
                    run(&mut engine, source, &events, &mut out);
                    (engine, out.len())
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
