//! The trace of a finding: the past played up to its beginning, and what each part of its rule said then.
//!
//! Invariants
//! - TC1 It is the rule as it was: the version, the registry and the areas' own values of that time.
//! - TC2 What the engine says today is shown, and where it is no longer what was told, the page says so.
//!
//! About a home only for who may open records there, with a look (AQ1); others see what was told, not why.

use super::{
    asked::Asked,
    backtest::day_of,
    explain::series,
    past, privacy,
    shown::{Shower, verdict, without_minutes},
};
use crate::{
    cases::view::area,
    labels::{self, say},
    problem::{Answer, ApiError},
    state::ServerState,
    who::{Who, lang},
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Problem, trace::TraceView};
use linli_engine::Explanation;
use linli_model::{
    Diagnostic, Finding, FindingId, FindingKind, Instant, Millis, OwnCode, RegistryChange, RegistryEntry,
    Text,
};
use linli_pack::{
    backtest::Variant,
    trace::write::{self, Shown},
};
use linli_rule::Catalogue;
use std::sync::Arc;

/// Readings so many days before are counted.
const DAYS: u32 = 7;

#[utoipa::path(get, path = "/findings/{id}/trace", operation_id = "traceFinding", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = TraceView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<TraceView>> {
    let id: FindingId = id.parse().map_err(|_| ApiError::NotFound)?;
    let finding = state.store.finding(id).await?.ok_or(ApiError::NotFound)?;
    who.check(&state, Action::CaseRead, &finding.area_path).map_err(|_| ApiError::NotFound)?;
    // What a rule finds in its shadow is told to nobody.
    if OwnCode::read(&finding.rule).is_some_and(|c| c.shadow) {
        return Err(ApiError::NotFound);
    }
    let registry = past::registry(&*state.store).await?;
    let mut view = told(&state, &finding, &registry).await?;
    let Some(variant) = variant_of(&registry, &finding, &state.catalogue) else {
        view.notice = Some(said("这条规则的原文已不在登记里。", "The rule's text is no longer registered."));
        return Ok(Json(view));
    };
    let asked = Asked::with_variant(
        &state,
        finding.subject.clone(),
        variant?,
        registry,
        finding.start,
        Some(&finding.area_path),
    )
    .await?;
    view.name = say(&asked.variant.plan.name);
    if asked.home {
        view.start = day_of(&state, finding.start);
        view.end = finding.end.map(|t| day_of(&state, t));
        view.sentence = without_minutes(&view.sentence);
        if who.check(&state, Action::PersonOpen, &asked.place).is_err() {
            view.notice = Some(said(
                "涉及住户:需有查看住户记录的权限才能看判断过程。",
                "This is about a home: how it was decided is shown to who may open records there.",
            ));
            return Ok(Json(view));
        }
        asked.authorise(&state, &who, "rule_explanation").await?;
    }
    explained(&state, &asked, &finding, &mut view).await?;
    Ok(Json(view))
}

async fn told(state: &ServerState, f: &Finding, registry: &[RegistryEntry]) -> Answer<TraceView> {
    let areas = state.areas().await?;
    let case = state.store.case_of_finding(f.id).await?;
    let home = privacy::is_of_home(f, registry, &areas, f.start);
    let at = |t: Instant| if home { day_of(state, t) } else { t.to_string() };
    let words = say(&f.sentence);
    Ok(TraceView {
        finding: f.id.to_string(),
        rule: f.rule.clone(),
        rule_version: f.rule_version,
        name: f.rule.clone(),
        sentence: if home { without_minutes(&words) } else { words },
        severity: labels::severity(f.severity),
        area: area(&areas, &f.area),
        start: at(f.start),
        end: f.end.map(at),
        case_id: case.map(|c| c.id.to_string()),
        explanation: None,
        notice: None,
        script: None,
    })
}

async fn explained(state: &ServerState, asked: &Asked, f: &Finding, view: &mut TraceView) -> Answer<()> {
    let from = f.start.saturating_sub(Millis::days(i64::from(DAYS)));
    let range = (from, f.start.saturating_add(Millis(1)));
    let past = Arc::new(asked.gather(state, range).await?);
    let (explanation, mut episodes) = asked.play(&past, range).await?;
    episodes.retain(|e| e.start < f.start);
    let shower = Shower { state, asked };
    let mut shown = shower.view(f.start, DAYS, explanation.as_ref(), &episodes);
    let devices = f.evidence.readings.iter().map(|r| r.device.clone()).collect();
    shown.series = series(state, asked, devices, f.start, Some(f)).await?;
    view.sentence = shower.words(&f.sentence);
    view.explanation = Some(shown);
    view.notice = differs(explanation.as_ref(), f);
    if let Some(explanation) = explanation.filter(|_| !asked.home && f.kind == FindingKind::Signal) {
        let (asked, f) = (asked.clone(), f.clone());
        view.script = super::asked::blocking(move || {
            write::write(&Shown {
                name: name_of("told", f.start, &asked),
                plan: &asked.variant.plan,
                text: &asked.variant.text,
                config: &past.config,
                registry: &past.registry,
                readings: &past.readings,
                // Up to its beginning; how it ended is not played.
                finding: &Finding { end: None, ..f.clone() },
                parameters: &explanation.parameters,
                near: None,
            })
            .ok()
        })
        .await?;
    }
    Ok(())
}

/// A trace's name: `near_2026_11_03`.
pub(super) fn name_of(what: &str, at: Instant, asked: &Asked) -> String {
    let zone = linli_engine::EngineConfig::new(linli_model::AreaId::new("_"), asked.place.clone()).zone;
    format!("{what}_{}", at.day_in(&zone)).replace('-', "_")
}

/// The rule as it was in force when a finding began, the street's or an area's own.
fn variant_of(
    registry: &[RegistryEntry],
    f: &Finding,
    catalogue: &Catalogue,
) -> Option<Result<Variant, Vec<Diagnostic>>> {
    let own = OwnCode::read(&f.rule);
    let of_version = registry.iter().rev().find_map(|e| match (&e.change, &own) {
        (RegistryChange::RuleSet { rule, version, text, .. }, None)
            if (rule, *version) == (&f.rule, f.rule_version) =>
        {
            Some(Variant::in_force(text, catalogue))
        }
        (RegistryChange::AreaRuleSet { area, area_path, rule, version, text, .. }, Some(code))
            if (area, rule, *version) == (&code.area, &code.rule, f.rule_version) =>
        {
            Some(Variant::of_area(text, (area, area_path), catalogue))
        }
        _ => None,
    });
    of_version.or_else(|| past::variant_in_force(registry, &f.rule, catalogue))
}

/// TC2. What was told holds; what could not be told is unknown.
fn differs(explanation: Option<&Explanation>, f: &Finding) -> Option<String> {
    let expected = match f.kind {
        FindingKind::Signal => "holds",
        FindingKind::Coverage => "unknown",
    };
    (verdict(explanation) != expected).then(|| {
        said(
            "用现存读数重算,此刻的结论与当时报出的不同:读数后来有补到、更正或已超过保存期。下面是重算的结果,当时的依据见案件。",
            "Worked out from the readings kept now, the rule does not say what was told then: some came late, were set right, or are no longer kept. Below is what it says now; what was known then stands with the case.",
        )
    })
}

fn said(zh: &str, en: &str) -> String {
    Text::new(zh, en).get(lang()).to_owned()
}
