//! Rules over the past of an installation.
//!
//! Owns: which partitions a question touches (partitions.rs), what each engine is told and the walk through the days on the
//! cores there are (walk.rs), clocks set right (clocks.rs), who must be heard beside a rule's measures (witnesses.rs), and
//! the ids of what was found (ids.rs).
//!
//! Invariants
//! - BP1 A partition is walked through once, whatever number of sides and rules is tried on it, and by one thread.
//! - BP2 No more partitions are walked through at a time than there are cores, whoever asks ([`Cores`]).
//! - BP3 Who asked is told how far it is, and heard when it is to stop, at every step of some thousand readings.
//!
//! Deliberately absent: who may ask, and what is shown of the answer.

mod clocks;
mod ids;
mod partitions;
mod walk;
mod witnesses;

pub use clocks::Clocks;
pub use partitions::partitions;
pub use walk::GoesOn;
pub use witnesses::Witnesses;

use linli_history::History;
use linli_model::{AreaTree, Finding, Instant, RegistryChange, RegistryEntry};
use linli_pack::backtest::Variant;
use linli_rule::Catalogue;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many partitions may be walked through at a time.
#[derive(Clone)]
pub struct Cores(Arc<Semaphore>);

impl Default for Cores {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Cores(Arc::new(Semaphore::new(cores)))
    }
}

impl Cores {
    /// Waits for one, which is held until it is dropped.
    pub async fn one(&self) -> impl Send + use<> {
        self.0.clone().acquire_owned().await
    }
}

/// An installation's past, and what it is read with.
pub struct Past {
    pub history: Arc<dyn History>,
    pub areas: Arc<AreaTree>,
    pub registry: Vec<RegistryEntry>,
    pub catalogue: Arc<Catalogue>,
    pub zone: jiff::tz::TimeZone,
    pub cores: Cores,
}

/// What is tried: sides with their rules, over a range.
pub struct Tried {
    pub sides: Vec<Vec<Variant>>,
    pub from: Instant,
    pub to: Instant,
}

/// What a walk through a partition came to.
pub struct Found {
    pub readings: usize,
    /// By side.
    pub episodes: Vec<Vec<Finding>>,
}

/// The rule in force: its text.
pub fn text_in_force(registry: &[RegistryEntry], rule: &str) -> Option<String> {
    registry.iter().fold(None, |found, entry| match &entry.change {
        RegistryChange::RuleSet { rule: r, text, .. } if r == rule => Some(text.clone()),
        RegistryChange::RuleRemoved { rule: r } if r == rule => None,
        _ => found,
    })
}
