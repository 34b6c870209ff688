//! What comes when somebody has already said that it is done: a new alarm, one more report, a check that finds otherwise.

mod town;

use linli_casework::{
    Case, Command, CommandKind, FindingOutcome, Outcome, Promise, PromiseKind, Spot, Stage, StageCode,
    WaitReason, alike,
    decide::{may_join, may_join_report},
    decide_finding, decide_join, decide_merge,
    stage::ClosedHow,
};
use linli_model::{AreaId, Finding, FindingChange, FindingKind, Instant, Millis, Subject, SubjectKind};
use town::{MONDAY, Town, at, finding, folded, id, sample};

/// Every stage a case can be in, on a case of the class.
fn in_every_stage(town: &Town, class: &str) -> Vec<Case> {
    let until = town.now + Millis::days(1);
    let stages = [
        Stage::Received,
        Stage::Accepted,
        Stage::Working,
        Stage::Waiting { reason: WaitReason::Weather, until },
        Stage::ProposedDone,
        Stage::Verified,
        Stage::Answered { since: town.now },
        Stage::Closed { how: ClosedHow::Silent },
        Stage::Disputed,
        Stage::Review,
        Stage::PassedOut { to: "区城管".into(), until },
        Stage::Merged { into: id("other") },
        Stage::Withdrawn,
        Stage::Rejected,
    ];
    let case = town.open(class, "e1");
    stages.into_iter().map(|stage| Case { stage, ..case.clone() }).collect()
}

const IN_HAND: [StageCode; 7] = [
    StageCode::Received,
    StageCode::Accepted,
    StageCode::Working,
    StageCode::Waiting,
    StageCode::Disputed,
    StageCode::Review,
    StageCode::PassedOut,
];

/// FJ1: the alarm of the night after the answer is nobody's if it joins a case that ends by itself.
#[test]
fn what_is_found_after_it_was_said_to_be_done_opens_a_case_of_its_own() {
    let town = Town::at(MONDAY);
    let subject = Subject::new(SubjectKind::Device, "smoke-1");
    let found = Finding {
        case_class: "fire.smoke".into(),
        subject: subject.clone(),
        area: AreaId::new("e1"),
        ..finding(FindingChange::Opened, FindingKind::Signal)
    };
    for case in in_every_stage(&town, "fire.smoke") {
        let case = Case { subject: Some(subject.clone()), ..case };
        let code = case.stage.code();
        assert_eq!(may_join(&found, &case), IN_HAND.contains(&code), "{code:?}");
        let opening = || town.opening("fire.smoke", "e1");
        let outcome = decide_finding(&found, Some(&case), opening, &town.context()).unwrap();
        assert_eq!(
            matches!(outcome, FindingOutcome::Joins(_)),
            IN_HAND.contains(&code),
            "{code:?}: {outcome:?}"
        );
        assert_eq!(
            matches!(outcome, FindingOutcome::Opens(_)),
            !IN_HAND.contains(&code),
            "{code:?}: {outcome:?}"
        );
    }
    let bin = Finding { case_class: "waste.overflow".into(), rule: "bin_full".into(), ..found };
    for report in in_every_stage(&town, "environment.waste") {
        let code = report.stage.code();
        let joins = may_join_report(&bin, None, &report, &town.areas, &town.classes).is_some();
        assert_eq!(joins, IN_HAND.contains(&code), "{code:?}");
    }
}

/// Whose answer has been given answers nobody who comes after it.
#[test]
fn who_reports_after_the_answer_is_not_sent_to_the_case_that_was_answered() {
    let town = Town::at(MONDAY);
    let newer = town.open("environment.waste", "e1");
    for case in in_every_stage(&town, "environment.waste") {
        let code = case.stage.code();
        let fits = code == StageCode::ProposedDone || code == StageCode::Verified || IN_HAND.contains(&code);
        let near = alike(&Spot::of(&newer), &case, &town.areas, &town.classes, town.now);
        assert_eq!(near.is_some(), fits, "suggested in {code:?}");
        let joined = decide_join(&case, id("neighbour"), "web", "1-2", &town.context());
        assert_eq!(joined.is_ok(), fits, "joined in {code:?}");
        let merged = decide_merge(
            &newer,
            &Case { id: id("older"), ..case },
            "同一问题",
            &town.user("desk"),
            &town.context(),
        );
        assert!(fits || merged.is_err(), "merged in {code:?}");
    }
}

