//! The machine as a whole: the loop, the matrix, the invariants of the crate's header.

mod town;

use linli_casework::{
    ActorKind, Case, ClosedHow, Command, CommandKind, DoneOutcome, Origin, Outcome, PromiseKind, Stage,
    StageCode, TaskState, WaitReason, available, case::Satisfied, decide, decide::FindingOutcome,
    decide_finding, due, fact::Audience, may_join, moves, timer_at,
};
use linli_model::{Finding, FindingChange, FindingKind, Millis, Subject, SubjectKind};
use proptest::prelude::*;
use std::collections::BTreeSet;
use town::{MONDAY, Town, at, finding, id, opened_by_finding, reporter, sample};

#[test]
fn an_elder_not_out_is_found_handled_checked_answered_and_rated() {
    let mut town = Town::at(MONDAY);
    let mut case = opened_by_finding(&town);
    assert_eq!(
        town.name_of(case.owner.user),
        if case.owner.user == id("cadre_a") { "cadre_a" } else { "cadre_b" }
    );
    let owner = town.user(town.name_of(case.owner.user));
    town.now = town.now + Millis::minutes(10);
    assert_eq!(town.give(&mut case, Command::Accept, &owner).unwrap(), ["accepted", "promise_kept"]);
    let photo = linli_casework::Photo {
        blob: "0".repeat(64),
        when: linli_casework::PhotoWhen::After,
        audience: Audience::Internal,
        shot: Default::default(),
    };
    let done = Command::ProposeDone {
        outcome: DoneOutcome::Solved,
        text: "上门见到,平安".into(),
        photos: vec![photo],
        passed_to: String::new(),
        reporter_agrees: Some(true),
    };
    town.now = town.now + Millis::hours(1);
    assert_eq!(
        town.give(&mut case, done, &owner).unwrap(),
        ["done_proposed", "promise_kept", "promise_made"]
    );

    let self_check = decide(&case, &sample(CommandKind::Verify, town.now), &owner, &town.context());
    assert_eq!(self_check.unwrap_err().code, "checker_is_handler");
    town.give(&mut case, sample(CommandKind::Verify, town.now), &town.user("volunteer")).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &owner).unwrap();
    assert_eq!(
        town.give(&mut case, sample(CommandKind::Rate, town.now), &reporter()).unwrap(),
        ["rated", "promise_kept", "confirmed"]
    );
    assert_eq!(case.stage, Stage::Closed { how: ClosedHow::Confirmed });
    let again = decide(&case, &sample(CommandKind::Rate, town.now), &reporter(), &town.context());
    assert_eq!(again.unwrap_err().code, "rated_already");
}

#[test]
fn an_unhappy_reporter_reaches_another_person_one_level_up() {
    let mut town = Town::at(MONDAY);
    let mut case = answered(&town);
    let unhappy = Command::Rate {
        solved: Some(false),
        satisfied: Satisfied::Dissatisfied,
        treated_well: None,
        words: "还在漏".into(),
    };
    town.now = town.now + Millis::hours(1);
    let handler = case.owner.user;
    let facts = town.give(&mut case, unhappy, &reporter()).unwrap();
    assert_eq!(facts, ["rated", "disputed", "owner_set", "promise_made"]);
    // The estate's property keeper handled it; one level up is the committee.
    assert_eq!((town.name_of(case.owner.user), case.owner.user != handler), ("cadre_a", true));
    let cadre = town.user("cadre_a");
    town.give(&mut case, Command::Accept, &cadre).unwrap();
    assert_eq!(case.stage, Stage::Review);
    town.give(&mut case, sample(CommandKind::ReviewReturn, town.now), &cadre).unwrap();
    assert_eq!((case.stage.code(), case.round), (StageCode::Received, 2));
    let open: Vec<_> = case.promises.iter().filter(|p| p.is_open()).map(|p| (p.kind, p.round)).collect();
    assert_eq!(
        open,
        [(PromiseKind::Accept, 2), (PromiseKind::Complete, 2), (PromiseKind::ThreeDay, 2)],
        "a new round has new promises"
    );
}

