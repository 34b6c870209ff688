//! What one case adds to which measure, and when: the fold of its facts (IN1).

use crate::{Measure, measure::whichever};
use linli_casework::{
    Case, Fact, FactRecord, HOTLINE, Origin, Outcome, Promise, PromiseKind, StageCode, apply,
    case::Satisfied,
    stage::{ClosedHow, DoneOutcome, Stage},
};
use linli_model::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// What a case adds to a measure: `n` cases (or promises, or ratings), and a sum where the measure has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    pub measure: Measure,
    pub at: Instant,
    pub n: i64,
    /// Minutes of [`Measure::Handling`], thousandths of [`Measure::Rated`]; else 0.
    pub sum: i64,
}

/// Channels through which somebody complains; all others are people on duty who found it.
const COMPLAINTS: [&str; 5] = ["web", "window", "phone", HOTLINE, "neighbour"];

/// What the classes of orders that are about nothing else begin with.
const ORDER_CLASSES: &str = "hotline.";

/// The weight of a word in thousandths: 满意 1, 基本满意 0.8, 一般 0.6, 不满意 0.
pub fn weight(word: Satisfied) -> i64 {
    match word {
        Satisfied::Satisfied => 1_000,
        Satisfied::MostlySatisfied => 800,
        Satisfied::SoSo => 600,
        Satisfied::Dissatisfied => 0,
    }
}

/// All tallies of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// In order of measure and time; one for each of both.
    pub tallies: Vec<Tally>,
    /// Left out of the assessment: counted beside the numbers (IN3).
    pub excluded: bool,
}

/// Raised whenever the same facts give other tallies: what was tallied under an older one is tallied anew.
pub const TALLIES_VERSION: u32 = 3;

/// The tallies of a case; none for a history that opens nothing.
pub fn tallies_of(facts: &[FactRecord]) -> Tallies {
    let mut course = Course::default();
    let mut case = None;
    for record in facts {
        case = apply(case, record);
        if let Some(case) = &case {
            course.take(case, record);
        }
    }
    let Some(case) = case else { return Tallies::default() };
    course.end(&case);
    Tallies { tallies: course.tallies(), excluded: case.is_excluded() }
}

/// What the fold of a case does not keep, and the tallies so far.
#[derive(Default)]
struct Course {
    filed: bool,
    dispatched: bool,
    reworked: bool,
    extended: bool,
    done_at: Option<Instant>,
    answers: Vec<Instant>,
    tallies: BTreeMap<(Measure, Instant), (i64, i64)>,
}

impl Course {
    fn add(&mut self, measure: Measure, at: Instant, n: i64, sum: i64) {
        let tally = self.tallies.entry((measure, at)).or_default();
        tally.0 += n;
        tally.1 += sum;
    }

    /// `case` is the case after `record`.
    fn take(&mut self, case: &Case, record: &FactRecord) {
        let at = record.at;
        match &record.fact {
            Fact::Opened(opened) => {
                self.add(Measure::Reported, at, 1, 0);
                match first_known_by(&opened.origin) {
                    Door::Duty => self.add(Measure::FoundFirst, at, 1, 0),
                    Door::Complaint => self.add(Measure::Complained, at, 1, 0),
                    Door::Unknown => {}
                }
            }
            Fact::Accepted => self.filed = true,
            Fact::Started | Fact::WaitBegan { .. } | Fact::PassedOut { .. } => self.dispatched = self.filed,
            Fact::DoneProposed { .. } => {
                self.dispatched = self.filed;
                self.done_at = Some(at);
            }
            Fact::VerifiedNotOk { .. } | Fact::ReviewReturned { .. } => self.reworked = true,
            Fact::ExtensionGranted { .. } => self.extended = true,
            Fact::Answered { .. } => self.answered(case, at),
            Fact::ClosedSilent => self.add(Measure::ClosedSilent, at, 1, 0),
            Fact::Disputed { .. } => self.add(Measure::Disputed, at, 1, 0),
            Fact::Imported { closed_at, .. } => {
                // Another system worked on it under its own rules; that it was taken on shows in its closing.
                self.filed |= closed_at.is_some();
                self.dispatched |= closed_at.is_some();
            }
            _ => {}
        }
    }

    fn answered(&mut self, case: &Case, at: Instant) {
        self.add(Measure::Answered, at, 1, 0);
        match case.outcome {
            Some(DoneOutcome::Solved) => self.add(Measure::Solved, at, 1, 0),
            Some(DoneOutcome::Explained) => self.add(Measure::Explained, at, 1, 0),
            _ => {}
        }
        if let Some(done) = self.done_at {
            self.add(Measure::Handling, at, 1, (done - case.opened_at).0.max(0) / 60_000);
        }
        self.answers.push(at);
        let asked = case.reporters.iter().filter(|r| !case.withdrew.contains(r)).count();
        if asked > 0 {
            self.add(Measure::Asked, at, asked as i64, 0);
        }
    }

