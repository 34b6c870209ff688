//! What several cases say together: the same thing again at one place, many complaints in one area.
//!
//! Invariants
//! - PA1 Both are functions of the cases they are given; given the same again, with what came of it, they write nothing.
//! - PA2 One root-cause case stands open for a class at a place; what happens again meanwhile is linked to it.
//! - PA3 A case belongs to one root-cause case; one that was looked into already does not call for another.
//! - PA4 The street's own promise begins when the matter becomes concentrated, and never replaces the official limit.

use super::{Decided, Draft, Opening, open::open_by};
use crate::{
    alike::{Spot, nearness},
    case::{Case, CaseId, Link, LinkKind, Origin},
    class::{Concentrated, Repeat},
    command::{ActorKind, Context},
    fact::Fact,
    promise::PromiseKind,
    stage::{ClosedHow, Stage, StageCode},
};
use linli_model::{Area, Millis, Refusal, Subject, SubjectKind};

/// The class of cases that look for a cause.
pub const ROOT_CAUSE: &str = "root.cause";

/// What the edge gives for a root-cause case, should there be one.
#[derive(Clone, Debug)]
pub struct RootOpening {
    pub id: CaseId,
    pub number: String,
}

/// A root-cause case's new facts, and those of the cases that are linked to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    pub root: Decided,
    pub opened: bool,
    pub members: Vec<(CaseId, Decided)>,
}

/// By what the open root-cause case of this one is found: its class and its place.
pub fn root_subject(case: &Case, ctx: &Context<'_>) -> Subject {
    let building = ctx.areas.find_at_level(&case.area, linli_model::AreaLevel::Building);
    let place = building.map_or(case.area.as_str(), |b| b.id.as_str());
    Subject::new(SubjectKind::Key, format!("root/{}/{place}", case.class))
}

/// Whether a case says that something happened here.
fn counts(case: &Case) -> bool {
    let gone = matches!(case.stage, Stage::Closed { how: ClosedHow::Retracted })
        || matches!(case.stage.code(), StageCode::Merged | StageCode::Withdrawn | StageCode::Rejected);
    !gone && case.class != ROOT_CAUSE && !matches!(case.origin, Origin::Imported { .. })
}

/// The times it happened at the place of `case`, which no root-cause case knows of yet; itself among them.
fn times<'a>(case: &'a Case, others: &'a [Case], rule: Repeat, ctx: &Context<'_>) -> Vec<&'a Case> {
    // Counted back from now, so that it says the same whichever of them is looked at.
    let since = ctx.now - Millis::days(i64::from(rule.days));
    let near = ctx.classes.near.metres;
    let fits = |c: &&Case| {
        c.class == case.class
            && counts(c)
            && c.root_cause().is_none()
            && c.opened_at >= since
            && nearness(&Spot::of(case), &Spot::of(c), near, ctx.areas).is_some()
    };
    let mut times: Vec<&Case> =
        others.iter().filter(|c| c.id != case.id).chain([case]).filter(fits).collect();
    times.sort_by_key(|c| (c.opened_at, c.id));
    times
}

/// `others`: cases of the class around the place, of the last days; `open_root`: the one found by [`root_subject`].
pub fn decide_root_cause(
    case: &Case,
    others: &[Case],
    open_root: Option<&Case>,
    opening: impl FnOnce() -> RootOpening,
    ctx: &Context<'_>,
) -> Result<Option<Root>, Refusal> {
    let Some(rule) = ctx.classes.find(&case.class).and_then(|c| c.repeat) else { return Ok(None) };
    let times = times(case, others, rule, ctx);
    if times.is_empty() {
        return Ok(None);
    }
    let system = ActorKind::System;
    let (mut draft, opened) = match open_root.filter(|r| r.stage.is_open()) {
        Some(root) => (Draft::of(root, &system, ctx), false),
        None if (times.len() as u32) < rule.times => return Ok(None),
        None => (begin(case, &times, rule, opening(), ctx)?, true),
    };
    let (id, number) = (draft.case.id, draft.case.number.clone());
    let mut members = Vec::new();
    for time in times {
        let link = Link { to: time.id, number: time.number.clone(), how: LinkKind::Repetition };
        draft.write(Fact::Linked { link });
        let mut member = Draft::of(time, &system, ctx);
        member
            .write(Fact::Linked { link: Link { to: id, number: number.clone(), how: LinkKind::RootCause } });
        members.push((time.id, Decided { facts: member.facts }));
    }
    Ok(Some(Root { root: Decided { facts: draft.facts }, opened, members }))
}