fn answered(town: &Town) -> Case {
    let mut case = town.open("noise.neighbour", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    for kind in [CommandKind::Accept, CommandKind::ProposeDone] {
        town.give(&mut case, sample(kind, town.now), &owner).unwrap();
    }
    town.give(&mut case, sample(CommandKind::Verify, town.now), &town.user("grid1")).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &owner).unwrap();
    case
}

#[test]
fn silence_closes_after_the_set_days_and_is_not_satisfaction() {
    let mut town = Town::at(MONDAY);
    let mut case = answered(&town);
    let days = Millis::days(i64::from(town.classes.silent_days));
    let timer = timer_at(&case, &town.classes, &town.roster.tiers).unwrap();
    assert_eq!(timer, town.now + days);
    town.now = timer - Millis(1);
    assert_eq!(due(&case, &town.context()), vec![]);
    town.now = timer;
    assert_eq!(due(&case, &town.context()), vec![Command::CloseSilent]);
    town.give(&mut case, Command::CloseSilent, &ActorKind::System).unwrap();
    assert_eq!(case.stage, Stage::Closed { how: ClosedHow::Silent });
    assert!(case.ratings.is_empty());
}

#[test]
fn a_signal_that_ends_is_evidence_and_a_retracted_one_closes_the_case() {
    let town = Town::at(MONDAY);
    let mut case = opened_by_finding(&town);
    let mut ended = finding(FindingChange::Ended, FindingKind::Signal);
    ended.end = Some(at(MONDAY));
    let opening = || -> linli_casework::Opening { panic!("opens nothing") };
    match decide_finding(&ended, Some(&case), opening, &town.context()).unwrap() {
        FindingOutcome::Joins(decided) => case = town::folded(Some(case), &decided),
        other => panic!("{other:?}"),
    }
    assert_eq!((case.stage.code(), case.signal_ended_at), (StageCode::Received, Some(at(MONDAY))));
    case.reporters.clear();
    let retracted = finding(FindingChange::Retracted, FindingKind::Signal);
    match decide_finding(&retracted, Some(&case), opening, &town.context()).unwrap() {
        FindingOutcome::Joins(decided) => case = town::folded(Some(case), &decided),
        other => panic!("{other:?}"),
    }
    assert_eq!(case.stage, Stage::Closed { how: ClosedHow::Retracted });
    let coverage = finding(FindingChange::Opened, FindingKind::Coverage);
    assert_eq!(
        decide_finding(&coverage, None, opening, &town.context()).unwrap(),
        FindingOutcome::CoverageOnly
    );
}

/// An area's own rule that came first must not decide on the limits and words of what the street's found.
#[test]
fn what_an_areas_own_rule_found_and_what_the_streets_found_never_share_a_case() {
    let town = Town::at(MONDAY);
    let by = |rule: &str| Finding {
        id: id(rule),
        rule: rule.into(),
        ..finding(FindingChange::Opened, FindingKind::Signal)
    };
    let case_of = |f: &Finding| {
        let opening = || town.opening("care.elder_not_out", "d1");
        match decide_finding(f, None, opening, &town.context()).unwrap() {
            FindingOutcome::Opens(decided) => town::folded(None, &decided),
            other => panic!("{other:?}"),
        }
    };
    let (street, own) = (by("elder_not_out"), by("not_out@e1"));
    let (of_street, of_own) = (case_of(&street), case_of(&own));
    assert!(may_join(&by("elder_away"), &of_street) && !may_join(&street, &of_own));
    assert!(may_join(&by("away@b1"), &of_own) && !may_join(&own, &of_street));
    // Nor one that somebody reported: that is not an own rule's either.
    let mut reported = of_street.clone();
    reported.origin = Origin::Report { channel: "web".into(), filed_by: None, order: None };
    assert!(may_join(&street, &reported) && !may_join(&own, &reported));
    // Only an open one about the same, of the same class.
    let mut closed = of_street.clone();
    closed.stage = Stage::Closed { how: ClosedHow::Retracted };
    let other_class = Finding { case_class: "noise.neighbour".into(), ..street.clone() };
    let other_home = Finding { subject: Subject::new(SubjectKind::Dwelling, "d2"), ..street.clone() };
    assert!(!may_join(&street, &closed) && !may_join(&other_class, &of_street));
    assert!(!may_join(&other_home, &of_street));
}

