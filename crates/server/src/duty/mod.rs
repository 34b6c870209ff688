//! When posts are on duty: a week of an area, and setting it.
//!
//! Invariants
//! - DY1 Whether somebody is on duty is seen by all who see the area's cases; their absences by those who set them.

pub mod set;
pub mod week;

use crate::{labels::say, state::ServerState};
use linli_access::Action;
use linli_api::duty::*;
use linli_model::{Instant, UserId};
use linli_store::{DutyVersion, User};
use std::collections::BTreeMap;

/// Any of these shows the week of an area.
pub(crate) const SEEN_BY: [Action; 2] = [Action::CaseRead, Action::DutyKeep];

/// The minute is what people set.
const CLOCK: &str = "%H:%M";

pub(super) fn span((from, to): &(Instant, Instant)) -> DutySpan {
    DutySpan { from: from.to_string(), to: to.to_string() }
}

pub(super) fn settings(version: Option<&DutyVersion>, users: &BTreeMap<UserId, User>) -> DutySettings {
    let Some(v) = version else {
        return DutySettings {
            version: 0,
            hours: vec![],
            turns: vec![],
            away: vec![],
            set_by: None,
            set_at: None,
        };
    };
    let hours = v.duty.hours.iter().map(|h| DutyHours {
        days: h.days.code().to_owned(),
        from: h.from.strftime(CLOCK).to_string(),
        to: h.to.strftime(CLOCK).to_string(),
    });
    let turns = v.duty.turns.iter().map(|t| DutyTurn {
        date: t.date.to_string(),
        from: t.from.strftime(CLOCK).to_string(),
        to: t.to.strftime(CLOCK).to_string(),
    });
    let away = v.duty.away.iter().map(|a| DutyAway { from: a.from.to_string(), until: a.until.to_string() });
    DutySettings {
        version: v.version,
        hours: hours.collect(),
        turns: turns.collect(),
        away: away.collect(),
        set_by: users.get(&v.set_by).map(|u| u.name.clone()),
        set_at: Some(v.set_at.to_string()),
    }
}

/// One post as it stands in the week.
pub(super) struct Row<'a> {
    pub candidate: &'a linli_casework::Candidate,
    pub version: Option<&'a DutyVersion>,
    pub may_set: bool,
}

pub(super) async fn post_view(
    state: &ServerState,
    row: Row<'_>,
    range: (Instant, Instant),
) -> Result<DutyPost, linli_model::Fault> {
    let (areas, users) = (state.areas().await?, state.users().await?);
    let unset = linli_casework::Duty::default();
    let duty = row.version.map_or(&unset, |v| &v.duty);
    let post = &row.candidate.post;
    let spans = duty.spans(range.0, range.1, &state.calendar);
    Ok(DutyPost {
        post: post.id.to_string(),
        name: users.get(&post.user).map(|u| u.name.clone()).unwrap_or_default(),
        role: crate::labels::role(post.role),
        area: crate::cases::view::area(&areas, &post.area),
        is_on_now: row.candidate.on_duty,
        always: duty.is_always(),
        spans: spans.iter().map(span).collect(),
        open_cases: row.candidate.open_cases,
        set: row.may_set.then(|| settings(row.version, &users)),
    })
}

/// What becomes of cases while nobody of a level is there.
pub(super) fn falls_to() -> String {
    say(&linli_model::Text::new(
        "无人值守时,新案件由上一级在岗人员接手;各级都无人在岗时,由最近的岗位负责。紧急案件仍会逐级通知到有人应答。",
        "While nobody is on duty, new cases go to who is on duty one level up; where nobody is at any level, to the nearest post. Urgent ones still climb until somebody answers.",
    ))
}
