//! RT2: the findings in the store are those of engines that were never disturbed, over the same log.

use super::{Check, none_of};
use crate::run::Lived;
use linli_model::{Finding, FindingId};
use linli_sim::run::{Difference, say};
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "findings",
    about: "the findings in the store are those of undisturbed engines over the same log",
    run: check,
    again: None,
};

fn check(lived: &Lived) -> Result<(), Difference> {
    let last: BTreeMap<FindingId, &Finding> = lived.undisturbed.iter().map(|f| (f.id, f)).collect();
    let mut lines = Vec::new();
    for (id, finding) in &last {
        match lived.findings.get(id) {
            None => lines.push(format!("not in the store: {}", say(finding))),
            Some((stored, _)) if stored != *finding => {
                lines.push(format!("undisturbed: {}", say(finding)));
                lines.push(format!("stored:      {}", say(stored)));
            }
            Some(_) => {}
        }
    }
    let stored =
        lived.findings.values().map(|(f, _)| f).chain(lived.findings_of_cases.iter().map(|(_, f)| f));
    for finding in stored.filter(|f| !last.contains_key(&f.id)) {
        lines.push(format!("found by nobody undisturbed: {}", say(finding)));
    }
    lines.dedup();
    none_of(lines)
}
