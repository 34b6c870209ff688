//! ST1 to ST3: whole or not at all, guards, idempotency keys.

use super::town::*;
use crate::{CaseFilter, Change, Commit, CommitError, Guard, Idempotency, PageAsk, Store};
use linli_casework::{Audience, Fact};
use linli_model::AreaPath;
use serde_json::json;

fn setting(key: &str, n: i32) -> Change {
    Change::SettingSet { key: key.into(), value: json!(n) }
}

fn note(text: &str) -> Fact {
    Fact::Noted { text: text.into(), audience: Audience::Internal, photos: vec![] }
}

fn under_key(key: &str, request: &str, body: &str, changes: Vec<Change>) -> Commit {
    let idempotency = Idempotency { key: key.into(), request: request.into(), body: body.into() };
    Commit { idempotency: Some(idempotency), ..commit_of(changes) }
}

/// ST1
pub async fn a_commit_is_carried_out_whole_or_not_at_all(store: &dyn Store) {
    put(store, vec![Change::UserSet(user(1))]).await;
    let twice = crate::User { login: user(1).login, ..user(2) };
    let refused = store.commit(commit_of(vec![setting("a", 1), Change::UserSet(twice)])).await;
    assert_eq!(conflict(refused), "exists_already");
    let stale = Commit { guards: vec![Guard::NoUsers], ..commit_of(vec![setting("a", 1)]) };
    assert!(is_stale(&store.commit(stale).await));
    assert_eq!(store.setting("a").await.unwrap(), None);
    put(store, vec![setting("a", 1), setting("b", 2)]).await;
    assert_eq!(store.setting("b").await.unwrap(), Some(json!(2)));
}

/// ST3
pub async fn the_same_key_and_request_get_the_same_answer_and_change_nothing(store: &dyn Store) {
    let first = store.commit(under_key("k", "r", "first", vec![setting("a", 1)])).await.unwrap();
    assert_eq!(first.replayed, None);
    for _ in 0..2 {
        let again = store.commit(under_key("k", "r", "second", vec![setting("a", 2)])).await.unwrap();
        assert_eq!(again.replayed.as_deref(), Some("first"));
    }
    assert_eq!(store.setting("a").await.unwrap(), Some(json!(1)));
    // Also when the guard that held the first time holds no more.
    let (case, opening) = case(1, ESTATE);
    put(store, vec![opening]).await;
    let (_, commit) = next_fact(&case, note("once"));
    let commit = Commit { idempotency: under_key("n", "r", "noted", vec![]).idempotency, ..commit };
    assert_eq!(store.commit(commit.clone()).await.unwrap().replayed, None);
    assert_eq!(store.commit(commit).await.unwrap().replayed.as_deref(), Some("noted"));
    assert_eq!(store.facts(case.id).await.unwrap().len(), 2);
}

pub async fn a_key_of_another_request_is_refused(store: &dyn Store) {
    store.commit(under_key("k", "r", "first", vec![])).await.unwrap();
    let other = store.commit(under_key("k", "other", "second", vec![setting("a", 2)])).await;
    assert_eq!(conflict(other), "idempotency_key_reused");
    assert_eq!(store.setting("a").await.unwrap(), None);
}

pub async fn a_key_whose_commit_failed_may_be_used_again(store: &dyn Store) {
    put(store, vec![Change::UserSet(user(1))]).await;
    let stale = Commit { guards: vec![Guard::NoUsers], ..under_key("k", "r", "first", vec![]) };
    assert!(is_stale(&store.commit(stale).await));
    let again = store.commit(under_key("k", "r", "second", vec![setting("a", 1)])).await.unwrap();
    assert_eq!(again.replayed, None);
    assert_eq!(store.setting("a").await.unwrap(), Some(json!(1)));
}

