//! By which ways people are told: WY1–WY4.

use linli_casework::{CaseId, ReporterId};
use linli_model::{IdSeed, Instant, Millis, Severity, Text, UserId};
use linli_notice::{
    Notice, NoticePolicy, Recipient,
    ways::{DIGEST, Rest, Way, Ways, digest, digest_times, takes},
};

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("ways").id(name)
}

fn at(text: &str) -> Instant {
    format!("2026-11-{text}:00+08:00").parse().unwrap()
}

fn notice(reason: &str, severity: Severity, due: &str) -> Notice {
    Notice {
        id: id(&format!("{reason} {due}")),
        case: Some(id::<CaseId>(due)),
        push: None,
        reason: reason.into(),
        recipient: Recipient::User(id("user")),
        step: 1,
        title: Text::new(format!("题 {reason}"), format!("title {reason}")),
        body: Text::new(format!("文 {due}"), format!("body {due}")),
        severity,
        due_at: at(due),
        channel: "in_app".into(),
        created_at: at(due),
    }
}

fn ways(urgent_mail: bool, rest: Rest) -> Ways {
    Ways { email: Some("a@b.example".into()), urgent_mail, rest }
}

/// WY1, WY2
#[test]
fn the_inbox_takes_everything_and_mail_what_was_chosen() {
    let (urgent, rest) =
        (notice("x", Severity::Urgent, "23T10:00"), notice("x", Severity::Attention, "23T10:00"));
    for urgent_mail in [true, false] {
        for choice in Rest::ALL {
            let ways = ways(urgent_mail, choice);
            assert!(takes(Way::All, &urgent, &ways) && takes(Way::All, &rest, &ways), "{ways:?}");
            assert_eq!(takes(Way::Mail, &urgent, &ways), urgent_mail, "{ways:?}");
            assert_eq!(takes(Way::Mail, &rest, &ways), choice == Rest::Mail, "{ways:?}");
            assert!(!takes(Way::Mail, &urgent, &Ways { email: None, ..ways.clone() }));
            let reporters =
                Notice { recipient: Recipient::Reporter(id::<ReporterId>("r")), ..urgent.clone() };
            assert!(!takes(Way::Mail, &reporters, &ways) && !takes(Way::Room, &reporters, &ways));
        }
    }
}

/// WY4
#[test]
fn a_room_hears_of_urgent_cases_only() {
    let none = Ways::default();
    for (reason, severity, hears) in [
        ("new_case", Severity::Alarm, true),
        ("not_taken", Severity::Urgent, true),
        ("new_case", Severity::Attention, false),
        ("push", Severity::Urgent, false),
        ("break_glass", Severity::Urgent, false),
    ] {
        assert_eq!(
            takes(Way::Room, &notice(reason, severity, "23T10:00"), &none),
            hears,
            "{reason} {severity:?}"
        );
    }
}

#[test]
fn digests_go_out_at_half_past_eight_and_at_five() {
    let zone = NoticePolicy::default().zone;
    for (now, last, before) in [
        ("23T08:29", "22T17:00", "22T08:30"),
        ("23T08:30", "23T08:30", "22T17:00"),
        ("23T16:59", "23T08:30", "22T17:00"),
        ("23T17:00", "23T17:00", "23T08:30"),
        ("24T00:00", "23T17:00", "23T08:30"),
    ] {
        assert_eq!(digest_times(at(now), &zone), Some((at(last), at(before))), "{now}");
    }
}

/// WY2, WY3
#[test]
fn a_digest_gathers_what_could_wait_since_the_last_and_is_the_same_each_time() {
    let user: UserId = id("user");
    let times = (at("23T17:00"), at("23T08:30"));
    let waiting = [
        notice("due_soon", Severity::Attention, "23T08:30"),
        notice("due_soon", Severity::Attention, "23T08:31"),
        notice("due_soon", Severity::Attention, "23T17:00"),
        notice("retracted", Severity::Info, "23T12:00"),
        notice("assigned", Severity::Urgent, "23T12:00"),
        notice("due_soon", Severity::Attention, "23T17:01"),
        notice(DIGEST, Severity::Info, "23T12:00"),
    ];
    let found = digest(user, &waiting, times).unwrap();
    assert_eq!(found.title.zh, "3 条通知汇总");
    assert_eq!(found.body.zh, "· 题 due_soon × 2\n· 题 retracted (文 23T12:00)");
    assert_eq!(digest(user, &waiting[..3], times).unwrap().key(), found.key(), "once for each time");
    assert!(takes(Way::Mail, &found, &ways(false, Rest::Digest)));
    assert!(!takes(Way::All, &found, &ways(false, Rest::Digest)), "no entry of the inbox");
    assert_eq!(digest(user, &waiting[..1], times), None);
    let next = (at("24T08:30"), at("23T17:00"));
    assert_ne!(digest(user, &waiting, next).unwrap().key(), found.key());
    let many: Vec<_> = (0..40).map(|n| notice(&format!("r{n}"), Severity::Info, "23T12:00")).collect();
    assert_eq!(digest(user, &many, times).unwrap().body.en.lines().count(), 21);
    assert!(digest(user, &waiting, (times.0, times.0 + Millis(1))).is_none());
}
