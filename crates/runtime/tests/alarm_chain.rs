//! The alarm chain in an installation on its own stores: a channel that takes and then loses, and the digest of what was
//! held back. The loops' turns are taken by hand, the time is the test's own.

mod town;

use linli_casework::CaseId;
use linli_model::{LogEntry, Millis, Severity, Text, UserId};
use linli_notice::{
    Notice, NoticeId, Recipient,
    path::{EVERY, KNOWN_WITHIN, RULES},
    ways::{DIGEST, Rest, Ways},
};
use linli_runtime::loops::{canary, deliver, digest};
use linli_server::ports::Clock;
use linli_store::{Change, PageAsk};
use town::{Town, alarmed, id, smoke, until_known};

async fn inbox(town: &Town, login: &str) -> Vec<Notice> {
    let page = PageAsk::first(50);
    let items = town.house.store.inbox(id::<UserId>(login), town.clock.now(), &page).await.unwrap().items;
    items.into_iter().map(|i| i.notice).collect()
}

/// NP1–NP3
#[tokio::test]
async fn a_channel_that_takes_and_then_loses_is_told_to_the_desk_within_a_minute_and_once() {
    let (town, mail) = alarmed().await;
    canary::turn(town.house.clone()).await.unwrap();
    *mail.loses.lock().unwrap() = true;
    assert!(until_known(&town).await <= KNOWN_WITHIN);
    for _ in 0..6 {
        town.pass(EVERY);
        canary::turn(town.house.clone()).await.unwrap();
    }
    let told: Vec<_> = inbox(&town, "desk").await.into_iter().filter(|n| n.reason == "path_dead").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].title.zh.contains("mail") && told[0].title.en.contains("mail"));
    assert!(inbox(&town, "cadre").await.iter().all(|n| n.reason != "path_dead"));
}

/// WY3
#[tokio::test]
async fn what_was_held_back_comes_as_one_digest_in_the_evening() {
    let (town, mail) = alarmed().await;
    let ways = Ways { email: Some("cadre@x.example".into()), urgent_mail: false, rest: Rest::Digest };
    town.put(vec![Change::WaysSet { user: id("cadre"), ways }]).await;
    for n in 1..=3 {
        let notice = Notice {
            id: id::<NoticeId>(&format!("held {n}")),
            case: Some(id::<CaseId>(&format!("case {n}"))),
            push: None,
            reason: "new_case".into(),
            recipient: Recipient::User(id("cadre")),
            step: n,
            title: Text::new("新案件", "A new case"),
            body: Text::new(format!("{n}号楼"), format!("building {n}")),
            severity: Severity::Attention,
            due_at: town.clock.now(),
            channel: "in_app".into(),
            created_at: town.clock.now(),
        };
        town.put(vec![Change::NoticeAdd(notice)]).await;
        town.pass(Millis::minutes(30));
    }
    // From half past ten to the morning after next, a turn of each loop every ten minutes.
    let turns = async |n: u32| {
        for _ in 0..n {
            digest::turn(town.house.clone()).await.unwrap();
            deliver::turn(town.house.clone()).await.unwrap();
            town.pass(Millis::minutes(10));
        }
    };
    turns(36).await;
    assert!(mail.took.lock().unwrap().is_empty(), "until five it waits");
    turns(240).await;
    let took = mail.took.lock().unwrap().clone();
    assert_eq!(took.len(), 1, "one, however often the loop turns");
    assert_eq!(took[0].title.zh, "3 条通知汇总");
    assert!(inbox(&town, "cadre").await.iter().all(|n| n.reason != DIGEST), "a digest is a mail");
}

/// NP3, the way in: a reading that no rule hears is no alarm, and somebody has to know of it.
#[tokio::test]
async fn rules_that_hear_nothing_any_more_are_told_to_the_desk_within_a_minute_and_once() {
    let (town, _mail) = alarmed().await;
    town.says(&smoke(), Millis::secs(2)).await;
    let dead = |town: &Town| town.house.paths.lock().unwrap().is_dead(RULES);
    // Something is logged now and then, and heard.
    for _ in 0..8 {
        town.pass(EVERY);
        town.says(&smoke(), Millis::secs(0)).await;
        canary::turn(town.house.clone()).await.unwrap();
    }
    assert!(!dead(&town));
    let stuck_at = town.clock.now();
    for _ in 0..12 {
        town.pass(EVERY);
        let tick = LogEntry::Tick { at: town.clock.now() };
        town.house.log.append(vec![tick]).await.unwrap();
        canary::turn(town.house.clone()).await.unwrap();
        if town.clock.now() - stuck_at == KNOWN_WITHIN {
            assert!(dead(&town), "known within a minute");
        }
    }
    let told: Vec<_> = inbox(&town, "desk").await.into_iter().filter(|n| n.reason == "path_dead").collect();
    assert_eq!(told.len(), 1, "once");
    assert!(
        told[0].title.zh.contains("读数") && told[0].title.en.contains("Readings"),
        "{:?}",
        told[0].title
    );
    // It follows again: alive at once.
    town.says(&smoke(), Millis::secs(0)).await;
    canary::turn(town.house.clone()).await.unwrap();
    assert!(!dead(&town));
}
