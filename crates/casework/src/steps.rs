//! How long each step took, and at which tier a case was solved: read from facts, nothing is kept for it.
//!
//! Invariants
//! - SE1 Steps follow one another without gap or overlap, from the opening to the end or now.
//! - SE2 A case counts as solved at the tier whose post proposed it done last; where it was passed out, nobody is named.

use crate::{
    apply::apply,
    case::{Case, Owner},
    fact::FactRecord,
    owner::tier::TierTable,
    stage::{ClosedHow, DoneOutcome, Stage, StageCode},
};
use linli_model::{AreaId, AreaTree, Instant, Millis};
use std::collections::BTreeMap;

/// One stretch in one stage with one owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub stage: StageCode,
    pub owner: Owner,
    pub from: Instant,
    /// None for the step of now.
    pub to: Option<Instant>,
}

impl Step {
    pub fn took(&self, now: Instant) -> Millis {
        self.to.unwrap_or(now) - self.from
    }
}

/// The steps of a case, from all of its facts in order. What facts of one instant pass through takes no time and is
/// no step.
pub fn steps(facts: &[FactRecord]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut case: Option<Case> = None;
    for record in facts {
        case = apply(case, record);
        let Some(case) = &case else { continue };
        let stage = case.stage.code();
        let same = |s: &Step| s.stage == stage && s.owner.post == case.owner.post;
        match steps.last_mut() {
            Some(last) if same(last) => continue,
            Some(last) if last.from == record.at => {
                last.stage = stage;
                last.owner = case.owner.clone();
            }
            last => {
                if let Some(last) = last {
                    last.to = Some(record.at);
                }
                let (owner, from) = (case.owner.clone(), record.at);
                steps.push(Step { stage, owner, from, to: None });
            }
        }
    }
    if let Some(last) = steps.last_mut()
        && !last.stage.is_open()
    {
        last.to = Some(last.from);
    }
    steps
}

/// The area whose post solved the case, where one did: closed after handling, not disproved and not brought along.
pub fn solved_at(case: &Case) -> Option<&AreaId> {
    let by_us = matches!(
        case.stage,
        Stage::Closed { how: ClosedHow::Confirmed | ClosedHow::Silent | ClosedHow::Upheld }
    );
    let solved = matches!(
        case.outcome,
        Some(DoneOutcome::Solved | DoneOutcome::PartlySolved | DoneOutcome::Explained)
    );
    case.handled_at.as_ref().filter(|_| by_us && solved)
}

/// How many were solved at each tier, by its code, from how many were solved at each area; areas that are gone from
/// the tree are counted under the empty code.
pub fn by_tier(
    solved: impl IntoIterator<Item = (AreaId, u64)>,
    areas: &AreaTree,
    tiers: &TierTable,
) -> BTreeMap<String, u64> {
    let mut counted: BTreeMap<String, u64> = tiers.iter().map(|t| (t.code.clone(), 0)).collect();
    for (area, n) in solved {
        let tier = areas.find(&area).and_then(|a| {
            tiers.find(a.level).or_else(|| areas.upward(&area).find_map(|up| tiers.find(up.level)))
        });
        *counted.entry(tier.map(|t| t.code.clone()).unwrap_or_default()).or_default() += n;
    }
    counted.retain(|code, n| !code.is_empty() || *n > 0);
    counted
}
