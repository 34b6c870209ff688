//! Who may own, check, review and withdraw a case: CW1, CW2, CW7, and the routing's explanation.

mod town;

use linli_casework::{
    ActorKind, Case, ClosedHow, Command, CommandKind, FindingOutcome, ReporterId, Stage, StageCode,
    case::Satisfied, decide, decide_finding, decide_join, decide_merge,
};
use linli_model::{FindingChange, FindingKind, Instant, Millis, Role};
use town::{MONDAY, Town, finding, id, opened_by_finding, reporter, sample};

fn answered(town: &Town, class: &str, checker: &str) -> Case {
    let mut case = town.open(class, "e1");
    let owner = town.user(town.name_of(case.owner.user));
    for kind in [CommandKind::Accept, CommandKind::ProposeDone] {
        town.give(&mut case, sample(kind, town.now), &owner).unwrap();
    }
    town.give(&mut case, sample(CommandKind::Verify, town.now), &town.user(checker)).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &owner).unwrap();
    case
}

#[test]
fn who_checked_or_answered_a_case_does_not_review_it() {
    let mut town = Town::at(MONDAY);
    // The keeper handles, cadre A checks, so cadre B one level up reviews.
    let mut case = answered(&town, "noise.neighbour", "cadre_a");
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter()).unwrap();
    assert_eq!(town.name_of(case.owner.user), "cadre_b");
    // With cadre B away as well it climbs on.
    let mut case = answered(&town, "noise.neighbour", "cadre_a");
    town.change_post("cadre_b", |c| c.on_duty = false);
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter()).unwrap();
    assert_eq!(town.name_of(case.owner.user), "grid1");
}

#[test]
fn with_nobody_else_left_a_dispute_is_kept_and_its_handler_cannot_review_it() {
    let mut town = Town::at(MONDAY);
    town.roster.candidates.retain(|c| [id("desk"), id("volunteer")].contains(&c.post.id));
    let mut case = answered(&town, "other", "volunteer");
    let desk = town.user("desk");
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter()).unwrap();
    assert_eq!((case.stage.code(), town.name_of(case.owner.user)), (StageCode::Disputed, "desk"));
    let own = decide(&case, &Command::Accept, &desk, &town.context()).unwrap_err();
    assert_eq!(own.code, "reviewer_is_handler");
    // A second officer comes, is given it, and reviews.
    town.roster = Town::at(MONDAY).roster;
    let to_volunteer = Command::Reassign { to: id("volunteer"), reason: "复核".into() };
    assert_eq!(town.give(&mut case, to_volunteer, &desk).unwrap_err().code, "reviewer_is_handler");
    town.give(&mut case, Command::Reassign { to: id("desk2"), reason: "复核".into() }, &desk).unwrap();
    assert_eq!(case.stage, Stage::Disputed);
    let second = town.user("desk2");
    town.give(&mut case, Command::Accept, &second).unwrap();
    town.give(&mut case, sample(CommandKind::ReviewUphold, town.now), &second).unwrap();
    assert_eq!(case.stage, Stage::Closed { how: ClosedHow::Upheld });
}

#[test]
fn an_owner_whose_post_has_ended_is_replaced_in_every_open_stage() {
    let mut town = Town::at(MONDAY);
    let mut waiting = town.open("other", "e1");
    let owner = town.name_of(waiting.owner.user);
    let (leaver, other) = if owner == "cadre_a" { ("cadre_a", "cadre_b") } else { ("cadre_b", "cadre_a") };
    for kind in [CommandKind::Accept, CommandKind::Wait] {
        town.give(&mut waiting, sample(kind, town.now), &town.user(leaver)).unwrap();
    }
    let left_at: Instant = town.now + Millis::hours(1);
    town.change_post(leaver, |c| c.post.valid_to = Some(left_at));
    town.now = left_at + Millis(1);
    let gone = decide(&waiting, &Command::Resume, &town.user(leaver), &town.context());
    assert_eq!(gone.unwrap_err().code, "not_owner_or_above");
    let to_other = Command::Reassign { to: id(other), reason: "离岗".into() };
    assert_eq!(town.give(&mut waiting, to_other, &town.user("grid1")).unwrap(), ["reassigned", "owner_set"]);
    assert_eq!(waiting.stage.code(), StageCode::Waiting, "the wait goes on, with its timer");
    town.give(&mut waiting, Command::Resume, &town.user(other)).unwrap();
}

