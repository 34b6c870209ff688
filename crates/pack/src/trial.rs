//! The days of a partition's past, lived through by several sides at once.
//!
//! The past comes as the history keeps it, a local day at a time, with numbers for texts; it is put in order once for all
//! sides.
//!
//! Invariants
//! - TX1 Each side's transcript is the one that the same readings give as entries of the log (`tests/columnar.rs`).
//! - TX2 Memory is bounded by two days of readings and by what rules keep.
//! - TX3 Clocks were set right before the rows came (BT3).

use crate::backtest::{Range, STEP, Variant, net, without_clocks};
use linli_engine::{Engine, Explanation, Rerun, Timeline};
use linli_model::{Block, Finding, Instant, Millis, Names, RegistryChange, RegistryEntry, Subject};

/// Readings may count so much before or after the local day they are kept in.
const SHIFT_MAX: Millis = Millis::days(1);

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
        entries.push(at(Instant(0), variant.set()));
        let own = variant.values.iter().flatten().chain(&variant.terms);
        entries.extend(own.map(|change| at(Instant(0), change.clone())));
    }
    let codes: Vec<String> = variants.iter().map(Variant::code).collect();
    let find = |rule: &String| codes.iter().position(|code| code == rule).map(|i| &variants[i]);
    let takes = |entry: &&RegistryEntry| match &entry.change {
        RegistryChange::RuleSet { .. }
        | RegistryChange::RuleRemoved { .. }
        | RegistryChange::RuleSuspension { .. }
        | RegistryChange::AreaRuleSet { .. }
        | RegistryChange::AreaRuleRemoved { .. } => false,
        RegistryChange::OverrideSet { rule, .. } | RegistryChange::OverrideRemoved { rule, .. } => {
            find(rule).is_some_and(|v| v.values.is_none())
        }
        RegistryChange::TermSet { rule, area, term, .. } => {
            find(rule).is_some_and(|v| !v.tries(area, &term.key()))
        }
        RegistryChange::TermRemoved { rule, area, key } => find(rule).is_some_and(|v| !v.tries(area, key)),
        _ => entry.effective_at < range.to,
    };
    entries
        .extend(range.registry.iter().filter(takes).map(|e| at(e.effective_at, without_clocks(&e.change))));
    entries
}
