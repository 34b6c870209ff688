//! What a key of a rule takes, and what ten thousand areas' own values of one template cost. Prints; docs/performance.md
//! has the figures.

use linli_engine::{Engine, EngineConfig, Event, NONE, SourceTiming, ValueTag};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Instant, LogEntry, Measure, Millis,
    RegistryChange, RegistryEntry, SourceId,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Counts what is allocated and not given back.
struct Counting;
static LIVE: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is nothing else; it only counts and passes on")]
// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}
#[global_allocator]
static ALLOCATOR: Counting = Counting;

const T0: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;
const KEYS: u32 = 100_000;
const AREAS: u32 = 10_000;
const ROUNDS: i64 = 200;

const OPERATORS: [(&str, &str); 4] = [
    (
        "level",
        "operator = \"level\"\nraise = \"pressure_mpa < floor\"\nclear = \"pressure_mpa > 0.20\"\nhold = \"10min\"",
    ),
    ("absent", "operator = \"absent\"\nof = \"pressure_mpa\"\nspan = \"floor\"\ncoverage = \"none\""),
    ("streak", "operator = \"streak\"\nof = \"pressure_mpa\"\nwhen = \"pressure_mpa > floor\"\ndays = 7"),
    (
        "occupancy",
        "operator = \"occupancy\"\ndelta = \"pressure_mpa\"\ncapacity = \"floor\"\nfull = 0.9\nfloor = false",
    ),
];

fn text(operator: &str, body: &str) -> String {
    let (value, max, unit) = match operator {
        "absent" => ("72", "200", "unit = \"h\"\n"),
        "occupancy" => ("200", "400", ""),
        _ => ("0.15", "1", ""),
    };
    format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"低\", en = \"low\" }}\n\n[parameters.floor]\nlabel = {{ zh = \"限\", en = \"Floor\" }}\n\
         value = {value}\nmin = 0\nmax = {max}\n{unit}\n[signal]\n{body}\n"
    )
}

struct Street {
    engine: Engine,
    source: u32,
    measure: u16,
    found: usize,
}

impl Street {
    fn new(rule: Option<&str>) -> Street {
        let area = AreaId::new("P");
        let mut config = EngineConfig::new(area.clone(), AreaPath::root(&area));
        config.timing = SourceTiming { lateness: Millis::minutes(10), idle: Millis::minutes(30) };
        let mut engine = Engine::from_config(config);
        let (source, measure) = (engine.source_number("s"), engine.measure_number("pressure_mpa"));
        let mut street = Street { engine, source, measure, found: 0 };
        if let Some(text) = rule {
            let text = text.to_owned();
            street.registered(RegistryChange::RuleSet {
                pack: "b".into(),
                rule: "r".into(),
                version: 1,
                text,
            });
            assert_eq!(street.engine.counters().rules_refused, 0);
        }
        street
    }

    fn registered(&mut self, change: RegistryChange) {
        let entry = RegistryEntry { seq: 0, effective_at: Instant(T0 - 1), change };
        let mut out = Vec::new();
        self.engine.step(&LogEntry::Registry(entry), &mut out);
    }

    /// Every device says `value` once.
    fn round(&mut self, devices: u32, at: i64, value: f64) {
        let mut out = Vec::new();
        for from in (0..devices).step_by(1024) {
            let to = (from + 1024).min(devices);
            let event = |device| Event {
                at,
                value,
                reading: (at - T0) as u64 * u64::from(devices) + u64::from(device),
                device,
                subject: NONE,
                measure: self.measure,
                tag: ValueTag::Number,
                clamped: false,
            };
            let events: Vec<Event> = (from..to).map(event).collect();
            self.engine.step_events(self.source, Instant(at), &events, &mut out);
        }
        self.found += out.len();
    }
}

