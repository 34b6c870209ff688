//! Many reporters, one case: merged, taken apart, joined, repeated, concentrated.

mod town;

use linli_casework::{
    ActorKind, Case, CaseId, Command, CommandKind, Decided, Fact, LinkKind, Outcome, Promise, PromiseKind,
    ReporterId, Spot, Stage, StageCode, alike,
    alike::Nearness,
    apply, decide,
    decide::{FindingOutcome, ROOT_CAUSE, Root, RootOpening, may_join_report},
    decide_concentrated, decide_finding, decide_join, decide_merge, decide_root_cause, decide_unmerge, due,
};
use linli_model::{
    AreaId, Finding, FindingChange, FindingKind, IdSeed, Instant, Millis, Severity, Subject, SubjectKind,
};
use town::{MONDAY, Town, finding, folded, id, reporter, sample};

/// A case of its own name, number and reporter.
fn named(town: &Town, name: &str, class: &str) -> Case {
    let mut opening = town.opening(class, "e1");
    opening.id = id::<CaseId>(name);
    opening.number = name.to_owned();
    opening.reporters = vec![id::<ReporterId>(&format!("of {name}"))];
    let decided = linli_casework::decide_open(&opening, &reporter(), &town.context()).unwrap();
    folded(None, &decided)
}

fn of(name: &str) -> ReporterId {
    id(&format!("of {name}"))
}

fn merged(town: &Town, case: Case, target: Case) -> (Case, Case) {
    let desk = town.user("desk");
    let (ended, goes_on) = decide_merge(&case, &target, "同一件事", &desk, &town.context()).unwrap();
    (folded(Some(case), &ended), folded(Some(target), &goes_on))
}

fn apart(town: &Town, case: Case, chain: Vec<Case>) -> (Case, Vec<Case>) {
    let desk = town.user("desk");
    let (own, rest) = decide_unmerge(&case, &chain, "两件事", &desk, &town.context()).unwrap();
    let rest = chain.into_iter().zip(&rest).map(|(c, d)| folded_all(c, d)).collect();
    (folded(Some(case), &own), rest)
}

fn folded_all(case: Case, decided: &Decided) -> Case {
    decided.facts.iter().fold(Some(case), apply).unwrap()
}

fn open(case: &Case, kind: PromiseKind) -> Option<&Promise> {
    case.promise(kind).filter(|p| p.is_open())
}

/// ME1: the time between is not charged to the case that stood still, in its own unit.
#[test]
fn a_merged_case_owes_nothing_meanwhile_and_goes_on_where_it_stood() {
    let mut town = Town::at(MONDAY);
    let (mut case, target) = (named(&town, "a", "other"), named(&town, "b", "other"));
    let owner = town.user(town.name_of(case.owner.user));
    town.now = town.now + Millis::hours(1);
    town.give(&mut case, Command::Accept, &owner).unwrap();
    let before = open(&case, PromiseKind::Complete).unwrap().due_at;
    town.now = town.now + Millis::hours(1);
    let (mut case, target) = merged(&town, case, target);
    assert_eq!(case.stage, Stage::Merged { into: target.id });
    let stands = |p: &Promise| !p.is_open() || p.paused_since == Some(town.now);
    assert!(case.promises.iter().all(stands), "every clock stands still");
    town.now = town.now + Millis::days(30);
    assert!(due(&case, &town.context()).is_empty(), "and none is broken meanwhile");
    let refused =
        decide(&case, &Command::Unmerge { reason: "x".into() }, &town.user("volunteer"), &town.context());
    assert_eq!(refused.unwrap_err().code, "not_an_officer");
    let (back, rest) = apart(&town, case.clone(), vec![target]);
    case = back;
    assert_eq!(case.stage, Stage::Accepted, "where it stood");
    let after = open(&case, PromiseKind::Complete).unwrap();
    assert!(after.due_at > town.now && after.due_at > before, "{after:?}");
    assert!(after.paused_since.is_none());
    let made: Vec<_> = case.promises.iter().filter(|p| p.kind == PromiseKind::Complete).collect();
    assert_eq!(made.len(), 1, "the same promise, not a new one");
    assert_eq!(rest[0].reporters, [of("b")], "ME3: who reported to the other stays there");
    assert_eq!(case.reporters, [of("a")]);
    town.give(&mut case, Command::Start, &owner).unwrap();
}

