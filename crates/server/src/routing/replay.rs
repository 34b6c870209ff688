//! A version of the routing rules over old cases, before it is switched on. Changes nothing (RR3).

use crate::{
    cases::view::area,
    labels::{self, say},
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Coded, Problem, case::OwnerView, routing::*};
use linli_casework::{
    Calendar, Candidate, Fact, Owner, Roster, RoutingRules,
    owner::replay::{OpenedCase, replay},
};
use linli_model::{AreaTree, Diagnostic, Instant, Millis, Post, PostId, Text};
use linli_store::DutyVersion;
use std::{collections::BTreeMap, sync::Arc};

const DAYS_MAX: u32 = 366;
const CASES_MAX: u32 = 5_000;
const ROWS_MAX: usize = 200;

#[utoipa::path(post, path = "/routing/versions/{version}/replay", operation_id = "replayRouting", tag = "routing",
    params(("version" = u32, Path)), request_body = RoutingReplayAsk,
    responses((status = 200, body = RoutingReplay), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
pub async fn run(
    State(state): State<ServerState>,
    who: Who,
    Path(version): Path<u32>,
    Json(asked): Json<RoutingReplayAsk>,
) -> Answer<Json<RoutingReplay>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    if !(1..=DAYS_MAX).contains(&asked.days) {
        return Err(Diagnostic::new(
            "days_out_of_range",
            "days",
            "应为 1 到 366 天",
            "expected 1 to 366 days",
        )
        .into());
    }
    let versions = state.store.routing_versions().await?;
    let found = versions.iter().find(|v| v.version == version).ok_or(ApiError::NotFound)?;
    let rules = Arc::new(RoutingRules::check(&found.text, version)?);
    let to = state.now();
    let from = to - Millis::days(i64::from(asked.days));
    let within = who.areas(&state, Action::CaseRead);
    let openings = state.store.openings(&within, from, to, CASES_MAX + 1).await?;
    let cut = openings.len() > CASES_MAX as usize;
    let (areas, users, posts) = (state.areas().await?, state.users().await?, state.store.posts().await?);
    let duties = duties_by_post(state.store.duty_versions().await?);
    let mut past = Past { posts, duties, busy: BTreeMap::new(), calendar: state.calendar.clone() };
    let mut opened = Vec::new();
    for (record, closed_at) in openings.into_iter().take(CASES_MAX as usize) {
        let Fact::Opened(o) = record.fact else { continue };
        past.busy.entry(o.owner.post).or_default().push((record.at, closed_at.unwrap_or(to)));
        opened.push(OpenedCase {
            id: record.case,
            number: o.number,
            class: o.class,
            area: o.area,
            opened_at: record.at,
            owner: o.owner,
        });
    }
    let tiers = state.tiers.clone();
    let roster_at =
        |at: Instant| Roster { candidates: past.at(at), tiers: tiers.clone(), rules: rules.clone() };
    let replayed = replay(&opened, roster_at, &areas, &state.classes);
    let owner = |o: &Owner| OwnerView {
        id: o.user.to_string(),
        name: users.get(&o.user).map(|u| u.name.clone()).unwrap_or_default(),
        role: labels::role(o.role),
        area: area(&areas, &o.area),
    };
    let rows = replayed.differences.iter().take(ROWS_MAX).map(|d| RoutingDifference {
        id: d.case.id.to_string(),
        number: d.case.number.clone(),
        class: class(&state, &d.case.class),
        area: place(&areas, d),
        opened_at: d.case.opened_at.to_string(),
        was: owner(&d.case.owner),
        would_be: owner(&d.would_be),
        why: say(&d.why.sentence),
    });
    Ok(Json(RoutingReplay {
        version,
        from: from.to_string(),
        to: to.to_string(),
        cases: replayed.cases,
        ruled: replayed.ruled,
        same: replayed.same,
        different: replayed.differences.len() as u32,
        failed: replayed.failed,
        unroutable: replayed.unroutable,
        cut,
        roster: say(&known()),
        rows: rows.collect(),
    }))
}

/// What is not known of then is said.
fn known() -> Text {
    Text::new(
        "按当时有效的岗位和值班表推演;区域、技能和账号停用按今天的登记;在办数只按所选时段内的案件估算",
        "By the posts and duty hours that held then; areas, skills and closed accounts as registered today; open cases counted from those of the period only",
    )
}

fn class(state: &ServerState, code: &str) -> Coded {
    Coded::new(code, state.classes.find(code).map_or_else(|| code.to_owned(), |c| say(&c.label)))
}

fn place(areas: &AreaTree, d: &linli_casework::owner::replay::Difference) -> Coded {
    area(areas, &d.case.area)
}

fn duties_by_post(versions: Vec<DutyVersion>) -> BTreeMap<PostId, Vec<DutyVersion>> {
    let mut by_post: BTreeMap<PostId, Vec<DutyVersion>> = BTreeMap::new();
    for version in versions {
        by_post.entry(version.post).or_default().push(version);
    }
    by_post
}

/// Posts with the times they held and were on duty, and from when to when each first owner had a case of the period.
struct Past {
    posts: Vec<Post>,
    /// In the order they were set.
    duties: BTreeMap<PostId, Vec<DutyVersion>>,
    calendar: Arc<Calendar>,
    busy: BTreeMap<PostId, Vec<(Instant, Instant)>>,
}

impl Past {
    fn at(&self, at: Instant) -> Vec<Candidate> {
        let load = |post: &PostId| {
            let cases = self.busy.get(post).map_or(&[][..], Vec::as_slice);
            // The case that is being given is not there yet.
            cases.iter().filter(|(from, to)| *from < at && at < *to).count() as u32
        };
        let there = self.posts.iter().filter(|p| p.holds_at(at));
        let candidate = |p: &Post| Candidate {
            on_duty: self.was_on_duty(p.id, at),
            // Whoever was away was given nothing; that is all a replay asks.
            away_until: None,
            open_cases: load(&p.id),
            post: p.clone(),
        };
        there.map(candidate).collect()
    }

    fn was_on_duty(&self, post: PostId, at: Instant) -> bool {
        let versions = self.duties.get(&post).map_or(&[][..], Vec::as_slice);
        let then = versions.iter().rfind(|v| v.set_at <= at);
        then.is_none_or(|v| v.duty.is_on(at, &self.calendar))
    }
}
