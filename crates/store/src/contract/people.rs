//! ST5, ST6 as far as the port shows them: persons, the access log and its chain.

use super::town::*;
use crate::{Change, CommitError, Look, PageAsk, Person, Store, people::ChainedLook};
use linli_model::AreaPath;

async fn every_look(store: &dyn Store) -> Vec<ChainedLook> {
    let (mut found, mut ask) = (vec![], PageAsk::first(4));
    loop {
        let page = store.looks(&ask).await.unwrap();
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        ask.after = Some(next);
    }
}

async fn is_whole(store: &dyn Store, entries: u64) {
    let verdict = store.verify_looks().await.unwrap();
    assert_eq!((verdict.entries, verdict.broken_at), (entries, None));
}

/// ST5
pub async fn opening_a_person_gives_the_record_and_writes_the_look(store: &dyn Store) {
    let bare = Person {
        id_number: None,
        phone: None,
        contact_name: None,
        contact_phone: None,
        populations: vec![],
        ..person(2, ESTATE)
    };
    put(
        store,
        vec![Change::PersonSet(Box::new(person(1, ESTATE))), Change::PersonSet(Box::new(bare.clone()))],
    )
    .await;
    let opened = store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap();
    assert!(opened == Some(person(1, ESTATE)));
    assert!(store.open_person(person_id(2), &look(2, person_id(2))).await.unwrap() == Some(bare));
    let looks = every_look(store).await;
    assert_eq!(looks.iter().map(|l| l.seq).collect::<Vec<_>>(), [2, 1], "newest first");
    assert_eq!(looks[1].look, look(1, person_id(1)));
    is_whole(store, 2).await;
}

/// Whatever the caller wrote as the person: the log says whose record it was.
pub async fn the_look_names_the_person_that_was_opened(store: &dyn Store) {
    put(store, vec![Change::PersonSet(Box::new(person(1, ESTATE)))]).await;
    store.open_person(person_id(1), &look(1, person_id(2))).await.unwrap().unwrap();
    assert_eq!(every_look(store).await[0].look, look(1, person_id(1)));
}

pub async fn opening_nobody_writes_no_look(store: &dyn Store) {
    assert!(store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap().is_none());
    assert!(store.care_contact(&last(&path(ESTATE)), &look(1, person_id(1))).await.unwrap().is_none());
    assert!(every_look(store).await.is_empty());
}

pub async fn a_person_who_moves_or_marries_is_found_anew(store: &dyn Store) {
    put(store, vec![Change::PersonSet(Box::new(person(1, ESTATE)))]).await;
    let moved =
        Person { name: "欧阳新名".into(), phone: Some("13900000000".into()), ..person(1, COMMITTEE) };
    put(store, vec![Change::PersonSet(Box::new(moved.clone()))]).await;
    assert_eq!(store.person_place(person_id(1)).await.unwrap(), Some(path(COMMITTEE)));
    assert_eq!(store.person_place(person_id(2)).await.unwrap(), None);
    let found = |asked: &'static str| async move {
        store.people(&[path(STREET)], Some(asked), &PageAsk::first(9)).await.unwrap().items.len()
    };
    assert_eq!((found("欧阳老人1").await, found("欧阳新名").await), (0, 1));
    assert_eq!((found("13800000001").await, found("13900000000").await), (0, 1));
    assert!(store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap() == Some(moved));
}

pub async fn people_are_listed_masked_and_found_by_whole_values_only(store: &dyn Store) {
    let named =
        |n: u32, name: &str| Change::PersonSet(Box::new(Person { name: name.into(), ..person(n, ESTATE) }));
    put(store, vec![named(1, "张三"), named(2, "张三丰"), named(3, "Smith"), named(4, "张三")]).await;
    let found = |asked: Option<&'static str>| async move {
        let page = store.people(&[path(STREET)], asked, &PageAsk::first(9)).await.unwrap();
        let mut names: Vec<String> = page.items.into_iter().map(|p| p.name_masked).collect();
        names.sort();
        names
    };
    assert_eq!(found(None).await, ["S***", "张*", "张*", "张**"]);
    assert_eq!(found(Some("张三")).await, ["张*", "张*"]);
    assert_eq!(found(Some(" 张三丰 ")).await, ["张**"]);
    assert_eq!(found(Some("张")).await, [""; 0]);
    for phone in ["13800000003", "138 0000 0003", "１３８００００００03", "+86 138-0000-0003"] {
        assert_eq!(found(Some(phone)).await, ["S***"], "{phone}");
    }
    assert_eq!(found(Some("1380000000")).await, [""; 0]);
    assert_eq!(found(Some("310104194001010003")).await, ["S***"]);
    assert_eq!(found(Some("E12")).await.len(), 4, "by their dwelling");
    let elsewhere = store.people(&[path("310104012/")], Some("张三"), &PageAsk::first(9)).await.unwrap();
    assert!(elsewhere.items.is_empty(), "nobody outside of one's areas is found, whatever is asked");
    let nowhere: &[AreaPath] = &[];
    assert!(store.people(nowhere, None, &PageAsk::first(9)).await.unwrap().items.is_empty());
    assert!(every_look(store).await.is_empty(), "a masked list is no look");
}

