//! SS4, SF1, SF2: what a migration does to data that is there, and what it leaves when it fails.

use super::*;
use crate::{SqlStore, looks::chained};
use linli_store::{
    CaseFilter, CaseStore, Change, Commit, Look, PageAsk, PeopleStore, Store, StreamStore, contract::town,
};
use linli_testkit::postgres;
use std::{fs, path::Path};
use tempfile::TempDir;

fn keys() -> Keyring {
    Keyring::from_bytes(&[7; 64])
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("linli.sqlite").display())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|n| !n.ends_with("-wal") && !n.ends_with("-shm")).collect();
    names.sort();
    names
}

fn look() -> Look {
    Look {
        at: linli_model::Instant(1_795_420_800_000),
        user: linli_model::UserId(uuid::Uuid::nil()),
        role: "cadre".into(),
        person: "p".into(),
        purpose: "care_visit".into(),
        case: None,
        reason: String::new(),
    }
}

/// A case with the words it was found by before step 16.
async fn old_case(tx: &Transaction) {
    let (case, _) = town::case(7, town::ESTATE);
    let sql = "INSERT INTO cases (id, number, version, class, stage, is_open, area_path, owner_user, owner_post, severity, \
               round, returned, broken, opened_at, updated_at, body) \
               VALUES ($1, $2, 1, $3, 'received', 1, $4, $5, $6, 1, 1, 0, 0, $7, $7, $8)";
    let values = vec![
        case.id.to_string().into(),
        case.number.as_str().into(),
        case.class.as_str().into(),
        case.area_path.as_str().into(),
        case.owner.user.to_string().into(),
        case.owner.post.to_string().into(),
        case.opened_at.millis().into(),
        serde_json::to_string(&case).unwrap().into(),
    ];
    tx.run(sql, values).await.unwrap();
    for term in ["电", "梯", "电梯", "é"] {
        let sql = "INSERT INTO case_terms (term, case_id) VALUES ($1, $2)";
        tx.run(sql, vec![term.into(), case.id.to_string().into()]).await.unwrap();
    }
}

/// Nothing becomes unfindable by a migration.
async fn old_case_is_found(store: &SqlStore) {
    let (case, _) = town::case(7, town::ESTATE);
    let end = &case.number[case.number.len() - 13..];
    for (asked, found) in [("电梯", 1), ("电 é", 1), ("e", 0), ("楼道", 0), (end, 1), ("20261123-0008", 0)]
    {
        let within = vec![linli_model::AreaPath(town::STREET.into())];
        let all = CaseFilter::all_within(within, linli_model::Instant(0));
        // With somebody's own cases besides, no place leads: the words do.
        let me = Some(linli_model::UserId(uuid::Uuid::nil()));
        let filter = CaseFilter { text: Some(asked.into()), me, ..all };
        let page = store.cases(&filter, &PageAsk::first(9)).await.unwrap();
        assert_eq!(page.items.len(), found, "{asked}");
    }
}

