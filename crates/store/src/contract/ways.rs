//! By which ways people want to be told, and what has not come through.

use super::town::*;
use crate::{Attempt, BY_CALL, Change, PAGE, Store};
use linli_casework::ReporterId;
use linli_model::Severity;
use linli_notice::{
    ANSWERED, Notice, Recipient,
    ways::{Rest, Ways},
};

fn chosen(email: Option<&str>, rest: Rest) -> Ways {
    Ways { email: email.map(str::to_owned), urgent_mail: true, rest }
}

async fn set(store: &dyn Store, user: u32, ways: Ways) {
    put(store, vec![Change::WaysSet { user: user_id(user), ways }]).await;
}

pub async fn a_persons_ways_read_back_and_are_replaced(store: &dyn Store) {
    assert_eq!(store.ways(user_id(1)).await.unwrap(), Ways::default());
    for ways in [
        chosen(Some("甄某@office.example"), Rest::Digest),
        chosen(Some("b@c.example"), Rest::Mail),
        chosen(None, Rest::Inbox),
    ] {
        set(store, 1, ways.clone()).await;
        assert_eq!(store.ways(user_id(1)).await.unwrap(), ways);
    }
    assert_eq!(store.ways(user_id(2)).await.unwrap(), Ways::default());
}

pub async fn digests_are_for_those_who_chose_them_and_have_an_address(store: &dyn Store) {
    set(store, 1, chosen(Some("a@b.example"), Rest::Digest)).await;
    set(store, 2, chosen(None, Rest::Digest)).await;
    set(store, 3, chosen(Some("a@b.example"), Rest::Mail)).await;
    assert_eq!(store.digest_readers().await.unwrap(), [user_id(1)]);
    let digest =
        Notice { reason: linli_notice::ways::DIGEST.into(), severity: Severity::Info, ..notice(9, 1) };
    let mut all: Vec<Notice> = (1..=5).map(|n| notice(n, 1)).collect();
    all.extend([notice(7, 2), digest]);
    put(store, all.into_iter().map(Change::NoticeAdd).collect()).await;
    put(store, vec![Change::NoticeSeen { user: user_id(1), notice: notice_id(3), at: minute(6) }]).await;
    let waiting = store.unseen_between(user_id(1), minute(1), minute(9)).await.unwrap();
    let ids: Vec<_> = waiting.iter().map(|n| n.id).collect();
    assert_eq!(ids, [2, 4, 5].map(notice_id), "after the first, without what was seen and the digest itself");
    let inbox = store.inbox(user_id(1), minute(99), &crate::PageAsk::first(20)).await.unwrap().items;
    assert_eq!(inbox.len(), 5, "a digest is a mail and no entry of the inbox");
    assert_eq!(store.unseen(user_id(1), minute(99)).await.unwrap(), 4);
}

pub async fn an_answer_that_came_to_nothing_is_found_until_somebody_is_asked_to_call(store: &dyn Store) {
    let answer = |n, to: Recipient, reason: &str| {
        Change::NoticeAdd(Notice { recipient: to, reason: reason.into(), ..notice(n, 1) })
    };
    let reporter = |n: u128| Recipient::Reporter(ReporterId(uuid::Uuid::from_u128(n)));
    let added = vec![
        answer(1, reporter(1), ANSWERED),
        answer(2, reporter(2), ANSWERED),
        answer(5, reporter(5), ANSWERED),
        answer(3, reporter(3), "merged"),
        answer(4, Recipient::User(user_id(1)), ANSWERED),
    ];
    put(store, added).await;
    let attempt = |n, channel: &str, outcome: &str| {
        Change::AttemptAdd(Attempt {
            notice: notice_id(n),
            at: minute(2),
            channel: channel.into(),
            outcome: outcome.into(),
            detail: String::new(),
            next_at: None,
        })
    };
    put(store, [1, 3, 4, 5].map(|n| attempt(n, "sms", "lasting")).to_vec()).await;
    put(store, vec![attempt(1, PAGE, "delivered"), attempt(2, "sms", "passing")]).await;
    put(store, vec![attempt(2, "sms", "accepted")]).await;
    // One that some channel will try again.
    put(store, vec![Change::NoticeNext { notice: notice_id(5), next_at: Some(minute(9)) }]).await;
    let found = store.untold_answers(minute(0), 9).await.unwrap();
    assert_eq!(found.iter().map(|(n, _)| n.id).collect::<Vec<_>>(), [notice_id(1)]);
    assert_eq!(found[0].1.len(), 2, "with all its attempts");
    put(store, vec![attempt(1, BY_CALL, "accepted")]).await;
    assert_eq!(store.untold_answers(minute(0), 9).await.unwrap(), []);
}

pub async fn what_did_not_come_through_is_found_with_all_its_attempts(store: &dyn Store) {
    put(store, (1..=4).map(|n| Change::NoticeAdd(notice(n, 1))).collect()).await;
    let attempt = |n, at, outcome: &str| Attempt {
        notice: notice_id(n),
        at: minute(at),
        channel: "email".into(),
        outcome: outcome.into(),
        detail: "421".into(),
        next_at: None,
    };
    let tried = [
        attempt(1, 2, "delivered"),
        attempt(2, 2, "unknown"),
        attempt(2, 3, "accepted"),
        attempt(3, 4, "lasting"),
    ];
    put(store, tried.iter().cloned().map(Change::AttemptAdd).collect()).await;
    let found = store.troubled(minute(0), 9).await.unwrap();
    assert_eq!(found.iter().map(|(n, _)| n.id).collect::<Vec<_>>(), [3, 2].map(notice_id));
    assert_eq!(found[1].1, tried[1..3]);
    assert_eq!(store.troubled(minute(3), 9).await.unwrap().len(), 1);
    assert_eq!(store.troubled(minute(0), 1).await.unwrap().len(), 1);
    assert_eq!(store.notice(notice_id(2)).await.unwrap(), Some(notice(2, 1)));
    assert_eq!(store.notice(notice_id(9)).await.unwrap(), None);
    put(store, vec![Change::NoticeNext { notice: notice_id(3), next_at: Some(minute(8)) }]).await;
    put(store, vec![Change::NoticeNext { notice: notice_id(4), next_at: None }]).await;
    let due: Vec<_> = store.notices_due(minute(8), 9).await.unwrap().into_iter().map(|n| n.id).collect();
    assert_eq!(due, [notice_id(3)]);
}
