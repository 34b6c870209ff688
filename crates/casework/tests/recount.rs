//! A year's holidays are published after something was promised into it (PR6).

mod town;

use linli_casework::{
    Calendar, Case, Command, CommandKind, Limit, LimitUnit, PromiseKind, WaitReason, due, timer_at,
    wants_a_recount,
};
use linli_model::{Instant, Millis};
use proptest::prelude::*;
use town::{Town, at, sample};

/// New Year's Day and the weekend behind it.
const NEW_YEAR: &str = r#"["2027-01-01", "2027-01-02", "2027-01-03"]"#;

fn published(calendar: &Calendar, holidays: &str, working: &str) -> Calendar {
    let text = format!("year = 2027\nsource = \"a notice\"\nholidays = {holidays}\nworking = {working}\n");
    calendar.with(&text).unwrap()
}

fn complete(case: &Case) -> (Instant, bool) {
    let promise = case.promise(PromiseKind::Complete).unwrap();
    (promise.due_at, promise.provisional)
}

/// What the clock does now.
fn clock(town: &Town, case: &mut Case) -> Vec<String> {
    let system = linli_casework::ActorKind::System;
    let commands = due(case, &town.context());
    commands.into_iter().flat_map(|c| town.give(case, c, &system).unwrap()).map(String::from).collect()
}

#[test]
fn pr6_what_was_counted_into_an_unpublished_year_is_counted_again_once_it_is_published() {
    let mut town = Town::at("2026-12-30T10:00:00+08:00");
    let mut case = town.open("environment.waste", "e1");
    let (given, provisional) = complete(&case);
    assert!(provisional);
    let limit = case.promise(PromiseKind::Complete).unwrap().limit;
    assert_eq!(clock(&town, &mut case), Vec::<String>::new(), "nothing is known yet");
    town.calendar = published(&town.calendar, NEW_YEAR, "[]");
    assert!(wants_a_recount(&case, &town.calendar));
    let facts = clock(&town, &mut case);
    assert!(facts.iter().all(|f| f == "promise_recounted") && !facts.is_empty(), "{facts:?}");
    assert_eq!(complete(&case), (town.calendar.due(town.now, limit).at, false));
    assert!(complete(&case).0 > given, "a holiday is not worked");
    let promise = case.promise(PromiseKind::Complete).unwrap();
    assert_eq!(promise.at_percent(50), town.calendar.at_share(town.now, promise.due_at, limit, 50));
    assert!(!wants_a_recount(&case, &town.calendar));
    assert_eq!(clock(&town, &mut case), Vec::<String>::new(), "once");
    let again = Command::Recount { promise: PromiseKind::Complete };
    let refused = town.give(&mut case, again, &linli_casework::ActorKind::System).unwrap_err();
    assert_eq!(refused.code, "nothing_to_recount");
}

#[test]
fn pr6_one_that_stood_still_keeps_the_working_time_it_seemed_to_have() {
    let mut town = Town::at("2026-12-28T10:00:00+08:00");
    let mut case = town.open("environment.waste", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, sample(CommandKind::Accept, town.now), &owner).unwrap();
    town.give(&mut case, sample(CommandKind::Wait, town.now), &owner).unwrap();
    town.now = at("2026-12-30T10:00:00+08:00");
    town.give(&mut case, sample(CommandKind::Resume, town.now), &owner).unwrap();
    let (given, provisional) = complete(&case);
    assert!(provisional);
    let seemed = town.calendar.working_between(town.now, given);
    town.calendar = published(&town.calendar, NEW_YEAR, "[]");
    clock(&town, &mut case);
    assert_eq!(town.calendar.working_between(town.now, complete(&case).0), seemed);
}

