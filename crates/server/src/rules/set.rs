//! An area sets for itself what a rule leaves to it, and takes it back.
//!
//! Invariants
//! - OV1 Everything asked is checked, and every mistake told with its field, before anything is set; then all of it is
//!   set at one moment, or none, with who did it and why.
//! - OV2 Nothing weakens a mandatory rule; nobody sets anything outside of their own areas.
//! - OV3 Two at once in one area do not both count: a commit holds only while nobody has set anything of that rule there
//!   since it was read. Different areas, and different rules, are in nobody's way.

use super::{
    list, past,
    terms::{self, value_rests},
};
use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, rule::*};
use linli_model::{
    Area, AreaId, AreaTree, Diagnostic, Hand, RegistryChange, RegistryEntry, Subject, SubjectKind, Term,
    Text, override_versions,
};
use linli_rule::RulePlan;
use linli_store::{Change, Commit, Guard};

pub(super) const REASON_CHARS_MAX: usize = 200;

#[utoipa::path(post, path = "/rules/{rule}/overrides", operation_id = "overrideRule", tag = "rules", params(("rule" = String, Path)),
    request_body = OverrideAsk, responses((status = 200, body = OverrideMade), (status = 400, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn set(
    State(state): State<ServerState>,
    who: Who,
    Path(rule): Path<String>,
    Json(ask): Json<OverrideAsk>,
) -> Answer<Json<OverrideMade>> {
    who.check_anywhere(&state, Action::RuleSet)?;
    let areas = state.areas().await?;
    let area = place(&state, &who, &areas, &ask.area)?;
    let reason = ask.reason.trim();
    let turn = Turn::of(&state, &rule, area).await?;
    let registry = past::registry(&*state.store).await?;
    let text = past::text_in_force(&registry, &rule).ok_or(ApiError::NotFound)?;
    let plan = linli_rule::check(&text, &state.catalogue)?;

    let (asked, mut wrong) = terms::read(&state, &plan, &ask.terms);
    for (i, exempt) in ask.terms.exempt.iter().enumerate() {
        let field = format!("terms.exempt[{i}].subject");
        // What is no subject at all was told before.
        let Ok(subject) = exempt.subject.trim().parse::<Subject>() else { continue };
        wrong.extend(elsewhere(&state, &areas, area, &subject, &field).await?);
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        wrong.push(Diagnostic::new("too_long", "reason", "理由最多 200 字", "at most 200 characters"));
    }
    let by = &who.user.name;
    let mut changes = values(&plan, &ask, area, by, &mut wrong);
    changes.extend(asked.iter().map(|t| terms::set(&plan.rule, (&area.id, &area.path), t.clone(), by)));
    changes.extend(ask.drop.iter().enumerate().filter_map(|(i, key)| {
        let found = dropped(&plan, area, &registry, key);
        if found.is_none() {
            wrong.push(not_set(i, key));
        }
        found
    }));
    if changes.is_empty() && wrong.is_empty() {
        wrong.push(Diagnostic::new(
            "nothing_asked",
            "values",
            "没有要设置或取消的内容",
            "there is nothing to set or to take back",
        ));
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let version = override_versions(&registry, &plan.rule, &area.id).last().map_or(1, |v| v.version + 1);
    commit(&state, changes, note(&who, &plan.rule, area, (reason, None)), turn).await?;
    let rows = list::in_force(&state, &who).await?;
    let rule = rows.into_iter().find(|r| r.rule == plan.rule).ok_or(ApiError::NotFound)?;
    let warnings = asked.iter().filter_map(|t| matches_nobody(t, area, &registry)).map(|w| say(&w)).collect();
    Ok(Json(OverrideMade { version, rule, warnings }))
}

/// An area in which the caller may set rules.
pub(super) fn place<'a>(state: &ServerState, who: &Who, areas: &'a AreaTree, id: &str) -> Answer<&'a Area> {
    let area = areas.find(&AreaId::new(id.trim())).ok_or(ApiError::NotFound)?;
    who.check(state, Action::RuleSet, &area.path).map_err(|_| ApiError::NotFound)?;
    Ok(area)
}

/// How often something of a rule was set in an area: commits of it go one after the other (OV3).
pub(super) struct Turn {
    name: String,
    reached: u64,
}

impl Turn {
    pub(super) async fn of(state: &ServerState, rule: &str, area: &Area) -> Answer<Turn> {
        let name = format!("rule_overrides {rule} {}", area.id);
        let reached = state.store.checkpoint(&name).await?.position;
        Ok(Turn { name, reached })
    }
}

/// Who changes it, why, and to which version it goes back.
pub(super) fn note(
    who: &Who,
    rule: &str,
    area: &Area,
    (reason, back_to): (&str, Option<u32>),
) -> RegistryChange {
    RegistryChange::OverridesNoted {
        rule: rule.to_owned(),
        area: area.id.clone(),
        area_path: area.path.clone(),
        by: Hand { user: who.user.id, name: who.user.name.clone() },
        reason: reason.to_owned(),
        back_to,
    }
}

/// OV1, OV3. `turn` was read before everything that the changes rest on.
pub(super) async fn commit(
    state: &ServerState,
    changes: Vec<RegistryChange>,
    note: RegistryChange,
    turn: Turn,
) -> Answer<()> {
    let now = state.now();
    let registered = |change| Change::Registry { effective_at: now, change: Box::new(change) };
    let mut changes: Vec<Change> = changes.into_iter().chain([note]).map(registered).collect();
    changes.push(Change::CheckpointSet {
        name: turn.name.clone().into(),
        position: turn.reached + 1,
        snapshot: None,
    });
    let guards = vec![Guard::Checkpoint(turn.name.into(), turn.reached)];
    state.store.commit(Commit { at: now, guards, changes, idempotency: None }).await?;
    (state.devices_changed)();
    Ok(())
}

fn values(
    plan: &RulePlan,
    ask: &OverrideAsk,
    area: &Area,
    by: &str,
    wrong: &mut Vec<Diagnostic>,
) -> Vec<RegistryChange> {
    let mut changes = Vec::new();
    for (parameter, value) in &ask.values {
        if let Some(why) = value_rests(plan, parameter, *value) {
            wrong.push(Diagnostic::new("no_effect", format!("values.{parameter}"), why.zh, why.en));
            continue;
        }
        changes.push(RegistryChange::OverrideSet {
            rule: plan.rule.clone(),
            area: area.id.clone(),
            area_path: area.path.clone(),
            parameter: parameter.clone(),
            value: *value,
            set_by: by.to_owned(),
        });
    }
    changes
}

/// What takes back something an area has set; None where it has not.
fn dropped(plan: &RulePlan, area: &Area, registry: &[RegistryEntry], key: &str) -> Option<RegistryChange> {
    let key = key.trim();
    let parameter = key.strip_prefix("value ").map(str::trim);
    let is_set = registry.iter().fold(false, |is_set, entry| match &entry.change {
        RegistryChange::OverrideSet { rule, area: a, parameter: p, .. } => {
            is_set || (*rule == plan.rule && *a == area.id && parameter == Some(p))
        }
        RegistryChange::OverrideRemoved { rule, area: a, parameter: p } => {
            is_set && !(*rule == plan.rule && *a == area.id && parameter == Some(p))
        }
        RegistryChange::TermSet { rule, area: a, term, .. } => {
            is_set || (*rule == plan.rule && *a == area.id && term.key() == key)
        }
        RegistryChange::TermRemoved { rule, area: a, key: k } => {
            is_set && !(*rule == plan.rule && *a == area.id && k == key)
        }
        _ => is_set,
    });
    let (rule, area) = (plan.rule.clone(), area.id.clone());
    is_set.then(|| match parameter {
        Some(parameter) => RegistryChange::OverrideRemoved { rule, area, parameter: parameter.to_owned() },
        None => RegistryChange::TermRemoved { rule, area, key: key.to_owned() },
    })
}

fn not_set(i: usize, key: &str) -> Diagnostic {
    Diagnostic::new(
        "not_set",
        format!("drop[{i}]"),
        format!("这个区域没有设置“{key}”;可取消 value 参数名、hours、only、severity、exempt 对象"),
        format!(
            "this area has not set \"{key}\"; to take back is: value NAME, hours, only, severity, exempt SUBJECT"
        ),
    )
}

/// An exemption is about something in the area that exempts it.
pub(super) async fn elsewhere(
    state: &ServerState,
    areas: &AreaTree,
    area: &Area,
    subject: &Subject,
    field: &str,
) -> Answer<Option<Diagnostic>> {
    let place = match subject.kind {
        SubjectKind::Device => {
            let device = state.store.device(&linli_model::DeviceId::new(&subject.id)).await?;
            device.map(|d| d.device.area_path)
        }
        SubjectKind::Area | SubjectKind::Dwelling => {
            areas.find(&AreaId::new(&subject.id)).map(|a| a.path.clone())
        }
        // Nothing else stands in one place.
        _ => return Ok(None),
    };
    Ok(place.filter(|p| p.within(&area.path)).is_none().then(|| {
        Diagnostic::new(
            "not_here",
            field,
            format!("本区域内没有 {subject}"),
            format!("there is no {subject} in this area"),
        )
    }))
}

/// A circle without members is kept, and said.
fn matches_nobody(term: &Term, area: &Area, registry: &[RegistryEntry]) -> Option<Text> {
    let Term::Only { population } = term else { return None };
    let is_member = |e: &RegistryEntry| match &e.change {
        RegistryChange::MemberJoined { population: p, area_path, .. } => {
            p == population && area_path.within(&area.path)
        }
        _ => false,
    };
    (!registry.iter().any(is_member)).then(|| {
        Text::new(
            format!("本区域内尚无“{population}”的成员,规则在此将不报任何情况"),
            format!("\"{population}\" has no members in this area: the rule will tell nothing here"),
        )
    })
}
