//! Rules: those in force, what areas set for themselves, what they compose themselves, trying one on the past, asking why it said what it said.

pub mod backtest;
mod clocks;
pub mod explain;
pub mod list;
pub mod own;
pub mod past;
mod runs;
pub mod set;
mod terms;

pub(crate) use runs::Runs;
