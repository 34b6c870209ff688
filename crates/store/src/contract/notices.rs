//! Notices, the inbox, attempts.

use super::town::*;
use crate::{Attempt, Change, PageAsk, Store};
use linli_model::Instant;
use linli_notice::{Notice, Recipient};
use std::collections::BTreeMap;

async fn inbox(store: &dyn Store, user: u32, now: i64) -> Vec<(linli_notice::NoticeId, Option<Instant>)> {
    let (mut found, mut ask) = (vec![], PageAsk::first(2));
    loop {
        let page = store.inbox(user_id(user), minute(now), &ask).await.unwrap();
        found.extend(page.items.into_iter().map(|i| (i.notice.id, i.seen_at)));
        let Some(next) = page.next else { return found };
        ask.after = Some(next);
    }
}

/// NO1: what was decided once is told once, whichever loop comes again.
pub async fn a_notice_of_a_known_key_changes_nothing(store: &dyn Store) {
    let again = Notice { id: notice_id(9), created_at: minute(50), ..notice(1, 1) };
    let next_step = Notice { id: notice_id(8), step: 2, ..notice(1, 1) };
    put(store, vec![Change::NoticeAdd(notice(1, 1)), Change::NoticeAdd(again.clone())]).await;
    put(store, vec![Change::NoticeAdd(again), Change::NoticeAdd(next_step.clone())]).await;
    let ledger = store.notices_of(&[case_id(1)]).await.unwrap();
    assert_eq!(ledger.len(), 2);
    assert!(ledger.contains(&notice(1, 1)) && ledger.contains(&next_step));
}

pub async fn an_inbox_holds_what_is_due_newest_first(store: &dyn Store) {
    let mut all: Vec<Notice> = (1..=5).map(|n| notice(n, 1)).collect();
    all.push(Notice { created_at: minute(3), due_at: minute(60), ..notice(6, 1) });
    all.push(notice(7, 2));
    all.push(Notice { recipient: Recipient::Reporter(reporter_id(1)), ..notice(8, 1) });
    put(store, all.into_iter().map(Change::NoticeAdd).collect()).await;
    let ids =
        |found: Vec<(linli_notice::NoticeId, _)>| found.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(ids(inbox(store, 1, 3).await), [3, 2, 1].map(notice_id));
    let later = ids(inbox(store, 1, 60).await);
    assert_eq!(later.len(), 6);
    assert_eq!(later[..2], [5, 4].map(notice_id));
    assert_eq!(ids(inbox(store, 2, 60).await), [notice_id(7)]);
    assert_eq!(store.unseen(user_id(1), minute(3)).await.unwrap(), 3);
    assert_eq!(store.unseen(user_id(1), minute(60)).await.unwrap(), 6);
    let item = store.inbox(user_id(2), minute(60), &PageAsk::first(9)).await.unwrap().items.remove(0);
    assert_eq!(item.notice, notice(7, 2));
}

pub async fn a_notice_is_seen_by_whom_it_is_for(store: &dyn Store) {
    put(store, (1..=4).map(|n| Change::NoticeAdd(notice(n, 1))).collect()).await;
    let seen = |user, notice, at| Change::NoticeSeen {
        user: user_id(user),
        notice: notice_id(notice),
        at: minute(at),
    };
    put(store, vec![seen(2, 1, 20)]).await;
    assert_eq!(store.unseen(user_id(1), minute(30)).await.unwrap(), 4, "not by somebody else");
    put(store, vec![seen(1, 1, 20), seen(1, 1, 25)]).await;
    let first = inbox(store, 1, 30).await.pop().unwrap();
    assert_eq!(first, (notice_id(1), Some(minute(20))), "seen when it was first seen");
    assert_eq!(store.unseen(user_id(1), minute(30)).await.unwrap(), 3);
    put(store, vec![Change::NoticesSeen { user: user_id(1), at: minute(3) }]).await;
    assert_eq!(
        store.unseen(user_id(1), minute(30)).await.unwrap(),
        1,
        "the one that came later is not seen yet"
    );
}