fn promise(case: &Case, kind: PromiseKind) -> &Promise {
    case.promise(kind).unwrap()
}

/// A waste case with the three-day promise beside the official limit, and a neighbour's from a merged one.
fn with_three_promises(town: &mut Town) -> Case {
    let mut earlier = town.opening("environment.waste", "e1");
    (earlier.id, earlier.reporters) = (id("earlier"), vec![id("neighbour")]);
    let decided = linli_casework::decide_open(&earlier, &town.user("desk"), &town.context()).unwrap();
    let earlier = folded(None, &decided);
    town.now = town.now + Millis::hours(2);
    let case = town.open("environment.waste", "e1");
    let (_, target) = decide_merge(&earlier, &case, "同一问题", &town.user("desk"), &town.context()).unwrap();
    let case = folded(Some(case), &target);
    for kind in [PromiseKind::Complete, PromiseKind::ThreeDay, PromiseKind::Joined] {
        assert!(promise(&case, kind).is_open(), "{kind:?}");
    }
    case
}

/// PR5: said on Tuesday, refused on Thursday: what was left on Tuesday is left on Thursday.
#[test]
fn a_check_that_finds_otherwise_gives_back_the_time_that_was_left_and_no_more() {
    let mut town = Town::at(MONDAY);
    let mut case = with_three_promises(&mut town);
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &owner).unwrap();
    let before: Vec<Promise> = case.promises.clone();
    let due = |kind| before.iter().rev().find(|p| p.kind == kind).unwrap().due_at;
    town.now = at("2026-11-24T10:00:00+08:00");
    let said = town.now;
    town.give(&mut case, sample(CommandKind::ProposeDone, town.now), &owner).unwrap();
    for kind in [PromiseKind::Complete, PromiseKind::ThreeDay, PromiseKind::Joined] {
        assert_eq!(promise(&case, kind).kept_at(), Some(said), "{kind:?}");
    }
    town.now = at("2026-11-26T10:00:00+08:00");
    let not_ok = Command::Verify { ok: false, text: "还在".into(), photos: vec![] };
    town.give(&mut case, not_ok, &town.user("grid1")).unwrap();
    let three = promise(&case, PromiseKind::ThreeDay);
    assert_eq!((three.due_at, three.outcome), (due(PromiseKind::ThreeDay) + Millis::days(2), Outcome::Open));
    for kind in [PromiseKind::Complete, PromiseKind::Joined] {
        let went_on = promise(&case, kind);
        let limit = went_on.whole_limit();
        let expected = town.calendar.due_after_pause(due(kind), said, town.now, limit.unit).at;
        assert_eq!((went_on.due_at, went_on.outcome), (expected, Outcome::Open), "{kind:?}");
        assert_eq!(went_on.round, case.round, "the same round: nobody has reopened it");
    }
    // Nobody gains by it: it breaks when that time is over.
    town.now = promise(&case, PromiseKind::Complete).due_at + Millis(1);
    town.give(
        &mut case,
        Command::MarkBroken { promise: PromiseKind::Complete },
        &linli_casework::ActorKind::System,
    )
    .unwrap();
    town.give(&mut case, sample(CommandKind::ProposeDone, town.now), &owner).unwrap();
    town.give(
        &mut case,
        Command::Verify { ok: false, text: "还在".into(), photos: vec![] },
        &town.user("grid1"),
    )
    .unwrap();
    let anew = promise(&case, PromiseKind::Complete);
    assert!(
        anew.is_open() && anew.made_at == town.now,
        "what was broken stays so; there is a new time to go by"
    );
}

#[test]
fn a_stopped_clock_stops_for_who_came_along_as_well() {
    let mut town = Town::at(MONDAY);
    let mut case = with_three_promises(&mut town);
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &owner).unwrap();
    let of = |case: &Case| -> Vec<Instant> {
        [PromiseKind::ThreeDay, PromiseKind::Joined].map(|k| promise(case, k).due_at).to_vec()
    };
    let before = of(&case);
    town.give(&mut case, sample(CommandKind::Wait, town.now), &owner).unwrap();
    assert!(promise(&case, PromiseKind::Joined).paused_since.is_some());
    town.now = town.now + Millis::days(1);
    town.give(&mut case, Command::Resume, &owner).unwrap();
    assert_eq!(of(&case)[0], before[0] + Millis::days(1));
    assert!(of(&case)[1] > before[1] && promise(&case, PromiseKind::Joined).paused_since.is_none());
}
