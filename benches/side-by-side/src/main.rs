//! The published side-by-side workload through the ordinary engine: a pack, a registry, readings in arrival order.
//!
//! `linli-side-by-side PREFIX OUT [--format csv|bin|mem]`. Nothing here knows a rule: rows become events, findings become
//! lines. One partition, lateness ten minutes, the default correction window, a snapshot every 2.5 million
//! readings, some eight times as often as the product's own policy asks for (20,000 log entries, here of 1,024 readings).

mod rows;
mod street;

use anyhow::{Context, Result, bail};
use std::{fs, path::Path, time::Instant as Clock};
use street::Street;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (prefix, out, format) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [prefix, out] => (prefix, out, "csv"),
        [prefix, out, "--format", format] => (prefix, out, format),
        _ => bail!("usage: run PREFIX OUT [--format csv|bin|mem]"),
    };
    let out = Path::new(out);
    let loaded = if format == "mem" { rows::load(prefix)? } else { Vec::new() };
    #[expect(clippy::disallowed_methods, reason = "what is measured is the time it takes")]
    let began = Clock::now();
    let mut street = Street::open(prefix, &out.with_extension("snapshot"))?;
    match format {
        "csv" => rows::each_csv(prefix, |tables, rows| street.take(tables, rows))?,
        "bin" => {
            let tables = rows::tables(prefix)?;
            rows::each_bin(prefix, |rows| street.take(&tables, rows))?;
        }
        "mem" => street.take(&rows::tables(prefix)?, &loaded)?,
        other => bail!("--format is csv, bin or mem, not {other}"),
    }
    let (lines, events) = street.finish()?;
    println!("run {:.4}s n {events}", began.elapsed().as_secs_f64());
    fs::write(out, lines.concat()).with_context(|| out.display().to_string())
}
