//! Backtests: what a rule, or a change of it, would have found in the past, and how that differs from the rule in force.
//!
//! The same engine as live runs once with the rule as it is in force and once with the candidate, over the same readings
//! and the registry as of its time. Both begin a rule's look-back before the range, so that neither starts cold. The past
//! comes as the history keeps it, a local day at a time, with numbers for texts; it is put in order once for all sides.
//!
//! Invariants
//! - BT1 Nothing but the engine decides: the difference is between two transcripts, and each is the one that the same
//!   readings give as entries of the log (`tests/columnar.rs`).
//! - BT2 Every episode of either side is counted once: as same, moved, added or removed.
//! - BT3 Memory is bounded by two days of readings and by what rules keep.

use linli_engine::{Engine, EngineConfig, Explanation, Rerun, Timeline};
use linli_model::{
    AreaId, Block, Diagnostic, Finding, FindingChange, FindingId, FindingKind, Instant, Millis, Names,
    RegistryChange, RegistryEntry, Subject,
};
use linli_rule::{Catalogue, RulePlan};
use std::{collections::BTreeMap, sync::Arc};

/// Readings of one step; between two steps a run can be cancelled.
const STEP: usize = 4096;
/// Readings may count so much before or after the local day they are kept in.
const SHIFT_MAX: Millis = Millis::days(1);

/// A rule with the values it is tried with.
#[derive(Clone, Debug)]
pub struct Variant {
    pub text: String,
    pub plan: Arc<RulePlan>,
    /// Values for the whole range, by area and parameter; None takes the areas' own as they were registered.
    pub values: Option<Vec<RegistryChange>>,
    /// Terms for the whole range; each takes the place of what its area set of the same kind.
    pub terms: Vec<RegistryChange>,
}

impl Variant {
    /// As it is in force, with the areas' values as of their time.
    pub fn in_force(text: &str, catalogue: &Catalogue) -> Result<Variant, Vec<Diagnostic>> {
        let plan = linli_rule::check(text, catalogue)?;
        Ok(Variant { text: text.to_owned(), plan, values: None, terms: Vec::new() })
    }
}

impl Variant {
    fn tries(&self, area: &AreaId, key: &str) -> bool {
        self.terms.iter().any(|change| match change {
            RegistryChange::TermSet { area: a, term, .. } => a == area && term.key() == key,
            _ => false,
        })
    }
}

/// What a run is told: one partition, its registry, the range.
pub struct Range<'a> {
    pub config: EngineConfig,
    /// Registry changes of the partition in the order of their numbers; rules and other rules' values are passed over.
    pub registry: &'a [RegistryEntry],
    pub from: Instant,
    pub to: Instant,
}

/// Sides that live through the same past of one partition, each with rules of its own.
pub struct Trial {
    timeline: Timeline,
    sides: Vec<(Rerun, Vec<Finding>)>,
    from: Instant,
    to: Instant,
    /// Readings lived through.
    readings: usize,
}

impl Trial {
    pub fn of(range: &Range<'_>, sides: &[&[Variant]]) -> Trial {
        let side = |variants: &&[Variant]| {
            let engine = Engine::from_config(range.config.clone());
            (Rerun::of(engine, entries_for(range, variants)), Vec::new())
        };
        Trial {
            timeline: Timeline::of(range.config.skew_max),
            sides: sides.iter().map(side).collect(),
            from: range.from,
            to: range.to,
            readings: 0,
        }
    }

    pub fn readings(&self) -> usize {
        self.readings
    }

