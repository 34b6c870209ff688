//! Many seeds through many checks.

use crate::{
    checks::{self, Check},
    generate,
    lived::Lived,
    print,
    shrink::shrink,
};
use std::{
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// A seed that failed, shrunk and printed.
pub struct Failure {
    pub seed: u64,
    pub check: &'static str,
    pub text: String,
}

/// Runs one seed; failures are shrunk, but for those of checks that are `known` to fail.
pub fn run_one(seed: u64, checks: &[&'static Check], known: &dyn Fn(&str) -> bool) -> Vec<Failure> {
    let life = generate::life(seed);
    let (lived, mut failures) = (Lived::of(&life), Vec::new());
    for check in checks {
        let Err(difference) = checks::run_on(check, &lived) else { continue };
        if known(check.name) {
            failures.push(Failure {
                seed,
                check: check.name,
                text: format!("seed {seed}: {} fails, too", check.name),
            });
            continue;
        }
        let (small, difference) = shrink(check, &life, difference);
        let with = check.behind.map_or_else(String::new, |w| format!(" --with {w}"));
        let text = format!(
            "seed {seed}: {} fails ({})\n\n{}\n{}\n\nAgain: cargo run -p linli-sim -- --seed {seed} --check {}{with}\n",
            check.name,
            check.about,
            print::print(&small),
            difference.0.join("\n"),
            check.name,
        );
        failures.push(Failure { seed, check: check.name, text });
    }
    failures
}

/// Runs a range of seeds in several threads; stops early after `failures_max` failures.
pub fn run_many(
    seeds: Range<u64>,
    checks: &[&'static Check],
    threads: usize,
    failures_max: usize,
) -> (u64, Vec<Failure>) {
    let (next, done) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    let failures: Mutex<Vec<Failure>> = Mutex::new(Vec::new());
    let full = || failures.lock().map_or(0, |f| f.len()) >= failures_max;
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !full() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let known = |name: &str| failures.lock().is_ok_and(|f| f.iter().any(|f| f.check == name));
                    let found = run_one(seed, checks, &known);
                    done.fetch_add(1, Ordering::Relaxed);
                    if !found.is_empty()
                        && let Ok(mut failures) = failures.lock()
                    {
                        failures.extend(found);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_default();
    failures.sort_by_key(|f: &Failure| f.seed);
    (done.into_inner(), failures)
}

/// The checks asked for by name, or all that need no asking.
pub fn chosen(names: &[String], with: &[String]) -> Result<Vec<&'static Check>, String> {
    if names.is_empty() {
        let wanted = |c: &&Check| c.behind.is_none_or(|b| with.iter().any(|w| w == b));
        return Ok(checks::CHECKS.iter().filter(wanted).collect());
    }
    names.iter().map(|n| checks::find_check(n).ok_or_else(|| format!("there is no check {n}"))).collect()
}
