//! `linli-sim-system`: lives seeds of the whole system, says which failed, and prints the shortest life that does.

use clap::Parser;
use linli_sim_system::{
    checks::{CHECKS, Check, find_check},
    generate, print, seeds,
};
use std::{ops::Range, process::ExitCode};

#[derive(Parser)]
#[command(about = "Seeded simulation of the whole system over real stores")]
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
    /// Prints the life of the seed as it was drawn.
    #[arg(long)]
    life: bool,
    /// Prints what happened in the life of the seed, step by step.
    #[arg(long)]
    transcript: bool,
    /// Lists the checks.
    #[arg(long)]
    list: bool,
    #[arg(long)]
    threads: Option<usize>,
    /// Stops after so many failures.
    #[arg(long, default_value_t = 8)]
    failures_max: usize,
}

fn read_range(s: &str) -> Result<Range<u64>, String> {
    let read = |n: &str| n.trim().parse::<u64>().map_err(|_| format!("{n} is not a seed"));
    let (from, to) = s.split_once("..").ok_or("expected A..B")?;
    Ok(read(from)?..read(to)?)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Check>, String> {
    if names.is_empty() {
        return Ok(CHECKS.iter().collect());
    }
    names.iter().map(|n| find_check(n).ok_or_else(|| format!("there is no check {n}"))).collect()
}

fn main() -> ExitCode {
    let asked = Asked::parse();
    if asked.list {
        CHECKS.iter().for_each(|c| println!("{:<14} {}", c.name, c.about));
        return ExitCode::SUCCESS;
    }
    let checks = match chosen(&asked.check) {
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
    let on_postgres = range.clone().filter(|seed| generate::life(*seed).postgres).count();
    let server = if on_postgres > 0 { linli_testkit::postgres::server() } else { None };
    if on_postgres > 0 && server.is_none() {
        println!("SKIP {on_postgres} lives on PostgreSQL; they are lived on SQLite instead");
    }
    let databases = seeds::Databases::over(server);
    if asked.life {
        println!("{}", print::print(&generate::life(range.start)));
    }
    if asked.transcript {
        match seeds::live(&generate::life(range.start), &databases) {
            Ok(lived) => lived.kept.transcript.iter().for_each(|line| println!("{line}")),
            Err(difference) => println!("{}", difference.0.join("\n")),
        }
    }
    // A panic inside a life is a difference like any other, told with it.
    std::panic::set_hook(Box::new(|_| {}));
    let threads = asked
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let (done, failures) = seeds::run_many(range, &checks, threads, asked.failures_max, &databases);
    for f in &failures {
        println!("{}", f.text);
    }
    println!("{done} lives, {} checks each, {} failures", checks.len(), failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
