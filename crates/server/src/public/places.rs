//! The places residents choose among: estates, buildings, doors, in the order people count in.
//!
//! Invariants
//! - PP1 Dwellings are never listed in public.
//! - PP2 What leaves nothing to choose is not asked for: a single estate, a building with one door.

use super::{
    desk::{find_place, place_name},
    report_pages::{PlaceChoice, Spot},
};
use linli_model::{Area, AreaId, AreaLevel, AreaTree};
use std::cmp::Ordering;

/// What can be chosen at a point of the tree; a single estate is not asked for.
pub(super) fn choice(areas: &AreaTree, at: Option<&AreaId>, last: Option<&AreaId>) -> PlaceChoice {
    let estates = estates(areas);
    let here = at
        .and_then(|id| areas.find(id))
        .filter(|a| (AreaLevel::Estate..=AreaLevel::Doorway).contains(&a.level));
    let here = here.or(match estates.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    let spot =
        |a: &Area| Spot { id: a.id.clone(), name: a.name.clone(), is_leaf: parts(areas, &a.id).is_empty() };
    let below = match here {
        Some(here) => parts(areas, &here.id),
        None => estates,
    };
    let mut above: Vec<Spot> = here
        .map(|h| areas.upward(&h.id).skip(1).take_while(|a| a.level >= AreaLevel::Estate).map(spot).collect())
        .unwrap_or_default();
    above.reverse();
    PlaceChoice {
        above,
        here: here.map(|h| Spot { name: place_name(areas, &h.id), ..spot(h) }),
        parts: below.into_iter().map(|a| only_door(areas, a)).map(spot).collect(),
        last: last
            .filter(|_| at.is_none())
            .and_then(|id| find_place(areas, id))
            .map(|a| Spot { name: place_name(areas, &a.id), ..spot(a) }),
    }
}

pub(super) fn estates(areas: &AreaTree) -> Vec<&Area> {
    let mut estates: Vec<&Area> = areas.in_force().filter(|a| a.level == AreaLevel::Estate).collect();
    estates.sort_by(|a, b| natural(&a.name, &b.name));
    estates
}

/// The buildings of an estate, the doors of a building; dwellings are never listed in public.
pub(super) fn parts<'a>(areas: &'a AreaTree, id: &'a AreaId) -> Vec<&'a Area> {
    let mut parts: Vec<&Area> = areas.children(id).filter(|a| a.level <= AreaLevel::Doorway).collect();
    parts.sort_by(|a, b| natural(&a.name, &b.name));
    parts
}

/// A building with one door is that door: one tap less.
fn only_door<'a>(areas: &'a AreaTree, area: &'a Area) -> &'a Area {
    match parts(areas, &area.id).as_slice() {
        [only] if area.level == AreaLevel::Building => only,
        _ => area,
    }
}

/// The order people count in: 2号 before 10号.
fn natural(a: &str, b: &str) -> Ordering {
    let key = |text: &str| -> Vec<(u64, String)> {
        let mut parts = vec![(0_u64, String::new())];
        for c in text.chars() {
            match c.to_digit(10) {
                Some(digit) => {
                    if parts.last().is_some_and(|p| !p.1.is_empty()) {
                        parts.push((0, String::new()));
                    }
                    if let Some(last) = parts.last_mut() {
                        last.0 = last.0.saturating_mul(10).saturating_add(u64::from(digit));
                    }
                }
                None => {
                    if let Some(last) = parts.last_mut() {
                        last.1.push(c);
                    }
                }
            }
        }
        parts
    };
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buildings_stand_in_the_order_people_count_in() {
        let mut names = ["10号", "2号", "2号甲", "1号", "田林十二村"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["田林十二村", "1号", "2号", "2号甲", "10号"]);
    }
}
