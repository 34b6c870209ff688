//! What the log answers when the disk is full, a sync fails, a file is damaged, or the folder is not ours.

mod disk;

use disk::{Disk, SyncPoint, Trouble};
use linli_log::{Log, contract::batch};
use linli_log_embedded::{EmbeddedLog, LogOptions};
use linli_model::Fault;
use std::sync::Arc;

fn open(disk: &Disk) -> Result<EmbeddedLog, Fault> {
    let options = LogOptions { segment_bytes: 4_000, salt: 1 };
    EmbeddedLog::open_over(Arc::new(disk.clone()), options)
}

/// Five entries, one frame each, in one or two segments.
async fn five_entries() -> Disk {
    let disk = Disk::default();
    let log = open(&disk).unwrap();
    for n in 1..=5 {
        log.append(vec![batch(n, 3)]).await.unwrap();
    }
    disk
}

/// The same files with one changed.
fn with_changed(disk: &Disk, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Disk {
    let mut image = disk.contents();
    change(image.files.get_mut(name).unwrap());
    Disk::of_image(&image)
}

const FIRST: &str = "00000000000000000001.seg";

fn code_of(opened: Result<EmbeddedLog, Fault>) -> &'static str {
    opened.map(drop).unwrap_err().code()
}

#[tokio::test]
async fn a_full_disk_refuses_writes_reads_on_and_recovers() {
    let disk = Disk::default();
    let log = open(&disk).unwrap();
    log.append(vec![batch(1, 3)]).await.unwrap();
    disk.state().space_left = Some(300);
    for _ in 0..3 {
        let fault = log.append(vec![batch(2, 40)]).await.unwrap_err();
        assert!(fault.retry, "space may come back");
        assert_eq!(fault.code(), "disk_full");
        let said = fault.said.unwrap().1;
        assert!(said.zh.contains("磁盘空间已满") && said.en.contains("disk is full"));
    }
    assert_eq!(log.read(0, 10).await.unwrap(), vec![(1, batch(1, 3))]);
    disk.state().space_left = None;
    assert_eq!(log.append(vec![batch(3, 40)]).await.unwrap(), 2);
    drop(log);
    let read = open(&disk).unwrap().read(0, 10).await.unwrap();
    assert_eq!(read, vec![(1, batch(1, 3)), (2, batch(3, 40))]);
}

