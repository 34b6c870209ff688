//! The mappings of mappings/ over the real data they were written for: every row accounted for.
//!
//! The data are not in the repository: they stand in ../shared/data beside it, or where LINLI_SHARED_DATA says. Where they
//! do not, each test prints SKIP; with LINLI_REQUIRE_DATA=1 it fails instead.

use linli_intake::file::{Mapping, Outcome, PromiseState, read_cases, read_intervals, read_readings};
use linli_model::{LogEntry, Millis, RegistryChange};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn mapping(name: &str) -> Mapping {
    let text = fs::read_to_string(root().join("mappings").join(format!("{name}.toml"))).unwrap();
    Mapping::check(&text).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"))
}

fn data(path: &str) -> Option<File> {
    let folder =
        std::env::var_os("LINLI_SHARED_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let file = folder.join(path);
    match File::open(&file) {
        Ok(file) => Some(file),
        Err(e) => {
            assert!(std::env::var_os("LINLI_REQUIRE_DATA").is_none(), "{}: {e}", file.display());
            println!("SKIP no data at {}: {e}", file.display());
            None
        }
    }
}

#[test]
fn every_shipped_mapping_is_right() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("mappings")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mapping = Mapping::check(&text).unwrap_or_else(|wrong| panic!("{}: {wrong:?}", path.display()));
        assert_eq!(mapping.name, path.file_stem().unwrap().to_string_lossy());
        seen += 1;
    }
    assert!(seen >= 7, "{seen} mappings");
}

#[test]
fn every_trial_rule_is_right() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("mappings/trial/rules")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let plan = linli_rule::check(&text, &linli_rule::Catalogue::shipped());
        let plan = plan.unwrap_or_else(|wrong| panic!("{}: {wrong:#?}", path.display()));
        assert_eq!(plan.rule, path.file_stem().unwrap().to_string_lossy());
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn parking_birmingham_is_accounted_for_row_by_row() {
    let Some(file) = data("parking_birmingham/dataset.csv") else { return };
    let imported = read_readings(&mapping("parking_birmingham"), file).unwrap();
    let counts = imported.counts();
    assert_eq!(counts.rows, 35_717);
    assert_eq!((counts.duplicate, counts.quarantined, counts.flagged, counts.clean), (216, 12, 373, 35_116));
    assert_eq!(counts.by_code["occupancy_negative"], 12);
    assert_eq!(counts.by_code["over_capacity"], 373);
    assert_eq!(counts.readings, 35_116 + 373, "the fullest hours are not lost");
    assert_eq!(imported.devices.len(), 30);
    assert!(imported.devices.iter().all(|d| d.capacity.is_some_and(|c| c > 0.0)));
    let first = imported.readings().map(|(r, _)| r.observed_at).min().unwrap();
    assert_eq!(first.to_string(), "2016-10-04T06:46:28.000Z", "07:46:28 in British summer time");
    let last = imported.readings().map(|(r, _)| r.observed_at).max().unwrap();
    assert_eq!(last.to_string(), "2016-12-19T16:30:35.000Z", "in Greenwich time");
}

#[test]
fn entries_come_in_order_of_time_with_received_at_of_the_readings() {
    let Some(file) = data("parking_birmingham/dataset.csv") else { return };
    let imported = read_readings(&mapping("parking_birmingham"), file).unwrap();
    let entries = imported.entries();
    assert!(entries.is_sorted_by_key(LogEntry::logged_at));
    let mut ids = BTreeSet::new();
    for entry in &entries {
        let LogEntry::Readings(batch) = entry else { panic!("only readings") };
        assert!(batch.readings.iter().all(|r| r.observed_at == batch.received_at));
        ids.extend(batch.readings.iter().map(|r| r.id.clone()));
    }
    assert_eq!(ids.len(), 35_489, "every reading has an id of its own");
    let registry = imported.registry(1);
    assert_eq!(registry.len(), 30);
    assert!(registry[0].logged_at() <= entries[0].logged_at());
}

#[test]
fn the_homes_become_door_events_and_signs_of_life() {
    for (house, rows, repeated, outings) in [("A", 1_229, 0, 33), ("B", 19_075, 16, 24)] {
        let Some(file) = data(&format!("home_kasteren_ab/house{house}.sensors")) else { return };
        let mapped = mapping(&format!("home_kasteren_{}", house.to_lowercase()));
        let imported = read_readings(&mapped, file).unwrap();
        let counts = imported.counts();
        assert_eq!((counts.rows, counts.duplicate, counts.quarantined), (rows, repeated, 0), "house {house}");
        let doors: Vec<_> = imported.readings().filter(|(r, _)| r.measure.as_str() == "door_open").collect();
        assert!(doors.len() > 40, "house {house}: {}", doors.len());
        let joined = imported.registry(1).iter().any(|e| {
            matches!(e, LogEntry::Registry(r) if matches!(&r.change, RegistryChange::MemberJoined { population, .. } if population == "elder_alone"))
        });
        assert!(joined);
        let Some(labels) = data(&format!("home_kasteren_ab/house{house}.activities")) else { return };
        let away = read_intervals(&mapping("home_kasteren_outings"), labels).unwrap();
        assert_eq!(away.len(), outings, "house {house}");
        // The door is the right one: it fires within two minutes of an edge of every labelled outing.
        let near = |edge: linli_model::Instant| {
            doors.iter().any(|(r, _)| (r.observed_at - edge).0.abs() <= Millis::minutes(2).0)
        };
        let found = away.iter().filter(|(from, to)| near(*from) || near(*to)).count();
        assert_eq!(found, outings, "house {house}");
    }
}

