//! RL1, EM1, FD2: findings open and end in turn, under their ids, with evidence.

use super::Check;
use crate::{
    life::Life,
    run::{Difference, run, say},
};
use linli_model::{FindingChange, FindingId};
use std::collections::BTreeMap;

pub const CHECK: Check = Check {
    name: "in_turn",
    about: "per rule and subject one finding is open at most, and only what stands is amended, ended or retracted",
    run: check,
    behind: None,
};

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Open,
    Ended,
    Retracted,
}

fn check(life: &Life) -> Result<(), Difference> {
    let ran = run(life);
    let mut by_id: BTreeMap<FindingId, Stands> = BTreeMap::new();
    let mut open: BTreeMap<(String, String, u8), FindingId> = BTreeMap::new();
    for f in &ran.found {
        let wrong = |what: &str| Err(Difference::of(format!("{what}: {}", say(f))));
        let slot = (f.rule.clone(), f.subject.to_string(), f.kind as u8);
        let before = by_id.get(&f.id).copied();
        if f.end.is_some_and(|end| end < f.start) {
            return wrong("ends before it begins");
        }
        if f.evidence.readings.is_empty() && f.evidence.deadline.is_none() && f.evidence.steps.is_empty() {
            return wrong("no evidence");
        }
        let now = match f.change {
            FindingChange::Opened if before == Some(Stands::Open) => return wrong("opened twice"),
            FindingChange::Opened => Stands::Open,
            FindingChange::Ended if before == Some(Stands::Open) => Stands::Ended,
            FindingChange::Ended => return wrong("ended without being open"),
            FindingChange::Amended if matches!(before, None | Some(Stands::Retracted)) => {
                return wrong("amended without standing");
            }
            FindingChange::Amended if f.end.is_some() => Stands::Ended,
            FindingChange::Amended => Stands::Open,
            FindingChange::Retracted if matches!(before, None | Some(Stands::Retracted)) => {
                return wrong("retracted without standing");
            }
            FindingChange::Retracted => Stands::Retracted,
        };
        by_id.insert(f.id, now);
        if now != Stands::Open {
            open.retain(|_, id| *id != f.id);
        } else if open.insert(slot, f.id).is_some_and(|other| other != f.id) {
            return wrong("another one is open");
        }
    }
    if ran.counters().findings != ran.found.len() as u64 {
        return Err(Difference::of("the counter of findings is not their number"));
    }
    Ok(())
}
