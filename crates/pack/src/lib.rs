//! Scenarios as data: a folder of rules with their traces, checked, shipped, replayed.
//!
//! Owns: the folder layout, the trace language (trace.rs) and its runs (run.rs), what traces have to prove (proof.rs), the
//! packs inside the binary (shipped.rs), replay without a server (replay.rs), backtests and explanations over the past
//! (backtest.rs), what nearly happened there (near.rs), and the past as a trace (trace/write.rs).
//!
//! Invariants
//! - PB1 Every shipped pack passes [`check`]: its rules' traces fire, miss narrowly, come late and end, each plain, doubled
//!   and across snapshots, and cross every threshold from both sides.
//!
//! Deliberately absent: code in packs. A scenario is data; what it cannot say is a missing operator.

pub mod backtest;
pub mod near;
pub mod pack;
mod proof;
pub mod replay;
mod run;
mod shipped;
pub mod trace;
pub mod trial;

pub use pack::{Checked, Pack, PackRule, check, check_traces, from_files, load};
pub use replay::{Replay, replay, replay_with};
pub use shipped::shipped;
