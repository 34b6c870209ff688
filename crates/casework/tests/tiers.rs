//! Tiers as data, going up by itself, steps and the share solved per tier: TI1–TI3, SE1, SE2.

mod town;

use linli_casework::{
    ActorKind, Case, ClimbReason, Command, CommandKind, FactRecord, Outcome, PromiseKind, StageCode,
    TierTable, apply, decide, decide_open, due,
    steps::{by_tier, solved_at, steps},
};
use linli_model::{Area, AreaId, AreaLevel, Instant, Millis, Role};
use std::sync::Arc;
use town::{MONDAY, Town, at, id, reporter, sample};

/// A case with all of its facts.
struct Lived {
    case: Case,
    facts: Vec<FactRecord>,
}

impl Lived {
    fn open(town: &Town, class: &str, area: &str) -> Lived {
        let decided = decide_open(&town.opening(class, area), &reporter(), &town.context()).unwrap();
        Lived { case: town::folded(None, &decided), facts: decided.facts }
    }
    fn give(&mut self, town: &Town, command: Command, who: &ActorKind) -> Vec<&'static str> {
        let decided =
            decide(&self.case, &command, who, &town.context()).unwrap_or_else(|e| panic!("{command:?}: {e}"));
        self.case = town::folded(Some(self.case.clone()), &decided);
        let codes = decided.facts.iter().map(|f| f.fact.code()).collect();
        self.facts.extend(decided.facts);
        codes
    }
    fn owner(&self, town: &Town) -> ActorKind {
        town.user(town.name_of(self.case.owner.user))
    }
    /// What the clock does now, until it rests.
    fn clock(&mut self, town: &Town) -> Vec<&'static str> {
        let mut told = Vec::new();
        while let Some(command) = due(&self.case, &town.context()).into_iter().next() {
            told.extend(self.give(town, command, &ActorKind::System));
            assert!(told.len() < 100, "the clock never comes to rest: {told:?}");
        }
        told
    }
}

#[test]
fn what_nobody_takes_goes_up_by_itself_and_each_level_has_its_time_to_decide() {
    let mut town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "e1");
    let share = lived.case.promise(PromiseKind::Complete).unwrap().at_percent(80);
    town.now = share - Millis(1);
    assert!(!lived.clock(&town).contains(&"passed_up"));
    town.now = share;
    let told = lived.clock(&town);
    assert!(told.ends_with(&["passed_up", "owner_set", "promise_made", "promise_made"]), "{told:?}");
    assert_eq!((town.name_of(lived.case.owner.user), lived.case.climbed), ("grid1", 1));
    let decide = lived.case.promise(PromiseKind::Decide).unwrap().clone();
    assert_eq!((decide.due_at > town.now, decide.limit.amount), (true, 1));
    assert_eq!(lived.clock(&town), Vec::<&str>::new(), "the grid has its own time now");
    // The grid lets it pass: one more level up.
    town.now = decide.due_at + Millis(1);
    let told = lived.clock(&town);
    assert!(told.contains(&"passed_up"), "{told:?}");
    assert!(["desk", "desk2"].contains(&town.name_of(lived.case.owner.user)));
    // The street takes it: decided in time.
    let desk = lived.owner(&town);
    assert!(lived.give(&town, Command::Accept, &desk).contains(&"promise_kept"));
    let outcomes: Vec<_> =
        lived.case.promises.iter().filter(|p| p.kind == PromiseKind::Decide).map(|p| p.outcome).collect();
    assert!(matches!(outcomes[..], [Outcome::Broken { .. }, Outcome::Kept { .. }]), "{outcomes:?}");
}

#[test]
fn at_the_top_it_is_written_down_once_and_not_tried_again() {
    let mut town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "s");
    assert_eq!(lived.case.owner.role, Role::DutyDesk);
    town.now = town.now + Millis::days(30);
    let told = lived.clock(&town);
    assert_eq!(told.iter().filter(|f| **f == "climb_failed").count(), 1, "{told:?}");
    town.now = town.now + Millis::days(30);
    assert_eq!(lived.clock(&town), Vec::<&str>::new());
}

