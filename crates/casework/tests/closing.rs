//! Closing: which table, which evidence, who was asked and what they said.

mod town;

use linli_casework::{
    ActorKind, Case, ClassTable, ClosedHow, Command, CommandKind, DoneOutcome, Limit, LimitUnit, Outcome,
    Photo, PhotoWhen, PromiseKind, ReporterId, Shot, Stage, StageCode, available,
    available::FieldKind,
    case::{CallResult, Satisfied},
    class::category::Scheme,
    decide, decide_join, due,
    fact::Audience,
    timer_at,
};
use linli_model::{Instant, Millis, Role};
use town::{MONDAY, Town, at, folded, id, reporter, sample};

fn done(outcome: DoneOutcome, text: &str, photos: Vec<Photo>) -> Command {
    Command::ProposeDone {
        outcome,
        text: text.into(),
        photos,
        passed_to: String::new(),
        reporter_agrees: None,
    }
}

fn after(taken_at: Option<Instant>, metres: Option<u32>) -> Vec<Photo> {
    let shot = Shot { taken_at, metres };
    vec![Photo { blob: "ab".into(), when: PhotoWhen::After, audience: Audience::Internal, shot }]
}

/// CW8, CV1, CV2: limits, checkers, evidence and windows stay those of the version it began with.
#[test]
fn a_case_ends_under_the_table_it_began_with() {
    let mut town = Town::at(MONDAY);
    let mut old = town.open("environment.waste", "e1");
    let mut newer = ClassTable { version: town.classes.version + 1, silent_days: 30, ..town.classes.clone() };
    newer.rating_days = 120;
    let class = newer.classes.iter_mut().find(|c| c.code == "environment.waste").unwrap();
    class.after_photo = false;
    class.verify = Limit { amount: 9, unit: LimitUnit::NaturalDays };
    class.checkers = vec![Role::DutyDesk];
    let old_verify = town.classes.find("environment.waste").unwrap().verify;
    town.classes = newer.after(vec![town.classes.clone()]).unwrap();
    let mut new = town.open("environment.waste", "e1");
    let owner = town.user(town.name_of(old.owner.user));
    for case in [&mut old, &mut new] {
        town.give(case, Command::Accept, &owner).unwrap();
    }
    let claim = done(DoneOutcome::Solved, "清走了", vec![]);
    let refused = town.give(&mut old, claim.clone(), &owner).unwrap_err();
    assert_eq!(refused.code, "after_photo_missing", "evidence as it was");
    town.give(&mut new, claim, &owner).unwrap();
    town.give(&mut old, done(DoneOutcome::Solved, "清走了", after(Some(town.now), Some(10))), &owner)
        .unwrap();
    assert_eq!(old.promise(PromiseKind::Verify).unwrap().limit, old_verify, "limits as they were");
    assert_eq!(new.promise(PromiseKind::Verify).unwrap().limit.amount, 9);
    let grid = town.user("grid1");
    assert_eq!(
        town.give(&mut new, sample(CommandKind::Verify, town.now), &grid).unwrap_err().code,
        "not_a_checker"
    );
    town.give(&mut old, sample(CommandKind::Verify, town.now), &grid).unwrap();
    town.give(&mut old, sample(CommandKind::Answer, town.now), &owner).unwrap();
    town.now = town.now + Millis::days(7);
    town.give(&mut old, Command::CloseSilent, &ActorKind::System).unwrap();
    assert_eq!(old.stage, Stage::Closed { how: ClosedHow::Silent }, "after the days of its own table");
}

#[test]
fn a_used_version_is_never_another_table() {
    let table = ClassTable::shipped();
    let other = ClassTable { silent_days: 8, ..table.clone() };
    assert_eq!(table.clone().after(vec![other.clone()]).unwrap_err().code, "classes_changed_without_version");
    assert!(table.clone().after(vec![table.clone()]).is_ok());
    let newer = ClassTable { version: table.version + 1, ..other };
    assert_eq!(table.clone().after(vec![newer.clone()]).unwrap_err().code, "classes_older");
    let kept = newer.after(vec![table.clone()]).unwrap();
    assert_eq!(kept.at(table.version).silent_days, table.silent_days);
    assert_eq!(kept.at(2).version, 2, "the released one is there without having been kept");
    assert_eq!(kept.at(999).version, kept.version, "one nobody kept reads as the newest");
}

