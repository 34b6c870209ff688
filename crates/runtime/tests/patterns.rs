//! An installation on its own stores: what several cases say together, and the class tables it has used.

use linli_casework::{
    ActorKind, CaseId, ClassTable, LinkKind, Opening, Origin, PromiseKind, ReporterId, decide::ROOT_CAUSE,
};
use linli_model::{Area, AreaId, AreaLevel, AreaPath, Fault, IdSeed, Instant, Millis, Post, Role, UserId};
use linli_runtime::{Config, Installation, Options, loops::patterns};
use linli_server::{
    cases::carry::{next_case_number, open_case},
    ports::Clock,
};
use linli_store::{CaseFilter, Change, Commit, Mark, PageAsk, User};
use std::sync::{Arc, Mutex};

struct Hand(Mutex<Instant>);

impl Clock for Hand {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("patterns").id(name)
}

async fn opened(folder: &std::path::Path, clock: Arc<Hand>) -> Result<Arc<Installation>, Fault> {
    let mut config = Config { data: folder.to_owned(), ..Config::default() };
    config.mqtt.listen = None;
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

/// One building, and an officer at each level above it.
async fn settle(house: &Installation) {
    let levels = [
        ("S", AreaLevel::Street),
        ("G", AreaLevel::Grid),
        ("R", AreaLevel::ResidentialArea),
        ("E", AreaLevel::Estate),
        ("B", AreaLevel::Building),
    ];
    let (mut changes, mut above): (Vec<Change>, Option<Area>) = (Vec::new(), None);
    for (code, level) in levels {
        let own = AreaId::new(code);
        let path = above.as_ref().map_or_else(|| AreaPath::root(&own), |a| a.path.child(&own));
        let parent = above.map(|a| a.id);
        let area = Area { id: own, level, name: code.into(), parent, path };
        let role = match level {
            AreaLevel::Street => Some(Role::DutyDesk),
            AreaLevel::Grid => Some(Role::GridLeader),
            AreaLevel::ResidentialArea => Some(Role::Cadre),
            _ => None,
        };
        changes.push(Change::AreaSet(area.clone()));
        if let Some(role) = role {
            changes.push(Change::UserSet(User {
                id: id::<UserId>(code),
                login: code.to_lowercase(),
                name: code.into(),
                password_hash: "none".into(),
                disabled: false,
                created_at: house.clock.now(),
            }));
            changes.push(Change::PostSet(Post {
                id: id(code),
                user: id(code),
                role,
                area: area.id.clone(),
                area_path: area.path.clone(),
                valid_from: Instant(0),
                valid_to: None,
                skills: Vec::new(),
            }));
        }
        above = Some(area);
    }
    house.store.commit(Commit { at: house.clock.now(), changes, ..Commit::default() }).await.unwrap();
    house.state.forget_cached().await;
}

async fn reported(house: &Installation, name: &str) -> CaseId {
    let reporter: ReporterId = id(name);
    let area = AreaId::new("B");
    let opening = Opening {
        id: id(&format!("case {name}")),
        number: next_case_number(&house.state, &area).await.unwrap(),
        class: "noise.neighbour".into(),
        title: name.into(),
        text: name.into(),
        place: "B".into(),
        area,
        lon: None,
        lat: None,
        severity: None,
        origin: Origin::Report { channel: "web".into(), filed_by: None, order: None },
        subject: None,
        reporters: vec![reporter],
        photos: Vec::new(),
    };
    let who = ActorKind::Reporter { reporter };
    open_case(&house.state, &opening, &who, Vec::new(), None).await.unwrap().0.id
}

async fn marked(house: &Installation, mark: Mark) -> Vec<linli_casework::Case> {
    let filter = CaseFilter {
        mark: Some(mark),
        ..CaseFilter::all_within(vec![AreaPath::root(&AreaId::new("S"))], house.clock.now())
    };
    house.store.cases(&filter, &PageAsk::first(50)).await.unwrap().items
}

#[tokio::test]
async fn the_loop_opens_one_root_cause_case_and_marks_a_concentrated_matter_once() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand(Mutex::new("2026-11-23T09:00:00+08:00".parse().unwrap())));
    let house = opened(folder.path(), clock.clone()).await.unwrap();
    settle(&house).await;
    let pass = |millis: Millis| {
        let mut now = clock.0.lock().unwrap();
        *now = *now + millis;
    };
    let mut cases = Vec::new();
    for n in 1..=2 {
        cases.push(reported(&house, &format!("r{n}")).await);
        pass(Millis::minutes(10));
        patterns::turn(house.clone()).await.unwrap();
    }
    assert!(marked(&house, Mark::RootCause).await.is_empty(), "twice is not often");
    cases.push(reported(&house, "r3").await);
    for _ in 0..3 {
        patterns::turn(house.clone()).await.unwrap();
        pass(Millis::minutes(1));
    }
    let roots = marked(&house, Mark::RootCause).await;
    assert_eq!(roots.len(), 1, "once, however often it is looked at");
    assert_eq!((roots[0].class.as_str(), roots[0].owner.area.as_str()), (ROOT_CAUSE, "G"), "one level up");
    assert_eq!(roots[0].links.len(), 3);
    for case in &cases {
        let case = house.store.case(*case).await.unwrap().unwrap();
        assert!(case.links.iter().any(|l| l.to == roots[0].id && l.how == LinkKind::RootCause));
        assert!(case.concentrated_at.is_none());
    }
    for n in 4..=5 {
        cases.push(reported(&house, &format!("r{n}")).await);
    }
    for _ in 0..3 {
        patterns::turn(house.clone()).await.unwrap();
        pass(Millis::minutes(1));
    }
    assert_eq!(marked(&house, Mark::RootCause).await[0].links.len(), 5, "what happens meanwhile is linked");
    let many = marked(&house, Mark::Concentrated).await;
    assert_eq!(many.len(), 5);
    for case in &many {
        let facts = house.store.facts(case.id).await.unwrap();
        assert_eq!(facts.iter().filter(|f| f.fact.code() == "concentrated").count(), 1);
        assert!(case.promise(PromiseKind::ThreeDay).is_some_and(|p| p.is_open()));
    }
}