/// ME1: what was late when it was merged is broken, not excused; when it comes apart it gets its time anew.
#[test]
fn a_case_merged_too_late_has_broken_its_promise_and_begins_again_when_apart() {
    let mut town = Town::at(MONDAY);
    let (case, target) = (named(&town, "a", "other"), named(&town, "b", "other"));
    town.now = town.now + Millis::days(40);
    let (case, target) = merged(&town, case, target);
    assert!(matches!(case.promise(PromiseKind::Complete).unwrap().outcome, Outcome::Broken { .. }));
    let (case, _) = apart(&town, case, vec![target]);
    let again = open(&case, PromiseKind::Complete).unwrap();
    assert!(again.due_at > town.now);
    assert!(open(&case, PromiseKind::Accept).is_some());
}

/// ME2: the earlier promise of who came along is the case's, until they leave.
#[test]
fn what_a_reporter_was_promised_is_kept_in_the_case_that_goes_on() {
    let mut town = Town::at(MONDAY);
    let early = named(&town, "early", "other");
    let promised = handled_by(&early);
    town.now = town.now + Millis::days(1);
    let late = named(&town, "late", "other");
    assert!(handled_by(&late) > promised);
    let (early, mut late) = merged(&town, early, late);
    assert_eq!(open(&late, PromiseKind::Joined).map(|p| p.due_at), Some(promised));
    assert_eq!(late.own[&of("early")].number, "early", "the number they were given");
    assert_eq!(late.own[&of("early")].promise.as_ref().map(|p| p.due_at), Some(promised));
    // Past it, it is broken like any other.
    town.now = promised + Millis(1);
    let overdue = due(&late, &town.context());
    assert!(overdue.contains(&Command::MarkBroken { promise: PromiseKind::Joined }), "{overdue:?}");
    // The other way round nothing is added: the case's own promise is the earlier one.
    town.now = town::at(MONDAY) + Millis::days(1);
    let (_, kept) = merged(&town, named(&town, "second", "other"), late.clone());
    assert_eq!(open(&kept, PromiseKind::Joined).map(|p| p.due_at), Some(promised), "the earliest stays");
    let (_, rest) = apart(&town, early, vec![kept]);
    assert_eq!(open(&rest[0], PromiseKind::Joined), None, "it went with them");
    let owner = town.user(town.name_of(late.owner.user));
    town.give(&mut late, Command::Accept, &owner).unwrap();
    town.give(&mut late, sample(CommandKind::ProposeDone, town.now), &owner).unwrap();
    assert!(late.promises.iter().all(|p| p.kind != PromiseKind::Joined || !p.is_open()), "handled: kept");
}

fn handled_by(case: &Case) -> Instant {
    let kinds = [PromiseKind::Complete, PromiseKind::ThreeDay];
    kinds.into_iter().filter_map(|k| open(case, k)).map(|p| p.due_at).min().unwrap()
}

/// ME3, ME4: A into B into C; A leaves B and C, B keeps its own.
#[test]
fn a_chain_has_one_end_and_each_case_leaves_it_with_its_own_people() {
    let town = Town::at(MONDAY);
    let (a, b) = merged(&town, named(&town, "a", "other"), named(&town, "b", "other"));
    let (b, c) = merged(&town, b, named(&town, "c", "other"));
    assert_eq!(c.reporters, [of("c"), of("b"), of("a")]);
    assert_eq!(c.own[&of("a")].from, Some(a.id), "whose number it is stays known");
    let desk = town.user("desk");
    let ring = decide_merge(&c, &a, "x", &desk, &town.context()).unwrap_err();
    assert_eq!(ring.code, "merge_target_closed", "ME4");
    // B leaves with A, which stays merged into it.
    let (b_alone, rest) = apart(&town, b.clone(), vec![c.clone()]);
    assert_eq!(rest[0].reporters, [of("c")]);
    assert_eq!(
        (b_alone.stage.code(), &b_alone.reporters[..]),
        (StageCode::Received, &[of("b"), of("a")][..])
    );
    // A leaves both, B stays in C.
    let (a, rest) = apart(&town, a, vec![b, c]);
    assert_eq!(a.stage.code(), StageCode::Received);
    assert_eq!((&rest[0].reporters[..], &rest[1].reporters[..]), (&[of("b")][..], &[of("c"), of("b")][..]));
    assert_eq!(rest[0].stage.code(), StageCode::Merged);
}

