//! `linli backup`, `restore`, `doctor`, `openapi`, `pack check`: what keeps an installation in order.

use crate::serve::config;
use anyhow::bail;
use clap::{Args, Subcommand};
use linli_model::{Diagnostic, Lang, Text};
use linli_pack::Checked;
use linli_runtime::{Config, SystemClock, archive, fresh::Keys, own_tables};
use linli_server::ports::Clock;
use linli_store::Store;
use linli_store_sql::SqlStore;
use std::path::{Path, PathBuf};

/// Writes everything an installation keeps into one tar; works while it runs
#[derive(Args)]
pub(crate) struct Backup {
    #[arg(long)]
    config: Option<PathBuf>,
    /// The archive to write; must not exist
    #[arg(long)]
    to: PathBuf,
}

/// Puts an archive back into an empty data folder, checking every file
#[derive(Args)]
pub(crate) struct Restore {
    #[arg(long)]
    from: PathBuf,
    #[arg(long)]
    data: PathBuf,
}

/// Looks at an installation and says what to do about each finding
#[derive(Args)]
pub(crate) struct Doctor {
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Scenario packs
#[derive(Subcommand)]
pub(crate) enum PackCommand {
    /// Checks a pack's rules and runs their traces
    Check {
        /// Folders of packs; without any, the shipped ones
        folders: Vec<PathBuf>,
    },
}

pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

pub(crate) fn backup(args: &Backup, lang: Lang) -> anyhow::Result<()> {
    let config = config(args.config.as_ref(), lang)?;
    if args.to.exists() {
        bail!("{} exists already", args.to.display());
    }
    let manifest = block_on(async {
        let keys = Keys::load_or_draw(&config.data.join("keys"))?;
        let copy = config.data.join("backup-in-progress.sqlite");
        let _ = std::fs::remove_file(&copy);
        let store = SqlStore::open(&config.database_url(), keys.ring).await?;
        let copied = store.copy_to(&copy).await?.is_some();
        let manifest = archive::write(
            &config.data,
            copied.then_some(copy.as_path()),
            &args.to,
            SystemClock::default().now(),
        );
        let _ = std::fs::remove_file(&copy);
        Ok(manifest?)
    })?;
    println!("{} files, verified / 已校验: {}", manifest.files.len(), args.to.display());
    archive::verify(&args.to)?;
    Ok(())
}

pub(crate) fn restore(args: &Restore) -> anyhow::Result<()> {
    let manifest = archive::restore(&args.from, &args.data)?;
    println!("{} files of {} restored into {}", manifest.files.len(), manifest.made_at, args.data.display());
    Ok(())
}

pub(crate) fn openapi() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&linli_server::openapi())?);
    Ok(())
}

pub(crate) fn say(wrong: &[Diagnostic], lang: Lang) {
    for d in wrong {
        let at = d.span.map(|s| format!(" {}:{}", s.line, s.column)).unwrap_or_default();
        eprintln!("{}{at}: {}", d.field, d.message.get(lang));
        if let Some(suggestion) = &d.suggestion {
            eprintln!("    {}", suggestion.get(lang));
        }
    }
}

pub(crate) fn pack(command: &PackCommand, lang: Lang) -> anyhow::Result<()> {
    let PackCommand::Check { folders } = command;
    let mut failed = false;
    let packs: Vec<_> = if folders.is_empty() {
        linli_pack::shipped()
    } else {
        let loaded = folders.iter().filter_map(|folder| match linli_pack::load(folder) {
            Ok(pack) => Some(pack),
            Err(wrong) => {
                say(&wrong, lang);
                failed = true;
                None
            }
        });
        loaded.collect()
    };
    for pack in &packs {
        match linli_pack::check(pack) {
            Ok(Checked { rules, traces, thresholds }) => {
                println!("{}: {rules} rules, {traces} traces, {thresholds} thresholds", pack.code);
                let width = pack.rules.iter().map(|r| r.plan.rule.len()).max().unwrap_or(0);
                for rule in &pack.rules {
                    println!("  {:width$}  cost {}", rule.plan.rule, linli_rule::cost(&rule.plan));
                }
            }
            Err(wrong) => {
                say(&wrong, lang);
                failed = true;
            }
        }
    }
    if failed { bail!("some packs are not in order") } else { Ok(()) }
}

