//! RL1, EM1, FD2: findings open and end in turn, under their ids, with evidence.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, say},
};
use linli_model::{Finding, FindingChange, FindingId};
use std::collections::{BTreeMap, BTreeSet};

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

type Stand = BTreeMap<FindingId, Stands>;
/// By rule, subject and kind.
type Open = BTreeMap<(String, String, u8), BTreeSet<FindingId>>;

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let ran = life.undisturbed();
    let (mut by_id, mut open) = (Stand::new(), Open::new());
    let mut from = 0;
    for behind in &ran.behind {
        for f in &ran.found[from..*behind] {
            take(f, &mut by_id, &mut open)?;
        }
        from = *behind;
        // A correction tells of a past episode from its beginning: until the entry is done, two may be open.
        if let Some((slot, ids)) = open.iter().find(|(_, ids)| ids.len() > 1) {
            return Err(Difference::of(format!("{} are open at once: {slot:?}", ids.len())));
        }
    }
    if ran.counters().findings != ran.found.len() as u64 {
        return Err(Difference::of("the counter of findings is not their number"));
    }
    Ok(())
}

fn take(f: &Finding, by_id: &mut Stand, open: &mut Open) -> Result<(), Difference> {
    let wrong = |what: &str| Err(Difference::of(format!("{what}: {}", say(f))));
    let slot = (f.rule.clone(), f.subject.to_string(), f.kind as u8);
    let before = by_id.get(&f.id).copied();
    if f.end.is_some_and(|end| end < f.start) {
        return wrong("ends before it begins");
    }
    if f.evidence.readings.iter().any(|r| r.id.as_str().is_empty()) {
        return wrong("evidence of a reading nobody knows any more");
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
    let here = open.entry(slot).or_default();
    if now == Stands::Open {
        here.insert(f.id);
    } else {
        here.remove(&f.id);
    }
    Ok(())
}