#[test]
fn the_clock_of_handling_stands_still_while_a_case_waits_and_wakes_by_itself() {
    let mut town = Town::at(MONDAY);
    let mut case = town.open("noise.neighbour", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &owner).unwrap();
    let before = case.promise(PromiseKind::ThreeDay).unwrap().due_at;
    let until = town.now + Millis::days(2);
    town.give(
        &mut case,
        Command::Wait { reason: WaitReason::ThirdParty, until, text: "等水务".into() },
        &owner,
    )
    .unwrap();
    assert_eq!(
        timer_at(&case, &town.classes, &town.roster.tiers),
        Some(until),
        "paused promises set no timer"
    );
    town.now = until;
    assert_eq!(due(&case, &town.context()), vec![Command::WakeUp]);
    town.give(&mut case, Command::WakeUp, &ActorKind::System).unwrap();
    assert_eq!(case.stage, Stage::Working);
    assert_eq!(case.promise(PromiseKind::ThreeDay).unwrap().due_at, before + Millis::days(2));
}

#[test]
fn a_promise_is_warned_of_at_half_four_fifths_and_its_end_and_broken_once() {
    let mut town = Town::at(MONDAY);
    let mut case = town.open("care.elder_not_out", "d1");
    let promise = case.promise(PromiseKind::Complete).unwrap().clone();
    assert_eq!(promise.due_at - promise.made_at, Millis::hours(24));
    let of_complete = |town: &Town, case: &Case| -> Vec<Command> {
        due(case, &town.context())
            .into_iter()
            .filter(|c| match c {
                Command::Warn { promise, .. } | Command::MarkBroken { promise } => {
                    *promise == PromiseKind::Complete
                }
                // Nobody takes it here, so it also goes up by itself.
                Command::Climb { .. } => false,
                _ => true,
            })
            .collect()
    };
    town.now = promise.made_at + Millis::hours(12) - Millis(1);
    assert_eq!(of_complete(&town, &case), vec![]);
    for (hours, percent) in [(12, 50), (20, 80)] {
        town.now = promise.made_at + Millis::hours(hours);
        let commands = of_complete(&town, &case);
        assert_eq!(commands, vec![Command::Warn { promise: PromiseKind::Complete, percent }]);
        town.give(&mut case, commands[0].clone(), &ActorKind::System).unwrap();
        assert_eq!(of_complete(&town, &case), vec![], "warned once");
    }
    town.now = promise.due_at;
    let last = Command::Warn { promise: PromiseKind::Complete, percent: 100 };
    assert_eq!(of_complete(&town, &case), vec![last.clone()], "due now is not yet late");
    let mut unseen = case.clone();
    town.give(&mut case, last.clone(), &ActorKind::System).unwrap();
    town.now = promise.due_at + Millis(1);
    let broken = Command::MarkBroken { promise: PromiseKind::Complete };
    assert_eq!(of_complete(&town, &case), vec![broken.clone()]);
    assert_eq!(
        of_complete(&town, &unseen),
        vec![last.clone(), broken.clone()],
        "a clock that came late says both"
    );
    town.give(&mut unseen, last, &ActorKind::System).unwrap();
    town.give(&mut case, broken.clone(), &ActorKind::System).unwrap();
    assert_eq!(case.promise(PromiseKind::Complete).unwrap().outcome, Outcome::Broken { at: town.now });
    assert!(decide(&case, &broken, &ActorKind::System, &town.context()).is_err(), "written once");
}

#[test]
fn nobody_out_of_the_area_may_touch_a_case_and_everybody_is_told_why() {
    let town = Town::at(MONDAY);
    let case = town.open("other", "e1");
    let stranger = town.user("cadre_r2");
    for kind in CommandKind::ALL {
        assert!(decide(&case, &sample(kind, town.now), &stranger, &town.context()).is_err(), "{kind:?}");
    }
    for action in available(&case, &stranger, &town.context()) {
        assert!(!action.enabled && action.reason.is_some(), "{action:?}");
    }
}