#[test]
fn a_case_may_come_apart_after_the_other_was_closed_and_its_answer_stays_there() {
    let mut town = Town::at(MONDAY);
    let (a, mut b) = merged(&town, named(&town, "a", "other"), named(&town, "b", "other"));
    let owner = town.user(town.name_of(b.owner.user));
    for kind in [CommandKind::Accept, CommandKind::ProposeDone] {
        town.give(&mut b, sample(kind, town.now), &owner).unwrap();
    }
    town.give(&mut b, sample(CommandKind::Verify, town.now), &town.user("grid1")).unwrap();
    town.give(&mut b, sample(CommandKind::Answer, town.now), &owner).unwrap();
    town.now = town.now + Millis::hours(1);
    let theirs = ActorKind::Reporter { reporter: of("a") };
    town.give(&mut b, sample(CommandKind::Rate, town.now), &theirs).unwrap();
    assert_eq!(b.stage.code(), StageCode::Closed, "who came along rates the answer like anybody");
    let (a, rest) = apart(&town, a, vec![b]);
    assert_eq!(a.stage.code(), StageCode::Received);
    assert_eq!(
        (rest[0].stage.code(), rest[0].ratings.len()),
        (StageCode::Closed, 1),
        "what was said stays said"
    );
    assert!(a.ratings.is_empty() && a.answer.is_none(), "and is not an answer to the other matter");
}

#[test]
fn findings_go_along_and_come_back_with_what_became_of_them() {
    let town = Town::at(MONDAY);
    let found = town::opened_by_finding(&town);
    let mut target = named(&town, "b", "care.elder_not_out");
    target.severity = Severity::Attention;
    let (found, mut target) = merged(&town, found, target);
    assert_eq!((target.findings.len(), target.severity), (1, Severity::Urgent), "as urgent as what it holds");
    let ended = Command::SignalEnded { finding: id("finding"), ended_at: town.now };
    town.give(&mut target, ended, &ActorKind::System).unwrap();
    let mut disproved = target.clone();
    let retract = Command::Retract { finding: id("finding") };
    town.give(&mut disproved, retract, &ActorKind::System).unwrap();
    let (gone, _) = apart(&town, found.clone(), vec![disproved]);
    assert!(gone.findings.is_empty() && !gone.stage.is_open(), "disproved meanwhile: nothing is left to do");
    let (found, rest) = apart(&town, found, vec![target]);
    assert!(rest[0].findings.is_empty());
    assert_eq!((found.findings.len(), found.signal_ended_at), (1, Some(town.now)));
}

#[test]
fn a_case_whose_owner_left_meanwhile_finds_another_when_it_comes_apart() {
    let mut town = Town::at(MONDAY);
    let (a, b) = merged(&town, named(&town, "a", "other"), named(&town, "b", "other"));
    let was = town.name_of(a.owner.user);
    let ended = town.now;
    town.change_post(was, |c| c.post.valid_to = Some(ended));
    town.now = town.now + Millis::hours(1);
    let (a, _) = apart(&town, a, vec![b]);
    assert_ne!(town.name_of(a.owner.user), was);
}

#[test]
fn who_joins_has_a_number_and_the_promise_of_now() {
    let town = Town::at(MONDAY);
    let case = named(&town, "a", "other");
    let neighbour = id::<ReporterId>("neighbour");
    let joined =
        folded(Some(case.clone()), &decide_join(&case, neighbour, "phone", "n-7", &town.context()).unwrap());
    let own = &joined.own[&neighbour];
    assert_eq!((own.number.as_str(), own.from), ("n-7", None));
    assert_eq!(own.promise.as_ref().map(|p| p.due_at), Some(handled_by(&case)));
}

