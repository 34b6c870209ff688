//! Rules: those in force, what areas set for themselves, what they compose themselves, trying one on the past, asking why
//! it said what it said and what it nearly said.

mod asked;
pub mod back;
pub mod backtest;
pub mod curve;
pub mod explain;
pub mod list;
pub mod load;
mod looks;
pub mod near;
pub mod outcomes;
pub mod own;
pub mod past;
pub mod precision;
pub(crate) mod privacy;
pub mod resume;
mod runs;
pub mod set;
mod shown;
pub mod subjects;
mod terms;
pub mod trace;
pub mod values;

pub(crate) use runs::Runs;
