//! A log with readings that came late, twice, under a taken id and from clocks that are ahead, lived through by the engine;
//! and the same log kept in Parquet, part by part, and walked through: the same episodes. Of some devices it is learned
//! meanwhile how far their clocks are off, that they are right again, and one goes out of service and comes back.

use linli_engine::{Engine, EngineConfig, event_time};
use linli_history::{CLOCK_AHEAD_MAX, History, HistoryRow, PositionRange};
use linli_history_parquet::ParquetHistory;
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Device, DeviceClass, DeviceId, DeviceState, EvidenceReading,
    Finding, Instant, LogEntry, Measure, Millis, Reading, ReadingBatch, ReadingId, RegistryChange,
    RegistryEntry, SourceId, Subject, SubjectKind, Value,
};
use linli_pack::backtest::{Variant, net};
use linli_past::{Clocks, Cores, Past, Tried, partitions};
use linli_rule::Catalogue;
use std::sync::Arc;

const T0: Instant = Instant(1_795_392_000_000);
const DAYS: i64 = 6;

struct Lcg(u64);
impl Lcg {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

const RULES: [(&str, &str, &str); 4] = [
    (
        "low",
        "device",
        "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < 0.15\"\nclear = \"pressure_mpa > 0.20\"\nhold = \"30min\"",
    ),
    (
        "full",
        "subject",
        "[signal]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncapacity = 6\nfull = 0.9\nfloor = false",
    ),
    (
        "cards",
        "device",
        "[signals.keys]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"distinct\"\nspan = \"6h\"\n[signal]\noperator = \"level\"\nraise = \"keys > 3\"",
    ),
    (
        "quiet",
        "device",
        "[signal]\noperator = \"absent\"\nof = \"door_card\"\nspan = \"9h\"\ncoverage = \"none\"",
    ),
];

fn variants() -> Vec<Variant> {
    let text = |(rule, key, body): &(&str, &str, &str)| {
        format!(
            "rule = \"{rule}\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"{key}\"\nseverity = \"info\"\n\
             case_class = \"x\"\nsentence = {{ zh = \"{{subject}}\", en = \"{{subject}}\" }}\n{body}"
        )
    };
    let checked =
        |text: String| Variant::in_force(&text, &Catalogue::shipped()).unwrap_or_else(|e| panic!("{e:?}"));
    RULES.iter().map(text).map(checked).collect()
}

fn reading(n: u64, now: Instant, random: &mut Lcg) -> Reading {
    let device = random.below(4);
    let (measure, value) = match random.below(4) {
        0 => ("pressure_mpa", Value::Number(random.below(30) as f64 / 100.0)),
        1 => ("gate_delta", Value::Number(random.below(5) as f64 - 2.0)),
        2 => ("door_card", Value::Text(format!("card-{}", random.below(5)))),
        _ => ("battery_pct", Value::Number(random.below(100) as f64)),
    };
    let observed_at = match random.below(10) {
        0 => now + Millis(random.below(3 * 86_400_000) as i64),
        1 => (now - Millis(random.below(30 * 3_600_000) as i64)).max(T0),
        _ => (now - Millis(random.below(1_000) as i64)).max(T0),
    };
    let lot = || Subject::new(SubjectKind::Area, format!("lot-{}", device % 2));
    Reading {
        id: ReadingId::new(format!("r{n}")),
        device: DeviceId::new(format!("d{device}")),
        observed_at,
        subject: (measure == "gate_delta").then(lot),
        measure: Measure::new(measure),
        value,
    }
}

/// Batches in the order of the log; some readings come again, some ids are taken.
fn log(seed: u64) -> Vec<ReadingBatch> {
    let mut random = Lcg(seed);
    let mut known: Vec<Reading> = Vec::new();
    let mut batches = Vec::new();
    let mut now = T0;
    for n in 0..500 {
        now = now + Millis(random.below(2 * DAYS as u64 * 86_400_000 / 500) as i64);
        let mut readings: Vec<Reading> =
            (0..1 + random.below(3)).map(|i| reading(n * 10 + i, now, &mut random)).collect();
        if let Some(old) = (random.below(4) == 0)
            .then(|| known.get(random.below(known.len().max(1) as u64) as usize))
            .flatten()
        {
            let mut again = old.clone();
            if random.below(2) == 0 {
                again = Reading { id: old.id.clone(), ..reading(0, now, &mut random) };
            }
            readings.push(again);
        }
        known.extend(readings.iter().cloned());
        // Ids are a source's own, so readings that come again come from where they came from.
        let source = SourceId::new("gw-1");
        batches.push(ReadingBatch { source, received_at: now, readings, quarantined: Vec::new() });
    }
    batches
}

/// What becomes known of devices, and when it was announced: a minute before it holds.
fn changes() -> Vec<(Instant, RegistryEntry)> {
    let registered = |n: u64, state| {
        RegistryChange::DeviceSet(Device {
            id: DeviceId::new(format!("d{n}")),
            class: DeviceClass::Other,
            name: String::new(),
            area: AreaId::new("a1"),
            area_path: AreaPath("S/a1/".to_owned()),
            source: SourceId::new("gw-1"),
            subject: None,
            measures: Vec::new(),
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state,
            valid_from: T0,
        })
    };
    let learned = |n: u64, hours: Option<i64>| RegistryChange::DeviceLearned {
        device: DeviceId::new(format!("d{n}")),
        clock_offset_ms: hours.map(|h| Millis::hours(h).0),
        silence_secs: None,
    };
    let (active, retired) = (DeviceState::Active, DeviceState::Retired);
    let hours = [
        (-48, registered(1, active)),
        (-48, registered(2, active)),
        (-48, registered(3, active)),
        (20, learned(1, Some(-1))),
        (30, learned(2, Some(2))),
        (40, learned(3, Some(-2))),
        (70, learned(1, None)),
        (80, registered(2, retired)),
        (85, RegistryChange::DeviceRetired(DeviceId::new("d3"))),
        (95, registered(2, active)),
        (96, registered(3, active)),
        (110, learned(3, Some(5))),
    ];
    let entry = |(seq, (h, change)): (u64, (i64, RegistryChange))| {
        let at = T0 + Millis::hours(h);
        (at, RegistryEntry { seq, effective_at: at + Millis::minutes(1), change })
    };
    (1..).zip(hours).map(entry).collect()
}

fn registry() -> Vec<RegistryEntry> {
    changes().into_iter().map(|(_, entry)| entry).collect()
}

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap()
}

