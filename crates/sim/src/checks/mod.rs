//! What must be true of every life: one file per check, all of the same shape.
//!
//! A check is `fn(&Lived) -> Result<(), Difference>`; what it needs of a life (everything in time, no eager rules …) it
//! makes itself, so that a shrunk life is a life like any other. What came of the life as it is they share (lived.rs).

mod at_once;
mod bounded;
mod clocks;
mod duplicated;
mod in_turn;
mod killed;
mod late_is_in_time;
mod live_is_backtest;
mod own_at_home;
mod reference;
mod shuffled;

use crate::{life::Life, lived::Lived, run::Difference};
use std::panic::AssertUnwindSafe;

pub struct Check {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Lived<'_>) -> Result<(), Difference>,
    /// Only run when asked for: `--with NAME`.
    pub behind: Option<&'static str>,
}

pub const CHECKS: &[Check] = &[
    live_is_backtest::CHECK,
    at_once::CHECK,
    shuffled::CHECK,
    duplicated::CHECK,
    killed::CHECK,
    in_turn::CHECK,
    bounded::CHECK,
    reference::CHECK,
    own_at_home::CHECK,
    late_is_in_time::CHECK,
    clocks::CHECK,
];

pub fn find_check(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|c| c.name == name)
}

/// Runs a check on a life that no other check looks at.
pub fn run(check: &Check, life: &Life) -> Result<(), Difference> {
    run_on(check, &Lived::of(life))
}

/// Runs a check; a panic is a difference, too. What panicked while it was made is made anew for the next check.
pub fn run_on(check: &Check, lived: &Lived<'_>) -> Result<(), Difference> {
    match std::panic::catch_unwind(AssertUnwindSafe(|| (check.run)(lived))) {
        Ok(result) => result,
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(Difference::of(format!("it panics: {}", said.unwrap_or_default())))
        }
    }
}