/// A database as the program left it before step 3: two registry changes, two looks and a case.
async fn at_step_two(db: &Connections) {
    bring(db, &keys(), &STEPS[..2]).await.unwrap();
    let tx = db.begin().await.unwrap();
    let removed = r#"{"rule_removed":{"rule":"r"}}"#;
    for _ in 0..2 {
        let sql = "INSERT INTO registry_changes (effective_at, body) VALUES (0, $1)";
        tx.run(sql, vec![removed.into()]).await.unwrap();
    }
    old_case(&tx).await;
    let mut before = String::new();
    for seq in 1..=2u64 {
        let (look, body) = (look(), serde_json::to_string(&look()).unwrap());
        before = chained(&before, seq, &body);
        let sql =
            "INSERT INTO access_log (seq, at, person, user_id, body, hash) VALUES ($1, $2, $3, $4, $5, $6)";
        let values = vec![
            (seq as i64).into(),
            look.at.millis().into(),
            look.person.into(),
            look.user.to_string().into(),
            body.into(),
            before.as_str().into(),
        ];
        tx.run(sql, values).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn written_to(store: &SqlStore) {
    let change = linli_model::RegistryChange::RuleRemoved { rule: "r".into() };
    let registry = Change::Registry { effective_at: linli_model::Instant(0), change: Box::new(change) };
    let commit = Commit { changes: vec![Change::LookAdd(look()), registry], ..Commit::default() };
    store.commit(commit).await.unwrap();
    let seqs: Vec<u64> = store.registry_after(0, 9).await.unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(seqs, [1, 2, 3], "numbers go on");
    let verdict = store.verify_looks().await.unwrap();
    assert_eq!((verdict.entries, verdict.broken_at), (3, None), "the chain goes on");
    old_case_is_found(store).await;
}

async fn step_of(url: &str) -> i64 {
    let db = Connections::open(url).await.unwrap();
    let row = db.find("SELECT MAX(number) FROM schema_steps", vec![]).await.unwrap().unwrap();
    get(&row, 0).unwrap()
}

#[test]
fn steps_are_numbered_from_one_without_gaps() {
    assert!(STEPS.iter().zip(1..).all(|(step, n)| step.number == n));
}

#[tokio::test]
async fn an_older_file_is_copied_then_brought_to_the_newest_step() {
    let folder = tempfile::tempdir().unwrap();
    at_step_two(&Connections::open(&url(&folder)).await.unwrap()).await;
    let store = SqlStore::open(&url(&folder), keys()).await.unwrap();
    written_to(&store).await;
    let copy = folder.path().join("linli.sqlite.before-step-3");
    assert_eq!(names(folder.path()), ["linli.sqlite", "linli.sqlite.before-step-3", "linli.sqlite.lock"]);
    let copied = format!("sqlite://{}", copy.display());
    assert_eq!(step_of(&copied).await, 2);
    let db = Connections::open(&copied).await.unwrap();
    assert_eq!(db.all("SELECT seq FROM access_log", vec![]).await.unwrap().len(), 2);
    drop(store);
    SqlStore::open(&url(&folder), keys()).await.unwrap();
    assert!(!folder.path().join("linli.sqlite.before-step-6").exists(), "nothing to do, nothing to copy");
}

#[tokio::test]
async fn a_new_file_needs_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    SqlStore::open(&url(&folder), keys()).await.unwrap();
    assert_eq!(names(folder.path()), ["linli.sqlite", "linli.sqlite.lock"]);
}

/// SF2: neither a copy of another day nor one that was cut short is taken for this one.
#[tokio::test]
async fn an_old_or_unfinished_copy_is_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    at_step_two(&Connections::open(&url(&folder)).await.unwrap()).await;
    let old = folder.path().join("linli.sqlite.before-step-3");
    fs::write(&old, "of another day").unwrap();
    fs::write(folder.path().join("linli.sqlite.before-step-3.2.unfinished"), "cut sh").unwrap();
    SqlStore::open(&url(&folder), keys()).await.unwrap();
    assert_eq!(fs::read_to_string(&old).unwrap(), "of another day");
    let copy = folder.path().join("linli.sqlite.before-step-3.2");
    assert_eq!(step_of(&format!("sqlite://{}", copy.display())).await, 2);
    assert!(!names(folder.path()).iter().any(|n| n.ends_with(".unfinished")));
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_step_before_it_and_the_copy() {
    let folder = tempfile::tempdir().unwrap();
    let db = Connections::open(&url(&folder)).await.unwrap();
    at_step_two(&db).await;
    let wrong = |_| {
        "CREATE TABLE half (a BIGINT); INSERT INTO half VALUES (1); INSERT INTO nowhere VALUES (1);"
            .to_owned()
    };
    let steps = [
        Step { number: 1, sql: first },
        Step { number: 2, sql: guarded_looks },
        Step { number: 3, sql: wrong },
    ];
    bring(&db, &keys(), &steps).await.unwrap_err();
    assert!(db.all("SELECT * FROM half", vec![]).await.is_err(), "nothing of it is left");
    drop(db);
    assert_eq!(step_of(&url(&folder)).await, 2);
    assert!(folder.path().join("linli.sqlite.before-step-3").exists());
    written_to(&SqlStore::open(&url(&folder), keys()).await.unwrap()).await;
}

#[tokio::test]
async fn a_newer_file_is_refused_in_two_languages_and_left_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqlStore::open(&url(&folder), keys()).await.unwrap());
    let db = Connections::open(&url(&folder)).await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.run("INSERT INTO schema_steps (number) VALUES (999)", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    let before = fs::read(folder.path().join("linli.sqlite")).unwrap();
    let refused = SqlStore::open(&url(&folder), keys()).await.err().unwrap();
    assert_eq!((refused.code(), refused.retry), ("data_newer", false));
    let said = &refused.said.as_ref().unwrap().1;
    assert!(said.zh.contains("(999)") && said.zh.contains("新") && said.en.contains("step 999"), "{said:?}");
    assert!(said.en.contains("untouched"));
    assert!(fs::read(folder.path().join("linli.sqlite")).unwrap() == before);
    assert_eq!(names(folder.path()), ["linli.sqlite", "linli.sqlite.lock"], "no copy was made");
}