/// One level above the highest who had one of them; where there is nobody above, with the class's own.
fn begin<'a>(
    case: &Case,
    times: &[&Case],
    rule: Repeat,
    opening: RootOpening,
    ctx: &'a Context<'a>,
) -> Result<Draft<'a>, Refusal> {
    let label = &ctx.classes.get_or_other(&case.class).label;
    let numbers: Vec<&str> = times.iter().map(|t| t.number.as_str()).collect();
    let severity = times.iter().map(|t| t.severity).max();
    let widest = times.iter().min_by_key(|t| t.owner.area_path.as_str().len()).unwrap_or(&case);
    let from = widest.owner.area.clone();
    let opening = Opening {
        id: opening.id,
        number: opening.number,
        class: ROOT_CAUSE.to_owned(),
        title: format!("“{}”反复发生:{} 天内 {} 次", label.zh, rule.days, times.len()),
        text: format!(
            "同一地点 {} 天内发生 {} 次,请查找原因。案件:{}",
            rule.days,
            times.len(),
            numbers.join("、")
        ),
        place: case.place.clone(),
        area: case.area.clone(),
        lon: case.lon,
        lat: case.lat,
        severity,
        origin: Origin::Report { channel: "repetition".to_owned(), filed_by: None, order: None },
        subject: Some(root_subject(case, ctx)),
        reporters: Vec::new(),
        photos: Vec::new(),
    };
    static SYSTEM: ActorKind = ActorKind::System;
    open_by(&opening, &SYSTEM, ctx, |class, area| {
        let above = ctx.roster.route_above(&from, ctx.areas, &[], ctx.now);
        above.or_else(|_| ctx.roster.route(class, area, ctx.areas, &[], ctx.now))
    })
}

/// The area whose complaints are counted together with this case's.
pub fn cluster_area<'a>(case: &Case, ctx: &Context<'a>) -> Option<(Concentrated, &'a Area)> {
    let rule = ctx.classes.find(&case.class)?.concentrated?;
    let area = ctx.areas.find_at_level(&case.area, rule.within)?;
    Some((rule, area))
}

/// Facts for every open case of a matter that is concentrated by now. `others`: cases of the class in
/// [`cluster_area`], of the last days.
pub fn decide_concentrated(case: &Case, others: &[Case], ctx: &Context<'_>) -> Vec<(CaseId, Decided)> {
    let Some((rule, area)) = cluster_area(case, ctx) else { return Vec::new() };
    let since = ctx.now - Millis::days(i64::from(rule.days));
    let here = ctx.areas.lies(area);
    let inside = |c: &Case| ctx.areas.where_today(&c.area_path).within(&here);
    let fits = |c: &&Case| c.class == case.class && counts(c) && c.opened_at >= since && inside(c);
    let all = others.iter().filter(|c| c.id != case.id).chain([case]);
    let cluster: Vec<&Case> = all.filter(fits).collect();
    let cases = cluster.len() as u32;
    let reporters = cluster.iter().map(|c| c.still_here().filter(|r| !c.is_contact(*r)).count() as u32).sum();
    if cases < rule.cases && reporters < rule.reporters {
        return Vec::new();
    }
    let open = cluster.into_iter().filter(|c| c.stage.is_open() && c.concentrated_at.is_none());
    open.map(|c| (c.id, concentrate(c, cases, reporters, ctx))).collect()
}

fn concentrate(case: &Case, cases: u32, reporters: u32, ctx: &Context<'_>) -> Decided {
    let mut draft = Draft::of(case, &ActorKind::System, ctx);
    let area = cluster_area(case, ctx).map_or_else(|| case.area.clone(), |(_, area)| area.id.clone());
    draft.write(Fact::Concentrated { cases, reporters, area });
    let to_handle = draft.open_promise(PromiseKind::Complete).is_some();
    if to_handle && draft.open_promise(PromiseKind::ThreeDay).is_none() {
        draft.promise(PromiseKind::ThreeDay, ctx.classes.for_case(case).three_day);
        if let Stage::Waiting { reason, .. } = case.stage {
            draft.pause(reason);
        }
    }
    draft.decided()
}