pub async fn a_notice_is_fetched_once_by_whom_it_is_for_and_not_seen_by_that(store: &dyn Store) {
    put(store, (1..=3).map(|n| Change::NoticeAdd(notice(n, 1))).collect()).await;
    let fetched = |user, notices: &[u32], at| Change::NoticesFetched {
        user: user_id(user),
        notices: notices.iter().map(|n| notice_id(*n)).collect(),
        at: minute(at),
    };
    put(store, vec![fetched(2, &[1], 19), fetched(1, &[1, 2], 20), fetched(1, &[2], 25)]).await;
    let items = store.inbox(user_id(1), minute(30), &PageAsk::first(9)).await.unwrap().items;
    let known: Vec<_> = items.iter().rev().map(|i| (i.fetched_at, i.seen_at)).collect();
    let at_twenty = (Some(minute(20)), None);
    assert_eq!(known, [at_twenty, at_twenty, (None, None)]);
    assert_eq!(store.unseen(user_id(1), minute(30)).await.unwrap(), 3);
}

pub async fn notices_to_carry_out_come_when_due_until_done_with(store: &dyn Store) {
    put(store, vec![3, 1, 2].into_iter().map(|n| Change::NoticeAdd(notice(n, 1))).collect()).await;
    let due = |now: i64, limit: u32| async move {
        let due = store.notices_due(minute(now), limit).await.unwrap();
        due.into_iter().map(|n| n.id).collect::<Vec<_>>()
    };
    assert_eq!(due(0, 9).await, []);
    assert_eq!(due(2, 9).await, [1, 2].map(notice_id), "oldest first");
    assert_eq!(due(9, 2).await, [1, 2].map(notice_id));
    let attempt = |n, at, outcome: &str, next: Option<i64>| Attempt {
        notice: notice_id(n),
        at: minute(at),
        channel: "webhook".into(),
        outcome: outcome.into(),
        detail: "503 服务不可用".into(),
        next_at: next.map(minute),
    };
    let tried = [
        attempt(1, 10, "passing", Some(15)),
        attempt(1, 15, "delivered", None),
        attempt(2, 10, "lasting", None),
    ];
    put(store, vec![Change::AttemptAdd(tried[0].clone()), Change::AttemptAdd(tried[2].clone())]).await;
    assert_eq!(due(14, 9).await, [notice_id(3)]);
    assert_eq!(due(15, 9).await, [3, 1].map(notice_id));
    put(store, vec![Change::AttemptAdd(tried[1].clone())]).await;
    assert_eq!(due(99, 9).await, [notice_id(3)]);
    assert_eq!(store.attempts(notice_id(1)).await.unwrap(), tried[..2]);
    assert_eq!(store.attempts(notice_id(3)).await.unwrap(), []);
}

pub async fn the_ledger_is_the_cases_notices_and_how_many_each_was_told_lately(store: &dyn Store) {
    let all = [notice(1, 1), notice(2, 2), notice(3, 1), Notice { case: None, ..notice(4, 1) }];
    put(store, all.iter().cloned().map(Change::NoticeAdd).collect()).await;
    let of = |cases: &'static [u32]| async move {
        let cases: Vec<_> = cases.iter().map(|n| case_id(*n)).collect();
        let mut ids: Vec<_> = store.notices_of(&cases).await.unwrap().into_iter().map(|n| n.id).collect();
        ids.sort();
        ids
    };
    let expected = |wanted: &dyn Fn(&Notice) -> bool| {
        let mut ids: Vec<_> = all.iter().filter(|n| wanted(n)).map(|n| n.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(of(&[1]).await, expected(&|n| n.case == Some(case_id(1))));
    assert_eq!(of(&[1, 2, 9]).await, expected(&|n| [Some(case_id(1)), Some(case_id(2))].contains(&n.case)));
    assert_eq!(of(&[]).await, []);
    for since in [0, 1, 2, 3, 90] {
        let mut counted = BTreeMap::new();
        for n in all.iter().filter(|n| n.created_at > minute(since)) {
            *counted.entry(n.recipient).or_insert(0) += 1;
        }
        assert_eq!(store.told_since(minute(since)).await.unwrap(), counted, "since minute {since}");
    }
}
