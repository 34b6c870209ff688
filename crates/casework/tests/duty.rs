//! Who is on duty when, against a reference that looks at every half hour by itself.

use jiff::civil::{Date, Time, time};
use linli_casework::{
    Calendar, Duty,
    owner::duty::{Away, Days, Hours, Turn, uncovered},
    owner::routing::Day,
};
use linli_model::{Instant, Millis};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn hours(days: Days, from: &str, to: &str) -> Hours {
    Hours { days, from: from.parse().unwrap(), to: to.parse().unwrap() }
}

/// Spans of a week as `MM-DD HH:MM – MM-DD HH:MM`, in the street's own time.
fn told(spans: &[(Instant, Instant)]) -> Vec<String> {
    let calendar = Calendar::shipped();
    let say = |t: Instant| calendar.zone().to_datetime(t.timestamp()).strftime("%m-%d %H:%M").to_string();
    spans.iter().map(|(a, b)| format!("{} – {}", say(*a), say(*b))).collect()
}

#[test]
fn who_has_no_hours_is_on_duty_always_but_when_away() {
    let mut duty = Duty::default();
    assert!(duty.is_on(at("2026-11-22T03:00:00+08:00"), &Calendar::shipped()));
    duty.away = vec![Away { from: at("2026-11-22T00:00:00+08:00"), until: at("2026-11-23T00:00:00+08:00") }];
    let on = |text| duty.is_on(at(text), &Calendar::shipped());
    assert!(on("2026-11-21T23:59:59+08:00"));
    assert!(!on("2026-11-22T00:00:00+08:00") && !on("2026-11-22T23:59:59+08:00"));
    assert!(on("2026-11-23T00:00:00+08:00"));
}

#[test]
fn an_absence_goes_on_with_the_one_that_follows_on_it() {
    let span = |from: &str, until: &str| Away { from: at(from), until: at(until) };
    let away = vec![
        span("2026-11-25T00:00:00+08:00", "2026-11-27T00:00:00+08:00"),
        span("2026-11-23T00:00:00+08:00", "2026-11-25T00:00:00+08:00"),
        span("2026-11-28T00:00:00+08:00", "2026-11-29T00:00:00+08:00"),
    ];
    let duty = Duty { away, ..Duty::default() };
    let until = |text| duty.away_until(at(text));
    assert_eq!(until("2026-11-22T23:59:59+08:00"), None);
    assert_eq!(until("2026-11-23T00:00:00+08:00"), Some(at("2026-11-27T00:00:00+08:00")));
    assert_eq!(until("2026-11-26T23:59:59+08:00"), Some(at("2026-11-27T00:00:00+08:00")));
    assert_eq!(until("2026-11-27T00:00:00+08:00"), None);
}

#[test]
fn working_days_follow_the_calendar_with_its_holidays_and_swap_days() {
    let duty = Duty { hours: vec![hours(Days::WorkingDays, "08:30", "17:30")], ..Duty::default() };
    let week =
        duty.spans(at("2026-10-05T00:00:00+08:00"), at("2026-10-12T00:00:00+08:00"), &Calendar::shipped());
    // To the 7th is National Day; the 10th is a Saturday that is worked.
    assert_eq!(
        told(&week),
        ["10-08 08:30 – 10-08 17:30", "10-09 08:30 – 10-09 17:30", "10-10 08:30 – 10-10 17:30"]
    );
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let duty = Duty { hours: vec![hours(Days::On(Day::Fri), "20:00", "08:00")], ..Duty::default() };
    let from = at("2026-11-20T00:00:00+08:00");
    assert_eq!(
        told(&duty.spans(from, from + Millis::days(7), &Calendar::shipped())),
        ["11-20 20:00 – 11-21 08:00"]
    );
    assert!(duty.is_on(at("2026-11-21T07:59:00+08:00"), &Calendar::shipped()));
    assert!(!duty.is_on(at("2026-11-22T07:59:00+08:00"), &Calendar::shipped()), "nobody said Saturday");
}

#[test]
fn a_turn_of_one_day_comes_beside_the_hours() {
    let duty = Duty {
        hours: vec![hours(Days::WorkingDays, "09:00", "17:00")],
        turns: vec![Turn {
            date: "2026-10-01".parse().unwrap(),
            from: time(0, 0, 0, 0),
            to: time(0, 0, 0, 0),
        }],
        away: vec![],
    };
    let from = at("2026-09-30T00:00:00+08:00");
    let spans = duty.spans(from, from + Millis::days(3), &Calendar::shipped());
    assert_eq!(told(&spans), ["09-30 09:00 – 09-30 17:00", "10-01 00:00 – 10-02 00:00"]);
}

#[test]
fn the_hours_nobody_covers_are_told() {
    let day = Duty { hours: vec![hours(Days::EveryDay, "08:00", "20:00")], ..Duty::default() };
    let night = Duty {
        hours: vec![hours(Days::EveryDay, "20:00", "08:00")],
        away: vec![Away { from: at("2026-11-24T12:00:00+08:00"), until: at("2026-11-25T02:00:00+08:00") }],
        ..Duty::default()
    };
    let (from, to) = (at("2026-11-23T00:00:00+08:00"), at("2026-11-30T00:00:00+08:00"));
    assert_eq!(
        told(&uncovered([&day, &night], from, to, &Calendar::shipped())),
        ["11-24 20:00 – 11-25 02:00"]
    );
    assert_eq!(
        told(&uncovered([], from, to, &Calendar::shipped())),
        ["11-23 00:00 – 11-30 00:00"],
        "no post at all"
    );
}

