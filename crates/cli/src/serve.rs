//! `linli serve`: an installation, by its configuration.

use anyhow::{Context, bail};
use clap::Args;
use linli_model::Lang;
use linli_runtime::{Config, Installation, Options, SystemClock};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

/// Runs an installation; on an empty data folder it leads through the first set-up
#[derive(Args)]
pub(crate) struct Serve {
    /// Settings; without it the defaults and ./data
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Reads the settings; every mistake is said at once.
pub(crate) fn config(path: Option<&PathBuf>, lang: Lang) -> anyhow::Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    Config::check(&text, &folder).map_err(|wrong| {
        let lines: Vec<_> = wrong
            .iter()
            .map(|d| {
                let at = d.span.map(|s| format!(":{}:{}", s.line, s.column)).unwrap_or_default();
                format!("{}{at} {}: {}", path.display(), d.field, d.message.get(lang))
            })
            .collect();
        anyhow::anyhow!(lines.join("\n"))
    })
}

pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another program there? Choose another with --listen or LINLI_LISTEN"))
}

/// Stops in order on SIGINT and SIGTERM.
pub(crate) fn until_told_to_stop(house: &Arc<Installation>) {
    let stop = house.stop.clone();
    house.tasks.spawn(async move {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        let told = async {
            match &mut terminate {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = told => {}
            () = stop.cancelled() => {}
        }
        stop.cancel();
    });
}

pub(crate) fn run(args: &Serve, lang: Lang) -> anyhow::Result<()> {
    let config = config(args.config.as_ref(), lang)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let address = config.listen;
        if config.data.join("demo.txt").exists() {
            bail!("{} holds a demo; `linli serve` needs a folder of its own", config.data.display());
        }
        let house = Installation::open(Options {
            config,
            clock: Arc::new(SystemClock::default()),
            demo_accounts: Vec::new(),
            ticks_from: Arc::new(|| true),
            office: String::new(),
            phone: None,
        })
        .await?;
        switch_on_packs(&house).await?;
        let listener = listen(address).await?;
        let token = &house.state.setup_token;
        if !token.is_empty() {
            println!("first administrator / 首次设置管理员: setup http://{address}/setup?token={token}");
        }
        println!("ready http://{address}");
        until_told_to_stop(&house);
        house.serve(listener).await?;
        Ok(())
    })
}

/// A new installation begins with the shipped packs in force; a newer version of a rule replaces the older.
async fn switch_on_packs(house: &Installation) -> anyhow::Result<()> {
    use linli_model::RegistryChange;
    let registry = linli_server::rules::past::registry(&*house.store).await?;
    let standing = linli_model::standings(&registry);
    let mut known = std::collections::BTreeMap::new();
    for entry in &registry {
        if let RegistryChange::RuleSet { rule, version, .. } = &entry.change {
            known.insert(rule.clone(), *version);
        }
    }
    // What is suspended comes back by two people, never by a newer version of its pack.
    known.extend(standing.into_iter().filter(|s| s.suspended).map(|s| (s.rule, u32::MAX)));
    let now = house.state.now();
    let mut changes = Vec::new();
    for pack in linli_pack::shipped() {
        for entry in pack.switch_on(now, 1) {
            let RegistryChange::RuleSet { rule, version, .. } = &entry.change else { continue };
            if known.get(rule).is_none_or(|v| v < version) {
                changes.push(linli_store::Change::Registry {
                    effective_at: now,
                    change: Box::new(entry.change),
                });
            }
        }
    }
    if !changes.is_empty() {
        let commit = linli_store::Commit { at: now, changes, ..Default::default() };
        house.store.commit(commit).await?;
    }
    Ok(())
}