/// Also where what is made is unique: the later ones hear of the first, not of a conflict with it.
pub async fn of_many_at_once_under_one_key_one_is_carried_out_and_all_get_its_answer(store: &dyn Store) {
    let answers = together(
        store,
        (1..=8u32).map(|n| {
            let twin = crate::User { id: user_id(n), ..user(0) };
            store.commit(under_key("k", "r", &format!("answer {n}"), vec![Change::UserSet(twin)]))
        }),
    )
    .await;
    let answers: Vec<_> = answers.into_iter().map(|a| a.unwrap().replayed).collect();
    assert_eq!(answers.iter().filter(|a| a.is_none()).count(), 1, "{answers:?}");
    let made = store.users().await.unwrap();
    assert_eq!(made.len(), 1);
    let winner = (1..=8).find(|n| user_id(*n) == made[0].id).unwrap();
    let expected = format!("answer {winner}");
    assert!(answers.iter().flatten().all(|a| *a == expected), "{answers:?}");
}

/// ST2
pub async fn of_many_at_once_on_one_case_version_exactly_one_wins(store: &dyn Store) {
    let (mut case, opening) = case(1, ESTATE);
    put(store, vec![opening]).await;
    for round in 1..=5u32 {
        let tries: Vec<_> = (0..8).map(|n| next_fact(&case, note(&format!("{round}-{n}")))).collect();
        let answers = together(store, tries.iter().map(|(_, commit)| store.commit(commit.clone()))).await;
        let won: Vec<usize> = (0..8).filter(|i| answers[*i].is_ok()).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
        case = tries[won[0]].0.clone();
        assert_eq!(store.case(case.id).await.unwrap().as_ref(), Some(&case));
        let facts = store.facts(case.id).await.unwrap();
        assert_eq!(facts.iter().map(|f| f.seq).collect::<Vec<_>>(), (1..=round + 1).collect::<Vec<_>>());
        assert_eq!(facts.last().unwrap().fact, note(&format!("{round}-{}", won[0])));
    }
}

pub async fn of_many_at_once_that_open_one_case_exactly_one_wins(store: &dyn Store) {
    for round in 1..=5u32 {
        let (opened, opening) = case(round, ESTATE);
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let beside = setting(&format!("round-{round}"), n);
                let guards = vec![Guard::NewCase(opened.id)];
                Commit { guards, ..commit_of(vec![opening.clone(), beside]) }
            })
            .collect();
        let answers = together(store, tries.into_iter().map(|commit| store.commit(commit))).await;
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
        let won = answers.iter().position(|a| a.is_ok()).unwrap();
        assert_eq!(store.setting(&format!("round-{round}")).await.unwrap(), Some(won.into()));
        assert_eq!(store.facts(opened.id).await.unwrap().len(), 1);
    }
}

fn step(from: u64, to: u64, key: &str) -> Commit {
    let guards = vec![Guard::Checkpoint("engine".into(), from)];
    let set = Change::CheckpointSet { name: "engine".into(), position: to, snapshot: Some(key.into()) };
    Commit { guards, ..commit_of(vec![setting(key, 1), set]) }
}

pub async fn of_many_at_once_on_one_checkpoint_exactly_one_wins(store: &dyn Store) {
    for round in 0..5u64 {
        let tries: Vec<_> = (0..8).map(|n| step(round, round + 1, &format!("{round}-{n}"))).collect();
        let answers = together(store, tries.into_iter().map(|commit| store.commit(commit))).await;
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
        let checkpoint = store.checkpoint("engine").await.unwrap();
        assert_eq!(checkpoint.position, round + 1);
        for n in 0..8 {
            let key = format!("{round}-{n}");
            let won = checkpoint.snapshot.as_deref() == Some(key.as_bytes());
            assert_eq!(
                store.setting(&key).await.unwrap().is_some(),
                won,
                "only the winner's changes are there"
            );
        }
    }
}

/// What many change under names of their own is in nobody's way.
pub async fn of_many_at_once_on_a_checkpoint_each_all_win(store: &dyn Store) {
    let of = |name: usize, from: u64, key: String| Commit {
        guards: vec![Guard::Checkpoint(format!("of {name}").into(), from)],
        ..commit_of(vec![
            setting(&key, 1),
            Change::CheckpointSet { name: format!("of {name}").into(), position: from + 1, snapshot: None },
        ])
    };
    for round in 0..3u64 {
        let tries: Vec<_> = (0..8).map(|n| of(n, round, format!("{round}-{n}"))).collect();
        let answers = together(store, tries.into_iter().map(|commit| store.commit(commit))).await;
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 8, "{answers:?}");
        // Of one name still one of two.
        assert!(is_stale(&store.commit(of(3, round, "late".into())).await));
    }
    assert_eq!(store.checkpoint("of 7").await.unwrap().position, 3);
    assert_eq!(store.setting("late").await.unwrap(), None);
}

