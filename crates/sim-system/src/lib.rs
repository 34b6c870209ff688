//! Whole-system simulation: seeded lives of a small street over real stores, killed and started again, and what must
//! be true of every one of them.
//!
//! Owns: drawing a life from a seed ([`generate`]), living it ([`run`]) over doors that can be held and closed
//! ([`gates`], [`doors`]), the checks ([`checks`]), shrinking a life that fails ([`shrink`]) and printing it ([`print`]).
//!
//! Invariants
//! - SY1 A seed says everything: the same seed lives the same life to the letter, on every machine.
//! - SY2 Nothing but doors stands between the parts and their stores; the parts are those of the binary.
//! - SY3 A kill falls between two calls of a port, or between a write and its answer; whoever was killed is dropped
//!   with everything in memory, and what follows is opened from disk.
//!
//! Deliberately absent: kills inside a write (the log's and the store's own tests of power loss cut those), the
//! pages, and the wall clock.

pub mod checks;
pub mod doors;
pub mod gates;
pub mod generate;
pub mod house;
pub mod life;
pub mod people;
pub mod print;
pub mod record;
pub mod run;
pub mod seeds;
pub mod shrink;
pub mod street;