#[tokio::test]
async fn a_full_disk_at_a_new_segment_recovers_too() {
    let disk = Disk::default();
    let log = open(&disk).unwrap();
    log.append(vec![batch(1, 80)]).await.unwrap();
    disk.state().space_left = Some(10);
    assert_eq!(log.append(vec![batch(2, 1)]).await.unwrap_err().code(), "disk_full");
    disk.state().space_left = None;
    assert_eq!(log.append(vec![batch(2, 1)]).await.unwrap(), 2);
    drop(log);
    assert_eq!(open(&disk).unwrap().last().await.unwrap(), 2);
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged_until_reopened() {
    let disk = Disk::default();
    let log = open(&disk).unwrap();
    log.append(vec![batch(1, 3)]).await.unwrap();
    disk.state().trouble = Some((SyncPoint::Frame, Trouble::Failed));
    for n in 2..5 {
        // The disk works again after the first failure; the log must not believe it.
        let fault = log.append(vec![batch(n, 3)]).await.unwrap_err();
        assert!(!fault.retry);
        assert_eq!(fault.code(), "log_read_only");
    }
    assert_eq!(log.last().await.unwrap(), 1);
    assert_eq!(*log.appended().borrow(), 1, "nobody is told of what is not durable");
    assert_eq!(log.read(0, 10).await.unwrap().len(), 1, "reading goes on");
    drop(log);
    let log = open(&disk).unwrap();
    let last = log.last().await.unwrap();
    assert_eq!(log.append(vec![batch(9, 3)]).await.unwrap(), last + 1);
}

#[tokio::test]
async fn a_torn_last_frame_is_cut_off() {
    let disk = five_entries().await;
    let torn = with_changed(&disk, FIRST, |bytes| bytes.truncate(bytes.len() - 1));
    let log = open(&torn).unwrap();
    assert_eq!(log.last().await.unwrap(), 4);
    assert_eq!(log.append(vec![batch(5, 3)]).await.unwrap(), 5);
}

#[tokio::test]
async fn damage_to_an_acknowledged_frame_is_refused_and_not_cut_off() {
    let disk = five_entries().await;
    let damaged = with_changed(&disk, FIRST, |bytes| bytes[200] ^= 1);
    assert_eq!(code_of(open(&damaged)), "log_damaged");
    let unharmed = damaged.contents().files[FIRST].len();
    assert_eq!(unharmed, disk.contents().files[FIRST].len(), "nothing was cut off");
}

#[tokio::test]
async fn a_missing_segment_is_told_and_not_skipped() {
    let disk = Disk::default();
    let log = open(&disk).unwrap();
    for n in 1..=30 {
        log.append(vec![batch(n, 10)]).await.unwrap();
    }
    drop(log);
    let mut image = disk.contents();
    let names: Vec<_> = image.files.keys().cloned().collect();
    assert!(names.len() > 3, "{names:?}");
    image.files.remove(&names[1]);
    let log = open(&Disk::of_image(&image)).unwrap();
    let mut after = 0;
    let told = loop {
        match log.read(after, 5).await {
            Ok(more) => after = more.last().unwrap().0,
            Err(fault) => break fault,
        }
    };
    assert_eq!(told.code(), "log_damaged");
}

#[tokio::test]
async fn a_folder_of_a_newer_version_is_refused_unchanged() {
    let disk = five_entries().await;
    let newer = with_changed(&disk, FIRST, |bytes| bytes[8] = 2);
    newer.state().ops.clear();
    assert_eq!(code_of(open(&newer)), "log_newer_format");
    assert!(newer.state().ops.is_empty(), "nothing was written");
}

#[tokio::test]
async fn a_frame_inside_a_reading_is_not_taken_for_one() {
    // A sender copies a whole frame out of its own log and sends it as a text; the salt differs.
    let other = Disk::default();
    let log = EmbeddedLog::open_over(Arc::new(other.clone()), LogOptions::default()).unwrap();
    log.append(vec![batch(1, 1)]).await.unwrap();
    let frame = other.contents().files[FIRST][40..].to_vec();
    let disk = five_entries().await;
    let torn = with_changed(&disk, FIRST, |bytes| {
        let at = bytes.len() - 30;
        bytes.truncate(at);
        bytes.extend_from_slice(&frame);
    });
    assert_eq!(open(&torn).unwrap().last().await.unwrap(), 4);
}

#[tokio::test]
async fn a_folder_is_open_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = EmbeddedLog::open(folder.path(), LogOptions::default()).unwrap();
    assert!(EmbeddedLog::open(folder.path(), LogOptions::default()).is_err());
    first.append(vec![batch(1, 1)]).await.unwrap();
    drop(first);
    let again = EmbeddedLog::open(folder.path(), LogOptions::default()).unwrap();
    assert_eq!(again.read(0, 9).await.unwrap(), vec![(1, batch(1, 1))]);
}

/// `LINLI_SMALL_DISK` names a folder on a real file system of a few megabytes, e.g. a tmpfs.
#[tokio::test]
async fn a_real_full_disk_refuses_writes_and_recovers() {
    let Some(small) = std::env::var_os("LINLI_SMALL_DISK") else {
        println!("SKIP no small file system (LINLI_SMALL_DISK names a folder on one)");
        return;
    };
    let folder = tempfile::tempdir_in(small).unwrap();
    let log = EmbeddedLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
    let mut kept = 0;
    let fault = loop {
        match log.append(vec![batch(kept as i64 + 1, 2_000)]).await {
            Ok(last) => kept = last,
            Err(fault) => break fault,
        }
        assert!(kept < 1_000, "the file system is not small");
    };
    assert_eq!((fault.code(), fault.retry), ("disk_full", true));
    drop(log);
    let log = EmbeddedLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
    assert_eq!(log.last().await.unwrap(), kept, "what was acknowledged is there, what was refused is not");
    assert_eq!(log.read(kept - 1, 1).await.unwrap(), vec![(kept, batch(kept as i64, 2_000))]);
    assert_eq!(log.append(vec![batch(0, 2_000)]).await.unwrap_err().code(), "disk_full");
}
