//! What joint handling, tiers and routing rules ask of a store.

use super::town::*;
use crate::{CaseFilter, Change, CommitError, PageAsk, RoutingVersion, Store, Tab};
use linli_casework::{DoneOutcome, Explanation, Fact, Limit, LimitUnit, Outcome, Promise, PromiseKind};
use linli_model::AreaId;

async fn mine(store: &dyn Store, user: u32) -> Vec<String> {
    let filter = CaseFilter {
        me: Some(user_id(user)),
        tab: Tab::Mine,
        ..CaseFilter::all_within(vec![path("elsewhere/")], minute(60))
    };
    let page = store.cases(&filter, &PageAsk::first(10)).await.unwrap();
    let counts = store.case_counts(&filter).await.unwrap();
    assert_eq!(counts[&Tab::Mine], page.items.len() as u64);
    page.items.into_iter().map(|c| c.number).collect()
}

fn asked(task: u32, user: u32) -> Fact {
    let holder = owner(user, STREET);
    Fact::TaskAsked { task, holder, explanation: Explanation::default(), text: "帮忙".into() }
}

pub async fn a_case_is_in_the_list_of_who_helps_while_a_task_of_theirs_is_open(store: &dyn Store) {
    let (case, change) = case(1, ESTATE);
    put(store, vec![change]).await;
    assert_eq!(mine(store, 2).await, Vec::<String>::new());
    let (case, commit) = next_fact(&case, asked(1, 2));
    store.commit(commit).await.unwrap();
    let (case, commit) = next_fact(&case, asked(2, 2));
    store.commit(commit).await.unwrap();
    assert_eq!(mine(store, 2).await, std::slice::from_ref(&case.number));
    assert_eq!(mine(store, 3).await, Vec::<String>::new());
    let done = Fact::TaskDone { task: 1, text: "好了".into(), photos: vec![] };
    let (case, commit) = next_fact(&case, done);
    store.commit(commit).await.unwrap();
    assert_eq!(mine(store, 2).await, std::slice::from_ref(&case.number), "one of two is still open");
    let (_, commit) = next_fact(&case, Fact::TaskRefused { task: 2, reason: "不行".into() });
    store.commit(commit).await.unwrap();
    assert_eq!(mine(store, 2).await, Vec::<String>::new());
}

pub async fn a_clock_of_somebody_else_does_not_make_a_case_overdue(store: &dyn Store) {
    let task = Promise {
        kind: PromiseKind::Task(1),
        round: 1,
        made_at: minute(0),
        limit: Limit { amount: 1, unit: LimitUnit::WorkingDays },
        due_at: minute(5),
        provisional: false,
        paused_since: None,
        warned: 0,
        warn_at: vec![],
        extended: 0,
        extensions: 0,
        outcome: Outcome::Open,
    };
    let own = Promise { kind: PromiseKind::Complete, due_at: minute(500), ..task.clone() };
    let (_, change) = written(vec![
        record(1, 1, Fact::Opened(Box::new(opened(1, ESTATE)))),
        record(1, 2, Fact::PromiseMade { promise: own }),
        record(1, 3, asked(1, 2)),
        record(1, 4, Fact::PromiseMade { promise: task }),
    ]);
    put(store, vec![change]).await;
    let overdue =
        |now| CaseFilter { tab: Tab::Overdue, ..CaseFilter::all_within(vec![path(STREET)], minute(now)) };
    for (now, expected) in [(100, 0), (501, 1)] {
        let page = store.cases(&overdue(now), &PageAsk::first(10)).await.unwrap();
        assert_eq!(page.items.len(), expected, "at minute {now}");
    }
}

