//! From the facts of cases, decided by the real machine, to tallies and numbers.

#[path = "../../casework/tests/town/mod.rs"]
mod town;

use linli_casework::{
    ActorKind, Case, Command, CommandKind, DoneOutcome, FactRecord, HOTLINE, Opening, Order, apply,
    case::Satisfied, decide, decide_open, import,
};
use linli_indicator::{Measure, Number, Sum, Sums, Tally, find, tallies_of};
use linli_model::{Instant, Millis};
use proptest::prelude::*;
use town::{MONDAY, Town, at, reporter, sample};

/// A case on its way, with all its facts.
struct Way {
    town: Town,
    case: Case,
    facts: Vec<FactRecord>,
}

impl Way {
    fn open(class: &str) -> Way {
        let town = Town::at(MONDAY);
        let opening = town.opening(class, "e1");
        Way::of(town, &opening)
    }
    fn of(town: Town, opening: &Opening) -> Way {
        let decided = decide_open(opening, &reporter(), &town.context()).unwrap();
        let case = town::folded(None, &decided);
        Way { town, case, facts: decided.facts }
    }
    fn give(&mut self, command: Command, who: &ActorKind) {
        let decided =
            decide(&self.case, &command, who, &self.town.context()).unwrap_or_else(|e| panic!("{e:?}"));
        self.case = decided.facts.iter().fold(Some(self.case.clone()), apply).unwrap();
        self.facts.extend(decided.facts);
    }
    fn owner(&mut self, kind: CommandKind) {
        let who = self.town.user(self.town.name_of(self.case.owner.user));
        self.give(sample(kind, self.town.now), &who);
    }
    fn checker(&mut self, ok: bool) {
        let verify = Command::Verify { ok, text: "看过".into(), photos: vec![] };
        let may = |who: &str| decide(&self.case, &verify, &self.town.user(who), &self.town.context()).is_ok();
        let who = ["cadre_a", "grid1"].iter().find(|who| may(who)).expect("somebody may check");
        self.give(verify, &self.town.user(who));
    }
    fn done(&mut self, outcome: DoneOutcome) {
        let who = self.town.user(self.town.name_of(self.case.owner.user));
        let (text, photos) = ("说明".into(), vec![]);
        self.give(
            Command::ProposeDone {
                outcome,
                text,
                photos,
                passed_to: String::new(),
                reporter_agrees: Some(true),
            },
            &who,
        );
    }
    fn rate(&mut self, satisfied: Satisfied, solved: Option<bool>) {
        let rate = Command::Rate { solved, satisfied, treated_well: None, words: String::new() };
        self.give(rate, &reporter());
    }
    fn later(&mut self, hours: i64) {
        self.town.now = self.town.now + Millis::hours(hours);
    }
    fn answered(mut self, outcome: DoneOutcome) -> Way {
        self.owner(CommandKind::Accept);
        self.later(2);
        self.done(outcome);
        self.checker(true);
        self.owner(CommandKind::Answer);
        self
    }
    /// `measure n` by line, spans in brackets.
    fn shown(&self) -> String {
        let shown = |m: Tally| match m.sum {
            0 => format!("{} {}", m.measure.code(), m.n),
            sum => format!("{} {} [{sum}]", m.measure.code(), m.n),
        };
        tallies_of(&self.facts).tallies.into_iter().map(shown).collect::<Vec<_>>().join("; ")
    }
}

fn sums(tallies: &[Tally]) -> Sums {
    let mut sums = Sums::default();
    for m in tallies {
        sums.add(m.measure, Sum { n: m.n, sum: m.sum, excluded: 0 });
    }
    sums
}

fn number(code: &str, tallies: &[Tally]) -> Number {
    find(code).unwrap_or_else(|| panic!("{code}")).number(&sums(tallies))
}

#[test]
fn a_case_that_went_well_counts_everywhere_once() {
    let mut way = Way::open("hotline.complaint").answered(DoneOutcome::Solved);
    way.rate(Satisfied::MostlySatisfied, Some(true));
    assert_eq!(
        way.shown(),
        "reported 1; complained 1; filed 1; dispatched 1; due 1; due_closed 1; due_on_time 1; answered 1; solved 1; \
         handling 1 [120]; asked 1; replied 1; rated 1 [800]; asked_solved 1; said_solved 1; orders 1; \
         orders_contacted 1; orders_solved 1; orders_rated 1 [800]; kept.first_contact 1; \
         kept.accept 1; kept.complete 1; kept.verify 1; kept.answer 1; kept.three_day 1"
    );
}

