//! What the checks are made of: invented people, places and cases, all from small numbers.

use crate::{
    Change, Commit, CommitError, Committed, Guard, Look, Person, Reporter, Store, User, people::PersonId,
};
use futures::future::join_all;
use linli_casework::{
    Actor, Case, CaseId, Explanation, Fact, FactRecord, Origin, Owner, ReporterId, apply, fact::Opened,
};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Evidence, Finding,
    FindingChange, FindingId, FindingKind, IdSeed, Instant, Measure, Millis, Post, PostId, Role, Severity,
    SourceId, Subject, SubjectKind, Text, UserId,
};
use linli_notice::{Notice, NoticeId, Recipient};

pub const MORNING: Instant = Instant(1_795_420_800_000);

/// So many minutes after the morning.
pub fn minute(n: i64) -> Instant {
    MORNING + Millis::minutes(n)
}

/// The id of the n-th thing of a kind.
pub fn id<T: From<uuid::Uuid>>(kind: &str, n: u32) -> T {
    IdSeed::of_name(kind).id(&n.to_string())
}
pub fn case_id(n: u32) -> CaseId {
    id("case", n)
}
pub fn user_id(n: u32) -> UserId {
    id("user", n)
}
pub fn post_id(n: u32) -> PostId {
    id("post", n)
}
pub fn person_id(n: u32) -> PersonId {
    id("person", n)
}
pub fn reporter_id(n: u32) -> ReporterId {
    id("reporter", n)
}
pub fn notice_id(n: u32) -> NoticeId {
    id("notice", n)
}

pub fn path(text: &str) -> AreaPath {
    AreaPath(text.to_owned())
}

/// The last id of a path.
pub fn last(path: &AreaPath) -> AreaId {
    path.ids().next_back().unwrap_or_else(|| AreaId::new(""))
}

pub const STREET: &str = "310104011/";
pub const COMMITTEE: &str = "310104011/310104011012/";
pub const ESTATE: &str = "310104011/310104011012/E12/";

pub fn area(at: &str) -> Area {
    let at = path(at);
    let parents: Vec<AreaId> = at.ids().collect();
    Area {
        id: last(&at),
        level: if parents.len() == 1 { AreaLevel::Street } else { AreaLevel::Estate },
        name: format!("田林{}", last(&at)),
        parent: parents.len().checked_sub(2).map(|i| parents[i].clone()),
        path: at,
    }
}

pub fn owner(user: u32, at: &str) -> Owner {
    Owner {
        user: user_id(user),
        post: post_id(user),
        role: Role::Cadre,
        area: last(&path(at)),
        area_path: path(at),
    }
}

pub fn opened(n: u32, at: &str) -> Opened {
    Opened {
        number: format!("310104011-20261123-{n:04}"),
        class: "facility.lift".into(),
        class_version: 3,
        title: "电梯停运".into(),
        text: "41号 2 号电梯停在 3 楼,有异响".into(),
        place: "田林十二村41号".into(),
        area: last(&path(at)),
        area_path: path(at),
        lon: Some(121.4247),
        lat: Some(31.1712),
        severity: Severity::Attention,
        origin: Origin::Report { channel: "web".into(), filed_by: None, order: None },
        subject: None,
        reporters: vec![],
        photos: vec![],
        owner: owner(1, at),
        explanation: Explanation::default(),
    }
}

pub fn record(n: u32, seq: u32, fact: Fact) -> FactRecord {
    FactRecord { case: case_id(n), seq, at: minute(i64::from(seq)), actor: Actor::System, fact }
}

/// The case after these facts, and the change that writes it.
pub fn written(facts: Vec<FactRecord>) -> (Case, Change) {
    let case = facts.iter().fold(None, apply).expect("facts begin with an opening");
    let change = Change::CaseFacts { case: Box::new(case.clone()), facts, timer_at: None };
    (case, change)
}

/// The n-th case, just opened at a place by user 1.
pub fn case(n: u32, at: &str) -> (Case, Change) {
    written(vec![record(n, 1, Fact::Opened(Box::new(opened(n, at))))])
}

/// A case as it is wished, written with its opening.
pub fn case_as(n: u32, at: &str, wish: impl FnOnce(&mut Case)) -> (Case, Change) {
    let opening = opened(n, at);
    let (mut case, _) = case(n, at);
    wish(&mut case);
    let opening = Opened {
        number: case.number.clone(),
        title: case.title.clone(),
        place: case.place.clone(),
        text: case.text.clone(),
        ..opening
    };
    let fact = FactRecord { at: case.opened_at, ..record(n, 1, Fact::Opened(Box::new(opening))) };
    let change = Change::CaseFacts { case: Box::new(case.clone()), facts: vec![fact], timer_at: None };
    (case, change)
}

/// The next fact of a case, as a change behind its version.
pub fn next_fact(case: &Case, fact: Fact) -> (Case, Commit) {
    let record = FactRecord {
        case: case.id,
        seq: case.version + 1,
        at: case.updated_at + Millis::minutes(1),
        actor: Actor::User { user: user_id(1), post: None },
        fact,
    };
    let after = apply(Some(case.clone()), &record).expect("there is a case");
    let commit = Commit {
        at: record.at,
        guards: vec![Guard::CaseVersion(case.id, case.version)],
        changes: vec![Change::CaseFacts {
            case: Box::new(after.clone()),
            facts: vec![record],
            timer_at: None,
        }],
        idempotency: None,
    };
    (after, commit)
}