/// CV1
#[tokio::test]
async fn an_installation_keeps_every_class_table_it_used_and_refuses_another_under_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand(Mutex::new("2026-11-23T09:00:00+08:00".parse().unwrap())));
    let house = opened(folder.path(), clock.clone()).await.unwrap();
    let shipped = ClassTable::shipped();
    let kept = house.store.setting("class_tables").await.unwrap().unwrap();
    let kept_table: ClassTable = serde_json::from_value(kept[shipped.version.to_string()].clone()).unwrap();
    assert_eq!(kept_table.silent_days, shipped.silent_days);
    // One that was used between two releases, and one whose number says something else now.
    let used = ClassTable { version: 1, silent_days: 5, ..shipped.clone() };
    let mut tables = kept.clone();
    tables["1"] = serde_json::to_value(&used).unwrap();
    set(&house, tables).await;
    drop(house);
    let house = opened(folder.path(), clock.clone()).await.unwrap();
    assert_eq!(house.state.classes.at(1).silent_days, 5);
    let mut tables = kept;
    tables[shipped.version.to_string()]["silent_days"] = 8.into();
    set(&house, tables).await;
    drop(house);
    let Err(fault) = opened(folder.path(), clock).await else { panic!("another table under a used number") };
    assert_eq!(fault.code(), "class_table_refused");
}

async fn set(house: &Installation, value: serde_json::Value) {
    let changes = vec![Change::SettingSet { key: "class_tables".into(), value }];
    house.store.commit(Commit { at: house.clock.now(), changes, ..Commit::default() }).await.unwrap();
}
