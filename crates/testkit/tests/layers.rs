//! ARCHITECTURE.md, invariant A1: layers only point inwards.
//!
//! The table below is the one of ARCHITECTURE.md; a crate that is not in it, or a dependency that points
//! outwards, fails here with both names.

use std::{collections::BTreeMap, fs, path::Path};

/// Layer of each crate. A crate may depend on crates of a lower layer, and on those of `SIBLINGS`.
const LAYERS: &[(&str, u8)] = &[
    ("model", 0),
    ("rule", 10),
    ("engine", 11),
    ("habit", 11),
    ("casework", 11),
    ("notice", 12),
    ("indicator", 12),
    ("pack", 13),
    ("store", 20),
    ("log", 20),
    ("history", 20),
    ("blobs", 20),
    ("access", 20),
    ("channel", 20),
    ("store-sql", 30),
    ("log-embedded", 30),
    ("history-parquet", 30),
    ("blobs-files", 30),
    ("access-cedar", 30),
    ("intake", 30),
    ("deliver", 30),
    ("sheet", 30),
    ("past", 35),
    ("api", 40),
    ("server", 41),
    ("runtime", 42),
    ("cli", 50),
    ("twin", 1),
    ("testkit", 1),
    ("sim", 51),
    ("sim-system", 52),
];

/// Crates that must build without any edge: no async runtime, no database, no network.
const PURE: &[&str] =
    &["model", "rule", "engine", "habit", "casework", "notice", "indicator", "pack", "twin"];
const EDGE_PARTS: &[&str] = &[
    "tokio",
    "axum",
    "sea-orm",
    "fjall",
    "parquet",
    "arrow",
    "object_store",
    "rmqtt",
    "rumqttc",
    "reqwest",
    "lettre",
    "cedar-policy",
];

fn manifests() -> BTreeMap<String, toml::Table> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_dir(crates)
        .unwrap()
        .filter_map(|entry| {
            let folder = entry.unwrap().path();
            let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
            Some((folder.file_name()?.to_str()?.to_owned(), text.parse().unwrap()))
        })
        .collect()
}

fn names(manifest: &toml::Table, section: &str) -> Vec<String> {
    manifest.get(section).and_then(|s| s.as_table()).map(|s| s.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_crate_stands_in_the_layer_table_and_points_inwards() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, manifest) in manifests() {
        let Some(layer) = layers.get(name.as_str()) else {
            wrong.push(format!("{name} is not in the layer table"));
            continue;
        };
        for dependency in names(&manifest, "dependencies") {
            let Some(inner) = dependency.strip_prefix("linli-") else { continue };
            match layers.get(inner) {
                Some(below) if below < layer => {}
                _ => wrong.push(format!("{name} (layer {layer}) must not depend on {inner}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_crates_name_no_edge() {
    let manifests = manifests();
    let mut wrong = Vec::new();
    for name in PURE {
        for dependency in names(&manifests[*name], "dependencies") {
            if EDGE_PARTS.contains(&dependency.as_str()) {
                wrong.push(format!("{name} is pure and must not depend on {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_external_dependency_of_the_workspace_has_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let text = fs::read_to_string(root).unwrap();
    let table = text.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let without: Vec<_> = table
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#') && !line.starts_with("linli-"))
        .filter(|line| !line.contains(" # "))
        .collect();
    assert!(without.is_empty(), "no reason given:\n{}", without.join("\n"));
}
