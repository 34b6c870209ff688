//! What an area has set of a rule, version by version, and back to any of them.
//!
//! Invariants
//! - OB1 Going back is setting: the same right, and everything the old content has is checked against the rule as it is now
//!   (OV1, OV2); where something no longer fits, nothing is set and the page says so beforehand.
//! - OB2 It holds only while the newest version is the one that was seen, and nothing goes back without a reason.
//! - OB3 An exemption that has run out meanwhile is not brought back.

use super::{
    past, set,
    terms::{self, rests, value_rests},
};
use crate::{
    cases::view::area,
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, rule::*};
use linli_model::{
    Area, AreaId, AreaTree, Diagnostic, Instant, OverrideContent, OverrideDifference, OverrideVersion,
    Refusal, RegistryEntry, Term, Text, override_versions,
};
use linli_rule::RulePlan;

#[utoipa::path(get, path = "/rules/{rule}/overrides", operation_id = "listOverrideVersions", tag = "rules",
    params(("rule" = String, Path), OverridesQuery), responses((status = 200, body = OverrideHistoryView),
    (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Query(q): Query<OverridesQuery>,
) -> Answer<Json<OverrideHistoryView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let areas = state.areas().await?;
    let here = areas.find(&AreaId::new(q.area.trim())).ok_or(ApiError::NotFound)?;
    who.check(&state, Action::RuleTry, &here.path).map_err(|_| ApiError::NotFound)?;
    let ground = Ground::of(&state, &areas, here, &rule).await?;
    Ok(Json(ground.view(&who).await?))
}

#[utoipa::path(post, path = "/rules/{rule}/overrides/back", operation_id = "goBackToOverrides", tag = "rules",
    params(("rule" = String, Path)), request_body = OverrideBackAsk, responses((status = 200, body = OverrideHistoryView),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn go(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Json(ask): Json<OverrideBackAsk>,
) -> Answer<Json<OverrideHistoryView>> {
    who.check_anywhere(&state, Action::RuleSet)?;
    let areas = state.areas().await?;
    let here = set::place(&state, &who, &areas, &ask.area)?;
    // Read first: what is committed after it lets the commit fail.
    let turn = set::Turn::of(&state, &rule, here).await?;
    let ground = Ground::of(&state, &areas, here, &rule).await?;
    let reason = ask.reason.trim();
    if reason.is_empty() || reason.chars().count() > set::REASON_CHARS_MAX {
        return Err(Diagnostic::new(
            "reason_needed",
            "reason",
            "请写明为什么恢复(200 字以内)",
            "say why you go back, in at most 200 characters",
        )
        .into());
    }
    if ground.newest() != ask.seen {
        return Err(ApiError::Stale);
    }
    let wanted = ground.content(ask.version).ok_or_else(|| {
        Diagnostic::new("no_such_version", "version", "没有这一版", "there is no such version")
    })?;
    let wanted = ground.still(wanted);
    if let Some(why) = ground.refused(&wanted).await? {
        return Err(why.into());
    }
    let now = ground.now();
    let changes = wanted.changes_from(&now, &rule, (&here.id, &here.path), &who.user.name);
    let note = set::note(&who, &rule, here, (reason, Some(ask.version)));
    set::commit(&state, changes, note, turn).await?;
    let ground = Ground::of(&state, &areas, here, &rule).await?;
    Ok(Json(ground.view(&who).await?))
}

/// A rule in an area, with what was set of it there.
struct Ground<'a> {
    state: &'a ServerState,
    areas: &'a AreaTree,
    here: &'a Area,
    plan: std::sync::Arc<RulePlan>,
    /// Oldest first.
    versions: Vec<OverrideVersion>,
    at: Instant,
}

