//! What was told before, as far as a decision needs it.

use crate::{Notice, PushId, Recipient};
use linli_casework::CaseId;
use linli_model::{Instant, Millis};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub case: Option<CaseId>,
    pub push: Option<PushId>,
    pub reason: String,
    pub recipient: Recipient,
    pub step: u32,
}

/// Keys of the cases at hand, and how much each recipient was told in the last hour.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    told: BTreeSet<Key>,
    /// How many each recipient was told in the hour before, as somebody else has counted.
    counted: BTreeMap<Recipient, usize>,
    recent: BTreeMap<Recipient, Vec<Instant>>,
}

impl Ledger {
    pub fn of<'a>(notices: impl IntoIterator<Item = &'a Notice>) -> Ledger {
        let mut ledger = Ledger::default();
        for notice in notices {
            ledger.add(notice);
        }
        ledger
    }
    /// The notices of the cases at hand; and, these among them, how many each recipient was told in the last hour.
    pub fn counted<'a>(
        of_cases: impl IntoIterator<Item = &'a Notice>,
        counted: BTreeMap<Recipient, usize>,
    ) -> Ledger {
        Ledger { told: of_cases.into_iter().map(Notice::key).collect(), counted, ..Ledger::default() }
    }
    pub fn add(&mut self, notice: &Notice) {
        self.told.insert(notice.key());
        self.recent.entry(notice.recipient).or_default().push(notice.due_at);
    }
    pub fn has(&self, key: &Key) -> bool {
        self.told.contains(key)
    }
    /// How many notices of this recipient fall due in the hour before `now`, or later.
    pub fn in_last_hour(&self, recipient: &Recipient, now: Instant) -> usize {
        let since = now - Millis::hours(1);
        let added =
            self.recent.get(recipient).map_or(0, |times| times.iter().filter(|t| **t > since).count());
        added + self.counted.get(recipient).copied().unwrap_or(0)
    }
}
