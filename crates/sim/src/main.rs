//! `linli-sim`: runs seeds, says which failed, and prints the smallest life that does.

use clap::Parser;
use linli_sim::{checks::CHECKS, generate, print, seeds};
use std::{ops::Range, process::ExitCode};

/// Lives are made of many small things: as the product's binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Seeded simulation of the engine")]
struct Asked {
    /// One seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Many: from (inclusive) and to (exclusive).
    #[arg(long, value_name = "A..B", value_parser = read_range)]
    seeds: Option<Range<u64>>,
    /// Only these checks.
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// Also the checks that are only run when asked for.
    #[arg(long, value_name = "NAME")]
    with: Vec<String>,
    /// Prints the life of the seed as it was drawn.
    #[arg(long)]
    life: bool,
    /// Lists the checks.
    #[arg(long)]
    list: bool,
    #[arg(long)]
    threads: Option<usize>,
    /// Stops after so many failures.
    #[arg(long, default_value_t = 20)]
    failures_max: usize,
}

fn read_range(s: &str) -> Result<Range<u64>, String> {
    let read = |n: &str| n.trim().parse::<u64>().map_err(|_| format!("{n} is not a seed"));
    let (from, to) = s.split_once("..").ok_or("expected A..B")?;
    Ok(read(from)?..read(to)?)
}

fn main() -> ExitCode {
    let asked = Asked::parse();
    if asked.list {
        for c in CHECKS {
            let behind = c.behind.map_or_else(String::new, |b| format!(" (--with {b})"));
            println!("{:<18} {}{behind}", c.name, c.about);
        }
        return ExitCode::SUCCESS;
    }
    let checks = match seeds::chosen(&asked.check, &asked.with) {
        Ok(checks) => checks,
        Err(why) => {
            eprintln!("{why}; --list names them");
            return ExitCode::from(2);
        }
    };
    let range = match (asked.seed, asked.seeds) {
        (Some(seed), None) => seed..seed + 1,
        (None, Some(range)) => range,
        _ => {
            eprintln!("expected --seed N or --seeds A..B");
            return ExitCode::from(2);
        }
    };
    if asked.life {
        println!("{}", print::print(&generate::life(range.start)));
    }
    // A panic inside a check is a difference like any other, told with its life.
    std::panic::set_hook(Box::new(|_| {}));
    let threads = asked
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let (done, failures) = seeds::run_many(range, &checks, threads, asked.failures_max);
    for f in &failures {
        println!("{}", f.text);
    }
    println!("{done} seeds, {} checks each, {} failures", checks.len(), failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
