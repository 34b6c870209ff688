//! EN1, RM1: what was found live is what a fresh replay of the log finds, entries written and read back in between.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, same_to_the_letter},
};
use linli_model::LogEntry;
use linli_rule::Catalogue;
use std::sync::Arc;

pub const CHECK: Check = Check {
    name: "live_is_backtest",
    about: "a replay of the log, written and read back, finds what was found live, to the letter",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let read_back: Vec<LogEntry> = life.log().iter().map(written_and_read).collect::<Result<_, _>>()?;
    if read_back != life.log() {
        return Err(Difference::of("an entry reads back as another one"));
    }
    // It reads each rule's text itself: no plan is at hand that the life has kept (RM1).
    let mut config = life.config();
    config.catalogue = Arc::new(Catalogue::clone(&config.catalogue));
    let mut backtest = linli_pack::replay::replay_with(config, &[], read_back.into_iter());
    let mut found: Vec<_> = backtest.by_ref().collect();
    // A backtest goes on until everything is settled; live, time stands still at the last tick.
    found.retain(|f| f.decided_at.0 <= life.end);
    same_to_the_letter(&life.undisturbed().found, &found)
}

fn written_and_read(entry: &LogEntry) -> Result<LogEntry, Difference> {
    let wrong = |e: postcard::Error| Difference::of(format!("an entry cannot be written and read back: {e}"));
    postcard::to_stdvec(entry).and_then(|bytes| postcard::from_bytes(&bytes)).map_err(wrong)
}
