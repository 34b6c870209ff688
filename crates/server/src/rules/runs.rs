//! Work on the past that goes on beside the request that began it, and what came of it: in memory only, for those who asked.
//!
//! Invariants
//! - RN1 Only who began a run finds it, follows it and stops it.
//! - RN2 A run ends once: what came of it, that it was stopped, or why it failed; what ends it later changes nothing.
//! - RN3 At most [`KEPT_MAX`] of a kind are kept, each at most [`KEPT_FOR`]; what nobody can find any more is stopped.
//! - RN4 Of those that are for one at a time, who begins another stops the one before, and what nobody asked after for
//!   [`AWAITED_FOR`] stops by itself.

use super::{looks::Looks, past::Cores};
use crate::{
    ports::token,
    problem::{Answer, ApiError},
    state::ServerState,
    who::{Who, lang, speaking},
};
use linli_api::{Problem, backtest::BacktestResult, trace::NearView};
use linli_model::{Fault, Instant, Millis, Refusal, UserId};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

const KEPT_MAX: usize = 64;
const KEPT_FOR: Millis = Millis::hours(1);
/// A page in the background asks once a minute.
const AWAITED_FOR: Millis = Millis::minutes(2);
/// The first answer waits so long; whoever asks for more comes back for it.
const WAIT: Duration = Duration::from_millis(1500);

#[derive(Default)]
pub(crate) struct Runs {
    pub backtests: Kept<BacktestResult>,
    pub near: Kept<NearView>,
    /// All runs share them.
    pub cores: Cores,
    pub looks: Looks,
}

/// Runs of one kind, the oldest first.
pub(crate) struct Kept<T>(Mutex<VecDeque<Arc<Run<T>>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

pub(crate) struct Run<T> {
    pub id: String,
    pub user: UserId,
    pub rule: String,
    pub from: String,
    pub to: String,
    made_at: Instant,
    /// When it was asked after last.
    asked_at: AtomicI64,
    /// In thousandths.
    progress: AtomicU32,
    cancelled: AtomicBool,
    ended: Mutex<Option<Ended<T>>>,
}

enum Ended<T> {
    Done(T),
    Stopped,
    Failed(Problem),
}

/// A run as its page shows it.
pub(crate) struct Stand<T> {
    /// `running`, `done`, `cancelled` or `failed`.
    pub state: &'static str,
    pub progress: f64,
    pub result: Option<T>,
    pub problem: Option<Problem>,
}

impl<T> Kept<T> {
    pub fn keep(&self, run: Arc<Run<T>>, now: Instant) {
        Self::put(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), run, now);
    }

    fn put(runs: &mut VecDeque<Arc<Run<T>>>, run: Arc<Run<T>>, now: Instant) {
        runs.retain(|r| {
            let stays = now - r.made_at < KEPT_FOR;
            if !stays {
                r.cancel();
            }
            stays
        });
        if runs.len() >= KEPT_MAX {
            // Those that have ended first.
            let at = runs.iter().position(|r| r.has_ended()).unwrap_or(0);
            runs.remove(at).inspect(|r| r.cancel());
        }
        runs.push_back(run);
    }

    /// RN4: keeps it, and stops what is still worked out for the same person.
    pub fn keep_only(&self, run: Arc<Run<T>>, now: Instant) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for other in runs.iter().filter(|r| r.user == run.user && !r.has_ended()) {
            other.cancel();
            other.end(Err(ApiError::Conflict(Refusal::new(
                "asked_again",
                "您又问了一次,这一次的计算已停下",
                "you asked again meanwhile, so this was not worked out any further",
            ))));
        }
        Self::put(&mut runs, run, now);
    }

    /// RN1
    pub fn find(&self, id: &str, user: UserId) -> Answer<Arc<Run<T>>> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().find(|r| r.id == id && r.user == user).cloned().ok_or(ApiError::NotFound)
    }
}

impl<T> Run<T> {
    pub fn begin(
        state: &ServerState,
        who: &Who,
        rule: &str,
        (from, to): (String, String),
        now: Instant,
    ) -> Arc<Run<T>> {
        Arc::new(Run::of(token(&*state.fresh), who.user.id, rule, (from, to), now))
    }

    fn of(id: String, user: UserId, rule: &str, (from, to): (String, String), now: Instant) -> Run<T> {
        Run {
            id,
            user,
            rule: rule.to_owned(),
            from,
            to,
            made_at: now,
            asked_at: AtomicI64::new(now.0),
            progress: AtomicU32::new(0),
            cancelled: AtomicBool::new(false),
            ended: Mutex::default(),
        }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
    /// Somebody asked after it.
    pub fn asked_after(&self, now: Instant) {
        self.asked_at.store(now.0, Ordering::Relaxed);
    }
    /// RN4: neither cancelled nor forgotten.
    pub fn is_awaited(&self, now: Instant) -> bool {
        !self.is_cancelled() && now - Instant(self.asked_at.load(Ordering::Relaxed)) < AWAITED_FOR
    }
    pub fn advance(&self, share: f64) {
        self.progress.store((share.clamp(0.0, 1.0) * 1000.0) as u32, Ordering::Relaxed);
    }

    /// None: it was stopped. RN2.
    fn end(&self, with: Answer<Option<T>>) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_none() {
            *ended = Some(match with {
                Ok(Some(result)) => Ended::Done(result),
                Ok(None) => Ended::Stopped,
                Err(error) => Ended::Failed(error.problem()),
            });
        }
    }
    fn has_ended(&self) -> bool {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl<T: Clone + Send + 'static> Run<T> {
    /// Works it out beside the request, and waits a little for it: the work goes on when the caller has gone.
    pub async fn work<W>(self: &Arc<Self>, work: impl FnOnce() -> W + Send + 'static)
    where
        W: Future<Output = Answer<Option<T>>>,
    {
        let (run, lang) = (self.clone(), lang());
        let handle = tokio::runtime::Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let run = EndsAnyhow(run);
            handle.block_on(speaking(lang, async {
                let found = work().await;
                run.0.end(found);
            }));
        });
        let _ = tokio::time::timeout(WAIT, done).await;
    }

