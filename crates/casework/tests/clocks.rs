//! Promises against a slow reference that is obviously right: it walks minute by minute, and counts a minute when
//! the clock runs and the unit counts it. Random calendars, every unit, pauses and extensions, years that run out.

mod town;

use jiff::{ToSpan, civil::Date, civil::Weekday};
use linli_casework::{
    ActorKind, Calendar, Case, Command, CommandKind, ExtensionRule, Limit, LimitUnit, Outcome, PromiseKind,
    WaitReason, due, timer_at,
};
use linli_model::{Instant, Millis};
use proptest::prelude::*;
use std::collections::BTreeSet;
use town::{MONDAY, Town, at, id, reporter, sample};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// 2026 with days off and swap days at random; 2027 is not published.
fn random_calendar(holidays: &BTreeSet<i32>, swaps: &BTreeSet<i32>) -> Calendar {
    let date = |n: &i32| day("2026-01-01").checked_add(n.days()).unwrap();
    let quoted = |dates: Vec<Date>| dates.iter().map(|d| format!("\"{d}\"")).collect::<Vec<_>>().join(",");
    let weekend = |d: &Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
    let off: Vec<Date> = holidays.iter().map(date).collect();
    let on: Vec<Date> = swaps.iter().map(date).filter(|d| weekend(d) && !off.contains(d)).collect();
    let file =
        format!("year = 2026\nsource = \"test\"\nholidays = [{}]\nworking = [{}]\n", quoted(off), quoted(on));
    Calendar::check(&[&file]).unwrap()
}

/// What the reference knows: how many counted minutes are left, and whether the clock runs.
struct Slow<'a> {
    calendar: &'a Calendar,
    unit: LimitUnit,
    now: Instant,
    left: i64,
    runs: bool,
}

impl<'a> Slow<'a> {
    fn begin(calendar: &'a Calendar, now: Instant, limit: Limit) -> Self {
        let mut slow = Slow { calendar, unit: limit.unit, now, left: 0, runs: true };
        slow.left = match limit.unit {
            LimitUnit::UrgentHours | LimitUnit::WorkingHours => i64::from(limit.amount) * 60,
            LimitUnit::NaturalDays => i64::from(limit.amount) * 1440,
            LimitUnit::WorkingDays => slow.minutes_to_close_of_day(limit.amount),
        };
        slow
    }

    /// 9:00–11:30 and 13:30–17:30 of a working day.
    fn counts(&self, at: Instant) -> bool {
        let local = self.calendar.zone().to_datetime(at.timestamp());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        match self.unit {
            LimitUnit::UrgentHours | LimitUnit::NaturalDays => true,
            _ => {
                self.calendar.is_working_day(local.date())
                    && ((540..690).contains(&minute) || (810..1050).contains(&minute))
            }
        }
    }

    /// Counted minutes until half past five of the n-th working day after today.
    fn minutes_to_close_of_day(&self, n: u32) -> i64 {
        let (mut at, mut minutes, mut days) = (self.now, 0, 0);
        let today = at.day_in(self.calendar.zone());
        let mut seen = today;
        loop {
            let here = at.day_in(self.calendar.zone());
            if here != seen {
                seen = here;
                days += u32::from(self.calendar.is_working_day(here));
                // Past the n-th: the day before it was the last, and nothing of this day counts.
                if days > n {
                    return minutes;
                }
            }
            minutes += i64::from(self.counts(at));
            at = at + Millis::minutes(1);
        }
    }

    fn walk(&mut self, minutes: i64) {
        for _ in 0..minutes {
            if self.runs && self.left > 0 && self.counts(self.now) {
                self.left -= 1;
            }
            self.now = self.now + Millis::minutes(1);
        }
    }

    fn extend(&mut self, more: u32) {
        self.left += i64::from(more)
            * match self.unit {
                LimitUnit::UrgentHours | LimitUnit::WorkingHours => 60,
                LimitUnit::NaturalDays => 1440,
                LimitUnit::WorkingDays => 390,
            };
    }

    fn due(&self) -> Instant {
        let (mut at, mut left) = (self.now, self.left);
        while left > 0 {
            left -= i64::from(self.counts(at));
            at = at + Millis::minutes(1);
        }
        at
    }
}

