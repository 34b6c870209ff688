//! SC1, OP4, WA1: readings that settle together, gone through rule by rule and quietly, are as good as each in its turn.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, Ran, same_to_the_letter},
};
use linli_engine::{Engine, EngineConfig, SourceTiming};
use linli_model::{Instant, Millis};

pub const CHECK: Check = Check {
    name: "at_once",
    about: "settling many readings at once, as they came or all in the end, leaves what each in its turn leaves, to the byte",
    run: check,
    behind: None,
};

/// Longer than any life.
const LONG: Millis = Millis::days(400);

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    same(life.undisturbed(), &run_with(life.config(), life, true))?;
    same(&all_in_the_end(life, false), &all_in_the_end(life, true))
}

/// Nothing settles by itself.
fn all_in_the_end(life: &Lived<'_>, watched: bool) -> Ran {
    let mut config = life.config();
    config.timing = SourceTiming { lateness: LONG, idle: LONG };
    config.sources.clear();
    let mut ran = run_with(config, life, watched);
    ran.engine.settle_until(Instant(crate::life::DAY_ONE) + LONG, &mut ran.found);
    ran
}

/// Who looks on sees each reading in its turn.
fn run_with(config: EngineConfig, life: &Lived<'_>, watched: bool) -> Ran {
    let mut ran = Ran::of(Engine::from_config(config));
    if watched {
        ran.engine.watch(Instant(crate::life::DAY_ONE));
    }
    ran.go_on(life.log());
    ran
}

fn same(at_once: &Ran, in_turn: &Ran) -> Result<(), Difference> {
    same_to_the_letter(&at_once.found, &in_turn.found)?;
    match at_once.engine.snapshot() == in_turn.engine.snapshot() {
        true => Ok(()),
        false => Err(Difference::of("the snapshots are not the same")),
    }
}
