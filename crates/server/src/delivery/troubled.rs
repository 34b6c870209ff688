//! Notices some channel had trouble with, for those who look after delivery; and sending one again (DE2).

use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use http::StatusCode;
use linli_access::Action;
use linli_api::{
    Coded, Problem,
    delivery::{AttemptRow, TroubledNotice},
};
use linli_casework::{Case, CaseId};
use linli_model::{AreaPath, AreaTree, Fault, Instant, Millis, Post, Severity, Text, UserId};
use linli_notice::{
    Notice, NoticeId, Recipient,
    retry::{Next, Tried, next, possibly_twice},
};
use linli_store::{Attempt, Change, Commit, User};
use std::collections::{BTreeMap, BTreeSet};

/// How far back one looks.
const SINCE: Millis = Millis::days(7);
const ROWS_MAX: u32 = 200;

fn outcome(code: &str) -> Coded {
    let (zh, en) = match code {
        "delivered" => ("已送达", "Delivered"),
        "accepted" => ("对方已接收", "Taken by the other side"),
        "unknown" => ("没有回音,可能已到", "No answer; it may have arrived"),
        "passing" => ("暂时不通", "Not now"),
        "lasting" => ("被拒绝", "Refused"),
        "again" => ("人工重发", "Sent again by somebody"),
        other => (other, other),
    };
    Coded::new(code, say(&Text::new(zh, en)))
}

/// How it stands over all channels that were tried.
fn state_of(notice: &Notice, attempts: &[Attempt]) -> (Coded, Option<Instant>, bool) {
    let channels: BTreeSet<&str> = attempts.iter().map(|a| a.channel.as_str()).collect();
    let (mut next_at, mut given_up, mut refused, mut twice) = (None::<Instant>, false, false, false);
    for channel in channels {
        let tried: Vec<Tried<'_>> = attempts
            .iter()
            .filter(|a| a.channel == channel)
            .map(|a| Tried { at: a.at, outcome: &a.outcome })
            .collect();
        twice |= possibly_twice(&tried);
        match next(&tried, notice.due_at, notice.severity) {
            Next::At(at) => next_at = Some(next_at.map_or(at, |n| n.min(at))),
            Next::GivenUp => given_up = true,
            Next::Over => refused |= tried.last().is_some_and(|t| t.outcome == "lasting"),
        }
    }
    let (code, zh, en) = match (given_up, refused, next_at) {
        (true, ..) => ("given_up", "已放弃,请处理", "Given up; please see to it"),
        (_, _, Some(_)) => ("waiting", "会再试", "Will be tried again"),
        (_, true, _) => ("refused", "被拒绝,请处理", "Refused; please see to it"),
        _ => ("through", "后来已送出", "Came through later"),
    };
    (Coded::new(code, say(&Text::new(zh, en))), next_at, twice)
}

/// Whom a notice is for: a user by name where they have a post here; a reporter as the one of their case, where it lies
/// here. Who they are stands in the case alone.
struct Readers<'a> {
    posts: &'a [Post],
    users: &'a BTreeMap<UserId, User>,
    areas: &'a AreaTree,
    mine: &'a [AreaPath],
    /// The cases of the reporters' notices.
    cases: BTreeMap<CaseId, Case>,
}

impl<'a> Readers<'a> {
    async fn of(
        state: &ServerState,
        (posts, users, areas): (&'a [Post], &'a BTreeMap<UserId, User>, &'a AreaTree),
        mine: &'a [AreaPath],
        notices: impl Iterator<Item = &Notice>,
    ) -> Result<Readers<'a>, Fault> {
        let to_reporters = notices.filter(|n| matches!(n.recipient, Recipient::Reporter(_)));
        let ids: BTreeSet<CaseId> = to_reporters.filter_map(|n| n.case).collect();
        let mut cases = BTreeMap::new();
        for id in ids {
            cases.extend(state.store.case(id).await?.map(|case| (id, case)));
        }
        Ok(Readers { posts, users, areas, mine, cases })
    }

