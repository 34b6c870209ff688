//! `linli rebuild`: everything derived of the cases, folded anew from their facts.

use crate::{serve::config, upkeep::block_on};
use anyhow::bail;
use clap::Args;
use linli_casework::{Case, timer_at};
use linli_model::Lang;
use linli_runtime::{class_tables, fresh::Keys, own_tables};
use linli_store_sql::SqlStore;
use std::{path::PathBuf, sync::Arc};

/// Folds every case anew from its facts and writes what differs; after an upgrade, or when in doubt
#[derive(Args)]
pub(crate) struct Rebuild {
    #[arg(long)]
    config: Option<PathBuf>,
    /// The data folder, where there is no configuration
    #[arg(long, conflicts_with = "config")]
    data: Option<PathBuf>,
    /// Only compare, byte for byte; ends with an error that names the first difference
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Rebuild, lang: Lang) -> anyhow::Result<()> {
    let mut config = config(args.config.as_ref(), lang)?;
    if let Some(data) = &args.data {
        config.data = data.clone();
    }
    if !config.data.exists() {
        bail!("{} does not exist", config.data.display());
    }
    let (newest, tiers) = (own_tables::classes(&config)?, own_tables::tiers(&config)?);
    let done = block_on(async {
        let keys = Keys::load_or_draw(&config.data.join("keys"))?;
        let store = SqlStore::open(&config.database_url(), keys.ring).await?;
        let classes = class_tables::with_kept(newest, &store).await?;
        let timer = move |case: &Case| timer_at(case, &classes, &tiers);
        Ok(store.rebuild(!args.check, Arc::new(timer)).await?)
    })?;
    let (cases, facts, differed) = (done.cases, done.facts, done.differed);
    let zh = lang == Lang::Zh;
    match &done.first {
        None if zh => println!("{cases} 件案件、{facts} 条记录,全部一致"),
        None => println!("{cases} cases, {facts} facts: all the same"),
        Some([number, column, was, is]) => {
            let said = if zh {
                format!(
                    "{cases} 件案件中 {differed} 件不一致;第一件 {number} 的 {column}:\n  存储  {was}\n  应为  {is}"
                )
            } else {
                format!(
                    "{differed} of {cases} cases differ; the first is {number}, in {column}:\n  stored  {was}\n  facts   {is}"
                )
            };
            if args.check {
                bail!(said);
            }
            println!("{said}\n{}", if zh { "已按记录重写" } else { "written anew from the facts" });
        }
    }
    Ok(())
}