pub async fn cases_whose_owner_has_left_are_found(store: &dyn Store) {
    let posts = [post(1, 1, ESTATE), post(2, 2, ESTATE)];
    let mut changes: Vec<Change> = (1..=2).map(|n| Change::UserSet(user(n))).collect();
    changes.extend(posts.into_iter().map(Change::PostSet));
    for n in 1..=2 {
        let mut opening = opened(n, ESTATE);
        opening.owner = owner(n, ESTATE);
        changes.push(written(vec![record(n, 1, Fact::Opened(Box::new(opening)))]).1);
    }
    put(store, changes).await;
    let left = |now| async move {
        let cases = store.cases_without_owner(minute(now), 10).await.unwrap();
        cases.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!(left(60).await, []);
    put(store, vec![Change::PostEnd { post: post_id(1), at: minute(30) }]).await;
    assert_eq!(left(29).await, [], "it holds until then");
    assert_eq!(left(30).await, [case_id(1)]);
    put(store, vec![Change::UserSet(crate::User { disabled: true, ..user(2) })]).await;
    assert_eq!(left(60).await, [case_id(1), case_id(2)], "or may sign in no more");
    let (case, _) = case(1, ESTATE);
    let (_, commit) = next_fact(&case, Fact::Withdrawn { reason: String::new() });
    store.commit(commit).await.unwrap();
    assert_eq!(left(60).await, [case_id(2)], "what has ended is owed by nobody");
}

pub async fn solved_cases_are_counted_by_area_and_period(store: &dyn Store) {
    for (n, at, outcome) in [
        (1, ESTATE, DoneOutcome::Solved),
        (2, ESTATE, DoneOutcome::Explained),
        (3, COMMITTEE, DoneOutcome::Solved),
        (4, ESTATE, DoneOutcome::FalseAlarm),
    ] {
        let mut opening = opened(n, ESTATE);
        opening.owner = owner(1, at);
        let facts = [
            Fact::Opened(Box::new(opening)),
            Fact::DoneProposed {
                outcome,
                text: "x".into(),
                photos: vec![],
                passed_to: None,
                reporter_agrees: false,
            },
            Fact::Answered { text: "x".into() },
            Fact::ClosedSilent,
        ];
        let facts = facts.into_iter().enumerate().map(|(i, fact)| record(n, i as u32 + 1, fact)).collect();
        put(store, vec![written(facts).1]).await;
    }
    put(store, vec![case(5, ESTATE).1]).await;
    let solved = |within: &'static str, from, to| async move {
        store.solved_by_area(&[path(within)], minute(from), minute(to)).await.unwrap()
    };
    let (estate, committee) = (last(&path(ESTATE)), last(&path(COMMITTEE)));
    let mut all = vec![(estate, 2), (committee, 1)];
    all.sort();
    assert_eq!(solved(STREET, 4, 5).await, all);
    assert_eq!(solved(STREET, 0, 4).await, [], "closed at the fourth minute");
    assert_eq!(solved(STREET, 5, 9).await, []);
    assert_eq!(solved("elsewhere/", 0, 9).await, []);
    assert_eq!(store.solved_by_area(&[], minute(0), minute(9)).await.unwrap(), Vec::<(AreaId, u64)>::new());
}

pub async fn openings_read_back_oldest_first_with_when_they_closed(store: &dyn Store) {
    for n in [2, 1] {
        let opening = Fact::Opened(Box::new(opened(n, ESTATE)));
        let mut opening = record(n, 1, opening);
        opening.at = minute(i64::from(n) * 10);
        let mut facts = vec![opening];
        if n == 1 {
            facts.push(linli_casework::FactRecord {
                at: minute(15),
                ..record(1, 2, Fact::Withdrawn { reason: String::new() })
            });
        }
        put(store, vec![written(facts).1]).await;
    }
    let openings = |from, to, limit| async move {
        let found = store.openings(&[path(STREET)], minute(from), minute(to), limit).await.unwrap();
        found.into_iter().map(|(record, closed)| (record.case, closed)).collect::<Vec<_>>()
    };
    assert_eq!(openings(10, 21, 9).await, [(case_id(1), Some(minute(15))), (case_id(2), None)]);
    assert_eq!(openings(10, 20, 9).await, [(case_id(1), Some(minute(15)))]);
    assert_eq!(openings(11, 21, 9).await, [(case_id(2), None)]);
    assert_eq!(openings(10, 21, 1).await.len(), 1);
}

fn version(n: u32) -> RoutingVersion {
    RoutingVersion {
        version: n,
        text: format!("# {n}"),
        note: "夜间".into(),
        made_by: user_id(1),
        made_at: minute(0),
        on_since: None,
        is_on: false,
    }
}

pub async fn versions_of_routing_rules_read_back_and_one_is_on(store: &dyn Store) {
    assert_eq!(store.routing_on().await.unwrap(), None);
    put(store, vec![Change::RoutingAdd(Box::new(version(1))), Change::RoutingAdd(Box::new(version(2)))])
        .await;
    assert_eq!(store.routing_versions().await.unwrap(), [version(2), version(1)]);
    assert_eq!(store.routing_on().await.unwrap(), None, "a draft changes nothing");
    let on = |version, at| Change::RoutingOn { version, at: minute(at) };
    put(store, vec![on(Some(1), 5)]).await;
    put(store, vec![on(Some(2), 6)]).await;
    let is_on = store.routing_on().await.unwrap().unwrap();
    assert_eq!((is_on.version, is_on.on_since), (2, Some(minute(6))));
    let versions = store.routing_versions().await.unwrap();
    assert_eq!(versions.iter().filter(|v| v.is_on).count(), 1);
    assert_eq!(versions[1].on_since, Some(minute(5)), "it was on once");
    put(store, vec![on(None, 7)]).await;
    assert_eq!(store.routing_on().await.unwrap(), None);
    // Somebody else wrote that version meanwhile, or it was never there.
    for change in [Change::RoutingAdd(Box::new(version(2))), on(Some(9), 8)] {
        let refused = store.commit(commit_of(vec![change])).await.unwrap_err();
        assert!(matches!(refused, CommitError::Stale(_)), "{refused:?}");
    }
}