#[test]
fn what_was_sent_back_is_rework_and_what_was_late_stays_late() {
    let mut way = Way::open("noise.neighbour");
    way.owner(CommandKind::Accept);
    way.later(24 * 60);
    way.done(DoneOutcome::Solved);
    way.checker(false);
    way.done(DoneOutcome::Explained);
    way.checker(true);
    way.owner(CommandKind::Answer);
    let tallies = tallies_of(&way.facts).tallies;
    let of = |code: &str| {
        let n = number(code, &tallies);
        (n.numerator, n.denominator)
    };
    assert_eq!([of("closed_rate"), of("on_time_rate"), of("rework_rate")], [(1, 1), (0, 1), (1, 1)]);
    assert_eq!(of("solved_rate"), (0, 1), "an explanation is not a solution");
    assert_eq!(of("kept_complete"), (1, 2), "late the first time, in time the second");
}

/// PR5: said on the first day, refused, done weeks later.
#[test]
fn saying_too_early_that_it_is_done_makes_nothing_on_time() {
    let late = |hours: i64| {
        let mut way = Way::open("noise.neighbour");
        way.owner(CommandKind::Accept);
        way.later(1);
        way.done(DoneOutcome::Solved);
        way.checker(false);
        way.later(hours);
        way.done(DoneOutcome::Solved);
        way.checker(true);
        way.owner(CommandKind::Answer);
        let tallies = tallies_of(&way.facts).tallies;
        ["on_time_rate", "kept_complete", "kept_three_day", "rework_rate"].map(|code| {
            let n = number(code, &tallies);
            (n.numerator, n.denominator)
        })
    };
    assert_eq!(late(24 * 60), [(0, 1), (0, 1), (0, 1), (1, 1)], "what was refused was not kept");
    assert_eq!(late(1), [(1, 1), (1, 1), (1, 1), (1, 1)], "one promise each, kept once");
}

/// Made of cases that are counted as complaints already: it is nobody's finding.
#[test]
fn a_root_cause_case_is_no_share_of_what_the_street_found_itself() {
    let opened_by = |channel: &str| {
        let town = Town::at(MONDAY);
        let mut opening = town.opening("noise.neighbour", "e1");
        opening.origin =
            linli_casework::Origin::Report { channel: channel.into(), filed_by: None, order: None };
        let facts = decide_open(&opening, &ActorKind::System, &town.context()).unwrap().facts;
        let n = number("found_first", &tallies_of(&facts).tallies);
        (n.numerator, n.denominator)
    };
    assert_eq!([opened_by("patrol"), opened_by("web"), opened_by("repetition")], [(1, 1), (0, 1), (0, 0)]);
}

/// The hotline's score is of its orders, whatever they are about; a neighbour's report of the same is none.
#[test]
fn an_order_is_counted_as_one_beside_its_class() {
    let counted = |order: Option<Order>, class: &str| {
        let town = Town::at(MONDAY);
        let mut opening = town.opening(class, "e1");
        opening.origin = linli_casework::Origin::Report { channel: HOTLINE.into(), filed_by: None, order };
        let way = Way::of(town, &opening).answered(DoneOutcome::Solved);
        let tallies = tallies_of(&way.facts).tallies;
        let n = |m| tallies.iter().filter(|t| t.measure == m).map(|t| t.n).sum::<i64>();
        [Measure::Reported, Measure::Orders, Measure::OrdersContacted, Measure::OrdersSolved].map(n)
    };
    let order = |kind: &str| Order {
        number: "20261123-1".into(),
        received_at: Town::at(MONDAY).now,
        kind: kind.into(),
    };
    assert_eq!(counted(Some(order("hotline.complaint")), "noise.neighbour"), [1, 1, 1, 1]);
    assert_eq!(counted(None, "hotline.complaint"), [1, 1, 1, 1], "as they were filed before");
    assert_eq!(counted(None, "noise.neighbour"), [1, 0, 0, 0]);
}

