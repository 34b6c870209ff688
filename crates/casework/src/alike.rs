//! Whether two reports are about the same matter: same class, near, recent. Suggested to people, never decided for them.
//!
//! Owns: nearness. Places are the same when they carry the same subject, name the same area from the estate down, lie
//! in the same building, or are so many metres apart as the table says.

use crate::{
    case::Case,
    class::{ClassTable, Near},
};
use linli_model::{AreaId, AreaLevel, AreaTree, Instant, Millis, Subject, Text};

/// Where and what, before it is a case or as one.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    pub class: &'a str,
    pub area: &'a AreaId,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub subject: Option<&'a Subject>,
}

/// How near two places are, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    SameSubject,
    SamePlace,
    SameBuilding,
    Metres(u32),
}

impl Nearness {
    pub fn label(self) -> Text {
        match self {
            Nearness::SameSubject => Text::new("同一对象", "about the same thing"),
            Nearness::SamePlace => Text::new("同一地点", "the same place"),
            Nearness::SameBuilding => Text::new("同一栋楼", "the same building"),
            Nearness::Metres(m) => Text::new(format!("相距 {m} 米"), format!("{m} m away")),
        }
    }
}

impl<'a> Spot<'a> {
    pub fn of(case: &'a Case) -> Spot<'a> {
        Spot {
            class: &case.class,
            area: &case.area,
            lon: case.lon,
            lat: case.lat,
            subject: case.subject.as_ref(),
        }
    }
}

/// Metres between two places; the earth is flat over a sub-district.
pub fn metres(a: (f64, f64), b: (f64, f64)) -> u32 {
    let north = (a.1 - b.1) * 111_320.0;
    let east = (a.0 - b.0) * 111_320.0 * a.1.to_radians().cos();
    north.hypot(east).round().min(f64::from(u32::MAX)) as u32
}

pub fn nearness(a: &Spot<'_>, b: &Spot<'_>, metres_max: u32, areas: &AreaTree) -> Option<Nearness> {
    if a.subject.is_some() && a.subject == b.subject {
        return Some(Nearness::SameSubject);
    }
    let narrow = |id: &AreaId| areas.find(id).is_some_and(|area| area.level >= AreaLevel::Estate);
    if a.area == b.area && narrow(a.area) {
        return Some(Nearness::SamePlace);
    }
    let building = |id: &AreaId| areas.find_at_level(id, AreaLevel::Building).map(|b| b.id.clone());
    let theirs = building(b.area);
    if theirs.is_some() && building(a.area) == theirs {
        return Some(Nearness::SameBuilding);
    }
    let point = |s: &Spot<'_>| s.lon.zip(s.lat);
    let apart = metres(point(a)?, point(b)?);
    (apart <= metres_max).then_some(Nearness::Metres(apart))
}

/// Whether a case whose answer is still to come may be the same matter as what is at `spot`, and why.
pub fn alike(
    spot: &Spot<'_>,
    case: &Case,
    areas: &AreaTree,
    classes: &ClassTable,
    now: Instant,
) -> Option<Nearness> {
    let Near { metres, days } = classes.near;
    let recent = case.opened_at >= now - Millis::days(i64::from(days));
    if case.class != spot.class || !case.stage.answer_to_come() || !recent {
        return None;
    }
    nearness(spot, &Spot::of(case), metres, areas)
}