fn unit() -> impl Strategy<Value = LimitUnit> {
    prop::sample::select(vec![
        LimitUnit::UrgentHours,
        LimitUnit::WorkingHours,
        LimitUnit::WorkingDays,
        LimitUnit::NaturalDays,
    ])
}

/// Through the machine itself: the keeper asks, the committee grants, the case waits and resumes.
fn complete_due(case: &Case) -> Instant {
    case.promise(PromiseKind::Complete).unwrap().due_at
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn due_pause_resume_and_extend_agree_with_walking_minute_by_minute(
        holidays in prop::collection::btree_set(0i32..365, 0..60),
        swaps in prop::collection::btree_set(0i32..365, 0..30),
        start_minute in 0i64..(364 * 1440),
        unit in unit(),
        amount in 2u32..9,
        acts in prop::collection::vec((0u8..3, 1i64..2000, 1u32..4), 1..6),
    ) {
        let mut town = Town::at(MONDAY);
        town.calendar = random_calendar(&holidays, &swaps);
        town.now = at("2026-01-01T00:00:00+08:00") + Millis::minutes(start_minute);
        let class = town.classes.classes.iter_mut().find(|c| c.code == "noise.neighbour").unwrap();
        class.complete = Limit { amount, unit };
        class.extension = ExtensionRule { times: 10, most: Some(5) };
        let mut case = town.open("noise.neighbour", "e1");
        let (keeper, cadre) = (town.user("keeper"), town.user("cadre_a"));
        town.give(&mut case, Command::Accept, &keeper).unwrap();
        let calendar = town.calendar.clone();
        let mut slow = Slow::begin(&calendar, town.now, Limit { amount, unit });
        prop_assert_eq!(complete_due(&case), slow.due(), "as promised");
        for (act, minutes, more) in acts {
            // Not past the end: what is over neither pauses nor is extended.
            if !slow.runs || slow.due() > town.now + Millis::minutes(minutes) {
                slow.walk(minutes);
                town.now = town.now + Millis::minutes(minutes);
            }
            match act {
                0 if slow.runs => {
                    let until = town.now + Millis::days(300);
                    let wait = Command::Wait { reason: WaitReason::Weather, until, text: "雨".into() };
                    town.give(&mut case, wait, &keeper).unwrap();
                    slow.runs = false;
                }
                0 | 1 if !slow.runs => {
                    town.give(&mut case, Command::Resume, &keeper).unwrap();
                    slow.runs = true;
                }
                _ if slow.runs => {
                    let ask = Command::AskExtension { amount: more, reason: "等配件".into() };
                    town.give(&mut case, ask, &keeper).unwrap();
                    prop_assert_eq!(complete_due(&case), slow.due(), "asking moves nothing");
                    town.give(&mut case, Command::GrantExtension { text: String::new() }, &cadre).unwrap();
                    slow.extend(more);
                }
                _ => {}
            }
            if slow.runs {
                prop_assert_eq!(complete_due(&case), slow.due(), "{:?}", unit);
            }
        }
        let promise = case.promise(PromiseKind::Complete).unwrap();
        let reached = slow.due().day_in(calendar.zone()).year() > 2026;
        let counted = matches!(unit, LimitUnit::WorkingHours | LimitUnit::WorkingDays);
        prop_assert!(!(counted && slow.runs && reached) || promise.provisional, "a year that is not published is said");
        prop_assert!(counted || !promise.provisional);
        let shares: Vec<Instant> = [50, 80, 100].map(|p| promise.at_percent(p)).to_vec();
        prop_assert!(shares.is_sorted() && shares[2] == promise.due_at);
    }

    /// A clock that jumps, forwards or back: nothing is said twice, what was written stays, and the commands of the
    /// clock come to an end at every instant.
    #[test]
    fn a_clock_that_jumps_says_nothing_twice(jumps in prop::collection::vec(-200i64..400, 1..12)) {
        let mut town = Town::at(MONDAY);
        let mut case = town.open("environment.waste", "e1");
        let keeper = town.user("keeper");
        town.give(&mut case, Command::Accept, &keeper).unwrap();
        let mut told: Vec<(PromiseKind, u8)> = Vec::new();
        for hours in jumps {
            town.now = town.now + Millis::hours(hours);
            for round in 0.. {
                prop_assert!(round < 20, "the clock never comes to rest: {:?}", due(&case, &town.context()));
                let Some(command) = due(&case, &town.context()).into_iter().next() else { break };
                if let Command::Warn { promise, percent } = command {
                    prop_assert!(!told.contains(&(promise, percent)), "said twice");
                    told.push((promise, percent));
                }
                let before = case.clone();
                town.give(&mut case, command, &ActorKind::System).unwrap();
                for (old, new) in before.promises.iter().zip(&case.promises) {
                    prop_assert!(old.is_open() || old.outcome == new.outcome, "written once");
                }
            }
            if let Some(timer) = timer_at(&case, &town.classes, &town.roster.tiers) {
                prop_assert!(timer > town.now, "the next look lies ahead");
            }
        }
    }
}

