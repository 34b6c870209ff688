//! Who is told what, when: NO1–NO4.

#[path = "../../casework/tests/town/mod.rs"]
mod town;

use linli_casework::{ActorKind, Case, Command, DoneOutcome, decide as decide_case, decide_open};
use linli_model::{IdSeed, Instant, Millis, UserId};
use linli_notice::{Ledger, Notice, NoticePolicy, Recipient, Situation, decide, escalate, escalation_at};
use town::{Town, at, id, reporter};

fn situation<'a>(town: &'a Town, policy: &'a NoticePolicy) -> Situation<'a> {
    Situation {
        now: town.now,
        seed: IdSeed::of_name("notices"),
        policy,
        classes: &town.classes,
        areas: &town.areas,
        roster: &town.roster,
    }
}

fn told(town: &Town, notices: &[Notice]) -> Vec<String> {
    notices
        .iter()
        .map(|n| match n.recipient {
            Recipient::User(user) => {
                format!("{} {} +{}min", n.reason, town.name_of(user), (n.due_at - town.now).0 / 60_000)
            }
            Recipient::Reporter(_) => {
                format!("{} reporter +{}min", n.reason, (n.due_at - town.now).0 / 60_000)
            }
        })
        .collect()
}

/// Gives a command and says who is told; deciding the same facts again must tell nobody (NO1).
fn give(town: &Town, case: &mut Case, ledger: &mut Ledger, command: Command, who: &ActorKind) -> Vec<String> {
    let policy = NoticePolicy::default();
    let decided = decide_case(case, &command, who, &town.context()).unwrap();
    *case = town::folded(Some(case.clone()), &decided);
    let notices = decide(&decided.facts, case, ledger, &situation(town, &policy));
    notices.iter().for_each(|n| ledger.add(n));
    assert!(decide(&decided.facts, case, ledger, &situation(town, &policy)).is_empty(), "told twice");
    told(town, &notices)
}

fn opened(town: &Town, class: &str) -> (Case, Ledger, Vec<String>) {
    let policy = NoticePolicy::default();
    let decided = decide_open(&town.opening(class, "e1"), &reporter(), &town.context()).unwrap();
    let case = town::folded(None, &decided);
    let notices = decide(&decided.facts, &case, &Ledger::default(), &situation(town, &policy));
    let words = told(town, &notices);
    (case, Ledger::of(&notices), words)
}

#[test]
fn each_step_of_the_loop_reaches_the_person_who_owes_the_next() {
    let town = Town::at("2026-11-23T09:00:00+08:00");
    let (mut case, mut ledger, first) = opened(&town, "other");
    let owner_name = town.name_of(case.owner.user);
    assert_eq!(first, [format!("new_case {owner_name} +0min")]);
    let owner = town.user(owner_name);
    assert_eq!(give(&town, &mut case, &mut ledger, Command::Accept, &owner), Vec::<String>::new(), "NO3");
    let done =
        Command::ProposeDone { outcome: DoneOutcome::Explained, text: "说明".into(), photos: vec![] };
    assert_eq!(give(&town, &mut case, &mut ledger, done, &owner), ["to_verify volunteer +0min"]);
    let verify = Command::Verify { ok: true, text: String::new(), photos: vec![] };
    let after = give(&town, &mut case, &mut ledger, verify, &town.user("volunteer"));
    assert_eq!(after, [format!("to_answer {owner_name} +0min")]);
    let answer = Command::Answer { text: "已办".into() };
    assert_eq!(give(&town, &mut case, &mut ledger, answer, &owner), ["answered reporter +0min"], "NO4");
}

#[test]
fn quiet_hours_hold_back_what_can_wait_and_nothing_that_cannot() {
    for (now, class, minutes) in [
        ("2026-11-23T20:59:00+08:00", "other", 0),
        ("2026-11-23T21:00:00+08:00", "other", 11 * 60),
        ("2026-11-23T07:59:00+08:00", "other", 1),
        ("2026-11-23T08:00:00+08:00", "other", 0),
        ("2026-11-23T03:00:00+08:00", "care.elder_not_out", 0),
        ("2026-11-23T03:00:00+08:00", "fire.smoke", 0),
    ] {
        let (_, _, first) = opened(&Town::at(now), class);
        assert!(first[0].ends_with(&format!("+{minutes}min")), "{now} {class}: {first:?}");
    }
}

#[test]
fn beyond_the_limit_of_an_hour_what_can_wait_waits() {
    let policy = NoticePolicy::default();
    let now = at("2026-11-23T10:00:00+08:00");
    let severity = linli_model::Severity::Attention;
    assert_eq!(policy.earliest(now, severity, policy.per_hour_max - 1), now);
    assert_eq!(policy.earliest(now, severity, policy.per_hour_max), now + Millis::hours(1));
    assert_eq!(policy.earliest(now, linli_model::Severity::Alarm, 1000), now, "NO2");
}

#[test]
fn an_alarm_that_nobody_takes_climbs_a_level_a_minute_until_someone_does() {
    let mut town = Town::at("2026-11-23T03:00:00+08:00");
    let (mut case, mut ledger, _) = opened(&town, "fire.smoke");
    let policy = NoticePolicy::default();
    let opened_at: Instant = town.now;
    let mut climbed = Vec::new();
    for second in [59, 60, 119, 120, 180] {
        town.now = opened_at + Millis::secs(second);
        let notices = escalate(&case, &ledger, &situation(&town, &policy));
        notices.iter().for_each(|n| ledger.add(n));
        climbed.extend(notices.iter().map(|n| match n.recipient {
            Recipient::User(user) => format!("{second}s {}", town.name_of(user)),
            Recipient::Reporter(_) => "a reporter?".into(),
        }));
    }
    assert!(climbed[0].starts_with("60s cadre"), "{climbed:?}");
    assert!(climbed[1].starts_with("120s grid1"), "{climbed:?}");
    assert!(climbed[2].starts_with("180s desk"), "{climbed:?}");
    let owner = town.user(town.name_of(case.owner.user));
    give(&town, &mut case, &mut ledger, Command::Accept, &owner);
    assert_eq!(escalation_at(&case, &policy, town.now), None);
    town.now = town.now + Millis::hours(1);
    assert!(escalate(&case, &ledger, &situation(&town, &policy)).is_empty(), "taken");
    let _: UserId = id("desk");
}
