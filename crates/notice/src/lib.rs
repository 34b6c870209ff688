//! Notices: facts, a policy and what was told before come to what should be told now.
//!
//! Owns: who is told what after which fact, quiet hours, limits against fatigue, and the ladder upward when
//! an urgent case is not taken.
//!
//! Invariants
//! - NO1 A notice is decided once: its key (case, reason, recipient, step) is in the ledger from then on, and
//!   deciding the same facts again gives nothing.
//! - NO2 Alarms and urgent matters wait for nothing: no quiet hours, no limit.
//! - NO3 Nobody is told of what they did themselves.
//! - NO4 Whoever reported hears of the answer, whatever else was said; who has no page to read it on is called,
//!   and that call is asked of the owner. Who withdrew is left in peace.
//!
//! Deliberately absent: sending (channels), names, and addresses.

pub mod decide;
pub mod escalate;
pub mod ledger;
pub mod path;
pub mod policy;
pub mod push;
pub mod retry;
mod shared;
pub mod ways;

pub use decide::{ANSWERED, Situation, decide};
pub use escalate::{escalate, escalation_at, has_climbed};
pub use ledger::{Key, Ledger};
pub use policy::NoticePolicy;
pub use push::{Push, PushId};

use linli_casework::{CaseId, ReporterId};
use linli_model::{Instant, Severity, Text, UserId, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(NoticeId);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    User(UserId),
    Reporter(ReporterId),
}

/// One thing one person should be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub case: Option<CaseId>,
    /// The push it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushId>,
    /// snake_case: `new_case`, `assigned`, `to_verify`, `returned`, `answered` …
    pub reason: String,
    pub recipient: Recipient,
    /// Which occurrence of the reason: the number of the fact, or the rung of the ladder.
    pub step: u32,
    pub title: Text,
    pub body: Text,
    pub severity: Severity,
    /// Not before this.
    pub due_at: Instant,
    pub channel: String,
    pub created_at: Instant,
}

impl Notice {
    /// Notices of one recipient with the same key may be shown as one. What matters at once stands by itself.
    pub fn group_key(&self) -> String {
        match self.case {
            Some(case) if self.severity >= Severity::Urgent => format!("{}:{case}", self.reason),
            _ => self.push.map_or_else(|| self.reason.clone(), |push| format!("{}:{push}", self.reason)),
        }
    }
    pub fn key(&self) -> Key {
        Key {
            case: self.case,
            push: self.push,
            reason: self.reason.clone(),
            recipient: self.recipient,
            step: self.step,
        }
    }
}