fn working(town: &Town, class: &str) -> Case {
    let mut case = town.open(class, "e1");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &owner).unwrap();
    case
}

fn ask(amount: u32) -> Command {
    Command::AskExtension { amount, reason: "等配件".into() }
}

#[test]
fn more_time_is_asked_by_the_owner_and_granted_by_the_level_above_only() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    let before = complete_due(&case);
    assert_eq!(town.give(&mut case, ask(4), &keeper).unwrap_err().code, "extension_out_of_range");
    assert_eq!(town.give(&mut case, ask(2), &town.user("cadre_a")).unwrap_err().code, "not_owner");
    assert_eq!(town.give(&mut case, ask(3), &keeper).unwrap(), ["extension_asked", "promise_made"]);
    assert_eq!(complete_due(&case), before, "asking moves nothing");
    let asked = case.extension.clone().unwrap();
    assert!(["cadre_a", "cadre_b"].contains(&town.name_of(asked.decider.user)));
    assert_eq!(town.give(&mut case, ask(1), &keeper).unwrap_err().code, "extension_asked_already");
    // Its own decision time: one working day.
    let decide = case.promise(PromiseKind::Extension).unwrap();
    assert_eq!(decide.due_at, at("2026-11-24T17:30:00+08:00"));

    let grant = || Command::GrantExtension { text: "同意".into() };
    assert_eq!(town.give(&mut case, grant(), &keeper).unwrap_err().code, "decides_for_oneself");
    assert_eq!(town.give(&mut case, grant(), &town.user("volunteer")).unwrap_err().code, "not_above");
    assert_eq!(town.give(&mut case, grant(), &town.user("cadre_r2")).unwrap_err().code, "not_above");
    town.now = town.now + Millis::hours(1);
    let facts = town.give(&mut case, grant(), &town.user("grid1")).unwrap();
    assert_eq!(facts, ["extension_granted", "promise_kept"]);
    let promise = case.promise(PromiseKind::Complete).unwrap();
    assert_eq!((promise.extended, promise.extensions), (3, 1));
    assert_eq!(promise.due_at, at("2026-12-01T17:30:00+08:00"), "three working days after Thursday");
    assert_eq!(town.give(&mut case, ask(1), &keeper).unwrap_err().code, "extension_not_possible", "once");
}

#[test]
fn a_refusal_moves_nothing_and_some_classes_are_never_extended() {
    let town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let before = case.promise(PromiseKind::Complete).cloned();
    town.give(&mut case, ask(2), &town.user("keeper")).unwrap();
    let refuse = Command::RefuseExtension { reason: "可以按时办结".into() };
    let facts = town.give(&mut case, refuse, &town.user("cadre_b")).unwrap();
    assert_eq!(facts, ["extension_refused", "promise_kept"]);
    assert_eq!((case.promise(PromiseKind::Complete).cloned(), case.extension.clone()), (before, None));
    let mut smoke = working(&town, "fire.smoke");
    let owner = town.user(town.name_of(smoke.owner.user));
    assert_eq!(town.give(&mut smoke, ask(1), &owner).unwrap_err().code, "extension_not_possible");
}

