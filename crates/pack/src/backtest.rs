//! Backtests: what a rule, or a change of it, would have found in the past, and how that differs from the rule in force.
//!
//! The same engine as live runs once with the rule as it is in force and once with the candidate, over the same readings
//! and the registry as of its time. Both begin a rule's look-back before the range, so that neither starts cold. Here are what
//! is tried, what became of it, and the past played from whole readings, as a question about one subject needs it; trial.rs
//! plays the days of whole partitions.
//!
//! Invariants
//! - BT1 Nothing but the engine decides: the difference is between two transcripts.
//! - BT2 Every episode of either side is counted once: as same, moved, added or removed.
//! - BT3 Clocks were set right by when each reading was received, before the run: what the registry says of clocks is not
//!   applied again.
//! - BT4 What holds at the range's beginning began there or earlier: how much earlier a look-back cannot say, and so it is said
//!   with it ([`began_before`]). No moment is made up: silence counts from where the past that is read begins
//!   (`EngineConfig::known_from`), not from when somebody was registered.

use linli_engine::{Engine, EngineConfig, Explanation};
use linli_model::{
    AreaId, AreaPath, Diagnostic, Finding, FindingChange, FindingId, FindingKind, Instant, LogEntry, Millis,
    Reading, ReadingBatch, RegistryChange, RegistryEntry, SourceId, Subject, finding::ParameterUsed,
    own_code,
};
use linli_rule::{Catalogue, RulePlan};
use std::{collections::BTreeMap, sync::Arc};

/// Readings of one step; between two steps a run can be cancelled.
pub(crate) const STEP: usize = 4096;

/// A rule with the values it is tried with.
#[derive(Clone, Debug)]
pub struct Variant {
    pub text: String,
    pub plan: Arc<RulePlan>,
    /// Values for the whole range, by area and parameter; None takes the areas' own as they were registered.
    pub values: Option<Vec<RegistryChange>>,
    /// Terms for the whole range; each takes the place of what its area set of the same kind.
    pub terms: Vec<RegistryChange>,
    /// The area whose own rule it is; None: the street's.
    pub own: Option<(AreaId, AreaPath)>,
}

impl Variant {
    /// As it is in force, with the areas' values as of their time.
    pub fn in_force(text: &str, catalogue: &Catalogue) -> Result<Variant, Vec<Diagnostic>> {
        let plan = linli_rule::check(text, catalogue)?;
        Ok(Variant { text: text.to_owned(), plan, values: None, terms: Vec::new(), own: None })
    }

    /// An area's own rule, whether it is in force or not.
    pub fn of_area(
        text: &str,
        (area, path): (&AreaId, &AreaPath),
        catalogue: &Catalogue,
    ) -> Result<Variant, Vec<Diagnostic>> {
        let own = Some((area.clone(), path.clone()));
        Ok(Variant { own, ..Variant::in_force(text, catalogue)? })
    }

    /// Its code in the engine.
    pub fn code(&self) -> String {
        match &self.own {
            Some((area, _)) => own_code(&self.plan.rule, area, false),
            None => self.plan.rule.clone(),
        }
    }

    /// What puts an area's own rule in force; printed, because a number of its plan may be nudged.
    pub(crate) fn set(&self) -> RegistryChange {
        let (rule, version, text) =
            (self.plan.rule.clone(), self.plan.version, linli_rule::print(&self.plan));
        let by = || "backtest".to_owned();
        match self.own.clone() {
            Some((area, area_path)) => RegistryChange::AreaRuleSet {
                area,
                area_path,
                rule,
                version,
                text,
                shadow: false,
                set_by: by(),
            },
            None => RegistryChange::RuleSet { pack: by(), rule, version, text },
        }
    }

    pub(crate) fn tries(&self, area: &AreaId, key: &str) -> bool {
        self.terms.iter().any(|change| match change {
            RegistryChange::TermSet { area: a, term, .. } => a == area && term.key() == key,
            _ => false,
        })
    }
}

/// A reading with the source it came from; its `observed_at` is its event time, set right by what is known of its
/// device's clock (BT3).
#[derive(Clone, Debug)]
pub struct Past {
    pub source: SourceId,
    pub reading: Reading,
}

/// What a run is told: one partition, its registry, the range.
pub struct Range<'a> {
    pub config: EngineConfig,
    /// Registry changes of the partition in the order of their numbers; rules and other rules' values are passed over.
    pub registry: &'a [RegistryEntry],
    pub from: Instant,
    pub to: Instant,
}