#[test]
fn after_so_many_refusals_the_level_above_has_it() {
    let town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "noise.neighbour", "e1");
    let keeper = town.user("keeper");
    lived.give(&town, Command::Accept, &keeper);
    for n in 1..=3 {
        assert_eq!(lived.clock(&town), Vec::<&str>::new(), "refused {} times", n - 1);
        let invite =
            Command::Invite { to_post: Some(id("desk")), to_area: None, task: "帮忙".into(), days: 1 };
        lived.give(&town, invite, &keeper);
        lived.give(&town, Command::RefuseTask { task: n, reason: "不行".into() }, &town.user("desk"));
    }
    assert!(lived.clock(&town).contains(&"passed_up"));
    assert_eq!((lived.case.stage.code(), lived.case.refusals), (StageCode::Received, 0));
    let Some(linli_casework::Fact::PassedUp { code, .. }) =
        lived.facts.iter().map(|f| f.fact.clone()).find(|f| f.code() == "passed_up")
    else {
        panic!("passed up")
    };
    assert_eq!(code, ClimbReason::Refused);
}

#[test]
fn refusals_are_not_forgotten_by_giving_the_case_to_a_colleague() {
    let town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "r1");
    let colleague = |case: &Case| if case.owner.user == id("cadre_a") { "cadre_b" } else { "cadre_a" };
    for n in 1..=3 {
        assert_eq!(lived.clock(&town), Vec::<&str>::new(), "refused {} times", n - 1);
        let owner = lived.owner(&town);
        lived.give(&town, Command::Accept, &owner);
        let invite =
            Command::Invite { to_post: Some(id("desk")), to_area: None, task: "帮忙".into(), days: 1 };
        lived.give(&town, invite, &owner);
        lived.give(&town, Command::RefuseTask { task: n, reason: "不行".into() }, &town.user("desk"));
        if n < 3 {
            let to = id(colleague(&lived.case));
            lived.give(&town, Command::Reassign { to, reason: "换人".into() }, &owner);
        }
    }
    assert!(lived.clock(&town).contains(&"passed_up"));
}

#[test]
fn who_passes_it_up_says_why_with_a_code_and_the_clocks_codes_are_not_theirs() {
    let town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "e1");
    let owner = lived.owner(&town);
    let up = |code| Command::PassUp { code, reason: "涉及执法权".into() };
    let refused = decide(&lived.case, &up(ClimbReason::TimePassed), &owner, &town.context()).unwrap_err();
    assert_eq!(refused.code, "code_is_the_clocks");
    lived.give(&town, up(ClimbReason::BeyondPower), &owner);
    let told =
        serde_json::to_string(&lived.facts.iter().find(|f| f.fact.code() == "passed_up").unwrap().fact)
            .unwrap();
    assert!(told.contains("\"code\":\"beyond_power\""), "{told}");
    // Written before there were codes.
    let old = r#"{"kind":"passed_up","from":"r1","reason":"x"}"#;
    let read: linli_casework::Fact = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

#[test]
fn tiers_of_another_depth_and_other_names_work_the_same() {
    let mut town = Town::at(MONDAY);
    // No grids: committee and street.
    let two = r#"
        version = 1
        moves_max = 2
        [[tier]]
        code = "village"
        label = { zh = "村委", en = "Village" }
        level = "residential_area"
        roles = ["cadre"]
        colleagues = false
        decide = { amount = 4, unit = "urgent_hours" }
        [[tier]]
        code = "town"
        label = { zh = "镇", en = "Town" }
        level = "street"
        roles = ["duty_desk"]
        colleagues = true
        decide = { amount = 2, unit = "urgent_hours" }
    "#;
    town.roster.tiers = Arc::new(TierTable::check(two).unwrap());
    let mut lived = Lived::open(&town, "other", "e1");
    let owner = lived.owner(&town);
    lived.give(&town, sample(CommandKind::PassUp, town.now), &owner);
    assert_eq!(lived.case.owner.role, Role::DutyDesk, "over the grid's head");
    let decide = lived.case.promise(PromiseKind::Decide).unwrap();
    assert_eq!(decide.due_at - decide.made_at, Millis::hours(2));
}

