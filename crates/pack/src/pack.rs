//! A pack: a scenario as a folder — `pack.toml` and `rules/*.toml` — read and checked.
//!
//! Invariants
//! - PK1 A pack that exists has only rules that pass the check, each in the file of its own name.
//! - PK2 [`check`] runs every trace; a rule without a trace that fires, one that narrowly misses, one in which something
//!   comes late and one that ends does not pass, nor one with a number that is not crossed from both sides (proof.rs).
//!   What can be run is bounded (TR3, PF2, [`TRACE_LINES_MAX`]).

use crate::{
    proof::{Proof, TRIES_MAX},
    trace::{self, Manner, Trace},
};
use linli_model::{Diagnostic, Instant, RegistryChange, RegistryEntry, Text};
use linli_rule::{Catalogue, RulePlan};
use serde::Deserialize;
use std::{path::Path, sync::Arc};

#[derive(Clone, Debug)]
pub struct Pack {
    pub code: String,
    pub name: Text,
    pub about: Text,
    pub rules: Vec<PackRule>,
}

#[derive(Clone, Debug)]
pub struct PackRule {
    pub file: String,
    pub text: String,
    pub plan: Arc<RulePlan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackText {
    pack: String,
    name: Text,
    about: Text,
}

/// A pack from its files, by name: `pack.toml`, `rules/x.toml`.
pub fn from_files<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    catalogue: &Catalogue,
) -> Result<Pack, Vec<Diagnostic>> {
    let (mut head, mut rules, mut wrong) = (None, Vec::new(), Vec::new());
    for (file, text) in files {
        if file == "pack.toml" {
            match toml::from_str::<PackText>(text) {
                Ok(read) => head = Some(read),
                Err(e) => wrong.push(in_file(
                    file,
                    Diagnostic::new(
                        "syntax",
                        "",
                        format!("读不懂:{}", e.message()),
                        format!("Cannot be read: {}", e.message()),
                    ),
                )),
            }
            continue;
        }
        match linli_rule::check(text, catalogue) {
            Ok(plan) => {
                if file != format!("rules/{}.toml", plan.rule) {
                    wrong.push(in_file(
                        file,
                        Diagnostic::new(
                            "file_name",
                            "rule",
                            format!("规则 {} 应在文件 rules/{}.toml 里。", plan.rule, plan.rule),
                            format!("The rule {} belongs in the file rules/{}.toml.", plan.rule, plan.rule),
                        ),
                    ));
                }
                rules.push(PackRule { file: file.to_owned(), text: text.to_owned(), plan });
            }
            Err(found) => wrong.extend(found.into_iter().map(|d| in_file(file, d))),
        }
    }
    if head.is_none() && wrong.is_empty() {
        wrong.push(Diagnostic::new("missing_file", "pack.toml", "缺少 pack.toml。", "pack.toml is missing."));
    }
    match head {
        Some(head) if wrong.is_empty() => {
            rules.sort_by(|a, b| a.file.cmp(&b.file));
            Ok(Pack { code: head.pack, name: head.name, about: head.about, rules })
        }
        _ => Err(wrong),
    }
}

/// A pack from a folder.
pub fn load(dir: &Path) -> Result<Pack, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut wrong = Vec::new();
    let mut take = |name: String, path: &Path| match std::fs::read_to_string(path) {
        Ok(text) => files.push((name, text)),
        Err(e) => wrong.push(Diagnostic::new(
            "unreadable",
            name,
            format!("无法读取:{e}"),
            format!("Cannot be read: {e}"),
        )),
    };
    take("pack.toml".to_owned(), &dir.join("pack.toml"));
    let mut rules: Vec<_> = std::fs::read_dir(dir.join("rules"))
        .map(|entries| {
            entries
                .flatten()
                .map(|e| e.path())
                .filter(|p| p.extension().is_some_and(|x| x == "toml"))
                .collect()
        })
        .unwrap_or_default();
    rules.sort();
    for path in &rules {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        take(format!("rules/{name}"), path);
    }
    let read = from_files(files.iter().map(|(n, t)| (n.as_str(), t.as_str())), &Catalogue::shipped());
    match read {
        Ok(pack) if wrong.is_empty() => Ok(pack),
        Ok(_) => Err(wrong),
        Err(more) => {
            wrong.extend(more);
            Err(wrong)
        }
    }
}