pub async fn a_checkpoint_guard_holds_at_nought_where_there_is_none(store: &dyn Store) {
    assert!(is_stale(&store.commit(step(7, 8, "a")).await));
    assert_eq!(store.checkpoint("engine").await.unwrap().position, 0);
    store.commit(step(0, 8, "a")).await.unwrap();
    assert!(is_stale(&store.commit(step(0, 9, "b")).await));
    assert_eq!(store.checkpoint("engine").await.unwrap().position, 8);
}

pub async fn the_first_administrator_is_made_once(store: &dyn Store) {
    let first = |n| Commit { guards: vec![Guard::NoUsers], ..commit_of(vec![Change::UserSet(user(n))]) };
    let answers = together(store, (1..=8).map(|n| store.commit(first(n)))).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
    assert_eq!(store.users().await.unwrap().len(), 1);
}

/// A merge touches two cases. Whoever loses hears that something has changed, or that trying again helps.
pub async fn commits_that_guard_two_cases_in_either_order_never_wait_for_ever(store: &dyn Store) {
    let ((mut one, opening_one), (mut two, opening_two)) = (case(1, ESTATE), case(2, ESTATE));
    put(store, vec![opening_one, opening_two]).await;
    for _ in 0..5 {
        let tries = (0..8).map(|n| {
            let (_, mut commit) = next_fact(&one, note("one"));
            let (_, other) = next_fact(&two, note("two"));
            commit.guards.extend(other.guards);
            commit.changes.extend(other.changes);
            if n % 2 == 1 {
                commit.guards.reverse();
                commit.changes.reverse();
            }
            store.commit(commit)
        });
        let answers = together(store, tries).await;
        assert!(answers.iter().filter(|a| a.is_ok()).count() <= 1, "{answers:?}");
        for answer in &answers {
            let fine = match answer {
                Ok(_) | Err(CommitError::Stale(_)) => true,
                Err(CommitError::Fault(fault)) => fault.retry,
                Err(CommitError::Conflict(_)) => false,
            };
            assert!(fine, "{answer:?}");
        }
        one = store.case(one.id).await.unwrap().unwrap();
        two = store.case(two.id).await.unwrap().unwrap();
        assert_eq!(one.version, two.version, "both moved or neither");
    }
}

/// As above without guards: the rows themselves are waited for.
pub async fn commits_that_write_the_same_rows_in_either_order_never_wait_for_ever(store: &dyn Store) {
    put(store, vec![setting("a", 0), setting("b", 0)]).await;
    for round in 0..5 {
        let answers = together(
            store,
            (1..=8).map(|n| {
                let n = round * 10 + n;
                let mut changes = vec![setting("a", n), setting("b", n)];
                if n % 2 == 1 {
                    changes.reverse();
                }
                store.commit(commit_of(changes))
            }),
        )
        .await;
        assert!(answers.iter().any(|a| a.is_ok()), "{answers:?}");
        assert!(answers.iter().all(|a| a.is_ok() || is_stale(a)), "{answers:?}");
        let (a, b) = (store.setting("a").await.unwrap(), store.setting("b").await.unwrap());
        assert_eq!(a, b, "both are of the same commit");
    }
}

