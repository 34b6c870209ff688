//! Cases with what hangs on them: facts, findings, reporters, photos, timers.

use super::town::*;
use crate::{CaseFilter, Change, Mark, PageAsk, PhotoMeta, Reporter, Store, Tab};
use linli_casework::{
    Actor, Audience, ClosedHow, DoneOutcome, Fact, FactRecord, Limit, LimitUnit, Outcome, Photo, PhotoWhen,
    Promise, PromiseKind, Stage, WaitReason,
    case::{Rating, Satisfied},
};
use linli_model::{Instant, Severity, Subject, SubjectKind, Text};

fn promise(kind: PromiseKind, due: i64) -> Promise {
    Promise {
        kind,
        round: 1,
        made_at: minute(0),
        limit: Limit { amount: 2, unit: LimitUnit::UrgentHours },
        due_at: minute(due),
        provisional: false,
        paused_since: None,
        warned: 0,
        warn_at: vec![(50, minute(due / 2)), (80, minute(due * 4 / 5))],
        extended: 0,
        extensions: 0,
        outcome: Outcome::Open,
    }
}

/// One of each kind of field a fact can have, and a whole life.
fn a_life(n: u32) -> Vec<FactRecord> {
    let photo = Photo {
        blob: "ab12".into(),
        when: PhotoWhen::After,
        audience: Audience::Reporter,
        shot: Default::default(),
    };
    let user = Actor::User { user: user_id(1), post: Some(post_id(1)) };
    let reporter = reporter_id(1);
    let facts = vec![
        (Actor::System, Fact::Opened(Box::new(opened(n, ESTATE)))),
        (Actor::System, Fact::PromiseMade { promise: promise(PromiseKind::Complete, 120) }),
        (user.clone(), Fact::Accepted),
        (
            user.clone(),
            Fact::Noted {
                text: "已联系「维保」\n明早到".into(),
                audience: Audience::Reporter,
                photos: vec![photo],
            },
        ),
        (
            user.clone(),
            Fact::WaitBegan { reason: WaitReason::Material, until: minute(50), text: "等配件".into() },
        ),
        (Actor::System, Fact::PromisePaused { promise: PromiseKind::Complete, reason: WaitReason::Material }),
        (Actor::System, Fact::WaitEnded { by_timer: true }),
        (
            user.clone(),
            Fact::DoneProposed {
                outcome: DoneOutcome::Solved,
                text: "已修复 \"A\\B\"".into(),
                photos: vec![],
                passed_to: Some("区城管".into()),
                reporter_agrees: true,
            },
        ),
        (
            Actor::Reporter { reporter },
            Fact::Rated {
                reporter,
                solved: Some(true),
                satisfied: Satisfied::SoSo,
                treated_well: None,
                words: "👍".into(),
                by_call: true,
            },
        ),
        (
            Actor::System,
            Fact::FindingJoined {
                finding: finding(1, ESTATE).id,
                sentence: Text::new("又一次", "again"),
                severity: Some(Severity::Urgent),
            },
        ),
    ];
    let numbered = facts.into_iter().zip(1..);
    numbered.map(|((actor, fact), seq)| FactRecord { actor, ..record(n, seq, fact) }).collect()
}

pub async fn a_case_and_its_facts_read_back_as_written(store: &dyn Store) {
    let facts = a_life(1);
    let (mut case, _) = written(facts.clone());
    case.ratings.push(Rating {
        reporter: reporter_id(1),
        at: minute(3),
        solved: None,
        satisfied: Satisfied::Dissatisfied,
        treated_well: Some(false),
        words: "é́ \u{0} 𠮷".into(),
        by_call: true,
    });
    case.lon = Some(121.424_699_999_999_99);
    let change = Change::CaseFacts { case: Box::new(case.clone()), facts: facts.clone(), timer_at: None };
    put(store, vec![change]).await;
    assert_eq!(store.case(case.id).await.unwrap(), Some(case.clone()));
    assert_eq!(store.facts(case.id).await.unwrap(), facts);
    let (other, opening) = super::town::case(2, ESTATE);
    put(store, vec![opening]).await;
    assert_eq!(store.facts(other.id).await.unwrap().len(), 1, "each case has its own");
}

