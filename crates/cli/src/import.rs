//! `linli import`: what a mapping makes of files, row by row, before anything is taken from them.
//!
//! Invariants
//! - IC1 The counts of a file add up to its rows, and every row that is not clean can be listed with its reason.
//! - IC2 Nothing is written anywhere but to where the arguments say (`--into`, [`crate::import_into`]).

use crate::import_into as into;
use anyhow::{Context, bail};
use clap::Args;
use linli_casework::{
    CaseId, ClassTable, DoneOutcome, HOTLINE, Order, Origin, Owner, case::Satisfied, fact::Opened,
    import as casework, order_number, owner::roster::Explanation,
};
use linli_indicator::{CATALOGUE, Sum, Sums, tallies_of};
use linli_intake::file::{
    CaseReport, FileForm, Imported, ImportedCase, Mapping, MappingKind, Outcome, PromiseState, Table,
    TableRow, read_cases, read_cases_of, read_intervals, read_readings,
};
use linli_model::{AreaId, AreaPath, Diagnostic, IdSeed, Lang, Reading, Role, Severity, Text, Value};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// Reads files through a mapping and says what became of every row.
#[derive(Args, Debug)]
pub struct Import {
    /// The mapping, a TOML file (docs/formats.md)
    #[arg(long)]
    pub mapping: PathBuf,
    /// The files; gzip is recognised
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print what was accepted as NDJSON (readings in the reading format, or cases), and the counts to stderr
    #[arg(long)]
    pub print: bool,
    /// List every row that is not clean, as NDJSON, instead
    #[arg(long, conflicts_with = "print")]
    pub odd_rows: bool,
    /// Take the rows into the installation with these settings (it must not be running)
    #[arg(long, value_name = "CONFIG", conflicts_with_all = ["print", "odd_rows"])]
    pub into: Option<PathBuf>,
    /// The area imported cases belong to
    #[arg(long, requires = "into")]
    pub area: Option<String>,
}

pub fn run(args: &Import, lang: Lang) -> anyhow::Result<()> {
    let mapping = load_mapping(&args.mapping, lang)?;
    let wrong = wrong_words(&mapping);
    if !wrong.is_empty() {
        return Err(told(&args.mapping, &wrong, lang));
    }
    if let Some(settings) = &args.into {
        return take_in(args, &mapping, settings, lang);
    }
    let stdout = io::stdout().lock();
    let mut out = BufWriter::new(stdout);
    for path in &args.files {
        let file = File::open(path).with_context(|| format!("{}", path.display()))?;
        let counts = match mapping.kind {
            MappingKind::Readings => {
                let imported = read_readings(&mapping, file).map_err(|wrong| told(path, &wrong, lang))?;
                readings_out(args, &imported, &mut out)?;
                serde_json::to_value(imported.counts())?
            }
            MappingKind::Cases => {
                let report = read_case_file(&mapping, file).map_err(|wrong| told(path, &wrong, lang))?;
                cases_out(args, &report, &mut out)?;
                case_counts(&mapping, &report)
            }
            MappingKind::Intervals => {
                let intervals = read_intervals(&mapping, file).map_err(|wrong| told(path, &wrong, lang))?;
                json!({ "intervals": intervals.len() })
            }
        };
        out.flush()?;
        let line = json!({ "file": path.file_name().map(|n| n.to_string_lossy()), "mapping": mapping.name, "counts": counts });
        if args.print || args.odd_rows { eprintln!("{line}") } else { writeln!(out, "{line:#}")? }
    }
    out.flush()?;
    Ok(())
}

