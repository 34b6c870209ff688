//! What really happened, kept outside of the life: it survives every kill, and the checks compare with it.

use linli_casework::{Case, CaseId, FactRecord};
use linli_model::{
    Finding, FindingId, Instant, LogEntry, Position, Quarantined, Reading, RegistryChange, SourceId,
};
use linli_notice::{Notice, NoticeId};
use linli_store::{Attempt, Change, Commit};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// One commit that the store has taken.
pub struct Committed {
    pub at: Instant,
    /// Cases after their facts.
    pub cases: Vec<(Case, Vec<FactRecord>)>,
    pub notices: Vec<Notice>,
}

/// A message whose sender was told that it is kept.
pub struct Acknowledged {
    pub position: Position,
    pub source: SourceId,
    pub readings: Vec<Reading>,
    pub quarantined: usize,
}

#[derive(Default)]
pub struct Kept {
    /// The log as it was written, whatever has been trimmed since.
    pub log: BTreeMap<Position, LogEntry>,
    pub commits: Vec<Committed>,
    pub findings: BTreeMap<FindingId, Finding>,
    pub quarantine: BTreeMap<String, Quarantined>,
    pub attempts: Vec<Attempt>,
    pub acknowledged: Vec<Acknowledged>,
    /// How often a message with a reading of this id was sent, acknowledged or not.
    pub sent: BTreeMap<(SourceId, String), u32>,
    /// Changes of the registry that were answered, by the number of their step.
    pub registry: BTreeMap<u64, RegistryChange>,
    /// Marks of people's commands that were answered with success, and whose.
    pub done: Vec<(CaseId, String, u32)>,
    /// Every mark that was ever given to a command.
    pub marks: BTreeSet<String>,
    /// Messages that left the house, in order, by the notice's id.
    pub left: Vec<(NoticeId, &'static str)>,
    pub transcript: Vec<String>,
    pub faults: Vec<String>,
}

#[derive(Default)]
pub struct Record(Mutex<Kept>);

impl Record {
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub fn say(&self, line: impl Into<String>) {
        self.kept().transcript.push(line.into());
    }

    pub fn appended(&self, last: Position, entries: Vec<LogEntry>) {
        let first = last + 1 - entries.len() as Position;
        self.kept().log.extend((first..).zip(entries));
    }

    pub fn committed(&self, commit: Commit) {
        let mut kept = self.kept();
        let mut told = Committed { at: commit.at, cases: Vec::new(), notices: Vec::new() };
        for change in commit.changes {
            match change {
                Change::CaseFacts { case, facts, .. } => told.cases.push((*case, facts)),
                Change::NoticeAdd(notice) => told.notices.push(notice),
                Change::FindingSet { finding, .. } => drop(kept.findings.insert(finding.id, *finding)),
                Change::QuarantineAdd(item) => drop(kept.quarantine.insert(item.id, item.row)),
                Change::AttemptAdd(attempt) => kept.attempts.push(attempt),
                _ => {}
            }
        }
        if !(told.cases.is_empty() && told.notices.is_empty()) {
            kept.commits.push(told);
        }
    }
}
