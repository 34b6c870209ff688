//! When posts are on duty, version by version.

use super::town::*;
use crate::{Change, Commit, CommitError, DutyVersion, Store};
use linli_casework::{
    Duty,
    owner::duty::{Away, Days, Hours},
};

fn clock<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

async fn posts(store: &dyn Store) {
    let posts = [post(1, 1, ESTATE), post(2, 1, ESTATE)].map(Change::PostSet);
    put(store, [Change::UserSet(user(1))].into_iter().chain(posts).collect()).await;
}

fn version(post: u32, version: u32, from: &str) -> DutyVersion {
    let hours = vec![Hours { days: Days::WorkingDays, from: clock(from), to: clock("17:00") }];
    let away = vec![Away { from: minute(1), until: minute(2) }];
    let duty = Duty { hours, away, ..Duty::default() };
    DutyVersion { post: post_id(post), version, duty, set_by: user_id(1), set_at: minute(version.into()) }
}

fn set(v: DutyVersion) -> Commit {
    Commit { at: minute(1), changes: vec![Change::DutySet(Box::new(v))], ..Commit::default() }
}

pub async fn duties_read_back_by_post_and_every_version_is_kept(store: &dyn Store) {
    posts(store).await;
    assert!(store.duties().await.unwrap().is_empty());
    for v in [version(1, 1, "08:30"), version(2, 1, "09:30"), version(1, 2, "07:30")] {
        store.commit(set(v)).await.unwrap();
    }
    let now: Vec<_> = store.duties().await.unwrap().into_values().collect();
    assert_eq!(now.len(), 2);
    assert!(now.contains(&version(1, 2, "07:30")) && now.contains(&version(2, 1, "09:30")));
    let ever = store.duty_versions().await.unwrap();
    let of_first: Vec<_> = ever.into_iter().filter(|v| v.post == post_id(1)).collect();
    assert_eq!(of_first, [version(1, 1, "08:30"), version(1, 2, "07:30")]);
}

pub async fn of_two_who_set_a_duty_at_once_the_second_is_told(store: &dyn Store) {
    posts(store).await;
    store.commit(set(version(1, 1, "08:30"))).await.unwrap();
    for late in [version(1, 1, "09:30"), version(1, 3, "09:30")] {
        let told = store.commit(set(late)).await;
        assert!(matches!(told, Err(CommitError::Stale(_))), "{told:?}");
    }
    assert_eq!(store.duties().await.unwrap()[&post_id(1)], version(1, 1, "08:30"));
}
