//! Joint handling: TA1–TA3 of the crate's task module.

mod town;

use linli_casework::{
    ActorKind, Case, Command, CommandKind, Outcome, PromiseKind, StageCode, TaskState, available, decide, due,
};
use linli_model::{AreaId, Millis};
use town::{MONDAY, Town, at, id, reporter, sample};

/// A case the estate's keeper works on.
fn working(town: &Town, class: &str) -> Case {
    let mut case = town.open(class, "e1");
    town.give(&mut case, Command::Accept, &town.user("keeper")).unwrap();
    case
}

fn to_post(who: &str, days: u32) -> Command {
    Command::Invite { to_post: Some(id(who)), to_area: None, task: "请到场核对".into(), days }
}

#[test]
fn a_co_handler_accepts_does_and_keeps_the_promise_of_the_task() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let (keeper, helper) = (town.user("keeper"), town.user("cadre_r2"));
    assert_eq!(
        town.give(&mut case, to_post("cadre_r2", 1), &keeper).unwrap(),
        ["task_asked", "promise_made"]
    );
    assert_eq!(case.promise(PromiseKind::Task(1)).unwrap().due_at, at("2026-11-24T17:30:00+08:00"));
    // From another committee, and still: it is theirs to see and to do.
    let offered: Vec<_> = available(&case, &helper, &town.context())
        .into_iter()
        .filter(|a| a.enabled)
        .map(|a| a.command)
        .collect();
    assert_eq!(
        offered,
        [CommandKind::Note, CommandKind::AcceptTask, CommandKind::DoTask, CommandKind::RefuseTask]
    );
    // TA1: the owner waits, or drops it.
    let done = || sample(CommandKind::ProposeDone, town.now);
    assert_eq!(town.give(&mut case, done(), &keeper).unwrap_err().code, "task_open");
    town.now = town.now + Millis::hours(1);
    town.give(&mut case, Command::AcceptTask { task: 1 }, &helper).unwrap();
    let again = town.give(&mut case, Command::AcceptTask { task: 1 }, &helper).unwrap_err();
    assert_eq!(again.code, "task_accepted_already");
    let not_mine = Command::DoTask { task: 1, text: "好了".into(), photos: vec![] };
    assert_eq!(town.give(&mut case, not_mine.clone(), &keeper).unwrap_err().code, "no_task_here");
    assert_eq!(town.give(&mut case, not_mine, &helper).unwrap(), ["task_done", "promise_kept"]);
    assert_eq!(
        (case.task(1).unwrap().state, case.task(1).unwrap().words.as_str()),
        (TaskState::Done, "好了")
    );
    let done = sample(CommandKind::ProposeDone, town.now);
    town.give(&mut case, done, &keeper).unwrap();
    assert_eq!(case.stage.code(), StageCode::ProposedDone);
}

#[test]
fn who_helped_never_checks_nor_reviews() {
    let town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let (keeper, helper) = (town.user("keeper"), town.user("cadre_a"));
    town.give(&mut case, to_post("cadre_a", 1), &keeper).unwrap();
    let done = Command::DoTask { task: 1, text: "已劝说".into(), photos: vec![] };
    town.give(&mut case, done, &helper).unwrap();
    town.give(&mut case, sample(CommandKind::ProposeDone, town.now), &keeper).unwrap();
    let check = sample(CommandKind::Verify, town.now);
    let refused = decide(&case, &check, &helper, &town.context()).unwrap_err();
    assert_eq!(refused.code, "checker_is_handler");
    town.give(&mut case, check, &town.user("cadre_b")).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &keeper).unwrap();
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter()).unwrap();
    assert_eq!(town.name_of(case.owner.user), "grid1", "both cadres had a part in it");
}

#[test]
fn an_area_is_asked_by_its_own_routing_and_a_refusal_frees_the_owner() {
    let town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    let to_area = |area: &str| Command::Invite {
        to_post: None,
        to_area: Some(AreaId::new(area)),
        task: "核对对面楼".into(),
        days: 2,
    };
    town.give(&mut case, to_area("r2"), &keeper).unwrap();
    let task = case.task(1).unwrap();
    assert_eq!(town.name_of(task.holder.user), "cadre_r2");
    assert!(task.explanation.sentence.zh.contains("R2"), "{}", task.explanation.sentence.zh);
    let refuse = Command::RefuseTask { task: 1, reason: "不属本居委".into() };
    let facts = town.give(&mut case, refuse, &town.user("cadre_r2")).unwrap();
    assert_eq!(facts, ["task_refused", "promise_voided"]);
    assert_eq!(case.refusals, 1);
    town.give(&mut case, to_area("s"), &keeper).unwrap();
    assert_eq!(case.task(2).unwrap().n, 2);
    let drop_it = Command::DropTask { task: 2, reason: String::new() };
    assert_eq!(town.give(&mut case, drop_it, &keeper).unwrap_err().code, "reason_missing");
    let drop_it = Command::DropTask { task: 2, reason: "已自行解决".into() };
    assert_eq!(town.give(&mut case, drop_it, &keeper).unwrap(), ["task_dropped", "promise_voided"]);
    town.give(&mut case, sample(CommandKind::ProposeDone, town.now), &keeper).unwrap();
}