    /// Lives through a day of the past, which begins at `start`; days come in their order, from the rules' look-back on.
    /// False when `goes_on` said no; then the trial is of no more use.
    pub fn live_through(
        &mut self,
        block: &Block,
        start: Instant,
        names: &Names,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> bool {
        self.timeline.take(&block.rows, names);
        self.live_until(start.saturating_sub(SHIFT_MAX), names, goes_on)
    }

    fn live_until(&mut self, to: Instant, names: &Names, goes_on: &mut dyn FnMut() -> bool) -> bool {
        let moments = self.timeline.until(to.min(self.to));
        for part in moments.chunks(STEP) {
            for (rerun, found) in &mut self.sides {
                rerun.live_through(part, names, found);
            }
            self.readings += part.len();
            if !goes_on() {
                return false;
            }
        }
        true
    }

    /// Lives through what is left until the range's end.
    fn finish(&mut self, names: &Names, goes_on: &mut dyn FnMut() -> bool) -> bool {
        let goes_on = self.live_until(self.to, names, goes_on);
        for (rerun, found) in &mut self.sides {
            rerun.live_until(self.to, found);
        }
        goes_on
    }

    /// For each side everything it found, as it was told; and how many readings were lived through.
    pub fn told(mut self, names: &Names) -> (usize, Vec<Vec<Finding>>) {
        self.finish(names, &mut || true);
        (self.readings, self.sides.into_iter().map(|(_, found)| found).collect())
    }

    /// For each side the episodes that touch the range, in order of start; None when `goes_on` said no.
    pub fn episodes(
        mut self,
        names: &Names,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Option<(usize, Vec<Vec<Finding>>)> {
        if !self.finish(names, goes_on) {
            return None;
        }
        let (from, to) = (self.from, self.to);
        let found = self.sides.into_iter().map(|(_, found)| net(found, from, to)).collect();
        Some((self.readings, found))
    }

    /// Why a rule of the first side did or did not hold for a subject at the range's end, and its episodes until then.
    /// None: the rule keeps no state for that subject.
    pub fn explain(
        mut self,
        names: &Names,
        rule: &str,
        subject: &Subject,
    ) -> (Option<Explanation>, Vec<Finding>) {
        self.finish(names, &mut || true);
        let (from, to) = (self.from, self.to);
        let Some((rerun, found)) = self.sides.into_iter().next() else { return (None, Vec::new()) };
        let mut episodes = net(found, from, to);
        episodes.retain(|f| f.subject == *subject);
        (rerun.explain(rule, subject), episodes)
    }
}

/// What an engine is told before anything happens: the side's rules with what is tried, and of the registry what holds.
fn entries_for(range: &Range<'_>, variants: &[Variant]) -> Vec<RegistryEntry> {
    let at = |at: Instant, change: RegistryChange| RegistryEntry { seq: 0, effective_at: at, change };
    let mut entries = Vec::new();
    for variant in variants {
        let rule = RegistryChange::RuleSet {
            pack: "backtest".to_owned(),
            rule: variant.plan.rule.clone(),
            version: variant.plan.version,
            text: variant.text.clone(),
        };
        entries.push(at(Instant(0), rule));
        let own = variant.values.iter().flatten().chain(&variant.terms);
        entries.extend(own.map(|change| at(Instant(0), change.clone())));
    }
    let find = |rule: &String| variants.iter().find(|v| v.plan.rule == *rule);
    let takes = |entry: &&RegistryEntry| match &entry.change {
        RegistryChange::RuleSet { .. } | RegistryChange::RuleRemoved { .. } => false,
        RegistryChange::OverrideSet { rule, .. } | RegistryChange::OverrideRemoved { rule, .. } => {
            find(rule).is_some_and(|v| v.values.is_none())
        }
        RegistryChange::TermSet { rule, area, term, .. } => {
            find(rule).is_some_and(|v| !v.tries(area, &term.key()))
        }
        RegistryChange::TermRemoved { rule, area, key } => find(rule).is_some_and(|v| !v.tries(area, key)),
        _ => entry.effective_at < range.to,
    };
    entries.extend(range.registry.iter().filter(takes).map(|e| at(e.effective_at, e.change.clone())));
    entries
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
    pub fn finding_mut(&mut self) -> &mut Finding {
        match self {
            Fate::Same(f) | Fate::Moved { is: f, .. } | Fate::Added(f) | Fate::Removed(f) => f,
        }
    }
    /// The episode as the candidate has it, else as it was.
    pub fn finding(&self) -> &Finding {
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
    area_path: linli_model::AreaPath,
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
