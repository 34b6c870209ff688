//! Looks that go on: who tries value after value on one home looks once, not at every movement of a slider.
//!
//! Invariants
//! - LO1 What is shown is in the access log: a look counts as going on only after it was written, and for so long as its kind
//!   says; the next one behind that is written again.
//! - LO2 Another person, purpose, rule, subject or role is another look.

use super::asked::look;
use crate::{problem::Answer, state::ServerState, who::Who};
use linli_access::Action;
use linli_model::{AreaPath, Instant, Millis, UserId};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    user: UserId,
    role: String,
    purpose: &'static str,
    rule: String,
    person: String,
}

/// In memory: after a start a look is written once more.
#[derive(Default)]
pub(crate) struct Looks(Mutex<HashMap<Key, Instant>>);

impl Looks {
    /// Whether it was written at most `lasts` ago.
    fn goes_on(&self, key: &Key, now: Instant, lasts: Millis) -> bool {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(key).is_some_and(|at| now - *at < lasts)
    }

    fn written(&self, key: Key, now: Instant) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, at| now - *at < LASTS_MAX);
        looks.insert(key, now);
    }
}

/// None lasts longer.
const LASTS_MAX: Millis = Millis::hours(1);

/// Writes a look unless the same one goes on.
pub(super) async fn look_for(
    state: &ServerState,
    who: &Who,
    (place, person): (&AreaPath, String),
    (purpose, lasts): (&'static str, Millis),
    rule: &str,
) -> Answer<()> {
    let role = who.role_for(state, Action::PersonOpen, place);
    let key = Key { user: who.user.id, role, purpose, rule: rule.to_owned(), person: person.clone() };
    let now = state.now();
    if state.runs.looks.goes_on(&key, now, lasts.min(LASTS_MAX)) {
        return Ok(());
    }
    look(state, who, (place, person), purpose, rule).await?;
    state.runs.looks.written(key, now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_goes_on_only_for_its_while_and_for_nobody_and_nothing_else() {
        let key = Key {
            user: UserId(uuid::Uuid::from_u128(1)),
            role: "committee".to_owned(),
            purpose: "rule_curve",
            rule: "r".to_owned(),
            person: "dwelling:1".to_owned(),
        };
        let (looks, t0, lasts) = (Looks::default(), Instant(1_000_000), Millis::minutes(10));
        assert!(!looks.goes_on(&key, t0, lasts));
        looks.written(key.clone(), t0);
        assert!(looks.goes_on(&key, t0 + lasts - Millis(1), lasts));
        assert!(!looks.goes_on(&key, t0 + lasts, lasts));
        let others = [
            Key { user: UserId(uuid::Uuid::from_u128(2)), ..key.clone() },
            Key { role: "leader".to_owned(), ..key.clone() },
            Key { purpose: "rule_backtest", ..key.clone() },
            Key { rule: "q".to_owned(), ..key.clone() },
            Key { person: "dwelling:2".to_owned(), ..key.clone() },
        ];
        assert!(others.iter().all(|other| !looks.goes_on(other, t0, lasts)));
        // What ended long ago is not kept.
        looks.written(others[0].clone(), t0 + LASTS_MAX);
        assert_eq!(looks.0.lock().unwrap().len(), 1);
    }
}