/// Takes every file into an installation and says what came of it.
fn take_in(args: &Import, mapping: &Mapping, settings: &PathBuf, lang: Lang) -> anyhow::Result<()> {
    let config = crate::serve::config(Some(settings), lang)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let house = into::open(config).await?;
        for path in &args.files {
            let file = File::open(path).with_context(|| format!("{}", path.display()))?;
            let taken = match mapping.kind {
                MappingKind::Readings => {
                    let imported = read_readings(mapping, file).map_err(|wrong| told(path, &wrong, lang))?;
                    into::readings(&house, &imported).await?
                }
                MappingKind::Cases => {
                    let report = read_case_file(mapping, file).map_err(|wrong| told(path, &wrong, lang))?;
                    into::cases(&house, mapping, &report, args.area.as_deref()).await?
                }
                MappingKind::Intervals => bail!("{}: labels are not taken in", mapping.name),
            };
            let name = path.file_name().map(|n| n.to_string_lossy());
            println!("{:#}", json!({ "file": name, "mapping": mapping.name, "taken": taken }));
        }
        Ok(())
    })
}

pub fn load_mapping(path: &Path, lang: Lang) -> anyhow::Result<Mapping> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    Mapping::check(&text).map_err(|wrong| told(path, &wrong, lang))
}

