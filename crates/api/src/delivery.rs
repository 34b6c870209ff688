//! How a person wants to be told, and what has not come through.

use crate::Coded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One's own choice. Everything lies in the inbox, whatever is chosen here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MyWays {
    /// Mail address; empty = nothing by mail.
    pub email: String,
    /// Urgent ones by mail, too.
    pub urgent_mail: bool,
    /// What becomes of those that can wait: `inbox`, `mail` or `digest`.
    pub rest: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptRow {
    pub at: String,
    pub channel: String,
    /// `delivered`, `accepted`, `unknown`, `passing`, `lasting` or `again`.
    pub outcome: Coded,
    pub detail: String,
}

/// A notice some channel had trouble with. What it says is for its reader alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TroubledNotice {
    pub id: String,
    pub reason: String,
    pub urgent: bool,
    pub recipient: String,
    pub at: String,
    /// `waiting`, `given_up`, `refused` or `through`.
    pub state: Coded,
    /// It may have come twice: an attempt had no answer, and another followed.
    pub possibly_twice: bool,
    pub next_at: Option<String>,
    pub attempts: Vec<AttemptRow>,
}
