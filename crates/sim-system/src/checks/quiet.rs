//! RT3: no loop fails, whoever is killed and whoever is in the way; in the end nothing is left to do; the access log's
//! chain is whole.

use super::{Check, none_of};
use crate::run::Lived;
use linli_sim::run::Difference;

pub const CHECK: Check = Check {
    name: "quiet",
    about: "no loop or person meets a fault, and everybody comes to rest",
    run: check,
    again: None,
};

fn check(lived: &Lived) -> Result<(), Difference> {
    let mut lines = lived.kept.faults.clone();
    lines.extend(lived.looks_broken_at.map(|at| format!("the access log's chain is broken at {at}")));
    let last = lived.kept.log.keys().next_back().copied().unwrap_or(0);
    for name in ["engine", "history"] {
        let at = lived.checkpoints.get(name).copied().unwrap_or(0);
        if at != last {
            lines.push(format!("{name} has come to position {at} of {last}"));
        }
    }
    none_of(lines)
}
