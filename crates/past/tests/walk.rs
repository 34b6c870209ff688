//! Walks over a small past: what they find, how they tell how far they are, and that they stop.

use linli_history::{
    History, MemoryHistory, PositionRange,
    contract::{MORNING, row},
};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Instant, Millis, Subject, SubjectKind, Value,
};
use linli_pack::backtest::{Variant, value_in};
use linli_past::{Cores, Past, Tried, partitions};
use linli_rule::Catalogue;
use std::sync::{Arc, Mutex};

const DAYS: i64 = 10;
const LOW: &str = r#"
rule = "low"
name = { zh = "低压", en = "Low" }
key = "device"
severity = "attention"
case_class = "water.low"
sentence = { zh = "{device} {value}", en = "{device} {value}" }

[parameters.floor]
label = { zh = "下限", en = "Floor" }
value = 0.1
min = 0.01
max = 0.5
unit = "MPa"

[signal]
operator = "level"
raise = "pressure_mpa < floor"
clear = "pressure_mpa >= floor"
"#;

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap()
}

fn place(id: &str, path: &str, level: AreaLevel) -> Area {
    Area { id: AreaId::new(id), level, name: id.to_owned(), parent: None, path: AreaPath(path.to_owned()) }
}

/// Two areas; a1's pressure is 0.05 on every third day, a2's is 0.2 always.
async fn past() -> Arc<Past> {
    let history = MemoryHistory::empty(zone());
    let mut rows = Vec::new();
    for n in 0..DAYS * 24 {
        let low = if n / 24 % 3 == 0 { 0.05 } else { 0.3 };
        rows.push(row(n as u64 + 1, "a1", "d1", n * 60, Value::Number(low)));
        rows.push(row(n as u64 + 1, "a2", "d2", n * 60, Value::Number(0.2)));
        rows.push(row(n as u64 + 1, "a2", "d2", n * 60, Value::Flag(true)));
    }
    for (n, row) in rows.iter_mut().enumerate() {
        (row.clamped, row.late, row.reading.subject) = (false, false, None);
        row.reading.id = linli_model::ReadingId::new(format!("{n}"));
    }
    history.add(PositionRange { from: 1, to: 1_000 }, rows).await.unwrap();
    let areas = [
        place("S", "S/", AreaLevel::Street),
        place("a1", "S/a1/", AreaLevel::ResidentialArea),
        place("a2", "S/a2/", AreaLevel::ResidentialArea),
    ];
    Arc::new(Past {
        history: Arc::new(history),
        areas: Arc::new(AreaTree::from_areas(areas)),
        registry: Vec::new(),
        catalogue: Arc::new(Catalogue::shipped()),
        zone: zone(),
        cores: Cores::default(),
    })
}

fn tried() -> Arc<Tried> {
    let in_force = Variant::in_force(LOW, &Catalogue::shipped()).unwrap();
    let value = value_in("low", AreaId::new("S"), AreaPath("S/".to_owned()), "floor", 0.25);
    let candidate = Variant { values: Some(vec![value]), ..in_force.clone() };
    let (from, to) = (MORNING, MORNING + Millis::days(DAYS));
    Arc::new(Tried { sides: vec![vec![in_force], vec![candidate]], from, to })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_finds_its_episodes_in_each_partition_and_only_what_is_heard_is_read() {
    let past = past().await;
    let partitions = partitions(&past.areas, &AreaPath("S/".to_owned()));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    let goes_on = Arc::new(move |share: f64| {
        hears.lock().unwrap().push(share);
        true
    });
    let found = past.episodes(&partitions, tried(), goes_on).await.unwrap().unwrap();
    let counts: Vec<Vec<usize>> = found.iter().map(|f| f.episodes.iter().map(Vec::len).collect()).collect();
    // The street itself is a partition, of which nothing is heard.
    assert_eq!(counts, [[0, 0], [4, 4], [0, 1]]);
    let readings: Vec<usize> = found.iter().map(|f| f.readings).collect();
    assert_eq!(readings, [0, DAYS as usize * 24, DAYS as usize * 24]);
    let told = told.lock().unwrap();
    assert!(told.len() > DAYS as usize && told.iter().all(|s| (0.0..=1.0).contains(s)), "{told:?}");
    assert!(told.iter().any(|s| (0.3..0.7).contains(s)) && told.iter().any(|s| *s > 0.9), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_ends_at_the_step_at_which_it_is_told_to() {
    let past = past().await;
    let partitions = partitions(&past.areas, &AreaPath("S/".to_owned()));
    for last in [0, 1, 7, 12] {
        let asked = Arc::new(Mutex::new(0));
        let counts = asked.clone();
        let goes_on = Arc::new(move |_: f64| {
            let mut n = counts.lock().unwrap();
            *n += 1;
            *n <= last
        });
        assert!(past.episodes(&partitions, tried(), goes_on).await.unwrap().is_none(), "{last}");
        let asked = *asked.lock().unwrap();
        assert!(asked <= last + partitions.len(), "asked {asked} times, told to stop after {last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_stands_at_the_end_of_what_is_tried() {
    let past = past().await;
    let partition = partitions(&past.areas, &AreaPath("S/a1/".to_owned())).pop().unwrap();
    let device = Subject::new(SubjectKind::Device, "d1");
    let at = |to: Instant| Tried { to, ..Arc::into_inner(tried()).unwrap() };
    for (hours, holds, episodes) in [(20, true, 1), (30, false, 1), (24 * 3 + 5, true, 2)] {
        let tried = at(MORNING + Millis::hours(hours));
        let found = past.explain(partition.clone(), tried, "low".to_owned(), device.clone());
        let (explained, found) = found.await.unwrap();
        let explained = explained.unwrap();
        assert_eq!((explained.holds, found.len()), (Some(holds), episodes), "after {hours} hours");
        assert!(!explained.readings.is_empty());
    }
}