pub async fn facts_of_a_case_are_appended_and_never_written_again(store: &dyn Store) {
    let (case, opening) = super::town::case(1, ESTATE);
    put(store, vec![opening]).await;
    let (_, commit) = next_fact(&case, Fact::Accepted);
    store.commit(commit.clone()).await.unwrap();
    // The same without its guard: the fact's number is taken.
    let other = next_fact(&case, Fact::Started).1.changes;
    assert_eq!(conflict(store.commit(commit_of(other)).await), "exists_already");
    let facts = store.facts(case.id).await.unwrap();
    assert_eq!(facts.iter().map(|f| f.fact.code()).collect::<Vec<_>>(), ["opened", "accepted"]);
}

/// Whatever can change with a fact is looked for by its newest value.
pub async fn lists_and_lookups_follow_the_newest_state(store: &dyn Store) {
    let subject = Subject::new(SubjectKind::Dwelling, "d7");
    let (mut case, opening) = case_as(1, ESTATE, |c| c.subject = Some(subject.clone()));
    put(store, vec![opening]).await;
    case.stage = Stage::Closed { how: ClosedHow::Confirmed };
    case.owner = owner(2, COMMITTEE);
    case.area_path = path(COMMITTEE);
    case.class = "care.elder_not_out".into();
    case.severity = Severity::Alarm;
    case.version = 2;
    put(store, vec![Change::CaseFacts { case: Box::new(case.clone()), facts: vec![], timer_at: None }]).await;
    assert_eq!(store.case(case.id).await.unwrap(), Some(case.clone()));
    assert_eq!(store.open_cases_about(&case.class, &subject).await.unwrap(), []);
    assert!(store.load_by_post().await.unwrap().is_empty());
    let listed = |within: &str, class: &str, stage: &str| {
        let filter = CaseFilter {
            class: Some(class.into()),
            stage: Some(stage.into()),
            ..CaseFilter::all_within(vec![path(within)], MORNING)
        };
        async move { store.cases(&filter, &PageAsk::first(9)).await.unwrap().items.len() }
    };
    assert_eq!(listed(COMMITTEE, "care.elder_not_out", "closed").await, 1);
    assert_eq!(listed(ESTATE, "care.elder_not_out", "closed").await, 0);
    assert_eq!(listed(COMMITTEE, "facility.lift", "closed").await, 0);
    assert_eq!(listed(COMMITTEE, "care.elder_not_out", "received").await, 0);
}

/// By mark, by age, by change; and reporters by their ids, wherever their rows are kept.
pub async fn cases_are_found_by_what_marks_them_and_by_when_they_changed(store: &dyn Store) {
    let marked = |n: u32, wish: fn(&mut linli_casework::Case)| case_as(n, ESTATE, wish).1;
    put(
        store,
        vec![
            marked(1, |c| c.concentrated_at = Some(minute(1))),
            marked(2, |c| c.class = linli_casework::decide::ROOT_CAUSE.into()),
            marked(3, |c| {
                c.reporters = vec![reporter_id(1)];
                c.channels.insert(reporter_id(1), "phone".into());
                c.answered_at = Some(minute(1));
                c.stage = Stage::Answered { since: minute(1) };
            }),
            marked(4, |c| {
                c.opened_at = minute(30);
                c.updated_at = minute(60);
            }),
        ],
    )
    .await;
    let find = |mark, since: Option<Instant>| {
        let filter = CaseFilter {
            mark,
            opened_since: since,
            ..CaseFilter::all_within(vec![path(STREET)], minute(90))
        };
        async move {
            let found = store.cases(&filter, &PageAsk::first(9)).await.unwrap().items;
            let mut found: Vec<_> = found.iter().map(|c| c.number[c.number.len() - 1..].to_owned()).collect();
            found.sort();
            found.concat()
        }
    };
    assert_eq!(find(None, None).await, "1234");
    assert_eq!(find(Some(Mark::Concentrated), None).await, "1");
    assert_eq!(find(Some(Mark::RootCause), None).await, "2");
    assert_eq!(find(Some(Mark::CallBack), None).await, "3");
    assert_eq!(find(None, Some(minute(30))).await, "4");
    let changed = store.cases_changed_since(minute(60), 9).await.unwrap();
    assert_eq!(changed.iter().map(|c| c.id).collect::<Vec<_>>(), [case_id(4)]);
    assert_eq!(store.cases_changed_since(minute(61), 9).await.unwrap(), []);
    assert_eq!(store.cases_changed_since(minute(0), 2).await.unwrap().len(), 2);

    let reporter = |n: u32, case: u32| Reporter {
        id: reporter_id(n),
        case: case_id(case),
        channel: "phone".into(),
        claim_hash: None,
        name: "甄某".into(),
        phone: "13900000001".into(),
        created_at: minute(i64::from(n)),
    };
    put(store, (1..=3).map(|n| Change::ReporterAdd(reporter(n, n))).collect()).await;
    let found = store.reporters_of(&[reporter_id(3), reporter_id(1)]).await.unwrap();
    assert_eq!(found, [reporter(1, 1), reporter(3, 3)]);
    assert_eq!(store.reporters_of(&[]).await.unwrap(), []);
}