#[test]
fn an_absence_that_ends_before_it_begins_and_too_many_rows_are_refused_by_field() {
    let at = at("2026-11-24T12:00:00+08:00");
    let duty = Duty {
        hours: vec![hours(Days::EveryDay, "08:00", "20:00"); 29],
        away: vec![Away { from: at, until: at + Millis(1) }, Away { from: at, until: at }],
        ..Duty::default()
    };
    let wrong: Vec<_> = duty.check().into_iter().map(|d| (d.code, d.field)).collect();
    let wrong: Vec<_> = wrong.iter().map(|(c, f)| (c.as_str(), f.as_str())).collect();
    assert_eq!(wrong, [("duty_too_long", "hours"), ("away_ends_before_it_begins", "away.1.until")]);
}

// -- against a reference --

/// Obviously right: one moment, every row asked by itself.
fn is_on(duty: &Duty, now: Instant, calendar: &Calendar) -> bool {
    let local = calendar.zone().to_datetime(now.timestamp());
    let (today, clock) = (local.date(), local.time());
    let runs = |of_day: &dyn Fn(Date) -> bool, from: Time, to: Time| {
        let overnight = to <= from;
        let began_today = of_day(today) && clock >= from && (overnight || clock < to);
        let began_yesterday = overnight && of_day(today.yesterday().unwrap()) && clock < to;
        began_today || began_yesterday
    };
    let by_name = |days: Days, date: Date| match days {
        Days::EveryDay => true,
        Days::WorkingDays => calendar.is_working_day(date),
        Days::RestDays => !calendar.is_working_day(date),
        Days::On(day) => date.strftime("%a").to_string().to_lowercase() == day.code(),
    };
    let set = duty.hours.iter().any(|h| runs(&|d| by_name(h.days, d), h.from, h.to))
        || duty.turns.iter().any(|t| runs(&|d| d == t.date, t.from, t.to));
    let away = duty.away.iter().any(|a| a.from <= now && now < a.until);
    !away && (set || (duty.hours.is_empty() && duty.turns.is_empty()))
}

fn clock() -> impl Strategy<Value = Time> {
    (0i8..24, prop::sample::select(vec![0i8, 30])).prop_map(|(h, m)| time(h, m, 0, 0))
}

const BEGINS: &str = "2026-09-28T00:00:00+08:00";

fn duty() -> impl Strategy<Value = Duty> {
    let hours = (prop::sample::select(Days::all().collect::<Vec<_>>()), clock(), clock())
        .prop_map(|(days, from, to)| Hours { days, from, to });
    let turn = (0i64..14, clock(), clock()).prop_map(|(day, from, to)| Turn {
        date: (at(BEGINS) + Millis::days(day)).day_in(Calendar::shipped().zone()),
        from,
        to,
    });
    let away = (0i64..600, 1i64..200).prop_map(|(from, long)| Away {
        from: at(BEGINS) + Millis::minutes(from * 30),
        until: at(BEGINS) + Millis::minutes((from + long) * 30),
    });
    (prop::collection::vec(hours, 0..4), prop::collection::vec(turn, 0..4), prop::collection::vec(away, 0..3))
        .prop_map(|(hours, turns, away)| Duty { hours, turns, away })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// DU1, DU2, DU3: two weeks over National Day, half hour by half hour.
    #[test]
    fn every_half_hour_is_on_duty_or_not_as_its_rows_say(posts in prop::collection::vec(duty(), 1..4)) {
        let calendar = Calendar::shipped();
        let (from, to) = (at(BEGINS), at(BEGINS) + Millis::days(14));
        let inside = |spans: &[(Instant, Instant)], now: Instant| spans.iter().any(|(a, b)| *a <= now && now < *b);
        let spans: Vec<_> = posts.iter().map(|d| d.spans(from, to, &calendar)).collect();
        let nobody = uncovered(&posts, from, to, &calendar);
        for n in 0..14 * 48 {
            let now = from + Millis::minutes(n * 30);
            for (duty, spans) in posts.iter().zip(&spans) {
                prop_assert_eq!(is_on(duty, now, &calendar), inside(spans, now));
                prop_assert_eq!(duty.is_on(now, &calendar), inside(spans, now));
            }
            let covered = posts.iter().any(|d| is_on(d, now, &calendar));
            prop_assert_eq!(!covered, inside(&nobody, now), "DU3");
        }
        for spans in spans.iter().chain([&nobody]) {
            prop_assert!(spans.windows(2).all(|w| w[0].1 < w[1].0) && spans.iter().all(|(a, b)| a < b));
        }
    }
}

#[test]
fn kinds_of_days_are_kept_by_their_codes_and_others_are_refused() {
    for days in Days::all() {
        let kept = serde_json::to_string(&days).unwrap();
        assert_eq!(kept, format!("\"{}\"", days.code()));
        assert_eq!(serde_json::from_str::<Days>(&kept).unwrap(), days);
    }
    assert!(serde_json::from_str::<Days>("\"someday\"").is_err());
}
