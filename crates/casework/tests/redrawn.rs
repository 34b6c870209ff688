//! Boundaries are redrawn: old cases stay where they were filed, and go on by the new tree.
//!
//! A script is one line each: what is done, and what came of it. `r1` (in `g1`) is taken over by `r2` (in `g2`) on the
//! first of December.

mod town;

use linli_casework::{ActorKind, Case, Command, FactRecord, decide, decide_open, due, fact::Audience};
use linli_model::{AreaId, AreaTree, Millis, Succession};
use town::{MONDAY, Town, at, id, reporter, sample};

const THE_DAY: &str = "2026-12-01T00:00:00+08:00";

struct Script {
    town: Town,
    case: Case,
    facts: Vec<FactRecord>,
    told: Vec<String>,
}

impl Script {
    fn open(town: Town, area: &str) -> Script {
        let decided = decide_open(&town.opening("other", area), &reporter(), &town.context()).unwrap();
        let mut script =
            Script { case: town::folded(None, &decided), facts: decided.facts, told: vec![], town };
        script.say(&format!("filed at {area}"));
        script
    }

    fn say(&mut self, what: &str) {
        let (case, owner) = (&self.case, self.town.name_of(self.case.owner.user));
        let line = format!("{what}: {} {} with {owner}", case.area_path.0, case.stage.code().code());
        self.told.push(line);
    }

    fn at(&mut self, time: &str) {
        self.town.now = at(time);
        let zone = self.town.calendar.zone().clone();
        let taken =
            Succession { of: AreaId::new("r1"), by: AreaId::new("r2"), since: at(THE_DAY).day_in(&zone) };
        self.town.areas = AreaTree::as_of(self.town.areas.iter().cloned(), [taken], self.town.now, &zone);
    }

    fn give(&mut self, who: &str, command: Command) {
        let user = self.town.user(who);
        self.as_actor(who, &user, command);
    }

    fn as_actor(&mut self, who: &str, actor: &ActorKind, command: Command) {
        let what = format!("{who} {}", code(&command));
        match decide(&self.case, &command, actor, &self.town.context()) {
            Ok(decided) => {
                self.case = town::folded(Some(self.case.clone()), &decided);
                self.facts.extend(decided.facts);
                self.say(&what);
            }
            Err(refusal) => self.told.push(format!("{what}: {}", refusal.code)),
        }
    }

    fn clock(&mut self) {
        while let Some(command) = due(&self.case, &self.town.context()).into_iter().next() {
            self.as_actor("the clock", &ActorKind::System, command);
            assert!(self.told.len() < 100, "{:#?}", self.told);
        }
    }

    /// What was told, without the reminders of promises.
    #[track_caller]
    fn is(&self, wanted: &str) {
        let reminds =
            |line: &&String| line.starts_with("the clock warn") || line.starts_with("the clock mark_broken");
        let told: Vec<_> = self.told.iter().filter(|line| !reminds(line)).map(String::as_str).collect();
        assert_eq!(told.join("\n"), wanted);
    }
}

fn code(command: &Command) -> String {
    serde_json::to_value(command.kind()).unwrap().as_str().unwrap().to_owned()
}

fn ends(script: &mut Script, who: &str) {
    let now = script.town.now;
    script.town.change_post(who, |c| c.post.valid_to = Some(now));
}

fn down(to: &str) -> Command {
    Command::PassDown { to: AreaId::new(to), reason: "请办理".into() }
}

