//! What a rule nearly said: the past played again with one of its numbers a little nearer to firing.
//!
//! A near miss is an episode that the rule with one number nudged by a tenth has and the rule in force has not. A number
//! is a parameter, nudged wherever it stands and as each area set it, or a number the rule's text writes out, nudged in
//! its place. Nothing is stored for it, so nothing can push it out: it is worked out from the history when somebody asks,
//! and the readings that changed nothing are only counted.
//!
//! Invariants
//! - NM1 The engine decides what would have been said; both sides hear the same readings (BT1).
//! - NM2 One number differs, nothing else; no value is nudged to nothing or below.
//! - NM3 Of several nudges with which an episode appears the smallest is told.

use crate::backtest::{Fate, Past, Range, Variant, difference, episodes, watched};
use linli_engine::Heard;
use linli_model::{
    AreaPath, Finding, Instant, Millis, RegistryChange, RegistryEntry, Subject, finding::ParameterUsed,
};
use linli_rule::{
    Catalogue, Key, Nudge, RulePlan, Scale, Threshold, nudged,
    plan::{From, Operator, Residual},
    thresholds,
};
use std::sync::Arc;

/// Most near misses that are told.
pub const MISSES_MAX: usize = 100;
/// Parts of a tenth that are tried, the whole of it first.
const SHARES: [f64; 3] = [1.0, 0.5, 0.25];

/// A number of a rule that may have kept it from firing.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Of a parameter its first place.
    pub threshold: Threshold,
    /// Its place among the thresholds of the text.
    pub place: usize,
}

/// An episode that nearly was.
#[derive(Clone, Debug, PartialEq)]
pub struct NearMiss {
    /// As it would have been told.
    pub finding: Finding,
    pub number: Number,
    /// What stands there, and with what it would have fired; in the number's unit.
    pub value: f64,
    pub fires_at: f64,
    /// How much of itself it was nudged by: 0.1, 0.05 or 0.025; of counts and hours what one is of it.
    pub share: f64,
    /// The rule with the number nudged.
    pub plan: Arc<RulePlan>,
}

impl NearMiss {
    /// The parameters as they were in force, not as nudged.
    pub fn in_force(&self) -> Vec<ParameterUsed> {
        let mut used = self.finding.evidence.parameters.clone();
        for p in &mut used {
            if Some(&p.name) == self.number.threshold.parameter.as_ref() {
                p.value = self.value;
            }
        }
        used
    }
}

/// Whom it is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    Subject(&'a Subject),
    Areas(&'a [AreaPath]),
}

impl Of<'_> {
    fn concerns(&self, f: &Finding) -> bool {
        match self {
            Of::Subject(s) => f.subject == **s,
            Of::Areas(within) => within.iter().any(|w| f.area_path.within(w)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Nearness {
    pub heard: Heard,
    /// Episodes that were told.
    pub told: usize,
    /// The nearest first.
    pub misses: Vec<NearMiss>,
    /// There are more than [`MISSES_MAX`].
    pub more: bool,
}

/// The numbers of a rule, a parameter once.
pub fn numbers(text: &str, catalogue: &Catalogue) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    for (place, threshold) in thresholds(text, catalogue).into_iter().enumerate() {
        let known =
            |n: &Number| n.threshold.parameter.is_some() && n.threshold.parameter == threshold.parameter;
        if !found.iter().any(known) {
            found.push(Number { threshold, place });
        }
    }
    found
}

/// How often the past is played at most for a rule with so many numbers.
pub fn plays_max(numbers: usize) -> usize {
    1 + numbers * 2 * SHARES.len()
}

/// What nearly happened in a range, and how much was heard. None when `goes_on`, which is told what share is done, said
/// no.
pub fn near_misses(
    range: &Range<'_>,
    variant: &Variant,
    readings: &[Past],
    of: Of<'_>,
    goes_on: &mut dyn FnMut(f64) -> bool,
) -> Option<Nearness> {
    let numbers = numbers(&variant.text, &range.config.catalogue);
    let plays = (1 + numbers.len() * 2) as f64;
    let (engine, in_force) = watched(range, variant, readings, &mut |_| goes_on(0.0))?;
    let rule = &variant.code();
    let heard = match of {
        Of::Subject(s) => engine.explain(rule, s).map(|e| e.heard).unwrap_or_default(),
        Of::Areas(within) => engine.heard(rule, within),
    };
    let mut misses: Vec<NearMiss> = Vec::new();
    for (n, number) in numbers.iter().enumerate() {
        for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
            let done = (1 + n * 2 + side) as f64 / plays;
            let mut sides: Vec<NearMiss> = Vec::new();
            for share in SHARES {
                let Some(try_) = Try::of(range, variant, number, sign * share) else { continue };
                let is = try_.episodes(range, readings, &mut |_| goes_on(done))?;
                let added = difference(in_force.clone(), is).into_iter().filter_map(|f| match f {
                    Fate::Added(f) if of.concerns(&f) => Some(f),
                    _ => None,
                });
                let before = sides.len();
                let mut nearer = 0;
                for finding in added {
                    nearer += 1;
                    let miss = try_.miss(finding, number);
                    match sides.iter_mut().find(|m| overlap(&m.finding, &miss.finding)) {
                        Some(known) => *known = miss,
                        None => sides.push(miss),
                    }
                }
                if nearer == 0 || (before == 0 && number.threshold.scale == Scale::One) {
                    break;
                }
            }
            misses.append(&mut sides);
        }
    }
    misses.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.finding.start.cmp(&b.finding.start)));
    let more = misses.len() > MISSES_MAX;
    misses.truncate(MISSES_MAX);
    let told = in_force.iter().filter(|f| of.concerns(f)).count();
    Some(Nearness { heard, told, misses, more })
}