pub async fn a_case_sent_back_shows_as_returned_until_it_is_final(store: &dyn Store) {
    let (case, opening) = super::town::case(1, ESTATE);
    put(store, vec![opening]).await;
    let returned = || async {
        let filter = CaseFilter { tab: Tab::Returned, ..CaseFilter::all_within(vec![path(STREET)], MORNING) };
        let counted = store.case_counts(&filter).await.unwrap()[&Tab::Returned];
        assert_eq!(store.cases(&filter, &PageAsk::first(9)).await.unwrap().items.len() as u64, counted);
        counted
    };
    assert_eq!(returned().await, 0);
    let (case, commit) = next_fact(&case, Fact::VerifiedNotOk { text: "仍有异响".into(), photos: vec![] });
    store.commit(commit).await.unwrap();
    assert_eq!(returned().await, 1);
    let note = Fact::Noted { text: "再修".into(), audience: Audience::Internal, photos: vec![] };
    let (case, commit) = next_fact(&case, note);
    store.commit(commit).await.unwrap();
    assert_eq!(returned().await, 1, "still");
    let (_, commit) = next_fact(&case, Fact::Withdrawn { reason: "重复".into() });
    store.commit(commit).await.unwrap();
    assert_eq!(returned().await, 0);
}

pub async fn findings_read_back_and_lead_to_their_case(store: &dyn Store) {
    let (case, opening) = super::town::case(1, ESTATE);
    let (first, second) = (finding(1, ESTATE), finding(2, ESTATE));
    put(
        store,
        vec![
            opening,
            Change::FindingSet { finding: Box::new(second.clone()), case: Some(case.id) },
            Change::FindingSet { finding: Box::new(first.clone()), case: Some(case.id) },
            Change::FindingSet { finding: Box::new(finding(3, ESTATE)), case: None },
        ],
    )
    .await;
    assert_eq!(store.finding(first.id).await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.case_of_finding(first.id).await.unwrap().map(|c| c.id), Some(case.id));
    assert_eq!(store.case_of_finding(finding(3, ESTATE).id).await.unwrap(), None);
    assert_eq!(store.case_of_finding(finding(4, ESTATE).id).await.unwrap(), None);
    assert_eq!(store.finding(finding(4, ESTATE).id).await.unwrap(), None);
    assert_eq!(store.findings_of_case(case.id).await.unwrap(), [first.clone(), second.clone()]);
    let of_rule = |rule: &'static str, since| async move {
        store.cases_of_rule(rule, since, 9).await.unwrap().iter().map(|c| c.id).collect::<Vec<_>>()
    };
    let rule: &'static str = first.rule.clone().leak();
    assert_eq!(of_rule(rule, case.opened_at).await, [case.id], "once, however many findings");
    assert_eq!(of_rule(rule, case.opened_at + linli_model::Millis(1)).await, []);
    assert_eq!(of_rule("another", case.opened_at).await, []);
    // An amendment replaces what is said and keeps the case.
    let ended = linli_model::Finding { end: Some(minute(30)), ..first };
    put(store, vec![Change::FindingSet { finding: Box::new(ended.clone()), case: None }]).await;
    assert_eq!(store.findings_of_case(case.id).await.unwrap(), [ended, second]);
}