pub fn finding(n: u32, at: &str) -> Finding {
    let subject = Subject::new(SubjectKind::Dwelling, format!("d{n}"));
    Finding {
        id: FindingId::of("elder_absent", &subject, minute(i64::from(n))),
        kind: FindingKind::Signal,
        change: FindingChange::Opened,
        rule: "elder_absent".into(),
        rule_version: 2,
        subject,
        area: last(&path(at)),
        area_path: path(at),
        severity: Severity::Urgent,
        start: minute(i64::from(n)),
        end: None,
        decided_at: minute(i64::from(n) + 1),
        sentence: Text::new("三天没有出门记录", "no sign of going out for three days"),
        case_class: "care.elder_not_out".into(),
        evidence: Evidence { readings_total: 7, deadline: Some(minute(9)), ..Evidence::default() },
    }
}

pub fn reporter(n: u32, case: u32) -> Reporter {
    Reporter {
        id: reporter_id(n),
        case: case_id(case),
        channel: "web".into(),
        claim_hash: Some(format!("claim-{n}")),
        name: format!("何报修{n}"),
        phone: format!("1390000{n:04}"),
        created_at: minute(i64::from(n)),
    }
}

pub fn user(n: u32) -> User {
    User {
        id: user_id(n),
        login: format!("cadre{n:03}"),
        name: format!("居委{n}"),
        password_hash: "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA".into(),
        disabled: false,
        created_at: MORNING,
    }
}

pub fn post(n: u32, user: u32, at: &str) -> Post {
    Post {
        id: post_id(n),
        user: user_id(user),
        role: Role::Cadre,
        area: last(&path(at)),
        area_path: path(at),
        valid_from: MORNING,
        valid_to: None,
        skills: Vec::new(),
    }
}

pub fn person(n: u32, dwelling: &str) -> Person {
    Person {
        id: person_id(n),
        name: format!("欧阳老人{n}"),
        id_number: Some(format!("31010419400101{n:04}")),
        phone: Some(format!("1380000{n:04}")),
        dwelling: last(&path(dwelling)),
        dwelling_path: path(dwelling),
        residence: "owner".into(),
        registered_here: n.is_multiple_of(2),
        contact_name: Some(format!("欧阳女儿{n}")),
        contact_phone: Some(format!("1370000{n:04}")),
        populations: vec!["elder_alone".into()],
    }
}

pub fn look(n: u32, person: PersonId) -> Look {
    Look {
        at: minute(i64::from(n)),
        user: user_id(n),
        role: "cadre".into(),
        person: person.to_string(),
        purpose: "care_visit".into(),
        case: Some(case_id(n)),
        reason: "上门关爱".into(),
    }
}

pub fn device(n: u32, at: &str) -> Device {
    Device {
        id: DeviceId::new(format!("door-{n:03}")),
        class: DeviceClass::DoorMagnet,
        name: format!("门磁 {n}"),
        area: last(&path(at)),
        area_path: path(at),
        source: SourceId::new("gateway-1"),
        subject: Some(Subject::new(SubjectKind::Dwelling, format!("d{n}"))),
        measures: vec![Measure::new("door_open")],
        silence_secs_max: Some(3_600),
        capacity: Some(40.5),
        lon: Some(121.4247),
        lat: None,
        purpose: "独居老人关爱".into(),
        state: DeviceState::Active,
        valid_from: MORNING,
    }
}

pub fn notice(n: u32, user: u32) -> Notice {
    Notice {
        id: notice_id(n),
        case: Some(case_id(n)),
        push: None,
        reason: "new_case".into(),
        recipient: Recipient::User(user_id(user)),
        step: 1,
        title: Text::new("新案件", "New case"),
        body: Text::new("请受理", "please accept it"),
        severity: Severity::Attention,
        due_at: minute(i64::from(n)),
        channel: "in_app".into(),
        created_at: minute(i64::from(n)),
    }
}

pub fn commit_of(changes: Vec<Change>) -> Commit {
    Commit { at: MORNING, guards: vec![], changes, idempotency: None }
}

/// Commits changes that nothing stands against.
pub async fn put(store: &dyn Store, changes: Vec<Change>) {
    store.commit(commit_of(changes)).await.expect("nothing stands against it");
}

pub fn is_stale(answer: &Result<Committed, CommitError>) -> bool {
    matches!(answer, Err(CommitError::Stale(_)))
}

/// The code of the refusal of a commit that came upon something that exists.
pub fn conflict(answer: Result<Committed, CommitError>) -> String {
    match answer {
        Err(CommitError::Conflict(refusal)) => {
            assert!(!refusal.message.zh.is_empty() && !refusal.message.en.is_empty());
            refusal.code
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
}

/// Does things at the same time: a store of several connections has them open before the start.
pub async fn together<F: Future>(store: &dyn Store, things: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    for answer in join_all((0..8).map(|_| store.ping())).await {
        answer.expect("the store answers");
    }
    join_all(things).await
}