#[test]
fn the_wall_clock_of_the_homes_is_read_in_their_zone() {
    let Some(file) = data("home_kasteren_ab/houseA.sensors") else { return };
    let imported = read_readings(&mapping("home_kasteren_a"), file).unwrap();
    let first = imported.readings().map(|(r, _)| r.observed_at).min().unwrap();
    assert_eq!(first.to_string(), "2008-02-24T23:20:14.000Z", "00:20:14 on the 25th in Amsterdam");
}

#[test]
fn the_water_network_gives_twelve_pressures_an_hour_and_its_labels() {
    for (file, hours, attacked) in
        [("dataset03.csv", 8_761, 0), ("dataset04.csv", 4_177, 492), ("test_dataset.csv", 2_089, 407)]
    {
        let Some(table) = data(&format!("water_batadal/{file}")) else { return };
        let imported = read_readings(&mapping("water_batadal"), table).unwrap();
        let counts = imported.counts();
        assert_eq!((counts.rows, counts.clean, counts.readings), (hours, hours, hours * 12), "{file}");
        assert_eq!(imported.devices.len(), 12);
        let labels = imported.labels();
        assert_eq!(labels.len() as u64, hours);
        assert_eq!(labels.iter().filter(|(_, attack)| *attack).count(), attacked, "{file}");
    }
}

#[test]
fn the_cities_cases_keep_their_promises_or_not_and_every_row_is_one_of_them() {
    let Some(file) = data("civic_311_baltimore/311_sample.csv") else { return };
    let report = read_cases(&mapping("civic_311_baltimore"), file).unwrap();
    assert_eq!((report.rows, report.imported, report.quarantined.len()), (10_000, 10_000, 0));
    let count = |state| report.promises.get(&state).copied().unwrap_or_default();
    assert_eq!((count(PromiseState::Kept), count(PromiseState::Broken)), (7_988, 1_567));
    assert_eq!((count(PromiseState::OpenOverdue), count(PromiseState::OpenInTime)), (134, 159 - 134));
    assert_eq!(
        (count(PromiseState::ClosedWithoutPromise), count(PromiseState::OpenWithoutPromise)),
        (237, 49)
    );
    assert_eq!(report.promises.values().sum::<u64>(), 10_000);
    assert_eq!(report.oddities["status_before_closed"], 1_132);
    assert_eq!(report.oddities["closed_in_the_second_of_opening"], 2_080);
    assert!(!report.oddities.contains_key("closed_before_opened"));
    assert_eq!(report.oddities["time_never_on_the_clock"], 2, "the hour that summer time leaves out");
    // The 225 rows that have a closing time and a status other than plain Closed were closed as duplicates or handed on.
    let other = |status: &str| report.statuses.get(status).copied().unwrap_or_default();
    assert_eq!(other("Closed (Duplicate)") + other("Closed (Transferred)"), 225);
    assert!(!report.oddities.contains_key("closed_time_but_open_status"));
}

#[test]
fn our_own_format_is_read_as_a_table_too() {
    let text = "id,device,observed_at,measure,value,subject\n\
                r-1,door-1,2026-11-23T08:30:00+08:00,door_open,true,dwelling:D-302\n\
                ,water-1,2026-11-23T08:31:00+08:00,pressure_mpa,0.21,\n\
                r-3,water-1,yesterday,pressure_mpa,0.21,\n\
                r-4,water-1,2026-11-23T08:31:00+08:00,pressure_mpa,0.21,302\n";
    let imported = read_readings(&mapping("readings_csv"), text.as_bytes()).unwrap();
    let codes: Vec<_> = imported
        .rows
        .iter()
        .map(|row| match &row.outcome {
            Outcome::Clean(readings) => format!("{} {}", readings[0].id, readings.len()),
            Outcome::Quarantined(q) => q.diagnostic.code.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(codes[0], "r-1 1");
    assert!(codes[1].starts_with("h:"));
    assert_eq!(codes[2..], ["time_unreadable", "subject_unreadable"]);
}
