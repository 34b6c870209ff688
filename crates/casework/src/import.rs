//! Cases from other systems: one row per case, with its due and closed times, through the same promises.

use crate::{
    apply::apply,
    case::CaseId,
    class::{Limit, LimitUnit},
    command::Actor,
    fact::{Fact, FactRecord, Opened},
    promise::{Outcome, Promise, PromiseKind},
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
    /// The other system's word for where it stands.
    pub status: String,
    pub outcome: String,
}

/// The facts of an imported case: opened, promised (if a due time came), closed, kept or broken.
pub fn facts(imported: &ImportedCase) -> Vec<FactRecord> {
    let mut facts = Vec::new();
    let mut write = |at: Instant, fact: Fact| {
        let seq = facts.len() as u32 + 1;
        facts.push(FactRecord { case: imported.id, seq, at, actor: Actor::System, fact });
    };
    write(imported.opened_at, Fact::Opened(Box::new(imported.opened.clone())));
    if let Some(due_at) = imported.due_at {
        let promise = Promise {
            kind: PromiseKind::Complete,
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
        write(imported.opened_at, Fact::PromiseMade { promise });
    }
    if let (Some(closed_at), Some(due_at)) = (imported.closed_at, imported.due_at) {
        let promise = PromiseKind::Complete;
        let kept = closed_at <= due_at;
        write(closed_at, if kept { Fact::PromiseKept { promise } } else { Fact::PromiseBroken { promise } });
    }
    let (status, outcome) = (imported.status.clone(), imported.outcome.clone());
    let at = imported.closed_at.unwrap_or(imported.opened_at);
    write(at, Fact::Imported { closed_at: imported.closed_at, status, outcome });
    facts
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