/// SF1
#[tokio::test]
async fn a_file_that_is_open_elsewhere_is_not_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let running = Connections::open(&url(&folder)).await.unwrap();
    at_step_two(&running).await;
    running.share().unwrap();
    let refused = SqlStore::open(&url(&folder), keys()).await.err().unwrap();
    assert_eq!(refused.code(), "data_in_use");
    let said = &refused.said.as_ref().unwrap().1;
    assert!(said.zh.contains("正在使用") && said.en.contains("Stop that one first"), "{said:?}");
    assert_eq!(step_of(&url(&folder)).await, 2);
    drop(running);
    written_to(&SqlStore::open(&url(&folder), keys()).await.unwrap()).await;
}

/// A backup or a check may look in while the service runs.
#[tokio::test]
async fn several_may_have_the_newest_file_open() {
    let folder = tempfile::tempdir().unwrap();
    let address = url(&folder);
    let opened = futures::future::join_all((0..6).map(|_| SqlStore::open(&address, keys()))).await;
    for store in opened {
        store.unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn several_may_start_on_an_empty_postgres_together() {
    let Some(server) = postgres::shared() else { return };
    let address = server.database("started_together");
    let opened = futures::future::join_all((0..6).map(|_| SqlStore::open(&address, keys()))).await;
    for store in opened {
        store.unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn an_older_postgres_is_brought_to_the_newest_step() {
    let Some(server) = postgres::shared() else { return };
    let address = server.database("older");
    at_step_two(&Connections::open(&address).await.unwrap()).await;
    written_to(&SqlStore::open(&address, keys()).await.unwrap()).await;
}

#[tokio::test]
async fn a_newer_postgres_is_refused_in_two_languages() {
    let Some(server) = postgres::shared() else { return };
    let address = server.database("newer");
    drop(SqlStore::open(&address, keys()).await.unwrap());
    let db = Connections::open(&address).await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.run("INSERT INTO schema_steps (number) VALUES (999)", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    let refused = SqlStore::open(&address, keys()).await.err().unwrap();
    assert_eq!(refused.code(), "data_newer");
    assert!(refused.said.unwrap().1.zh.contains("拒绝"));
}

/// SS1: a PostgreSQL that would lose what was acknowledged is refused by name.
#[tokio::test]
async fn a_postgres_that_does_not_wait_for_its_disk_is_refused() {
    let Some(server) = postgres::shared() else { return };
    let address = server.database("careless");
    let db = Connections::open(&address).await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.script("ALTER DATABASE careless SET synchronous_commit = off").await.unwrap();
    tx.commit().await.unwrap();
    let refused = SqlStore::open(&address, keys()).await.err().unwrap();
    assert_eq!(refused.code(), "database_setting_wrong");
    assert!(refused.what.contains("synchronous_commit is off"), "{}", refused.what);
}

#[tokio::test]
async fn a_file_that_is_no_database_or_not_there_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("linli.sqlite"), vec![b'x'; 8_192]).unwrap();
    let refused = SqlStore::open(&url(&folder), keys()).await.err().unwrap();
    assert_eq!((refused.code(), refused.retry), ("data_damaged", false));
    let nowhere = format!("sqlite://{}/none/linli.sqlite", folder.path().display());
    let refused = SqlStore::open(&nowhere, keys()).await.err().unwrap();
    assert_eq!(refused.code(), "data_unreachable");
    assert!(refused.said.unwrap().1.zh.contains("数据目录"));
}

/// Addresses are percent-encoded; names of folders are not.
#[tokio::test]
async fn a_folder_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("街道 100%?#'");
    fs::create_dir(&inside).unwrap();
    let address = crate::file_address(&inside.join("linli.sqlite"));
    at_step_two(&Connections::open(&address).await.unwrap()).await;
    let store = SqlStore::open(&address, keys()).await.unwrap();
    written_to(&store).await;
    store.copy_to(&inside.join("copy.sqlite")).await.unwrap().unwrap();
    assert_eq!(
        names(&inside),
        ["copy.sqlite", "linli.sqlite", "linli.sqlite.before-step-3", "linli.sqlite.lock"]
    );
    let again = store.copy_to(&inside.join("copy.sqlite")).await.unwrap_err();
    assert_eq!(again.code(), "copy_exists");
    assert_eq!(store.looks(&PageAsk::first(9)).await.unwrap().items.len(), 3);
}
