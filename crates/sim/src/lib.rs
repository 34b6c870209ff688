//! Seeded simulation: whole lives of a small area, and what must be true of every one of them.
//!
//! Owns: drawing a life from a seed (generate.rs, rules/), the checks (checks/), shrinking a life that fails
//! (shrink.rs) and printing it (print.rs).
//!
//! Invariants
//! - SI1 A seed and the name of a check say everything: the same pair gives the same answer on every machine.
//! - SI2 A check looks from outside: entries in, findings, counters and snapshots out.
//!
//! Deliberately absent: clocks. A new operator's rules are one file in rules/.

pub mod checks;
pub mod draw;
pub mod generate;
pub mod life;
pub mod lived;
pub mod print;
pub mod reference;
pub mod rules;
pub mod run;
pub mod seeds;
pub mod shrink;
pub mod values;
