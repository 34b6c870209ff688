//! The delivery loop: notices that are due, through every channel that is set up, each attempt recorded.
//!
//! Invariants
//! - DL1 Each channel is tried on its own: one that fails neither holds up nor repeats another.
//! - DL2 What becomes of a channel follows from its recorded attempts alone; a crash between sending and recording
//!   sends again under the same id (CH1).

use crate::Installation;
use linli_channel::{Message, Receipt, SendFault};
use linli_model::{Fault, Instant, Millis};
use linli_notice::{Notice, Recipient};
use linli_store::{Attempt, Change, Commit};
use std::sync::Arc;

const NOTICES_MAX: u32 = 200;
/// Waits between attempts; after the last a channel is given up, visibly.
const WAITS: [Millis; 5] =
    [Millis::secs(5), Millis::secs(30), Millis::minutes(5), Millis::minutes(30), Millis::hours(4)];

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let notices = house.store.notices_due(house.clock.now(), NOTICES_MAX).await?;
    let full = notices.len() == NOTICES_MAX as usize;
    for notice in notices {
        deliver(&house, &notice).await?;
    }
    Ok(full)
}

async fn deliver(house: &Installation, notice: &Notice) -> Result<(), Fault> {
    let mut attempts = house.store.attempts(notice.id).await?;
    let kept = attempts.len();
    for (name, channel) in &house.channels {
        let now = house.clock.now();
        if next_try(&attempts, name, notice.due_at).is_some_and(|at| at <= now) {
            let sent = channel.send(&message(notice)).await;
            attempts.push(attempt(now, notice, name, sent));
        }
    }
    let tries = house.channels.iter().filter_map(|(name, _)| next_try(&attempts, name, notice.due_at));
    let next_at = tries.min();
    let changes = attempts.split_off(kept).into_iter().map(|a| Change::AttemptAdd(Attempt { next_at, ..a }));
    let commit = Commit { at: house.clock.now(), changes: changes.collect(), ..Commit::default() };
    house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    // Who watches a push sees it arrive.
    if let Some(push) = notice.push
        && let Some(record) = house.store.push(push).await?
    {
        linli_server::pushes::tell(&house.state, &record.push);
    }
    Ok(())
}

/// When a channel is to be tried next; never again once it took the message, refused it for good, or was given up.
fn next_try(attempts: &[Attempt], channel: &str, due_at: Instant) -> Option<Instant> {
    let mut tried = 0;
    let mut last = None;
    for attempt in attempts.iter().filter(|a| a.channel == channel) {
        tried += 1;
        last = Some(attempt);
    }
    match last {
        None => Some(due_at),
        Some(last) if ["unknown", "passing"].contains(&last.outcome.as_str()) => {
            WAITS.get(tried - 1).map(|wait| last.at + *wait)
        }
        Some(_) => None,
    }
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
        link: match (notice.case, notice.push) {
            (Some(case), _) => format!("/m/cases/{case}"),
            (None, Some(push)) => format!("/m/pushes/{push}"),
            (None, None) => String::new(),
        },
    }
}

fn attempt(at: Instant, notice: &Notice, channel: &str, sent: Result<Receipt, SendFault>) -> Attempt {
    let (outcome, detail) = match sent {
        Ok(Receipt::Delivered) => ("delivered", String::new()),
        Ok(Receipt::Accepted) => ("accepted", String::new()),
        Err(SendFault::Unknown(why)) => ("unknown", why),
        Err(SendFault::Passing(why)) => ("passing", why),
        Err(SendFault::Lasting(why)) => ("lasting", why),
    };
    Attempt {
        notice: notice.id,
        at,
        channel: channel.to_owned(),
        outcome: outcome.to_owned(),
        detail,
        next_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(channel: &str, at: i64, outcome: &str) -> Attempt {
        Attempt {
            notice: linli_model::IdSeed::of_name("n").id("notice"),
            at: Instant(at),
            channel: channel.to_owned(),
            outcome: outcome.to_owned(),
            detail: String::new(),
            next_at: None,
        }
    }

    #[test]
    fn a_channel_is_tried_when_due_again_after_waits_and_never_after_it_took_or_refused() {
        let due = Instant(1_000);
        assert_eq!(next_try(&[], "webhook", due), Some(due));
        let failed = tried("webhook", 2_000, "passing");
        assert_eq!(next_try(std::slice::from_ref(&failed), "webhook", due), Some(Instant(7_000)));
        let twice = [failed.clone(), tried("webhook", 7_000, "unknown")];
        assert_eq!(next_try(&twice, "webhook", due), Some(Instant(37_000)));
        for over in ["accepted", "delivered", "lasting"] {
            assert_eq!(next_try(&[failed.clone(), tried("webhook", 7_000, over)], "webhook", due), None);
        }
        let given_up: Vec<_> = (0..6).map(|n| tried("webhook", n, "passing")).collect();
        assert_eq!(next_try(&given_up, "webhook", due), None);
    }

    /// DL1
    #[test]
    fn what_one_channel_did_says_nothing_of_another() {
        let attempts = [tried("in_app", 2_000, "delivered"), tried("webhook", 2_000, "passing")];
        assert_eq!(next_try(&attempts, "in_app", Instant(0)), None);
        assert_eq!(next_try(&attempts, "webhook", Instant(0)), Some(Instant(7_000)));
    }
}
