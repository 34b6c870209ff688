//! The loops, the clock and the wiring: the only place with a clock and with tasks of its own.
//!
//! Owns: [`config`], the [`clock`], keys and randomness ([`fresh`]), [`Installation`] (everything opened and put
//! together), tables an installation brings itself ([`own_tables`]), the [`loops`], backup archives ([`archive`]).
//!
//! Invariants
//! - RT1 Every loop takes no input, works from what is stored, and can run twice: a crash anywhere costs time only.
//! - RT2 Findings, cases, notices and the log's position commit together, guarded by the position (A4).
//! - RT3 A loop that fails waits and goes on from what is stored; it never skips what it could not do.

pub mod archive;
pub mod channels;
pub mod class_tables;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod directory;
pub mod engines;
pub mod fresh;
pub mod installation;
pub mod loops;
pub mod own_tables;
mod standing;

pub use clock::{StoryClock, SystemClock};
pub use config::Config;
pub use installation::{Installation, Options, Ports};
