//! What retention drops, and what stays whole when it did.

use super::town::*;
use crate::{Change, Commit, Idempotency, Look, PageAsk, Session, Store, commit::Forget};
use linli_model::Instant;

fn under_key(key: &str, at: Instant) -> Commit {
    let idempotency = Idempotency { key: key.into(), request: "r".into(), body: key.into() };
    Commit { at, idempotency: Some(idempotency), ..Commit::default() }
}

pub async fn sessions_and_keys_are_forgotten_when_they_are_old(store: &dyn Store) {
    let session = |token: &str, until: i64| {
        Change::SessionSet(Session {
            token_hash: token.into(),
            user: user_id(1),
            csrf: "c".into(),
            created_at: MORNING,
            expires_at: minute(until),
        })
    };
    put(store, vec![Change::UserSet(user(1)), session("old", 9), session("at", 10), session("young", 11)])
        .await;
    for (key, at) in [("old", 9), ("young", 10)] {
        store.commit(under_key(key, minute(at))).await.unwrap();
    }
    let forget = |f| Change::Forget(f);
    put(
        store,
        vec![forget(Forget::SessionsBefore(minute(10))), forget(Forget::IdempotencyBefore(minute(10)))],
    )
    .await;
    assert_eq!(store.session("old").await.unwrap(), None);
    assert!(store.session("at").await.unwrap().is_some() && store.session("young").await.unwrap().is_some());
    assert_eq!(store.commit(under_key("old", minute(20))).await.unwrap().replayed, None);
    assert_eq!(
        store.commit(under_key("young", minute(20))).await.unwrap().replayed.as_deref(),
        Some("young")
    );
}

async fn numbers(store: &dyn Store) -> Vec<u64> {
    let verdict = store.verify_looks().await.unwrap();
    let looks = store.looks(&PageAsk::first(100)).await.unwrap().items;
    assert_eq!((verdict.entries, verdict.broken_at), (looks.len() as u64, None));
    looks.iter().rev().map(|l| l.seq).collect()
}

fn looked(n: u32, at: i64) -> Change {
    Change::LookAdd(Look { at: minute(at), ..look(n, person_id(1)) })
}

fn forget_before(at: i64) -> Change {
    Change::Forget(Forget::LooksBefore(minute(at)))
}

pub async fn the_oldest_looks_are_forgotten_and_the_chain_stays_whole(store: &dyn Store) {
    put(store, (1..=6).map(|n| looked(n, i64::from(n) * 10)).collect()).await;
    put(store, vec![forget_before(5)]).await;
    assert_eq!(numbers(store).await, [1, 2, 3, 4, 5, 6]);
    put(store, vec![forget_before(30)]).await;
    assert_eq!(numbers(store).await, [3, 4, 5, 6]);
    put(store, vec![looked(7, 70), forget_before(45), looked(8, 80)]).await;
    assert_eq!(numbers(store).await, [5, 6, 7, 8]);
}

/// Times of looks come from a clock that may be set back; numbers do not.
pub async fn looks_are_forgotten_from_the_front_only(store: &dyn Store) {
    put(store, [10, 50, 20, 60].into_iter().zip(1..).map(|(at, n)| looked(n, at)).collect()).await;
    put(store, vec![forget_before(30)]).await;
    assert_eq!(numbers(store).await, [2, 3, 4], "the third is old enough, but not the second");
    put(store, vec![forget_before(55)]).await;
    assert_eq!(numbers(store).await, [4]);
}

pub async fn when_all_looks_are_forgotten_the_numbers_go_on(store: &dyn Store) {
    put(store, (1..=3).map(|n| looked(n, 10)).collect()).await;
    put(store, vec![forget_before(90)]).await;
    assert_eq!(numbers(store).await, [0u64; 0]);
    put(store, vec![forget_before(90), looked(4, 20)]).await;
    assert_eq!(numbers(store).await, [4]);
    put(store, vec![looked(5, 20)]).await;
    assert_eq!(numbers(store).await, [4, 5]);
}
