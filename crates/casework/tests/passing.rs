//! Where a case goes that is passed down, up or aside, and what ends the ping-pong: RO3.

mod town;

use linli_casework::{
    Case, ClimbReason, Command, CommandKind, Decided, Fact, FactRecord, RoutingRules, StageCode, apply,
    available, decide, decide_open,
};
use linli_model::{AreaId, Millis};
use std::sync::Arc;
use town::{MONDAY, Town, at, folded, id, reporter, sample};

const EVENING: &str = "2026-11-23T20:00:00+08:00";

fn down(to: &str) -> Command {
    Command::PassDown { to: AreaId::new(to), reason: "请当地办理".into() }
}

fn to_post(who: &str) -> Command {
    Command::Reassign { to: id(who), reason: "请接手".into() }
}

/// A case of the street's desk, in the evening: the committees have gone home.
fn evening() -> (Town, Case) {
    let mut town = Town::at(EVENING);
    for who in ["grid1", "grid2", "cadre_a", "cadre_b", "cadre_r2", "volunteer", "keeper"] {
        town.change_post(who, |c| c.on_duty = false);
    }
    let case = town.open("other", "e1");
    assert_eq!(town.name_of(case.owner.user), "desk");
    (town, case)
}

/// Gives the command, and says who has the case then, and by which facts.
fn give(town: &Town, case: &mut Case, who: &str, command: Command) -> String {
    match town.give(case, command, &town.user(who)) {
        Ok(facts) => {
            let by = facts.iter().find(|f| !f.starts_with("promise")).unwrap();
            format!("{} by {by}", town.name_of(case.owner.user))
        }
        Err(refused) => refused.code,
    }
}

#[test]
fn what_is_passed_down_after_hours_stays_below_with_who_is_off_duty() {
    let (town, mut case) = evening();
    assert_eq!(give(&town, &mut case, "desk", down("r1")), "cadre_a by passed_down");
    assert!(case.routing.sentence.zh.contains("目前无人在岗"), "{}", case.routing.sentence.zh);
    assert!(case.routing.sentence.zh.starts_with("由R1的"), "{}", case.routing.sentence.zh);
}

#[test]
fn who_is_on_duty_further_in_comes_before_who_is_not() {
    let (mut town, mut case) = evening();
    town.change_post("cadre_b", |c| c.on_duty = true);
    // Of the grid nobody is there; of the case's own committee somebody is.
    assert_eq!(give(&town, &mut case, "desk", down("g1")), "cadre_b by passed_down");
    // The case does not lie in the other grid: there the widest area comes first.
    let (mut town, mut case) = evening();
    assert_eq!(give(&town, &mut case, "desk", down("g2")), "grid2 by passed_down");
    let (_, mut case) = (town.change_post("grid2", |c| c.post.valid_to = Some(at(MONDAY))), evening().1);
    assert_eq!(give(&town, &mut case, "desk", down("g2")), "cadre_r2 by passed_down");
}

#[test]
fn a_routing_rule_that_leads_out_of_the_branch_does_not_count_and_one_inside_does() {
    let rules = |more: &str| {
        let text = format!("[[rule]]\ncode = \"r\"\nlabel = {{ zh = \"夜间\", en = \"Nights\" }}\n{more}\n");
        Arc::new(RoutingRules::check(&text, 3).unwrap())
    };
    let night = "from = \"18:00\"\nto = \"08:00\"\nroles = [\"duty_desk\"]";
    for cadres_on_duty in [true, false] {
        let (mut town, mut case) = evening();
        town.roster.rules = rules(night);
        town.change_post("cadre_b", |c| c.on_duty = cadres_on_duty);
        let owner = if cadres_on_duty { "cadre_b" } else { "cadre_a" };
        assert_eq!(give(&town, &mut case, "desk", down("r1")), format!("{owner} by passed_down"));
        assert_eq!(case.routing.rule, None);
    }
    let (mut town, mut case) = evening();
    let cadre_b = linli_model::PostId(id::<linli_model::UserId>("cadre_b").0);
    town.roster.rules = rules(&format!("post = \"{cadre_b}\""));
    town.change_post("cadre_a", |c| c.on_duty = true);
    town.change_post("cadre_b", |c| (c.on_duty, c.open_cases) = (true, 9));
    assert_eq!(give(&town, &mut case, "desk", down("r1")), "cadre_b by passed_down");
    assert_eq!(case.routing.rule.unwrap().code, "r");
}

#[test]
fn where_nobody_else_is_below_it_is_refused_with_the_reason_and_stays_where_it_is() {
    let (mut town, mut case) = evening();
    for who in ["cadre_a", "cadre_b", "volunteer"] {
        town.change_post(who, |c| c.post.valid_to = Some(at(MONDAY)));
    }
    town.change_post("keeper", |c| c.post.valid_to = Some(at(MONDAY)));
    let before = case.clone();
    assert_eq!(give(&town, &mut case, "desk", down("r1")), "nobody_there");
    // Whoever has the case is not handed it again in another post of theirs.
    town.change_post("cadre_a", |c| (c.post.valid_to, c.post.user) = (None, id("desk")));
    let refused = town.give(&mut case, down("r1"), &town.user("desk")).unwrap_err();
    assert_eq!(refused.code, "nobody_there");
    assert!(refused.message.zh.starts_with("R1及其下级没有其他岗位"), "{}", refused.message.zh);
    assert_eq!(case, before);
}

