//! Promises: deadlines given, as records.
//!
//! Invariants
//! - PR1 A promise's due time is fixed when it is made; only a stopped clock moves it, by the time it stood still
//!   counted in the promise's own unit, an extension that somebody of the level above granted, and what PR6 says.
//! - PR2 Kept or broken is written once (CW5); what a case that ended otherwise leaves open is void.
//! - PR3 Warnings count the promise's own unit: half of the working time, not half of the weekend.
//! - PR4 The call that is owed to a reporter outlives the case: it is kept, broken or taken over by a dispute, and no other
//!   reporter's rating ends it.
//! - PR5 What was said to be done and is not, as a check finds, was not kept: its promise goes on with the time that was
//!   left when it was said. Who says so too early gains nothing by it.
//! - PR6 One that was counted into a year before its holidays were published is counted again once they are, and is
//!   provisional no more; never so that it would be late by then.

pub mod calendar;

use crate::{class::Limit, task::TaskNo};
use linli_model::{Instant, Text};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// The reporter hears from a person (先行联系); a note the reporter can read keeps it.
    FirstContact,
    /// Someone takes it.
    Accept,
    /// Handled, ready to be verified.
    Complete,
    /// Verified by someone else.
    Verify,
    /// The reporter has an answer.
    Answer,
    /// A dispute is looked at one level up.
    Review,
    /// The street's own promise for concentrated matters, beside the official limit.
    ThreeDay,
    /// The level a case was passed up to decides: takes it, gives it down, out or further up.
    Decide,
    /// The level above decides on a request for more time.
    Extension,
    /// A co-handler does the task of this number.
    Task(TaskNo),
    /// What was promised earlier to somebody whose case was merged into this one.
    Joined,
    /// Reporters without a page are called and asked.
    CallBack,
}

/// What is promised of the handling itself, to the street or to one who came along.
pub const OF_HANDLING: [PromiseKind; 3] = [PromiseKind::Complete, PromiseKind::ThreeDay, PromiseKind::Joined];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Open,
    Kept {
        at: Instant,
    },
    Broken {
        at: Instant,
    },
    /// The case ended otherwise (merged, withdrawn, rejected) before it was due.
    Void {
        at: Instant,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    pub kind: PromiseKind,
    pub round: u32,
    pub made_at: Instant,
    pub limit: Limit,
    pub due_at: Instant,
    /// Counted into a year whose swap days are not published yet.
    pub provisional: bool,
    pub paused_since: Option<Instant>,
    /// The last threshold that was warned of, in percent.
    pub warned: u8,
    /// When shares of its time (in percent) are used up, counted in its unit.
    #[serde(default)]
    pub warn_at: Vec<(u8, Instant)>,
    /// By how much it was extended, in its unit, and how often.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extensions: u32,
    pub outcome: Outcome,
}

impl Promise {
    pub fn is_open(&self) -> bool {
        self.outcome == Outcome::Open
    }
    pub fn kept_at(&self) -> Option<Instant> {
        if let Outcome::Kept { at } = self.outcome { Some(at) } else { None }
    }
    /// Of the handling: kept when it is said to be done, and made anew when the check finds otherwise (PR5).
    pub fn is_of_handling(&self) -> bool {
        OF_HANDLING.contains(&self.kind)
    }
    /// The limit it was given with what it was extended by.
    pub fn whole_limit(&self) -> Limit {
        Limit { amount: self.limit.amount + self.extended, ..self.limit }
    }
    /// When `percent` of its time has passed; of the plain span where no share was counted for it.
    pub fn at_percent(&self, percent: u8) -> Instant {
        if percent >= 100 {
            return self.due_at;
        }
        if let Some((_, at)) = self.warn_at.iter().find(|(p, _)| *p == percent) {
            return *at;
        }
        let span = self.due_at - self.made_at;
        Instant(self.made_at.millis() + (span.0 as i128 * i128::from(percent) / 100) as i64)
    }
}

pub(crate) fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl PromiseKind {
    /// Every kind but tasks, which are numbered.
    pub const ALL: [PromiseKind; 11] = [
        PromiseKind::FirstContact,
        PromiseKind::Accept,
        PromiseKind::Complete,
        PromiseKind::Verify,
        PromiseKind::Answer,
        PromiseKind::Review,
        PromiseKind::ThreeDay,
        PromiseKind::Decide,
        PromiseKind::Extension,
        PromiseKind::Joined,
        PromiseKind::CallBack,
    ];
    /// Whether the case's owner owes it; the others are owed by who decides on more time and by co-handlers.
    pub fn is_of_owner(self) -> bool {
        !matches!(self, PromiseKind::Extension | PromiseKind::Task(_))
    }
    pub fn code(self) -> &'static str {
        match self {
            PromiseKind::FirstContact => "first_contact",
            PromiseKind::Accept => "accept",
            PromiseKind::Complete => "complete",
            PromiseKind::Verify => "verify",
            PromiseKind::Answer => "answer",
            PromiseKind::Review => "review",
            PromiseKind::ThreeDay => "three_day",
            PromiseKind::Decide => "decide",
            PromiseKind::Extension => "extension",
            PromiseKind::Task(_) => "task",
            PromiseKind::Joined => "joined",
            PromiseKind::CallBack => "call_back",
        }
    }
    pub fn label(self) -> Text {
        match self {
            PromiseKind::FirstContact => Text::new("先行联系时限", "First contact by"),
            PromiseKind::Accept => Text::new("受理时限", "Accept by"),
            PromiseKind::Complete => Text::new("处置时限", "Handle by"),
            PromiseKind::Verify => Text::new("核查时限", "Verify by"),
            PromiseKind::Answer => Text::new("答复时限", "Answer by"),
            PromiseKind::Review => Text::new("复核时限", "Review by"),
            PromiseKind::ThreeDay => Text::new("三天承诺", "Three-day promise"),
            PromiseKind::Decide => Text::new("本级决定时限", "This level decides by"),
            PromiseKind::Extension => Text::new("延期审批时限", "Decide on more time by"),
            PromiseKind::Task(n) => Text::new(format!("协办时限(任务 {n})"), format!("Task {n} by")),
            PromiseKind::Joined => Text::new("对并入反映人的承诺", "Promised to a reporter who joined"),
            PromiseKind::CallBack => Text::new("回访时限", "Call back by"),
        }
    }
}