    fn name(&self, notice: &Notice) -> Option<String> {
        let mine = |path: &AreaPath| self.mine.iter().any(|m| path.within(m));
        match notice.recipient {
            Recipient::User(user) => {
                self.posts.iter().find(|p| p.user == user && mine(&p.area_path))?;
                self.users.get(&user).map(|u| u.name.clone())
            }
            Recipient::Reporter(_) => {
                let case = self.cases.get(&notice.case?)?;
                let number = &case.number;
                let words =
                    Text::new(format!("案件 {number} 的反映人"), format!("a reporter of case {number}"));
                mine(&self.areas.where_today(&case.area_path)).then(|| say(&words))
            }
        }
    }
}

#[utoipa::path(get, path = "/deliveries", operation_id = "listDeliveries", tag = "deliveries",
    responses((status = 200, body = Vec<TroubledNotice>), (status = 403, body = Problem)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<TroubledNotice>>> {
    who.check_anywhere(&state, Action::DeliveryKeep)?;
    let mine = who.areas(&state, Action::DeliveryKeep);
    let (posts, users) = (state.store.posts().await?, state.users().await?);
    let areas = state.areas().await?;
    let found = state.store.troubled(state.now() - SINCE, ROWS_MAX).await?;
    let notices = found.iter().map(|(notice, _)| notice);
    let readers = Readers::of(&state, (&posts, &users, &areas), &mine, notices).await?;
    let row = |(notice, attempts): &(Notice, Vec<Attempt>)| {
        let recipient = readers.name(notice)?;
        let (state, next_at, possibly_twice) = state_of(notice, attempts);
        let attempts = attempts.iter().map(|a| AttemptRow {
            at: a.at.to_string(),
            channel: a.channel.clone(),
            outcome: outcome(&a.outcome),
            detail: a.detail.clone(),
        });
        Some(TroubledNotice {
            id: notice.id.to_string(),
            reason: notice.reason.clone(),
            urgent: notice.severity >= Severity::Urgent,
            recipient,
            at: notice.created_at.to_string(),
            state,
            possibly_twice,
            next_at: next_at.map(|t| t.to_string()),
            attempts: attempts.collect(),
        })
    };
    Ok(Json(found.iter().filter_map(row).collect()))
}

/// Has every channel that did not take it try again, under the same id.
#[utoipa::path(post, path = "/deliveries/{id}/again", operation_id = "deliverAgain", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn again(State(state): State<ServerState>, who: Who, Path(id): Path<String>) -> Answer<StatusCode> {
    who.check_anywhere(&state, Action::DeliveryKeep)?;
    let mine = who.areas(&state, Action::DeliveryKeep);
    let id: NoticeId = id.parse().map_err(|_| ApiError::NotFound)?;
    let notice = state.store.notice(id).await?.ok_or(ApiError::NotFound)?;
    let (posts, users) = (state.store.posts().await?, state.users().await?);
    let areas = state.areas().await?;
    let one = std::iter::once(&notice);
    let readers = Readers::of(&state, (&posts, &users, &areas), &mine, one).await?;
    readers.name(&notice).ok_or(ApiError::NotFound)?;
    let (now, attempts) = (state.now(), state.store.attempts(id).await?);
    let last: BTreeMap<&str, &Attempt> = attempts.iter().map(|a| (a.channel.as_str(), a)).collect();
    let failed =
        last.into_values().filter(|a| ["unknown", "passing", "lasting"].contains(&a.outcome.as_str()));
    let again = |a: &Attempt| Attempt {
        notice: id,
        at: now,
        channel: a.channel.clone(),
        outcome: "again".to_owned(),
        detail: String::new(),
        next_at: Some(now),
    };
    let changes: Vec<Change> = failed.map(|a| Change::AttemptAdd(again(a))).collect();
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}