    /// What only the whole course shows.
    fn end(&mut self, case: &Case) {
        if self.filed {
            self.add(Measure::Filed, case.opened_at, 1, 0);
            if self.dispatched {
                self.add(Measure::Dispatched, case.opened_at, 1, 0);
            }
        }
        for rating in &case.ratings {
            self.add(Measure::Rated, rating.at, 1, weight(rating.satisfied));
            if let Some(solved) = rating.solved {
                self.add(Measure::AskedSolved, rating.at, 1, 0);
                if solved {
                    self.add(Measure::SaidSolved, rating.at, 1, 0);
                }
            }
        }
        for (i, answer) in self.answers.clone().into_iter().enumerate() {
            let until = self.answers.get(i + 1).copied().unwrap_or(Instant::MAX);
            let said = case.ratings.iter().filter(|r| r.at >= answer && r.at < until).map(|r| r.reporter);
            let who: BTreeSet<_> = said.collect();
            if !who.is_empty() {
                self.add(Measure::Replied, answer, who.len() as i64, 0);
            }
        }
        for (i, promise) in case.promises.iter().enumerate() {
            let again = |p: &Promise| (p.kind, p.round) == (promise.kind, promise.round);
            // A check found that it was not: what counts is the promise that went on (PR5).
            let went_on = promise.is_of_handling() && case.promises[i + 1..].iter().any(again);
            if !(went_on && matches!(promise.outcome, Outcome::Kept { .. })) {
                self.promised(promise);
            }
        }
        self.due(case);
        if is_order(case) {
            self.count_as_order();
        }
    }

    /// The hotline's score looks at its orders alone, whatever their class.
    fn count_as_order(&mut self) {
        let like = self.tallies.iter().filter_map(|((m, at), tally)| Some(((m.of_orders()?, *at), *tally)));
        let like: Vec<_> = like.collect();
        self.tallies.extend(like);
    }

    fn promised(&mut self, promise: &Promise) {
        let kind = whichever(promise.kind);
        let measure = match promise.outcome {
            Outcome::Kept { .. } => Measure::Kept(kind),
            Outcome::Broken { .. } => Measure::Broken(kind),
            Outcome::Open | Outcome::Void { .. } => return,
        };
        self.add(measure, promise.due_at, 1, 0);
    }

    /// 应结案 and its parts: by the first time that was given for handling it. A clock that stands still has no due
    /// time yet, and what ended otherwise owes none.
    fn due(&mut self, case: &Case) {
        let Some(first) = case.promises.iter().find(|p| p.kind == PromiseKind::Complete) else { return };
        let void = matches!(first.outcome, Outcome::Void { .. });
        if void || (first.is_open() && first.paused_since.is_some()) {
            return;
        }
        let (at, closed) = (first.due_at, is_closed(case));
        self.add(Measure::Due, at, 1, 0);
        if closed {
            self.add(Measure::DueClosed, at, 1, 0);
        }
        // Said to be done and found not to be, it went on with what time was left (PR5).
        let mut of_round = case.promises.iter().filter(|p| (p.kind, p.round) == (first.kind, first.round));
        if closed && of_round.all(|p| matches!(p.outcome, Outcome::Kept { .. })) {
            self.add(Measure::DueOnTime, at, 1, 0);
        }
        if self.reworked {
            self.add(Measure::DueReworked, at, 1, 0);
        }
        if self.extended {
            self.add(Measure::DueExtended, at, 1, 0);
        }
    }

    fn tallies(self) -> Vec<Tally> {
        let tallies = self.tallies.into_iter();
        tallies.map(|((measure, at), (n, sum))| Tally { measure, at, n, sum }).collect()
    }
}

/// Filed as an order, or taken over from another system's table under a class of orders.
fn is_order(case: &Case) -> bool {
    case.order().is_some() || case.class.starts_with(ORDER_CLASSES)
}

enum Door {
    Duty,
    Complaint,
    /// Another system does not say.
    Unknown,
}

fn first_known_by(origin: &Origin) -> Door {
    match origin {
        Origin::Finding { .. } => Door::Duty,
        // Made of cases that are counted already.
        Origin::Report { channel, .. } if channel == "repetition" => Door::Unknown,
        Origin::Report { channel, .. } if COMPLAINTS.contains(&channel.as_str()) => Door::Complaint,
        Origin::Report { .. } => Door::Duty,
        Origin::Imported { .. } => Door::Unknown,
    }
}

/// 结案 as the field counts it: verified and answered. What was disproved, handed to another case or taken back
/// is not.
fn is_closed(case: &Case) -> bool {
    match case.stage {
        Stage::Closed { how } => how != ClosedHow::Retracted,
        _ => case.stage.code() == StageCode::Answered,
    }
}
