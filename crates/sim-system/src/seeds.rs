//! Running seeds, and telling what failed with the life that fails.

use crate::{
    checks::Check,
    generate,
    house::FORKS,
    life::Life,
    print,
    run::{self, Lived},
    shrink::shrink,
};
use linli_sim::run::Difference;
use linli_testkit::postgres::Server;
use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub struct Failure {
    pub seed: u64,
    pub check: &'static str,
    pub text: String,
}

/// Where lives find their databases.
#[derive(Default)]
pub struct Databases {
    pub server: Option<Server>,
    made: AtomicU64,
}

impl Databases {
    pub fn over(server: Option<Server>) -> Databases {
        Databases { server, ..Databases::default() }
    }
    fn of(&self, life: &Life) -> String {
        match &self.server {
            Some(server) if life.postgres => {
                let _alone = FORKS.blocking_write();
                server.database(&format!("life_{}_{}", life.seed, self.made.fetch_add(1, Ordering::SeqCst)))
            }
            _ => "sqlite".to_owned(),
        }
    }
}

/// Lives a life to its end; a panic or a fault that ends it is a difference like any other.
pub fn live(life: &Life, databases: &Databases) -> Result<Lived, Difference> {
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = databases.of(life);
        runtime.block_on(run::live(life, database))
    }));
    match lived {
        Ok(Ok(lived)) => Ok(lived),
        Ok(Err(e)) => Err(Difference::of(format!("the life ends early: {e:#}"))),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(Difference::of(format!("it panics: {}", said.unwrap_or_default())))
        }
    }
}

fn check_one(check: &Check, life: &Life, databases: &Databases) -> Result<(), Difference> {
    let lived = live(life, databases)?;
    judge(check, life, &lived, databases)
}

fn judge(check: &Check, life: &Life, lived: &Lived, databases: &Databases) -> Result<(), Difference> {
    (check.run)(lived)?;
    match check.again {
        Some(same) => same(lived, &live(life, databases)?),
        None => Ok(()),
    }
}

/// Runs one seed; failures are shrunk, but for those of checks that are `known` to fail.
pub fn run_one(
    seed: u64,
    checks: &[&'static Check],
    databases: &Databases,
    known: &dyn Fn(&str) -> bool,
) -> Vec<Failure> {
    let life = generate::life(seed);
    let mut failures = Vec::new();
    let lived = live(&life, databases);
    for check in checks {
        let judged = match &lived {
            Ok(lived) => judge(check, &life, lived, databases),
            Err(difference) => Err(difference.clone()),
        };
        let Err(difference) = judged else { continue };
        let early = lived.is_err();
        failures.push(Failure {
            seed,
            check: check.name,
            text: told(seed, check, &life, difference, databases, known),
        });
        if early {
            break;
        }
    }
    failures
}

fn told(
    seed: u64,
    check: &Check,
    life: &Life,
    difference: Difference,
    databases: &Databases,
    known: &dyn Fn(&str) -> bool,
) -> String {
    if known(check.name) {
        let first = difference.0.first().map_or("", String::as_str);
        return format!("seed {seed}: {} fails, too: {first}", check.name);
    }
    eprintln!(
        "seed {seed}: {} fails ({}); it is being shrunk",
        check.name,
        difference.0.first().map_or("", |l| l)
    );
    let again = |check: &Check, life: &Life| check_one(check, life, databases);
    let (small, difference) = shrink(check, life, difference, &again);
    format!(
        "seed {seed}: {} fails ({})\n\n{}\n{}\n\nAgain: cargo run --profile sim -p linli-sim-system -- --seed {seed} --check {}\n",
        check.name,
        check.about,
        print::print(&small),
        difference.0.join("\n"),
        check.name,
    )
}

/// Runs a range of seeds in several threads; stops early after `failures_max` failures.
pub fn run_many(
    seeds: Range<u64>,
    checks: &[&'static Check],
    threads: usize,
    failures_max: usize,
    databases: &Databases,
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
                    let found = run_one(seed, checks, databases, &known);
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
