//! Whether somebody was missed depends on whether the devices that could have seen her were alive: also when these may be
//! silent for longer than a rule looks back (WS1).

use linli_engine::{Engine, EngineConfig};
use linli_history::{History, HistoryRow, MemoryHistory, PositionRange};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Device, DeviceClass, DeviceId, DeviceState, Finding,
    FindingKind, Instant, LogEntry, Measure, Millis, Reading, ReadingBatch, ReadingId, RegistryChange,
    RegistryEntry, SourceId, Subject, SubjectKind, Value,
};
use linli_pack::backtest::{Variant, net};
use linli_past::{Cores, Past, Tried, Witnesses, partitions};
use linli_rule::Catalogue;
use std::sync::Arc;

const T0: Instant = Instant(1_795_392_000_000);
const RULE: &str = r#"
rule = "quiet"
name = { zh = "安静", en = "Quiet" }
population = "elder_alone"
severity = "info"
case_class = "x"
sentence = { zh = "{subject}", en = "{subject}" }
[signal]
operator = "absent"
of = "door_card"
span = "9h"
coverage = "any"
"#;

fn hours(n: i64) -> Instant {
    T0 + Millis::hours(n)
}

fn area_path() -> AreaPath {
    AreaPath("S/a1/".to_owned())
}

fn device(id: &str, silence_secs_max: Option<u32>) -> Device {
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::Other,
        name: String::new(),
        area: AreaId::new("a1"),
        area_path: area_path(),
        source: SourceId::new("gw"),
        subject: Some(Subject::new(SubjectKind::Dwelling, "1")),
        measures: vec![Measure::new("door_card")],
        silence_secs_max,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: hours(-900),
    }
}

/// Registered long ago; the silence of d1 is registered, or learned. d2 is alive for two hours after it spoke.
fn registry(silence_secs: u32, learned: bool) -> Vec<RegistryEntry> {
    let d1 = device("d1", (!learned).then_some(silence_secs));
    let joined = RegistryChange::MemberJoined {
        population: "elder_alone".to_owned(),
        subject: Subject::new(SubjectKind::Dwelling, "1"),
        area: AreaId::new("a1"),
        area_path: area_path(),
    };
    let mut changes =
        vec![RegistryChange::DeviceSet(d1), RegistryChange::DeviceSet(device("d2", Some(7_200))), joined];
    if learned {
        let (device, clock_offset_ms, silence_secs) = (DeviceId::new("d1"), None, Some(silence_secs));
        changes.push(RegistryChange::DeviceLearned { device, clock_offset_ms, silence_secs });
    }
    let entry = |(seq, change)| RegistryEntry { seq, effective_at: hours(-900), change };
    (1..).zip(changes).map(entry).collect()
}

/// d1 speaks every hour for a day, and never again; she is seen by d2 on the sixth day, and by nobody after that.
fn readings() -> Vec<Reading> {
    let reading = |id: i64, device: &str, hour, measure: &str, value| Reading {
        id: ReadingId::new(id.to_string()),
        device: DeviceId::new(device),
        observed_at: hours(hour),
        measure: Measure::new(measure),
        value,
        subject: None,
    };
    let mut all: Vec<Reading> =
        (0..24).map(|n| reading(n, "d1", n, "battery_pct", Value::Number(80.0))).collect();
    all.push(reading(24, "d2", 6 * 24 - 2, "door_card", Value::Text("c".to_owned())));
    all
}

fn said(found: Vec<Finding>) -> Vec<(FindingKind, i64, Option<i64>)> {
    let hour = |at: Instant| (at - T0).0 / 3_600_000;
    found.into_iter().map(|f| (f.kind, hour(f.start), f.end.map(hour))).collect()
}

fn lived(registry: &[RegistryEntry], (from, to): (Instant, Instant)) -> Vec<Finding> {
    let mut engine = Engine::from_config(EngineConfig::new(AreaId::new("a1"), area_path()));
    let mut out = Vec::new();
    let (pack, rule, text) = ("p".to_owned(), "quiet".to_owned(), RULE.to_owned());
    let set = RegistryChange::RuleSet { pack, rule, version: 1, text };
    engine.step(
        &LogEntry::Registry(RegistryEntry { seq: 0, effective_at: hours(-900), change: set }),
        &mut out,
    );
    for entry in registry {
        engine.step(&LogEntry::Registry(entry.clone()), &mut out);
    }
    for reading in readings() {
        let (source, received_at) = (SourceId::new("gw"), reading.observed_at);
        let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: vec![] };
        engine.step(&LogEntry::Readings(batch), &mut out);
    }
    engine.settle_until(to, &mut out);
    net(out, from, to)
}

