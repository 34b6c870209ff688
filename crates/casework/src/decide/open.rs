//! Opening a case: from a report or a finding, with its first owner and promises in the same breath (CW1).

use super::{Decided, Draft, fit_photos, fits, needs_text};
use crate::{
    apply::apply,
    case::{CaseId, Origin, Owner, Photo, ReporterId},
    class::Class,
    command::{ActorKind, Context},
    fact::{Fact, FactRecord, Opened},
    owner::roster::Explanation,
    promise::PromiseKind,
};
use linli_model::{AreaId, Diagnostic, Refusal, Severity, Subject};

/// What a new case is opened with. Number and ids come from the edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    pub id: CaseId,
    pub number: String,
    pub class: String,
    pub title: String,
    pub text: String,
    pub place: String,
    pub area: AreaId,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    /// None takes the class's.
    pub severity: Option<Severity>,
    pub origin: Origin,
    pub subject: Option<Subject>,
    /// Who is owed an answer: reporters, or a family contact for care cases.
    pub reporters: Vec<ReporterId>,
    pub photos: Vec<Photo>,
}

pub fn decide_open(opening: &Opening, who: &ActorKind, ctx: &Context<'_>) -> Result<Decided, Refusal> {
    let route = |class: &Class, area: &AreaId| ctx.roster.route(class, area, ctx.areas, &[], ctx.now);
    open_by(opening, who, ctx, route).map(Draft::decided)
}

/// With an owner found in another way.
pub(super) fn open_by<'a>(
    opening: &Opening,
    who: &'a ActorKind,
    ctx: &'a Context<'a>,
    route: impl FnOnce(&Class, &AreaId) -> Result<(Owner, Explanation), Refusal>,
) -> Result<Draft<'a>, Refusal> {
    let Some(class) = ctx.classes.find(&opening.class) else {
        return Err(Refusal::new(
            "class_unknown",
            format!("没有“{}”这个案件分类", opening.class),
            format!("there is no class of cases \"{}\"", opening.class),
        ));
    };
    // What was taken over is reported to who has it now, and filed where it lies today.
    let here = ctx.areas.today(&opening.area);
    let Some((area, area_path)) = here.and_then(|a| Some((a, ctx.areas.path_today(&a.id)?))) else {
        return Err(Refusal::new(
            "area_unknown",
            "没有这个区域,请重新选择地点",
            "there is no such area; choose the place again",
        ));
    };
    let title = match opening.title.trim() {
        "" => class.label.zh.clone(),
        title => needs_text("title", title)?,
    };
    fits(&opening.text)?;
    fit_photos(&opening.photos)?;
    place_fits(opening)?;
    let mut origin = opening.origin.clone();
    if let Origin::Report { order: Some(order), .. } = &mut origin {
        let refused = |d: Diagnostic| Refusal::new(&d.code, d.message.zh, d.message.en);
        *order = order.checked(ctx.classes, ctx.now).map_err(refused)?;
    }
    let (owner, explanation) = route(class, &area.id)?;
    let opened = Opened {
        number: opening.number.clone(),
        class: class.code.clone(),
        class_version: ctx.classes.version,
        title,
        text: opening.text.trim().to_owned(),
        place: opening.place.clone(),
        area: area.id.clone(),
        area_path,
        lon: opening.lon,
        lat: opening.lat,
        severity: opening.severity.unwrap_or(class.severity),
        origin,
        subject: opening.subject.clone(),
        reporters: opening.reporters.clone(),
        photos: opening.photos.clone(),
        owner,
        explanation,
    };
    let record = FactRecord {
        case: opening.id,
        seq: 1,
        at: ctx.now,
        actor: who.as_actor(None),
        fact: Fact::Opened(Box::new(opened)),
    };
    let case = apply(None, &record).expect("an opening opens");
    let mut draft = Draft::of(&case, who, ctx);
    draft.facts.push(record);
    // Of an order the time ran since the hotline gave it; that it is taken on counts from here.
    let limits = ctx.classes.limits_of(&case);
    let since = case.order().map_or(ctx.now, |o| o.received_at);
    if let Some(limit) = limits.first_contact.filter(|_| !opening.reporters.is_empty()) {
        draft.promise_since(PromiseKind::FirstContact, limit, since);
    }
    draft.promise(PromiseKind::Accept, class.accept);
    draft.promise_since(PromiseKind::Complete, limits.complete, since);
    if class.three_day {
        draft.promise(PromiseKind::ThreeDay, ctx.classes.three_day);
    }
    Ok(draft)
}

/// The longest a place may be in words.
pub const PLACE_CHARS_MAX: usize = 200;

fn place_fits(opening: &Opening) -> Result<(), Refusal> {
    if opening.place.chars().count() > PLACE_CHARS_MAX {
        return Err(Refusal::new(
            "place_too_long",
            format!("地点超过 {PLACE_CHARS_MAX} 字"),
            format!("the place is longer than {PLACE_CHARS_MAX} characters"),
        ));
    }
    let on_earth = |value: Option<f64>, most: f64| value.is_none_or(|v| (-most..=most).contains(&v));
    if !on_earth(opening.lon, 180.0) || !on_earth(opening.lat, 90.0) {
        return Err(Refusal::new(
            "coordinates_out_of_range",
            "经纬度超出范围(经度 ±180,纬度 ±90)",
            "the coordinates are out of range (longitude ±180, latitude ±90)",
        ));
    }
    Ok(())
}