#[test]
fn a_dispute_reopens_and_the_case_is_closed_no_longer() {
    let mut way = Way::open("noise.neighbour").answered(DoneOutcome::Solved);
    way.rate(Satisfied::Dissatisfied, Some(false));
    let tallies = tallies_of(&way.facts).tallies;
    assert_eq!(number("closed_rate", &tallies).value, Some(0.0));
    assert_eq!(number("disputed", &tallies).numerator, 1);
    assert_eq!(number("satisfaction", &tallies).value, Some(0.0));
    assert_eq!(number("said_solved_rate", &tallies).value, Some(0.0));
}

/// IN5
#[test]
fn silence_is_in_no_satisfaction() {
    let mut way = Way::open("noise.neighbour").answered(DoneOutcome::Solved);
    way.later(24 * 8);
    way.give(Command::CloseSilent, &ActorKind::System);
    let tallies = tallies_of(&way.facts).tallies;
    let satisfaction = number("satisfaction", &tallies);
    assert_eq!((satisfaction.value, satisfaction.denominator), (None, 0));
    let rated = number("rated_rate", &tallies);
    assert_eq!((rated.numerator, rated.denominator), (0, 1));
    assert!(tallies.iter().any(|m| m.measure == Measure::ClosedSilent));
}

#[test]
fn withdrawn_rejected_and_waiting_cases_are_not_due() {
    let mut withdrawn = Way::open("noise.neighbour");
    withdrawn.give(Command::Withdraw { reason: String::new() }, &reporter());
    let mut rejected = Way::open("noise.neighbour");
    rejected.owner(CommandKind::Reject);
    let mut waiting = Way::open("noise.neighbour");
    waiting.owner(CommandKind::Accept);
    waiting.owner(CommandKind::Wait);
    for way in [&withdrawn, &rejected, &waiting] {
        assert_eq!(number("closed_rate", &tallies_of(&way.facts).tallies).value, None, "{}", way.shown());
    }
    assert_eq!(number("filed_rate", &tallies_of(&rejected.facts).tallies).value, Some(0.0));
    // The clock runs again, so it owes a closing once more.
    waiting.owner(CommandKind::Resume);
    assert_eq!(number("closed_rate", &tallies_of(&waiting.facts).tallies).value, Some(0.0));
}

#[test]
fn another_systems_cases_count_by_the_times_it_gives() {
    let town = Town::at(MONDAY);
    let decided = decide_open(&town.opening("other", "e1"), &reporter(), &town.context()).unwrap();
    let linli_casework::Fact::Opened(opened) = &decided.facts[0].fact else { panic!() };
    let imported = |due: Option<&str>, closed: Option<&str>| import::ImportedCase {
        id: town::id("case"),
        opened: linli_casework::fact::Opened {
            origin: linli_casework::Origin::Imported { system: "311".into(), number: "1".into() },
            ..(**opened).clone()
        },
        opened_at: at("2026-11-01T09:00:00+08:00"),
        due_at: due.map(at),
        closed_at: closed.map(at),
        accepted_at: None,
        dispatched_at: None,
        handled_at: None,
        void: false,
        claimed: None,
        satisfied: None,
        contacted: None,
        reporter: None,
        status: "Closed".into(),
        outcome: String::new(),
    };
    let (due, early, late) =
        ("2026-11-05T09:00:00+08:00", "2026-11-04T09:00:00+08:00", "2026-11-06T09:00:00+08:00");
    let mut all = Vec::new();
    for (due, closed) in
        [(Some(due), Some(early)), (Some(due), Some(late)), (Some(due), None), (None, Some(early))]
    {
        all.extend(tallies_of(&import::facts(&imported(due, closed))).tallies);
    }
    let of = |code: &str| {
        let n = number(code, &all);
        (n.numerator, n.denominator)
    };
    assert_eq!([of("on_time_rate"), of("closed_rate"), of("kept_complete")], [(1, 3), (2, 3), (1, 2)]);
    assert_eq!(of("reported"), (4, 4));
    // Taken on and sent to somebody there, and still open.
    let taken = import::ImportedCase {
        accepted_at: Some(at("2026-11-01T10:00:00+08:00")),
        dispatched_at: Some(at("2026-11-01T11:00:00+08:00")),
        ..imported(Some(due), None)
    };
    let tallies = tallies_of(&import::facts(&taken)).tallies;
    let share = |code: &str| (number(code, &tallies).numerator, number(code, &tallies).denominator);
    assert_eq!(
        [share("filed_rate"), share("dispatched_rate"), share("closed_rate")],
        [(1, 1), (1, 1), (0, 1)]
    );
}

