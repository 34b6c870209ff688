//! The suite every implementation of blobs is run through. `open` gives a new, empty one each time.

use crate::{BlobId, Blobs};
use std::{future::Future, sync::Arc};

pub async fn every_promise<F, Fut>(open: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Blobs>>,
{
    an_id_is_the_hash_of_the_content(&*open().await).await;
    putting_twice_keeps_one(&*open().await).await;
    what_is_not_there_is_none_and_no_error(&*open().await).await;
    deleting_forgets(&*open().await).await;
    many_senders_of_the_same_content_agree(open().await).await;
}

async fn an_id_is_the_hash_of_the_content(blobs: &dyn Blobs) {
    let id = blobs.put(b"abc".to_vec()).await.unwrap();
    assert_eq!(id.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(blobs.get(&id).await.unwrap().unwrap(), b"abc");
    let empty = blobs.put(vec![]).await.unwrap();
    assert_eq!(blobs.get(&empty).await.unwrap().unwrap(), b"");
}

async fn putting_twice_keeps_one(blobs: &dyn Blobs) {
    let bytes = vec![7; 100_000];
    let first = blobs.put(bytes.clone()).await.unwrap();
    assert_eq!(blobs.put(bytes.clone()).await.unwrap(), first);
    assert_eq!(blobs.list().await.unwrap(), vec![first.clone()]);
    assert_eq!(blobs.get(&first).await.unwrap().unwrap(), bytes);
}

async fn what_is_not_there_is_none_and_no_error(blobs: &dyn Blobs) {
    let id = BlobId::of(b"never put");
    assert_eq!(blobs.get(&id).await.unwrap(), None);
    assert!(!blobs.exists(&id).await.unwrap());
    assert!(!blobs.delete(&id).await.unwrap());
}

async fn deleting_forgets(blobs: &dyn Blobs) {
    let id = blobs.put(b"photo".to_vec()).await.unwrap();
    let other = blobs.put(b"other".to_vec()).await.unwrap();
    assert!(blobs.exists(&id).await.unwrap());
    assert!(blobs.delete(&id).await.unwrap());
    assert_eq!(blobs.get(&id).await.unwrap(), None);
    assert_eq!(blobs.list().await.unwrap(), vec![other]);
    assert_eq!(blobs.put(b"photo".to_vec()).await.unwrap(), id, "and it may come back");
}

async fn many_senders_of_the_same_content_agree(blobs: Arc<dyn Blobs>) {
    let mut together = tokio::task::JoinSet::new();
    for n in 0..16_u8 {
        let blobs = blobs.clone();
        together.spawn(async move { blobs.put(vec![n % 4; 5_000]).await.unwrap() });
    }
    let mut ids = together.join_all().await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids, blobs.list().await.unwrap());
    assert_eq!(ids.len(), 4);
}
