//! One-tap pushes: whom they went to, what came of it, and when their call tree is due.

use super::town::*;
use crate::{Attempt, Change, PAGE, PageAsk, PushChange, PushRecord, Store};
use linli_model::{Instant, Role, Severity, Text};
use linli_notice::{
    Notice, Push, PushId, Recipient,
    push::{Asked, Reply},
};
use std::collections::BTreeMap;

fn push_id(n: u32) -> PushId {
    id("push", n)
}

fn push(n: u32, at: &str, urgent: bool) -> Push {
    Push {
        id: push_id(n),
        sender: user_id(9),
        groups: vec![Role::Volunteer],
        area: last(&path(at)),
        area_path: path(at),
        text: "暴雨,请到村口集合".into(),
        urgent,
        created_at: minute(i64::from(n)),
    }
}

/// Each of these people, asked by one notice.
fn asked(push: &Push, users: &[u32], level: u32) -> Vec<(Asked, Notice)> {
    let one = |user: &u32| {
        let notice = Notice {
            id: id(&format!("notice of {}", push.id), level * 100 + user),
            case: None,
            push: Some(push.id),
            reason: "push".into(),
            recipient: Recipient::User(user_id(*user)),
            step: level,
            title: Text::new("请回复", "Please answer"),
            body: Text::new("集合", "gather"),
            severity: Severity::Urgent,
            due_at: push.created_at,
            channel: "in_app".into(),
            created_at: push.created_at,
        };
        let asked = Asked {
            user: user_id(*user),
            branch: last(&path(COMMITTEE)),
            level,
            notice: notice.id,
            told_at: push.created_at,
            delivered_at: None,
            seen_at: None,
            reply: None,
            replied_at: None,
        };
        (asked, notice)
    };
    users.iter().map(one).collect()
}

async fn send(store: &dyn Store, push: &Push, users: &[u32], next_at: Option<i64>) {
    let people = asked(push, users, 0);
    let sent = PushChange::Sent { push: push.clone(), people, next_at: next_at.map(minute) };
    put(store, vec![Change::Push(Box::new(sent))]).await;
}

async fn found(store: &dyn Store, n: u32) -> PushRecord {
    store.push(push_id(n)).await.unwrap().unwrap()
}

fn by_user(record: &PushRecord) -> BTreeMap<linli_model::UserId, Asked> {
    record.people.iter().map(|a| (a.user, a.clone())).collect()
}

pub async fn a_push_reads_back_with_whom_it_went_to_and_lies_in_their_inboxes(store: &dyn Store) {
    let sent = push(1, ESTATE, true);
    send(store, &sent, &[1, 2], Some(6)).await;
    send(store, &sent, &[1, 2], Some(6)).await;
    let record = found(store, 1).await;
    assert_eq!(record.push, sent);
    let mut expected: Vec<Asked> = asked(&sent, &[1, 2], 0).into_iter().map(|(a, _)| a).collect();
    expected.sort_by_key(|a| a.user.to_string());
    assert_eq!(record.people, expected, "once, whoever sends it again");
    assert!(store.push(push_id(2)).await.unwrap().is_none());
    let inbox = store.inbox(user_id(1), minute(5), &PageAsk::first(9)).await.unwrap().items;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].notice.push, Some(push_id(1)));
}

/// The same words to the same person by two pushes are two notices.
pub async fn two_pushes_to_one_person_are_two_notices(store: &dyn Store) {
    for n in [1, 2] {
        send(store, &push(n, ESTATE, false), &[1], None).await;
    }
    assert_eq!(store.unseen(user_id(1), minute(9)).await.unwrap(), 2);
    let mine = store.pushes_to(user_id(1), minute(0)).await.unwrap();
    assert_eq!(mine.iter().map(|p| p.id).collect::<Vec<_>>(), [2, 1].map(push_id), "newest first");
    assert_eq!(store.pushes_to(user_id(1), minute(2)).await.unwrap().len(), 1);
    assert_eq!(store.pushes_to(user_id(2), minute(0)).await.unwrap(), []);
}