#[test]
fn an_area_asked_for_help_after_hours_is_helped_by_its_own_people() {
    let (town, mut case) = evening();
    town.give(&mut case, Command::Accept, &town.user("desk")).unwrap();
    let ask = |area: &str| Command::Invite {
        to_post: None,
        to_area: Some(AreaId::new(area)),
        task: "请核对".into(),
        days: 1,
    };
    town.give(&mut case, ask("r2"), &town.user("desk")).unwrap();
    assert_eq!(town.name_of(case.task(1).unwrap().holder.user), "cadre_r2");
    assert_eq!(give(&town, &mut case, "desk", ask("nowhere")), "helper_not_possible");
}

/// The grid leader is cadre of the committee, too.
fn of_two_posts(town: &mut Town) -> Case {
    town.change_post("grid1", |c| c.post.user = id("cadre_a"));
    let case = town.open("other", "e1");
    assert_eq!(town.name_of(case.owner.user), "cadre_a");
    case
}

#[test]
fn up_is_to_another_person_and_where_the_same_one_sits_there_it_goes_further_up() {
    let mut town = Town::at(MONDAY);
    let mut case = of_two_posts(&mut town);
    let up = sample(CommandKind::PassUp, town.now);
    assert_eq!(give(&town, &mut case, "cadre_a", up.clone()), "desk by passed_up");

    let case = of_two_posts(&mut town);
    let mut by_itself = case.clone();
    town.now = town.now + Millis::days(30);
    let climb = Command::Climb { why: ClimbReason::TimePassed };
    town.give(&mut by_itself, climb.clone(), &linli_casework::ActorKind::System).unwrap();
    assert_eq!((town.name_of(by_itself.owner.user), by_itself.climbed), ("desk", 1));

    // Nobody else above at all: as at the top.
    for who in ["desk", "desk2"] {
        town.change_post(who, |c| c.on_duty = false);
    }
    let mut alone = case;
    assert_eq!(give(&town, &mut alone, "cadre_a", up), "nobody_above");
    assert!(!offered(&town, &alone, "cadre_a", CommandKind::PassUp).0);
    let facts = town.give(&mut alone, climb, &linli_casework::ActorKind::System).unwrap();
    assert_eq!(facts, ["climb_failed"]);
}

/// Whether the move is offered, and what is said of it.
fn offered(town: &Town, case: &Case, who: &str, command: CommandKind) -> (bool, String) {
    let all = available(case, &town.user(who), &town.context());
    let action = all.into_iter().find(|a| a.command == command).unwrap();
    (action.enabled, action.hint.map_or(String::new(), |h| h.zh))
}

#[test]
fn two_people_who_give_it_to_each_other_end_with_the_level_above() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    let (first, second) = match town.name_of(case.owner.user) {
        "cadre_a" => ("cadre_a", "cadre_b"),
        _ => ("cadre_b", "cadre_a"),
    };
    for (n, (from, to)) in [(first, second), (second, first), (first, second)].into_iter().enumerate() {
        assert_eq!(offered(&town, &case, from, CommandKind::Reassign), (true, String::new()));
        assert_eq!(give(&town, &mut case, from, to_post(to)), format!("{to} by reassigned"));
        assert_eq!(case.bounces as usize, n + 1);
    }
    // It is said before it happens.
    let (enabled, hint) = offered(&town, &case, second, CommandKind::Reassign);
    assert!(enabled && hint.starts_with("案件已往返 3 次"), "{hint}");
    let decided = decide(&case, &to_post(first), &town.user(second), &town.context()).unwrap();
    case = folded(Some(case), &decided);
    assert_eq!((town.name_of(case.owner.user), case.owner.area.as_str()), ("grid1", "g1"));
    let Fact::PassedUp { code, reason, .. } = &passed_up(&decided) else { unreachable!() };
    assert_eq!((*code, reason.as_str()), (ClimbReason::Bounces, "请接手"));
    assert!(case.routing.sentence.zh.starts_with("案件已往返 3 次,改由上一级决定。由G1的网格长负责"));
}

fn passed_up(decided: &Decided) -> Fact {
    decided.facts.iter().map(|f| f.fact.clone()).find(|f| f.code() == "passed_up").unwrap()
}