#[test]
fn a_case_goes_to_the_next_level_the_next_post_and_at_last_to_who_set_it_up() {
    let mut town = Town::at(MONDAY);
    let owner = |town: &Town| {
        let case = town.open("hotline.complaint", "e1");
        (town.name_of(case.owner.user), case.routing.fell_through)
    };
    town.change_post("keeper", |c| c.on_duty = false);
    town.change_post("cadre_a", |c| c.open_cases = 3);
    assert_eq!(owner(&town), ("cadre_b", false), "the least loaded of the class's role");
    for cadre in ["cadre_a", "cadre_b"] {
        town.change_post(cadre, |c| c.on_duty = false);
    }
    assert_eq!(owner(&town), ("grid1", true), "nobody of the committee: the duty officer one level up");
    for officer in ["grid1", "desk", "desk2"] {
        town.change_post(officer, |c| c.on_duty = false);
    }
    assert_eq!(owner(&town), ("keeper", true), "nobody on duty at all: the nearest post, and it says so");
    town.roster.candidates.retain(|c| c.post.id == id("grid2"));
    town.change_post("grid2", |c| c.post.role = Role::Administrator);
    assert_eq!(owner(&town), ("grid2", true), "the last resort");
    assert_eq!(town.roster.check(&town.areas, town.now)[0].code, "no_duty_officer");
    town.roster.candidates.clear();
    let refused =
        linli_casework::decide_open(&town.opening("other", "e1"), &reporter(), &town.context()).unwrap_err();
    assert_eq!(refused.code, "no_duty_officer");
    assert!(Town::at(MONDAY).roster.check(&town.areas, town.now).is_empty());
}

#[test]
fn the_owner_is_explained_by_who_was_looked_at() {
    let mut town = Town::at(MONDAY);
    town.change_post("cadre_a", |c| c.open_cases = 2);
    let case = town.open("other", "e1");
    let looked: Vec<_> = case
        .routing
        .considered
        .iter()
        .map(|c| format!("{} {} {}", town.name_of(id_of(c.post)), c.open_cases, c.outcome))
        .collect();
    assert_eq!(looked, ["cadre_b 0 chosen", "cadre_a 2 has_more_cases"]);
    assert_eq!(case.routing.sentence.zh, "由R1的居委干部负责:2 个可选岗位中在岗且手头案件最少(在办 0 件)");
    town.change_post("cadre_b", |c| c.on_duty = false);
    let case = town.open("other", "e1");
    assert_eq!(case.routing.considered[1].outcome, "off_duty");
}

/// In this town a user and their post have the same id.
fn id_of(post: linli_model::PostId) -> linli_model::UserId {
    linli_model::UserId(post.0)
}

#[test]
fn a_merged_case_takes_its_reporters_findings_and_photos_along() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    let neighbour = id::<ReporterId>("neighbour");
    let mut target = town.open("other", "e1");
    target.id = id("target");
    target.reporters = vec![id("first")];
    let owner = town.user(town.name_of(case.owner.user));
    case = town::folded(
        Some(case.clone()),
        &decide_join(&case, neighbour, "phone", "n-2", &town.context()).unwrap(),
    );
    let (ended, goes_on) = decide_merge(&case, &target, "同一件事", &owner, &town.context()).unwrap();
    let (case, after) = (town::folded(Some(case), &ended), town::folded(Some(target.clone()), &goes_on));
    assert_eq!(case.stage, Stage::Merged { into: target.id });
    assert_eq!(after.reporters, [id("first"), id("reporter"), neighbour], "each keeps own id and code");
    assert!(after.told_by_voice(neighbour) && !after.told_by_voice(id("reporter")));
    target.stage = Stage::Withdrawn;
    let open = town.open("other", "e1");
    let refused = decide_merge(&open, &target, "x", &owner, &town.context()).unwrap_err();
    assert_eq!(refused.code, "merge_target_closed");
    let refused = decide_merge(&open, &open, "x", &owner, &town.context()).unwrap_err();
    assert_eq!(refused.code, "merge_into_itself");
}

#[test]
fn the_contact_of_an_elder_cannot_end_the_case_but_late_data_can() {
    let town = Town::at(MONDAY);
    let mut case = opened_by_finding(&town);
    let withdraw = Command::Withdraw { reason: "我妈没事".into() };
    assert_eq!(town.give(&mut case, withdraw, &reporter()).unwrap(), ["reporter_withdrew"]);
    assert!(case.stage.is_open(), "somebody still goes and looks");

    let retracted = finding(FindingChange::Retracted, FindingKind::Signal);
    let opening = || -> linli_casework::Opening { panic!("opens nothing") };
    let after = |case: &Case| match decide_finding(&retracted, Some(case), opening, &town.context()).unwrap()
    {
        FindingOutcome::Joins(decided) => town::folded(Some(case.clone()), &decided),
        other => panic!("{other:?}"),
    };
    assert_eq!(after(&case).stage, Stage::Closed { how: ClosedHow::Retracted });
    assert!(after(&case).promises.iter().all(|p| !p.is_open()), "and nothing is owed any more");
    // A neighbour who reported the same is owed an answer whatever the data say.
    let joined = decide_join(&case, id("neighbour"), "web", "n-2", &town.context()).unwrap();
    let with_neighbour = town::folded(Some(case), &joined);
    assert!(after(&with_neighbour).stage.is_open());
}