/// IN2; the vectors of the field's own reports.
#[test]
fn the_rates_come_out_as_the_districts_report_them_and_nothing_gives_no_rate() {
    let mut sums = Sums::default();
    let counted = [
        (Measure::Reported, 51_571),
        (Measure::Filed, 51_229),
        (Measure::Dispatched, 49_151),
        (Measure::Due, 52_434),
        (Measure::DueClosed, 43_523),
        (Measure::DueOnTime, 40_394),
        (Measure::DueReworked, 276),
        (Measure::DueExtended, 104),
    ];
    for (measure, n) in counted {
        sums.add(measure, Sum { n, ..Sum::default() });
    }
    let percent = |code: &str| format!("{:.2}", find(code).unwrap().number(&sums).value.unwrap() * 100.0);
    let rates =
        ["filed_rate", "dispatched_rate", "closed_rate", "on_time_rate", "rework_rate", "extension_rate"];
    assert_eq!(rates.map(percent), ["99.34", "95.94", "83.01", "77.04", "0.53", "0.20"]);
    for indicator in linli_indicator::CATALOGUE {
        let nothing = indicator.number(&Sums::default());
        assert!(
            nothing.value.is_none() || nothing.denominator == 0 && indicator.unit() == "count",
            "{}",
            indicator.code
        );
    }
}

/// 满意 1, 基本满意 0.8, 一般 0.6, 不满意 0; the sample of 0.8 over two answers is 40 %.
#[test]
fn satisfaction_weighs_words_and_counts_who_answered() {
    let mut sums = Sums::default();
    for word in [Satisfied::MostlySatisfied, Satisfied::Dissatisfied] {
        sums.add(Measure::Rated, Sum { n: 1, sum: linli_indicator::tally::weight(word), excluded: 0 });
    }
    assert_eq!(find("satisfaction").unwrap().number(&sums).value, Some(0.4));
}

proptest! {
    /// IN1, IN4: whatever happened, at every moment of a case no share exceeds one, and tallies of a history are
    /// those of its beginning folded on.
    #[test]
    fn no_share_exceeds_one(steps in proptest::collection::vec((0usize..CommandKind::ALL.len(), 0i64..200, any::<bool>()), 0..14)) {
        let mut way = Way::open("noise.neighbour");
        for (kind, hours, solved) in steps {
            way.later(hours);
            let kind = CommandKind::ALL[kind];
            let command = match sample(kind, way.town.now) {
                Command::Verify { text, photos, .. } => Command::Verify { ok: solved, text, photos },
                Command::Rate { satisfied, treated_well, words, .. } =>
                    Command::Rate { solved: Some(solved), satisfied, treated_well, words },
                other => other,
            };
            for who in [way.town.user(way.town.name_of(way.case.owner.user)), way.town.user("cadre_a"),
                        way.town.user("desk"), reporter(), ActorKind::System] {
                if let Ok(decided) = decide(&way.case, &command, &who, &way.town.context()) {
                    way.case = decided.facts.iter().fold(Some(way.case.clone()), apply).unwrap();
                    way.facts.extend(decided.facts);
                    break;
                }
            }
            let tallies = tallies_of(&way.facts).tallies;
            prop_assert_eq!(&tallies, &tallies_of(&way.facts.clone()).tallies);
            for indicator in linli_indicator::CATALOGUE.iter().filter(|i| i.unit() == "share") {
                let value = indicator.number(&sums(&tallies)).value;
                prop_assert!(value.is_none_or(|v| (0.0..=1.0).contains(&v)), "{} {:?}", indicator.code, value);
            }
            let moments: Vec<Instant> = tallies.iter().map(|m| m.at).collect();
            prop_assert!(moments.iter().all(|m| *m >= at(MONDAY)));
        }
    }
}

/// IN3
#[test]
fn an_excluded_case_keeps_its_tallies_and_says_so() {
    let mut way = Way::open("noise.neighbour").answered(DoneOutcome::Solved);
    let before = tallies_of(&way.facts);
    let (desk, second) = (way.town.user("desk"), way.town.user("desk2"));
    way.give(Command::AskExclusion { reason: "台风".into() }, &desk);
    assert!(!tallies_of(&way.facts).excluded);
    way.give(Command::GrantExclusion { text: String::new() }, &second);
    let after = tallies_of(&way.facts);
    assert!(after.excluded && !before.excluded);
    assert_eq!(after.tallies, before.tallies);
}
