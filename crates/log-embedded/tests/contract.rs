//! The port's suite, over real files and over files in memory with tiny segments.

mod disk;

use linli_log::Log;
use linli_log_embedded::{EmbeddedLog, LogOptions};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn the_embedded_log_keeps_the_contract_on_disk() {
    let folders = Mutex::new(vec![]);
    linli_log::contract::every_promise(|| async {
        let folder = tempfile::tempdir().unwrap();
        let log = EmbeddedLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(log) as Arc<dyn Log>
    })
    .await;
}

#[tokio::test]
async fn the_embedded_log_keeps_the_contract_with_a_segment_per_frame() {
    let options = LogOptions { segment_bytes: 1, ..LogOptions::default() };
    linli_log::contract::every_promise(|| async {
        let log = EmbeddedLog::open_over(Arc::new(disk::Disk::default()), options.clone()).unwrap();
        Arc::new(log) as Arc<dyn Log>
    })
    .await;
}

/// FL2
#[tokio::test]
async fn a_folder_is_open_once_at_a_time_and_says_so_in_two_languages() {
    let folder = tempfile::tempdir().unwrap();
    let first = EmbeddedLog::open(folder.path(), LogOptions::default()).unwrap();
    for _ in 0..2 {
        let refused = EmbeddedLog::open(folder.path(), LogOptions::default()).err().unwrap();
        assert_eq!((refused.code(), refused.retry), ("folder_in_use", false));
        let said = refused.said.unwrap().1;
        assert!(said.zh.contains("正在使用") && said.en.contains("stop that one first"));
    }
    first.append(vec![linli_log::contract::tick(1)]).await.unwrap();
    drop(first);
    assert_eq!(EmbeddedLog::open(folder.path(), LogOptions::default()).unwrap().last().await.unwrap(), 1);
}