#[test]
fn pr6_what_would_be_late_already_stands_as_it_was_given() {
    let mut town = Town::at("2026-12-31T10:00:00+08:00");
    let mut case = town.open("environment.waste", "e1");
    let (given, _) = complete(&case);
    // A swap day nobody knew of has passed meanwhile, and the hour before the given one has come.
    town.calendar = published(&town.calendar, "[]", r#"["2027-01-02", "2027-01-03"]"#);
    town.now = given - Millis::hours(1);
    let facts = clock(&town, &mut case);
    assert!(facts.contains(&"promise_recounted".to_owned()), "{facts:?}");
    assert_eq!(complete(&case), (given, false));
    let timer = timer_at(&case, &town.classes, &town.roster.tiers);
    assert!(timer.is_some_and(|t| t <= given));
}

/// A case that waits since before the year began, whose file comes late in January.
fn waiting() -> (Town, Case) {
    let mut town = Town::at("2026-12-30T10:00:00+08:00");
    let mut case = town.open("environment.waste", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, sample(CommandKind::Accept, town.now), &owner).unwrap();
    town.now = at("2026-12-30T11:00:00+08:00");
    let wait = Command::Wait {
        reason: WaitReason::Material,
        until: at("2027-01-25T10:00:00+08:00"),
        text: "等材料".into(),
    };
    town.give(&mut case, wait, &owner).unwrap();
    assert!(complete(&case).1);
    (town, case)
}

#[test]
fn pr6_one_that_stands_still_has_all_the_time_it_seemed_to_have_whoever_is_first() {
    let (mut town, waits) = waiting();
    let owner = town.user(town.name_of(waits.owner.user));
    let seemed = town.calendar.working_between(town.now, complete(&waits).0);
    town.calendar = published(&town.calendar, NEW_YEAR, "[]");
    town.now = at("2027-01-20T10:00:00+08:00");
    for by_clock in [true, false] {
        let mut case = waits.clone();
        if by_clock {
            assert!(clock(&town, &mut case).contains(&"promise_recounted".to_owned()));
        }
        town.give(&mut case, sample(CommandKind::Resume, town.now), &owner).unwrap();
        let (due_at, provisional) = complete(&case);
        assert_eq!(town.calendar.working_between(town.now, due_at), seemed, "the clock first: {by_clock}");
        assert!(!provisional && !wants_a_recount(&case, &town.calendar));
    }
}

#[test]
fn what_was_cut_to_another_promise_is_no_count_of_days() {
    let town = Town::at("2026-12-31T10:00:00+08:00");
    let mut case = town.open("care.elder_not_out", "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, sample(CommandKind::Accept, town.now), &owner).unwrap();
    let invite =
        Command::Invite { to_post: Some(town::id("desk")), to_area: None, task: "帮忙".into(), days: 5 };
    town.give(&mut case, invite, &owner).unwrap();
    let task = case.promise(PromiseKind::Task(1)).unwrap();
    assert_eq!(task.due_at, complete(&case).0);
    assert!(!task.provisional && !wants_a_recount(&case, &town.calendar));
}

proptest! {
    #[test]
    fn pr6_counted_again_is_as_if_it_had_been_known_all_along(
        holidays in prop::collection::btree_set(0_i64..60, 0..20),
        hour in 0_i64..24 * 40,
        amount in 1_u32..15,
        in_days in any::<bool>(),
    ) {
        let before = Calendar::shipped();
        let first = at("2027-01-01T00:00:00+08:00");
        let days: Vec<String> =
            holidays.iter().map(|d| format!("\"{}\"", (first + Millis::days(*d)).day_in(before.zone()))).collect();
        let after = published(&before, &format!("[{}]", days.join(", ")), "[]");
        let made = at("2026-12-10T00:00:00+08:00") + Millis::hours(hour);
        let unit = if in_days { LimitUnit::WorkingDays } else { LimitUnit::WorkingHours };
        let limit = Limit { amount, unit };
        let given = before.due(made, limit);
        prop_assume!(given.provisional);
        prop_assert_eq!(after.counted_again(made, given.at, limit), after.due(made, limit).at);
    }
}
