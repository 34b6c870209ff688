//! Near misses that are being worked out: one at a time for each person, on the cores that backtests share.
//!
//! Invariants
//! - PL1 Who asks again stops what is still being worked out for the same person; who goes away stops it, too.
//! - PL2 No more are worked out at a time than there are cores, backtests included (PT2).

use crate::problem::{Answer, ApiError};
use linli_model::{Refusal, UserId};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Default)]
pub(crate) struct Playing(Mutex<HashMap<UserId, Arc<AtomicBool>>>);

/// What is worked out for somebody; it stops when this is dropped.
pub(crate) struct Play<'a> {
    playing: &'a Playing,
    user: UserId,
    stopped: Arc<AtomicBool>,
}

impl Playing {
    /// Begins for somebody; what was being worked out for the same person stops.
    pub fn begin(&self, user: UserId) -> Play<'_> {
        let stopped = Arc::new(AtomicBool::new(false));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = all.insert(user, stopped.clone()) {
            before.store(true, Ordering::Relaxed);
        }
        Play { playing: self, user, stopped }
    }
}

impl Play<'_> {
    /// For the thread that works: whether it is to go on.
    pub fn goes_on(&self) -> impl Fn() -> bool + Send + use<> {
        let stopped = self.stopped.clone();
        move || !stopped.load(Ordering::Relaxed)
    }

    /// What came of it, unless it was stopped.
    pub fn unless_stopped<T>(&self, found: Option<T>) -> Answer<T> {
        found.ok_or_else(|| {
            ApiError::Conflict(Refusal::new(
                "asked_again",
                "您又问了一次,这一次的计算已停下",
                "you asked again meanwhile, so this was not worked out any further",
            ))
        })
    }
}

impl Drop for Play<'_> {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let mut all = self.playing.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&self.user).is_some_and(|newest| Arc::ptr_eq(newest, &self.stopped)) {
            all.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn who_asks_again_stops_what_was_worked_out_before_and_nobody_elses() {
        let playing = Playing::default();
        let (first, other) = (playing.begin(user(1)), playing.begin(user(2)));
        let (first_goes_on, other_goes_on) = (first.goes_on(), other.goes_on());
        let second = playing.begin(user(1));
        let second_goes_on = second.goes_on();
        assert_eq!((first_goes_on(), second_goes_on(), other_goes_on()), (false, true, true));
        assert!(matches!(first.unless_stopped(None::<()>), Err(ApiError::Conflict(_))));
        drop(first);
        assert!(second_goes_on(), "the first one's end is not the second's");
        drop((second, other));
        assert!(!second_goes_on(), "who goes away stops it");
        assert!(playing.0.lock().unwrap().is_empty());
    }
}
