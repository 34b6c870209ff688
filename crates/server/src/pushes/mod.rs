//! One-tap pushes: composing, sending, watching receipts, answering.
//!
//! Invariants
//! - PE1 Who is meant is decided by `linli_notice::push`, for the preview and for sending alike.
//! - PE2 Numbers and names are shown to who may send to the push's area, and to nobody else; names for a day (PU5).
//! - PE3 Only who was asked can answer.

pub mod answer;
pub mod list;
pub mod mine;
pub mod send;
pub mod view;

use crate::{
    events::PageEvent,
    labels,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_api::push::{PushCounts, PushPerson, PushRow};
use linli_casework::Roster;
use linli_model::{Area, AreaId, AreaPath, AreaTree, Diagnostic, Fault, Post, Role, UserId};
use linli_notice::{
    Push, PushId,
    push::{PushSituation, Reply, receipts},
};
use linli_store::{PushRecord, User};
use std::collections::BTreeMap;

/// The groups a push can go to: everybody who works in the neighbourhood.
pub(super) const GROUPS: [Role; 10] = [
    Role::Volunteer,
    Role::Patrol,
    Role::Cadre,
    Role::GridLeader,
    Role::PropertyStaff,
    Role::Guard,
    Role::Police,
    Role::PopulationAssistant,
    Role::OwnersCommittee,
    Role::DutyDesk,
];

/// Whom a push is for, checked.
pub(super) struct Aim {
    pub groups: Vec<Role>,
    pub area: Area,
    pub within: Vec<AreaPath>,
}

pub(super) async fn aim(state: &ServerState, who: &Who, groups: &[String], area: &str) -> Answer<Aim> {
    who.check_anywhere(state, Action::PushSend)?;
    let areas = state.areas().await?;
    let known = |code: &String| GROUPS.into_iter().find(|r| r.as_str() == code);
    let roles: Option<Vec<Role>> = groups.iter().map(known).collect();
    let Some(groups) = roles.filter(|r| !r.is_empty()) else {
        return Err(Diagnostic::new(
            "push_group_unknown",
            "groups",
            "请选择要通知的人群",
            "choose whom it is for",
        )
        .into());
    };
    let Some(area) = areas.find(&AreaId::new(area)) else {
        return Err(Diagnostic::new("area_unknown", "area", "没有这个区域", "there is no such area").into());
    };
    who.check(state, Action::PushSend, &areas.lies(area))?;
    Ok(Aim { groups, area: area.clone(), within: who.areas(state, Action::PushSend) })
}

/// What deciding about a push needs.
pub struct Known {
    areas: std::sync::Arc<AreaTree>,
    roster: Roster,
    today: BTreeMap<UserId, u32>,
}

impl Known {
    pub async fn load(state: &ServerState) -> Result<Known, Fault> {
        let today = state.now().day_in(state.zone());
        let since = linli_model::Instant::start_of(today, state.zone());
        Ok(Known {
            areas: state.areas().await?,
            roster: state.roster().await?,
            today: state.store.pushed_since(since).await?,
        })
    }
    pub fn situation<'a>(&'a self, state: &'a ServerState, within: &'a [AreaPath]) -> PushSituation<'a> {
        PushSituation {
            now: state.now(),
            policy: &state.policy,
            areas: &self.areas,
            roster: &self.roster,
            within,
            today: &self.today,
        }
    }
}

/// Tells those who watch a push that its numbers have changed.
pub fn tell(state: &ServerState, push: &Push) {
    state.events.tell(PageEvent::Push {
        id: push.id.to_string(),
        area: push.area_path.clone(),
        sender: push.sender,
    });
}

/// After a person got notices, or looked at them: those who watch the pushes of the last day look again.
pub async fn tell_receipts(state: &ServerState, user: UserId) -> Result<(), Fault> {
    let since = state.now() - linli_notice::push::NAMED_FOR;
    for push in state.store.pushes_to(user, since).await? {
        tell(state, &push);
    }
    Ok(())
}

pub(super) async fn found(state: &ServerState, id: &str) -> Answer<PushRecord> {
    let id: PushId = id.parse().map_err(|_| ApiError::NotFound)?;
    state.store.push(id).await?.ok_or(ApiError::NotFound)
}

pub(super) fn area_name(areas: &AreaTree, area: &AreaId) -> String {
    areas.find(area).map_or_else(String::new, |a| a.name.clone())
}

pub(super) fn user_name(users: &BTreeMap<UserId, User>, user: UserId) -> String {
    users.get(&user).map_or_else(String::new, |u| u.name.clone())
}

pub(super) fn person(post: &Post, areas: &AreaTree, users: &BTreeMap<UserId, User>) -> PushPerson {
    PushPerson {
        name: user_name(users, post.user),
        role: labels::role(post.role),
        area_name: area_name(areas, &post.area),
    }
}

pub(super) fn row(record: &PushRecord, areas: &AreaTree, users: &BTreeMap<UserId, User>) -> PushRow {
    let (push, r) = (&record.push, receipts(&record.push, &record.people));
    PushRow {
        id: push.id.to_string(),
        text: push.text.clone(),
        urgent: push.urgent,
        groups: push.groups.iter().map(|r| labels::role(*r)).collect(),
        area_name: area_name(areas, &push.area),
        sender_name: user_name(users, push.sender),
        at: push.created_at.to_string(),
        counts: PushCounts {
            asked: r.asked,
            delivered: r.delivered,
            seen: r.seen,
            coming: r.coming,
            done: r.done,
            cannot: r.cannot,
            called: r.called,
        },
    }
}

pub(super) fn reply_label(reply: Reply) -> linli_api::Coded {
    let (zh, en) = match reply {
        Reply::Coming => ("前往", "Coming"),
        Reply::Cannot => ("去不了", "Cannot come"),
        Reply::Done => ("已完成", "Done"),
    };
    linli_api::Coded::new(reply.code(), labels::say(&linli_model::Text::new(zh, en)))
}
