//! `linli rule fmt` and `linli rule check`: a rule's file, on its author's desk.

use crate::upkeep::say;
use anyhow::{Context, bail};
use clap::Subcommand;
use linli_model::{Diagnostic, Lang, Text};
use linli_pack::{Pack, PackRule};
use linli_rule::Catalogue;
use std::path::{Path, PathBuf};

/// Single rules
#[derive(Subcommand)]
pub(crate) enum RuleCommand {
    /// Writes rules in the one form the formatter knows; comments stay
    Fmt {
        /// Changes nothing; fails where a file is not in form
        #[arg(long)]
        check: bool,
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Checks rules, runs their traces, and says what these do not prove
    Check {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

pub(crate) fn run(command: &RuleCommand, lang: Lang) -> anyhow::Result<()> {
    let (RuleCommand::Fmt { files, .. } | RuleCommand::Check { files }) = command;
    let catalogue = Catalogue::shipped();
    let mut failed = 0;
    for file in files {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let done = match command {
            RuleCommand::Fmt { check, .. } => in_form(file, &text, *check, &catalogue)?,
            RuleCommand::Check { .. } => checked(file, text, &catalogue),
        };
        if let Err(wrong) = done {
            say(&wrong, lang);
            failed += 1;
        }
    }
    match (failed, lang) {
        (0, _) => Ok(()),
        (n, Lang::Zh) => bail!("{n} 个文件有问题"),
        (n, Lang::En) => bail!("{n} of {} files are not in order", files.len()),
    }
}

fn named(file: &Path, wrong: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let named = |d: Diagnostic| Diagnostic { field: format!("{}: {}", file.display(), d.field), ..d };
    wrong.into_iter().map(named).collect()
}

fn in_form(
    file: &Path,
    text: &str,
    check: bool,
    catalogue: &Catalogue,
) -> anyhow::Result<Result<(), Vec<Diagnostic>>> {
    let formatted = match linli_rule::format(text, catalogue) {
        Ok(formatted) => formatted,
        Err(wrong) => return Ok(Err(named(file, wrong))),
    };
    if formatted == text {
        return Ok(Ok(()));
    }
    if !check {
        std::fs::write(file, formatted).with_context(|| file.display().to_string())?;
        println!("{}", file.display());
        return Ok(Ok(()));
    }
    let line = text.lines().zip(formatted.lines()).take_while(|(is, should)| is == should).count() + 1;
    let wrong = Diagnostic::new(
        "not_in_form",
        format!("{}:{line}", file.display()),
        "写法与格式化后的不同,请运行 linli rule fmt。",
        "This is not in the formatter's form; run linli rule fmt.",
    );
    Ok(Err(vec![wrong]))
}

fn checked(file: &Path, text: String, catalogue: &Catalogue) -> Result<(), Vec<Diagnostic>> {
    let plan = linli_rule::check(&text, catalogue).map_err(|wrong| named(file, wrong))?;
    let name = format!("rules/{}.toml", plan.rule);
    let rule = PackRule { file: file.display().to_string(), text, plan: plan.clone() };
    let pack =
        Pack { code: plan.rule.clone(), name: Text::default(), about: Text::default(), rules: vec![rule] };
    let proven = linli_pack::check(&pack)?;
    println!("{name}: {} traces, {} thresholds", proven.traces, proven.thresholds);
    Ok(())
}