#[test]
fn what_cannot_be_asked_is_refused_in_words() {
    let town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    let keeper = town.user("keeper");
    let invite = |post: Option<&str>, area: Option<&str>, task: &str, days| Command::Invite {
        to_post: post.map(id),
        to_area: area.map(AreaId::new),
        task: task.into(),
        days,
    };
    for (command, code) in [
        (invite(None, None, "x", 1), "helper_not_possible"),
        (invite(Some("desk"), Some("s"), "x", 1), "helper_not_possible"),
        (invite(Some("keeper"), None, "x", 1), "helper_not_possible"),
        (invite(Some("nobody"), None, "x", 1), "helper_not_possible"),
        (invite(None, Some("nowhere"), "x", 1), "helper_not_possible"),
        (invite(Some("desk"), None, " ", 1), "task_missing"),
        (invite(Some("desk"), None, "x", 0), "days_out_of_range"),
        (invite(Some("desk"), None, "x", 61), "days_out_of_range"),
        (Command::DropTask { task: 1, reason: "x".into() }, "no_task_open"),
    ] {
        assert_eq!(town.give(&mut case, command, &keeper).unwrap_err().code, code);
    }
    for _ in 0..linli_casework::task::OPEN_TASKS_MAX {
        town.give(&mut case, to_post("desk", 1), &keeper).unwrap();
    }
    assert_eq!(town.give(&mut case, to_post("desk", 1), &keeper).unwrap_err().code, "too_many_tasks");
}

#[test]
fn a_task_never_outlasts_the_case_and_is_broken_by_itself() {
    let mut town = Town::at(MONDAY);
    let mut case = working(&town, "noise.neighbour");
    town.give(&mut case, to_post("desk", 30), &town.user("keeper")).unwrap();
    let handling = case.promise(PromiseKind::Complete).unwrap().due_at;
    assert_eq!(case.promise(PromiseKind::Task(1)).unwrap().due_at, handling, "TA3");
    town.give(&mut case, to_post("desk2", 1), &town.user("keeper")).unwrap();
    town.now = case.promise(PromiseKind::Task(2)).unwrap().due_at + Millis(1);
    while let Some(command) = due(&case, &town.context()).into_iter().next() {
        town.give(&mut case, command, &ActorKind::System).unwrap();
    }
    assert_eq!(case.promise(PromiseKind::Task(2)).unwrap().outcome, Outcome::Broken { at: town.now });
    assert!(case.promise(PromiseKind::Task(1)).unwrap().is_open());
    assert!(case.promise(PromiseKind::Complete).unwrap().is_open(), "the case itself is in time");
    // The case ends: what is still asked is asked no more.
    let facts = town.give(&mut case, sample(CommandKind::Withdraw, town.now), &reporter()).unwrap();
    assert_eq!(facts.iter().filter(|f| **f == "task_dropped").count(), 2);
    assert!(case.promises.iter().all(|p| !p.is_open()) && case.open_tasks().next().is_none());
}

#[test]
fn a_form_may_send_the_number_of_a_task_as_text() {
    let read = |json: &str| serde_json::from_str::<Command>(json).unwrap();
    assert_eq!(read(r#"{"command":"accept_task","task":"3"}"#), Command::AcceptTask { task: 3 });
    assert_eq!(read(r#"{"command":"accept_task","task":3}"#), Command::AcceptTask { task: 3 });
    assert!(serde_json::from_str::<Command>(r#"{"command":"accept_task","task":"three"}"#).is_err());
    let passed_up = read(r#"{"command":"pass_up","reason":"x"}"#);
    assert_eq!(passed_up, sample_pass_up("x"), "as it was sent before there were codes");
}

fn sample_pass_up(reason: &str) -> Command {
    Command::PassUp { code: linli_casework::ClimbReason::Other, reason: reason.into() }
}
