//! The commands of docs/guide/real-data.md, through the real binary, with the figures that stand there.
//!
//! The data are not in the repository: they stand in ../shared/data beside it, or where LINLI_SHARED_DATA says. Where they do
//! not, each test prints SKIP; with LINLI_REQUIRE_DATA=1 it fails instead.

use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn data(path: &str) -> Option<String> {
    let folder =
        std::env::var_os("LINLI_SHARED_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let file = folder.join(path);
    if !file.is_file() {
        assert!(std::env::var_os("LINLI_REQUIRE_DATA").is_none(), "no {}", file.display());
        println!("SKIP no data at {}", file.display());
        return None;
    }
    Some(file.to_string_lossy().into_owned())
}

fn linli(args: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_linli")).args(args).current_dir(root()).output().unwrap();
    assert!(ran.status.success(), "linli {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(&linli(args)).unwrap()
}

#[test]
fn the_car_parks_are_full_as_often_as_an_independent_count_says() {
    let Some(file) = data("parking_birmingham/dataset.csv") else { return };
    let mapping = "mappings/parking_birmingham.toml";
    let counts = json_of(&["import", "--mapping", mapping, &file]);
    let expected = json!({ "occupancy_negative": 12, "over_capacity": 373 });
    assert_eq!(counts["counts"]["by_code"], expected);
    let args =
        ["replay", "--mapping", mapping, "--pack", "mappings/trial", "--rule", "parking_nearly_full", &file];
    let out = linli(&args);
    let findings: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let count = |change: &str| findings.iter().filter(|f| f["change"] == change).count();
    assert_eq!((count("opened"), count("ended")), (288, 287));
    assert!(findings.iter().all(|f| f["evidence"]["readings"].as_array().is_some_and(|r| !r.is_empty())));
    assert_eq!(out, linli(&args), "the same files give the same findings");
}

#[test]
fn nobody_is_taken_to_stay_in_while_away_and_every_labelled_finding_is_right() {
    // House, hours: findings, right, wrong, not labelled.
    for (house, span, expected) in
        [("A", 12, [11, 11, 0, 0]), ("A", 24, [0; 4]), ("B", 12, [11, 7, 0, 4]), ("B", 24, [2, 0, 0, 2])]
    {
        let (Some(sensors), Some(labels)) = (
            data(&format!("home_kasteren_ab/house{house}.sensors")),
            data(&format!("home_kasteren_ab/house{house}.activities")),
        ) else {
            return;
        };
        let score = json_of(&[
            "replay",
            "--mapping",
            &format!("mappings/home_kasteren_{}.toml", house.to_lowercase()),
            "--pack",
            "mappings/trial",
            "--rule",
            "home_no_outing",
            "--set",
            &format!("home_no_outing.span={span}"),
            "--score",
            "--labels",
            &labels,
            "--labels-mapping",
            "mappings/home_kasteren_outings.toml",
            &sensors,
        ]);
        let verdict = |v: &str| score["verdicts"][v].as_u64().unwrap_or_default();
        let found = [
            score["findings"].as_u64().unwrap(),
            verdict("right"),
            verdict("wrong"),
            verdict("not_labelled"),
        ];
        assert_eq!(found, expected, "house {house}, {span} h");
        let agreed = &score["outings_by_door_and_indoor_sensors"];
        let (labelled, seen) = if house == "A" { (33, 32) } else { (24, 23) };
        assert_eq!(
            (agreed["labelled"].as_u64(), agreed["labelled_found"].as_u64()),
            (Some(labelled), Some(seen))
        );
    }
}

#[test]
fn the_attacks_on_the_water_network_are_found_as_the_guide_says() {
    for (file, expected, attacks) in [
        ("dataset03", [0, 32, 0, 8_729], [0, 0]),
        ("dataset04", [41, 11, 451, 3_674], [7, 5]),
        ("test_dataset", [31, 5, 376, 1_677], [7, 4]),
    ] {
        let Some(table) = data(&format!("water_batadal/{file}.csv")) else { return };
        let score = json_of(&[
            "replay",
            "--mapping",
            "mappings/water_batadal.toml",
            "--pack",
            "mappings/trial",
            "--rule",
            "water_sudden_drop",
            "--rule",
            "water_low_pressure",
            "--score",
            &table,
        ]);
        let step = |name: &str| score["all_rules"]["steps"][name].as_u64().unwrap();
        let found = ["true_positive", "false_positive", "false_negative", "true_negative"].map(step);
        assert_eq!(found, expected, "{file}");
        assert_eq!([&score["attacks"], &score["attacks_found"]].map(|n| n.as_u64().unwrap()), attacks);
    }
}

#[test]
fn the_cities_cases_are_the_same_by_rows_and_folded_through_casework() {
    let Some(file) = data("civic_311_baltimore/311_sample.csv") else { return };
    let counts = json_of(&["import", "--mapping", "mappings/civic_311_baltimore.toml", &file]);
    let counts = &counts["counts"];
    assert_eq!(counts["due_and_closed"], json!({ "kept": 7_988, "broken": 1_567 }));
    assert_eq!(counts["due_but_not_closed"], json!({ "all": 159, "overdue": 134 }));
    let folded = json!({
        "kept": 7_988, "broken": 1_567, "not_closed": 159, "not_closed_overdue": 134, "without_due": 237, "without_both": 49, "void": 0
    });
    assert_eq!(counts["folded_through_casework"], folded);
    // The same through the indicators: kept of what was settled, closed of what was due.
    let of = |code: &str| {
        (counts["indicators"][code][0].as_u64().unwrap(), counts["indicators"][code][1].as_u64().unwrap())
    };
    assert_eq!((of("kept_complete"), of("closed_rate")), ((7_988, 9_555), (9_555, 9_714)));
    assert_eq!(of("reported"), (10_000, 10_000));
}

/// Another system's export: other headings, words, encoding, separators and ways of writing a day, and no code for it.
#[test]
fn a_second_differently_shaped_export_needs_a_mapping_and_no_code() {
    let (mapping, file) = ("mappings/grid_orders.toml", "mappings/samples/grid_orders.csv");
    let counts = json_of(&["import", "--mapping", mapping, file]);
    let counts = &counts["counts"];
    assert_eq!(
        (&counts["rows"], &counts["imported"], &counts["quarantined"]),
        (&json!(12), &json!(11), &json!(1))
    );
    assert_eq!(counts["due_and_closed"], json!({ "kept": 5, "broken": 2 }));
    assert_eq!(counts["due_but_not_closed"], json!({ "all": 2, "overdue": 1 }));
    assert_eq!(counts["void"], 2);
    let folded = &counts["folded_through_casework"];
    let sums = ["kept", "broken", "not_closed", "not_closed_overdue", "without_due", "without_both", "void"];
    assert_eq!(sums.map(|s| folded[s].as_u64().unwrap()), [5, 2, 2, 1, 0, 0, 2]);
    assert_eq!(counts["oddities"]["place_nowhere"], 1);
    // Satisfied 1, mostly 0.8, dissatisfied 0, over three that were given; two first contacts of three assessed.
    assert_eq!(counts["indicators"]["satisfaction"], json!([1_800, 3]));
    assert_eq!(counts["indicators"]["contact_rate"], json!([2, 3]));
    assert_eq!(counts["indicators"]["solved_rate"], json!([4, 6]));
    let odd = linli(&["import", "--mapping", mapping, "--odd-rows", file]);
    let first: Value = serde_json::from_str(odd.lines().next().unwrap()).unwrap();
    assert_eq!(first["diagnostic"]["field"], "rows[12].发现时间", "the row as Excel numbers it");
    // The words it says are checked against the codes there are.
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.toml");
    let text = std::fs::read_to_string(root().join(mapping)).unwrap();
    std::fs::write(&wrong, text.replace("\"partly_solved\"", "\"half\"")).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_linli"))
        .args(["--lang", "en", "import", "--mapping", &wrong.to_string_lossy(), file])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!ran.status.success() && said.contains("cases.outcomes.部分解决"), "{said}");
}

#[test]
fn a_wrong_setting_rule_or_mapping_is_named() {
    let fails = |args: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_linli")).args(args).current_dir(root()).output().unwrap();
        assert!(!ran.status.success(), "{args:?}");
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let replay = |more: &[&str]| {
        fails(&[&["--lang", "en", "replay", "--pack", "mappings/trial"], more, &["Cargo.toml"]].concat())
    };
    assert!(replay(&["--rule", "no_such"]).contains("no rule no_such"));
    assert!(replay(&["--set", "home_no_outing.span=1000"]).contains("expected 1 to 168 h"));
    assert!(replay(&["--mapping", "Cargo.toml"]).contains("Cargo.toml:"));
}
