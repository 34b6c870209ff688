//! The ladder of urgent cases in an installation on its own stores: however many nobody takes, each of them climbs.

mod town;

use linli_casework::{ActorKind, CaseId, Opening, apply, decide_open};
use linli_model::{IdSeed, Millis, Severity, UserId};
use linli_runtime::loops::clock;
use linli_server::ports::Clock;
use linli_store::{Change, PageAsk};
use std::{collections::BTreeSet, ops::Range};
use town::{Town, alarmed, id, report};

/// Urgent cases of these numbers, filed now, in one commit.
async fn urgent(town: &Town, numbers: Range<usize>) -> Vec<CaseId> {
    let state = &town.house.state;
    let (areas, roster) = (state.areas().await.unwrap(), state.roster().await.unwrap());
    let opened = numbers.map(|n| {
        let severity = Some(Severity::Urgent);
        let opening = Opening { severity, ..report(&format!("{n:04}"), "other", "phone") };
        let context = state.context(&areas, &roster, IdSeed::of_name(&format!("case {n}")));
        let facts = decide_open(&opening, &ActorKind::System, &context).unwrap().facts;
        let case = facts.iter().fold(None, apply).unwrap();
        (case.id, Change::CaseFacts { case: Box::new(case), facts, timer_at: None })
    });
    let (ids, changes) = opened.unzip();
    town.put(changes).await;
    ids
}

/// The cases the desk was told of because nobody took them.
async fn told(town: &Town) -> BTreeSet<CaseId> {
    let (mut found, mut page) = (BTreeSet::new(), PageAsk::first(200));
    loop {
        let inbox = town.house.store.inbox(id::<UserId>("desk"), town.clock.now(), &page).await.unwrap();
        let of_ladder = inbox.items.iter().filter(|i| i.notice.reason == "not_taken");
        found.extend(of_ladder.filter_map(|i| i.notice.case));
        let Some(next) = inbox.next else { return found };
        page = PageAsk { after: Some(next), ..page };
    }
}

#[tokio::test]
async fn two_hundred_that_nobody_takes_keep_no_later_one_from_climbing() {
    let (town, _mail) = alarmed().await;
    urgent(&town, 0..200).await;
    town.pass(Millis::hours(3));
    clock::turn(town.house.clone()).await.unwrap();
    assert_eq!(told(&town).await.len(), 200, "all their rungs are used up");
    let late = urgent(&town, 200..201).await[0];
    town.pass(Millis::minutes(29));
    clock::turn(town.house.clone()).await.unwrap();
    assert!(!told(&town).await.contains(&late));
    town.pass(Millis::minutes(1));
    clock::turn(town.house.clone()).await.unwrap();
    assert!(told(&town).await.contains(&late), "the two hundred and first");
}
