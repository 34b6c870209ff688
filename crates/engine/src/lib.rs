//! Plans, events and watermarks to findings with their evidence. One engine per partition; synchronous, no I/O.
//!
//! Owns: event time (clock.rs, watermark.rs, buffer.rs), exact dedupe (dedupe.rs), the operators (operator/), rules in force
//! with areas' own parameters (rule.rs, registry.rs), rules that areas compose themselves (own.rs), findings (emit.rs),
//! snapshots (snapshot.rs), many readings at a time (stretch.rs), why a rule says what it says (explanation.rs, watch.rs), and the
//! past in its own order (timeline.rs, rerun.rs).
//!
//! Invariants: EN1–EN6 in engine.rs; each file has its own.
//!
//! Deliberately absent: clocks, storage, threads. The runtime reads the log and calls [`Engine::step`].

mod buffer;
mod clock;
mod config;
mod correct;
mod counters;
mod dedupe;
mod emit;
mod engine;
mod event;
mod explanation;
mod gate;
mod here;
mod journal;
mod names;
mod operator;
mod own;
mod past;
mod quiet;
mod registry;
mod rerun;
mod rule;
mod slot;
mod snapshot;
mod stretch;
mod tie;
mod timeline;
mod warm;
mod watch;
mod watermark;
mod world;
mod zone;

pub use clock::{Clock, event_time};
pub use config::{EngineConfig, SourceTiming};
pub use correct::CORRECT_AFTER;
pub use counters::Counters;
pub use emit::{COVERAGE_CLASS, READINGS_MAX};
pub use engine::Engine;
pub use event::{Event, NONE, ValueTag};
pub use explanation::{ConditionShown, Explanation, SignalShown};
pub use operator::Truth;
pub use rerun::Rerun;
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};
pub use timeline::{Moment, Timeline};
pub use watch::Heard;
