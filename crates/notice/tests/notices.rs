//! Who is told what, when: NO1–NO4.

#[path = "../../casework/tests/town/mod.rs"]
mod town;

use linli_casework::{
    ActorKind, Case, Command, CommandKind, DoneOutcome, available, case::Origin, decide as decide_case,
    decide_join, decide_merge, decide_open, decide_unmerge, due,
};
use linli_model::{IdSeed, Instant, Millis, Severity};
use linli_notice::{Ledger, Notice, NoticePolicy, Recipient, Situation, decide, escalate, escalation_at};
use proptest::prelude::*;
use town::{MONDAY, Town, at, id, reporter, sample};

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
    let done = Command::ProposeDone {
        outcome: DoneOutcome::Explained,
        text: "说明".into(),
        photos: vec![],
        passed_to: String::new(),
        reporter_agrees: None,
    };
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
fn an_alarm_that_nobody_takes_climbs_all_levels_within_180_seconds_until_someone_does() {
    let mut town = Town::at("2026-11-23T03:00:00+08:00");
    let (mut case, mut ledger, _) = opened(&town, "fire.smoke");
    let policy = NoticePolicy::default();
    let opened_at: Instant = town.now;
    let mut climbed = Vec::new();
    for second in [44, 45, 89, 90, 135, 179] {
        town.now = opened_at + Millis::secs(second);
        let notices = escalate(&case, &ledger, &situation(&town, &policy));
        notices.iter().for_each(|n| ledger.add(n));
        climbed.extend(notices.iter().map(|n| match n.recipient {
            Recipient::User(user) => format!("{second}s {}", town.name_of(user)),
            Recipient::Reporter(_) => "a reporter?".into(),
        }));
    }
    assert!(climbed[0].starts_with("45s cadre"), "{climbed:?}");
    assert!(climbed[1].starts_with("90s grid1"), "{climbed:?}");
    assert!(climbed[2].starts_with("135s desk"), "{climbed:?}");
    let owner = town.user(town.name_of(case.owner.user));
    give(&town, &mut case, &mut ledger, Command::Accept, &owner);
    assert_eq!(escalation_at(&case, &policy, town.now), None);
    town.now = town.now + Millis::hours(1);
    assert!(escalate(&case, &ledger, &situation(&town, &policy)).is_empty(), "taken");
}

#[test]
fn a_case_that_is_passed_on_climbs_anew_from_the_moment_it_was_given() {
    let mut town = Town::at("2026-11-23T03:00:00+08:00");
    let (mut case, mut ledger, _) = opened(&town, "fire.smoke");
    let policy = NoticePolicy::default();
    town.now = town.now + Millis::secs(50);
    escalate(&case, &ledger, &situation(&town, &policy)).iter().for_each(|n| ledger.add(n));
    let owner = town.user(town.name_of(case.owner.user));
    for command in [Command::Accept, sample(CommandKind::PassUp, town.now)] {
        give(&town, &mut case, &mut ledger, command, &owner);
    }
    let given_at = town.now;
    for (second, rungs) in [(44, 0), (45, 1), (46, 0)] {
        town.now = given_at + Millis::secs(second);
        let notices = escalate(&case, &ledger, &situation(&town, &policy));
        notices.iter().for_each(|n| ledger.add(n));
        assert_eq!(notices.len(), rungs, "{second} s after it was given to the next");
    }
}

