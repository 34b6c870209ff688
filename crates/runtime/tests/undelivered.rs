//! An answer that a gateway refuses becomes a call.

mod town;

use linli_casework::{ActorKind, CaseId, Command, DoneOutcome, Opening, PromiseKind, ReporterId};
use linli_channel::{Channel, Message, Receipt, Recipient, SendFault};
use linli_model::{Millis, UserId};
use linli_notice::ways::Way as Kind;
use linli_runtime::{
    delivery::Way,
    loops::{deliver, undelivered},
};
use linli_server::{
    cases::carry::{carry_command, open_case},
    ports::Clock,
};
use linli_store::{Change, PageAsk, Reporter};
use std::sync::Arc;
use town::{Town, id, report, smoke};

/// A gateway of short messages that knows no reporter's number.
struct Gateway;

#[async_trait::async_trait]
impl Channel for Gateway {
    fn code(&self) -> &'static str {
        "webhook"
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        match message.recipient {
            Recipient::Reporter(_) => Err(SendFault::Lasting("no such number".into())),
            Recipient::User(_) => Ok(Receipt::Accepted),
        }
    }
    async fn probe(&self) -> Result<(), SendFault> {
        Ok(())
    }
}

async fn town() -> Town {
    let way = Way { name: "sms".into(), kind: Kind::All, channel: Arc::new(Gateway) };
    let rule = include_str!("../../../packs/fire/rules/smoke_alarm.toml");
    Town::with(smoke(), ("smoke_alarm", rule), vec![way]).await
}

/// A case somebody reported on the web, answered by the desk.
async fn answered(town: &Town) -> CaseId {
    let state = &town.house.state;
    let reporter: ReporterId = id("reporter");
    let opening = Opening { reporters: vec![reporter], ..report("1", "noise.neighbour", "web") };
    let row = Reporter {
        id: reporter,
        case: opening.id,
        channel: "web".into(),
        claim_hash: None,
        name: String::new(),
        phone: "13900000001".into(),
        created_at: town.clock.now(),
    };
    let beside = vec![Change::ReporterAdd(row)];
    let (mut case, _) = open_case(state, &opening, &ActorKind::System, beside, None).await.unwrap();
    let posts = town.house.store.posts().await.unwrap();
    let user = |who: &str| ActorKind::User {
        user: id(who),
        posts: posts.iter().filter(|p| p.user == id::<UserId>(who)).cloned().collect(),
    };
    let done = Command::ProposeDone {
        outcome: DoneOutcome::Explained,
        text: "已说明".into(),
        photos: vec![],
        passed_to: String::new(),
        reporter_agrees: Some(true),
    };
    let verify = Command::Verify { ok: true, text: "看过".into(), photos: vec![] };
    let answer = Command::Answer { text: "已劝说".into() };
    let steps = [("cadre", Command::Accept), ("cadre", done), ("desk", verify), ("cadre", answer)];
    for (who, command) in steps {
        case = carry_command(state, case.id, &command, case.version, &user(who), None)
            .await
            .unwrap_or_else(|e| panic!("{command:?}: {e:?}"));
    }
    case.id
}

#[tokio::test]
async fn an_answer_the_gateway_refuses_is_promised_as_a_call_once_and_its_owner_is_told() {
    let town = town().await;
    let case = answered(&town).await;
    undelivered::turn(town.house.clone()).await.unwrap();
    let read = || async { town.house.store.case(case).await.unwrap().unwrap() };
    assert!(read().await.to_call().is_empty(), "nothing was tried yet");
    deliver::turn(town.house.clone()).await.unwrap();
    undelivered::turn(town.house.clone()).await.unwrap();
    let after = read().await;
    assert_eq!(after.to_call(), [id("reporter")]);
    assert!(after.promise(PromiseKind::CallBack).is_some_and(|p| p.is_open()));
    let inbox =
        town.house.store.inbox(id("cadre"), town.clock.now(), &PageAsk::first(20)).await.unwrap().items;
    assert_eq!(inbox.iter().filter(|i| i.notice.reason == "answer_undelivered").count(), 1);
    town.pass(Millis::minutes(1));
    undelivered::turn(town.house.clone()).await.unwrap();
    assert_eq!(read().await.version, after.version);
}