    pub fn stand(&self) -> Stand<T> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, result, problem) = match &*ended {
            Some(Ended::Done(result)) => ("done", Some(result.clone()), None),
            Some(Ended::Failed(problem)) => ("failed", None, Some(problem.clone())),
            Some(Ended::Stopped) => ("cancelled", None, None),
            None if self.is_cancelled() => ("cancelled", None, None),
            None => ("running", None, None),
        };
        let progress =
            if result.is_some() { 1.0 } else { f64::from(self.progress.load(Ordering::Relaxed)) / 1000.0 };
        Stand { state, progress, result, problem }
    }
}

/// RN2: work that breaks off ends its run, which would say `running` until it is dropped.
struct EndsAnyhow<T>(Arc<Run<T>>);

impl<T> Drop for EndsAnyhow<T> {
    fn drop(&mut self) {
        self.0.end(Err(Fault::lasting("the work broke off").into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant(1_000_000);

    fn run(id: usize, user: u128, now: Instant) -> Arc<Run<u8>> {
        let user = UserId(uuid::Uuid::from_u128(user));
        let days = ("2026-11-01".to_owned(), "2026-11-02".to_owned());
        Arc::new(Run::of(id.to_string(), user, "r", days, now))
    }

    /// RN1
    #[test]
    fn only_who_began_a_run_finds_it() {
        let kept = Kept::default();
        kept.keep(run(1, 1, T0), T0);
        let of = |user: u128| kept.find("1", UserId(uuid::Uuid::from_u128(user)));
        assert!(of(1).is_ok() && matches!(of(2), Err(ApiError::NotFound)));
    }

    /// RN2
    #[test]
    fn a_run_ends_once_and_says_why_it_failed_as_often_as_it_is_asked() {
        let failed = run(1, 1, T0);
        failed.end(Err(Fault::passing("the disk is gone").into()));
        failed.end(Ok(Some(7)));
        for _ in 0..2 {
            let stand = failed.stand();
            assert_eq!((stand.state, stand.result), ("failed", None));
            assert_eq!(stand.problem.map(|p| p.code).as_deref(), Some("fault"), "and nothing of the disk");
        }
        let stopped = run(2, 1, T0);
        stopped.cancel();
        assert_eq!(stopped.stand().state, "cancelled", "before its work has noticed");
        stopped.end(Ok(None));
        assert_eq!((stopped.stand().state, stopped.stand().problem), ("cancelled", None));
        let done = run(3, 1, T0);
        done.advance(0.25);
        assert_eq!((done.stand().state, done.stand().progress), ("running", 0.25));
        done.end(Ok(Some(7)));
        done.cancel();
        assert_eq!((done.stand().state, done.stand().progress, done.stand().result), ("done", 1.0, Some(7)));
    }

    /// RN2
    #[tokio::test]
    async fn a_run_whose_work_breaks_off_has_failed() {
        async fn mistaken() -> Answer<Option<u8>> {
            panic!("a mistake of ours")
        }
        let broken = run(1, 1, T0);
        broken.work(mistaken).await;
        assert_eq!(broken.stand().state, "failed");
    }

    /// RN3
    #[test]
    fn what_is_no_longer_kept_is_stopped_and_what_has_ended_makes_room_first() {
        let kept = Kept::default();
        let all: Vec<_> = (0..KEPT_MAX).map(|n| run(n, n as u128, T0)).collect();
        all.iter().for_each(|r| kept.keep(r.clone(), T0));
        all[5].end(Ok(Some(1)));
        kept.keep(run(KEPT_MAX, 0, T0), T0);
        assert!(kept.find("5", all[5].user).is_err() && kept.find("0", all[0].user).is_ok());
        kept.keep(run(KEPT_MAX + 1, 0, T0), T0);
        assert!(kept.find("0", all[0].user).is_err() && all[0].is_cancelled() && !all[1].is_cancelled());
        kept.keep(run(KEPT_MAX + 2, 0, T0 + KEPT_FOR), T0 + KEPT_FOR);
        assert!(kept.find("1", all[1].user).is_err() && all[1].is_cancelled());
    }

    /// RN4
    #[test]
    fn who_asks_again_stops_what_was_worked_out_before_and_nobody_elses() {
        let kept = Kept::default();
        let (first, other, done) = (run(1, 1, T0), run(2, 2, T0), run(3, 1, T0));
        done.end(Ok(Some(1)));
        for r in [&done, &other, &first] {
            kept.keep(r.clone(), T0);
        }
        let second = run(4, 1, T0);
        kept.keep_only(second.clone(), T0);
        let awaited = [&first, &second, &other].map(|r| r.is_awaited(T0));
        assert_eq!(awaited, [false, true, true]);
        let said = first.stand();
        assert_eq!((said.state, said.problem.map(|p| p.code).as_deref()), ("failed", Some("asked_again")));
        assert_eq!(done.stand().state, "done");
    }

    /// RN4
    #[test]
    fn what_nobody_asks_after_is_no_longer_awaited() {
        let run = run(1, 1, T0);
        assert!(run.is_awaited(T0 + AWAITED_FOR - Millis(1)));
        assert!(!run.is_awaited(T0 + AWAITED_FOR));
        run.asked_after(T0 + AWAITED_FOR);
        assert!(run.is_awaited(T0 + AWAITED_FOR + AWAITED_FOR - Millis(1)));
    }
}
