//! Answers that no way brought to their reporter: somebody is asked to call (CB4).

use crate::Installation;
use linli_casework::Command;
use linli_model::{Fault, Instant, Millis};
use linli_notice::{Notice, Recipient};
use linli_server::cases::carry::carry_by_clock;
use linli_store::{Attempt, BY_CALL, Change, Commit};
use std::sync::Arc;

/// What was answered longer ago has been given up long since, and called about.
const SINCE: Millis = Millis::days(14);
const ANSWERS_MAX: u32 = 200;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let now = house.clock.now();
    let found = house.store.untold_answers(now - SINCE, ANSWERS_MAX).await?;
    for (notice, _) in &found {
        let (Some(case), Recipient::Reporter(reporter)) = (notice.case, notice.recipient) else { continue };
        if let Some(case) = house.store.case(case).await? {
            // Refused where they have spoken meanwhile, or are called anyway: then, too, this notice is done with.
            let command = Command::AnswerUndelivered { reporter };
            let carried = carry_by_clock(&house.state, &case, &command).await?;
            let newest = house.store.case(case.id).await?;
            if carried.is_none() && newest.is_some_and(|c| c.version != case.version) {
                continue; // Somebody was faster; next time.
            }
        }
        house.store.commit(called(notice, now)).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(false)
}

fn called(notice: &Notice, at: Instant) -> Commit {
    let attempt = Attempt {
        notice: notice.id,
        at,
        channel: BY_CALL.to_owned(),
        outcome: "accepted".to_owned(),
        detail: String::new(),
        next_at: None,
    };
    Commit { at, changes: vec![Change::AttemptAdd(attempt)], ..Commit::default() }
}
