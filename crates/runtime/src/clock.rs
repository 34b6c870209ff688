//! The clocks: the only module that reads the time of this machine.
//!
//! Invariants
//! - RC1 A clock never goes back, whatever is done to the machine's clock (NTP steps, a wrong BIOS battery).
//! - RC2 A [`StoryClock`] is never ahead of the machine's clock, and is the machine's clock once it goes live.

// The ban on reading the clock exists so that everything else asks this module.
#![allow(clippy::disallowed_methods)]

use linli_model::Instant;
use linli_server::ports::Clock;
use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

fn machine_now() -> Instant {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Instant(since.as_millis() as i64),
        Err(before) => Instant(-(before.duration().as_millis() as i64)),
    }
}

/// The machine's clock, made monotone.
#[derive(Default)]
pub struct SystemClock {
    newest: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let now = machine_now().millis();
        Instant(self.newest.fetch_max(now, Ordering::Relaxed).max(now))
    }
}

/// Stands in the past and is moved on by whoever tells the story, until it goes live with the machine's clock.
pub struct StoryClock {
    at: AtomicI64,
    live: AtomicBool,
    real: SystemClock,
}

impl StoryClock {
    pub fn standing_at(at: Instant) -> Self {
        StoryClock {
            at: AtomicI64::new(at.millis()),
            live: AtomicBool::new(false),
            real: SystemClock::default(),
        }
    }
    pub fn machine(&self) -> Instant {
        self.real.now()
    }
    /// Moves on, never back and never ahead of the machine.
    pub fn advance_to(&self, at: Instant) {
        self.at.fetch_max(at.min(self.real.now()).millis(), Ordering::SeqCst);
    }
    pub fn go_live(&self) {
        self.live.store(true, Ordering::SeqCst);
    }
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::SeqCst)
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Instant {
        if self.is_live() { self.real.now() } else { Instant(self.at.load(Ordering::SeqCst)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::Millis;

    #[test]
    fn a_story_clock_stands_moves_on_only_and_never_overtakes_the_machine() {
        let began = machine_now() - Millis::days(14);
        let clock = StoryClock::standing_at(began);
        assert_eq!(clock.now(), began);
        clock.advance_to(began + Millis::hours(1));
        clock.advance_to(began);
        assert_eq!(clock.now(), began + Millis::hours(1), "never back");
        clock.advance_to(machine_now() + Millis::days(1));
        assert!(clock.now() <= machine_now(), "never ahead");
        clock.go_live();
        assert!(machine_now() - clock.now() < Millis::secs(5));
    }
}
