//! The same case told again by the system it came from: what is new is added, what people did here stands.

mod town;

use linli_casework::{
    ActorKind, Case, Command, CommandKind, Fact, FactRecord, Outcome, PromiseKind, apply,
    case::Satisfied,
    decide, decide_join, due,
    fact::Opened,
    import::{ImportedCase, Newer, facts, newer},
    stage::{DoneOutcome, StageCode},
    timer_at,
};
use linli_model::Millis;
use town::{MONDAY, Town, at, id, imported, sample};

const DUE: &str = "2026-11-25T18:00:00+08:00";

/// An order that is open over there, as Monday's export tells it.
fn open() -> ImportedCase {
    let case = imported("20261120-1", "2026-11-20T15:00:00+08:00");
    let opened = Opened { reporters: vec![id("reporter")], ..case.opened };
    ImportedCase {
        opened,
        due_at: Some(at(DUE)),
        reporter: Some(id("reporter")),
        status: "处置中".into(),
        ..case
    }
}

/// The same as Wednesday's export tells it.
fn closed() -> ImportedCase {
    ImportedCase {
        accepted_at: Some(at("2026-11-23T10:00:00+08:00")),
        closed_at: Some(at("2026-11-24T10:00:00+08:00")),
        claimed: Some(DoneOutcome::Solved),
        satisfied: Some(Satisfied::Satisfied),
        status: "已结案".into(),
        outcome: "已清运".into(),
        ..open()
    }
}

struct Kept {
    case: Case,
    facts: Vec<FactRecord>,
}

impl Kept {
    fn of(imported: &ImportedCase) -> Kept {
        let facts = facts(imported);
        Kept { case: facts.iter().fold(None, apply).unwrap(), facts }
    }
    fn tell(&mut self, imported: &ImportedCase) -> Newer {
        let newer = newer(&self.case, &self.facts, imported, at("2026-11-26T09:00:00+08:00"));
        self.take(&newer.facts);
        newer
    }
    fn take(&mut self, facts: &[FactRecord]) {
        self.case = facts.iter().fold(Some(self.case.clone()), apply).unwrap();
        self.facts.extend(facts.iter().cloned());
    }
    fn copy(&self) -> Kept {
        Kept { case: self.case.clone(), facts: self.facts.clone() }
    }
    fn outcome(&self) -> Outcome {
        self.case.promise(PromiseKind::Complete).unwrap().outcome
    }
}

fn codes(newer: &Newer) -> Vec<&'static str> {
    newer.facts.iter().map(|f| f.fact.code()).collect()
}

#[test]
fn the_same_telling_twice_adds_nothing() {
    for imported in [open(), closed(), ImportedCase { contacted: Some(true), ..closed() }] {
        let mut kept = Kept::of(&imported);
        assert_eq!(kept.tell(&imported), Newer::default());
    }
}

#[test]
fn a_newer_telling_adds_what_happened_since_and_ends_where_the_whole_would() {
    let mut kept = Kept::of(&open());
    let newer = kept.tell(&closed());
    assert_eq!(codes(&newer), ["accepted", "done_proposed", "promise_kept", "answered", "rated", "imported"]);
    assert!(newer.contradicts.is_empty());
    assert!(kept.facts.windows(2).all(|two| two[1].seq == two[0].seq + 1));
    let whole = Kept::of(&closed()).case;
    assert_eq!((kept.case.stage.clone(), kept.case.closed_at), (whole.stage.clone(), whole.closed_at));
    assert_eq!(kept.case.ratings.len(), 1);
    assert_eq!(kept.outcome(), whole.promise(PromiseKind::Complete).unwrap().outcome);
    assert_eq!(kept.tell(&closed()), Newer::default());
}

#[test]
fn more_time_over_there_is_more_time_here() {
    let mut kept = Kept::of(&open());
    let later = ImportedCase { due_at: Some(at("2026-11-27T12:00:00+08:00")), ..open() };
    assert_eq!(codes(&kept.tell(&later)), ["extension_granted"]);
    let promise = kept.case.promise(PromiseKind::Complete).unwrap();
    assert_eq!((promise.due_at, promise.extended), (at("2026-11-27T12:00:00+08:00"), 2));
    assert_eq!(kept.tell(&later), Newer::default());
    let sooner = kept.tell(&open());
    assert_eq!((codes(&sooner), sooner.contradicts), (vec!["noted"], vec!["due_otherwise"]));
}

#[test]
fn what_contradicts_is_said_once_and_not_done() {
    let mut kept = Kept::of(&closed());
    let case = kept.case.clone();
    let again = kept.tell(&open());
    assert_eq!((codes(&again), again.contradicts), (vec!["noted"], vec!["open_again"]));
    let unhappy = ImportedCase { satisfied: Some(Satisfied::Dissatisfied), ..closed() };
    assert_eq!(kept.tell(&unhappy).contradicts, ["rated_otherwise"]);
    let repeated = kept.tell(&unhappy);
    assert_eq!((codes(&repeated), repeated.contradicts), (vec![], vec!["rated_otherwise"]));
    assert_eq!(kept.case.stage, case.stage);
    assert_eq!(kept.case.ratings, case.ratings);
}

