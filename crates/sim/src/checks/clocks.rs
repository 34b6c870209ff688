//! CK1: what is known of clocks counts by reception, and does what setting the readings right by hand would do.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, run, same_to_the_letter},
};

pub const CHECK: Check = Check {
    name: "clocks",
    about: "readings of clocks known to be wrong find what the same readings find with their times set right",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let (wrong, right) = (life.undisturbed(), run(&life.clocks_set_right()));
    if wrong.counters().clamped != right.counters().clamped {
        return Err(Difference::of("other clocks were clamped"));
    }
    same_to_the_letter(&wrong.found, &right.found)
}