#[test]
fn classes_stand_in_levels_and_the_levels_are_checked() {
    let table = ClassTable::shipped();
    let class = table.find("environment.waste").unwrap();
    let named = |scheme| table.levels(class, scheme).iter().map(|c| c.label.zh.as_str()).collect::<Vec<_>>();
    assert_eq!(named(Scheme::Standard), ["市容环境", "垃圾与保洁"]);
    assert_eq!(named(Scheme::Hotline), ["城市管理", "市容环卫", "垃圾清运", "垃圾堆放"]);
    assert!(
        linli_casework::class::category::is_local("080") && !linli_casework::class::category::is_local("079")
    );
    let text = include_str!("../../../data/classes.toml");
    let wrong = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        ClassTable::check(&text.replacen(from, to, 1)).unwrap_err()[0].code.clone()
    };
    // CG1, CG2
    assert_eq!(wrong("code = \"01\"", "code = \"1\""), "category_invalid");
    assert_eq!(wrong("parent = \"01\"", "parent = \"77\""), "category_invalid");
    assert_eq!(
        wrong("parent = \"urban.clean.waste\"", "parent = \"urban.clean.waste.pile\""),
        "category_invalid"
    );
    assert_eq!(wrong("hotline = \"urban.noise\"", "hotline = \"nowhere\""), "category_invalid");
    assert_eq!(wrong("standard_code = \"094\"", "standard_code = \"94\""), "class_invalid");
    assert_eq!(wrong("times = 3", "times = 1"), "class_invalid");
    assert_eq!(wrong("joins = [\"environment.waste\"]", "joins = [\"fire.smoke\"]"), "class_invalid");
}

