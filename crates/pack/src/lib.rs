//! Scenarios as data: a folder of rules with their traces, checked, shipped, replayed.
//!
//! Owns: the folder layout, the trace language (trace.rs), the packs inside the binary (shipped.rs), replay without a
//! server (replay.rs), backtests and explanations over the past (backtest.rs).
//!
//! Invariants
//! - PA1 Every shipped pack passes [`check`]: its rules' traces fire, miss narrowly and end, each plain, doubled and
//!   across snapshots.
//!
//! Deliberately absent: code in packs. A scenario is data; what it cannot say is a missing operator.

pub mod backtest;
pub mod pack;
pub mod replay;
mod shipped;
pub mod trace;

pub use pack::{Checked, Pack, PackRule, check, check_traces, from_files, load};
pub use replay::{Replay, replay, replay_with};
pub use shipped::shipped;