pub async fn a_finding_that_came_with_a_merged_case_leads_to_the_case_that_goes_on(store: &dyn Store) {
    let ((ended, one), (goes_on, other)) = (super::town::case(1, ESTATE), super::town::case(2, ESTATE));
    let found = finding(1, ESTATE);
    let set = |case| Change::FindingSet { finding: Box::new(found.clone()), case };
    put(store, vec![one, other, set(Some(ended.id))]).await;
    let joined = Fact::FindingJoined { finding: found.id, sentence: found.sentence.clone(), severity: None };
    store.commit(next_fact(&goes_on, joined).1).await.unwrap();
    assert_eq!(store.case_of_finding(found.id).await.unwrap().map(|c| c.id), Some(goes_on.id));
    assert_eq!(store.findings_of_case(goes_on.id).await.unwrap(), std::slice::from_ref(&found));
    assert_eq!(store.findings_of_case(ended.id).await.unwrap(), []);
    put(store, vec![set(None)]).await;
    assert_eq!(store.case_of_finding(found.id).await.unwrap().map(|c| c.id), Some(goes_on.id));
}

pub async fn the_open_cases_about_a_subject_are_found_by_class(store: &dyn Store) {
    let (lift, water) =
        (Subject::new(SubjectKind::Device, "lift-1"), Subject::new(SubjectKind::Area, "lift-1"));
    let about = |n: u32, subject: &Subject, opened: i64, stage: Stage| {
        case_as(n, ESTATE, |c| {
            c.subject = Some(subject.clone());
            c.opened_at = minute(opened);
            c.stage = stage;
        })
        .1
    };
    put(
        store,
        vec![
            about(1, &lift, 1, Stage::Working),
            about(2, &lift, 2, Stage::Received),
            about(3, &lift, 3, Stage::Withdrawn),
            about(4, &water, 4, Stage::Working),
        ],
    )
    .await;
    let found = |subject: Subject, class: &'static str| async move {
        let found = store.open_cases_about(class, &subject).await.unwrap();
        found.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!(found(lift.clone(), "facility.lift").await, [case_id(2), case_id(1)], "newest first");
    assert_eq!(found(water, "facility.lift").await, [case_id(4)]);
    assert_eq!(found(lift, "facility.water").await, []);
}

