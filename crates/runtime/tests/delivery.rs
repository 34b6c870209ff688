//! Delivery over a real store with channels that refuse, lose, and answer nothing; time is the test's own.

use linli_casework::{Candidate, CaseId, Roster};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::{AreaId, AreaPath, Fault, IdSeed, Instant, Millis, Post, Role, Severity, Text, UserId};
use linli_notice::{
    Notice, NoticeId, Recipient,
    path::{ANSWER_MAX, EVERY, KNOWN_WITHIN, Paths, Turned, told},
    retry::{Tried, possibly_twice},
    ways::{Rest, Way as Kind, Ways},
};
use linli_runtime::{
    delivery::{AT_ONCE, Delivery, Way},
    loops::canary::Round,
};
use linli_server::ports::Clock;
use linli_store::{Attempt, Change, Commit, NoticeStore, Store};
use linli_store_sql::{Keyring, SqlStore, file_address};
use std::sync::{Arc, Mutex};

struct TestClock(Mutex<Instant>);
impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

/// What a fake channel does with a message.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Takes,
    /// Takes it, and its answer is lost.
    TakesAndLoses,
    Refuses,
    NotNow,
    /// Takes it, and never answers.
    TakesAndHangs,
}

struct Fake {
    does: Mutex<Does>,
    took: Mutex<Vec<String>>,
    tries: Mutex<u32>,
}

#[async_trait::async_trait]
impl Channel for Fake {
    fn code(&self) -> &'static str {
        "fake"
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        *self.tries.lock().unwrap() += 1;
        let does = *self.does.lock().unwrap();
        if matches!(does, Does::Takes | Does::TakesAndLoses | Does::TakesAndHangs) {
            self.took.lock().unwrap().push(message.id.clone());
        }
        match does {
            Does::Takes => Ok(Receipt::Accepted),
            Does::TakesAndLoses => Err(SendFault::Unknown("no answer".into())),
            Does::Refuses => Err(SendFault::Lasting("gone".into())),
            Does::NotNow => Err(SendFault::Passing("421".into())),
            Does::TakesAndHangs => std::future::pending().await,
        }
    }
    async fn probe(&self) -> Result<(), SendFault> {
        match *self.does.lock().unwrap() {
            Does::Takes => Ok(()),
            _ => Err(SendFault::Unknown("no answer".into())),
        }
    }
}

struct Town {
    store: SqlStore,
    clock: TestClock,
    ways: Vec<Way>,
    fakes: Vec<Arc<Fake>>,
    _folder: tempfile::TempDir,
}

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("delivery").id(name)
}

fn notice(n: usize, severity: Severity, at: Instant) -> Notice {
    Notice {
        id: id::<NoticeId>(&n.to_string()),
        case: Some(id::<CaseId>("case")),
        push: None,
        reason: "new_case".into(),
        recipient: Recipient::User(id::<UserId>("user")),
        step: n as u32,
        title: Text::new("新案件", "A new case"),
        body: Text::new("41号", "41"),
        severity,
        due_at: at,
        channel: "in_app".into(),
        created_at: at,
    }
}

