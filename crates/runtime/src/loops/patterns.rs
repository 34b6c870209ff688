//! What several cases say together: what happens again opens a root-cause case, what many report is concentrated.
//!
//! Looks at the cases that changed since the checkpoint, and at those of their class around them; what comes of it is
//! decided by casework and committed with the cases' versions as guards. Looked at twice, nothing comes of it (PA1), so
//! the checkpoint only saves work: it stands a little behind, for what was decided before and committed after.

use crate::Installation;
use linli_casework::{
    Case, CaseId, Decided,
    decide::{RootOpening, cluster_area, root_subject},
    decide_concentrated, decide_root_cause,
};
use linli_model::{AreaLevel, AreaPath, Fault, Instant, Millis, Position};
use linli_server::{
    cases::carry::{TRIES_MAX, consequences, next_case_number, tell},
    problem::ApiError,
};
use linli_store::{CaseFilter, Change, Commit, CommitError, Guard, PageAsk};
use std::{collections::BTreeSet, sync::Arc};

const CHECKPOINT: &str = "patterns";
/// Cases looked at in one turn.
const CASES_MAX: u32 = 200;
/// A change may be committed this long after the moment it bears.
const BEHIND: Millis = Millis::minutes(2);
/// The most cases of a class in one area that are counted.
const OTHERS_MAX: u32 = 500;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let reached = house.store.checkpoint(CHECKPOINT).await?.position;
    let since = Instant(reached as i64) - BEHIND;
    let changed = house.store.cases_changed_since(since, CASES_MAX).await?;
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for case in &changed {
        // One look at a class and place says it for all of its cases.
        if case.stage.is_open() && seen.insert((case.class.clone(), case.area.to_string())) {
            look(&house, case.id).await?;
        }
    }
    let full = changed.len() == CASES_MAX as usize;
    // A page of one moment would stand still for ever.
    let last = changed.last().map(|c| c.updated_at);
    let next = match last {
        Some(at) if full => (at + BEHIND).max(Instant(reached as i64) + Millis(1)),
        _ => house.clock.now().max(Instant(reached as i64)),
    };
    let position = next.millis() as Position;
    if position > reached + BEHIND.0 as Position / 4 || full {
        let changes = vec![Change::CheckpointSet { name: CHECKPOINT.into(), position, snapshot: None }];
        let guards = vec![Guard::Checkpoint(CHECKPOINT.into(), reached)];
        let commit = Commit { at: house.clock.now(), guards, changes, idempotency: None };
        house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(full)
}

/// Decides for one case what it and its like come to; decides anew when somebody changed one of them in between.
async fn look(house: &Arc<Installation>, id: CaseId) -> Result<(), Fault> {
    for _ in 0..TRIES_MAX {
        let Some(case) = house.store.case(id).await? else { return Ok(()) };
        let decided = [repeated(house, &case).await?, concentrated(house, &case).await?];
        let mut stale = false;
        for facts in decided.into_iter().filter(|d| !d.is_empty()) {
            stale |= !commit(house, facts).await?;
        }
        if !stale {
            return Ok(());
        }
    }
    Err(Fault::passing("cases kept changing while their pattern was decided"))
}

/// Cases of this one's class in an area, of the last days.
async fn others(
    house: &Arc<Installation>,
    case: &Case,
    within: Vec<AreaPath>,
    since: Instant,
) -> Result<Vec<Case>, Fault> {
    let filter = CaseFilter {
        class: Some(case.class.clone()),
        opened_since: Some(since),
        ..CaseFilter::all_within(within, house.clock.now())
    };
    Ok(house.store.cases(&filter, &PageAsk::first(OTHERS_MAX)).await?.items)
}

type Changed = Vec<(Option<Case>, Decided)>;

async fn repeated(house: &Arc<Installation>, case: &Case) -> Result<Changed, Fault> {
    let state = &house.state;
    let Some(rule) = state.classes.find(&case.class).and_then(|c| c.repeat) else { return Ok(Vec::new()) };
    if case.root_cause().is_some() {
        return Ok(Vec::new());
    }
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let around = areas.find_at_level(&case.area, AreaLevel::Estate).or_else(|| areas.find(&case.area));
    let Some(around) = around.map(|a| areas.reach(&a.id)) else { return Ok(Vec::new()) };
    let since = house.clock.now() - Millis::days(i64::from(rule.days));
    let others = others(house, case, around, since).await?;
    let seed = state.fresh.seed();
    let context = state.context(&areas, &roster, seed);
    let subject = root_subject(case, &context);
    let open = house.store.open_cases_about(linli_casework::decide::ROOT_CAUSE, &subject).await?;
    // A number is taken only where a case may open.
    let opens = open.is_empty() && others.len() as u32 >= rule.times;
    let number = if opens { next_case_number(state, &case.area).await? } else { String::new() };
    let opening = || RootOpening { id: seed.id_of_day("root", context.now), number };
    let decided = match decide_root_cause(case, &others, open.first(), opening, &context) {
        Ok(decided) => decided,
        Err(refusal) => {
            tracing::warn!(case = %case.number, %refusal, "a root-cause case could not be opened");
            None
        }
    };
    let Some(root) = decided else { return Ok(Vec::new()) };
    let before = open.into_iter().next().filter(|_| !root.opened);
    let mut changed = vec![(before, root.root)];
    for (id, facts) in root.members {
        let member = others.iter().chain([case]).find(|c| c.id == id).cloned();
        changed.push((member, facts));
    }
    Ok(changed)
}

async fn concentrated(house: &Arc<Installation>, case: &Case) -> Result<Changed, Fault> {
    let state = &house.state;
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let context = state.context(&areas, &roster, state.fresh.seed());
    let Some((rule, area)) = cluster_area(case, &context) else { return Ok(Vec::new()) };
    let since = context.now - Millis::days(i64::from(rule.days));
    let others = others(house, case, areas.reach(&area.id), since).await?;
    let decided = decide_concentrated(case, &others, &context);
    let of = |id: CaseId| others.iter().chain([case]).find(|c| c.id == id).cloned();
    Ok(decided.into_iter().map(|(id, facts)| (of(id), facts)).collect())
}

/// All of it or nothing; false where somebody was quicker.
async fn commit(house: &Arc<Installation>, changed: Changed) -> Result<bool, Fault> {
    let state = &house.state;
    let (mut guards, mut changes, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (before, decided) in changed {
        let seed = state.fresh.seed();
        let carried = consequences(state, before.as_ref(), decided, seed).await?;
        guards.extend(before.map(|b| Guard::CaseVersion(b.id, b.version)));
        changes.extend(carried.changes);
        told.push((carried.case, carried.notices));
    }
    let commit = Commit { at: house.clock.now(), guards, changes, idempotency: None };
    match house.store.commit(commit).await {
        Ok(_) => {
            told.iter().for_each(|(case, notices)| tell(state, case, notices));
            Ok(true)
        }
        Err(CommitError::Stale(_)) => Ok(false),
        Err(e) => match ApiError::from(e) {
            ApiError::Fault(fault) => Err(fault),
            _ => Ok(false),
        },
    }
}
