//! What had begun before the past that is read: found, and with no moment made up (BT4).

use linli_engine::{Engine, EngineConfig};
use linli_history::{History, HistoryRow, MemoryHistory, PositionRange};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, DeviceId, Finding, Instant, LogEntry, Measure, Millis,
    Reading, ReadingBatch, ReadingId, RegistryChange, RegistryEntry, SourceId, Subject, SubjectKind, Value,
};
use linli_pack::backtest::{Variant, began_before, net};
use linli_past::{Cores, Past, Tried, partitions};
use linli_rule::Catalogue;
use std::sync::Arc;

const T0: Instant = Instant(1_795_392_000_000);

fn rule(key: &str) -> String {
    format!(
        "rule = \"quiet\"\nname = {{ zh = \"安静\", en = \"Quiet\" }}\n{key}\nseverity = \"info\"\ncase_class = \"x\"\n\
         sentence = {{ zh = \"{{subject}}\", en = \"{{subject}}\" }}\n[signal]\noperator = \"absent\"\n\
         of = \"door_card\"\nspan = \"9h\"\ncoverage = \"none\""
    )
}

fn hours(n: i64) -> Instant {
    T0 + Millis::hours(n)
}

fn area_path() -> AreaPath {
    AreaPath("S/a1/".to_owned())
}

fn dwelling(n: u32) -> Subject {
    Subject::new(SubjectKind::Dwelling, n.to_string())
}

/// Two homes, registered long ago.
fn registry() -> Vec<RegistryEntry> {
    let joined = |n: u32| RegistryEntry {
        seq: u64::from(n),
        effective_at: hours(-900),
        change: RegistryChange::MemberJoined {
            population: "elder_alone".to_owned(),
            subject: dwelling(n),
            area: AreaId::new("a1"),
            area_path: area_path(),
        },
    };
    vec![joined(1), joined(2)]
}

/// The first is seen at the beginning, and again on the twenty-second day; the second is seen hours before the twentieth
/// day begins and then at the same hour as the first. Something else is heard every hour.
fn readings() -> Vec<Reading> {
    let reading = |id: i64, device: &str, hour, subject: u32, value| Reading {
        id: ReadingId::new(id.to_string()),
        device: DeviceId::new(device),
        observed_at: hours(hour),
        measure: Measure::new(if subject == 0 { "battery_pct" } else { "door_card" }),
        value,
        subject: (subject > 0).then(|| dwelling(subject)),
    };
    let card = || Value::Text("c".to_owned());
    let mut all: Vec<Reading> = (0..600).map(|n| reading(n, "other", n, 0, Value::Number(80.0))).collect();
    for (id, hour, n) in [(1000, 2, 1), (1001, 20 * 24 - 12, 2), (1002, 22 * 24, 1), (1003, 22 * 24, 2)] {
        all.push(reading(id, &format!("d{n}"), hour, n, card()));
    }
    all.sort_by_key(|r| r.observed_at);
    all
}

const RANGE: (i64, i64) = (20 * 24, 22 * 24 + 6);

/// In hours: which, from, to, and whether it may have begun before.
fn said(found: Vec<Finding>) -> Vec<(String, i64, Option<i64>, bool)> {
    let hour = |at: Instant| (at - T0).0 / 3_600_000;
    let line = |f: Finding| {
        let older = began_before(&f, hours(RANGE.0));
        (f.subject.to_string(), hour(f.start), f.end.map(hour), older)
    };
    let mut all: Vec<_> = found.into_iter().map(line).collect();
    all.sort();
    all
}

fn lived(text: &str) -> Vec<Finding> {
    let mut engine = Engine::from_config(EngineConfig::new(AreaId::new("a1"), area_path()));
    let mut out = Vec::new();
    let set = RegistryChange::RuleSet {
        pack: "p".to_owned(),
        rule: "quiet".to_owned(),
        version: 1,
        text: text.to_owned(),
    };
    let set = RegistryEntry { seq: 0, effective_at: hours(-900), change: set };
    for entry in std::iter::once(set).chain(registry()) {
        engine.step(&LogEntry::Registry(entry), &mut out);
    }
    for reading in readings() {
        let (source, received_at) = (SourceId::new("gw"), reading.observed_at);
        let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: vec![] };
        engine.step(&LogEntry::Readings(batch), &mut out);
    }
    let (from, to) = (hours(RANGE.0), hours(RANGE.1));
    engine.settle_until(to, &mut out);
    net(out, from, to)
}

async fn walked(text: &str) -> Vec<Finding> {
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
    history
        .add(PositionRange { from: 1, to: 1_000 }, (1..).zip(readings()).map(row).collect())
        .await
        .unwrap();
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
        zone,
        cores: Cores::default(),
    });
    let partitions = partitions(&past.areas, &area_path());
    let variant = Variant::in_force(text, &Catalogue::shipped()).unwrap();
    let tried = Tried { sides: vec![vec![variant]], from: hours(RANGE.0), to: hours(RANGE.1) };
    let found = past.episodes(&partitions, Arc::new(tried), Arc::new(|_| true)).await.unwrap().unwrap();
    found.into_iter().flat_map(|f| f.episodes).flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_begun_before_the_look_back_is_said_to_have_begun_at_its_beginning_or_before() {
    let text = rule("population = \"elder_alone\"");
    let (home, end) = (|n: u32| dwelling(n).to_string(), Some(22 * 24));
    let other = (home(2), 20 * 24 - 3, end, true);
    assert_eq!(said(lived(&text)), [(home(1), 11, end, true), other.clone()]);
    // The look-back is the silence and a day: the first home was silent when it began.
    assert_eq!(said(walked(&text).await), [(home(1), 19 * 24, end, true), other]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_absence_without_a_population_it_is_known_who_was_heard_a_month_ago() {
    for key in ["key = \"device\"", "key = \"subject\""] {
        let lived = said(lived(&rule(key)));
        assert_eq!(lived.iter().map(|f| f.1).collect::<Vec<_>>(), [11, 20 * 24 - 3], "{key}");
        assert_eq!(said(walked(&rule(key)).await), lived, "{key}");
    }
}
