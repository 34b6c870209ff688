//! Port: ways to tell people.
//!
//! Owns: what a message is when it leaves the house, and what a channel may answer.
//!
//! Invariants
//! - CH1 A message keeps its id over all attempts; a channel that can, hands it to the other side, so that
//!   "possibly twice" is recognisable there.
//! - CH2 A channel never decides whether, when or whom to tell; that is decided in `notice` and stored.
//! - CH3 A failure says whether the outcome is unknown, passing or lasting; nothing else is retried.
//!
//! Deliberately absent: retries, back-off, quiet hours.

use linli_model::{Text, UserId};
use serde::{Deserialize, Serialize};

/// To whom a message goes; the address is looked up by the channel's own settings, never carried along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    User(UserId),
    /// The person who reported a case, through the case's follow page.
    Reporter(String),
}

/// One message, ready to go. Carries no personal data beyond what its reader may see in the page it links to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The notice's id, the same over all attempts.
    pub id: String,
    pub recipient: Recipient,
    pub title: Text,
    pub body: Text,
    /// snake_case severity code.
    pub urgency: String,
    /// Path of the page to open, e.g. `/m/cases/…`.
    pub link: String,
}

/// How far a message is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// The channel's other side took it.
    Accepted,
    /// It lies before the reader.
    Delivered,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// It may or may not have arrived; retry under the same id and show it as "possibly twice".
    #[error("outcome unknown: {0}")]
    Unknown(String),
    /// It did not arrive; a later attempt may.
    #[error("not now: {0}")]
    Passing(String),
    /// It did not arrive and never will as it is (gone address, refused credentials).
    #[error("refused: {0}")]
    Lasting(String),
}

#[async_trait::async_trait]
pub trait Channel: Send + Sync {
    /// snake_case code, as stored with each attempt.
    fn code(&self) -> &'static str;
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault>;
    /// Goes the way a message would go, as far as it leads without telling anybody anything.
    async fn probe(&self) -> Result<(), SendFault>;
}