/// The episodes of a variant that touch the range, in order of start. `readings` come in event time, from the rule's
/// look-back on; None when `goes_on` said no.
pub fn episodes(
    range: &Range<'_>,
    variant: &Variant,
    readings: &[Past],
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Option<Vec<Finding>> {
    let (_, found) = run(range, variant, readings, false, goes_on)?;
    Some(net(found, range.from, range.to))
}

/// Why a rule did or did not hold for a subject at the range's end, and its episodes until then. None: the rule keeps no
/// state for that subject.
pub fn explain(
    range: &Range<'_>,
    variant: &Variant,
    readings: &[Past],
    subject: &Subject,
) -> (Option<Explanation>, Vec<Finding>) {
    let Some((engine, mut episodes)) = watched(range, variant, readings, &mut |_| true) else {
        return (None, Vec::new());
    };
    episodes.retain(|f| f.subject == *subject);
    (engine.explain(&variant.code(), subject), episodes)
}

/// The values of a rule's parameters in force in an area at the end of a registry, with who set them.
pub fn values_at(
    config: &EngineConfig,
    variant: &Variant,
    registry: &[RegistryEntry],
    area: &AreaPath,
) -> Vec<ParameterUsed> {
    let to = Instant::MAX;
    let range = Range { config: config.clone(), registry, from: to, to };
    let played = run(&range, variant, &[], false, &mut |_| true);
    played.map_or_else(Vec::new, |(mut engine, _)| engine.parameters_at(&variant.code(), area))
}

/// As [`episodes`], with the engine at the range's end, which was watched since its beginning.
pub(crate) fn watched(
    range: &Range<'_>,
    variant: &Variant,
    readings: &[Past],
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Option<(Engine, Vec<Finding>)> {
    let (engine, found) = run(range, variant, readings, true, goes_on)?;
    Some((engine, net(found, range.from, range.to)))
}

fn run(
    range: &Range<'_>,
    variant: &Variant,
    readings: &[Past],
    watch: bool,
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Option<(Engine, Vec<Finding>)> {
    // The plan, not the text: a number of it may be nudged (near.rs).
    let mut engine = match variant.own {
        None => Engine::with_plan(range.config.clone(), variant.plan.clone(), Instant(0)),
        Some(_) => Engine::from_config(range.config.clone()),
    };
    if watch {
        engine.watch(range.from);
    }
    let mut out = Vec::new();
    let mut step = |engine: &mut Engine, change: RegistryChange, at: Instant| {
        let entry = RegistryEntry { seq: 0, effective_at: at, change };
        engine.step(&LogEntry::Registry(entry), &mut out);
    };
    let code = &variant.code();
    if variant.own.is_some() {
        step(&mut engine, variant.set(), Instant(0));
    }
    for own in variant.values.iter().flatten().chain(&variant.terms) {
        step(&mut engine, own.clone(), Instant(0));
    }
    for entry in range.registry {
        let takes = match &entry.change {
            RegistryChange::RuleSet { .. }
            | RegistryChange::RuleRemoved { .. }
            | RegistryChange::RuleSuspension { .. }
            | RegistryChange::AreaRuleSet { .. }
            | RegistryChange::AreaRuleRemoved { .. } => false,
            RegistryChange::OverrideSet { rule, .. } | RegistryChange::OverrideRemoved { rule, .. } => {
                rule == code && variant.values.is_none()
            }
            RegistryChange::TermSet { rule, area, term, .. } => {
                rule == code && !variant.tries(area, &term.key())
            }
            RegistryChange::TermRemoved { rule, area, key } => rule == code && !variant.tries(area, key),
            _ => entry.effective_at < range.to,
        };
        if takes {
            step(&mut engine, without_clocks(&entry.change), entry.effective_at);
        }
    }
    let mut done = 0;
    for part in readings.chunks(STEP) {
        for batch in batches(part) {
            engine.step(&LogEntry::Readings(batch), &mut out);
        }
        done += part.len();
        if !goes_on(done) {
            return None;
        }
    }
    engine.settle_until(range.to, &mut out);
    Some((engine, out))
}

pub(crate) fn without_clocks(change: &RegistryChange) -> RegistryChange {
    let mut change = change.clone();
    if let RegistryChange::DeviceLearned { clock_offset_ms, .. } = &mut change {
        *clock_offset_ms = None;
    }
    change
}

/// Readings of one source after the other, in batches that keep the order of time.
fn batches(part: &[Past]) -> Vec<ReadingBatch> {
    let mut batches: Vec<ReadingBatch> = Vec::new();
    for past in part {
        let received_at = past.reading.observed_at;
        match batches.last_mut() {
            Some(b) if b.source == past.source => {
                b.received_at = b.received_at.max(received_at);
                b.readings.push(past.reading.clone());
            }
            _ => batches.push(ReadingBatch {
                source: past.source.clone(),
                received_at,
                readings: vec![past.reading.clone()],
                quarantined: Vec::new(),
            }),
        }
    }
    batches
}

/// The last word on each episode that lies in the range, at least in part.
pub fn net(found: Vec<Finding>, from: Instant, to: Instant) -> Vec<Finding> {
    let mut by_id: BTreeMap<FindingId, Finding> = BTreeMap::new();
    for f in found.into_iter().filter(|f| f.kind == FindingKind::Signal) {
        match (f.change, by_id.get_mut(&f.id)) {
            (FindingChange::Retracted, _) => {
                by_id.remove(&f.id);
            }
            // The beginning keeps its sentence and evidence: it is what somebody would have been told.
            (_, Some(known)) => (known.start, known.end) = (f.start, f.end),
            (_, None) => {
                by_id.insert(f.id, f);
            }
        }
    }
    let inside = |f: &Finding| f.start < to && f.end.is_none_or(|end| end >= from);
    let mut episodes: Vec<Finding> = by_id.into_values().filter(inside).collect();
    episodes.sort_by(|a, b| (a.start, &a.subject, a.id).cmp(&(b.start, &b.subject, b.id)));
    episodes
}

/// Whether an episode had begun when the range did: then its start is the latest there can be, and it may be older.
pub fn began_before(f: &Finding, from: Instant) -> bool {
    f.start < from
}

/// One episode's fate.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    Same(Finding),
    Moved { was: Box<Finding>, is: Finding },
    Added(Finding),
    Removed(Finding),
}

impl Fate {
    pub fn code(&self) -> &'static str {
        match self {
            Fate::Same(_) => "same",
            Fate::Moved { .. } => "moved",
            Fate::Added(_) => "added",
            Fate::Removed(_) => "removed",
        }
    }
    /// The episode as the candidate has it, else as it was.
    pub fn finding(&self) -> &Finding {
        match self {
            Fate::Same(f) | Fate::Moved { is: f, .. } | Fate::Added(f) | Fate::Removed(f) => f,
        }
    }
    pub fn finding_mut(&mut self) -> &mut Finding {
        match self {
            Fate::Same(f) | Fate::Moved { is: f, .. } | Fate::Added(f) | Fate::Removed(f) => f,
        }
    }
}

/// How the candidate's episodes differ from those in force, in order of start.
pub fn difference(in_force: Vec<Finding>, candidate: Vec<Finding>) -> Vec<Fate> {
    let mut left: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for f in candidate {
        left.entry(f.subject.to_string()).or_default().push(f);
    }
    let mut fates = Vec::new();
    let mut rest = Vec::new();
    for was in in_force {
        let of_subject = left.entry(was.subject.to_string()).or_default();
        match of_subject.iter().position(|f| f.start == was.start) {
            Some(i) => fates.push(met(was, of_subject.remove(i))),
            None => rest.push(was),
        }
    }
    for was in rest {
        let of_subject = left.entry(was.subject.to_string()).or_default();
        let overlaps = |f: &Finding| {
            f.start <= was.end.unwrap_or(Instant::MAX) && was.start <= f.end.unwrap_or(Instant::MAX)
        };
        match of_subject.iter().position(overlaps) {
            Some(i) => fates.push(met(was, of_subject.remove(i))),
            None => fates.push(Fate::Removed(was)),
        }
    }
    fates.extend(left.into_values().flatten().map(Fate::Added));
    fates.sort_by(|a, b| {
        let key = |f: &Fate| (f.finding().start, f.finding().subject.to_string());
        key(a).cmp(&key(b))
    });
    fates
}

fn met(was: Finding, is: Finding) -> Fate {
    if (was.start, was.end, was.severity) == (is.start, is.end, is.severity) {
        Fate::Same(is)
    } else {
        Fate::Moved { was: Box::new(was), is }
    }
}

/// How many cases findings would have come to: one about a subject joins the case before it when it begins less than
/// `quiet` after that one's end.
pub fn cases<'a>(findings: impl IntoIterator<Item = &'a Finding>, quiet: Millis) -> usize {
    let mut until: BTreeMap<String, Instant> = BTreeMap::new();
    let mut n = 0;
    let mut sorted: Vec<&Finding> = findings.into_iter().collect();
    sorted.sort_by_key(|f| f.start);
    for f in sorted {
        let end = f.end.unwrap_or(Instant::MAX);
        let open = until.entry(f.subject.to_string()).or_insert(Instant::MIN);
        if *open == Instant::MIN || f.start > open.saturating_add(quiet) {
            n += 1;
        }
        *open = (*open).max(end);
    }
    n
}

/// The areas' values that try one parameter's value in one area.
pub fn value_in(
    rule: &str,
    area: AreaId,
    area_path: AreaPath,
    parameter: &str,
    value: f64,
) -> RegistryChange {
    RegistryChange::OverrideSet {
        rule: rule.to_owned(),
        area,
        area_path,
        parameter: parameter.to_owned(),
        value,
        set_by: "backtest".to_owned(),
    }
}
