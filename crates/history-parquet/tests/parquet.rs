//! The port's suite over real files and over memory, what a crash may leave, and DuckDB reading the files.

use jiff::tz::TimeZone;
use linli_history::{
    History, HistoryQuery, PositionRange,
    contract::{MORNING, row},
};
use linli_history_parquet::{ParquetHistory, folder_of};
use linli_model::{AreaId, Instant, Millis, Value, time::DEFAULT_ZONE};
use object_store::memory::InMemory;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};

fn zone() -> TimeZone {
    TimeZone::get(DEFAULT_ZONE).unwrap()
}

fn always() -> HistoryQuery {
    HistoryQuery::between(Instant(0), MORNING + Millis::days(1_000))
}

fn range(from: u64, to: u64) -> PositionRange {
    PositionRange { from, to }
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn the_parquet_history_keeps_the_contract_in_files() {
    let folders = Mutex::new(vec![]);
    linli_history::contract::every_promise(|| async {
        let folder = tempfile::tempdir().unwrap();
        let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(history) as Arc<dyn History>
    })
    .await;
}

#[tokio::test]
async fn the_parquet_history_keeps_the_contract_in_an_object_store() {
    linli_history::contract::every_promise(|| async {
        Arc::new(ParquetHistory::open(Arc::new(InMemory::new()), zone()).await.unwrap()) as Arc<dyn History>
    })
    .await;
}

#[tokio::test]
async fn files_lie_by_area_and_local_day_and_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<_> = [0, 15 * 60 + 59, 16 * 60]
        .map(|minutes| row(7, "310104011012", "d1", minutes, Value::Number(0.3)))
        .into();
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    history.add(range(5, 9), rows.clone()).await.unwrap();
    drop(history);
    let part = "part-000000000005-000000000009.parquet";
    let area = AreaId::new("310104011012");
    for day in ["2026-11-23", "2026-11-24"] {
        let file = folder.path().join(folder_of(&area, day.parse().unwrap())).join(part);
        assert!(file.is_file(), "{} is missing", file.display());
    }
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    assert_eq!(history.read(&always()).await.unwrap(), rows);
}

#[tokio::test]
async fn compaction_leaves_one_file_a_day_and_retention_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    for n in 1..=6 {
        let rows = vec![row(n, "a1", "d1", n as i64, Value::Number(1.0))];
        history.add(range(n, n), rows).await.unwrap();
    }
    assert_eq!(parquet_files(folder.path()).len(), 6);
    assert_eq!(history.compact("2026-11-23".parse().unwrap()).await.unwrap(), 0, "the day is not over");
    assert_eq!(history.compact("2026-11-24".parse().unwrap()).await.unwrap(), 5);
    assert_eq!(parquet_files(folder.path()).len(), 1);
    assert_eq!(history.drop_days("2026-11-24".parse().unwrap()).await.unwrap(), 1);
    assert!(parquet_files(folder.path()).is_empty());
}

#[tokio::test]
async fn a_crash_between_joining_and_removing_doubles_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    for n in 1..=4 {
        let rows = vec![row(n, "a1", "d1", n as i64, Value::Number(n as f64))];
        history.add(range(n, n), rows).await.unwrap();
    }
    let small: Vec<_> =
        parquet_files(folder.path()).into_iter().map(|p| (p.clone(), std::fs::read(p).unwrap())).collect();
    history.compact("2026-11-24".parse().unwrap()).await.unwrap();
    drop(history);
    for (path, bytes) in &small {
        std::fs::write(path, bytes).unwrap();
    }
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    assert_eq!(history.read(&always()).await.unwrap().len(), 4);
    assert_eq!(parquet_files(folder.path()).len(), 1, "what was joined is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_on_while_parts_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let history = Arc::new(ParquetHistory::open_folder(folder.path(), zone()).await.unwrap());
    for n in 1..=40 {
        let rows = vec![row(n, "a1", "d1", n as i64, Value::Number(n as f64))];
        history.add(range(n, n), rows).await.unwrap();
    }
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let history = history.clone();
        readers.spawn(async move {
            for _ in 0..10 {
                assert_eq!(history.read(&always()).await.unwrap().len(), 40);
            }
        });
    }
    assert_eq!(history.compact("2026-11-24".parse().unwrap()).await.unwrap(), 39);
    readers.join_all().await;
}

#[tokio::test]
async fn a_damaged_part_is_a_fault_and_not_an_empty_answer() {
    let folder = tempfile::tempdir().unwrap();
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    history.add(range(1, 1), vec![row(1, "a1", "d1", 0, Value::Number(1.0))]).await.unwrap();
    let file = parquet_files(folder.path()).remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&file, bytes).unwrap();
    let told = history.read(&always()).await.unwrap_err();
    assert_eq!((told.code(), told.retry), ("history_unreadable", false));
    let day = row(1, "a1", "d1", 0, Value::Number(1.0)).reading.observed_at.day_in(&zone()).to_string();
    let said = told.said.unwrap().1;
    assert!(said.zh.contains(&day) && said.en.contains(&day), "{said:?}");
}

/// The interpreter that has the `duckdb` wheel: named by the variable, else the system's.
fn python_with_duckdb() -> Option<String> {
    let python = std::env::var("LINLI_DUCKDB_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import duckdb"]).output();
    found.is_ok_and(|o| o.status.success()).then_some(python)
}

#[tokio::test]
async fn duckdb_reads_the_files_as_they_lie() {
    let Some(python) = python_with_duckdb() else {
        let required = std::env::var("LINLI_REQUIRE_SERVERS").is_ok_and(|v| v == "1");
        assert!(!required, "no Python with the duckdb wheel, and LINLI_REQUIRE_SERVERS=1");
        println!("SKIP no Python with the duckdb wheel (LINLI_DUCKDB_PYTHON names one)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let history = ParquetHistory::open_folder(folder.path(), zone()).await.unwrap();
    for n in 1..=50 {
        let rows = vec![
            row(n, "a1", "door", n as i64, Value::Flag(n % 2 == 0)),
            row(n, "a2", "pump", n as i64 * 60, Value::Number(n as f64 / 100.0)),
            row(n, "a2", "gate", n as i64, Value::Text("卡A".into())),
        ];
        history.add(range(n, n), rows).await.unwrap();
    }
    history.add(range(40, 50), vec![]).await.unwrap();
    let sql = format!(
        "select area, count(*) as n, count(distinct day) as days, round(sum(value), 3) as total, min(text) as text, \
         cast(min(observed_at) at time zone 'UTC' as varchar) as first \
         from read_parquet('{}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false) \
         group by area order by area",
        folder.path().display()
    );
    let script =
        "import duckdb, json, sys\nprint(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), ensure_ascii=False))";
    let output = Command::new(python).args(["-c", script, &sql]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        r#"[["a1", 39, 1, 19.0, null, "2026-11-23 00:01:00"], ["a2", 78, 2, 7.8, "卡A", "2026-11-23 00:01:00"]]"#
    );
}