fn working(town: &mut Town, class: &str) -> (Case, ActorKind) {
    let mut case = town.open(class, "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.now = town.now + Millis::hours(1);
    town.give(&mut case, Command::Accept, &owner).unwrap();
    town.now = town.now + Millis::hours(1);
    (case, owner)
}

/// EV1, EV2: from both sides of when and where.
#[test]
fn a_photo_proves_the_result_when_it_is_younger_than_the_work_and_near_the_place() {
    let mut town = Town::at(MONDAY);
    let (case, owner) = working(&mut town, "fire.hazard");
    let accepted = case.accepted_at.unwrap();
    let slack = Millis::minutes(10);
    let says =
        |text: &str, photos| decide(&case, &done(DoneOutcome::Solved, text, photos), &owner, &town.context());
    let code = |text: &str, photos| says(text, photos).unwrap_err().code;
    assert_eq!(code("清走了", after(Some(accepted - slack - Millis(1)), Some(5))), "after_photo_too_early");
    assert!(says("清走了", after(Some(accepted - slack), Some(5))).is_ok(), "a clock that is a little slow");
    assert_eq!(code("清走了", after(Some(town.now), Some(201))), "after_photo_elsewhere");
    assert!(says("清走了", after(Some(town.now), Some(200))).is_ok());
    // It says nothing: taken, with a sentence beside it.
    assert_eq!(code("", after(None, None)), "unproven_note_missing");
    assert_eq!(code("", after(Some(town.now), None)), "unproven_note_missing");
    assert!(says("14 点拍,王老师在场", after(None, None)).is_ok());
    let both = [after(Some(accepted - Millis::days(1)), Some(5)), after(Some(town.now), Some(5))].concat();
    assert!(says("", both).is_ok(), "one that proves it is enough");
    assert!(decide(&case, &done(DoneOutcome::NotFound, "没看到", vec![]), &owner, &town.context()).is_ok());
}

#[test]
fn what_was_photographed_for_an_earlier_try_proves_nothing_of_this_one() {
    let mut town = Town::at(MONDAY);
    let (mut case, owner) = working(&mut town, "environment.waste");
    town.give(&mut case, done(DoneOutcome::Solved, "好了", after(Some(town.now), Some(5))), &owner).unwrap();
    let no = Command::Verify { ok: false, text: "还在".into(), photos: vec![] };
    town.give(&mut case, no, &town.user("grid1")).unwrap();
    let again = town.give(&mut case, done(DoneOutcome::Solved, "好了", vec![]), &owner).unwrap_err();
    assert_eq!(again.code, "after_photo_missing");
}

/// EV3, and the words the handler reads before saying so.
#[test]
fn a_handler_is_told_what_is_wanted_and_not_asked_for_more() {
    let mut town = Town::at(MONDAY);
    let (waste, owner) = working(&mut town, "environment.waste");
    let (noise, keeper) = working(&mut town, "noise.neighbour");
    let form = |case: &Case, who: &ActorKind| {
        let all = available(case, who, &town.context());
        all.into_iter().find(|a| a.command == CommandKind::ProposeDone).unwrap()
    };
    let hint = form(&waste, &owner).hint.unwrap();
    assert_eq!(hint.zh, "垃圾清走,地面干净;已解决须附受理后在现场 200 米内拍的照片");
    let photos = |form: &linli_casework::AvailableAction| {
        form.fields.iter().find(|f| f.kind == FieldKind::Photos).unwrap().required
    };
    assert!(photos(&form(&waste, &owner)) && !photos(&form(&noise, &keeper)));
    assert!(form(&noise, &keeper).hint.unwrap().en.contains("no photo is asked for"));
    // The reporter's word, where there is a reporter.
    let code = |case: &Case, command| decide(case, &command, &keeper, &town.context()).unwrap_err().code;
    assert_eq!(code(&noise, done(DoneOutcome::Solved, "谈过", vec![])), "reporter_word_missing");
    let agreed = |says| Command::ProposeDone {
        outcome: DoneOutcome::Solved,
        text: "谈过".into(),
        photos: vec![],
        passed_to: String::new(),
        reporter_agrees: says,
    };
    assert_eq!(code(&noise, agreed(Some(false))), "reporter_word_missing");
    assert!(decide(&noise, &agreed(Some(true)), &keeper, &town.context()).is_ok());
    let found = Case { reporters: vec![], ..noise.clone() };
    assert!(decide(&found, &done(DoneOutcome::Solved, "谈过", vec![]), &keeper, &town.context()).is_ok());
    // Not ours says whose.
    assert_eq!(code(&noise, done(DoneOutcome::NotOurs, "不归我们", vec![])), "passed_to_missing");
    let mut passed = noise.clone();
    let to = Command::ProposeDone {
        outcome: DoneOutcome::NotOurs,
        text: "不归我们".into(),
        photos: vec![],
        passed_to: "区城管".into(),
        reporter_agrees: None,
    };
    town.give(&mut passed, to, &keeper).unwrap();
    assert_eq!(passed.passed_to.as_deref(), Some("区城管"));
}

fn reported_by_phone(town: &Town, class: &str) -> (Case, ActorKind) {
    let mut opening = town.opening(class, "e1");
    opening.origin =
        linli_casework::Origin::Report { channel: "phone".into(), filed_by: Some(id("desk")), order: None };
    let decided = linli_casework::decide_open(&opening, &town.user("desk"), &town.context()).unwrap();
    let case = folded(None, &decided);
    let owner = town.user(town.name_of(case.owner.user));
    (case, owner)
}

/// A case reported on the phone, handled by the cadre of `class`, answered.
fn answered_by_phone(town: &mut Town, class: &str) -> (Case, ActorKind) {
    let (case, owner) = reported_by_phone(town, class);
    answered(town, case, owner)
}

/// The same, and a neighbour with a page has joined in time.
fn answered_by_phone_and_page(town: &mut Town, class: &str) -> (Case, ActorKind) {
    let (case, owner) = reported_by_phone(town, class);
    let joined = decide_join(&case, id("web"), "web", "n-1", &town.context()).unwrap();
    answered(town, folded(Some(case), &joined), owner)
}

fn answered(town: &mut Town, mut case: Case, owner: ActorKind) -> (Case, ActorKind) {
    for kind in [CommandKind::Accept, CommandKind::ProposeDone] {
        town.give(&mut case, sample(kind, town.now), &owner).unwrap();
    }
    town.give(&mut case, sample(CommandKind::Verify, town.now), &town.user("grid1")).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &owner).unwrap();
    town.now = town.now + Millis::hours(2);
    (case, owner)
}