pub async fn cases_due_come_by_their_timers_oldest_first(store: &dyn Store) {
    let timed = |n: u32, timer: Option<i64>| {
        let (case, _) = super::town::case(n, ESTATE);
        let facts = vec![record(n, 1, Fact::Opened(Box::new(opened(n, ESTATE))))];
        Change::CaseFacts { case: Box::new(case), facts, timer_at: timer.map(minute) }
    };
    put(store, vec![timed(1, Some(30)), timed(2, Some(10)), timed(3, None), timed(4, Some(20))]).await;
    let due = |now: i64, limit: u32| async move {
        let due = store.cases_due(minute(now), limit).await.unwrap();
        due.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!(due(9, 9).await, []);
    assert_eq!(due(20, 9).await, [case_id(2), case_id(4)], "at its minute it is due");
    assert_eq!(due(90, 2).await, [case_id(2), case_id(4)]);
    let (_, commit) = next_fact(&super::town::case(2, ESTATE).0, Fact::Accepted);
    store.commit(commit).await.unwrap();
    assert_eq!(due(90, 9).await, [case_id(4), case_id(1)], "the newest word on its timer holds");
}

pub async fn urgent_cases_that_nobody_took_are_found(store: &dyn Store) {
    let with = |n: u32, severity: Severity, stage: Stage| {
        let opened = minute(i64::from(10 - n));
        case_as(n, ESTATE, |c| (c.severity, c.stage, c.opened_at) = (severity, stage, opened)).1
    };
    put(
        store,
        vec![
            with(1, Severity::Urgent, Stage::Received),
            with(2, Severity::Alarm, Stage::Received),
            with(3, Severity::Attention, Stage::Received),
            with(4, Severity::Alarm, Stage::Accepted),
            with(5, Severity::Info, Stage::Received),
        ],
    )
    .await;
    let found = store.cases_not_taken(None, 9).await.unwrap();
    assert_eq!(found.iter().map(|c| c.id).collect::<Vec<_>>(), [case_id(2), case_id(1)], "oldest first");
    assert_eq!(store.cases_not_taken(None, 1).await.unwrap().len(), 1);
    // Page by page every one comes once, those that were opened at the same moment, too.
    let (also, also_then) = (with(6, Severity::Alarm, Stage::Received), minute(8));
    let at_once = case_as(7, ESTATE, |c| {
        (c.severity, c.stage, c.opened_at) = (Severity::Urgent, Stage::Received, also_then);
    });
    put(store, vec![also, at_once.1]).await;
    let (mut behind, mut paged) = (None, Vec::new());
    while let Some(case) = store.cases_not_taken(behind, 1).await.unwrap().pop() {
        behind = Some((case.opened_at, case.id));
        paged.push(case.id);
        assert!(paged.len() < 9, "{paged:?}");
    }
    let mut at_eight = [case_id(2), case_id(7)];
    at_eight.sort_by_key(|id| id.to_string());
    assert_eq!(paged, [&[case_id(6)], &at_eight[..], &[case_id(1)]].concat());
}

pub async fn reporters_read_back_by_case_and_by_claim(store: &dyn Store) {
    put(store, vec![case(1, ESTATE).1, case(2, ESTATE).1]).await;
    let by_phone = Reporter { claim_hash: None, channel: "phone".into(), ..reporter(3, 1) };
    let nameless = Reporter { name: String::new(), phone: String::new(), ..reporter(1, 1) };
    let all =
        [nameless.clone(), reporter(2, 2), by_phone.clone(), Reporter { claim_hash: None, ..reporter(4, 2) }];
    put(store, all.iter().cloned().map(Change::ReporterAdd).collect()).await;
    assert_eq!(store.reporters(case_id(1)).await.unwrap(), [nameless.clone(), by_phone]);
    assert_eq!(store.reporter_by_claim("claim-1").await.unwrap(), Some(nameless.clone()));
    assert_eq!(store.reporter_by_claim("claim-9").await.unwrap(), None);
    assert_eq!(store.reporter_by_claim("").await.unwrap(), None);
    let contact = Change::ReporterContact {
        reporter: reporter_id(1),
        name: "何先生".into(),
        phone: "13900000009".into(),
    };
    put(store, vec![contact]).await;
    let told = Reporter { name: "何先生".into(), phone: "13900000009".into(), ..nameless };
    assert_eq!(store.reporter_by_claim("claim-1").await.unwrap(), Some(told));
}

pub async fn photos_belong_to_the_first_case_that_takes_them(store: &dyn Store) {
    put(store, vec![case(1, ESTATE).1, case(2, ESTATE).1]).await;
    let photo = PhotoMeta {
        id: "ab12".into(),
        thumb: "cd34".into(),
        case: None,
        uploader: Some(user_id(1)),
        taken_at: Some(minute(3)),
        lon: Some(121.424_7),
        lat: None,
        original_hash: "ef56".into(),
        created_at: minute(4),
    };
    put(store, vec![Change::PhotoAdd(photo.clone())]).await;
    assert_eq!(store.photo("ab12").await.unwrap(), Some(photo.clone()));
    // The same picture again is the same photo.
    put(store, vec![Change::PhotoAdd(PhotoMeta { uploader: None, ..photo.clone() })]).await;
    assert_eq!(store.photo("ab12").await.unwrap(), Some(photo.clone()));
    let taken = |n| Change::PhotosOfCase { case: case_id(n), photos: vec!["ab12".into(), "none".into()] };
    put(store, vec![taken(1)]).await;
    put(store, vec![taken(2)]).await;
    assert_eq!(store.photo("ab12").await.unwrap(), Some(PhotoMeta { case: Some(case_id(1)), ..photo }));
    assert_eq!(store.photo("none").await.unwrap(), None);
}

pub async fn the_load_of_a_post_is_its_open_cases(store: &dyn Store) {
    let owned = |n: u32, by: u32, stage: Stage| {
        case_as(n, ESTATE, |c| (c.owner, c.stage) = (owner(by, ESTATE), stage)).1
    };
    put(
        store,
        vec![
            owned(1, 1, Stage::Working),
            owned(2, 1, Stage::Received),
            owned(3, 2, Stage::Disputed),
            owned(4, 2, Stage::Rejected),
            owned(5, 3, Stage::Withdrawn),
        ],
    )
    .await;
    let load = store.load_by_post().await.unwrap();
    assert_eq!(load, [(post_id(1), 2), (post_id(2), 1)].into());
}