#[test]
fn a_table_with_mistakes_is_refused_with_each_of_them() {
    let tier = |code: &str, level: &str| {
        format!(
            "[[tier]]\ncode = \"{code}\"\nlabel = {{ zh = \"x\", en = \"x\" }}\nlevel = \"{level}\"\nroles = []\ncolleagues = true\ndecide = {{ amount = 0, unit = \"working_days\" }}\n"
        )
    };
    let text = format!(
        "version = 1\nmoves_max = 0\n{}{}[[pass_up]]\nshare = 101\nrefusals = 0\n[[pass_up]]\n",
        tier("a", "street"),
        tier("a", "building")
    );
    let wrong = TierTable::check(&text).unwrap_err();
    let said: Vec<_> = wrong.iter().map(|d| format!("{} {}", d.field, d.message.en)).collect();
    assert_eq!(
        said,
        [
            "moves_max expected at least one move",
            "tier.a expected at least one role that decides",
            "tier.a a limit must lie between 1 and 400",
            "tier.a the code is there twice",
            "tier.a tiers go from narrow to wide",
            "tier.a a tier is no narrower than a residential area",
            "tier.a expected at least one role that decides",
            "tier.a a limit must lie between 1 and 400",
            "pass_up.1 a share must lie between 1 and 100 percent",
            "pass_up.1 a count is at least 1",
            "pass_up.1 a row for all classes comes last; those after it would never count",
        ]
    );
    assert_eq!(TierTable::check("version = 1").unwrap_err()[0].code, "tiers_malformed");
}

#[test]
fn what_a_class_keeps_from_the_committee_does_not_fall_to_the_committee() {
    let mut town = Town::at(MONDAY);
    let owner = |town: &Town| town.name_of(town.open("service.complaint", "e1").owner.user);
    assert_eq!(owner(&town), "grid1");
    town.change_post("grid1", |c| c.on_duty = false);
    assert!(["desk", "desk2"].contains(&owner(&town)), "never those it is about");
}

#[test]
fn each_step_has_its_time_and_the_tier_that_handled_it_solved_it() {
    let mut town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "noise.neighbour", "e1");
    let (keeper, cadre, grid) = (town.user("keeper"), town.user("cadre_a"), town.user("grid1"));
    for (minutes, command, who) in [
        (10, Command::Accept, &keeper),
        (50, Command::Start, &keeper),
        (60, sample(CommandKind::PassUp, town.now), &keeper),
    ] {
        town.now = town.now + Millis::minutes(minutes);
        lived.give(&town, command, who);
    }
    let owner = lived.owner(&town);
    for (minutes, kind, who) in [
        (30, CommandKind::Accept, &owner),
        (60, CommandKind::ProposeDone, &owner),
        (20, CommandKind::Verify, if owner.user() == cadre.user() { &grid } else { &cadre }),
        (5, CommandKind::Answer, &owner),
        (600, CommandKind::Rate, &reporter()),
    ] {
        town.now = town.now + Millis::minutes(minutes);
        lived.give(&town, sample(kind, town.now), who);
    }
    let steps = steps(&lived.facts);
    let told: Vec<_> = steps.iter().map(|s| (s.stage.code(), s.took(town.now).0 / 60_000)).collect();
    assert_eq!(
        told,
        [
            ("received", 10),
            ("accepted", 50),
            ("working", 60),
            ("received", 30),
            ("accepted", 60),
            ("proposed_done", 20),
            ("verified", 5),
            ("answered", 600),
            ("closed", 0),
        ]
    );
    // SE1: without gap or overlap.
    for pair in steps.windows(2) {
        assert_eq!(pair[0].to, Some(pair[1].from));
    }
    assert_eq!(solved_at(&lived.case), Some(&AreaId::new("r1")));
    let shares = by_tier(
        [(AreaId::new("r1"), 3), (AreaId::new("e1"), 2), (AreaId::new("gone"), 1)],
        &town.areas,
        &town.roster.tiers,
    );
    let shares: Vec<_> = shares.into_iter().collect();
    assert_eq!(shares, [("".into(), 1), ("committee".into(), 5), ("grid".into(), 0), ("street".into(), 0)]);
}