/// The same class, near and recent, and open: each of them crossed.
#[test]
fn only_what_is_near_recent_open_and_of_the_class_is_suggested() {
    let mut town = Town::at(MONDAY);
    let case = Case { lon: Some(121.42), lat: Some(31.17), ..named(&town, "a", "other") };
    let e1 = AreaId::new("e1");
    let r2 = AreaId::new("r2");
    let here = Spot { class: "other", area: &e1, lon: None, lat: None, subject: None };
    let says =
        |spot: &Spot<'_>, town: &Town, case: &Case| alike(spot, case, &town.areas, &town.classes, town.now);
    assert_eq!(says(&here, &town, &case), Some(Nearness::SamePlace));
    assert_eq!(says(&Spot { class: "noise.neighbour", ..here }, &town, &case), None);
    assert_eq!(says(&Spot { area: &r2, ..here }, &town, &case), None);
    // 0.0009° of latitude are 100 m.
    let north = |d: f64| Spot { area: &r2, lon: Some(121.42), lat: Some(31.17 + d), ..here };
    assert_eq!(says(&north(0.000_898), &town, &case), Some(Nearness::Metres(100)));
    assert_eq!(says(&north(0.000_91), &town, &case), None);
    let days = Millis::days(i64::from(town.classes.near.days));
    town.now = case.opened_at + days;
    assert!(says(&here, &town, &case).is_some());
    town.now = case.opened_at + days + Millis(1);
    assert_eq!(says(&here, &town, &case), None);
    town.now = case.opened_at;
    assert_eq!(says(&here, &town, &Case { stage: Stage::Withdrawn, ..case.clone() }), None);
}

fn root(town: &Town, case: &Case, others: &[Case], open_root: Option<&Case>) -> Option<Root> {
    let opening = || RootOpening { id: id("root"), number: "root-1".into() };
    decide_root_cause(case, others, open_root, opening, &town.context()).unwrap()
}

/// Three times within thirty days for noise, from both sides; PA1, PA2, PA3.
#[test]
fn what_happens_again_and_again_opens_one_root_cause_case_one_level_up() {
    let mut town = Town::at(MONDAY);
    let first = named(&town, "first", "noise.neighbour");
    town.now = town.now + Millis::days(15);
    let second = named(&town, "second", "noise.neighbour");
    assert_eq!(root(&town, &second, std::slice::from_ref(&first), None), None, "twice is not often");
    town.now = first.opened_at + Millis::days(30) + Millis(1);
    let others = [first.clone(), second.clone()];
    let third = named(&town, "third", "noise.neighbour");
    assert_eq!(root(&town, &third, &others, None), None, "the first is too long ago");
    town.now = first.opened_at + Millis::days(30);
    let third = named(&town, "third", "noise.neighbour");
    let elsewhere = Case { area: AreaId::new("r2"), ..second.clone() };
    assert_eq!(root(&town, &third, &[first.clone(), elsewhere], None), None);
    let refused = Case { stage: Stage::Rejected, ..second.clone() };
    assert_eq!(root(&town, &third, &[first.clone(), refused], None), None, "it was no such matter");
    let made = root(&town, &third, &others, None).unwrap();
    assert!(made.opened);
    let cause = folded(None, &made.root);
    assert_eq!(cause.class, ROOT_CAUSE);
    assert_eq!(town.name_of(third.owner.user), "keeper");
    assert_eq!(cause.owner.area.as_str(), "r1", "one level above the estate's keeper");
    assert_eq!(
        cause.links.iter().map(|l| l.number.as_str()).collect::<Vec<_>>(),
        ["first", "second", "third"]
    );
    assert!(cause.promises.iter().any(|p| p.is_open()), "with a clock of its own");
    let linked: Vec<Case> = others
        .iter()
        .chain([&third])
        .map(|c| folded_all(c.clone(), &made.members.iter().find(|(id, _)| *id == c.id).unwrap().1))
        .collect();
    assert!(
        linked
            .iter()
            .all(|c| c.root_cause().is_some_and(|l| l.to == cause.id && l.how == LinkKind::RootCause))
    );
    // Again, with what came of it: nothing.
    assert_eq!(root(&town, &linked[2], &linked[..2], Some(&cause)), None);
    // A fourth is linked to the one that is open; after that was closed, one more alone opens none.
    let fourth = named(&town, "fourth", "noise.neighbour");
    let again = root(&town, &fourth, &linked, Some(&cause)).unwrap();
    assert!(!again.opened && again.members.len() == 1);
    let closed = Case { stage: Stage::Withdrawn, ..cause };
    assert_eq!(root(&town, &fourth, &linked, Some(&closed)), None);
}