fn called(result: CallResult, satisfied: Option<Satisfied>, solved: Option<bool>) -> Command {
    let words = String::new();
    Command::CallBack { reporter: id("reporter"), result, satisfied, solved, treated_well: None, words }
}

/// CB1
#[test]
fn who_has_no_page_is_called_and_what_they_said_is_marked_as_said_on_the_phone() {
    let mut town = Town::at(MONDAY);
    let (mut case, owner) = answered_by_phone(&mut town, "other");
    assert!(case.promise(PromiseKind::CallBack).unwrap().is_open(), "by a time");
    let facts =
        town.give(&mut case, called(CallResult::Reached, Some(Satisfied::SoSo), Some(true)), &owner).unwrap();
    assert_eq!(facts, ["called_back", "promise_kept", "rated", "confirmed"]);
    assert!(case.ratings[0].by_call);
    let again = town.give(&mut case, called(CallResult::Reached, Some(Satisfied::Satisfied), None), &owner);
    assert_eq!(again.unwrap_err().code, "nobody_to_call");
    // Told, and has nothing to say: no rating is made up.
    let (mut quiet, owner) = answered_by_phone(&mut town, "other");
    town.give(&mut quiet, called(CallResult::Reached, None, None), &owner).unwrap();
    assert!(quiet.ratings.is_empty() && quiet.to_call().is_empty());
    town.now = town.now + Millis::days(7);
    town.give(&mut quiet, Command::CloseSilent, &ActorKind::System).unwrap();
    assert_eq!(quiet.stage, Stage::Closed { how: ClosedHow::Silent }, "they heard it and said nothing");
}

/// PR4
#[test]
fn another_reporter_s_rating_does_not_end_the_call_that_is_owed() {
    let mut town = Town::at(MONDAY);
    let rates = |town: &Town, case: &mut Case| {
        let web = ActorKind::Reporter { reporter: id("web") };
        town.give(case, sample(CommandKind::Rate, town.now), &web).unwrap()
    };
    let (mut case, owner) = answered_by_phone_and_page(&mut town, "other");
    let due_at = case.promise(PromiseKind::CallBack).unwrap().due_at;
    assert_eq!(rates(&town, &mut case), ["rated", "confirmed"]);
    assert_eq!(case.stage, Stage::Closed { how: ClosedHow::Confirmed });
    assert_eq!(case.to_call(), [id::<ReporterId>("reporter")]);
    let promise = case.promise(PromiseKind::CallBack).unwrap();
    assert!(promise.is_open() && promise.due_at == due_at, "the same call, by the same time");
    let timer = |town: &Town, case: &Case| timer_at(case, &town.classes, &town.roster.tiers);
    assert!(timer(&town, &case).is_some_and(|at| at <= due_at), "its owner is told in time");
    // In time: kept.
    let mut called_in_time = case.clone();
    let said = called(CallResult::Reached, Some(Satisfied::SoSo), Some(true));
    let facts = town.give(&mut called_in_time, said.clone(), &owner).unwrap();
    assert_eq!(facts, ["called_back", "promise_kept", "rated"]);
    assert_eq!(timer(&town, &called_in_time), None);
    // Not in time: the clock says so, once, and the call is still to be made.
    town.now = due_at + Millis(1);
    let commands = due(&case, &town.context());
    let kind = PromiseKind::CallBack;
    assert_eq!(
        commands,
        [Command::Warn { promise: kind, percent: 100 }, Command::MarkBroken { promise: kind }]
    );
    for command in commands {
        town.give(&mut case, command, &ActorKind::System).unwrap();
    }
    assert!(matches!(case.promise(kind).unwrap().outcome, Outcome::Broken { .. }));
    assert_eq!((due(&case, &town.context()), timer(&town, &case)), (vec![], None));
    assert_eq!(town.give(&mut case, said, &owner).unwrap(), ["called_back", "rated"]);
}