/// Bytes in memory and in the snapshot after three days in which each of the keys was heard.
fn weight(rule: Option<&str>) -> (usize, usize) {
    let mut street = Street::new(None);
    for n in 0..KEYS {
        street.engine.device_number(&format!("d{n}"));
    }
    let before = LIVE.load(Ordering::Relaxed);
    if let Some(text) = rule {
        let text = text.to_owned();
        street.registered(RegistryChange::RuleSet { pack: "b".into(), rule: "r".into(), version: 1, text });
    }
    for day in 0..3 {
        street.round(KEYS, T0 + day * DAY, 0.5);
    }
    let mut out = Vec::new();
    street.engine.settle_until(Instant(T0 + 2 * DAY + 1), &mut out);
    (LIVE.load(Ordering::Relaxed) - before, street.engine.snapshot().len())
}

fn state() {
    println!("{:<12} {:>22} {:>24}", "operator", "bytes a key, in memory", "bytes a key, in snapshot");
    let (plain, plain_packed) = weight(None);
    for (name, body) in OPERATORS {
        let (bytes, packed) = weight(Some(&text(name, body)));
        let each = |a: usize, b: usize| a.saturating_sub(b) as f64 / f64::from(KEYS);
        println!("{name:<12} {:>22.0} {:>24.0}", each(bytes, plain), each(packed, plain_packed));
    }
}

fn device(n: u32) -> Device {
    let area = AreaId::new(format!("E{n}"));
    Device {
        id: DeviceId::new(format!("d{n}")),
        class: DeviceClass::Other,
        name: String::new(),
        area_path: AreaPath(format!("P/E{n}/")),
        area,
        source: SourceId::new("s"),
        subject: None,
        measures: vec![Measure::new("pressure_mpa")],
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(T0 - 1),
    }
}

#[expect(clippy::disallowed_methods, reason = "what is measured is the time it takes")]
fn timed(f: impl FnOnce()) -> Duration {
    let began = std::time::Instant::now();
    f();
    began.elapsed()
}

/// One device in each of the areas; with `own`, each area has a value of its own.
fn overrides(own: bool) -> (Duration, Duration, usize) {
    let before = LIVE.load(Ordering::Relaxed);
    let mut street = Street::new(Some(&text(OPERATORS[0].0, OPERATORS[0].1)));
    for n in 0..AREAS {
        street.registered(RegistryChange::DeviceSet(device(n)));
    }
    let setting = timed(|| {
        for n in (0..AREAS).filter(|_| own) {
            street.registered(RegistryChange::OverrideSet {
                rule: "r".into(),
                area: AreaId::new(format!("E{n}")),
                area_path: AreaPath(format!("P/E{n}/")),
                parameter: "floor".into(),
                value: 0.1 + f64::from(n % 100) / 1000.0,
                set_by: "committee".into(),
            });
        }
    });
    let running = timed(|| {
        for round in 0..ROUNDS {
            // Low for an hour now and then.
            let value = if round % 40 < 4 { 0.05 } else { 0.3 };
            street.round(AREAS, T0 + round * 900_000, value);
        }
    });
    assert!(street.found > 0);
    (setting, running, LIVE.load(Ordering::Relaxed) - before)
}

fn main() {
    // Asked for its list of tests, a benchmark has none.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    state();
    println!(
        "\n{:<36} {:>14} {:>14} {:>12}",
        "one template, 10,000 areas", "set, s", "2 M readings, s", "memory, MB"
    );
    let mut running = Vec::new();
    for round in 0..3 {
        for own in [false, true] {
            let (set, ran, bytes) = overrides(own);
            let name = if own { "each with a value of its own" } else { "the template alone" };
            println!(
                "{name:<36} {:>14.3} {:>14.3} {:>12.1}",
                set.as_secs_f64(),
                ran.as_secs_f64(),
                bytes as f64 / 1e6
            );
            running.push((round, own, ran.as_secs_f64()));
        }
    }
    let median = |own: bool| {
        let mut of: Vec<f64> = running.iter().filter(|r| r.1 == own).map(|r| r.2).collect();
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    println!("ratio of the medians {:.2}", median(true) / median(false));
}