impl Town {
    /// With these channels, the first as an inbox, the others as mail.
    async fn with(does: &[Does]) -> Town {
        let folder = tempfile::tempdir().unwrap();
        let url = file_address(&folder.path().join("town.sqlite"));
        let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
        let fakes: Vec<Arc<Fake>> = does
            .iter()
            .map(|d| Arc::new(Fake { does: Mutex::new(*d), took: Mutex::default(), tries: Mutex::default() }))
            .collect();
        let ways = fakes.iter().enumerate().map(|(n, fake)| Way {
            name: format!("way-{n}"),
            kind: if n == 0 { Kind::All } else { Kind::Mail },
            channel: fake.clone(),
        });
        let clock = TestClock(Mutex::new("2026-11-23T09:00:00+08:00".parse().unwrap()));
        let town = Town { ways: ways.collect(), store, clock, fakes, _folder: folder };
        let ways = Ways { email: Some("a@b.example".into()), urgent_mail: true, rest: Rest::Mail };
        town.put(vec![Change::WaysSet { user: id("user"), ways }]).await;
        town
    }
    async fn put(&self, changes: Vec<Change>) {
        self.store.commit(Commit { at: self.clock.now(), changes, ..Commit::default() }).await.unwrap();
    }
    async fn tell(&self, n: usize, severity: Severity) -> NoticeId {
        let notice = notice(n, severity, self.clock.now());
        self.put(vec![Change::NoticeAdd(notice.clone())]).await;
        notice.id
    }
    async fn turn(&self) -> Result<(), Fault> {
        self.turn_with(AT_ONCE).await
    }
    async fn turn_with(&self, at_once: usize) -> Result<(), Fault> {
        let (store, channels, clock) = (&self.store, &self.ways[..], &self.clock);
        Delivery { store, channels, clock, at_once }.turn().await.map(drop)
    }
    /// Turns once a minute, for so long.
    async fn live(&self, time: Millis) {
        for _ in 0..time.0 / 60_000 {
            self.turn().await.unwrap();
            let mut now = self.clock.0.lock().unwrap();
            *now = *now + Millis::minutes(1);
        }
    }
    async fn outcomes(&self, notice: NoticeId, way: usize) -> Vec<String> {
        let attempts = self.store.attempts(notice).await.unwrap();
        let name = format!("way-{way}");
        attempts.into_iter().filter(|a| a.channel == name).map(|a| a.outcome).collect()
    }
    fn took(&self, way: usize) -> Vec<String> {
        self.fakes[way].took.lock().unwrap().clone()
    }
    fn now_does(&self, way: usize, does: Does) {
        *self.fakes[way].does.lock().unwrap() = does;
    }
}

/// DL4: bad input of the road, a mail server that is down for a day. Every notice of that day arrives, once.
#[tokio::test]
async fn a_mail_server_that_is_down_for_a_day_loses_nothing() {
    let town = Town::with(&[Does::Takes, Does::NotNow]).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(
            town.tell(n, if n % 2 == 0 { Severity::Attention } else { Severity::Alarm }).await.to_string(),
        );
        town.live(Millis::hours(4)).await;
    }
    assert_eq!(town.took(0).len(), 6, "the inbox has them all at once");
    assert_eq!(town.took(1).len(), 0);
    town.now_does(1, Does::Takes);
    town.live(Millis::minutes(62)).await;
    let mut took = town.took(1);
    took.sort();
    ids.sort();
    assert_eq!(took, ids, "each once, within an hour");
    town.live(Millis::hours(6)).await;
    assert_eq!(town.took(1).len(), 6);
}

/// DL1, DL2: taken and then lost is sent again under the same id, and said to be possibly twice.
#[tokio::test]
async fn what_is_taken_and_lost_is_sent_again_under_its_id_and_shown_as_possibly_twice() {
    let town = Town::with(&[Does::Takes, Does::TakesAndLoses]).await;
    let told = town.tell(1, Severity::Urgent).await;
    town.live(Millis::minutes(1)).await;
    town.now_does(1, Does::Takes);
    town.live(Millis::minutes(3)).await;
    assert_eq!(town.took(1), [told.to_string(), told.to_string()]);
    assert_eq!(town.outcomes(told, 1).await, ["unknown", "accepted"]);
    let attempts: Vec<Attempt> = town.store.attempts(told).await.unwrap();
    let tried: Vec<_> = attempts
        .iter()
        .filter(|a| a.channel == "way-1")
        .map(|a| Tried { at: a.at, outcome: &a.outcome })
        .collect();
    assert!(possibly_twice(&tried));
    assert_eq!(town.outcomes(told, 0).await, ["accepted"], "DL1");
}

/// DL1
#[tokio::test]
async fn a_channel_that_refuses_is_asked_once_and_the_others_are_not_asked_again() {
    let town = Town::with(&[Does::Takes, Does::Refuses, Does::NotNow]).await;
    let told = town.tell(1, Severity::Attention).await;
    town.live(Millis::days(4)).await;
    assert_eq!(town.outcomes(told, 0).await, ["accepted"]);
    assert_eq!(town.outcomes(told, 1).await, ["lasting"]);
    let tries = town.outcomes(told, 2).await.len();
    assert!((70..=80).contains(&tries), "for three days, then given up: {tries}");
    assert!(town.store.notices_due(town.clock.now() + Millis::days(9), 9).await.unwrap().is_empty());
}

