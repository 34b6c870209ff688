//! The seeds of the snapshot target: the inside of engines that have run the manual's traces. They are bytes of one version and
//! are written again with every new one.

use linli_engine::Engine;
use linli_model::{Finding, Instant, LogEntry, RegistryChange, RegistryEntry};
use linli_pack::trace;
use linli_rule::{Catalogue, RulePlan, plan::TraceText};

/// Mark, version and checksum of a snapshot: the target puts its own in front.
const HEAD_BYTES: usize = 12;

/// Name and bytes of each, from the text of docs/operators.md.
pub fn seeds(operators: &str) -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let rules = operators.split("```toml\n").skip(1).filter_map(|b| b.split("```").next());
    for text in rules.filter(|b| b.contains("[signal]")) {
        let plan = linli_rule::check(text, &Catalogue::shipped()).expect("the manual's rules pass");
        let name = format!("seed_manual_{}_{}", plan.signal().operator.as_str(), plan.rule);
        let first = plan.traces.first();
        seeds.extend(first.map(|written| (name, snapshot(text, &plan, written)[HEAD_BYTES..].to_vec())));
    }
    seeds
}

/// Of an engine that has run a trace.
fn snapshot(text: &str, plan: &RulePlan, written: &TraceText) -> Vec<u8> {
    let read = trace::read(plan, written).expect("the manual's traces are read");
    let mut engine = Engine::from_config(trace::config());
    let change = RegistryChange::RuleSet {
        pack: "trace".to_owned(),
        rule: plan.rule.clone(),
        version: 1,
        // Without the traces, which no engine needs: small seeds are quick seeds.
        text: text.split("[[trace]]").next().unwrap_or(text).to_owned(),
    };
    let set = LogEntry::Registry(RegistryEntry { seq: 0, effective_at: Instant(0), change });
    let mut found: Vec<Finding> = Vec::new();
    for entry in [set].iter().chain(&read.entries) {
        engine.step(entry, &mut found);
    }
    engine.snapshot()
}