/// Five cases or eight reporters within seven days, from both sides; PA1, PA4.
#[test]
fn many_complaints_make_a_concentrated_matter_with_the_streets_own_promise() {
    let mut town = Town::at(MONDAY);
    // A class without a promise of three days for each single case.
    let class = town.classes.classes.iter_mut().find(|c| c.code == "noise.neighbour").unwrap();
    class.three_day = false;
    let mut cases: Vec<Case> = (0..4).map(|n| named(&town, &format!("c{n}"), "noise.neighbour")).collect();
    town.now = town.now + Millis::days(7);
    let fifth = named(&town, "c4", "noise.neighbour");
    assert!(decide_concentrated(&cases[3], &cases, &town.context()).is_empty(), "four are not many");
    town.now = town.now + Millis(1);
    assert!(decide_concentrated(&fifth, &cases, &town.context()).is_empty(), "the others are too long ago");
    town.now = town.now - Millis(1);
    let marked = decide_concentrated(&fifth, &cases, &town.context());
    assert_eq!(marked.len(), 5);
    let after = folded_all(fifth.clone(), &marked.iter().find(|(id, _)| *id == fifth.id).unwrap().1);
    assert_eq!(after.concentrated_at, Some(town.now));
    let three = open(&after, PromiseKind::ThreeDay).unwrap();
    assert_eq!(three.due_at, town.now + Millis::days(3), "natural days, as the table says");
    assert!(open(&after, PromiseKind::Complete).is_some(), "beside the official limit");
    cases.push(fifth);
    let all: Vec<Case> = cases
        .into_iter()
        .map(|c| {
            let facts = marked.iter().find(|(id, _)| *id == c.id).unwrap();
            folded_all(c, &facts.1)
        })
        .collect();
    assert!(decide_concentrated(&all[4], &all, &town.context()).is_empty(), "once");
    // Few cases of many reporters count as well.
    let mut busy = named(&town, "busy", "noise.neighbour");
    busy.reporters = (0..7).map(|n| id(&format!("n{n}"))).collect();
    assert!(decide_concentrated(&busy, &[], &town.context()).is_empty());
    busy.reporters.push(id("n7"));
    assert_eq!(decide_concentrated(&busy, &[], &town.context()).len(), 1);
}

/// The three days of each single report are over, and broken: the concentrated matter has its own. What runs goes on.
#[test]
fn a_concentrated_matter_has_three_days_of_its_own_unless_some_are_running() {
    let mut town = Town::at(MONDAY);
    let mut busy = named(&town, "busy", "noise.neighbour");
    busy.reporters = (0..8).map(|n| id(&format!("n{n}"))).collect();
    let given = open(&busy, PromiseKind::ThreeDay).expect("each report has three days").due_at;
    let concentrated = |town: &Town, case: &Case| {
        let marked = decide_concentrated(case, &[], &town.context());
        folded_all(case.clone(), &marked[0].1)
    };
    let while_it_runs = concentrated(&town, &busy);
    assert_eq!(open(&while_it_runs, PromiseKind::ThreeDay).unwrap().due_at, given, "the one that runs");
    town.now = given + Millis(1);
    let broken = linli_casework::Command::MarkBroken { promise: PromiseKind::ThreeDay };
    town.give(&mut busy, broken, &linli_casework::ActorKind::System).unwrap();
    let after = concentrated(&town, &busy);
    assert_eq!(open(&after, PromiseKind::ThreeDay).unwrap().due_at, town.now + Millis::days(3));
}

#[test]
fn a_finding_that_joins_makes_a_case_as_urgent_as_it_is_and_never_less() {
    let town = Town::at(MONDAY);
    let mut case = named(&town, "a", "other");
    case.subject = Some(Subject::new(SubjectKind::Dwelling, "d1"));
    let opening = || -> linli_casework::Opening { panic!("opens nothing") };
    for (severity, then) in [(Severity::Alarm, Severity::Alarm), (Severity::Info, Severity::Alarm)] {
        let mut found = finding(FindingChange::Opened, FindingKind::Signal);
        (found.id, found.severity) = (IdSeed::of_name(&format!("{severity:?}")).id("f"), severity);
        match decide_finding(&found, Some(&case), opening, &town.context()).unwrap() {
            FindingOutcome::Joins(decided) => case = folded(Some(case), &decided),
            other => panic!("{other:?}"),
        }
        assert_eq!(case.severity, then);
    }
}

