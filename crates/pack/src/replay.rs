//! Packs over a stream of log entries, without a server.
//!
//! Invariants
//! - PY1 The same engine as live, one for the whole stream; what it finds depends on the entries only.
//! - PY2 At the end everything that was heard is settled, and time stands still there: no deadline passes that the
//!   stream itself does not reach.

use crate::pack::Pack;
use linli_engine::{Counters, Engine, EngineConfig};
use linli_model::{AreaId, AreaPath, Finding, Instant, LogEntry, Millis};
use std::collections::VecDeque;

/// An iterator of findings.
pub struct Replay<I> {
    engine: Engine,
    entries: I,
    ready: VecDeque<Finding>,
    batch: Vec<Finding>,
    newest: Instant,
    idle: Millis,
    ended: bool,
}

/// Replays entries under the default configuration, as one area called `replay`.
pub fn replay<I: Iterator<Item = LogEntry>>(packs: &[Pack], entries: I) -> Replay<I> {
    let area = AreaId::new("replay");
    replay_with(EngineConfig::new(area.clone(), AreaPath::root(&area)), packs, entries)
}

/// The same with a configuration. The rules are in force from the beginning of time.
pub fn replay_with<I: Iterator<Item = LogEntry>>(
    config: EngineConfig,
    packs: &[Pack],
    entries: I,
) -> Replay<I> {
    let longest = config.sources.values().map(|t| t.idle).chain([config.timing.idle]).max();
    let mut engine = Engine::from_config(config);
    let mut batch = Vec::new();
    for entry in packs.iter().flat_map(|p| p.switch_on(Instant(0), 0)) {
        // Without a number they leave the stream's own numbering alone.
        engine.step(&LogEntry::Registry(linli_model::RegistryEntry { seq: 0, ..entry }), &mut batch);
    }
    Replay {
        engine,
        entries,
        ready: batch.drain(..).collect(),
        batch: Vec::new(),
        newest: Instant::MIN,
        idle: longest.unwrap_or(Millis::ZERO),
        ended: false,
    }
}

impl<I> Replay<I> {
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl<I: Iterator<Item = LogEntry>> Iterator for Replay<I> {
    type Item = Finding;
    fn next(&mut self) -> Option<Finding> {
        while self.ready.is_empty() {
            match self.entries.next() {
                Some(entry) => {
                    if !matches!(entry, LogEntry::Registry(_)) {
                        self.newest = self.newest.max(entry.logged_at());
                    }
                    if let LogEntry::Readings(b) = &entry {
                        self.newest =
                            b.readings.iter().map(|r| r.observed_at).fold(self.newest, Instant::max);
                    }
                    self.engine.step(&entry, &mut self.batch);
                }
                None if self.ended => return None,
                None => {
                    self.ended = true;
                    if self.newest != Instant::MIN {
                        let end = self.newest + self.idle + Millis(1);
                        self.engine.step(&LogEntry::Tick { at: end }, &mut self.batch);
                    }
                }
            }
            self.ready.extend(self.batch.drain(..));
        }
        self.ready.pop_front()
    }
}