fn end() -> Instant {
    T0 + Millis::days(DAYS + 3)
}

/// Rule, subject, start and end of each episode, in one order.
fn episodes(found: Vec<Finding>) -> Vec<(String, Subject, Instant, Option<Instant>)> {
    let mut episodes: Vec<_> = found.into_iter().map(|f| (f.rule, f.subject, f.start, f.end)).collect();
    episodes.sort();
    episodes
}

fn lived(batches: &[ReadingBatch], variants: &[Variant]) -> Vec<Finding> {
    let area = AreaId::new("a1");
    let mut engine = Engine::from_config(EngineConfig::new(area, AreaPath("S/a1/".to_owned())));
    let mut out = Vec::new();
    for v in variants {
        let (pack, rule) = ("p".to_owned(), v.plan.rule.clone());
        let change = RegistryChange::RuleSet { pack, rule, version: v.plan.version, text: v.text.clone() };
        engine
            .step(&LogEntry::Registry(RegistryEntry { seq: 0, effective_at: Instant(0), change }), &mut out);
    }
    let mut changes = changes().into_iter().peekable();
    for batch in batches {
        while let Some((_, entry)) = changes.next_if(|(at, _)| *at <= batch.received_at) {
            engine.step(&LogEntry::Registry(entry), &mut out);
        }
        engine.step(&LogEntry::Readings(batch.clone()), &mut out);
    }
    assert_eq!(changes.count(), 0);
    engine.settle_until(end(), &mut out);
    let c = engine.counters();
    assert!(c.late > 0 && c.clamped > 0 && c.duplicates > 0 && c.conflicts > 0, "{c:?}");
    assert_eq!(c.late_beyond_window, 0);
    net(out, T0, end())
}

fn rows(batches: &[ReadingBatch], first: u64) -> Vec<HistoryRow> {
    let clocks = Clocks::of(&registry());
    let of = |(position, batch): (u64, &ReadingBatch)| {
        let row = |reading: &Reading| HistoryRow {
            position,
            source: batch.source.clone(),
            received_at: batch.received_at,
            area: AreaId::new("a1"),
            late: false,
            clamped: reading.observed_at - clocks.offset(&reading.device, batch.received_at)
                > batch.received_at + CLOCK_AHEAD_MAX,
            reading: reading.clone(),
        };
        batch.readings.iter().map(row).collect::<Vec<_>>()
    };
    (first..).zip(batches).flat_map(of).collect()
}

