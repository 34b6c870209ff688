//! Late is never dropped: inside the correction window, what stands in the end is what would stand had all been in
//! time.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, net, run, same_set, say},
};

pub const CHECK: Check = Check {
    name: "late_is_in_time",
    about: "readings and registry changes late inside the window: the net findings are those of a life in time",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let late =
        life.clocks_set_right().settled_only().told_once().no_fast_clocks().within_window().until_settled();
    let mut in_time = late.in_time();
    in_time.end = late.end;
    let (late, in_time) = (run(&late), run(&in_time));
    if late.counters().late_beyond_window > 0 {
        return Err(Difference::of("a reading inside the window counts as beyond it"));
    }
    same_set(("late", "in time"), &net(&late.found)?, &net(&in_time.found)?).map_err(|mut d| {
        d.0.push(format!("late:    {:?}", late.counters()));
        d.0.push(format!("in time: {:?}", in_time.counters()));
        d.0.extend(late.found.iter().map(say));
        d
    })
}