/// Stage × command: where it leads and by whom; the table in docs/casework-moves.md is this one.
fn matrix() -> String {
    let mut out = String::from(
        "# Moves of a case\n\nGenerated from `MOVES` in crates/casework/src/moves.rs; a test holds the two together.\n\n\
         | stage | move | 操作 | by | leads to |\n|---|---|---|---|---|\n",
    );
    for stage in StageCode::ALL {
        for m in moves::MOVES.iter().filter(|m| m.from == stage) {
            let to: Vec<_> = m.to.iter().map(|s| s.code()).collect();
            let command = serde_json::to_string(&m.command).unwrap();
            let by = format!("{:?}", m.by);
            let row =
                [stage.code(), command.trim_matches('"'), &moves::label(m.command).zh, &by, &to.join(", ")]
                    .join(" | ");
            out.push_str(&format!("| {row} |\n"));
        }
    }
    out.push_str("\nIn every stage the system may also warn of an open promise, mark it broken, note that a signal has ended, retract a finding, or give the case to somebody else when its owner's post has ended.\n\n```mermaid\nstateDiagram-v2\n    [*] --> received\n");
    let mut arrows = BTreeSet::new();
    for m in moves::MOVES {
        for to in m.to.iter().filter(|to| **to != m.from) {
            arrows.insert(format!("    {} --> {}\n", m.from.code(), to.code()));
        }
    }
    out.extend(arrows);
    for stage in StageCode::ALL.into_iter().filter(|s| !s.is_open()) {
        out.push_str(&format!("    {} --> [*]\n", stage.code()));
    }
    out.push_str("```\n");
    out
}

#[test]
fn the_table_in_the_docs_is_the_table_of_the_machine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/casework-moves.md");
    if std::env::var_os("LINLI_WRITE_DOCS").is_some() {
        std::fs::write(path, matrix()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), matrix(), "run the test once with LINLI_WRITE_DOCS=1");
}

#[test]
fn every_stage_is_reachable_has_a_way_out_and_waiting_has_a_timer() {
    assert_eq!(moves::flaws(moves::MOVES), Vec::<String>::new());
    let without = |is: fn(&moves::Move) -> bool| {
        let table: Vec<_> = moves::MOVES.iter().filter(|m| !is(m)).cloned().collect();
        moves::flaws(&table)
    };
    assert_eq!(
        without(|m| m.command == CommandKind::WakeUp && m.from == StageCode::Waiting),
        ["no timer ends Waiting"]
    );
    let to_review = without(|m| m.to.contains(&StageCode::Review));
    assert_eq!(to_review, ["Disputed has no way out", "no case ever comes to Review"]);
    assert!(without(|m| m.from == StageCode::Verified).contains(&"Verified has no way out".to_owned()));
}

fn actors(town: &Town) -> Vec<ActorKind> {
    let staff = ["desk", "desk2", "grid1", "cadre_a", "cadre_b", "keeper", "volunteer", "cadre_r2"];
    let mut all: Vec<_> = staff.iter().map(|n| town.user(n)).collect();
    all.extend([reporter(), ActorKind::System]);
    all
}

/// Everything anybody is offered now, and what the clock would do.
fn offers(town: &Town, case: &Case) -> Vec<(ActorKind, Command)> {
    let mut all: Vec<_> = due(case, &town.context()).into_iter().map(|c| (ActorKind::System, c)).collect();
    for who in actors(town) {
        let enabled = available(case, &who, &town.context()).into_iter().filter(|a| a.enabled);
        all.extend(
            enabled.map(|a| (who.clone(), about_a_task_at_hand(sample(a.command, town.now), case, &who))),
        );
    }
    all
}