/// Diagnostics as one error, a line each.
pub fn told(path: &Path, wrong: &[Diagnostic], lang: Lang) -> anyhow::Error {
    let line = |d: &Diagnostic| {
        let at = d.span.map(|s| format!(":{}:{}", s.line, s.column)).unwrap_or_default();
        let hint = d.suggestion.as_ref().map(|s| format!(" {}", s.get(lang))).unwrap_or_default();
        format!("{}{at}: {} {}{hint}", path.display(), d.field, d.message.get(lang))
    };
    anyhow::anyhow!(wrong.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn readings_out(args: &Import, imported: &Imported, out: &mut impl Write) -> anyhow::Result<()> {
    if args.print {
        for (reading, _) in imported.readings() {
            writeln!(out, "{}", reading_line(reading, imported.source.as_str()))?;
        }
    }
    if args.odd_rows {
        for row in &imported.rows {
            let line = match &row.outcome {
                Outcome::Clean(_) => continue,
                Outcome::Flagged { code, readings } => {
                    let values: Vec<_> = readings
                        .iter()
                        .map(|r| json!({ "device": r.device, "at": r.observed_at, "value": plain(&r.value) }))
                        .collect();
                    json!({ "row": row.row, "outcome": "flagged", "code": code, "readings": values })
                }
                Outcome::Duplicate { of } => json!({ "row": row.row, "outcome": "duplicate", "of": of }),
                Outcome::Quarantined(q) => {
                    json!({ "row": row.row, "outcome": "quarantined", "reason": q.reason, "diagnostic": q.diagnostic, "raw": q.raw })
                }
            };
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// A reading as a line of the reading format.
pub fn reading_line(reading: &Reading, source: &str) -> String {
    let mut line = json!({
        "id": reading.id,
        "source": source,
        "device": reading.device,
        "observed_at": reading.observed_at,
        "measure": reading.measure,
        "value": plain(&reading.value),
    });
    if let Some(subject) = &reading.subject {
        line["subject"] = json!(subject);
    }
    line.to_string()
}

fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(n) => json!(n),
        Value::Flag(b) => json!(b),
        Value::Text(s) => json!(s),
    }
}

fn cases_out(args: &Import, report: &CaseReport, out: &mut impl Write) -> anyhow::Result<()> {
    if args.odd_rows {
        for diagnostic in &report.quarantined {
            writeln!(out, "{}", json!({ "outcome": "quarantined", "diagnostic": diagnostic }))?;
        }
    }
    for case in &report.cases {
        if args.print || (args.odd_rows && !case.oddities.is_empty()) {
            writeln!(out, "{}", serde_json::to_string(case)?)?;
        }
    }
    Ok(())
}

/// Counts of cases by what became of their promise, under the words of docs/guide/real-data.md.
fn case_counts(mapping: &Mapping, report: &CaseReport) -> serde_json::Value {
    let count = |state: PromiseState| report.promises.get(&state).copied().unwrap_or_default();
    let open = count(PromiseState::OpenOverdue) + count(PromiseState::OpenInTime);
    let nobody = nobody(mapping);
    let taken = to_casework(mapping, &report.cases, |_| &nobody);
    let folded = casework::account(&taken, report.as_of);
    json!({
        "rows": report.rows,
        "imported": report.imported,
        "quarantined": report.quarantined.len(),
        "due_and_closed": {
            "kept": count(PromiseState::Kept),
            "broken": count(PromiseState::Broken),
        },
        "due_but_not_closed": { "all": open, "overdue": count(PromiseState::OpenOverdue) },
        "closed_without_due_time": count(PromiseState::ClosedWithoutPromise),
        "neither_due_nor_closed": count(PromiseState::OpenWithoutPromise),
        "void": count(PromiseState::Void),
        "folded_through_casework": {
            "kept": folded.kept,
            "broken": folded.broken,
            "not_closed": folded.not_closed,
            "not_closed_overdue": folded.not_closed_overdue,
            "without_due": folded.without_due,
            "without_both": folded.without_both,
            "void": folded.void,
        },
        "indicators": indicators(&taken),
        "oddities": report.oddities,
        "statuses": report.statuses,
    })
}

/// What the indicators would make of all of them: numerator and denominator.
fn indicators(cases: &[casework::ImportedCase]) -> serde_json::Value {
    let mut sums = Sums::default();
    for case in cases {
        for tally in tallies_of(&casework::facts(case)).tallies {
            sums.add(tally.measure, Sum { n: tally.n, sum: tally.sum, excluded: 0 });
        }
    }
    let numbers = CATALOGUE.iter().map(|i| (i.code, i.number(&sums)));
    numbers
        .filter(|(_, n)| n.denominator > 0)
        .map(|(code, n)| (code.to_owned(), json!([n.numerator, n.denominator])))
        .collect()
}

/// Through the mapping's own form; a workbook is opened here.
fn read_case_file(mapping: &Mapping, mut file: File) -> Result<CaseReport, Vec<Diagnostic>> {
    if mapping.file.form != FileForm::Sheet {
        return read_cases(mapping, file);
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| {
        let (zh, en) = (format!("文件无法读取:{e}"), format!("the file cannot be read: {e}"));
        vec![Diagnostic::new("file_unreadable", "file", zh, en)]
    })?;
    let sheet = linli_sheet::read::table(&bytes).map_err(|d| vec![d])?;
    let columns: Vec<String> = sheet.header.iter().map(|h| h.trim().to_owned()).collect();
    let row = |row: linli_sheet::Row| {
        let mut fields: Vec<String> = row.cells.iter().map(|c| c.trim().to_owned()).collect();
        let raw = fields.join(",");
        // A row whose last cells are empty is shorter in the file.
        fields.resize(columns.len(), String::new());
        Ok(TableRow { number: row.number, fields, raw })
    };
    let rows = sheet.rows.into_iter().map(row).collect();
    read_cases_of(mapping, &Table { columns, rows })
}

/// Words of the mapping that stand for codes nobody knows.
fn wrong_words(mapping: &Mapping) -> Vec<Diagnostic> {
    let Some(cases) = &mapping.cases else { return Vec::new() };
    let mut wrong = Vec::new();
    let mut expect = |field: &str, words: &BTreeMap<String, String>, known: &[&str]| {
        for (word, code) in words.iter().filter(|(_, code)| !known.contains(&code.as_str())) {
            let known = known.join(", ");
            let (zh, en) = (
                format!("“{code}”不是已知代码;可用:{known}"),
                format!("\"{code}\" is no code; expected one of {known}"),
            );
            wrong.push(Diagnostic::new("mapping_wrong", format!("cases.{field}.{word}"), zh, en));
        }
    };
    expect("outcomes", &cases.outcomes, &DoneOutcome::ALL.map(DoneOutcome::code));
    expect("satisfied_words", &cases.satisfied_words, &Satisfied::ALL.map(Satisfied::code));
    let classes = ClassTable::shipped();
    expect("classes", &cases.classes, &classes.classes.iter().map(|c| c.code.as_str()).collect::<Vec<_>>());
    if let Some(channel) = cases.orders_of.as_ref().filter(|c| *c != HOTLINE) {
        let (zh, en) = (
            format!("“{channel}”不是工单来源;可用:{HOTLINE}"),
            format!("\"{channel}\" is no channel of orders; expected {HOTLINE}"),
        );
        wrong.push(Diagnostic::new("mapping_wrong", "cases.orders_of", zh, en));
    }
    wrong
}

/// The cases as casework takes them, each owned by who `owner` gives for its area, with ids that are the same at every
/// import (the mapping and the number in the other system make them).
pub fn to_casework<'a>(
    mapping: &Mapping,
    cases: &[ImportedCase],
    owner: impl Fn(&ImportedCase) -> &'a Owner,
) -> Vec<casework::ImportedCase> {
    let seed = IdSeed::of_name("linli/import").child(&mapping.name);
    let one = |case: &ImportedCase| to_one(mapping, &seed, case, owner(case));
    cases.iter().map(one).collect()
}

/// The same at every import, and where the rows are orders the same as of those filed here.
fn id_of(mapping: &Mapping, seed: &IdSeed, case: &ImportedCase) -> CaseId {
    let channel = mapping.cases.as_ref().and_then(|c| c.orders_of.as_deref());
    let order = channel.and_then(|channel| Some(Order::case_id(channel, &order_number(&case.number)?)));
    order.unwrap_or_else(|| seed.id(&case.number))
}

fn to_one(mapping: &Mapping, seed: &IdSeed, case: &ImportedCase, owner: &Owner) -> casework::ImportedCase {
    let claimed = |code: &String| DoneOutcome::ALL.into_iter().find(|o| o.code() == code);
    let satisfied = |code: &String| Satisfied::ALL.into_iter().find(|s| s.code() == code);
    // Who is heard must be somebody; who it was stays in the other system.
    let heard = case.satisfied.is_some() || case.contacted.is_some();
    let reporter = heard.then(|| seed.id(&format!("{} reporter", case.number)));
    casework::ImportedCase {
        id: id_of(mapping, seed, case),
        opened: Opened {
            number: case.number.clone(),
            class: case.class.clone(),
            class_version: 0,
            title: case.class.clone(),
            text: case.outcome.clone().unwrap_or_default(),
            place: case.place.clone().or_else(|| case.neighbourhood.clone()).unwrap_or_default(),
            area: owner.area.clone(),
            area_path: owner.area_path.clone(),
            lon: case.lon,
            lat: case.lat,
            severity: Severity::Info,
            origin: Origin::Imported { system: mapping.name.clone(), number: case.number.clone() },
            subject: None,
            reporters: reporter.into_iter().collect(),
            photos: vec![],
            owner: owner.clone(),
            explanation: Explanation {
                sentence: Text::new("自其他系统导入。", "Imported from another system."),
                area: owner.area.0.clone(),
                candidates: 1,
                ..Explanation::default()
            },
        },
        opened_at: case.opened_at,
        due_at: case.due_at,
        closed_at: case.closed_at,
        accepted_at: case.accepted_at,
        dispatched_at: case.dispatched_at,
        handled_at: case.handled_at,
        void: case.void,
        claimed: case.outcome_code.as_ref().and_then(claimed),
        satisfied: case.satisfied.as_ref().and_then(satisfied),
        contacted: case.contacted,
        reporter,
        status: case.status.clone(),
        outcome: case.outcome.clone().unwrap_or_default(),
    }
}

/// The owner of cases that are only counted, never stored.
fn nobody(mapping: &Mapping) -> Owner {
    let (seed, area) = (IdSeed::of_name("linli/import"), AreaId::new(&mapping.name));
    Owner {
        user: seed.id("user"),
        post: seed.id("post"),
        role: Role::DutyDesk,
        area_path: AreaPath::root(&area),
        area,
    }
}

/// The readings of several files through one mapping, as one stream.
pub fn read_all(mapping: &Mapping, files: &[PathBuf], lang: Lang) -> anyhow::Result<Vec<Imported>> {
    if mapping.kind != MappingKind::Readings {
        bail!("{}: this mapping is not one of readings", mapping.name);
    }
    let read = |path: &PathBuf| {
        let file = File::open(path).with_context(|| format!("{}", path.display()))?;
        read_readings(mapping, file).map_err(|wrong| told(path, &wrong, lang))
    };
    files.iter().map(read).collect()
}
