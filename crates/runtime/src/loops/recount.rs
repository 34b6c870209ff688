//! What was promised into a year whose holidays have been published since is counted again (casework's PR6): once after the
//! year's file came.

use crate::Installation;
use linli_casework::{due, wants_a_recount};
use linli_model::Fault;
use linli_server::cases::carry::carry_by_clock;
use linli_store::{CaseFilter, Change, Commit, PageAsk};
use std::sync::Arc;

/// The years by which everything that is open was counted.
const KEY: &str = "calendar_years";
const CASES_MAX: u32 = 200;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let state = &house.state;
    let years: serde_json::Value = state.calendar.published().collect::<Vec<_>>().into();
    if house.store.setting(KEY).await?.as_ref() == Some(&years) {
        return Ok(false);
    }
    let areas = state.areas().await?;
    let roots = areas.iter().filter(|a| a.parent.is_none()).map(|a| a.path.clone()).collect();
    let filter = CaseFilter { open_only: true, ..CaseFilter::all_within(roots, house.clock.now()) };
    let (mut ask, mut all) = (PageAsk::first(CASES_MAX), true);
    loop {
        let page = house.store.cases(&filter, &ask).await?;
        for case in page.items.into_iter().filter(|c| wants_a_recount(c, &state.calendar)) {
            let roster = state.roster().await?;
            let commands = due(&case, &state.context(&areas, &roster, state.fresh.seed()));
            let mut case = case;
            for command in commands {
                match carry_by_clock(state, &case, &command).await? {
                    Some(after) => case = after,
                    None => {
                        // Somebody was faster; what they did counts by the new year already, or the next turn does.
                        all = false;
                        break;
                    }
                }
            }
        }
        match page.next {
            Some(next) => ask.after = Some(next),
            None => break,
        }
    }
    if !all {
        return Ok(false);
    }
    let changes = vec![Change::SettingSet { key: KEY.to_owned(), value: years }];
    let commit = Commit { at: house.clock.now(), changes, ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    Ok(false)
}