#[test]
fn an_owner_who_leaves_mid_case_is_replaced_at_once_and_it_is_explained() {
    let mut town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "e1");
    let leaver = town.name_of(lived.case.owner.user);
    let owner = lived.owner(&town);
    lived.give(&town, Command::Accept, &owner);
    let early = decide(&lived.case, &Command::Reroute, &ActorKind::System, &town.context()).unwrap_err();
    assert_eq!(early.code, "owner_is_here");
    let left_at: Instant = town.now + Millis::minutes(5);
    town.change_post(leaver, |c| c.post.valid_to = Some(left_at));
    town.now = left_at;
    assert_eq!(lived.clock(&town), ["owner_set"]);
    assert_eq!(lived.case.stage.code(), StageCode::Accepted, "what was decided stays decided");
    assert_ne!(town.name_of(lived.case.owner.user), leaver);
    assert!(lived.case.routing.sentence.zh.starts_with("原主责岗位已离岗。"));
    assert!(lived.case.routing.considered.iter().any(|c| c.outcome == "post_ended"));
    // Everybody of the committee leaves: the level above has it.
    for cadre in ["cadre_a", "cadre_b"] {
        town.change_post(cadre, |c| c.post.valid_to = Some(left_at));
    }
    assert_eq!(lived.clock(&town), ["owner_set"]);
    assert_eq!(town.name_of(lived.case.owner.user), "grid1");
}

#[test]
fn an_area_that_is_merged_keeps_old_cases_where_they_were_and_routes_new_ones_by_the_new_tree() {
    let mut town = Town::at(MONDAY);
    let mut old = Lived::open(&town, "other", "e1");
    let was = old.case.area_path.clone();
    let owner = old.owner(&town);
    old.give(&town, Command::Accept, &owner);
    // r1 is merged into r2: its estate stands there now, its cadres' posts have ended.
    let r2 = town.areas.find(&AreaId::new("r2")).unwrap().path.clone();
    let e1 = AreaId::new("e1");
    let path = r2.child(&e1);
    town.areas = linli_model::AreaTree::from_areas(
        town.areas.iter().filter(|a| !["r1", "e1", "d1"].contains(&a.id.as_str())).cloned(),
    );
    town.areas.insert(Area {
        id: e1,
        level: AreaLevel::Estate,
        name: "E1".into(),
        parent: Some(AreaId::new("r2")),
        path,
    });
    town.now = town.now + Millis::hours(1);
    for cadre in ["cadre_a", "cadre_b"] {
        let now = town.now;
        town.change_post(cadre, |c| c.post.valid_to = Some(now));
    }
    assert_eq!(old.clock(&town), ["owner_set"]);
    assert_eq!((&old.case.area_path, town.name_of(old.case.owner.user)), (&was, "cadre_r2"));
    let new_owner = old.owner(&town);
    old.give(&town, sample(CommandKind::ProposeDone, town.now), &new_owner);
    let new = Lived::open(&town, "other", "e1");
    assert_eq!(town.name_of(new.case.owner.user), "cadre_r2");
    assert!(new.case.area_path.within(&r2));
}

#[test]
fn a_folded_history_is_the_same_case_byte_for_byte() {
    let mut town = Town::at(MONDAY);
    let mut lived = Lived::open(&town, "other", "e1");
    town.now = at("2026-12-30T10:00:00+08:00");
    lived.clock(&town);
    let owner = lived.owner(&town);
    lived.give(&town, Command::Accept, &owner);
    let again = lived.facts.iter().fold(None, apply).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&lived.case).unwrap());
    let stored: Vec<FactRecord> = lived
        .facts
        .iter()
        .map(|f| serde_json::from_str(&serde_json::to_string(f).unwrap()).unwrap())
        .collect();
    assert_eq!(stored.iter().fold(None, apply).unwrap(), lived.case);
}
