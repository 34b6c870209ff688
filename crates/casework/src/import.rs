//! Cases from other systems: one row per case, with its due and closed times, through the same promises.
//!
//! Invariants
//! - CI1 The same telling twice adds nothing; a newer one adds what happened there since.
//! - CI2 What people did here stands: once somebody here has a case in hand, or ended it, what the other system says of it is
//!   a note, and is not done. A note of theirs, or another owner, is no such thing.
//! - CI3 A promise is settled once; a telling that settles it otherwise is said to contradict, and changes nothing.

use crate::{
    apply::apply,
    available::satisfied_label,
    case::{Case, CaseId, ReporterId, Satisfied},
    class::{Limit, LimitUnit},
    command::Actor,
    fact::{Audience, Fact, FactRecord, Opened},
    promise::{Outcome, Promise, PromiseKind},
    stage::{ClosedHow, DoneOutcome, Stage},
};
use linli_model::{Instant, Millis};

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

/// What a newer telling adds to a case that is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Newer {
    pub facts: Vec<FactRecord>,
    /// snake_case codes of what was told and not done.
    pub contradicts: Vec<&'static str>,
}

/// Compares a telling with what is stored.
pub fn newer(case: &Case, stored: &[FactRecord], imported: &ImportedCase, now: Instant) -> Newer {
    let (mut add, mut contradicts) = (Vec::new(), Vec::new());
    for FactRecord { at, fact, .. } in facts(imported).into_iter().skip(1) {
        match since(case, stored, &fact) {
            Since::Known => {}
            Since::New => add.push((at, fact)),
            Since::MoreTime(more) => add.push((now, *more)),
            Since::Contradicts(code) => contradicts.push(code),
        }
    }
    if is_ours(case, stored) && !add.is_empty() {
        add.clear();
        contradicts = vec!["worked_on_here"];
    }
    if !contradicts.is_empty() {
        let note = Fact::Noted { text: said(imported), audience: Audience::Internal, photos: Vec::new() };
        if !stored.iter().any(|r| r.fact == note) {
            add.push((now, note));
        }
    }
    let numbered = add.into_iter().zip(case.version + 1..);
    let record = |((at, fact), seq)| FactRecord { case: case.id, seq, at, actor: Actor::System, fact };
    Newer { facts: numbered.map(record).collect(), contradicts }
}

/// Whether it goes on, or ended, by what was done here; or somebody who came to us waits for what comes of it.
fn is_ours(case: &Case, stored: &[FactRecord]) -> bool {
    let ended_here = matches!(case.stage, Stage::Closed { how } if how != ClosedHow::Imported);
    let decided_here = |r: &FactRecord| {
        matches!(
            r.fact,
            Fact::PassedOut { .. }
                | Fact::Disputed { .. }
                | Fact::ReviewBegan
                | Fact::MergedInto { .. }
                | Fact::Withdrawn { .. }
                | Fact::ReporterJoined { .. }
        )
    };
    !case.is_elsewhere() || ended_here || stored.iter().any(decided_here)
}

enum Since {
    Known,
    New,
    /// The other system gave more time.
    MoreTime(Box<Fact>),
    Contradicts(&'static str),
}

fn since(case: &Case, stored: &[FactRecord], fact: &Fact) -> Since {
    let is_known = || stored.iter().any(|r| r.fact == *fact);
    let settled = |kind: PromiseKind, as_told: fn(&Outcome) -> bool| match case.promise(kind) {
        Some(p) if p.is_open() => Since::New,
        Some(p) if as_told(&p.outcome) => Since::Known,
        Some(_) => Since::Contradicts("settled_otherwise"),
        None => Since::New,
    };
    match fact {
        Fact::PromiseMade { promise } => match case.promise(promise.kind) {
            None => Since::New,
            Some(p) if promise.kind != PromiseKind::Complete || p.due_at == promise.due_at => Since::Known,
            Some(p) if p.is_open() && promise.due_at > p.due_at => {
                Since::MoreTime(Box::new(more_time(p, promise.due_at)))
            }
            Some(_) => Since::Contradicts("due_otherwise"),
        },
        Fact::PromiseKept { promise } => settled(*promise, |o| matches!(o, Outcome::Kept { .. })),
        Fact::PromiseBroken { promise } => settled(*promise, |o| matches!(o, Outcome::Broken { .. })),
        Fact::PromiseVoided { promise } => settled(*promise, |o| matches!(o, Outcome::Void { .. })),
        Fact::Accepted | Fact::Started => {
            let is = |r: &FactRecord| std::mem::discriminant(&r.fact) == std::mem::discriminant(fact);
            if stored.iter().any(is) { Since::Known } else { Since::New }
        }
        _ if is_known() => Since::Known,
        Fact::Rated { reporter, .. } if case.ratings.iter().any(|r| r.reporter == *reporter) => {
            Since::Contradicts("rated_otherwise")
        }
        Fact::DoneProposed { .. } | Fact::Answered { .. } if !case.stage.is_open() => {
            Since::Contradicts("closed_otherwise")
        }
        Fact::Imported { closed_at, .. } if !case.stage.is_open() && *closed_at != case.closed_at => {
            Since::Contradicts(if closed_at.is_some() { "closed_otherwise" } else { "open_again" })
        }
        _ => Since::New,
    }
}

fn more_time(promise: &Promise, due_at: Instant) -> Fact {
    let day = Millis::days(1).0;
    let days = ((due_at - promise.due_at).0 + day - 1) / day;
    Fact::ExtensionGranted {
        promise: promise.kind,
        amount: days.max(1) as u32,
        due_at,
        provisional: false,
        warn_at: Vec::new(),
        text: String::new(),
    }
}

/// What the other system says, in a sentence for who has the case. A note has one text for all readers.
fn said(imported: &ImportedCase) -> String {
    let (mut zh, mut en) = (
        format!("来源系统现为“{}”", imported.status),
        format!("The other system now says \"{}\"", imported.status),
    );
    if !imported.outcome.is_empty() {
        zh.push_str(&format!(",结果“{}”", imported.outcome));
        en.push_str(&format!(", outcome \"{}\"", imported.outcome));
    }
    if let Some(satisfied) = imported.satisfied {
        let word = satisfied_label(satisfied);
        zh.push_str(&format!(",评价“{}”", word.zh));
        en.push_str(&format!(", rated \"{}\"", word.en));
    }
    format!("{zh}。这里的记录未改动。\n{en}. Nothing was changed here.")
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
        // What is over there wakes nobody here.
        warned: if imported.closed_at.is_some() || imported.void { 100 } else { 0 },
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