#[test]
fn a_request_nobody_decided_lapses_with_the_time_and_the_delay_is_the_deciders() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    town.give(&mut case, ask(2), &town.user("keeper")).unwrap();
    town.now = complete_due(&case) + Millis(1);
    let late = Command::GrantExtension { text: String::new() };
    assert_eq!(town.give(&mut case, late, &town.user("cadre_a")).unwrap_err().code, "extension_too_late");
    let broken = Command::MarkBroken { promise: PromiseKind::Complete };
    let facts = town.give(&mut case, broken, &ActorKind::System).unwrap();
    assert_eq!(facts, ["promise_broken", "extension_lapsed", "promise_broken"]);
    for kind in [PromiseKind::Complete, PromiseKind::Extension] {
        assert_eq!(case.promise(kind).unwrap().outcome, Outcome::Broken { at: town.now });
    }
    // Done before anybody decided: nothing is left to decide.
    let mut case = working(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    town.give(&mut case, ask(2), &keeper).unwrap();
    let facts = town.give(&mut case, sample(CommandKind::ProposeDone, town.now), &keeper).unwrap();
    assert!(facts.ends_with(&["extension_lapsed", "promise_voided"]), "{facts:?}");
}

#[test]
fn at_the_top_a_colleague_decides_and_alone_nobody_does() {
    let mut town = Town::at(MONDAY);
    let mut case = town.open("service.complaint", "e1");
    let up = |town: &Town, case: &mut Case| {
        let owner = town.user(town.name_of(case.owner.user));
        town.give(case, sample(CommandKind::PassUp, town.now), &owner).unwrap();
    };
    up(&town, &mut case);
    let desk = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &desk).unwrap();
    let mut alone = case.clone();
    town.give(&mut case, ask(1), &desk).unwrap();
    let other = if town.name_of(case.owner.user) == "desk" { "desk2" } else { "desk" };
    let grant = Command::GrantExtension { text: String::new() };
    assert_eq!(town.give(&mut case, grant.clone(), &desk).unwrap_err().code, "decides_for_oneself");
    assert_eq!(town.give(&mut case, grant.clone(), &town.user("grid1")).unwrap_err().code, "not_above");
    town.give(&mut case, grant, &town.user(other)).unwrap();
    town.change_post(other, |c| c.on_duty = false);
    assert_eq!(town.give(&mut alone, ask(1), &desk).unwrap_err().code, "nobody_above");
}

#[test]
fn after_more_time_the_warnings_count_the_whole_of_it_again() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town, "traffic.parking_full");
    let owner = town.user(town.name_of(case.owner.user));
    // One working day: to Tuesday evening. Warned at half and at four fifths.
    for percent in [50, 80] {
        town.now = case.promise(PromiseKind::Complete).unwrap().at_percent(percent);
        let warn = Command::Warn { promise: PromiseKind::Complete, percent };
        town.give(&mut case, warn, &ActorKind::System).unwrap();
    }
    town.give(&mut case, ask(1), &owner).unwrap();
    town.give(&mut case, Command::GrantExtension { text: String::new() }, &town.user("cadre_a")).unwrap();
    let promise = case.promise(PromiseKind::Complete).unwrap();
    assert_eq!(promise.warned, 50, "half is over, four fifths are not");
    assert!(promise.at_percent(80) > town.now);
}

/// Stale commands, twice the same, two at once: the version is the edge's guard; here the second is refused by what
/// the first made of the case.
#[test]
fn of_two_who_accept_at_once_the_second_is_told_why_not() {
    let town = Town::at(MONDAY);
    let mut case = town.open("noise.neighbour", "e1");
    let keeper = town.user("keeper");
    town.give(&mut case, Command::Accept, &keeper).unwrap();
    let again = town.give(&mut case, Command::Accept, &keeper).unwrap_err();
    assert_eq!(again.code, "not_in_this_stage");
    let mut asked = case.clone();
    town.give(&mut asked, ask(1), &keeper).unwrap();
    let grant = Command::GrantExtension { text: String::new() };
    town.give(&mut asked, grant.clone(), &town.user("cadre_a")).unwrap();
    assert_eq!(town.give(&mut asked, grant, &town.user("cadre_b")).unwrap_err().code, "no_extension_asked");
    let mut other = town.open("other", "e1");
    other.id = id("other");
    assert_eq!(town.give(&mut other, ask(1), &reporter()).unwrap_err().code, "not_in_this_stage");
}
