//! `linli replay`: rules over reading files without a server; findings as NDJSON with their evidence, or, where the files have
//! labels, how the findings compare with them.
//!
//! Invariants
//! - RP1 The same files, mapping, rules and settings give the same output, byte for byte: time is the files' own (IF2).
//! - RP2 Rules and settings enter through entries of the log, as they do on a server.
//! - RP3 Labels are read after the last rule has run (EL2).

use crate::{
    evaluate::{self, Score, StayVerdict},
    import::{load_mapping, read_all, told},
};
use anyhow::{Context, bail};
use clap::Args;
use linli_engine::{EngineConfig, SourceTiming};
use linli_intake::file::{Imported, Interval, Mapping, read_intervals};
use linli_model::{
    AreaId, AreaPath, Finding, Instant, Lang, LogEntry, Measure, Millis, RegistryChange, RegistryEntry,
};
use linli_pack::{Pack, PackRule};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Runs rules over reading files and prints what they find.
#[derive(Args, Debug)]
pub struct Replay {
    /// The mapping of the files; without it they are NDJSON in the reading format
    #[arg(long)]
    pub mapping: Option<PathBuf>,
    /// A pack: its folder, or the code of one inside the binary; more than once for several
    #[arg(long, required = true)]
    pub pack: Vec<String>,
    /// Only these rules of the packs
    #[arg(long)]
    pub rule: Vec<String>,
    /// A parameter's value for this run, inside its bounds: rule.parameter=value
    #[arg(long)]
    pub set: Vec<String>,
    /// Print how the findings compare with the labels, instead of the findings
    #[arg(long)]
    pub score: bool,
    /// A file of labelled intervals, for --score; otherwise the mapping's own label column
    #[arg(long, requires = "labels_mapping")]
    pub labels: Option<PathBuf>,
    /// The mapping of that file
    #[arg(long)]
    pub labels_mapping: Option<PathBuf>,
    /// The reading files; gzip is recognised
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

pub fn run(args: &Replay, lang: Lang) -> anyhow::Result<()> {
    let packs = load_packs(&args.pack, &args.rule, lang)?;
    let overrides = overrides(&args.set, &packs)?;
    let mapping = match &args.mapping {
        Some(path) => load_mapping(path, lang)?,
        None => own_format(),
    };
    let imported = read_all(&mapping, &args.files, lang)?;
    let findings = replay(&mapping, &imported, &packs, &overrides);
    let mut out = BufWriter::new(io::stdout().lock());
    if args.score {
        let score = score(args, &imported, &packs, &overrides, findings, lang)?;
        writeln!(out, "{score:#}")?;
    } else {
        for finding in &findings {
            writeln!(out, "{}", serde_json::to_string(finding)?)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The reading format itself, as NDJSON.
fn own_format() -> Mapping {
    let text = include_str!("../../../mappings/readings_csv.toml").replace(
        "form = \"csv\"\nheader = true",
        "form = \"ndjson\"\ncolumns = [\"id\", \"device\", \"observed_at\", \"measure\", \"value\", \"subject\"]",
    );
    Mapping::check(&text).expect("the mapping inside the binary is right; a test reads it")
}

fn load_packs(names: &[String], only: &[String], lang: Lang) -> anyhow::Result<Vec<Pack>> {
    let mut packs = Vec::new();
    for name in names {
        let mut pack = match linli_pack::shipped().iter().find(|p| p.code == *name) {
            Some(shipped) => shipped.clone(),
            None => linli_pack::load(Path::new(name)).map_err(|wrong| told(Path::new(name), &wrong, lang))?,
        };
        pack.rules.retain(|r| only.is_empty() || only.contains(&r.plan.rule));
        packs.push(pack);
    }
    if let Some(unknown) = only.iter().find(|name| find_rule(&packs, name).is_none()) {
        bail!("no rule {unknown} in the packs given");
    }
    Ok(packs)
}

fn find_rule<'a>(packs: &'a [Pack], rule: &str) -> Option<&'a PackRule> {
    packs.iter().flat_map(|p| &p.rules).find(|r| r.plan.rule == rule)
}

/// (rule, parameter) → value.
type Overrides = BTreeMap<(String, String), f64>;

fn overrides(set: &[String], packs: &[Pack]) -> anyhow::Result<Overrides> {
    let mut overrides = Overrides::new();
    for text in set {
        let parts = text
            .split_once('=')
            .and_then(|(name, value)| Some((name.split_once('.')?, value.trim().parse::<f64>().ok()?)));
        let Some(((rule, parameter), value)) = parts else {
            bail!("--set {text}: expected rule.parameter=number")
        };
        let known =
            find_rule(packs, rule).and_then(|r| r.plan.parameters.iter().find(|p| p.name == parameter));
        let Some(known) = known else { bail!("--set {text}: no such rule and parameter in the packs given") };
        if !(known.min..=known.max).contains(&value) {
            bail!("--set {text}: expected {} to {} {}", known.min, known.max, known.unit.as_str());
        }
        overrides.insert((rule.to_owned(), parameter.to_owned()), value);
    }
    Ok(overrides)
}

/// Everything the files hold, in order of time, through a fresh engine.
fn replay(mapping: &Mapping, imported: &[Imported], packs: &[Pack], overrides: &Overrides) -> Vec<Finding> {
    let mut entries: Vec<LogEntry> = imported.iter().flat_map(Imported::entries).collect();
    entries.sort_by_key(LogEntry::logged_at);
    let Some(first) = entries.first().map(LogEntry::logged_at) else { return Vec::new() };
    let (area, area_path) = partition(mapping);
    let config = EngineConfig {
        zone: mapping.time_zone(),
        // The files are in order of time, so there is nothing to wait for.
        timing: SourceTiming { lateness: Millis::ZERO, idle: Millis::minutes(5) },
        ..EngineConfig::new(area.clone(), area_path.clone())
    };
    let registry = registry(first, &area, &area_path, imported, overrides);
    linli_pack::replay_with(config, packs, registry.into_iter().chain(entries)).collect()
}

fn partition(mapping: &Mapping) -> (AreaId, AreaPath) {
    match &mapping.readings {
        Some(readings) => readings.device.area_path(),
        None => (AreaId::new("replay"), AreaPath::root(&AreaId::new("replay"))),
    }
}

/// Devices, members and settings, in force from the first reading on.
fn registry(
    first: Instant,
    area: &AreaId,
    area_path: &AreaPath,
    imported: &[Imported],
    overrides: &Overrides,
) -> Vec<LogEntry> {
    let mut changes: Vec<RegistryChange> = Vec::new();
    for file in imported {
        changes.extend(file.registry(1).into_iter().filter_map(|entry| match entry {
            LogEntry::Registry(entry) => Some(entry.change),
            LogEntry::Readings(_) | LogEntry::Tick { .. } => None,
        }));
    }
    changes.extend(overrides.iter().map(|((rule, parameter), value)| RegistryChange::OverrideSet {
        rule: rule.clone(),
        area: area.clone(),
        area_path: area_path.clone(),
        parameter: parameter.clone(),
        value: *value,
        set_by: "replay".to_owned(),
    }));
    let entry = |(seq, change)| LogEntry::Registry(RegistryEntry { seq, effective_at: first, change });
    (1..).zip(changes).map(entry).collect()
}

fn score(
    args: &Replay,
    imported: &[Imported],
    packs: &[Pack],
    overrides: &Overrides,
    findings: Vec<Finding>,
    lang: Lang,
) -> anyhow::Result<serde_json::Value> {
    let findings = evaluate::last_words(findings);
    if let (Some(file), Some(mapping)) = (&args.labels, &args.labels_mapping) {
        let mapping = load_mapping(mapping, lang)?;
        let reader = File::open(file).with_context(|| format!("{}", file.display()))?;
        let outings = read_intervals(&mapping, reader).map_err(|wrong| told(file, &wrong, lang))?;
        return Ok(stays(imported, packs, overrides, &findings, &outings));
    }
    let mut labels: Vec<(Instant, bool)> = imported.iter().flat_map(Imported::labels).collect();
    labels.sort();
    if labels.is_empty() {
        bail!("the mapping names no label column; give --labels and --labels-mapping");
    }
    Ok(steps(&labels, &findings))
}

fn rounded(share: Option<f64>) -> serde_json::Value {
    share.map_or(serde_json::Value::Null, |s| json!((s * 1_000.0).round() / 1_000.0))
}

fn steps(labels: &[(Instant, bool)], findings: &[Finding]) -> serde_json::Value {
    let line = |score: Score, findings: usize| {
        json!({
            "findings": findings,
            "precision": rounded(score.precision()),
            "recall": rounded(score.recall()),
            "f1": rounded(score.f1()),
            "steps": score,
        })
    };
    let mut by_rule: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(&finding.rule).or_default().push(finding.clone());
    }
    let by_rule: BTreeMap<_, _> = by_rule
        .into_iter()
        .map(|(rule, found)| (rule.to_owned(), line(evaluate::score_steps(labels, &found), found.len())))
        .collect();
    let attacks = evaluate::attacks(labels, findings);
    json!({
        "labelled_steps": labels.len(),
        "labelled_positive": labels.iter().filter(|l| l.1).count(),
        "all_rules": line(evaluate::score_steps(labels, findings), findings.len()),
        "by_rule": by_rule,
        "attacks": attacks.len(),
        "attacks_found": attacks.iter().filter(|a| a.found_at.is_some()).count(),
        "attacks_in_order": attacks,
    })
}

fn stays(
    imported: &[Imported],
    packs: &[Pack],
    overrides: &Overrides,
    findings: &[Finding],
    outings: &[Interval],
) -> serde_json::Value {
    let mut verdicts: BTreeMap<StayVerdict, u64> = BTreeMap::new();
    let mut lines = Vec::new();
    for finding in findings {
        // The finding claims: not out since this long before it began.
        let span = span_of(finding, packs, overrides);
        let (from, to) = (finding.start - span, finding.end.unwrap_or(finding.start));
        let verdict = evaluate::check_stay(from, to, outings);
        *verdicts.entry(verdict).or_default() += 1;
        lines.push(json!({ "rule": finding.rule, "not_out_since": from, "start": finding.start, "end": finding.end, "verdict": verdict }));
    }
    let readings: Vec<_> = imported.iter().flat_map(|i| i.readings().map(|(r, _)| r)).collect();
    let door = Measure::new("door_open");
    let found = evaluate::outings_of(&readings, &door, Millis::ZERO, Millis::minutes(3));
    json!({
        "findings": findings.len(),
        "verdicts": verdicts,
        "findings_in_order": lines,
        "outings_by_door_and_indoor_sensors": evaluate::agreement(outings, &found),
    })
}

/// The duration the rule claims: its parameter `span`.
fn span_of(finding: &Finding, packs: &[Pack], overrides: &Overrides) -> Millis {
    let parameter =
        find_rule(packs, &finding.rule).and_then(|r| r.plan.parameters.iter().find(|p| p.name == "span"));
    let Some(parameter) = parameter else { return Millis::ZERO };
    let value = overrides.get(&(finding.rule.clone(), "span".to_owned())).copied().unwrap_or(parameter.value);
    Millis((value * parameter.unit.millis().unwrap_or(1.0)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traces_of_the_trial_rules_hold() {
        let trial = linli_pack::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../mappings/trial")))
            .unwrap();
        let checked = linli_pack::check(&trial).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        assert_eq!((checked.rules, checked.traces), (4, 14));
    }

    #[test]
    fn the_reading_format_is_a_mapping_too() {
        assert_eq!(own_format().name, "readings_csv");
    }

    #[test]
    fn a_setting_outside_the_bounds_of_its_parameter_is_refused() {
        let trial = concat!(env!("CARGO_MANIFEST_DIR"), "/../../mappings/trial").to_owned();
        let packs = load_packs(&[trial], &["home_no_outing".to_owned()], Lang::En).unwrap();
        let set = |text: &str| overrides(&[text.to_owned()], &packs).map_err(|e| e.to_string());
        assert_eq!(set("home_no_outing.span=168").unwrap().len(), 1);
        assert!(set("home_no_outing.span=169").unwrap_err().contains("expected 1 to 168 h"));
        assert!(set("home_no_outing.spam=12").unwrap_err().contains("no such"));
        assert!(set("span=12").unwrap_err().contains("rule.parameter=number"));
    }
}
