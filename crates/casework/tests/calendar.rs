//! The calendar against a slow reference that walks minute by minute, and against published days.

use jiff::civil::Date;
use linli_casework::{Calendar, Limit, LimitUnit};
use linli_model::{Instant, Millis};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Obviously right: office hours 9:00–11:30 and 13:30–17:30 of working days, minute by minute.
fn is_working_minute(calendar: &Calendar, at: Instant) -> bool {
    let local = calendar.zone().to_datetime(at.timestamp());
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    calendar.is_working_day(local.date()) && ((540..690).contains(&minute) || (810..1050).contains(&minute))
}

fn slow_add(calendar: &Calendar, start: Instant, minutes: i64) -> Instant {
    let (mut now, mut left) = (start, minutes);
    while left > 0 {
        if is_working_minute(calendar, now) {
            left -= 1;
        }
        now = now + Millis::minutes(1);
    }
    now
}

#[test]
fn swap_days_are_worked_and_holidays_are_not() {
    let calendar = Calendar::shipped();
    for (date, works) in [
        ("2026-01-01", false),
        ("2026-01-04", true),
        ("2026-02-14", true),
        ("2026-02-15", false),
        ("2026-02-23", false),
        ("2026-02-24", true),
        ("2026-10-10", true),
        ("2026-10-11", false),
        ("2026-11-23", true),
        ("2025-10-08", false),
        ("2025-10-11", true),
    ] {
        assert_eq!(calendar.is_working_day(day(date)), works, "{date}");
    }
}

#[test]
fn limits_end_when_people_expect_them_to() {
    let calendar = Calendar::shipped();
    let due = |start: &str, amount, unit| calendar.due(at(start), Limit { amount, unit }).at;
    // Friday afternoon: two urgent hours run on, two working hours go over the weekend.
    let friday = "2026-11-20T16:30:00+08:00";
    assert_eq!(due(friday, 2, LimitUnit::UrgentHours), at("2026-11-20T18:30:00+08:00"));
    assert_eq!(due(friday, 2, LimitUnit::WorkingHours), at("2026-11-23T10:00:00+08:00"));
    assert_eq!(due(friday, 1, LimitUnit::WorkingDays), at("2026-11-23T17:30:00+08:00"));
    assert_eq!(due(friday, 3, LimitUnit::NaturalDays), at("2026-11-23T16:30:00+08:00"));
    // Before the long Spring Festival: the next working day is the 24th, after nine days off.
    assert_eq!(due("2026-02-14T10:00:00+08:00", 1, LimitUnit::WorkingDays), at("2026-02-24T17:30:00+08:00"));
}

#[test]
fn a_limit_into_a_year_that_is_not_published_is_provisional_and_alarms() {
    let calendar = Calendar::shipped();
    let limit = Limit { amount: 5, unit: LimitUnit::WorkingDays };
    assert!(!calendar.due(at("2026-12-21T09:00:00+08:00"), limit).provisional);
    assert!(calendar.due(at("2026-12-29T09:00:00+08:00"), limit).provisional);
    assert_eq!(calendar.published_until(), Some(2026));
    assert!(calendar.alarm(at("2026-10-31T09:00:00+08:00")).is_none());
    let alarm = calendar.alarm(at("2026-11-01T09:00:00+08:00")).unwrap();
    assert!(alarm.message.en.contains("2027") && alarm.message.zh.contains("2027"));
}

#[test]
fn a_wrong_calendar_file_is_refused_by_date() {
    let wrong = Calendar::check(&[
        "year = 2027\nsource = \"x\"\nholidays = [\"2026-01-01\"]\nworking = [\"2027-01-04\"]\n",
    ])
    .unwrap_err();
    let codes: Vec<_> = wrong.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["calendar_wrong_year", "calendar_wrong_swap"], "a Monday is no swap day");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn working_time_agrees_with_walking_minute_by_minute(
        start_minute in 0i64..(400 * 1440),
        minutes in 1i64..3000,
    ) {
        let calendar = Calendar::shipped();
        let start = at("2025-11-01T00:00:00+08:00") + Millis::minutes(start_minute);
        let fast = calendar.add_working(start, Millis::minutes(minutes));
        prop_assert_eq!(fast, slow_add(&calendar, start, minutes));
        prop_assert_eq!(calendar.working_between(start, fast), Millis::minutes(minutes));
    }

    #[test]
    fn a_pause_moves_the_due_time_by_the_working_time_it_took(
        start_hour in 0i64..4000, pause_after in 1i64..40, pause in 1i64..400,
    ) {
        let calendar = Calendar::shipped();
        let start = at("2026-01-05T09:00:00+08:00") + Millis::hours(start_hour);
        let limit = Limit { amount: 10, unit: LimitUnit::WorkingHours };
        let due = calendar.due(start, limit).at;
        let paused = (start + Millis::hours(pause_after)).min(due - Millis(1));
        let resumed = paused + Millis::hours(pause);
        let moved = calendar.due_after_pause(due, paused, resumed, limit.unit).at;
        let worked = calendar.working_between(start, paused).0 + calendar.working_between(resumed, moved).0;
        prop_assert_eq!(worked, Millis::hours(10).0);
    }

    #[test]
    fn warnings_counted_back_and_working_days_agree_with_slow_walks_over_random_calendars(
        holidays in prop::collection::btree_set(0i32..365, 0..60),
        swaps in prop::collection::btree_set(0i32..365, 0..30),
        start_minute in 0i64..(330 * 1440),
        minutes in 1i64..2000,
        days in 1u32..15,
    ) {
        let calendar = random_calendar(&holidays, &swaps);
        let start = at("2026-01-01T00:00:00+08:00") + Millis::minutes(start_minute);
        let back = calendar.sub_working(start + Millis::days(20), Millis::minutes(minutes));
        prop_assert_eq!(calendar.working_between(back, start + Millis::days(20)), Millis::minutes(minutes));

        let due = calendar.due(start, Limit { amount: days, unit: LimitUnit::WorkingDays });
        let mut day = start.day_in(calendar.zone());
        let mut left = days;
        while left > 0 {
            day = day.tomorrow().unwrap();
            left -= u32::from(calendar.is_working_day(day));
        }
        prop_assert_eq!(due.at, at(&format!("{day}T17:30:00+08:00")));
        prop_assert_eq!(due.provisional, day.year() != 2026, "only 2026 is published here");
    }
}

/// 2026 with days off and swap days at random; a day cannot be both.
fn random_calendar(
    holidays: &std::collections::BTreeSet<i32>,
    swaps: &std::collections::BTreeSet<i32>,
) -> Calendar {
    use jiff::{ToSpan, civil::Weekday};
    let date = |n: &i32| day("2026-01-01").checked_add(n.days()).unwrap();
    let quoted = |dates: Vec<Date>| dates.iter().map(|d| format!("\"{d}\"")).collect::<Vec<_>>().join(",");
    let weekend = |d: &Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
    let off: Vec<Date> = holidays.iter().map(date).collect();
    let on: Vec<Date> = swaps.iter().map(date).filter(|d| weekend(d) && !off.contains(d)).collect();
    let file =
        format!("year = 2026\nsource = \"test\"\nholidays = [{}]\nworking = [{}]\n", quoted(off), quoted(on));
    Calendar::check(&[&file]).unwrap()
}
