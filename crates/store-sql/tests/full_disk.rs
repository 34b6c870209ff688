//! A disk that is really full: a small tmpfs, mounted for a child of this test alone.

use linli_model::AreaPath;
use linli_store::{
    CaseFilter, CaseStore, Change, CommitError, PageAsk, PeopleStore, Store, Tab,
    contract::town::{ESTATE, MORNING, STREET, case_as, commit_of, look, person_id},
};
use linli_store_sql::{Keyring, SqlStore, file_address};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the child finds its small disk.
const SMALL_DISK: &str = "LINLI_SMALL_DISK";

/// Runs one test of this binary with a disk of so many bytes; says why where that cannot be.
fn on_a_small_disk(test: &str, bytes: u32) -> Option<PathBuf> {
    if let Ok(disk) = std::env::var(SMALL_DISK) {
        return Some(disk.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=\"$1\" tmpfs \"$2\" 2>/dev/null || exit 77; exec \"$3\" --exact \"$4\" --nocapture";
    let mut child = Command::new("unshare");
    if fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) != 0) {
        child.args(["--user", "--map-root-user"]);
    }
    child.args(["--mount", "sh", "-c", script, "sh", &bytes.to_string()]).arg(folder.path());
    child.arg(std::env::current_exe().unwrap()).arg(test).env(SMALL_DISK, folder.path());
    match child.output() {
        Ok(done) if done.status.success() => {
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(said.contains("1 passed"), "{said}");
        }
        Ok(done) if done.status.code() == Some(77) || done.stdout.is_empty() => {
            println!("SKIP a small disk cannot be mounted here: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(done) => {
            panic!("{}\n{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
        }
        Err(e) => println!("SKIP unshare is not installed: {e}"),
    }
    None
}

async fn opened(disk: &Path) -> SqlStore {
    let url = file_address(&disk.join("linli.sqlite"));
    SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap()
}

/// A case of some kilobytes, with a look.
async fn write(store: &SqlStore, n: u32) -> Result<(), CommitError> {
    let text: String =
        (0..200u32).map(|i| char::from_u32(0x4e00 + (n * 31 + i * 7) % 20_000).unwrap()).collect();
    let (_, opening) = case_as(n, ESTATE, |c| c.text = text);
    store.commit(commit_of(vec![opening, Change::LookAdd(look(n, person_id(n)))])).await.map(drop)
}

async fn cases(store: &SqlStore) -> u64 {
    let filter = CaseFilter::all_within(vec![AreaPath(STREET.into())], MORNING);
    let counted = store.case_counts(&filter).await.unwrap()[&Tab::All];
    assert!(!store.cases(&filter, &PageAsk::first(5)).await.unwrap().items.is_empty());
    counted
}

async fn is_whole(store: &SqlStore, acknowledged: u32) {
    assert_eq!(cases(store).await, u64::from(acknowledged), "all that was acknowledged, and nothing else");
    let chain = store.verify_looks().await.unwrap();
    assert_eq!((chain.entries, chain.broken_at), (u64::from(acknowledged), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_says_so_loses_nothing_and_goes_on_when_there_is_room() {
    let name = "a_full_disk_says_so_loses_nothing_and_goes_on_when_there_is_room";
    let Some(disk) = on_a_small_disk(name, 8_000_000) else { return };
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![0u8; 4_000_000]).unwrap();
    let store = opened(&disk).await;
    let (mut acknowledged, mut refused) = (0, 0);
    // SQLite may find room in its own files once or twice before it finds none any more.
    while refused < 3 {
        match write(&store, acknowledged + 1).await {
            Ok(()) => (acknowledged, refused) = (acknowledged + 1, 0),
            Err(CommitError::Fault(fault)) => {
                assert_eq!((fault.code(), fault.retry), ("disk_full", true), "{}", fault.what);
                let said = fault.said.unwrap().1;
                assert!(said.zh.contains("磁盘空间已满") && said.en.contains("disk is full"));
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
        assert!(acknowledged < 5_000, "the disk is small");
    }
    assert!(acknowledged > 3);
    is_whole(&store, acknowledged).await;
    let fault = store.copy_to(&disk.join("copy.sqlite")).await.unwrap_err();
    assert_eq!(fault.code(), "disk_full");
    let left = fs::read_dir(&disk).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(!left.into_iter().any(|name| name.starts_with("copy")), "half a copy takes no room");

    fs::remove_file(&ballast).unwrap();
    for _ in 0..5 {
        write(&store, acknowledged + 1).await.unwrap();
        acknowledged += 1;
    }
    is_whole(&store, acknowledged).await;
    drop(store);
    is_whole(&opened(&disk).await, acknowledged).await;
}
