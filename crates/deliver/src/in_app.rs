//! In-app: the notice already lies in the reader's inbox (it was committed with the facts); sending only
//! rings the bell of pages that are open. That it came is known when one of them fetches it.

use linli_channel::{Channel, Message, Receipt, Recipient, SendFault};
use std::sync::Arc;

/// Rings for open pages; nobody listening is not a failure, the inbox holds the notice.
pub type Bell = Arc<dyn Fn(&Recipient, &str) + Send + Sync>;

pub struct InApp {
    bell: Bell,
}

impl InApp {
    pub fn with_bell(bell: Bell) -> Self {
        InApp { bell }
    }
}

#[async_trait::async_trait]
impl Channel for InApp {
    fn code(&self) -> &'static str {
        "in_app"
    }
    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        (self.bell)(&message.recipient, &message.id);
        Ok(Receipt::Accepted)
    }
    /// The inbox is the store, which the canary goes through before it comes here.
    async fn probe(&self) -> Result<(), SendFault> {
        Ok(())
    }
}
