//! The port's suite over a folder, and what a folder does with what a crash or a bad disk left.

use linli_blobs::{BlobId, Blobs};
use linli_blobs_files::FileBlobs;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn the_file_blobs_keep_the_contract() {
    let folders = Mutex::new(vec![]);
    linli_blobs::contract::every_promise(|| async {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(folder.path()).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(blobs) as Arc<dyn Blobs>
    })
    .await;
}

#[tokio::test]
async fn blobs_are_found_again_and_half_written_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let id = FileBlobs::open(folder.path()).unwrap().put(b"kept".to_vec()).await.unwrap();
    std::fs::write(folder.path().join("77-0.tmp"), b"half").unwrap();
    let blobs = FileBlobs::open(folder.path()).unwrap();
    assert_eq!(blobs.get(&id).await.unwrap().unwrap(), b"kept");
    assert_eq!(blobs.list().await.unwrap(), vec![id]);
    assert!(!folder.path().join("77-0.tmp").exists());
}

#[tokio::test]
async fn a_damaged_blob_is_a_fault_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(folder.path()).unwrap();
    let id = blobs.put(b"photo".to_vec()).await.unwrap();
    std::fs::write(folder.path().join(&id.as_str()[..2]).join(id.as_str()), b"phot0").unwrap();
    let fault = blobs.get(&id).await.unwrap_err();
    assert_eq!((fault.code(), fault.retry), ("blob_damaged", false));
}

#[test]
fn an_id_from_outside_cannot_name_a_path() {
    for bad in ["", "..", "../../etc/passwd", &"a".repeat(63), &"A".repeat(64), &"g".repeat(64)] {
        assert!(bad.parse::<BlobId>().is_err(), "{bad}");
        assert!(BlobId::try_from(bad.to_owned()).is_err());
    }
}