/// A sample names the first task; one that is done or somebody else's would be refused, and rightly so.
fn about_a_task_at_hand(mut command: Command, case: &Case, who: &ActorKind) -> Command {
    let mut mine = case.open_tasks().filter(|t| who.user() == Some(t.holder.user));
    let at_hand = match &mut command {
        Command::DropTask { task, .. } => Some((task, case.open_tasks().next())),
        Command::AcceptTask { task } => Some((task, mine.find(|t| t.state == TaskState::Asked))),
        Command::DoTask { task, .. } | Command::RefuseTask { task, .. } => Some((task, mine.next())),
        _ => None,
    };
    if let Some((task, Some(open))) = at_hand {
        *task = open.n;
    }
    command
}

/// What an offered move may still be refused for: what its fields say, which the table cannot know.
const OF_THE_FIELDS: [&str; 6] = [
    "after_photo_missing",
    "area_not_below",
    "nobody_there",
    "post_not_possible",
    "reassigned_upward",
    "reviewer_is_handler",
];

fn is_of_the_fields(command: CommandKind, code: &str) -> bool {
    // To whom it is given decides whether it is a bounce.
    OF_THE_FIELDS.contains(&code) || (command == CommandKind::Reassign && code == "moved_too_often")
}

fn keeps_its_promises(before: &Case, case: &Case) -> Result<(), TestCaseError> {
    for kind in PromiseKind::ALL {
        let open = case.promises.iter().filter(|p| p.kind == kind && p.is_open()).count();
        prop_assert!(open <= 1, "CW5: {kind:?} promised {open} times at once");
        // ME1: those of a merged case stand still.
        let merged = case.stage.code() == StageCode::Merged;
        // PR4: a call that is owed outlives the case.
        let owed = kind == PromiseKind::CallBack && !case.to_call().is_empty();
        let may = merged || owed || case.stage.is_open();
        prop_assert!(open == 0 || may, "CW5: {kind:?} is open in a final stage");
    }
    for (old, new) in before.promises.iter().zip(&case.promises) {
        prop_assert!(old.is_open() || old.outcome == new.outcome, "CW5: written once");
    }
    Ok(())
}

proptest! {
    /// CW1, CW2, CW4, CW5, CW6 over random lives of cases: half of the tries are what somebody is offered, so
    /// that the late stages are lived in too, half are anything by anybody.
    #[test]
    fn whatever_is_tried_a_case_keeps_its_invariants(
        class in prop::sample::select(vec!["other", "care.elder_not_out", "noise.neighbour", "environment.waste", "hotline.complaint"]),
        tries in prop::collection::vec((any::<bool>(), 0usize..1000, 0usize..CommandKind::ALL.len(), 0i64..40), 1..60),
    ) {
        let mut town = Town::at(MONDAY);
        let mut case = town.open(class, "e1");
        for (lively, pick, command, hours) in tries {
            town.now = town.now + Millis::hours(hours);
            let offered = offers(&town, &case);
            let (who, command) = match lively && !offered.is_empty() {
                true => offered[pick % offered.len()].clone(),
                false => (actors(&town)[pick % 10].clone(), sample(CommandKind::ALL[command], town.now)),
            };
            let was_offered = offered.iter().any(|(w, c)| format!("{w:?}") == format!("{who:?}") && *c == command);
            let before = case.clone();
            match decide(&case, &command, &who, &town.context()) {
                Err(refusal) => {
                    prop_assert!(!refusal.message.zh.is_empty() && !refusal.message.en.is_empty());
                    prop_assert!(!was_offered || is_of_the_fields(command.kind(), &refusal.code), "CW6: {command:?} {refusal}");
                }
                Ok(decided) => {
                    prop_assert!(!decided.facts.is_empty());
                    let clockwork = matches!(who, ActorKind::System);
                    prop_assert!(was_offered || clockwork, "CW6: {command:?} was not offered to {who:?} and then done");
                    for (i, fact) in decided.facts.iter().enumerate() {
                        prop_assert_eq!(fact.seq, before.version + 1 + i as u32);
                        let stored = serde_json::to_string(fact).unwrap();
                        prop_assert_eq!(&serde_json::from_str::<linli_casework::FactRecord>(&stored).unwrap(), fact);
                    }
                    case = town::folded(Some(case), &decided);
                    let (from, to) = (before.stage.code(), case.stage.code());
                    let in_table = moves::find(from, command.kind()).is_some_and(|m| m.to.contains(&to));
                    prop_assert!(in_table || moves::is_anywhere(command.kind()), "{from:?} {command:?} {to:?}");
                    if command.kind() == CommandKind::Verify {
                        prop_assert!(!before.handlers.contains(&who.user().unwrap()), "CW2");
                    }
                    if matches!(command.kind(), CommandKind::ReviewReturn | CommandKind::ReviewUphold) {
                        prop_assert!(!before.handlers_ever.contains(&who.user().unwrap()), "CW2: reviewed own work");
                    }
                }
            }
            if case.stage.is_open() {
                prop_assert!(town.roster.candidates.iter().any(|c| c.post.user == case.owner.user), "CW1");
            }
            keeps_its_promises(&before, &case)?;
            let stored = serde_json::to_string(&case).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Case>(&stored).unwrap(), &case, "a case reads back as written");
        }
    }
}

