//! What must be true at the end of every life: one file per check, all of the same shape.

mod acknowledged;
mod cases;
mod findings;
mod history;
mod notices;
mod quiet;
mod same_again;

use crate::run::Lived;
use linli_sim::run::Difference;

/// Compares a life with the same life lived again.
pub type Comparing = fn(&Lived, &Lived) -> Result<(), Difference>;

pub struct Check {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Lived) -> Result<(), Difference>,
    /// Lives the life a second time for this one.
    pub again: Option<Comparing>,
}

pub const CHECKS: &[Check] = &[
    quiet::CHECK,
    acknowledged::CHECK,
    findings::CHECK,
    cases::CHECK,
    notices::CHECK,
    history::CHECK,
    same_again::CHECK,
];

pub fn find_check(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|c| c.name == name)
}

/// All lines, or none: what most checks end with.
fn none_of(lines: Vec<String>) -> Result<(), Difference> {
    if lines.is_empty() { Ok(()) } else { Err(Difference(lines)) }
}
