//! What outcomes say of a rule: gathered for the loop that judges and for the pages that show it.
//!
//! Invariants
//! - PS1 Who answers for a street rule are those who may approve rules in all of the street.

use crate::{problem::Answer, state::ServerState};
use linli_access::{Action, Principal};
use linli_casework::Case;
use linli_indicator::precision::{self, Outcomes};
use linli_model::{
    AreaLevel, AreaPath, AreaTree, Fault, IdSeed, Instant, Post, RuleStanding, Severity, Text,
};
use linli_notice::{Notice, NoticeId, Recipient};

/// The newest cases of a rule that are looked at.
const CASES_MAX: u32 = 1_000;

pub async fn cases(state: &ServerState, standing: &RuleStanding) -> Result<Vec<Case>, Fault> {
    state.store.cases_of_rule(&standing.rule, standing.since, CASES_MAX).await
}

pub(super) fn streets(areas: &AreaTree) -> Vec<&AreaPath> {
    areas.in_force().filter(|a| a.level == AreaLevel::Street).map(|a| &a.path).collect()
}

/// PS1
pub async fn owners(state: &ServerState) -> Result<Vec<Post>, Fault> {
    let (areas, now) = (state.areas().await?, state.now());
    let streets = streets(&areas);
    let answers = |post: &Post| {
        let alone = Principal { user: post.user, posts: vec![post.clone()] };
        !streets.is_empty()
            && streets.iter().all(|s| state.access.allows(&alone, Action::RuleApprove, s, now))
    };
    let posts = state.roster().await?.candidates.into_iter().map(|c| c.post);
    let mut owners: Vec<Post> = posts.filter(answers).collect();
    owners.sort_by_key(|p| p.user);
    owners.dedup_by_key(|p| p.user);
    Ok(owners)
}

/// One notice a step, owner and version: decided again it is the same.
pub fn notice(
    standing: &RuleStanding,
    to: &Post,
    (reason, title): (&str, Text),
    body: Text,
    now: Instant,
) -> Notice {
    let said = format!("{reason} {} {} {}", standing.rule, standing.version, standing.since.0);
    let id: NoticeId = IdSeed::of_name(&format!("{said} {}", to.user)).id("rule");
    Notice {
        id,
        case: None,
        push: None,
        reason: reason.to_owned(),
        recipient: Recipient::User(to.user),
        // It has no case; what tells its notices apart is in its id.
        step: (id.0.as_u128() as u32) >> 1,
        title,
        body,
        severity: Severity::Attention,
        due_at: now,
        channel: "in_app".to_owned(),
        created_at: now,
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// What the outcomes come to, in words.
pub fn sentence(o: Outcomes) -> Text {
    let Some(share) = o.share() else {
        return Text::new("这一版还没有结果。", "This version has no outcome yet.");
    };
    let (wrong, n) = (o.n - o.confirmed, o.n);
    let (low, high) = (percent(o.lower()), percent(o.upper()));
    Text::new(
        format!(
            "{n} 个有结果的案件中 {} 个属实({}),误报 {wrong} 个;属实率的上下界为 {low} 至 {high}(单侧各 80%)。",
            o.confirmed,
            percent(share)
        ),
        format!(
            "Of {n} cases with an outcome {} were confirmed ({}) and {wrong} were false alarms; the share lies between {low} \
             and {high} (80 % on either side).",
            o.confirmed,
            percent(share)
        ),
    )
}

/// The estate a case lies in, else its residential area.
pub(super) fn estate(areas: &AreaTree, case: &Case) -> Option<linli_model::AreaId> {
    let at = |level| areas.find_at_level(&case.area, level).map(|a| a.id.clone());
    at(AreaLevel::Estate).or_else(|| at(AreaLevel::ResidentialArea))
}

pub(super) fn verdict(outcomes: Outcomes, suspects: bool) -> (&'static str, Text) {
    match precision::judge(outcomes, suspects) {
        precision::Verdict::TooFew => {
            ("too_few", Text::new("结果不足 20 个,暂不评判", "fewer than 20 outcomes: not judged yet"))
        }
        precision::Verdict::Good => ("good", Text::new("属实率达标", "confirmed often enough")),
        precision::Verdict::Poor => (
            "poor",
            Text::new(
                "误报过多;已告知负责人,不自动停用",
                "wrong too often; its owner is told, it is not suspended",
            ),
        ),
        precision::Verdict::Suspend => {
            ("suspend", Text::new("误报过多,自动停用", "wrong too often: it goes out of force by itself"))
        }
    }
}

/// A street rule, in force or suspended.
pub(super) async fn standing(state: &ServerState, rule: &str) -> Answer<RuleStanding> {
    let registry = super::past::registry(&*state.store).await?;
    let found = linli_model::standings(&registry).into_iter().find(|s| s.rule == rule);
    found.ok_or(crate::problem::ApiError::NotFound)
}
