//! A life as the checks meet it, with what several of them ask for: its log, and an engine that lived it undisturbed.
//!
//! Invariants
//! - UR1 The undisturbed run is one of an engine of its own, made once and never touched again: each check holds another
//!   run against it.

use crate::{life::Life, run::Ran};
use linli_model::LogEntry;
use std::{cell::OnceCell, ops::Deref};

pub struct Lived<'l> {
    life: &'l Life,
    entries: OnceCell<Vec<LogEntry>>,
    run: OnceCell<Ran>,
}

impl<'l> Lived<'l> {
    pub fn of(life: &'l Life) -> Lived<'l> {
        Lived { life, entries: OnceCell::new(), run: OnceCell::new() }
    }
    /// Its log.
    pub fn log(&self) -> &[LogEntry] {
        self.entries.get_or_init(|| self.life.entries())
    }
    /// What comes of it when nothing is done to it.
    pub fn undisturbed(&self) -> &Ran {
        self.run.get_or_init(|| crate::run::run_entries(self.life, self.log()))
    }
}

impl Deref for Lived<'_> {
    type Target = Life;
    fn deref(&self) -> &Life {
        self.life
    }
}