#[test]
fn a_neighbour_joins_once_and_only_while_the_matter_is_open() {
    let town = Town::at("2026-11-23T09:00:00+08:00");
    let mut case = town.open("other", "e1");
    let neighbour = id::<linli_casework::ReporterId>("neighbour");
    let joined = linli_casework::decide_join(&case, neighbour, "web", "n-2", &town.context()).unwrap();
    case = town::folded(Some(case), &joined);
    assert_eq!(case.reporters.len(), 2);
    assert!(
        linli_casework::decide_join(&case, neighbour, "web", "n-2", &town.context())
            .unwrap()
            .facts
            .is_empty()
    );
    let withdraw = || Command::Withdraw { reason: "已经好了".into() };
    assert_eq!(town.give(&mut case, withdraw(), &reporter()).unwrap(), ["reporter_withdrew"]);
    assert!(case.stage.is_open(), "the neighbour still wants an answer");
    assert_eq!(town.give(&mut case, withdraw(), &reporter()).unwrap_err().code, "withdrawn_already");
    let me = ActorKind::Reporter { reporter: neighbour };
    assert_eq!(town.give(&mut case, withdraw(), &me).unwrap()[0], "withdrawn");
    let refused =
        linli_casework::decide_join(&case, id("another"), "web", "n-3", &town.context()).unwrap_err();
    assert_eq!(refused.code, "case_not_open");
}

#[test]
fn one_tap_rates_and_more_may_be_said_once_afterwards() {
    let town = Town::at("2026-11-23T09:00:00+08:00");
    let mut case = town.open("other", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    let checker = town.user("volunteer");
    let text = String::new;
    for (command, who) in [
        (Command::Accept, &owner),
        (
            Command::ProposeDone {
                outcome: DoneOutcome::Solved,
                text: "好了".into(),
                photos: vec![],
                passed_to: String::new(),
                reporter_agrees: None,
            },
            &owner,
        ),
        (Command::Verify { ok: true, text: text(), photos: vec![] }, &checker),
        (Command::Answer { text: "好了".into() }, &owner),
    ] {
        town.give(&mut case, command, who).unwrap();
    }
    let rate = |solved, words: &str| Command::Rate {
        solved,
        satisfied: Satisfied::Satisfied,
        treated_well: None,
        words: words.into(),
    };
    town.give(&mut case, rate(None, ""), &reporter()).unwrap();
    assert_eq!(case.stage.code(), StageCode::Closed);
    assert_eq!(town.give(&mut case, rate(None, ""), &reporter()).unwrap_err().code, "rated_already");
    town.give(&mut case, rate(Some(true), "谢谢"), &reporter()).unwrap();
    assert_eq!((case.ratings.len(), case.ratings[0].words.as_str()), (1, "谢谢"), "counted once");
    assert_eq!(
        town.give(&mut case, rate(Some(true), "再说"), &reporter()).unwrap_err().code,
        "rated_already"
    );
}
