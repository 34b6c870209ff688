//! An installation on its own stores: a rule that suspects somebody is wrong too often.

use linli_casework::{ActorKind, Command, Opening, Origin};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, Evidence, Fault, Finding, FindingChange, FindingId, FindingKind,
    IdSeed, Instant, Millis, Post, RegistryChange, Role, Severity, Subject, SubjectKind, SuspensionStep,
    Text, UserId, standings,
};
use linli_runtime::{Config, Installation, Options, loops::precision};
use linli_server::{
    cases::carry::{carry_command, next_case_number, open_case},
    ports::Clock,
    rules::past::registry,
};
use linli_store::{Change, Commit, PageAsk, User};
use std::sync::{Arc, Mutex};

struct Hand(Mutex<Instant>);

impl Clock for Hand {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("precision").id(name)
}

async fn opened(folder: &std::path::Path) -> Result<Arc<Installation>, Fault> {
    let mut config = Config { data: folder.to_owned(), ..Config::default() };
    config.mqtt.listen = None;
    let clock = Arc::new(Hand(Mutex::new("2026-11-23T09:00:00+08:00".parse().unwrap())));
    let options = Options {
        config,
        clock,
        demo_accounts: Vec::new(),
        ticks_from: Arc::new(|| true),
        office: String::new(),
        phone: None,
    };
    Installation::open(options).await
}

fn rule(code: &str, more: &str) -> Change {
    let text = format!(
        r#"rule = "{code}"
name = {{ zh = "某规则", en = "A rule" }}
key = "device"
severity = "info"
case_class = "population.visit"
{more}
sentence = {{ zh = "声音 {{value}}", en = "sound {{value}}" }}
[signal]
operator = "level"
raise = "noise_db > 70"
"#
    );
    let set = RegistryChange::RuleSet { pack: "p".into(), rule: code.into(), version: 1, text };
    Change::Registry { effective_at: Instant(0), change: Box::new(set) }
}

/// A street with a residential area, two desks and a cadre; one rule that suspects somebody, one that does not.
async fn settle(house: &Installation) {
    let street = AreaPath::root(&AreaId::new("S"));
    let area = |code: &str, level, parent: Option<&str>, path: &AreaPath| {
        let (id, parent) = (AreaId::new(code), parent.map(AreaId::new));
        Change::AreaSet(Area { id, level, name: code.into(), parent, path: path.clone() })
    };
    let committee = street.child(&AreaId::new("R"));
    let mut changes = vec![
        area("S", AreaLevel::Street, None, &street),
        area("R", AreaLevel::ResidentialArea, Some("S"), &committee),
        rule("suspicion", "suspects = true"),
        rule("loudness", ""),
    ];
    let people = [
        ("desk", Role::DutyDesk, "S", &street),
        ("desk2", Role::DutyDesk, "S", &street),
        ("cadre", Role::Cadre, "R", &committee),
    ];
    for (login, role, area, path) in people {
        changes.push(Change::UserSet(User {
            id: id::<UserId>(login),
            login: login.into(),
            name: login.into(),
            password_hash: "none".into(),
            disabled: false,
            created_at: house.clock.now(),
        }));
        changes.push(Change::PostSet(Post {
            id: id(login),
            user: id(login),
            role,
            area: AreaId::new(area),
            area_path: path.clone(),
            valid_from: Instant(0),
            valid_to: None,
            skills: Vec::new(),
        }));
    }
    house.store.commit(Commit { at: house.clock.now(), changes, ..Commit::default() }).await.unwrap();
    house.state.forget_cached().await;
}

/// What a rule found, turned away by whom it was given to.
async fn wrong(house: &Installation, rule: &str, n: usize) {
    let subject = Subject::new(SubjectKind::Device, format!("d{n}"));
    let finding = FindingId::of(rule, &subject, Instant(n as i64));
    let area = AreaId::new("R");
    let opening = Opening {
        id: id(&format!("case {rule} {n}")),
        number: next_case_number(&house.state, &area).await.unwrap(),
        class: "population.visit".into(),
        title: "走访".into(),
        text: String::new(),
        place: "R".into(),
        area: area.clone(),
        lon: None,
        lat: None,
        severity: None,
        origin: Origin::Finding { finding, rule: rule.into() },
        subject: Some(subject.clone()),
        reporters: Vec::new(),
        photos: Vec::new(),
    };
    let case = open_case(&house.state, &opening, &ActorKind::System, Vec::new(), None).await.unwrap().0;
    let found = Finding {
        id: finding,
        kind: FindingKind::Signal,
        change: FindingChange::Opened,
        rule: rule.into(),
        rule_version: 1,
        subject,
        area,
        area_path: case.area_path.clone(),
        severity: Severity::Info,
        start: Instant(n as i64),
        end: None,
        decided_at: house.clock.now(),
        sentence: Text::new("某", "some"),
        case_class: case.class.clone(),
        evidence: Evidence {
            readings: vec![],
            readings_total: 0,
            deadline: None,
            parameters: vec![],
            steps: vec![],
        },
    };
    let set = Change::FindingSet { finding: Box::new(found), case: Some(case.id) };
    house
        .store
        .commit(Commit { at: house.clock.now(), changes: vec![set], ..Commit::default() })
        .await
        .unwrap();
    let post: Vec<Post> = house.store.posts_of(case.owner.user).await.unwrap();
    let owner = ActorKind::User { user: case.owner.user, posts: post };
    let reject = Command::Reject { reason: "误报".into() };
    carry_command(&house.state, case.id, &reject, case.version, &owner, None).await.unwrap();
}

async fn inbox(house: &Installation, login: &str, reason: &str) -> usize {
    let later = house.clock.now() + Millis::days(1);
    let items = house.store.inbox(id(login), later, &PageAsk::first(200)).await.unwrap().items;
    items.iter().filter(|i| i.notice.reason == reason).count()
}

async fn suspended(house: &Installation) -> Vec<String> {
    let all = standings(&registry(&*house.store).await.unwrap());
    all.into_iter().filter(|s| s.suspended).map(|s| s.rule).collect()
}

/// PC2, and the loop can run twice.
#[tokio::test]
async fn a_rule_that_suspects_and_is_wrong_twenty_times_goes_out_of_force_once_and_any_other_is_only_told_of()
{
    let folder = tempfile::tempdir().unwrap();
    let house = opened(folder.path()).await.unwrap();
    settle(&house).await;
    for n in 0..19 {
        wrong(&house, "suspicion", n).await;
        wrong(&house, "loudness", n).await;
    }
    precision::turn(house.clone()).await.unwrap();
    assert_eq!(suspended(&house).await, [""; 0], "nineteen are too few");
    wrong(&house, "suspicion", 19).await;
    wrong(&house, "loudness", 19).await;
    for _ in 0..3 {
        precision::turn(house.clone()).await.unwrap();
    }
    assert_eq!(suspended(&house).await, ["suspicion"]);
    let all = standings(&registry(&*house.store).await.unwrap());
    let steps = &all.iter().find(|s| s.rule == "suspicion").unwrap().steps;
    let [(_, 1, SuspensionStep::Suspended { n: 20, confirmed: 0, upper_permille: 77, told })] = &steps[..]
    else {
        panic!("{steps:?}")
    };
    assert_eq!(told.len(), 2, "{told:?}");
    for login in ["desk", "desk2"] {
        assert_eq!(inbox(&house, login, "rule_suspended").await, 1);
        assert_eq!(inbox(&house, login, "rule_poor").await, 1);
    }
    assert_eq!(
        inbox(&house, "cadre", "rule_suspended").await,
        0,
        "who does not answer for the street's rules"
    );
}
