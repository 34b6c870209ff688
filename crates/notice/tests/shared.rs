//! Who else is told: the level above, co-handlers, the duty desk where a rule failed.

#[path = "../../casework/tests/town/mod.rs"]
mod town;

use linli_casework::{
    ActorKind, Case, Command, PromiseKind, RoutingRules, decide as decide_case, decide_open,
};
use linli_model::{IdSeed, Millis};
use linli_notice::{Ledger, NoticePolicy, Recipient, Situation, decide};
use std::sync::Arc;
use town::{MONDAY, Town, id, reporter};

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

/// Who is told what after a command.
fn told(town: &Town, case: &mut Case, command: Command, who: &ActorKind) -> Vec<String> {
    let policy = NoticePolicy::default();
    let decided =
        decide_case(case, &command, who, &town.context()).unwrap_or_else(|e| panic!("{command:?}: {e}"));
    *case = town::folded(Some(case.clone()), &decided);
    let notices = decide(&decided.facts, case, &Ledger::default(), &situation(town, &policy));
    let name = |to: &Recipient| match to {
        Recipient::User(user) => town.name_of(*user),
        Recipient::Reporter(_) => "reporter",
    };
    notices.iter().map(|n| format!("{} {}", n.reason, name(&n.recipient))).collect()
}

fn working(town: &Town) -> Case {
    let mut case = town.open("noise.neighbour", "e1");
    town.give(&mut case, Command::Accept, &town.user("keeper")).unwrap();
    case
}

#[test]
fn more_time_is_told_to_who_decides_and_the_decision_to_who_asked() {
    let mut town = Town::at(MONDAY);
    town.change_post("cadre_b", |c| c.open_cases = 9);
    let mut case = working(&town);
    let keeper = town.user("keeper");
    let ask = || Command::AskExtension { amount: 1, reason: "等配件".into() };
    assert_eq!(told(&town, &mut case, ask(), &keeper), ["extension_asked cadre_a"]);
    let mut late = case.clone();
    let refuse = Command::RefuseExtension { reason: "不必".into() };
    assert_eq!(told(&town, &mut case, refuse, &town.user("cadre_a")), ["extension_refused keeper"]);
    // The decider, not the owner, is late with it.
    town.now = late.promise(PromiseKind::Extension).unwrap().due_at + Millis(1);
    let broken = Command::MarkBroken { promise: PromiseKind::Extension };
    assert_eq!(told(&town, &mut late, broken, &ActorKind::System), ["extension_overdue cadre_a"]);
    let grant = Command::GrantExtension { text: String::new() };
    assert_eq!(told(&town, &mut late, grant, &town.user("grid1")), ["extension_granted keeper"]);
}

#[test]
fn a_co_handler_is_told_of_the_task_and_the_owner_of_its_end() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town);
    let (keeper, helper) = (town.user("keeper"), town.user("cadre_r2"));
    let invite =
        || Command::Invite { to_post: Some(id("cadre_r2")), to_area: None, task: "核对".into(), days: 1 };
    assert_eq!(told(&town, &mut case, invite(), &keeper), ["task_asked cadre_r2"]);
    assert_eq!(told(&town, &mut case, Command::AcceptTask { task: 1 }, &helper), Vec::<String>::new());
    let mut late = case.clone();
    let done = Command::DoTask { task: 1, text: "好了".into(), photos: vec![] };
    assert_eq!(told(&town, &mut case, done, &helper), ["task_done keeper"]);
    town.now = late.promise(PromiseKind::Task(1)).unwrap().due_at + Millis(1);
    let broken = Command::MarkBroken { promise: PromiseKind::Task(1) };
    assert_eq!(
        told(&town, &mut late, broken, &ActorKind::System),
        ["task_overdue keeper", "task_overdue cadre_r2"]
    );
    let drop_it = Command::DropTask { task: 1, reason: "不等了".into() };
    assert_eq!(told(&town, &mut late, drop_it, &keeper), ["task_dropped cadre_r2"]);
}

#[test]
fn the_end_of_the_time_is_told_when_the_clock_is_in_time_to_say_so() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town);
    let due_at = case.promise(PromiseKind::Complete).unwrap().due_at;
    let last = || Command::Warn { promise: PromiseKind::Complete, percent: 100 };
    let mut late = case.clone();
    town.now = due_at;
    assert_eq!(told(&town, &mut case, last(), &ActorKind::System), ["due_now keeper"]);
    // A moment later it is overdue, and told as that and not as both.
    town.now = due_at + Millis(1);
    assert_eq!(told(&town, &mut late, last(), &ActorKind::System), Vec::<String>::new());
}

#[test]
fn the_desk_hears_of_a_rule_that_gave_nobody() {
    let mut town = Town::at(MONDAY);
    town.change_post("desk2", |c| c.open_cases = 9);
    let rules = "[[rule]]\ncode = \"r\"\nlabel = { zh = \"夜间\", en = \"Nights\" }\nroles = [\"patrol\"]\n";
    town.roster.rules = Arc::new(RoutingRules::check(rules, 1).unwrap());
    let policy = NoticePolicy::default();
    let opened = decide_open(&town.opening("noise.neighbour", "e1"), &reporter(), &town.context()).unwrap();
    let case = town::folded(None, &opened);
    let notices = decide(&opened.facts, &case, &Ledger::default(), &situation(&town, &policy));
    let of_desk = notices.iter().find(|n| n.recipient == Recipient::User(id("desk"))).unwrap();
    assert_eq!(of_desk.reason, "routing_rule_failed");
    assert_eq!(of_desk.title.zh, "分派规则“夜间”未能选出人:没有合适的在岗人员");
}