pub async fn what_came_of_a_push_follows_attempts_looks_and_replies(store: &dyn Store) {
    let sent = push(1, ESTATE, true);
    send(store, &sent, &[1, 2, 3], Some(6)).await;
    let notice = |user: u32| asked(&sent, &[user], 0)[0].1.id;
    let attempt = |user, at, channel: &str, outcome: &str| {
        Change::AttemptAdd(Attempt {
            notice: notice(user),
            at: minute(at),
            channel: channel.into(),
            outcome: outcome.into(),
            detail: String::new(),
            next_at: None,
        })
    };
    let reply = |user, reply, at| {
        let replied = PushChange::Replied { push: push_id(1), user: user_id(user), reply, at: minute(at) };
        Change::Push(Box::new(replied))
    };
    put(
        store,
        vec![
            attempt(1, 1, PAGE, "accepted"),
            attempt(1, 2, "wecom", "passing"),
            attempt(1, 3, "wecom", "accepted"),
            attempt(1, 4, "wecom", "delivered"),
            attempt(2, 2, "wecom", "unknown"),
            attempt(3, 1, PAGE, "accepted"),
            Change::NoticesFetched { user: user_id(1), notices: vec![notice(1)], at: minute(9) },
            Change::NoticesFetched { user: user_id(3), notices: vec![notice(3)], at: minute(5) },
            Change::NoticeSeen { user: user_id(2), notice: notice(2), at: minute(5) },
            reply(3, Reply::Coming, 6),
            reply(3, Reply::Done, 7),
            reply(4, Reply::Done, 7),
        ],
    )
    .await;
    let people = by_user(&found(store, 1).await);
    assert_eq!(people.len(), 3, "who was not asked says nothing");
    let of = |user: u32| &people[&user_id(user)];
    assert_eq!((of(1).delivered_at, of(1).seen_at, of(1).reply), (Some(minute(3)), None, None));
    assert_eq!(
        (of(2).delivered_at, of(2).seen_at),
        (None, Some(minute(5))),
        "an unknown outcome is not delivered"
    );
    assert_eq!(of(3).delivered_at, Some(minute(5)), "a bell that was rung brought nothing yet");
    assert_eq!((of(3).reply, of(3).replied_at), (Some(Reply::Done), Some(minute(7))), "the newest counts");
}

pub async fn the_call_tree_is_looked_at_when_due_and_at_once_after_a_reply(store: &dyn Store) {
    let due = |now: i64| async move {
        let due = store.pushes_due(minute(now), 9).await.unwrap();
        due.into_iter().map(|r| r.push.id).collect::<Vec<_>>()
    };
    let (urgent, other) = (push(1, ESTATE, true), push(2, ESTATE, false));
    send(store, &urgent, &[1], Some(6)).await;
    send(store, &other, &[1], None).await;
    assert_eq!(due(5).await, []);
    assert_eq!(due(6).await, [push_id(1)]);
    let people = asked(&urgent, &[5], 1);
    let called = PushChange::Called { push: push_id(1), people, next_at: Some(minute(11)) };
    put(store, vec![Change::Push(Box::new(called.clone()))]).await;
    put(store, vec![Change::Push(Box::new(called))]).await;
    assert_eq!(due(10).await, []);
    let levels: Vec<_> = found(store, 1).await.people.iter().map(|a| (a.user, a.level)).collect();
    assert_eq!(levels, [(user_id(1), 0), (user_id(5), 1)]);
    for n in [1, 2] {
        let replied =
            PushChange::Replied { push: push_id(n), user: user_id(1), reply: Reply::Cannot, at: minute(8) };
        put(store, vec![Change::Push(Box::new(replied))]).await;
    }
    assert_eq!(due(8).await, [push_id(1)], "what can wait has no call tree");
    let over = PushChange::Called { push: push_id(1), people: vec![], next_at: None };
    put(store, vec![Change::Push(Box::new(over))]).await;
    assert_eq!(due(999).await, []);
}

pub async fn pushes_are_listed_within_areas_newest_first_by_page(store: &dyn Store) {
    for (n, at) in [(1, STREET), (2, COMMITTEE), (3, ESTATE), (4, "310104011/310104011013/")] {
        send(store, &push(n, at, false), &[1], None).await;
    }
    let list = |areas: Vec<&'static str>| async move {
        let areas: Vec<_> = areas.into_iter().map(path).collect();
        let (mut found, mut ask) = (vec![], PageAsk::first(2));
        loop {
            let page = store.pushes(&areas, &ask).await.unwrap();
            found.extend(page.items.into_iter().map(|r| r.push.id));
            let Some(next) = page.next else { return found };
            ask.after = Some(next);
        }
    };
    assert_eq!(list(vec![STREET]).await, [4, 3, 2, 1].map(push_id));
    assert_eq!(list(vec![COMMITTEE]).await, [3, 2].map(push_id));
    assert_eq!(list(vec![ESTATE, COMMITTEE]).await, [3, 2].map(push_id));
    assert_eq!(list(vec![]).await, []);
}

/// PU2
pub async fn pushes_that_could_wait_are_counted_by_person(store: &dyn Store) {
    send(store, &push(1, ESTATE, false), &[1, 2], None).await;
    send(store, &push(2, ESTATE, true), &[1, 2], Some(9)).await;
    send(store, &push(3, ESTATE, false), &[1], None).await;
    let counted = |since: Instant| async move { store.pushed_since(since).await.unwrap() };
    assert_eq!(counted(minute(1)).await, BTreeMap::from([(user_id(1), 2), (user_id(2), 1)]));
    assert_eq!(counted(minute(2)).await, BTreeMap::from([(user_id(1), 1)]));
    assert!(counted(minute(4)).await.is_empty());
}