#[test]
fn a_signal_that_ends_twice_is_noted_once_and_one_that_holds_after_all_says_so() {
    let town = Town::at(MONDAY);
    let opening = || -> linli_casework::Opening { panic!("opens nothing") };
    let mut case = opened_by_finding(&town);
    let mut ended = finding(FindingChange::Ended, FindingKind::Signal);
    ended.end = Some(town.now);
    match decide_finding(&ended, Some(&case), opening, &town.context()).unwrap() {
        FindingOutcome::Joins(decided) => case = town::folded(Some(case), &decided),
        other => panic!("{other:?}"),
    }
    let again = decide_finding(&ended, Some(&case), opening, &town.context()).unwrap();
    assert_eq!(again, FindingOutcome::Nothing);
    let holds = finding(FindingChange::Amended, FindingKind::Signal);
    match decide_finding(&holds, Some(&case), opening, &town.context()).unwrap() {
        FindingOutcome::Joins(decided) => case = town::folded(Some(case), &decided),
        other => panic!("{other:?}"),
    }
    assert_eq!(case.signal_ended_at, None);
}

#[test]
fn each_answer_can_be_rated_once_also_in_the_next_round_and_within_the_window() {
    let mut town = Town::at(MONDAY);
    let mut case = answered(&town, "noise.neighbour", "grid1");
    let rate = |solved| Command::Rate {
        solved: Some(solved),
        satisfied: Satisfied::SoSo,
        treated_well: None,
        words: "详细".into(),
    };
    town.now = town.now + Millis::hours(1);
    town.give(&mut case, rate(false), &reporter()).unwrap();
    let reviewer = town.user(town.name_of(case.owner.user));
    for command in [Command::Accept, sample(CommandKind::ReviewUphold, town.now)] {
        town.now = town.now + Millis::hours(1);
        town.give(&mut case, command, &reviewer).unwrap();
    }
    let closed_at = case.closed_at.unwrap();
    let window = Millis::days(i64::from(town.classes.rating_days));
    town.now = closed_at + window + Millis(1);
    let late = decide(&case, &rate(true), &reporter(), &town.context()).unwrap_err();
    assert_eq!(late.code, "rating_window_over");
    town.now = closed_at + window;
    town.give(&mut case, rate(true), &reporter()).unwrap();
    assert_eq!(case.ratings.len(), 2, "the second answer has a rating of its own");
    assert_eq!(town.give(&mut case, rate(true), &reporter()).unwrap_err().code, "rated_already");
    let stranger = ActorKind::Reporter { reporter: id("stranger") };
    assert_eq!(town.give(&mut case, rate(true), &stranger).unwrap_err().code, "only_reporter");
}

#[test]
fn a_case_leaves_the_assessment_by_a_reason_and_a_second_person() {
    let town = Town::at(MONDAY);
    let mut case = answered(&town, "noise.neighbour", "cadre_a");
    let (desk, second, keeper) = (town.user("desk"), town.user("desk2"), town.user("keeper"));
    let ask = |reason: &str| Command::AskExclusion { reason: reason.into() };
    let grant = Command::GrantExclusion { text: String::new() };
    let refused = |case: &Case, command: &Command, who: &ActorKind| {
        decide(case, command, who, &town.context()).unwrap_err().code
    };
    assert_eq!(refused(&case, &grant, &desk), "exclusion_not_asked");
    assert_eq!(refused(&case, &ask(" "), &desk), "reason_missing");
    assert_eq!(refused(&case, &ask("台风"), &town.user("cadre_r2")), "not_owner_or_above");
    town.give(&mut case, ask("台风期间无法施工"), &desk).unwrap();
    assert_eq!(refused(&case, &grant, &desk), "exclusion_needs_another");
    assert_eq!(refused(&case, &grant, &keeper), "not_the_desk");
    assert_eq!(refused(&case, &ask("再次"), &keeper), "exclusion_asked_already");
    assert!(!case.is_excluded());
    town.give(&mut case, grant.clone(), &second).unwrap();
    assert!(case.is_excluded());
    assert_eq!(refused(&case, &grant, &second), "exclusion_granted_already");
    // It can be taken back, with a word why.
    assert_eq!(refused(&case, &Command::RefuseExclusion { text: String::new() }, &second), "text_missing");
    town.give(&mut case, Command::RefuseExclusion { text: "理由不成立".into() }, &second).unwrap();
    assert_eq!(case.exclusion, None);
}
