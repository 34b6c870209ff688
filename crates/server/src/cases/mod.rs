//! Cases: list, view, commands, filing, export, print; and the one recipe that carries a command.

pub mod alike;
pub mod carry;
pub mod clusters;
pub mod command;
pub mod export;
pub mod file;
pub mod join;
pub mod list;
pub mod people;
pub mod place;
pub mod print;
pub mod shared;
pub mod view;

use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_casework::{Case, CaseId};

/// Loads a case for somebody who may see it: it lies in one of their areas, or they own it or have a task in it. The list says the same
/// in SQL; who holds no post that works on cases sees none, whatever they once owned (AC1).
pub(crate) async fn seen_by(state: &ServerState, who: &Who, id: &str) -> Answer<Case> {
    let id: CaseId = id.parse().map_err(|_| ApiError::NotFound)?;
    let case = state.store.case(id).await?.ok_or(ApiError::NotFound)?;
    let mine = (case.owner.user == who.user.id || case.is_helper(who.user.id))
        && !who.areas(state, Action::CaseRead).is_empty();
    if mine || state.access.allows(&who.principal, Action::CaseRead, &case.area_path, state.now()) {
        Ok(case)
    } else {
        Err(ApiError::NotFound)
    }
}