#[test]
fn time_running_out_is_told_to_the_owner_and_one_level_up() {
    let mut town = Town::at(MONDAY);
    let (mut case, mut ledger, _) = opened(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    give(&town, &mut case, &mut ledger, Command::Accept, &keeper);
    let promise = case.promise(linli_casework::PromiseKind::Complete).unwrap().clone();
    let warn = |percent| Command::Warn { promise: promise.kind, percent };
    town.now = promise.at_percent(50);
    let told = give(&town, &mut case, &mut ledger, warn(50), &ActorKind::System);
    assert_eq!(told, Vec::<String>::new(), "half of the time is no news");
    let names =
        |told: Vec<String>| told.iter().map(|t| t.split(" +").next().unwrap().to_owned()).collect::<Vec<_>>();
    town.now = promise.at_percent(80);
    let told = give(&town, &mut case, &mut ledger, warn(80), &ActorKind::System);
    assert_eq!(names(told), ["due_soon keeper", "due_soon_below cadre_a"]);
    town.now = promise.due_at + Millis(1);
    let broken = Command::MarkBroken { promise: promise.kind };
    let told = give(&town, &mut case, &mut ledger, broken, &ActorKind::System);
    assert_eq!(names(told), ["overdue keeper", "overdue_below cadre_a"]);
}

#[test]
fn who_has_no_page_to_read_the_answer_on_is_called_and_who_withdrew_is_left_in_peace() {
    let town = Town::at(MONDAY);
    let policy = NoticePolicy::default();
    let mut opening = town.opening("noise.neighbour", "e1");
    opening.origin = Origin::Report { channel: "window".into(), filed_by: None, order: None };
    let decided = decide_open(&opening, &town.user("desk"), &town.context()).unwrap();
    let mut case = town::folded(None, &decided);
    let mut ledger =
        Ledger::of(&decide(&decided.facts, &case, &Ledger::default(), &situation(&town, &policy)));
    for channel in ["web", "phone"] {
        let joined = decide_join(&case, id(channel), channel, "n", &town.context()).unwrap();
        case = town::folded(Some(case), &joined);
    }
    let gone = ActorKind::Reporter { reporter: id("phone") };
    let told = give(&town, &mut case, &mut ledger, sample(CommandKind::Withdraw, town.now), &gone);
    assert_eq!(told, ["reporter_withdrew keeper +0min"]);
    let keeper = town.user("keeper");
    for (kind, who) in [
        (CommandKind::Accept, &keeper),
        (CommandKind::ProposeDone, &keeper),
        (CommandKind::Verify, &town.user("grid1")),
    ] {
        give(&town, &mut case, &mut ledger, sample(kind, town.now), who);
    }
    let told = give(&town, &mut case, &mut ledger, sample(CommandKind::Answer, town.now), &keeper);
    let expected = ["answered reporter +0min", "answered reporter +0min", "call_back keeper +0min"];
    assert_eq!(told, expected, "the keeper wrote the answer and still has one call to make");
}

#[test]
fn those_whose_case_was_merged_hear_of_it_and_a_dispute_asks_for_a_review() {
    let town = Town::at(MONDAY);
    let policy = NoticePolicy::default();
    let (case, ledger, _) = opened(&town, "noise.neighbour");
    let mut target = case.clone();
    target.id = id("target");
    let (ended, _) = decide_merge(&case, &target, "同一件事", &town.user("keeper"), &town.context()).unwrap();
    let after = town::folded(Some(case.clone()), &ended);
    let notices = decide(&ended.facts, &after, &ledger, &situation(&town, &policy));
    assert_eq!(told(&town, &notices), ["merged reporter +0min"]);

    // Apart again they are told again, and the owner has it back; who has no page is told by voice.
    let mut ledger = ledger.clone();
    notices.iter().for_each(|n| ledger.add(n));
    let (own, _) = decide_unmerge(&after, &[], "两件事", &town.user("desk"), &town.context()).unwrap();
    let back = town::folded(Some(after.clone()), &own);
    let notices = decide(&own.facts, &back, &ledger, &situation(&town, &policy));
    assert_eq!(told(&town, &notices), ["unmerged reporter +0min", "taken_apart keeper +0min"]);
    let mut by_phone = after;
    by_phone.channels.insert(id("reporter"), "phone".into());
    let (own, _) = decide_unmerge(&by_phone, &[], "两件事", &town.user("desk"), &town.context()).unwrap();
    let back = town::folded(Some(by_phone), &own);
    let notices = decide(&own.facts, &back, &ledger, &situation(&town, &policy));
    let expected = ["unmerged reporter +0min", "tell_unmerged keeper +0min", "taken_apart keeper +0min"];
    assert_eq!(told(&town, &notices), expected);

    let (mut case, mut ledger, _) = opened(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    for (kind, who) in [
        (CommandKind::Accept, &keeper),
        (CommandKind::ProposeDone, &keeper),
        (CommandKind::Verify, &town.user("grid1")),
        (CommandKind::Answer, &keeper),
    ] {
        give(&town, &mut case, &mut ledger, sample(kind, town.now), who);
    }
    let told = give(&town, &mut case, &mut ledger, sample(CommandKind::Dispute, town.now), &reporter());
    assert_eq!(told, ["to_review cadre_a +0min"]);
}

#[test]
fn what_was_done_is_never_left_without_a_checker() {
    let mut town = Town::at(MONDAY);
    let (mut case, mut ledger, _) = opened(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    give(&town, &mut case, &mut ledger, Command::Accept, &keeper);
    for candidate in &mut town.roster.candidates {
        candidate.on_duty = false;
    }
    let told = give(&town, &mut case, &mut ledger, sample(CommandKind::ProposeDone, town.now), &keeper);
    assert_eq!(told.len(), 1, "nobody is on duty, and the nearest is asked all the same: {told:?}");
    assert!(told[0].starts_with("to_verify cadre"), "{told:?}");
}

proptest! {
    /// NO1–NO3 over random lives: whatever happens, deciding again tells nobody anything, ids never repeat,
    /// nobody hears of their own doing, and what matters at once is due at once.
    #[test]
    fn deciding_twice_tells_nobody_anything_new(
        class in prop::sample::select(vec!["other", "noise.neighbour", "fire.smoke", "care.elder_not_out"]),
        steps in prop::collection::vec((0usize..1000, 0i64..90), 1..40),
    ) {
        let mut town = Town::at(MONDAY);
        let policy = NoticePolicy::default();
        let (mut case, mut ledger, _) = opened(&town, class);
        let mut ids = std::collections::BTreeSet::new();
        for (pick, minutes) in steps {
            town.now = town.now + Millis::minutes(minutes);
            let mut offers: Vec<_> = due(&case, &town.context()).into_iter().map(|c| (ActorKind::System, c)).collect();
            for name in ["desk", "grid1", "cadre_a", "cadre_b", "keeper", "volunteer", "reporter"] {
                let who = if name == "reporter" { reporter() } else { town.user(name) };
                let enabled = available(&case, &who, &town.context()).into_iter().filter(|a| a.enabled);
                offers.extend(enabled.map(|a| (who.clone(), sample(a.command, town.now))));
            }
            let mut told = escalate(&case, &ledger, &situation(&town, &policy));
            told.iter().for_each(|n| ledger.add(n));
            prop_assert!(escalate(&case, &ledger, &situation(&town, &policy)).is_empty());
            if !offers.is_empty() {
                let (who, command) = &offers[pick % offers.len()];
                let Ok(decided) = decide_case(&case, command, who, &town.context()) else { continue };
                case = town::folded(Some(case), &decided);
                let notices = decide(&decided.facts, &case, &ledger, &situation(&town, &policy));
                notices.iter().for_each(|n| ledger.add(n));
                let again = decide(&decided.facts, &case, &ledger, &situation(&town, &policy));
                prop_assert!(again.is_empty(), "NO1: {again:?}");
                let own = |n: &&Notice| matches!(n.recipient, Recipient::User(u) if who.user() == Some(u));
                prop_assert!(notices.iter().filter(own).all(|n| n.reason == "call_back"), "NO3");
                told.extend(notices);
            }
            for notice in told {
                prop_assert!(ids.insert(notice.id), "one id for two notices");
                prop_assert!(notice.severity < Severity::Urgent || notice.due_at == town.now, "NO2");
                prop_assert!(!notice.title.zh.is_empty() && !notice.title.en.is_empty());
            }
        }
    }
}

/// Who decides, and did not ask, is told that there is something to decide; the owner is told what came of it.
#[test]
fn leaving_a_case_out_of_the_assessment_is_told_to_the_other_officers_of_the_desk() {
    let town = Town::at(MONDAY);
    for (decision, reason) in [
        (Command::GrantExclusion { text: String::new() }, "exclusion_granted"),
        (Command::RefuseExclusion { text: "不属于例外".into() }, "exclusion_refused"),
    ] {
        let (mut case, mut ledger, _) = opened(&town, "other");
        let owner = town.name_of(case.owner.user).to_owned();
        let ask = Command::AskExclusion { reason: "台风期间".into() };
        let mut asked = give(&town, &mut case, &mut ledger, ask, &town.user("desk"));
        asked.sort();
        assert_eq!(asked, ["exclusion_asked desk2 +0min"], "not who asked");
        let told = give(&town, &mut case, &mut ledger, decision, &town.user("desk2"));
        assert_eq!(told, [format!("{reason} {owner} +0min")]);
    }
}

#[test]
fn one_more_reporter_is_told_to_the_owner_and_a_concentrated_matter_by_what_runs() {
    let town = Town::at(MONDAY);
    let policy = NoticePolicy::default();
    let (case, mut ledger, _) = opened(&town, "other");
    let owner = town.name_of(case.owner.user).to_owned();
    let joined = decide_join(&case, id("neighbour"), "web", "1-2", &town.context()).unwrap();
    let joined_case = town::folded(Some(case.clone()), &joined);
    let notices = decide(&joined.facts, &joined_case, &ledger, &situation(&town, &policy));
    assert_eq!(told(&town, &notices), [format!("reporter_joined {owner} +0min")]);
    // Who came along with a merged case is told of with the merge alone.
    let mut other = town.opening("other", "e1");
    (other.id, other.reporters) = (id("other"), vec![id("second")]);
    let other = town::folded(None, &decide_open(&other, &reporter(), &town.context()).unwrap());
    let (_, target) = decide_merge(&other, &case, "同一问题", &town.user("desk"), &town.context()).unwrap();
    let merged = town::folded(Some(case.clone()), &target);
    notices.iter().for_each(|n| ledger.add(n));
    let notices = decide(&target.facts, &merged, &ledger, &situation(&town, &policy));
    assert!(notices.iter().all(|n| n.reason != "reporter_joined"), "{:?}", told(&town, &notices));
    // The words say that the three days run where they do.
    let words = |class: &str| {
        let (mut case, _, _) = opened(&town, class);
        case.reporters = (0..8).map(|n| id(&format!("n{n}"))).collect();
        let marked = linli_casework::decide_concentrated(&case, &[], &town.context());
        let after = town::folded(Some(case), &marked[0].1);
        let notices = decide(&marked[0].1.facts, &after, &Ledger::default(), &situation(&town, &policy));
        notices.into_iter().find(|n| n.reason == "concentrated").unwrap().title.zh
    };
    assert!(words("noise.neighbour").contains("三天承诺"));
}