#[test]
fn until_the_day_nothing_changes_and_from_then_on_new_cases_lie_in_the_successor() {
    let mut old = Script::open(Town::at(MONDAY), "e1");
    old.at("2026-11-30T23:59:59+08:00");
    let mut last = Script::open(std::mem::replace(&mut old.town, Town::at(MONDAY)), "e1");
    last.at(THE_DAY);
    let first = Script::open(std::mem::replace(&mut last.town, Town::at(MONDAY)), "e1");
    let mut there = Script::open(first.town, "r1");
    assert_eq!(
        there.case.area,
        AreaId::new("r2"),
        "what is reported at an area that is no more is its successor's"
    );
    there.told.splice(0..0, [old.told, last.told, first.told].concat());
    there.is("\
filed at e1: s/g1/r1/e1/ received with cadre_a
filed at e1: s/g1/r1/e1/ received with cadre_a
filed at e1: s/g2/r2/e1/ received with cadre_r2
filed at r1: s/g2/r2/ received with cadre_r2");
}

/// Whoever has it keeps it while their post holds; it rises through the new tiers.
#[test]
fn an_open_case_of_an_area_that_was_taken_over_rises_through_the_new_tiers() {
    let mut case = Script::open(Town::at(MONDAY), "e1");
    case.at(THE_DAY);
    case.clock();
    case.give("grid1", Command::Accept);
    case.give("grid2", Command::Accept);
    case.give("grid2", down("g1"));
    case.give("grid2", down("r1"));
    case.give("cadre_r2", Command::Accept);
    case.is("\
filed at e1: s/g1/r1/e1/ received with cadre_a
the clock climb: s/g1/r1/e1/ received with grid2
grid1 accept: not_owner
grid2 accept: s/g1/r1/e1/ accepted with grid2
grid2 pass_down: area_not_below
grid2 pass_down: s/g1/r1/e1/ received with cadre_r2
cadre_r2 accept: s/g1/r1/e1/ accepted with cadre_r2");
    let again = case.facts.iter().fold(None, linli_casework::apply).unwrap();
    assert_eq!(again, case.case, "no fact was written anew");
}

#[test]
fn an_open_case_whose_owner_went_with_the_old_area_has_an_owner_of_the_new_one_at_once() {
    let mut case = Script::open(Town::at(MONDAY), "e1");
    case.give("cadre_a", Command::Accept);
    case.at(THE_DAY);
    for who in ["cadre_a", "cadre_b"] {
        ends(&mut case, who);
    }
    case.clock();
    case.give("cadre_r2", sample(linli_casework::CommandKind::ProposeDone, case.town.now));
    case.is("\
filed at e1: s/g1/r1/e1/ received with cadre_a
cadre_a accept: s/g1/r1/e1/ accepted with cadre_a
the clock reroute: s/g1/r1/e1/ accepted with cadre_r2
cadre_r2 propose_done: s/g1/r1/e1/ proposed_done with cadre_r2");
    assert!(case.case.routing.sentence.zh.starts_with("原主责岗位已离岗。由R2"), "{:?}", case.case.routing);
}

/// A7 with the new boundaries: the successor's officers may do what the old area's might, and nobody else may.
#[test]
fn the_posts_of_the_successor_may_handle_what_was_filed_before() {
    let mut case = Script::open(Town::at(MONDAY), "e1");
    let to = |who: &str| Command::Reassign { to: id(who), reason: "撤并".into() };
    case.give(
        "cadre_r2",
        Command::Note { text: "看一下".into(), audience: Audience::Internal, photos: vec![] },
    );
    case.give("desk", to("cadre_r2"));
    case.at(THE_DAY);
    case.give(
        "cadre_r2",
        Command::Note { text: "看一下".into(), audience: Audience::Internal, photos: vec![] },
    );
    case.give("desk", to("cadre_r2"));
    case.town.now = case.town.now + Millis::minutes(1);
    case.give("grid2", to("cadre_a"));
    case.is("\
filed at e1: s/g1/r1/e1/ received with cadre_a
cadre_r2 note: out_of_area
desk reassign: post_not_possible
cadre_r2 note: s/g1/r1/e1/ received with cadre_a
desk reassign: s/g1/r1/e1/ received with cadre_r2
grid2 reassign: s/g1/r1/e1/ received with cadre_a");
}
