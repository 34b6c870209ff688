//! A log in memory, for the tests of everything that reads or writes one. Nothing in it is durable.

use crate::{Log, READ_ENTRIES_MAX, fault};
use async_trait::async_trait;
use linli_model::{Fault, LogEntry, Position};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

pub struct MemoryLog {
    kept: Mutex<Kept>,
    appended: watch::Sender<Position>,
}

#[derive(Default)]
struct Kept {
    /// Position of the entry before `entries[0]`.
    trimmed: Position,
    entries: VecDeque<LogEntry>,
    /// Set by a test: every further append is refused with a fault.
    broken: Option<String>,
}

impl Kept {
    fn last(&self) -> Position {
        self.trimmed + self.entries.len() as Position
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        MemoryLog { kept: Mutex::default(), appended: watch::Sender::new(0) }
    }
}

impl MemoryLog {
    pub fn empty() -> Self {
        Self::default()
    }
    /// Lets every further append fail as after a failed sync, to test what a caller does then.
    pub fn break_down(&self, why: impl Into<String>) {
        self.kept().broken = Some(why.into());
    }
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn append(&self, entries: Vec<LogEntry>) -> Result<Position, Fault> {
        let mut kept = self.kept();
        if let Some(why) = &kept.broken {
            return Err(fault::read_only(why));
        }
        if !entries.is_empty() {
            kept.entries.extend(entries);
            self.appended.send_replace(kept.last());
        }
        Ok(kept.last())
    }

    async fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault> {
        let kept = self.kept();
        if after < kept.trimmed {
            return Err(fault::trimmed(after, kept.trimmed + 1));
        }
        let skip = usize::try_from(after - kept.trimmed).unwrap_or(usize::MAX);
        let entries = kept.entries.iter().skip(skip).take(entries_max.min(READ_ENTRIES_MAX));
        Ok((after + 1..).zip(entries.cloned()).collect())
    }

    async fn last(&self) -> Result<Position, Fault> {
        Ok(self.kept().last())
    }

    async fn first(&self) -> Result<Position, Fault> {
        Ok(self.kept().trimmed + 1)
    }

    async fn trim(&self, before: Position) -> Result<(), Fault> {
        let mut kept = self.kept();
        while kept.trimmed + 1 < before && kept.entries.pop_front().is_some() {
            kept.trimmed += 1;
        }
        Ok(())
    }

    fn appended(&self) -> watch::Receiver<Position> {
        self.appended.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn the_memory_log_keeps_the_contract() {
        crate::contract::every_promise(|| async { Arc::new(MemoryLog::empty()) as Arc<dyn Log> }).await;
    }

    #[tokio::test]
    async fn a_broken_log_acknowledges_nothing_and_still_reads() {
        let log = MemoryLog::empty();
        log.append(vec![crate::contract::tick(1)]).await.unwrap();
        log.break_down("test");
        assert!(!log.append(vec![crate::contract::tick(2)]).await.unwrap_err().retry);
        assert_eq!(log.read(0, 10).await.unwrap().len(), 1);
    }
}