/// What each way of ending a case promises to who has no page, and what becomes of it.
#[test]
fn whoever_has_no_page_is_promised_a_call_whichever_way_they_are_answered() {
    let call_promised = |case: &Case| {
        let promise = case.promise(PromiseKind::CallBack).expect("a call");
        let state = if promise.is_open() { "open" } else { "over" };
        format!("{} {} {state} {}", case.stage.code().code(), case.to_call().len(), promise.due_at)
    };
    let mut town = Town::at(MONDAY);
    let mut told = Vec::new();
    for (way, ends) in [
        ("answered", None),
        ("upheld", Some(Command::ReviewUphold { text: "复核属实".into() })),
        ("rejected", Some(Command::Reject { reason: "不归我们".into() })),
    ] {
        town.now = at(MONDAY);
        let (mut case, owner) = match way {
            "rejected" => reported_by_phone(&town, "other"),
            _ => answered_by_phone(&mut town, "other"),
        };
        if way == "upheld" {
            let unhappy = called(CallResult::Reached, Some(Satisfied::Dissatisfied), None);
            town.give(&mut case, unhappy, &owner).unwrap();
            let reviewer = town.user(town.name_of(case.owner.user));
            town.give(&mut case, Command::Accept, &reviewer).unwrap();
        }
        let owner = town.user(town.name_of(case.owner.user));
        town.now = town.now + Millis::hours(1);
        if let Some(command) = ends {
            town.give(&mut case, command, &owner).unwrap();
        }
        told.push(format!("{way}: {}", call_promised(&case)));
        let promise = case.promise(PromiseKind::CallBack).unwrap().clone();
        assert!(timer_at(&case, &town.classes, &town.roster.tiers).is_some_and(|at| at <= promise.due_at));
        let facts = town.give(&mut case, called(CallResult::Reached, None, None), &owner).unwrap();
        told.push(format!("called: {} {}", facts.join(" "), case.to_call().len()));
    }
    assert_eq!(
        told.join("\n"),
        "\
answered: answered 1 open 2026-11-26T09:30:00.000Z
called: called_back promise_kept 0
upheld: closed 1 open 2026-11-26T09:30:00.000Z
called: called_back promise_kept 0
rejected: rejected 1 open 2026-11-26T09:30:00.000Z
called: called_back promise_kept 0"
    );
}

/// CB2
#[test]
fn nobody_asks_about_their_own_work_where_the_class_says_so() {
    let mut town = Town::at(MONDAY);
    let (mut case, owner) = answered_by_phone(&mut town, "hotline.complaint");
    let asks = called(CallResult::Reached, Some(Satisfied::Satisfied), Some(true));
    assert_eq!(town.give(&mut case, asks.clone(), &owner).unwrap_err().code, "caller_is_handler");
    assert_eq!(
        town.give(&mut case, asks.clone(), &town.user("grid1")).unwrap_err().code,
        "caller_is_handler",
        "the checker"
    );
    town.give(&mut case, asks, &town.user("desk")).unwrap();
    assert_eq!(case.stage.code(), StageCode::Closed);
}

/// CB3: tried three times, never tried, somebody else could speak.
#[test]
fn not_reached_and_never_asked_are_neither_silence_nor_satisfaction() {
    let mut town = Town::at(MONDAY);
    let not = called(CallResult::NotReached, None, None);
    let (mut case, owner) = answered_by_phone(&mut town, "other");
    let made_up = called(CallResult::NotReached, Some(Satisfied::Satisfied), None);
    assert_eq!(town.give(&mut case, made_up, &owner).unwrap_err().code, "not_reached_cannot_rate");
    for n in 1..=3 {
        assert_eq!(case.to_call().len(), 1, "try {n}");
        town.give(&mut case, not.clone(), &owner).unwrap();
    }
    assert!(case.to_call().is_empty(), "given up");
    assert!(matches!(case.promise(PromiseKind::CallBack).unwrap().outcome, Outcome::Kept { .. }));
    let (mut never, _) = answered_by_phone(&mut town, "other");
    let (mut with_page, _) = answered_by_phone_and_page(&mut town, "other");
    town.now = town.now + Millis::days(7);
    for (case, how) in [
        (&mut case, ClosedHow::Unreached),
        (&mut never, ClosedHow::Unasked),
        (&mut with_page, ClosedHow::Silent),
    ] {
        town.give(case, Command::CloseSilent, &ActorKind::System).unwrap();
        assert_eq!(case.stage, Stage::Closed { how });
    }
    // Who was not asked in time may still be asked afterwards.
    let owner = town.user(town.name_of(never.owner.user));
    town.give(&mut never, called(CallResult::Reached, Some(Satisfied::Satisfied), None), &owner).unwrap();
    assert_eq!(never.stage, Stage::Closed { how: ClosedHow::Unasked }, "how it was closed stays so");
    let late = Millis(Millis::days(i64::from(town.classes.rating_days)).0 + 1);
    let (case, owner) = answered_by_phone(&mut town, "other");
    town.now = town.now + late;
    let refused = decide(&case, &called(CallResult::Reached, None, None), &owner, &town.context());
    assert_eq!(refused.unwrap_err().code, "rating_window_over");
}