#[test]
fn a_case_that_comes_up_and_is_given_down_again_and_again_goes_up_and_at_the_top_it_stays() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    let up = || sample(CommandKind::PassUp, town.now);
    for n in 1..=3 {
        let owner = town.name_of(case.owner.user);
        assert_eq!(give(&town, &mut case, owner, up()), "grid1 by passed_up");
        assert!(give(&town, &mut case, "grid1", down("r1")).ends_with("by passed_down"));
        assert_eq!(case.bounces, n);
    }
    let owner = town.name_of(case.owner.user);
    give(&town, &mut case, owner, up());
    assert_eq!(give(&town, &mut case, "grid1", down("r1")), "desk by passed_up");
    // Nobody is above the street: it is handled there.
    assert_eq!(give(&town, &mut case, "desk", down("r1")), "moved_too_often");
    assert_eq!(give(&town, &mut case, "desk", to_post("desk2")), "moved_too_often");
    assert_eq!(give(&town, &mut case, "desk", to_post("cadre_a")), "moved_too_often");
    assert!(!offered(&town, &case, "desk", CommandKind::PassDown).0);
    // Somebody who is away keeps it from nobody: a colleague may take it over.
    assert_eq!(give(&town, &mut case, "desk2", to_post("desk2")), "desk2 by reassigned");
    assert_eq!(give(&town, &mut case, "desk2", Command::Accept), "desk2 by accepted");
}

#[test]
fn the_desk_that_chooses_among_those_below_bounces_nothing() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    for who in ["cadre_b", "cadre_a", "cadre_b", "keeper", "volunteer"] {
        if town.name_of(case.owner.user) != who {
            assert_eq!(give(&town, &mut case, "desk", to_post(who)), format!("{who} by reassigned"));
        }
    }
    // What the level below has, the level above may take to itself.
    assert_eq!(give(&town, &mut case, "desk", to_post("desk")), "desk by reassigned");
    assert_eq!((case.bounces, case.stage.code()), (0, StageCode::Received));
    for (from, to) in [("desk", "desk2"), ("desk2", "desk"), ("desk", "desk2")] {
        give(&town, &mut case, from, to_post(to));
    }
    assert_eq!(case.bounces, 3, "the desks gave it to and fro");
    let first_way_down = give(&town, &mut case, "desk2", down("r1"));
    assert!(first_way_down.ends_with("by passed_down"), "{first_way_down}");
}

#[test]
fn nobody_gives_a_case_above_their_own_level_but_by_passing_it_up() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    let owner = town.name_of(case.owner.user);
    assert_eq!(give(&town, &mut case, owner, to_post("grid1")), "reassigned_upward");
    assert_eq!(give(&town, &mut case, "grid1", to_post("desk")), "reassigned_upward");
    // The estate belongs to the committee's tier: aside.
    let mut noise = town.open("noise.neighbour", "e1");
    assert_eq!(give(&town, &mut noise, "keeper", to_post("cadre_b")), "cadre_b by reassigned");
    assert_eq!(noise.bounces, 1);
}

#[test]
fn a_step_that_is_owed_stays_what_it_is_and_its_ping_pong_ends_too() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    let mut owner = town.name_of(case.owner.user);
    for kind in [CommandKind::Accept, CommandKind::Wait] {
        town.give(&mut case, sample(kind, town.now), &town.user(owner)).unwrap();
    }
    let other = |who: &str| if who == "cadre_a" { "cadre_b" } else { "cadre_a" };
    for _ in 0..3 {
        let to = other(owner);
        assert_eq!(give(&town, &mut case, owner, to_post(to)), format!("{to} by reassigned"));
        assert_eq!(case.stage.code(), StageCode::Waiting);
        owner = to;
    }
    assert_eq!(give(&town, &mut case, owner, to_post(other(owner))), "moved_too_often");
    let by_grid = give(&town, &mut case, "grid1", to_post(other(owner)));
    assert!(by_grid.ends_with("by reassigned"), "the level above decides: {by_grid}");
}

#[test]
fn a_new_round_counts_anew_and_what_was_written_before_there_were_bounces_reads_the_same() {
    let town = Town::at(MONDAY);
    let mut case = town.open("other", "e1");
    case.bounces = 3;
    let answered = [
        (CommandKind::Accept, "owner"),
        (CommandKind::ProposeDone, "owner"),
        (CommandKind::Verify, "grid1"),
        (CommandKind::Answer, "owner"),
    ];
    let owner = town.name_of(case.owner.user);
    for (kind, who) in answered {
        let who = if who == "owner" { owner } else { who };
        town.give(&mut case, sample(kind, town.now), &town.user(who)).unwrap();
    }
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter()).unwrap();
    let reviewer = town.user(town.name_of(case.owner.user));
    town.give(&mut case, Command::Accept, &reviewer).unwrap();
    town.give(&mut case, sample(CommandKind::ReviewReturn, town.now), &reviewer).unwrap();
    assert_eq!((case.round, case.bounces), (2, 0));

    let old = r#"{"kind":"passed_down","from":"s","reason":"x"}"#;
    let read: Fact = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
    let opened = decide_open(&town.opening("other", "e1"), &reporter(), &town.context()).unwrap();
    let case = folded(None, &opened);
    let (seq, actor) = (case.version + 1, opened.facts[0].actor.clone());
    let record = FactRecord { case: case.id, seq, at: town.now, actor, fact: read };
    let after = apply(Some(case), &record).unwrap();
    assert_eq!((after.moves, after.bounces), (1, 0));
}