/// One line per matter: `ok`, `soon` for what will have to be done, `!` for what is wrong now, with what to do.
pub(crate) fn doctor(args: &Doctor, lang: Lang) -> anyhow::Result<()> {
    let config = config(args.config.as_ref(), lang)?;
    let say = |zh: &str, en: &str| println!("{}", if lang == Lang::Zh { zh } else { en });
    say("ok   配置文件可读", "ok   the configuration can be read");
    let mut wrong = 0;
    own_tables::classes(&config)?;
    own_tables::tiers(&config)?;
    match own_tables::calendar(&config)?.alarm(SystemClock::default().now()) {
        None => say("ok   节假日数据有效", "ok   the calendar is published far enough"),
        // Nothing is broken yet, and nobody can mend it before the State Council has spoken.
        Some(alarm) => println!("soon {}", alarm.message.get(lang)),
    }
    if !config.data.exists() {
        say(
            "ok   数据目录尚不存在,首次启动时会创建",
            "ok   the data folder is not there yet; the first start makes it",
        );
        return Ok(());
    }
    wrong += key_file(&config.data, lang);
    wrong += room(&config, lang);
    let opened = block_on(async {
        let keys = Keys::load_or_draw(&config.data.join("keys"))?;
        let store = SqlStore::open(&config.database_url(), keys.ring).await?;
        store.ping().await?;
        Ok(linli_store::PeopleStore::verify_looks(&store).await?)
    });
    match opened {
        Ok(verdict) if verdict.broken_at.is_none() => say(
            "ok   数据库可用,访问日志链完整",
            "ok   the database answers and the access log's chain is whole",
        ),
        Ok(verdict) => {
            wrong += 1;
            println!(
                "!    access log / 访问日志: entry {} does not follow from the one before",
                verdict.broken_at.unwrap_or(0)
            );
        }
        Err(e) => {
            wrong += 1;
            println!("!    {e:#}");
        }
    }
    if wrong > 0 { bail!("{wrong} matters to look after") } else { Ok(()) }
}

/// Room on the disk, against the floor below which nothing new is taken.
fn room(config: &Config, lang: Lang) -> u32 {
    let floor = config.retention.free_mib_min;
    let (mark, said, wrong) = match linli_runtime::loops::watch::free_bytes(&config.data) {
        Ok(free) if free >> 20 >= floor => (
            "ok  ",
            Text::new(
                format!("磁盘剩余 {} MiB", free >> 20),
                format!("{} MiB of the disk are free", free >> 20),
            ),
            0,
        ),
        Ok(free) => {
            let zh = format!(
                "磁盘只剩 {} MiB,低于 retention.free_mib_min = {floor},新数据会被拒收:请清理磁盘",
                free >> 20
            );
            let en = format!(
                "only {} MiB are free, below retention.free_mib_min = {floor}: nothing new is taken; free some space",
                free >> 20
            );
            ("!   ", Text::new(zh, en), 1)
        }
        Err(fault) => ("!   ", Text::new(fault.what.clone(), fault.what), 1),
    };
    println!("{mark} {}", said.get(lang));
    wrong
}

#[cfg(unix)]
fn key_file(data: &Path, lang: Lang) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let path = data.join("keys/installation.key");
    let Ok(meta) = std::fs::metadata(&path) else { return 0 };
    if meta.permissions().mode() & 0o077 == 0 {
        println!(
            "{}",
            if lang == Lang::Zh {
                "ok   密钥文件仅本用户可读"
            } else {
                "ok   the key file is readable by its owner only"
            }
        );
        return 0;
    }
    println!("!    chmod 600 {}", path.display());
    1
}