impl<'a> Ground<'a> {
    async fn of(
        state: &'a ServerState,
        areas: &'a AreaTree,
        here: &'a Area,
        rule: &str,
    ) -> Answer<Ground<'a>> {
        let registry: Vec<RegistryEntry> = past::registry(&*state.store).await?;
        let text = past::text_in_force(&registry, rule).ok_or(ApiError::NotFound)?;
        let plan = linli_rule::check(&text, &state.catalogue)?;
        let versions = override_versions(&registry, rule, &here.id);
        Ok(Ground { state, areas, here, plan, versions, at: state.now() })
    }

    fn newest(&self) -> u32 {
        self.versions.last().map_or(0, |v| v.version)
    }

    fn now(&self) -> OverrideContent {
        self.versions.last().map(|v| v.content.clone()).unwrap_or_default()
    }

    fn content(&self, version: u32) -> Option<OverrideContent> {
        if version == 0 {
            return Some(OverrideContent::default());
        }
        self.versions.iter().find(|v| v.version == version).map(|v| v.content.clone())
    }

    /// OB3
    fn still(&self, mut content: OverrideContent) -> OverrideContent {
        let has_ended = |t: &Term| matches!(t, Term::Exempt { until: Some(until), .. } if *until <= self.at);
        content.terms.retain(|_, t| !has_ended(t));
        content
    }

    /// Why nobody can go back to this: the first thing that no longer fits.
    async fn refused(&self, wanted: &OverrideContent) -> Answer<Option<Refusal>> {
        let now = self.now();
        let differences = wanted.differences(&now);
        if differences.is_empty() {
            return Ok(Some(Refusal::new("holds_already", "现在就是这样", "that is what holds now")));
        }
        for difference in differences {
            let (what, why) = match difference {
                OverrideDifference::Value { parameter, is: Some(value), .. } => {
                    (self.value(parameter, value), value_rests(&self.plan, parameter, value))
                }
                OverrideDifference::Term { is: Some(term), .. } => {
                    let why = rests(&self.plan, term).or(self.elsewhere(term).await?);
                    (terms::say(term, self.state), why)
                }
                _ => continue,
            };
            if let Some(why) = why {
                let (zh, en) = (format!("{}:{}", what.zh, why.zh), format!("{}: {}", what.en, why.en));
                return Ok(Some(Refusal::new("no_longer_fits", zh, en)));
            }
        }
        Ok(None)
    }

    async fn elsewhere(&self, term: &Term) -> Answer<Option<Text>> {
        let Term::Exempt { subject, .. } = term else { return Ok(None) };
        let found = set::elsewhere(self.state, self.areas, self.here, subject, "version").await?;
        Ok(found.map(|d| d.message))
    }

    /// A parameter with a value, in words.
    fn value(&self, name: &str, value: f64) -> Text {
        let Some((_, p)) = self.plan.parameter(name) else {
            return Text::new(format!("{name} {value}"), format!("{name} {value}"));
        };
        let said = format!("{value} {}", p.unit.as_str());
        let said = said.trim_end();
        Text::new(format!("{} {said}", p.label.zh), format!("{} {said}", p.label.en))
    }

    fn difference(&self, difference: OverrideDifference<'_>) -> Text {
        let (was, is) = match difference {
            OverrideDifference::Value { parameter, was, is } => {
                (was.map(|v| self.value(parameter, v)), is.map(|v| self.value(parameter, v)))
            }
            OverrideDifference::Term { was, is, .. } => {
                (was.map(|t| terms::say(t, self.state)), is.map(|t| terms::say(t, self.state)))
            }
        };
        match (was, is) {
            (Some(was), Some(is)) => {
                Text::new(format!("{},原为 {}", is.zh, was.zh), format!("{}, before {}", is.en, was.en))
            }
            (None, Some(is)) => Text::new(format!("设置:{}", is.zh), format!("set: {}", is.en)),
            (Some(was), None) => Text::new(format!("取消:{}", was.zh), format!("taken back: {}", was.en)),
            (None, None) => Text::default(),
        }
    }

    fn holds(&self, content: &OverrideContent) -> Vec<String> {
        let values = content.values.iter().map(|(name, v)| self.value(name, *v));
        let terms = content.terms.values().map(|t| terms::say(t, self.state));
        values.chain(terms).map(|t| say(&t)).collect()
    }

    async fn view(&self, who: &Who) -> Answer<OverrideHistoryView> {
        let mut versions = Vec::new();
        let nothing = OverrideContent::default();
        let mut before = &nothing;
        let street = OverrideVersion {
            version: 0,
            at: self.at,
            by: String::new(),
            reason: String::new(),
            back_to: None,
            content: nothing.clone(),
        };
        for v in std::iter::once(&street).chain(&self.versions) {
            let changes = v.content.differences(before).into_iter();
            let refused = self.refused(&self.still(v.content.clone())).await?;
            versions.push(OverrideVersionView {
                version: v.version,
                at: (v.version > 0).then(|| v.at.to_string()),
                by: v.by.clone(),
                reason: v.reason.clone(),
                back_to: v.back_to,
                changes: changes.map(|d| say(&self.difference(d))).collect(),
                holds: self.holds(&v.content),
                refused: refused.map(|r| say(&r.message)),
            });
            before = &v.content;
        }
        versions.reverse();
        Ok(OverrideHistoryView {
            rule: self.plan.rule.clone(),
            area: area(self.areas, &self.here.id),
            version: self.newest(),
            may_set: who.check(self.state, Action::RuleSet, &self.here.path).is_ok(),
            versions,
        })
    }
}
