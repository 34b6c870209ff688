//! Rules: those in force, trying one on the past, asking why it said what it said.

pub mod backtest;
pub mod explain;
pub mod list;
pub mod past;
mod runs;

pub(crate) use runs::Runs;
