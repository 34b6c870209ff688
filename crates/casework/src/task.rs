//! Joint handling: what an owner asks of a co-handler (协办). One owner answers for the case; each task has one
//! holder, a text and a clock of its own ([`crate::PromiseKind::Task`]).
//!
//! Invariants
//! - TA1 While a task is open its case is not proposed done; the owner drops it with a reason, or it is done or refused.
//! - TA2 Who accepted or did a task handled the case: never checks it, never reviews it (CW2).
//! - TA3 Each task's promise is kept or broken by itself; it never outlasts the time of handling.

use crate::{case::Owner, owner::roster::Explanation};
use linli_model::{Instant, Text};
use serde::{Deserialize, Serialize};

/// From 1 within a case.
pub type TaskNo = u32;

/// The most tasks that are open at a time.
pub const OPEN_TASKS_MAX: usize = 10;
/// The most working days a task is given.
pub const TASK_DAYS_MAX: u32 = 60;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub n: TaskNo,
    pub holder: Owner,
    /// Why this holder.
    pub explanation: Explanation,
    pub text: String,
    pub asked_at: Instant,
    pub state: TaskState,
    /// What the holder said at the end, or why it was refused or dropped.
    pub words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Asked,
    Accepted,
    Done,
    Refused,
    Dropped,
}

impl Task {
    pub fn is_open(&self) -> bool {
        matches!(self.state, TaskState::Asked | TaskState::Accepted)
    }
}

impl TaskState {
    pub fn code(self) -> &'static str {
        match self {
            TaskState::Asked => "asked",
            TaskState::Accepted => "accepted",
            TaskState::Done => "done",
            TaskState::Refused => "refused",
            TaskState::Dropped => "dropped",
        }
    }
    pub fn label(self) -> Text {
        match self {
            TaskState::Asked => Text::new("待接受", "Asked"),
            TaskState::Accepted => Text::new("协办中", "Accepted"),
            TaskState::Done => Text::new("已完成", "Done"),
            TaskState::Refused => Text::new("已拒绝", "Refused"),
            TaskState::Dropped => Text::new("已取消", "Dropped"),
        }
    }
}
