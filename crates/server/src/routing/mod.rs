//! Routing rules: their form and text, versions, switching, replay; and what each tier solved.
//!
//! Rules hold for the whole installation: whoever writes or switches them answers for all of its top areas.

pub mod check;
pub mod draft;
pub mod list;
pub mod replay;
pub mod switch;
pub mod tiers;

use crate::{problem::Answer, state::ServerState, who::Who};
use linli_access::Action;

/// Whether this person answers for every top area.
async fn may_change(state: &ServerState, who: &Who) -> Answer<bool> {
    let areas = state.areas().await?;
    let mine = who.areas(state, Action::RuleSet);
    let mut tops = areas.in_force().filter(|a| a.parent.is_none()).peekable();
    Ok(tops.peek().is_some() && tops.all(|top| mine.iter().any(|m| top.path.within(m))))
}

async fn check_change(state: &ServerState, who: &Who) -> Answer<()> {
    match may_change(state, who).await? {
        true => Ok(()),
        false => Err(crate::problem::ApiError::Forbidden(linli_access::forbidden())),
    }
}