fn in_file(file: &str, mut d: Diagnostic) -> Diagnostic {
    d.field = if d.field.is_empty() { file.to_owned() } else { format!("{file}: {}", d.field) };
    d
}

/// What [`check`] has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub rules: usize,
    pub traces: usize,
    /// Numbers that decide something, each crossed from both sides.
    pub thresholds: usize,
}

/// Most lines in all traces of a pack: checking one takes seconds, never minutes.
pub const TRACE_LINES_MAX: usize = 2_000;

/// Runs every trace of a pack, in every manner; tells every difference, and what the traces do not prove.
pub fn check(pack: &Pack) -> Result<Checked, Vec<Diagnostic>> {
    let (mut done, mut wrong) = (Checked::default(), Vec::new());
    if pack.rules.iter().map(|r| trace::lines(&r.plan)).sum::<usize>() > TRACE_LINES_MAX {
        return Err(vec![Diagnostic::new(
            "traces_too_long",
            "trace",
            format!("一个场景包的轨迹合计最多 {TRACE_LINES_MAX} 行。"),
            format!("The traces of a pack have at most {TRACE_LINES_MAX} lines in all."),
        )]);
    }
    let config = trace::config();
    let mut proofs = Vec::new();
    for rule in &pack.rules {
        done.rules += 1;
        match run_traces(&rule.text, &rule.plan) {
            Ok(traces) => {
                done.traces += traces.len();
                let proof = Proof::of(&config, rule, traces);
                done.thresholds += proof.thresholds();
                proofs.push((&rule.file, proof));
            }
            Err(found) => wrong.extend(found.into_iter().map(|d| in_file(&rule.file, d))),
        }
    }
    if proofs.iter().map(|p| p.1.size()).sum::<usize>() > TRIES_MAX {
        wrong.push(Diagnostic::new(
            "too_much_to_try",
            "trace",
            "这个场景包的数和轨迹太多,无法逐个试过;请拆成几个包,或缩短轨迹。",
            "This pack has too many numbers and too long traces to try each; make several packs of it, or shorten the traces.",
        ));
    } else {
        for (file, proof) in proofs {
            wrong.extend(proof.missing().into_iter().map(|d| in_file(file, d)));
        }
    }
    if wrong.is_empty() { Ok(done) } else { Err(wrong) }
}

/// Runs the traces of one rule; how many there were. What they have to prove in a pack is not asked.
pub fn check_traces(text: &str, plan: &RulePlan) -> Result<usize, Vec<Diagnostic>> {
    run_traces(text, plan).map(|traces| traces.len())
}

fn run_traces(text: &str, plan: &RulePlan) -> Result<Vec<Trace>, Vec<Diagnostic>> {
    let (mut traces, mut wrong) = (Vec::new(), Vec::new());
    trace::check_lengths(plan).map_err(|d| vec![d])?;
    for written in &plan.traces {
        let read = match trace::read(plan, written) {
            Ok(read) => read,
            Err(found) => {
                wrong.extend(found);
                continue;
            }
        };
        for manner in [Manner::Plain, Manner::Twice, Manner::Restored] {
            let (found, _) = trace::run(text, plan, &read, manner);
            if found != read.expected {
                let list = |o: &[trace::Outcome]| {
                    let lines: Vec<String> = o.iter().map(ToString::to_string).collect();
                    if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
                };
                let (want, got) = (list(&read.expected), list(&found));
                let code = match manner {
                    Manner::Plain => "trace_differs",
                    Manner::Twice => "trace_differs_twice",
                    Manner::Restored => "trace_differs_restored",
                };
                wrong.push(
                    Diagnostic::new(
                        code,
                        format!("trace.{}", written.name),
                        format!("期望:{want}。实际:{got}。"),
                        format!("Expected: {want}. Found: {got}."),
                    )
                    .at(written.line, 1),
                );
                break;
            }
        }
        traces.push(read);
    }
    if wrong.is_empty() { Ok(traces) } else { Err(wrong) }
}

impl Pack {
    /// The registry changes that put this pack in force.
    pub fn switch_on(&self, effective_at: Instant, first_seq: u64) -> Vec<RegistryEntry> {
        let each = self.rules.iter().enumerate().map(|(i, r)| RegistryEntry {
            seq: first_seq + i as u64,
            effective_at,
            change: RegistryChange::RuleSet {
                pack: self.code.clone(),
                rule: r.plan.rule.clone(),
                version: r.plan.version,
                text: r.text.clone(),
            },
        });
        each.collect()
    }
}
