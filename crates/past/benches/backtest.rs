//! Backtests over a year of a sub-district (year/mod.rs). Prints one line per measurement; docs/performance.md has the
//! figures.

#![allow(clippy::disallowed_methods)] // A benchmark looks at the clock.

mod year;

use linli_history::{History, ScanQuery};
use linli_history_parquet::ParquetHistory;
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Device, DeviceClass, DeviceState, Instant, Measure, Millis,
    RegistryChange, RegistryEntry, SourceId,
};
use linli_pack::backtest::{Variant, value_in};
use linli_past::{Cores, Past, Tried, partitions};
use linli_rule::Catalogue;
use std::sync::Arc;
use year::{AREAS, CLASSES, Size, Watch, area, device_id, dwelling, measure, zone};

fn street() -> AreaTree {
    let place = |id: &str, parent: Option<&str>, path: &str, level| Area {
        id: AreaId::new(id),
        parent: parent.map(AreaId::new),
        path: AreaPath(path.to_owned()),
        level,
        name: id.to_owned(),
    };
    let mut areas = vec![place("S", None, "S/", AreaLevel::Street)];
    for n in 1..=AREAS {
        areas.push(place(&format!("R{n}"), Some("S"), &format!("S/R{n}/"), AreaLevel::ResidentialArea));
    }
    AreaTree::from_areas(areas)
}

/// Devices and members since long before the year.
fn registry(size: Size) -> Vec<RegistryEntry> {
    let long_ago = Instant::start_of(size.day(0), &zone()) - Millis::days(60);
    let mut changes = Vec::new();
    for device in 0..size.devices {
        let (area, path) = (area(device), AreaPath(format!("S/{}/", area(device))));
        changes.push(RegistryChange::DeviceSet(Device {
            id: device_id(device),
            class: DeviceClass::Other,
            name: device_id(device).0,
            area: AreaId::new(&area),
            area_path: path.clone(),
            source: SourceId::new("gw-1"),
            subject: dwelling(device),
            measures: vec![Measure::new(measure(device))],
            silence_secs_max: Some(86_400),
            capacity: Some(40.0),
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: long_ago,
        }));
        if measure(device) == "motion" {
            changes.push(RegistryChange::MemberJoined {
                population: "elder_alone".to_owned(),
                subject: dwelling(device).unwrap(),
                area: AreaId::new(&area),
                area_path: path,
            });
        }
    }
    (1..).zip(changes).map(|(seq, change)| RegistryEntry { seq, effective_at: long_ago, change }).collect()
}

fn past(history: Arc<ParquetHistory>, size: Size) -> Arc<Past> {
    Arc::new(Past {
        history,
        areas: Arc::new(street()),
        registry: registry(size),
        catalogue: Arc::new(Catalogue::shipped()),
        zone: zone(),
        cores: Cores::default(),
    })
}

fn shipped() -> Vec<Variant> {
    let texts = linli_pack::shipped().into_iter().flat_map(|p| p.rules).map(|r| r.text);
    texts.map(|text| Variant::in_force(&text, &Catalogue::shipped()).unwrap()).collect()
}

/// The rule as it is, and with another value of a parameter.
fn tried(rule: &str, parameter: &str, value: f64) -> Vec<Vec<Variant>> {
    let in_force = shipped().into_iter().find(|v| v.plan.rule == rule).unwrap();
    let (area, path) = (AreaId::new("S"), AreaPath("S/".to_owned()));
    let values = Some(vec![value_in(rule, area, path, parameter, value)]);
    vec![vec![in_force.clone()], vec![Variant { values, ..in_force }]]
}

/// Peak memory of this process since it was asked last, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    kb.unwrap_or(0) / 1000
}

async fn backtest(what: &str, past: &Arc<Past>, sides: Vec<Vec<Variant>>, size: Size) {
    let (from, to) =
        (Instant::start_of(size.day(0), &zone()), Instant::start_of(size.day(size.days), &zone()));
    let partitions = partitions(&past.areas, &AreaPath("S/".to_owned()));
    let tried = Arc::new(Tried { sides, from, to });
    peak_mb();
    let watch = Watch::started();
    let found = past.episodes(&partitions, tried, Arc::new(|_| true)).await.unwrap().unwrap();
    let readings = found.iter().map(|f| f.readings).sum();
    let sides = found.iter().map(|f| f.episodes.len()).max().unwrap_or(0);
    let findings: Vec<String> =
        (0..sides).map(|s| found.iter().map(|f| f.episodes[s].len()).sum::<usize>().to_string()).collect();
    watch.line(what, readings, &format!("peak {} MB, findings {}", peak_mb(), findings.join(" and ")));
}

/// What of it is reading: the same rows, and nothing done with them.
async fn read_only(what: &str, history: &Arc<ParquetHistory>, measures: &[&str], size: Size) {
    let (from, to) =
        (Instant::start_of(size.day(0), &zone()), Instant::start_of(size.day(size.days), &zone()));
    let measures: Vec<Measure> = measures.iter().map(|m| Measure::new(*m)).collect();
    let (history, watch) = (history.clone(), Watch::started());
    let rows = tokio::task::spawn_blocking(move || {
        let mut rows = 0;
        for n in 1..=AREAS {
            let area = AreaId::new(format!("R{n}"));
            let query = ScanQuery { area, from, to, measures: measures.clone(), devices: vec![] };
            let mut scan = history.scan(&query);
            while let Some(block) = scan.next_day().unwrap() {
                rows += block.rows.len();
            }
        }
        rows
    });
    let rows = rows.await.unwrap();
    watch.line(what, rows, "");
}

fn main() {
    // Asked for its list of tests, a benchmark has none.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async {
        let size = Size::chosen();
        let (folder, _temporary) = year::kept(size).await;
        let history = Arc::new(ParquetHistory::open_folder(&folder, zone()).await.unwrap());
        let past = past(history.clone(), size);
        read_only("read, one measure, one core", &history, &["pressure_mpa"], size).await;
        backtest("low_pressure and another floor", &past, tried("low_pressure", "floor", 0.14), size).await;
        backtest("elder_not_out and another span", &past, tried("elder_not_out", "days", 2.0), size).await;
        read_only("read, all measures, one core", &history, &CLASSES, size).await;
        backtest("all shipped rules, as they are", &past, vec![shipped()], size).await;
    });
}