/// Every reading of the evidence gets the id of one that says the same at that moment, also where its clock was wrong; where
/// the evidence of what was lived has it, too, it is the same one.
async fn ids_are_found(past: &Past, batches: &[ReadingBatch], found: &[Finding], lived: &[Finding]) {
    let mut known = 0;
    let clocks = Clocks::of(&past.registry);
    let skew_max = EngineConfig::new(AreaId::new(""), AreaPath(String::new())).skew_max;
    let mut moved = 0;
    for finding in found {
        let mut readings = finding.evidence.readings.clone();
        past.give_ids(&mut readings).await.unwrap();
        for r in readings {
            let told = batches.iter().flat_map(|b| b.readings.iter().map(move |said| (b, said)));
            let is = |(b, said): &(&ReadingBatch, &Reading)| {
                let offset = clocks.offset(&said.device, b.received_at);
                let (at, _) = event_time(said.observed_at, offset, b.received_at, skew_max);
                said.id == r.id
                    && (&said.device, &said.measure, &said.value) == (&r.device, &r.measure, &r.value)
                    && at == r.observed_at
            };
            let (batch, said) = told.clone().find(is).unwrap_or_else(|| panic!("no such reading: {r:?}"));
            let of_rule = lived.iter().filter(|f| (&f.rule, &f.subject) == (&finding.rule, &finding.subject));
            let mut told_live = of_rule.flat_map(|f| &f.evidence.readings);
            let same = |l: &&EvidenceReading| {
                (&l.device, &l.measure, &l.value, l.observed_at)
                    == (&r.device, &r.measure, &r.value, r.observed_at)
            };
            // Of several that say the same at one moment, any stands for it.
            let several = told.clone().any(|(b, said)| {
                let offset = clocks.offset(&said.device, b.received_at);
                (&said.device, &said.measure, &said.value) == (&r.device, &r.measure, &r.value)
                    && event_time(said.observed_at, offset, b.received_at, skew_max).0 == r.observed_at
                    && said.id != r.id
            });
            if let Some(l) = told_live.find(same).filter(|_| !several) {
                assert_eq!(l.id, r.id, "as it was told live");
                known += 1;
            }
            moved += usize::from(clocks.offset(&said.device, batch.received_at) != Millis(0));
        }
    }
    assert!(moved > 0, "some stand elsewhere than their devices said");
    assert!(known > 20, "{known} are known from what was told live");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_that_was_kept_part_by_part_comes_to_what_was_lived() {
    for seed in 0..6 {
        let (batches, variants) = (log(seed), variants());
        let folder = tempfile::tempdir().unwrap();
        let mut history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
        for (n, part) in batches.chunks(60).enumerate() {
            let first = n as u64 * 60 + 1;
            let range = PositionRange { from: first, to: first + part.len() as u64 - 1 };
            history.add(range, rows(part, first)).await.unwrap();
            if n % 3 == 2 {
                // The process starts again and, having lost its place, adds the newest part once more.
                history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
                history.add(range, rows(part, first)).await.unwrap();
            }
        }
        if seed % 2 == 0 {
            history.compact((T0 + Millis::days(4)).day_in(&zone())).await.unwrap();
        }
        let place = |id: &str, path: &str, level| Area {
            id: AreaId::new(id),
            level,
            name: id.to_owned(),
            parent: None,
            path: AreaPath(path.to_owned()),
        };
        let areas = [place("S", "S/", AreaLevel::Street), place("a1", "S/a1/", AreaLevel::ResidentialArea)];
        let past = Arc::new(Past {
            history: Arc::new(history),
            areas: Arc::new(AreaTree::from_areas(areas)),
            registry: registry(),
            catalogue: Arc::new(Catalogue::shipped()),
            zone: zone(),
            cores: Cores::default(),
        });
        let partitions = partitions(&past.areas, &AreaPath("S/".to_owned()));
        let tried = Arc::new(Tried { sides: vec![variants.clone()], from: T0, to: end() });
        let found = past.episodes(&partitions, tried, Arc::new(|_| true)).await.unwrap().unwrap();
        let found: Vec<Finding> = found.into_iter().flat_map(|f| f.episodes).flatten().collect();
        let lived = lived(&batches, &variants);
        assert!(lived.len() > 20, "{} episodes", lived.len());
        let of_rules: std::collections::BTreeSet<_> = lived.iter().map(|f| f.rule.clone()).collect();
        assert_eq!(of_rules.len(), RULES.len(), "{of_rules:?}");
        ids_are_found(&past, &batches, &found, &lived).await;
        assert_eq!(episodes(found), episodes(lived), "seed {seed}");
    }
}
