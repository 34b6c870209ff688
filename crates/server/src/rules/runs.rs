//! Backtests that run, and the last ones that ended: in memory only, for those who asked.

use super::{looks::Looks, past::Cores, playing::Playing};
use crate::problem::ApiError;
use linli_api::backtest::BacktestResult;
use linli_model::{Instant, Millis, UserId};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

const KEPT_MAX: usize = 64;
const KEPT_FOR: Millis = Millis::hours(1);

#[derive(Default)]
pub(crate) struct Runs {
    kept: Mutex<VecDeque<Arc<Run>>>,
    /// All runs share them.
    pub cores: Cores,
    pub looks: Looks,
    pub playing: Playing,
}

pub(crate) struct Run {
    pub id: String,
    pub user: UserId,
    pub rule: String,
    pub from: String,
    pub to: String,
    pub made_at: Instant,
    /// In thousandths.
    progress: AtomicU32,
    cancelled: AtomicBool,
    ended: Mutex<Option<Result<BacktestResult, ApiError>>>,
}

impl Runs {
    pub fn keep(&self, run: Arc<Run>, now: Instant) {
        let mut runs = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|r| now - r.made_at < KEPT_FOR);
        if runs.len() >= KEPT_MAX {
            // Those that have ended first; what nobody can stop any more is stopped.
            let at = runs.iter().position(|r| r.has_ended()).unwrap_or(0);
            runs.remove(at).inspect(|r| r.cancel());
        }
        runs.push_back(run);
    }
    /// Only who began it finds it.
    pub fn find(&self, id: &str, user: UserId) -> Option<Arc<Run>> {
        let runs = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().find(|r| r.id == id && r.user == user).cloned()
    }
}

impl Run {
    pub fn begin(id: String, user: UserId, rule: &str, (from, to): (String, String), now: Instant) -> Run {
        Run {
            id,
            user,
            rule: rule.to_owned(),
            from,
            to,
            made_at: now,
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
    pub fn advance(&self, share: f64) {
        self.progress.store((share.clamp(0.0, 1.0) * 1000.0) as u32, Ordering::Relaxed);
    }
    pub fn progress(&self) -> f64 {
        f64::from(self.progress.load(Ordering::Relaxed)) / 1000.0
    }
    pub fn end(&self, with: Result<BacktestResult, ApiError>) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(with);
    }
    pub fn has_ended(&self) -> bool {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
    pub fn result(&self) -> Option<BacktestResult> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.as_ref().and_then(|e| e.as_ref().ok()).cloned()
    }
    pub fn take_error(&self) -> Option<ApiError> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.take() {
            Some(Err(e)) => Some(e),
            other => {
                *ended = other;
                None
            }
        }
    }
}
