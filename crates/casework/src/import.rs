//! Cases from other systems: one row per case, with its due and closed times, through the same promises.

use crate::{
    apply::apply,
    case::{CaseId, ReporterId, Satisfied},
    class::{Limit, LimitUnit},
    command::Actor,
    fact::{Fact, FactRecord, Opened},
    promise::{Outcome, Promise, PromiseKind},
    stage::DoneOutcome,
};
use linli_model::Instant;

/// A case as another system tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedCase {
    pub id: CaseId,
    pub opened: Opened,
    pub opened_at: Instant,
    pub due_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub accepted_at: Option<Instant>,
    pub dispatched_at: Option<Instant>,
    pub handled_at: Option<Instant>,
    /// It came to nothing there: refused, void.
    pub void: bool,
    /// What was claimed, said and done about the reporter, where the other system tells it in words we know.
    pub claimed: Option<DoneOutcome>,
    pub satisfied: Option<Satisfied>,
    pub contacted: Option<bool>,
    /// Who reported it there; needed for a word of theirs.
    pub reporter: Option<ReporterId>,
    /// The other system's word for where it stands.
    pub status: String,
    pub outcome: String,
}

/// The facts of an imported case, in order of time: opened, promised (if a due time came), taken on, handled, answered,
/// rated, closed, kept or broken; of those what the other system tells.
pub fn facts(imported: &ImportedCase) -> Vec<FactRecord> {
    let mut told = vec![(imported.opened_at, Fact::Opened(Box::new(imported.opened.clone())))];
    told.extend(
        imported.due_at.map(|due| (imported.opened_at, promise(PromiseKind::Complete, imported, due))),
    );
    let closed = imported.closed_at.or(imported.handled_at).unwrap_or(imported.opened_at);
    if imported.contacted.is_some() {
        told.push((imported.opened_at, promise(PromiseKind::FirstContact, imported, closed)));
    }
    let mut later = Vec::new();
    later.extend(imported.accepted_at.map(|at| (at, Fact::Accepted)));
    later.extend(imported.dispatched_at.map(|at| (at, Fact::Started)));
    let handled = imported.handled_at.or(imported.closed_at.filter(|_| imported.claimed.is_some()));
    if let (Some(at), Some(outcome)) = (handled, imported.claimed) {
        let done = Fact::DoneProposed {
            outcome,
            text: imported.outcome.clone(),
            photos: Vec::new(),
            passed_to: None,
            reporter_agrees: false,
        };
        later.push((at, done));
    }
    // As they were written, not as they should have been: what is out of order keeps its times, and its row says so.
    later.sort_by_key(|(at, _)| *at);
    told.extend(later);
    told.extend(ending(imported, closed));
    let numbered = told.into_iter().zip(1..);
    let record = |((at, fact), seq)| FactRecord { case: imported.id, seq, at, actor: Actor::System, fact };
    numbered.map(record).collect()
}

/// How it ended there.
fn ending(imported: &ImportedCase, closed: Instant) -> Vec<(Instant, Fact)> {
    let mut told = Vec::new();
    let settled = |promise, kept| match kept {
        _ if imported.void => Fact::PromiseVoided { promise },
        true => Fact::PromiseKept { promise },
        false => Fact::PromiseBroken { promise },
    };
    if let (Some(closed_at), Some(due_at)) = (imported.closed_at, imported.due_at) {
        told.push((closed_at, settled(PromiseKind::Complete, closed_at <= due_at)));
    } else if imported.void && imported.due_at.is_some() {
        told.push((closed, settled(PromiseKind::Complete, false)));
    }
    told.extend(imported.contacted.map(|made| (closed, settled(PromiseKind::FirstContact, made))));
    if imported.void {
        told.push((closed, Fact::Rejected { reason: imported.status.clone() }));
        return told;
    }
    if imported.closed_at.is_some() && imported.claimed.is_some() {
        told.push((closed, Fact::Answered { text: imported.outcome.clone() }));
    }
    if let (Some(reporter), Some(satisfied)) = (imported.reporter, imported.satisfied) {
        let (solved, treated_well, words) = (None, None, String::new());
        told.push((closed, Fact::Rated { reporter, solved, satisfied, treated_well, words, by_call: false }));
    }
    let (closed_at, status) = (imported.closed_at, imported.status.clone());
    told.push((closed, Fact::Imported { closed_at, status, outcome: imported.outcome.clone() }));
    told
}

fn promise(kind: PromiseKind, imported: &ImportedCase, due_at: Instant) -> Fact {
    let promise = Promise {
        kind,
        round: 1,
        made_at: imported.opened_at,
        // The other system's limit is not known; its due time is taken as it stands.
        limit: Limit { amount: 0, unit: LimitUnit::NaturalDays },
        due_at,
        provisional: false,
        paused_since: None,
        warned: 100,
        warn_at: Vec::new(),
        extended: 0,
        extensions: 0,
        outcome: Outcome::Open,
    };
    Fact::PromiseMade { promise }
}

/// How the promises of a set of imported cases stand, every case accounted for once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub kept: u32,
    pub broken: u32,
    /// A due time but no close …
    pub not_closed: u32,
    /// … of which were past due on the day asked about.
    pub not_closed_overdue: u32,
    pub without_due: u32,
    pub without_both: u32,
    /// Came to nothing in the other system.
    pub void: u32,
}

/// Counts from the folded cases, not from the rows: what the product would show is what is counted.
pub fn account(cases: &[ImportedCase], as_of: Instant) -> Account {
    let mut account = Account::default();
    for imported in cases {
        let Some(case) = facts(imported).iter().fold(None, apply) else { continue };
        let outcome = case.promise(PromiseKind::Complete).map(|p| (p.outcome, p.due_at));
        match (outcome, case.closed_at) {
            (Some((Outcome::Kept { .. }, _)), _) => account.kept += 1,
            (Some((Outcome::Broken { .. }, _)), _) => account.broken += 1,
            _ if imported.void => account.void += 1,
            (Some((_, due_at)), _) => {
                account.not_closed += 1;
                account.not_closed_overdue += u32::from(due_at < as_of);
            }
            (None, Some(_)) => account.without_due += 1,
            (None, None) => account.without_both += 1,
        }
    }
    account
}