/// Whoever asked may go away in the middle: a browser that closes drops the request with all it was doing.
pub async fn a_commit_that_is_abandoned_is_whole_or_nothing_and_stands_in_nobodys_way(store: &dyn Store) {
    put(store, vec![setting("a", 0), setting("b", 0)]).await;
    for n in 1..=60 {
        let added = Change::LookAdd(look(n, person_id(n)));
        let changes = vec![setting("a", n as i32), added, registry_change(), setting("b", n as i32)];
        let commit = store.commit(commit_of(changes));
        polled_and_dropped(commit, n / 2).await;
        // It may be half way into the database's hands; whoever writes the same rows waits until that is settled.
        put(store, vec![Change::LookAdd(look(n, person_id(n))), registry_change()]).await;
        let (a, b) = (store.setting("a").await.unwrap(), store.setting("b").await.unwrap());
        assert_eq!(a, b, "whole or nothing");
        put(store, vec![setting("a", 0), setting("b", 0)]).await;
    }
    let looks = store.verify_looks().await.unwrap();
    assert_eq!(looks.broken_at, None);
    let registry = store.registry_after(0, 500).await.unwrap();
    assert!(registry.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    assert_eq!(registry.len() as u64, looks.entries);
}

fn registry_change() -> Change {
    let change = linli_model::RegistryChange::RuleRemoved { rule: "r".into() };
    Change::Registry { effective_at: MORNING, change: Box::new(change) }
}

/// Lets something go on until it has waited so many times, then drops it.
async fn polled_and_dropped(work: impl Future, waits: u32) {
    let mut work = Box::pin(work);
    let mut waited = 0;
    std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
        std::task::Poll::Pending if waited < waits => {
            waited += 1;
            std::task::Poll::Pending
        }
        _ => std::task::Poll::Ready(()),
    })
    .await;
}

pub async fn a_number_of_a_series_is_given_once(store: &dyn Store) {
    let mut given = together(store, (0..20).map(|_| store.next_number("310104011-20261123"))).await;
    given.extend(together(store, (0..3).map(|_| store.next_number("310104011-20261123"))).await);
    let mut given: Vec<u32> = given.into_iter().map(Result::unwrap).collect();
    given.sort_unstable();
    assert_eq!(given, (1..=23).collect::<Vec<_>>());
    assert_eq!(store.next_number("310104011-20261124").await.unwrap(), 1, "each series counts for itself");
}

pub async fn what_exists_already_is_refused_with_its_reason(store: &dyn Store) {
    let (_, opening) = case(1, ESTATE);
    put(store, vec![opening.clone(), Change::ReporterAdd(reporter(1, 1)), Change::UserSet(user(1))]).await;
    let (_, same_number) = case_as(2, ESTATE, |c| c.number = opened(1, ESTATE).number);
    let same_claim = crate::Reporter { claim_hash: reporter(1, 1).claim_hash, ..reporter(2, 1) };
    let same_login = crate::User { login: user(1).login, ..user(2) };
    let same_path = linli_model::Area { path: AreaPath(STREET.into()), ..area(COMMITTEE) };
    put(store, vec![Change::AreaSet(area(STREET))]).await;
    for change in [
        opening,
        same_number,
        Change::ReporterAdd(same_claim),
        Change::UserSet(same_login),
        Change::AreaSet(same_path),
    ] {
        assert_eq!(conflict(store.commit(commit_of(vec![change])).await), "exists_already");
    }
}

pub async fn settings_read_back_and_are_replaced(store: &dyn Store) {
    for value in [json!({"office": "田林街道", "n": [1, 2.5, null]}), json!("é\u{0}中"), json!(false)] {
        put(store, vec![Change::SettingSet { key: "site".into(), value: value.clone() }]).await;
        assert_eq!(store.setting("site").await.unwrap(), Some(value));
    }
    assert_eq!(store.setting("other").await.unwrap(), None);
}

pub async fn a_new_store_answers_and_is_empty(store: &dyn Store) {
    store.ping().await.unwrap();
    let everything = CaseFilter::all_within(vec![path(STREET)], MORNING);
    let page = PageAsk::first(10);
    assert!(store.cases(&everything, &page).await.unwrap().items.is_empty());
    assert!(store.case_counts(&everything).await.unwrap().values().all(|n| *n == 0));
    assert_eq!(store.case(case_id(1)).await.unwrap(), None);
    assert!(store.facts(case_id(1)).await.unwrap().is_empty());
    assert!(store.users().await.unwrap().is_empty() && store.posts().await.unwrap().is_empty());
    assert!(store.areas().await.unwrap().is_empty() && store.all_devices().await.unwrap().is_empty());
    assert!(store.looks(&page).await.unwrap().items.is_empty());
    assert_eq!(store.verify_looks().await.unwrap().entries, 0);
    assert_eq!(store.verify_looks().await.unwrap().broken_at, None);
    assert_eq!(store.quarantine_open().await.unwrap(), 0);
    assert!(store.registry_after(0, 10).await.unwrap().is_empty());
    assert_eq!(store.checkpoint("engine").await.unwrap(), crate::Checkpoint::default());
}
