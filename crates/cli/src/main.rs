//! The `linli` binary: what a person starts.

mod demo;
mod evaluate;
mod import;
mod import_into;
mod past;
mod rebuild;
mod replay;
mod rule;
mod serve;
mod upkeep;

use clap::{Parser, Subcommand};
use linli_model::Lang;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Linli: knows early what happens in a neighbourhood, and sees each matter through.
#[derive(Parser)]
#[command(name = "linli", version)]
struct Cli {
    /// Language of messages: zh or en
    #[arg(long, global = true, default_value = "zh", value_parser = lang)]
    lang: Lang,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Backup(upkeep::Backup),
    Restore(upkeep::Restore),
    Doctor(upkeep::Doctor),
    Rebuild(rebuild::Rebuild),
    /// Prints the API's description
    Openapi,
    #[command(subcommand)]
    Pack(upkeep::PackCommand),
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    Import(import::Import),
    Replay(replay::Replay),
    Backtest(past::Backtest),
    Explain(past::Explain),
}

fn lang(text: &str) -> Result<Lang, String> {
    match text {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        _ => Err("expected zh or en".to_owned()),
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("LINLI_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match &cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args, cli.lang),
        Command::Backup(args) => upkeep::backup(args, cli.lang),
        Command::Restore(args) => upkeep::restore(args),
        Command::Doctor(args) => upkeep::doctor(args, cli.lang),
        Command::Rebuild(args) => rebuild::run(args, cli.lang),
        Command::Openapi => upkeep::openapi(),
        Command::Pack(command) => upkeep::pack(command, cli.lang),
        Command::Rule(command) => rule::run(command, cli.lang),
        Command::Import(args) => import::run(args, cli.lang),
        Command::Replay(args) => replay::run(args, cli.lang),
        Command::Backtest(args) => past::backtest(args, cli.lang),
        Command::Explain(args) => past::explain(args, cli.lang),
    }
}