fn overlap(a: &Finding, b: &Finding) -> bool {
    let end = |f: &Finding| f.end.unwrap_or(Instant::MAX);
    a.subject == b.subject && a.start <= end(b) && b.start <= end(a)
}

/// A rule with one number nudged.
struct Try {
    variant: Variant,
    /// Where areas set the parameter themselves, theirs are nudged, too.
    registry: Option<Vec<RegistryEntry>>,
    /// What stood somewhere, and what stands there now.
    values: Vec<(f64, f64)>,
}

impl Try {
    fn of(range: &Range<'_>, variant: &Variant, number: &Number, by: f64) -> Option<Try> {
        match &number.threshold.parameter {
            Some(name) => Try::of_parameter(range, variant, name, &number.threshold, by),
            None => {
                let threshold = &number.threshold;
                let to = nudged_value(threshold, threshold.value, by)?;
                let nudge = Nudge { threshold: number.place, by: to - threshold.value };
                let plan = nudged(&variant.text, &range.config.catalogue, nudge)?;
                let variant = Variant { plan, ..variant.clone() };
                Some(Try { variant, registry: None, values: vec![(threshold.value, to)] })
            }
        }
    }

    fn of_parameter(
        range: &Range<'_>,
        variant: &Variant,
        name: &str,
        threshold: &Threshold,
        by: f64,
    ) -> Option<Try> {
        let mut plan = RulePlan::clone(&variant.plan);
        let p = plan.parameters.iter_mut().find(|p| p.name == name)?;
        let mut values = vec![(p.value, nudged_value(threshold, p.value, by)?)];
        p.value = values[0].1;
        // What is tried need not be what an area may set.
        (p.min, p.max) = (f64::MIN, f64::MAX);
        let rule = plan.rule.clone();
        let mut nudge = |change: &mut RegistryChange| {
            let RegistryChange::OverrideSet { rule: r, parameter, value, .. } = change else { return };
            if *r != rule || parameter != name {
                return;
            }
            let to = nudged_value(threshold, *value, by).unwrap_or(*value);
            values.push((*value, to));
            *value = to;
        };
        let mut registry = range.registry.to_vec();
        registry.iter_mut().for_each(|e| nudge(&mut e.change));
        let mut own = variant.values.clone();
        own.iter_mut().flatten().for_each(nudge);
        let variant = Variant { plan: Arc::new(plan), values: own, ..variant.clone() };
        Some(Try { variant, registry: Some(registry), values })
    }

    fn episodes(
        &self,
        range: &Range<'_>,
        readings: &[Past],
        goes_on: &mut dyn FnMut(usize) -> bool,
    ) -> Option<Vec<Finding>> {
        let registry = self.registry.as_deref().unwrap_or(range.registry);
        let range = Range { config: range.config.clone(), registry, from: range.from, to: range.to };
        episodes(&range, &self.variant, readings, goes_on)
    }

    fn miss(&self, finding: Finding, number: &Number) -> NearMiss {
        let used = number
            .threshold
            .parameter
            .as_ref()
            .and_then(|name| finding.evidence.parameters.iter().find(|p| p.name == *name))
            .map(|p| p.value);
        let of_used = used.and_then(|used| self.values.iter().find(|(_, to)| *to == used));
        let (value, fires_at) = *of_used.unwrap_or(&self.values[0]);
        let share = if value == 0.0 { 1.0 } else { ((fires_at - value) / value).abs() };
        let (number, plan) = (number.clone(), self.variant.plan.clone());
        NearMiss { finding, number, value, fires_at, share: (share * 1e4).round() / 1e4, plan }
    }
}

/// A value moved by so much of its tolerance; None where there is no such step, or nothing would be left of it.
fn nudged_value(threshold: &Threshold, value: f64, by: f64) -> Option<f64> {
    let tolerance = Threshold { value, ..threshold.clone() }.tolerance() * by;
    let whole = matches!(threshold.scale, Scale::Count | Scale::One);
    if whole && tolerance.fract() != 0.0 {
        return None;
    }
    let to = value + tolerance;
    (value <= 0.0 || to > 0.0).then_some(to)
}

/// What of the readings can bear on a subject. Exact: all of them where others' readings may matter to it.
pub fn bearing_on(plan: &RulePlan, subject: &Subject, readings: Vec<Past>) -> Vec<Past> {
    let looks_beyond = plan.nodes.iter().any(|n| {
        matches!(
            &n.operator,
            Operator::Absent(_)
                | Operator::Roll(_)
                | Operator::Residual(Residual { from: From::Neighbours { .. }, .. })
        )
    });
    if plan.key != Key::Device || looks_beyond {
        return readings;
    }
    readings.into_iter().filter(|r| r.reading.device.as_str() == subject.id).collect()
}

/// How long a finding had to go on before it counted: a hold time, an absence.
pub fn pending_before(plan: &RulePlan, finding: &Finding) -> Option<Millis> {
    let value = |p: &linli_rule::Parameter| {
        finding.evidence.parameters.iter().find(|u| u.name == p.name).map_or(p.value, |u| u.value)
    };
    let values: Vec<f64> = plan.parameters.iter().map(value).collect();
    let span = match &plan.signal().operator {
        Operator::Level(p) => p.hold.millis(&values),
        Operator::Absent(p) => p.span.millis(&values),
        Operator::Within(p) => p.span.millis(&values),
        _ => 0,
    };
    (span > 0).then_some(Millis(span))
}