/// A sensor says what somebody reported: it joins, where it may.
#[test]
fn a_finding_joins_an_open_report_at_its_place_and_never_one_a_neighbour_would_read_along() {
    let town = Town::at(MONDAY);
    let mut report = named(&town, "a", "environment.waste");
    let found = |class: &str, kind: SubjectKind, area: &str| Finding {
        case_class: class.into(),
        subject: Subject::new(kind, "bin-1"),
        area: AreaId::new(area),
        rule: "bin_full".into(),
        ..finding(FindingChange::Opened, FindingKind::Signal)
    };
    let joins =
        |f: &Finding, case: &Case| may_join_report(f, None, case, &town.areas, &town.classes).is_some();
    let bin = found("waste.overflow", SubjectKind::Device, "e1");
    assert!(joins(&bin, &report), "its class names the reports it joins");
    assert!(joins(&found("environment.waste", SubjectKind::Device, "e1"), &report));
    assert!(!joins(&found("fire.smoke", SubjectKind::Device, "e1"), &report), "another matter");
    assert!(!joins(&found("waste.overflow", SubjectKind::Device, "r2"), &report), "another place");
    assert!(!joins(&found("waste.overflow", SubjectKind::Dwelling, "e1"), &report), "somebody's home");
    assert!(!joins(&Finding { rule: "bin_full@r1".into(), ..bin.clone() }, &report), "an area's own rule");
    let by_rule = Case { origin: town::opened_by_finding(&town).origin, ..report.clone() };
    assert!(!joins(&bin, &by_rule), "that one is found by its subject");
    let elsewhere = found("waste.overflow", SubjectKind::Device, "r2");
    let (lon, lat) = (121.42, 31.17);
    (report.lon, report.lat) = (Some(lon), Some(lat));
    let north = |metres: f64| (lon, lat + metres / 111_320.0);
    let near = |at| may_join_report(&elsewhere, at, &report, &town.areas, &town.classes);
    assert_eq!(near(Some(north(99.6))), Some(Nearness::Metres(100)), "in another area, but near");
    assert_eq!(near(Some(north(101.0))), None, "farther than the table says");
    assert_eq!(near(None), None);
    let home = found("waste.overflow", SubjectKind::Dwelling, "r2");
    assert_eq!(may_join_report(&home, Some(north(0.0)), &report, &town.areas, &town.classes), None);
    report.stage = Stage::Withdrawn;
    assert!(!joins(&bin, &report));
}

/// What was written by an earlier release reads as it was meant then.
#[test]
fn facts_of_earlier_releases_are_read_beside_new_ones() {
    let old = [
        r#"{"kind":"reporter_joined","reporter":"00000000-0000-0000-0000-000000000001","channel":"web"}"#,
        r#"{"kind":"rated","reporter":"00000000-0000-0000-0000-000000000001","solved":null,"satisfied":"so_so","treated_well":null,"words":""}"#,
        r#"{"kind":"done_proposed","outcome":"solved","text":"好了","photos":[{"blob":"ab","when":"after","audience":"internal"}]}"#,
        r#"{"kind":"finding_joined","finding":"00000000-0000-0000-0000-000000000002","sentence":{"zh":"又","en":"again"}}"#,
    ];
    for text in old {
        let fact: Fact = serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let again: Fact = serde_json::from_str(&serde_json::to_string(&fact).unwrap()).unwrap();
        assert_eq!(fact, again);
    }
    // A case that was merged by an earlier release: its promises were void, and its stage is not remembered.
    let mut town = Town::at(MONDAY);
    let (mut case, target) = merged(&town, named(&town, "a", "other"), named(&town, "b", "other"));
    case.merged_from = None;
    for promise in &mut case.promises {
        promise.outcome = Outcome::Void { at: town.now };
    }
    town.now = town.now + Millis::days(3);
    let (case, _) = apart(&town, case, vec![target]);
    assert_eq!(case.stage, Stage::Received);
    let open: Vec<_> = case.promises.iter().filter(|p| p.is_open()).map(|p| p.kind).collect();
    assert_eq!(open, [PromiseKind::Complete, PromiseKind::Accept], "it gets its time anew");
}
