//! Exactly once: the real process is killed at random moments under load, and what it found is compared with a run
//! nobody disturbed.

use crate::process::{Linli, free_port};
use rand::{Rng, SeedableRng};
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

const KILLS: usize = 12;

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn demo(folder: &Path) -> Linli {
    let address = format!("127.0.0.1:{}", free_port());
    let data = folder.display().to_string();
    Linli::start(&["demo", "--data", &data, "--listen", &address], &address)
}

async fn rows(data: &Path, sql: &str) -> Vec<sea_orm::QueryResult> {
    let url = format!("sqlite://{}?mode=ro", data.join("linli.sqlite").display());
    let db = Database::connect(url).await.unwrap();
    let backend = db.get_database_backend();
    db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap()
}

fn millis(instant: &Value) -> Option<i64> {
    let written = || instant.as_str().map(|t| t.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    instant.as_i64().or_else(written)
}

/// Everything found until `cut`, as it stands: rule, subject, start, end, and the readings behind it.
async fn found(data: &Path, cut: i64) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for row in rows(data, "SELECT id, case_id, body FROM findings").await {
        let finding: Value = serde_json::from_str(&row.try_get::<String>("", "body").unwrap()).unwrap();
        let start = millis(&finding["start"]).unwrap();
        if start > cut {
            continue;
        }
        let case: Option<String> = row.try_get("", "case_id").unwrap();
        let evidence = &finding["evidence"];
        found.insert(
            row.try_get::<String>("", "id").unwrap(),
            json!({
                "rule": finding["rule"], "subject": finding["subject"], "kind": finding["kind"], "start": start,
                "end": millis(&finding["end"]).filter(|e| *e <= cut), "has a case": case.is_some(),
                "deadline": evidence["deadline"], "parameters": evidence["parameters"],
            }),
        );
    }
    found
}

/// Two weeks of the estate: killed over and over while they are told, the same is found as in one go.
#[test]
fn what_is_found_in_two_weeks_is_the_same_however_often_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (calm, killed) = (folder.path().join("calm"), folder.path().join("killed"));
    demo(&calm).kill();
    copied(&calm, &killed);

    let mut undisturbed = demo(&calm);
    undisturbed.wait_up_to(Duration::from_secs(600), "live /");
    undisturbed.stop();

    let seed = std::env::var("LINLI_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(rand::random);
    println!("LINLI_SEED={seed}");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..KILLS {
        let process = demo(&killed);
        std::thread::sleep(Duration::from_millis(random.random_range(50..2_500)));
        process.kill();
    }
    let mut last = demo(&killed);
    last.wait_up_to(Duration::from_secs(600), "live /");
    last.stop();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let told = rows(&calm, "SELECT value FROM settings WHERE key = 'demo_story'").await;
        let told: Value = serde_json::from_str(&told[0].try_get::<String>("", "value").unwrap()).unwrap();
        let until = told["until"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
        // What is settled by then is the same in both; the present was not the same for both.
        let cut = until - 3_600_000;
        let (calm_found, killed_found) = (found(&calm, cut).await, found(&killed, cut).await);
        assert!(calm_found.len() >= 12, "the run is no load: {} findings", calm_found.len());
        let rules: BTreeSet<_> = calm_found.values().map(|f| f["rule"].to_string()).collect();
        assert!(rules.len() >= 4, "few rules found something: {rules:?}");
        for (id, finding) in &calm_found {
            assert_eq!(Some(finding), killed_found.get(id), "{id} was lost or changed (LINLI_SEED={seed})");
        }
        for (id, finding) in &killed_found {
            assert!(calm_found.contains_key(id), "{id} was invented: {finding} (LINLI_SEED={seed})");
        }
    });
}