pub async fn pages_of_people_hold_each_once(store: &dyn Store) {
    put(store, (1..=11).map(|n| Change::PersonSet(Box::new(person(n, ESTATE)))).collect()).await;
    let (mut seen, mut ask) = (vec![], PageAsk::first(4));
    loop {
        let page = store.people(&[path(STREET)], None, &ask).await.unwrap();
        seen.extend(page.items.into_iter().map(|p| p.id));
        let Some(next) = page.next else { break };
        ask.after = Some(next);
    }
    assert_eq!(seen.len(), 11);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 11);
}

pub async fn the_care_contact_of_a_dwelling_is_told_with_a_look(store: &dyn Store) {
    let mut other = person(1, ESTATE);
    other.populations.clear();
    let mut without = person(3, COMMITTEE);
    (without.contact_name, without.contact_phone) = (None, None);
    let people = [other, person(2, ESTATE), without];
    put(store, people.into_iter().map(|p| Change::PersonSet(Box::new(p))).collect()).await;
    let contact = store.care_contact(&last(&path(ESTATE)), &look(1, person_id(9))).await.unwrap();
    assert_eq!(contact, Some(("欧阳女儿2".into(), Some("13700000002".into()))));
    assert_eq!(store.care_contact(&last(&path(COMMITTEE)), &look(2, person_id(9))).await.unwrap(), None);
    let looks = every_look(store).await;
    assert_eq!(looks.len(), 2, "whose record was read, contact or not");
    assert_eq!(looks[1].look, look(1, person_id(2)));
    assert_eq!(looks[0].look, look(2, person_id(3)));
}

pub async fn looks_are_added_by_commits_too_and_leave_with_them(store: &dyn Store) {
    put(store, vec![Change::LookAdd(look(1, person_id(1))), Change::LookAdd(look(2, person_id(2)))]).await;
    let refused = store.commit(commit_of(vec![
        Change::LookAdd(look(3, person_id(3))),
        Change::PostSet(post(1, 404, ESTATE)),
    ]));
    assert!(matches!(refused.await, Err(CommitError::Fault(_))), "a post of a user who is not there");
    put(store, vec![Change::LookAdd(look(4, person_id(4)))]).await;
    let looks = every_look(store).await;
    assert_eq!(looks.iter().map(|l| l.seq).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(looks[0].look, look(4, person_id(4)));
    is_whole(store, 3).await;
}

pub async fn looks_of_many_at_once_make_one_chain(store: &dyn Store) {
    put(store, (1..=5).map(|n| Change::PersonSet(Box::new(person(n, ESTATE)))).collect()).await;
    let looked: Vec<Look> = (0..40).map(|n| look(n, person_id(n % 5 + 1))).collect();
    let answers = together(
        store,
        looked.iter().enumerate().map(|(i, look)| async move {
            if i % 2 == 0 {
                store.open_person(look.person.parse().unwrap(), look).await.unwrap().unwrap();
            } else {
                put(store, vec![Change::LookAdd(look.clone())]).await;
            }
        }),
    )
    .await;
    let looks = every_look(store).await;
    assert_eq!(looks.len(), answers.len());
    assert_eq!(looks.iter().map(|l| l.seq).collect::<Vec<_>>(), (1..=40).rev().collect::<Vec<_>>());
    for look in &looked {
        assert_eq!(looks.iter().filter(|l| l.look == *look).count(), 1);
    }
    is_whole(store, 40).await;
}

/// Also more than are read at a time.
pub async fn a_long_chain_is_verified_whole(store: &dyn Store) {
    for from in [0, 1_250] {
        put(store, (from..from + 1_250).map(|n| Change::LookAdd(look(n, person_id(1)))).collect()).await;
    }
    is_whole(store, 2_500).await;
}
