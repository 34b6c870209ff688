//! The clock loop: timers of cases, promises, the ladder of urgent ones; and the tick of the log.

use crate::Installation;
use linli_casework::{Case, CaseId, Command, due, wants_an_owner};
use linli_model::{Fault, LogEntry, Millis};
use linli_notice::{Ledger, Situation, escalate, has_climbed};
use linli_server::cases::carry::{carry_by_clock, tell};
use linli_store::{CaseFilter, Change, Commit, PageAsk, Tab};
use std::{collections::BTreeSet, sync::Arc};

const CASES_MAX: u32 = 200;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let state = &house.state;
    let cases = house.store.cases_due(house.clock.now(), CASES_MAX).await?;
    let full = cases.len() == CASES_MAX as usize;
    for case in cases {
        let (areas, roster) = (state.areas().await?, state.roster().await?);
        let commands = due(&case, &state.context(&areas, &roster, state.fresh.seed()));
        let mut case = case;
        for command in commands {
            match carry_by_clock(state, &case, &command).await? {
                Some(after) => case = after,
                None => break,
            }
        }
    }
    climb(&house).await?;
    Ok(full)
}

/// Cases whose owner's post has ended, or whose account was closed: somebody else owes the next step (CW1).
pub async fn owners(house: Arc<Installation>) -> Result<bool, Fault> {
    let state = &house.state;
    let mut moved = false;
    for case in house.store.cases_without_owner(house.clock.now(), CASES_MAX).await? {
        moved |= carry_by_clock(state, &case, &Command::Reroute).await?.is_some();
    }
    Ok(moved)
}

/// Cases whose owner is away for longer than the next step can wait.
pub async fn absences(house: Arc<Installation>) -> Result<bool, Fault> {
    let state = &house.state;
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let context = state.context(&areas, &roster, state.fresh.seed());
    let roots: Vec<_> = areas.iter().filter(|a| a.parent.is_none()).map(|a| a.path.clone()).collect();
    let away = roster.candidates.iter().filter(|c| c.away_until.is_some()).map(|c| c.post.user);
    for user in away.collect::<BTreeSet<_>>() {
        let all = CaseFilter::all_within(roots.clone(), context.now);
        let filter = CaseFilter { tab: Tab::Mine, me: Some(user), ..all };
        let mut ask = PageAsk::first(CASES_MAX);
        loop {
            let page = house.store.cases(&filter, &ask).await?;
            for case in page.items.iter().filter(|c| wants_an_owner(c, &context)) {
                carry_by_clock(state, case, &Command::Reroute).await?;
            }
            match page.next {
                Some(next) => ask.after = Some(next),
                None => break,
            }
        }
    }
    Ok(false)
}

/// Urgent cases nobody has taken: the next rung of the ladder. All of them, page by page: one whose rungs are used up
/// stays not taken, and keeps nobody behind it from climbing.
async fn climb(house: &Arc<Installation>) -> Result<(), Fault> {
    let mut behind = None;
    loop {
        let cases = house.store.cases_not_taken(behind, CASES_MAX).await?;
        let Some(last) = cases.last() else { return Ok(()) };
        behind = Some((last.opened_at, last.id));
        climb_together(house, cases).await?;
    }
}

/// The rungs of a page of cases, in one commit: thousands may wait at once, and findings come first.
async fn climb_together(house: &Arc<Installation>, mut cases: Vec<Case>) -> Result<(), Fault> {
    let (state, now) = (&house.state, house.clock.now());
    cases.retain(|case| has_climbed(case, &state.policy, now));
    if cases.is_empty() {
        return Ok(());
    }
    let ids: Vec<CaseId> = cases.iter().map(|c| c.id).collect();
    let lately = house.store.told_since(now - Millis::hours(1)).await?;
    let mut ledger = Ledger::counted(&house.store.notices_of(&ids).await?, lately);
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let situation = Situation {
        now,
        seed: state.fresh.seed(),
        policy: &state.policy,
        classes: &state.classes,
        areas: &areas,
        roster: &roster,
    };
    let mut told = Vec::new();
    for case in &cases {
        let notices = escalate(case, &ledger, &situation);
        notices.iter().for_each(|n| ledger.add(n));
        told.push((case, notices));
    }
    let changes: Vec<Change> =
        told.iter().flat_map(|(_, notices)| notices.iter().cloned().map(Change::NoticeAdd)).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let commit = Commit { at: now, changes, ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    for (case, notices) in told.iter().filter(|(_, notices)| !notices.is_empty()) {
        tell(state, case, notices);
    }
    Ok(())
}

/// Time passes even when nothing arrives.
pub async fn tick(house: Arc<Installation>) -> Result<bool, Fault> {
    if (house.ticks_from)() {
        house.log.append(vec![LogEntry::Tick { at: house.clock.now() }]).await?;
    }
    Ok(false)
}
