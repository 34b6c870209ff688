//! Running a trace, as it is written or with something changed.
//!
//! Invariants
//! - TR1 A trace runs through the same engine as live readings; nothing is shortened for it.
//! - RX1 What is tried (another plan, other entries) differs from the plain run in that alone.

use crate::trace::{DAY_ONE, Outcome, Trace, place};
use linli_engine::{Engine, EngineConfig};
use linli_model::{
    Finding, FindingChange, FindingKind, Instant, LogEntry, Millis, RegistryChange, RegistryEntry,
};
use linli_rule::RulePlan;
use std::sync::Arc;

/// Ways to run a trace that must all find the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Plain,
    /// Every entry arrives twice.
    Twice,
    /// A snapshot is taken and restored behind every entry.
    Restored,
}

/// The configuration every trace runs under.
pub fn config() -> EngineConfig {
    let (area, area_path) = place("");
    EngineConfig::new(area, area_path)
}

/// Runs a trace and returns what was found, in order of time.
pub fn run(rule_text: &str, plan: &RulePlan, trace: &Trace, manner: Manner) -> (Vec<Outcome>, Vec<Finding>) {
    let config = config();
    let mut engine = Engine::from_config(config.clone());
    let mut findings = Vec::new();
    let rule = LogEntry::Registry(RegistryEntry {
        seq: 0,
        effective_at: Instant(DAY_ONE - 1),
        change: RegistryChange::RuleSet {
            pack: "trace".to_owned(),
            rule: plan.rule.clone(),
            version: plan.version,
            text: rule_text.to_owned(),
        },
    });
    engine.step(&rule, &mut findings);
    for entry in &trace.entries {
        engine.step(entry, &mut findings);
        if manner == Manner::Twice {
            engine.step(entry, &mut findings);
        }
        if manner == Manner::Restored
            && let Ok(restored) = Engine::from_snapshot(config.clone(), &engine.snapshot())
        {
            engine = restored;
        }
    }
    end(&mut engine, &config, trace, &mut findings);
    (outcomes(&findings), findings)
}

/// A trace under a plan that need not be its own, with entries that need not be all of its own.
pub(crate) fn attempt<'a>(
    config: &EngineConfig,
    plan: &Arc<RulePlan>,
    trace: &Trace,
    entries: impl Iterator<Item = &'a LogEntry>,
) -> Vec<Finding> {
    let mut engine = Engine::with_plan(config.clone(), plan.clone(), Instant(DAY_ONE - 1));
    let mut findings = Vec::new();
    for entry in entries {
        engine.step(entry, &mut findings);
    }
    end(&mut engine, config, trace, &mut findings);
    findings
}

/// What is due at `until` itself still happens: the watermark has to pass it.
fn end(engine: &mut Engine, config: &EngineConfig, trace: &Trace, findings: &mut Vec<Finding>) {
    let at = trace.until + config.timing.idle + Millis(1);
    engine.step(&LogEntry::Tick { at }, findings);
}

/// In order of time.
pub(crate) fn outcomes(findings: &[Finding]) -> Vec<Outcome> {
    let mut found: Vec<Outcome> = findings.iter().flat_map(outcomes_of).collect();
    found.sort();
    found
}

fn outcomes_of(f: &Finding) -> impl Iterator<Item = Outcome> {
    let subject = f.subject.to_string();
    let outcome = move |what, at| Outcome { at, subject: subject.clone(), what };
    let (first, end) = match (f.change, f.kind) {
        (FindingChange::Ended, _) => (outcome("ended", f.end.unwrap_or(f.start)), None),
        (FindingChange::Retracted, _) => (outcome("retracted", f.start), None),
        (FindingChange::Amended, _) => (outcome("amended", f.start), f.end.map(|at| outcome("ended", at))),
        (_, FindingKind::Coverage) => (outcome("unknown", f.start), None),
        _ => (outcome("opened", f.start), None),
    };
    [Some(first), end].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::read;

    /// RX1
    #[test]
    fn a_plan_put_in_force_as_it_is_finds_what_its_text_finds() {
        let config = config();
        for rule in crate::shipped().into_iter().flat_map(|p| p.rules) {
            for written in &rule.plan.traces {
                let trace = read(&rule.plan, written).unwrap();
                let found = attempt(&config, &rule.plan, &trace, trace.entries.iter());
                assert_eq!(outcomes(&found), trace.expected, "{} {}", rule.file, written.name);
            }
        }
    }
}