async fn past(registry: Vec<RegistryEntry>) -> Arc<Past> {
    let zone = jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap();
    let history = MemoryHistory::empty(zone.clone());
    let row = |(position, reading): (u64, Reading)| HistoryRow {
        position,
        source: SourceId::new("gw"),
        received_at: reading.observed_at,
        area: AreaId::new("a1"),
        late: false,
        clamped: false,
        reading,
    };
    history.add(PositionRange { from: 1, to: 100 }, (1..).zip(readings()).map(row).collect()).await.unwrap();
    let place = |id: &str, path: &str, level| Area {
        id: AreaId::new(id),
        level,
        name: id.to_owned(),
        parent: None,
        path: AreaPath(path.to_owned()),
    };
    let areas = [place("S", "S/", AreaLevel::Street), place("a1", "S/a1/", AreaLevel::ResidentialArea)];
    Arc::new(Past {
        history: Arc::new(history),
        areas: Arc::new(AreaTree::from_areas(areas)),
        registry,
        catalogue: Arc::new(Catalogue::shipped()),
        zone,
        cores: Cores::default(),
    })
}

fn tried((from, to): (Instant, Instant)) -> Tried {
    let variant = Variant::in_force(RULE, &Catalogue::shipped()).unwrap();
    Tried { sides: vec![vec![variant]], from, to }
}

async fn walked(registry: Vec<RegistryEntry>, range: (Instant, Instant)) -> Vec<Finding> {
    let past = past(registry).await;
    let partitions = partitions(&past.areas, &area_path());
    let found =
        past.episodes(&partitions, Arc::new(tried(range)), Arc::new(|_| true)).await.unwrap().unwrap();
    found.into_iter().flat_map(|f| f.episodes).flatten().collect()
}

/// What `linli explain` says at the end of the range.
async fn explained(registry: Vec<RegistryEntry>, range: (Instant, Instant)) -> Option<bool> {
    let (past, her) = (past(registry).await, Subject::new(SubjectKind::Dwelling, "1"));
    let mut partitions = partitions(&past.areas, &area_path()).into_iter();
    let partition = partitions.find(|(_, path)| *path == area_path()).unwrap();
    let (explanation, _) = past.explain(partition, tried(range), "quiet".to_owned(), her).await.unwrap();
    explanation.unwrap().holds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_may_be_silent_for_days_is_known_to_be_alive_days_after_it_spoke() {
    let range = (hours(6 * 24), hours(9 * 24));
    for learned in [false, true] {
        for (days, told) in [(1, false), (5, false), (6, true)] {
            let registry = registry(days * 86_400, learned);
            let lived = said(lived(&registry, range));
            // Nine hours after she was seen somebody alive must have been there to see her.
            let missed = told.then_some((FindingKind::Signal, 6 * 24 + 7, None));
            assert_eq!(lived, Vec::from_iter(missed), "{days} days");
            assert_eq!(said(walked(registry.clone(), range).await), lived, "{days} days, learned {learned}");
            assert_eq!(explained(registry, range).await, told.then_some(true), "{days} days");
        }
    }
}

#[test]
fn what_rules_do_not_ask_about_is_not_looked_back_for() {
    let plan = |text: &str| Variant::in_force(text, &Catalogue::shipped()).unwrap().plan;
    let (asks, silence) = (plan(RULE), |days: u32| registry(days * 86_400, false));
    let longer = |days| Witnesses::of(&silence(days), &[&asks]).longer;
    assert_eq!([longer(1), longer(3), longer(100)], [Millis(0), Millis::days(2), Millis::days(31)]);
    let none = plan(&RULE.replace("coverage = \"any\"", "coverage = \"none\""));
    assert_eq!(Witnesses::of(&silence(10), &[&none]), Witnesses::default());
}
