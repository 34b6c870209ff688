//! From a life that fails to a shorter one that still does: steps are dropped in halves, quarters … one by one; then
//! races and kills that are not needed.
//!
//! The pure simulation's shrinking also simplifies readings and rules; a whole life takes too long to live for that.

use crate::{checks::Check, life::Life};
use linli_sim::run::Difference;

/// Lives lived at most.
const TRIES_MAX: u32 = 250;

type Fails<'f> = &'f dyn Fn(&Check, &Life) -> Result<(), Difference>;

struct Shrinking<'c> {
    check: &'c Check,
    run: Fails<'c>,
    life: Life,
    difference: Difference,
    tries: u32,
}

/// The shortest life found, and what is wrong with it.
pub fn shrink(check: &Check, life: &Life, difference: Difference, run: Fails<'_>) -> (Life, Difference) {
    let mut s = Shrinking { check, run, life: life.clone(), difference, tries: 0 };
    loop {
        let before = s.life.clone();
        s.drop_steps();
        s.drop_trouble();
        if s.life == before || s.tries >= TRIES_MAX {
            return (s.life, s.difference);
        }
    }
}

impl Shrinking<'_> {
    fn keep(&mut self, life: Life) -> bool {
        if self.tries >= TRIES_MAX || life == self.life {
            return false;
        }
        self.tries += 1;
        match (self.run)(self.check, &life) {
            Ok(()) => false,
            Err(difference) => {
                (self.life, self.difference) = (life, difference);
                true
            }
        }
    }

    fn drop_steps(&mut self) {
        let mut size = self.life.steps.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from < self.life.steps.len() {
                let mut life = self.life.clone();
                life.steps.drain(from..(from + size).min(life.steps.len()));
                if !self.keep(life) {
                    from += size;
                }
            }
            if size == 1 {
                break;
            }
            size = size.div_ceil(2);
        }
    }

    fn drop_trouble(&mut self) {
        for at in 0..self.life.steps.len() {
            let step = &self.life.steps[at];
            if step.killed.is_some() {
                let mut life = self.life.clone();
                (life.steps[at].killed, life.steps[at].torn) = (None, false);
                self.keep(life);
            }
            if self.life.steps[at].beside.is_some() {
                let mut life = self.life.clone();
                life.steps[at].beside = None;
                self.keep(life);
            }
        }
        let mut life = self.life.clone();
        life.postgres = false;
        self.keep(life);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::{Doing, Step};

    #[test]
    fn what_is_not_needed_to_fail_is_dropped() {
        let steps = (1..=40).map(|n| Step { killed: Some(3), ..Step::of(n, 0, Doing::Report) }).collect();
        let life = Life { steps, postgres: true, ..crate::generate::life(1) };
        let check = Check { name: "two", about: "", run: |_| Ok(()), again: None };
        let fails = |_: &Check, life: &Life| {
            let has = |n| life.steps.iter().any(|s| s.n == n);
            if has(7) && has(31) { Err(Difference::of("both")) } else { Ok(()) }
        };
        let (small, _) = shrink(&check, &life, Difference::of("both"), &fails);
        assert_eq!(small.steps.iter().map(|s| s.n).collect::<Vec<_>>(), [7, 31]);
        assert!(small.steps.iter().all(|s| s.killed.is_none()) && !small.postgres);
    }
}