/// DL1, DL2: a turn that is cut off between sending and recording, as a kill does it, is done again under the same id;
/// what the other channel had done by then is on record.
#[tokio::test]
async fn a_turn_that_is_cut_off_after_sending_sends_again_under_the_same_id() {
    let town = Town::with(&[Does::Takes, Does::TakesAndHangs]).await;
    let told = town.tell(1, Severity::Alarm).await;
    let cut = tokio::time::timeout(std::time::Duration::from_secs(2), town.turn()).await;
    assert!(cut.is_err());
    assert_eq!((town.took(0).len(), town.took(1).len()), (1, 1));
    assert_eq!(town.outcomes(told, 0).await, ["accepted"], "held up by nobody");
    assert_eq!(town.outcomes(told, 1).await, Vec::<String>::new(), "sent, and not recorded");
    town.now_does(1, Does::Takes);
    town.turn().await.unwrap();
    assert_eq!(town.took(1), [told.to_string(), told.to_string()], "never silently unsent");
    assert_eq!(town.took(0).len(), 1);
}

/// DL3
#[tokio::test]
async fn what_matters_at_once_goes_first() {
    let town = Town::with(&[Does::Takes]).await;
    for n in 0..5 {
        town.tell(n, Severity::Attention).await;
    }
    let alarm = town.tell(9, Severity::Alarm).await;
    town.turn_with(1).await.unwrap();
    assert_eq!(town.took(0)[0], alarm.to_string());
    assert_eq!(town.took(0).len(), 6);
}

/// WY2: somebody who wants no mail gets none, and their notice is through when the inbox has it.
#[tokio::test]
async fn who_wants_no_mail_gets_none() {
    let town = Town::with(&[Does::Takes, Does::Takes]).await;
    town.put(vec![Change::WaysSet { user: id("user"), ways: Ways::default() }]).await;
    let told = town.tell(1, Severity::Alarm).await;
    town.turn().await.unwrap();
    assert_eq!((town.took(0).len(), town.took(1).len()), (1, 0));
    assert!(
        town.store.notices_due(town.clock.now() + Millis::days(9), 9).await.unwrap().is_empty(),
        "{told}"
    );
}

/// NP1–NP3: a channel that takes and then loses is known to be dead within a minute, and told over the others.
#[tokio::test]
async fn a_path_that_takes_and_loses_is_known_within_a_minute_and_told_over_the_others() {
    let town = Town::with(&[Does::Takes, Does::Takes]).await;
    let paths = Mutex::new(Paths::default());
    let fly = || async {
        let round = Round { store: &town.store, channels: &town.ways, clock: &town.clock, paths: &paths };
        round.fly().await
    };
    assert_eq!(fly().await, []);
    let lost_at = town.clock.now();
    town.now_does(1, Does::TakesAndLoses);
    let mut turned = Vec::new();
    while turned.is_empty() && town.clock.now() - lost_at < Millis::minutes(5) {
        *town.clock.0.lock().unwrap() = town.clock.now() + EVERY;
        turned = fly().await;
    }
    assert_eq!(turned, [Turned::Died { path: "way-1".into(), heard_at: lost_at }]);
    assert!(town.clock.now() + ANSWER_MAX - lost_at <= KNOWN_WITHIN, "{:?}", town.clock.now() - lost_at);

    let keeper = |role| Candidate {
        post: Post {
            id: id("post"),
            user: id("user"),
            role,
            area: AreaId::new("s"),
            area_path: AreaPath("s/".into()),
            valid_from: Instant(0),
            valid_to: None,
            skills: Vec::new(),
        },
        on_duty: true,
        away_until: None,
        open_cases: 0,
    };
    let nobodys = Roster { candidates: vec![keeper(Role::Volunteer)], ..Roster::default() };
    assert!(told("way-1", lost_at, &nobodys, town.clock.now()).is_empty());
    let roster =
        Roster { candidates: vec![keeper(Role::Administrator), keeper(Role::DutyDesk)], ..Roster::default() };
    let notices = told("way-1", lost_at, &roster, town.clock.now());
    assert_eq!(notices.len(), 1, "one person, however many posts");
    let again = told("way-1", lost_at, &roster, town.clock.now() + Millis::secs(1));
    assert_eq!(again[0].key(), notices[0].key(), "NP2: the same death is the same notice");
    town.put(notices.iter().cloned().map(Change::NoticeAdd).collect()).await;
    town.turn().await.unwrap();
    assert_eq!(town.took(0), [notices[0].id.to_string()]);

    town.now_does(1, Does::Takes);
    assert_eq!(fly().await, [Turned::CameBack { path: "way-1".into(), heard_at: lost_at }]);
}
