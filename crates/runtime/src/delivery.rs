//! Carrying notices out: those that are due, through every channel that takes them, each attempt recorded.
//!
//! Invariants
//! - DL1 Each channel is tried on its own: one that fails, or answers nothing, neither holds up nor repeats another.
//! - DL2 What becomes of a channel follows from its recorded attempts alone; a crash between sending and recording
//!   sends again under the same id (CH1).
//! - DL3 What matters at once goes first.
//! - DL4 A notice has no next try only when every channel that takes it is through with it: nothing is unsent unseen.

use futures::{StreamExt, stream};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::{Fault, Instant, UserId};
use linli_notice::{
    Notice, PushId, Recipient,
    retry::{Next, Tried, next},
    ways::{self, Ways},
};
use linli_server::ports::Clock;
use linli_store::{Attempt, Change, Commit, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::Mutex;

/// A channel, the name its attempts are recorded under, and whom it reaches.
#[derive(Clone)]
pub struct Way {
    pub name: String,
    pub kind: ways::Way,
    pub channel: Arc<dyn Channel>,
}

const NOTICES_MAX: u32 = 200;
/// So many are under way at once; a channel that answers nothing holds up these at most, for as long as it may take.
pub const AT_ONCE: usize = 32;

/// What a turn came to.
#[derive(Debug, Default)]
pub struct Turn {
    /// As many as are looked at together: there may be more.
    pub full: bool,
    /// Pushes whose receipts may have changed.
    pub pushes: BTreeSet<PushId>,
}

pub struct Delivery<'a> {
    pub store: &'a dyn Store,
    pub channels: &'a [Way],
    pub clock: &'a dyn Clock,
    /// [`AT_ONCE`]; one after the other where the order has to be the same each time.
    pub at_once: usize,
}

impl Delivery<'_> {
    pub async fn turn(&self) -> Result<Turn, Fault> {
        let mut notices = self.store.notices_due(self.clock.now(), NOTICES_MAX).await?;
        let full = notices.len() == NOTICES_MAX as usize;
        // Stable: of the same weight, the oldest first (DL3).
        notices.sort_by_key(|n| std::cmp::Reverse(n.severity));
        let mut known: BTreeMap<UserId, Ways> = BTreeMap::new();
        for notice in &notices {
            if let Recipient::User(user) = notice.recipient
                && !known.contains_key(&user)
            {
                known.insert(user, self.store.ways(user).await?);
            }
        }
        let nobodys = Ways::default();
        let mut jobs = Vec::with_capacity(notices.len());
        for notice in &notices {
            let ways = match notice.recipient {
                Recipient::User(user) => known.get(&user).unwrap_or(&nobodys),
                Recipient::Reporter(_) => &nobodys,
            };
            jobs.push(self.deliver(notice, ways));
        }
        side_by_side(jobs, self.at_once).await.into_iter().collect::<Result<Vec<()>, Fault>>()?;
        Ok(Turn { full, pushes: notices.iter().filter_map(|n| n.push).collect() })
    }

    async fn deliver(&self, notice: &Notice, ways: &Ways) -> Result<(), Fault> {
        let attempts = self.store.attempts(notice.id).await?;
        let taking: Vec<&Way> = self.channels.iter().filter(|w| ways::takes(w.kind, notice, ways)).collect();
        let now = self.clock.now();
        let due: Vec<&Way> = taking
            .iter()
            .copied()
            .filter(|w| next_try(&attempts, &w.name, notice).at().is_some_and(|at| at <= now))
            .collect();
        if due.is_empty() {
            // Nobody takes it, or its reader chose otherwise meanwhile: it comes again when a try is due, if ever.
            let next_at = soonest(&taking, &attempts, notice);
            return self.commit(Change::NoticeNext { notice: notice.id, next_at }).await;
        }
        let (message, attempts) = (message(notice), Mutex::new(attempts));
        let mut tries = Vec::with_capacity(due.len());
        for way in due {
            tries.push(self.attempt(way, &message, notice, &taking, &attempts));
        }
        side_by_side(tries, self.at_once).await.into_iter().collect()
    }

    /// Sends and records: what one channel did is on record before another has answered.
    async fn attempt(
        &self,
        way: &Way,
        message: &Message,
        notice: &Notice,
        taking: &[&Way],
        attempts: &Mutex<Vec<Attempt>>,
    ) -> Result<(), Fault> {
        let sent = way.channel.send(message).await;
        let mut attempts = attempts.lock().await;
        attempts.push(came_of(self.clock.now(), notice, &way.name, sent));
        // One that is still under way counts as due: the notice stays on the list until it is through.
        let next_at = soonest(taking, &attempts, notice);
        match attempts.last() {
            Some(made) => self.commit(Change::AttemptAdd(Attempt { next_at, ..made.clone() })).await,
            None => Ok(()),
        }
    }

    async fn commit(&self, change: Change) -> Result<(), Fault> {
        let commit = Commit { at: self.clock.now(), changes: vec![change], ..Commit::default() };
        self.store.commit(commit).await.map(drop).map_err(|e| Fault::passing(e.to_string()))
    }
}

/// One after the other, they are polled by who waits and by nobody else: a simulation holds them that way.
async fn side_by_side<F: Future>(jobs: Vec<F>, at_once: usize) -> Vec<F::Output> {
    if at_once > 1 {
        return stream::iter(jobs).buffer_unordered(at_once).collect().await;
    }
    let mut done = Vec::with_capacity(jobs.len());
    for job in jobs {
        done.push(job.await);
    }
    done
}

fn soonest(taking: &[&Way], attempts: &[Attempt], notice: &Notice) -> Option<Instant> {
    taking.iter().filter_map(|way| next_try(attempts, &way.name, notice).at()).min()
}

/// When a channel is to be tried next with a notice.
pub fn next_try(attempts: &[Attempt], channel: &str, notice: &Notice) -> Next {
    let tried: Vec<Tried<'_>> = attempts
        .iter()
        .filter(|a| a.channel == channel)
        .map(|a| Tried { at: a.at, outcome: &a.outcome })
        .collect();
    next(&tried, notice.due_at, notice.severity)
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

fn came_of(at: Instant, notice: &Notice, channel: &str, sent: Result<Receipt, SendFault>) -> Attempt {
    let (outcome, detail) = match sent {
        Ok(Receipt::Delivered) => ("delivered", String::new()),
        Ok(Receipt::Accepted) => ("accepted", String::new()),
        Err(SendFault::Unknown(why)) => ("unknown", why),
        Err(SendFault::Passing(why)) => ("passing", why),
        Err(SendFault::Lasting(why)) => ("lasting", why),
    };
    let channel = channel.to_owned();
    Attempt { notice: notice.id, at, channel, outcome: outcome.to_owned(), detail, next_at: None }
}