#[test]
fn what_people_did_here_stands_and_the_other_systems_word_becomes_a_note() {
    let mut town = Town::at(MONDAY);
    let mut kept = Kept::of(&open());
    let owner = town.user(town.name_of(kept.case.owner.user));
    let accepted = linli_casework::decide(&kept.case, &Command::Accept, &owner, &town.context()).unwrap();
    kept.take(&accepted.facts);
    let newer = kept.tell(&closed());
    assert_eq!((codes(&newer), &newer.contradicts), (vec!["noted"], &vec!["worked_on_here"]));
    let Fact::Noted { text, .. } = &newer.facts[0].fact else { panic!("{newer:?}") };
    assert_eq!(
        text,
        "来源系统现为“已结案”,结果“已清运”,评价“满意”。这里的记录未改动。\n\
         The other system now says \"已结案\", outcome \"已清运\", rated \"Satisfied\". Nothing was changed here."
    );
    assert_eq!(kept.case.stage.code(), StageCode::Accepted);
    // It goes on here as every case does.
    town.now = at(DUE) + Millis(1);
    let commands = due(&kept.case, &town.context());
    assert!(commands.contains(&Command::MarkBroken { promise: PromiseKind::Complete }), "{commands:?}");
    town.give(&mut kept.case, sample(CommandKind::ProposeDone, town.now), &owner).unwrap();
}

#[test]
fn a_note_made_here_keeps_nothing_open_that_was_closed_there() {
    let town = Town::at(MONDAY);
    let mut kept = Kept::of(&open());
    let owner = town.user(town.name_of(kept.case.owner.user));
    let note = sample(CommandKind::Note, town.now);
    kept.take(&linli_casework::decide(&kept.case, &note, &owner, &town.context()).unwrap().facts);
    assert!(kept.tell(&closed()).contradicts.is_empty());
    assert_eq!(kept.case.stage.code(), StageCode::Closed);
}

#[test]
fn what_was_merged_here_stays_merged() {
    let town = Town::at(MONDAY);
    let mut kept = Kept::of(&open());
    let target = town.open("other", "e1");
    let owner = town.user(town.name_of(kept.case.owner.user));
    let merged = linli_casework::decide_merge(&kept.case, &target, "同一件事", &owner, &town.context());
    kept.take(&merged.unwrap().0.facts);
    assert_eq!(kept.tell(&closed()).contradicts, ["worked_on_here"]);
    assert_eq!(kept.case.stage.code(), StageCode::Merged);
    assert_eq!(kept.outcome(), Outcome::Open);
}

#[test]
fn who_disputes_here_passes_it_out_here_or_joins_here_is_not_closed_out_by_an_export() {
    let town = Town::at(MONDAY);
    let desk = town.user("desk");
    let reporter = ActorKind::Reporter { reporter: id("reporter") };
    // Closed over there without a word whether they are content, so that they may still say so.
    let unrated = ImportedCase { satisfied: None, ..closed() };
    let disputed = Kept::of(&unrated);
    let within = Town::at("2026-11-24T11:00:00+08:00");
    let dispute = sample(CommandKind::Dispute, within.now);
    let dispute = decide(&disputed.case, &dispute, &reporter, &within.context()).unwrap().facts;
    let waits = Kept::of(&open());
    let out = decide(&waits.case, &sample(CommandKind::PassOut, town.now), &desk, &town.context());
    let joined = decide_join(&waits.case, id("neighbour"), "web", "n-2", &town.context());
    let lives = [(disputed, dispute), (waits.copy(), out.unwrap().facts), (waits, joined.unwrap().facts)];
    for (mut kept, facts) in lives {
        kept.take(&facts);
        let (what, stage) = (facts[0].fact.code(), kept.case.stage.clone());
        let newer = kept.tell(&ImportedCase { status: "已归档".into(), ..unrated.clone() });
        assert_eq!((codes(&newer), newer.contradicts), (vec!["noted"], vec!["worked_on_here"]), "{what}");
        assert_eq!(kept.case.stage, stage, "{what}");
    }
}

#[test]
fn the_clock_warns_of_what_is_over_there_and_leaves_it_to_that_system_whether_it_was_broken() {
    let mut town = Town::at(MONDAY);
    let mut kept = Kept::of(&open());
    let next = |kept: &Kept, town: &Town| timer_at(&kept.case, &town.classes, &town.roster.tiers);
    let mut warned = Vec::new();
    while let Some(then) = next(&kept, &town) {
        assert!(warned.len() < 9, "{warned:?}");
        town.now = town.now.max(then);
        for command in due(&kept.case, &town.context()) {
            warned.push(command.kind());
            town.give(&mut kept.case, command, &linli_casework::ActorKind::System).unwrap();
        }
    }
    assert!(!warned.is_empty() && warned.iter().all(|c| *c == CommandKind::Warn), "{warned:?}");
    assert_eq!((town.now, kept.outcome()), (at(DUE), Outcome::Open));
    // Of what is closed over there nothing is to be told.
    assert_eq!(next(&Kept::of(&closed()), &town), None);
}
