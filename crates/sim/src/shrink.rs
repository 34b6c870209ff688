//! From a life that fails to the smallest one that still does.
//!
//! Invariants
//! - SK1 Every step keeps the same check failing; which lines differ may change.
//! - SK2 The same seed shrinks to the same life.

use crate::{
    checks::{self, Check},
    life::{Act, Life, MINUTE, rule_of},
    run::Difference,
};
use linli_model::{Instant, RegistryChange};
use std::collections::BTreeSet;

/// Lives tried at most.
const TRIES_MAX: u32 = 6_000;

struct Shrinking<'c> {
    check: &'c Check,
    life: Life,
    difference: Difference,
    tries: u32,
}

/// The smallest life found, and what is wrong with it.
pub fn shrink(check: &Check, life: &Life, difference: Difference) -> (Life, Difference) {
    let mut s = Shrinking { check, life: life.clone(), difference, tries: 0 };
    loop {
        let before = s.life.clone();
        s.drop_rules();
        s.drop_devices();
        s.drop_acts();
        s.simplify_acts();
        s.simplify_timing();
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
        match checks::run(self.check, &life) {
            Ok(()) => false,
            Err(difference) => {
                (self.life, self.difference) = (life, difference);
                true
            }
        }
    }

    fn drop_rules(&mut self) {
        let names: BTreeSet<String> =
            self.life.changes().filter_map(|c| rule_of(&c.what)).map(str::to_owned).collect();
        for name in names {
            let mut life = self.life.clone();
            life.rules.retain(|r| r.rule != name);
            life.acts.retain(|a| !matches!(a, Act::Change(c) if rule_of(&c.what) == Some(name.as_str())));
            self.keep(life);
        }
    }

    fn drop_devices(&mut self) {
        let names: BTreeSet<String> =
            self.life.said().map(|s| s.reading.device.as_str().to_owned()).collect();
        for name in names {
            let mut life = self.life.clone();
            life.acts.retain(|a| match a {
                Act::Said(s) => s.reading.device.as_str() != name,
                Act::Change(c) => !matches!(&c.what, RegistryChange::DeviceSet(d) if d.id.as_str() == name),
                Act::Tick(_) => true,
            });
            self.keep(life);
        }
    }

    /// Halves, quarters … single acts.
    fn drop_acts(&mut self) {
        let mut size = self.life.acts.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from < self.life.acts.len() {
                let mut life = self.life.clone();
                life.acts.drain(from..(from + size).min(life.acts.len()));
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

    fn simplify_acts(&mut self) {
        let mut at = 0;
        while at < self.life.acts.len() {
            for simpler in simpler(&self.life.acts[at]) {
                let mut life = self.life.clone();
                life.acts[at] = simpler;
                self.keep(life.sorted());
            }
            at += 1;
        }
    }

    fn simplify_timing(&mut self) {
        let mut life = self.life.clone();
        life.timing.own.clear();
        self.keep(life);
        let mut life = self.life.clone();
        life.end = life.acts.iter().map(Act::logged).max().unwrap_or(life.end);
        self.keep(life.until_settled());
    }
}

fn round(at: i64, to: i64) -> i64 {
    at.div_euclid(to) * to
}

/// An act with one thing less to read.
fn simpler(act: &Act) -> Vec<Act> {
    let mut out = Vec::new();
    match act {
        Act::Tick(at) => out.push(Act::Tick(round(*at, MINUTE))),
        Act::Said(s) => {
            let mut add = |f: &dyn Fn(&mut crate::life::Said)| {
                let mut s = s.clone();
                f(&mut s);
                out.push(Act::Said(s));
            };
            add(&|s| s.reading.subject = None);
            add(&|s| s.received = s.observed());
            add(&|s| s.source = "s0".to_owned());
            for to in [60 * MINUTE, MINUTE, 1_000] {
                add(&|s| s.reading.observed_at = Instant(round(s.observed(), to)));
                add(&|s| s.received = round(s.received, to));
                add(&|s| {
                    s.reading.observed_at = Instant(round(s.observed(), to));
                    s.received = round(s.received, to);
                });
            }
        }
        Act::Change(c) => {
            let mut add = |f: &dyn Fn(&mut crate::life::Change)| {
                let mut c = c.clone();
                f(&mut c);
                out.push(Act::Change(c));
            };
            add(&|c| c.logged = c.effective);
            for to in [60 * MINUTE, MINUTE, 1_000] {
                add(&|c| (c.logged, c.effective) = (round(c.logged, to), round(c.effective, to)));
            }
            if let RegistryChange::DeviceSet(_) = &c.what {
                let without: [fn(&mut linli_model::Device); 3] =
                    [|d| d.subject = None, |d| d.silence_secs_max = None, |d| d.capacity = None];
                for f in without {
                    add(&|c| {
                        if let RegistryChange::DeviceSet(d) = &mut c.what {
                            f(d);
                        }
                    });
                }
            }
        }
    }
    out
}
