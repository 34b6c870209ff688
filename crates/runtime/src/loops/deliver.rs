//! The delivery loop: notices that are due, through their channels, each attempt recorded.

use crate::Installation;
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_deliver::in_app::InApp;
use linli_model::{Fault, Millis};
use linli_notice::{Notice, Recipient};
use linli_server::PageEvent;
use linli_store::{Attempt, Change, Commit};
use std::sync::Arc;

const NOTICES_MAX: u32 = 200;
/// Waits between attempts; after the last the notice is given up, visibly.
const WAITS: [Millis; 5] =
    [Millis::secs(5), Millis::secs(30), Millis::minutes(5), Millis::minutes(30), Millis::hours(4)];

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let notices = house.store.notices_due(house.clock.now(), NOTICES_MAX).await?;
    let full = notices.len() == NOTICES_MAX as usize;
    let events = house.state.events.clone();
    let in_app = InApp::with_bell(Arc::new(move |recipient, id| {
        if let linli_channel::Recipient::User(user) = recipient {
            events.tell(PageEvent::Notice { id: id.to_owned(), user: *user });
        }
    }));
    for notice in notices {
        let sent = in_app.send(&message(&notice)).await;
        let before = house.store.attempts(notice.id).await?.len();
        let attempt = attempt(&house, &notice, in_app.code(), sent, before);
        let commit =
            Commit { at: house.clock.now(), changes: vec![Change::AttemptAdd(attempt)], ..Commit::default() };
        house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(full)
}

fn message(notice: &Notice) -> Message {
    Message {
        id: notice.id.to_string(),
        recipient: match notice.recipient {
            Recipient::User(user) => linli_channel::Recipient::User(user),
            Recipient::Reporter(reporter) => linli_channel::Recipient::Reporter(reporter.to_string()),
        },
        title: notice.title.clone(),
        body: notice.body.clone(),
        urgency: format!("{:?}", notice.severity).to_lowercase(),
        link: notice.case.map(|c| format!("/m/cases/{c}")).unwrap_or_default(),
    }
}

fn attempt(
    house: &Installation,
    notice: &Notice,
    channel: &str,
    sent: Result<Receipt, SendFault>,
    before: usize,
) -> Attempt {
    let (outcome, detail, again) = match sent {
        Ok(Receipt::Delivered) => ("delivered", String::new(), false),
        Ok(Receipt::Accepted) => ("accepted", String::new(), false),
        Err(SendFault::Unknown(why)) => ("unknown", why, true),
        Err(SendFault::Passing(why)) => ("passing", why, true),
        Err(SendFault::Lasting(why)) => ("lasting", why, false),
    };
    let now = house.clock.now();
    Attempt {
        notice: notice.id,
        at: now,
        channel: channel.to_owned(),
        outcome: outcome.to_owned(),
        detail,
        next_at: WAITS.get(before).filter(|_| again).map(|wait| now + *wait),
    }
}
