//! Running lives through engines, and saying where two runs differ.

use crate::life::Life;
use linli_engine::{Counters, Engine};
use linli_model::{Finding, FindingChange, FindingId, FindingKind, Instant, LogEntry};
use std::collections::BTreeMap;

/// What a check found wrong: lines a person can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(pub Vec<String>);

impl Difference {
    pub fn of(line: impl Into<String>) -> Difference {
        Difference(vec![line.into()])
    }
}

/// An engine after its entries, and what it found.
pub struct Ran {
    pub engine: Engine,
    pub found: Vec<Finding>,
    /// By entry: how many findings there were behind it.
    pub behind: Vec<usize>,
}

pub fn run(life: &Life) -> Ran {
    run_entries(life, &life.entries())
}

pub fn run_entries(life: &Life, entries: &[LogEntry]) -> Ran {
    let mut ran = Ran::of(Engine::from_config(life.config()));
    ran.go_on(entries);
    ran
}

impl Ran {
    pub fn of(engine: Engine) -> Ran {
        Ran { engine, found: Vec::new(), behind: Vec::new() }
    }
    pub fn go_on(&mut self, entries: &[LogEntry]) {
        for entry in entries {
            self.engine.step(entry, &mut self.found);
            self.behind.push(self.found.len());
        }
    }
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }
}

/// A finding in one line.
pub fn say(f: &Finding) -> String {
    let readings: Vec<&str> = f.evidence.readings.iter().map(|r| r.id.as_str()).collect();
    format!(
        "{} {:?} {:?} {} v{} {} .. {} decided {} of {readings:?}",
        f.rule,
        f.kind,
        f.change,
        f.subject,
        f.rule_version,
        say_time(f.start),
        f.end.map_or_else(|| "open".to_owned(), say_time),
        say_time(f.decided_at),
    )
}

/// `d4 08:00:30.001`
pub fn say_time(at: Instant) -> String {
    let ms = at.0 - crate::life::DAY_ONE;
    let (day, rest) = (ms.div_euclid(86_400_000) + 1, ms.rem_euclid(86_400_000));
    let (h, m, s, left) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    match (s, left) {
        (0, 0) => format!("d{day} {h:02}:{m:02}"),
        (_, 0) => format!("d{day} {h:02}:{m:02}:{s:02}"),
        _ => format!("d{day} {h:02}:{m:02}:{s:02}.{left:03}"),
    }
}

/// Two transcripts to the letter: order, evidence, sentences, times of decision.
pub fn same_to_the_letter(left: &[Finding], right: &[Finding]) -> Result<(), Difference> {
    let at = left.iter().zip(right).position(|(l, r)| l != r);
    let at = match at {
        Some(at) => at,
        None if left.len() == right.len() => return Ok(()),
        None => left.len().min(right.len()),
    };
    let line = |side: &[Finding]| side.get(at).map_or_else(|| "(nothing more)".to_owned(), say);
    let mut lines = vec![
        format!("finding {at}:"),
        format!("  one:   {}", line(left)),
        format!("  other: {}", line(right)),
    ];
    if let (Some(l), Some(r)) = (left.get(at), right.get(at))
        && say(l) == say(r)
    {
        lines.extend([format!("  one:   {l:?}"), format!("  other: {r:?}")]);
    }
    Err(Difference(lines))
}

/// Two transcripts but for when and in which order it was decided.
pub fn same_but_for_when(left: &[Finding], right: &[Finding]) -> Result<(), Difference> {
    let timeless = |side: &[Finding]| {
        let mut side: Vec<Finding> = side.to_vec();
        side.iter_mut().for_each(|f| f.decided_at = Instant(crate::life::DAY_ONE));
        side.sort_by_key(|f| (f.id, f.change as u8, f.end));
        side
    };
    same_to_the_letter(&timeless(left), &timeless(right))
}

/// A finding as it stands after all that was said about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Net {
    pub kind: &'static str,
    pub rule: String,
    pub subject: String,
    pub start: i64,
    pub end: Option<i64>,
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.end.map_or_else(|| "open".to_owned(), |e| say_time(Instant(e)));
        write!(f, "{} {} {} {} .. {end}", self.rule, self.kind, self.subject, say_time(Instant(self.start)))
    }
}

/// What stands in the end: opened, amended, ended and retracted applied by id.
pub fn net(found: &[Finding]) -> Result<Vec<Net>, Difference> {
    let mut by_id: BTreeMap<FindingId, Vec<Net>> = BTreeMap::new();
    for f in found {
        let standing = by_id.entry(f.id).or_default();
        let net = Net {
            kind: if f.kind == FindingKind::Signal { "signal" } else { "coverage" },
            rule: f.rule.clone(),
            subject: f.subject.to_string(),
            start: f.start.0,
            end: f.end.map(|e| e.0),
        };
        if f.change == FindingChange::Opened {
            standing.push(net);
            continue;
        }
        if standing.pop().is_none() {
            return Err(Difference::of(format!("nothing stands under this id: {}", say(f))));
        }
        if f.change != FindingChange::Retracted {
            standing.push(net);
        }
    }
    let mut standing: Vec<Net> = by_id.into_values().flatten().collect();
    standing.sort();
    Ok(standing)
}

/// Two sets of lines.
pub fn same_set<T: Ord + std::fmt::Display>(
    named: (&str, &str),
    left: &[T],
    right: &[T],
) -> Result<(), Difference> {
    let only = |a: &[T], b: &[T], name: &str| -> Vec<String> {
        let mut rest: Vec<&T> = b.iter().collect();
        let mut lines = Vec::new();
        for x in a {
            match rest.iter().position(|y| *y == x) {
                Some(i) => drop(rest.swap_remove(i)),
                None => lines.push(format!("only {name}: {x}")),
            }
        }
        lines
    };
    let mut lines = only(left, right, named.0);
    lines.extend(only(right, left, named.1));
    if lines.is_empty() { Ok(()) } else { Err(Difference(lines)) }
}
