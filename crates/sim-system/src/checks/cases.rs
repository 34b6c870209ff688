//! Casework: each signal that opened belongs to exactly one case; a case is the fold of its facts, to the byte; it has one
//! owner who exists; every stage it went through is in the table of moves; what an area's own rule found shares no case
//! with anything else but where people merged cases.

use super::{Check, none_of};
use crate::{run::Lived, street};
use linli_casework::{Case, CaseId, Fact, FactRecord, Origin, Stage, StageCode, apply, moves::MOVES};
use linli_model::{FindingChange, FindingId, FindingKind, OwnCode};
use linli_sim::run::{Difference, say};
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "cases",
    about: "a finding has one case, a case is the fold of its facts, has one owner, and moved by the table",
    run: check,
    again: None,
};

fn check(lived: &Lived) -> Result<(), Difference> {
    let mut lines = findings(lived);
    lines.extend(mixed(lived));
    let posts = street::posts();
    for case in &lived.cases {
        let facts = lived.facts.get(&case.id).map_or(&[][..], Vec::as_slice);
        lines.extend(folded(case, facts));
        let owner = &case.owner;
        if !posts.iter().any(|p| p.id == owner.post && p.user == owner.user && p.area == owner.area) {
            lines.push(format!("case {} is owned by a post that is not there", case.number));
        }
    }
    let mut numbers: BTreeMap<&str, CaseId> = BTreeMap::new();
    for case in &lived.cases {
        if let Some(other) = numbers.insert(&case.number, case.id) {
            lines.push(format!("{} and {other} have the number {}", case.id, case.number));
        }
    }
    none_of(lines)
}

fn findings(lived: &Lived) -> Vec<String> {
    let mut holders: BTreeMap<FindingId, Vec<&Case>> = BTreeMap::new();
    // What came with a merged case is the other's now.
    for case in lived.cases.iter().filter(|c| !matches!(c.stage, Stage::Merged { .. })) {
        for finding in &case.findings {
            holders.entry(*finding).or_default().push(case);
        }
    }
    let mut lines = Vec::new();
    for (finding, case) in lived.findings.values() {
        let holding = holders.get(&finding.id).map_or(&[][..], Vec::as_slice);
        if OwnCode::read(&finding.rule).is_some_and(|code| code.shadow) {
            if !holding.is_empty() || case.is_some() {
                lines.push(format!("a rule in its shadow has opened or joined a case: {}", say(finding)));
            }
            continue;
        }
        let own = || lived.undisturbed.iter().filter(|f| f.id == finding.id);
        // Late data may disprove it, and prove it again when its case is closed: that is a case of its own.
        let times = own().filter(|f| f.change == FindingChange::Opened).count();
        let wanted =
            finding.kind == FindingKind::Signal && times > 0 && finding.change != FindingChange::Retracted;
        if wanted && holding.is_empty() {
            lines.push(format!("in no case: {}", say(finding)));
        }
        if holding.len() > times.max(1) {
            let numbers: Vec<&str> = holding.iter().map(|c| c.number.as_str()).collect();
            lines.push(format!("in cases {numbers:?}: {}", say(finding)));
        }
        if wanted && !holding.is_empty() && case.is_none_or(|c| !holding.iter().any(|h| h.id == c)) {
            lines.push(format!("its row leads to another case than the one that holds it: {}", say(finding)));
        }
        if finding.kind == FindingKind::Coverage && !holding.is_empty() {
            lines.push(format!("silence has opened a case: {}", say(finding)));
        }
    }
    lines
}

fn mixed(lived: &Lived) -> Vec<String> {
    let is_own = |rule: &str| OwnCode::read(rule).is_some();
    let by_merging = |case: &Case| {
        lived.cases.iter().any(|c| matches!(&c.stage, Stage::Merged { into } if *into == case.id))
    };
    let mut lines = Vec::new();
    for case in lived.cases.iter().filter(|c| !by_merging(c)) {
        let case_is_own = matches!(&case.origin, Origin::Finding { rule, .. } if is_own(rule));
        let held = case.findings.iter().filter_map(|id| lived.findings.get(id));
        for (finding, _) in held.filter(|(f, _)| is_own(&f.rule) != case_is_own) {
            lines.push(format!("case {} of {:?} holds {}", case.number, case.origin, say(finding)));
        }
    }
    lines
}

fn folded(case: &Case, facts: &[FactRecord]) -> Vec<String> {
    let mut lines = Vec::new();
    if !facts.iter().map(|f| f.seq).eq(1..=case.version) {
        lines.push(format!("case {}: its facts are not numbered 1 to {}", case.number, case.version));
    }
    let mut folded: Option<Case> = None;
    for fact in facts {
        let before = folded.as_ref().map(|c| c.stage.code());
        folded = apply(folded, fact);
        let after = folded.as_ref().map(|c| c.stage.code());
        if let (Some(before), Some(after)) = (before, after)
            && before != after
            && !reachable(before, after, &fact.fact)
        {
            lines.push(format!(
                "case {}: {} leads from {before:?} to {after:?}, which no move does",
                case.number,
                fact.fact.code()
            ));
        }
    }
    let bytes = |c: &Case| serde_json::to_string(c).unwrap_or_default();
    match folded {
        None => lines.push(format!("case {} has no facts that make a case", case.number)),
        Some(folded) if bytes(&folded) != bytes(case) => {
            lines.push(format!("case {}: its facts fold to another case", case.number))
        }
        Some(_) => {}
    }
    lines
}

/// By the table; or closed by late data that disproved what it was about, which is no move of anybody's.
fn reachable(from: StageCode, to: StageCode, fact: &Fact) -> bool {
    MOVES.iter().any(|m| m.from == from && m.to.contains(&to))
        || (matches!(fact, Fact::FindingRetracted { .. }) && to == StageCode::Closed)
}