#[test]
fn who_says_on_the_phone_that_it_is_not_solved_gets_a_review_one_level_up() {
    let mut town = Town::at(MONDAY);
    let (mut case, owner) = answered_by_phone(&mut town, "noise.neighbour");
    let facts = town
        .give(&mut case, called(CallResult::Reached, Some(Satisfied::Dissatisfied), Some(false)), &owner)
        .unwrap();
    assert_eq!(facts, ["called_back", "promise_kept", "rated", "disputed", "owner_set", "promise_made"]);
    assert_ne!(case.owner.user, owner.user().unwrap());
    let reviewer = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &reviewer).unwrap();
    town.give(&mut case, sample(CommandKind::ReviewReturn, town.now), &reviewer).unwrap();
    assert_eq!((case.stage.code(), case.round), (StageCode::Received, 2));
    assert!(case.accepted_at.is_none());
}

#[test]
fn who_was_refused_on_the_phone_is_told_and_may_disagree() {
    let mut town = Town::at(MONDAY);
    let mut opening = town.opening("noise.neighbour", "e1");
    opening.origin = linli_casework::Origin::Report { channel: "phone".into(), filed_by: None, order: None };
    let decided = linli_casework::decide_open(&opening, &reporter(), &town.context()).unwrap();
    let mut case = folded(None, &decided);
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Reject { reason: "不归我们".into() }, &owner).unwrap();
    town.now = town.now + Millis::hours(1);
    town.give(&mut case, called(CallResult::NotReached, None, None), &owner).unwrap();
    assert_eq!(case.stage.code(), StageCode::Rejected);
    town.give(&mut case, called(CallResult::Reached, None, Some(false)), &owner).unwrap();
    assert_eq!(case.stage.code(), StageCode::Disputed);
}

#[test]
fn an_answer_that_no_way_brought_to_its_reporter_is_told_by_a_call_until_they_speak() {
    let mut town = Town::at(MONDAY);
    let case = town.open("noise.neighbour", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    let undelivered = || Command::AnswerUndelivered { reporter: id("reporter") };
    let system = ActorKind::System;
    let mut open = case.clone();
    let refused = town.give(&mut open, undelivered(), &system).unwrap_err();
    assert_eq!(refused.code, "nothing_undelivered", "there is no answer yet");
    let (mut case, _) = answered(&mut town, case, owner.clone());
    assert!(case.to_call().is_empty() && case.promise(PromiseKind::CallBack).is_none());
    let facts = town.give(&mut case, undelivered(), &system).unwrap();
    assert_eq!(facts, ["answer_undelivered", "promise_made"]);
    assert_eq!(case.to_call(), [id("reporter")]);
    assert_eq!(town.give(&mut case, undelivered(), &system).unwrap_err().code, "nothing_undelivered");
    assert!(town.give(&mut case.clone(), undelivered(), &owner).is_err(), "only the delivery says so");
    // They may still speak on the page; then nobody calls any more.
    let mut spoke = case.clone();
    let rate = Command::Rate {
        solved: Some(true),
        satisfied: linli_casework::case::Satisfied::Satisfied,
        treated_well: None,
        words: String::new(),
    };
    town.give(&mut spoke, rate, &ActorKind::Reporter { reporter: id("reporter") }).unwrap();
    assert!(spoke.to_call().is_empty());
    town.give(&mut case, sample(CommandKind::CallBack, town.now), &owner).unwrap();
    assert!(case.to_call().is_empty());
}
