//! The call tree of urgent pushes: whom to call next where nobody is coming (PU3).

use crate::Installation;
use linli_model::Fault;
use linli_notice::{Recipient, push::call};
use linli_server::{PageEvent, pushes::Known};
use linli_store::{Change, Commit, PushChange};
use std::sync::Arc;

const PUSHES_MAX: u32 = 50;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let due = house.store.pushes_due(house.clock.now(), PUSHES_MAX).await?;
    let full = due.len() == PUSHES_MAX as usize;
    if due.is_empty() {
        return Ok(false);
    }
    let known = Known::load(&house.state).await?;
    for record in due {
        let calls = call(&record.push, &record.people, &known.situation(&house.state, &[]));
        let told: Vec<_> = calls.told.iter().map(|(_, notice)| notice.clone()).collect();
        let called = PushChange::Called { push: record.push.id, people: calls.told, next_at: calls.next_at };
        // The same people have the same notices: found again after a crash, they are told once.
        let changes = vec![Change::Push(Box::new(called))];
        let commit = Commit { at: house.clock.now(), changes, ..Commit::default() };
        house.store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
        for notice in &told {
            if let Recipient::User(user) = notice.recipient {
                house.state.events.tell(PageEvent::Notice { id: notice.id.to_string(), user });
            }
        }
        linli_server::pushes::tell(&house.state, &record.push);
    }
    Ok(full)
}
