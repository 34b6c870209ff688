//! The tree of areas: street > grid > residential area > estate > building > doorway > dwelling.
//!
//! Invariants
//! - AR1 An [`AreaPath`] is the ids from the root to the area, each followed by `/`; `a` lies in `b`
//!   exactly when `a`'s path starts with `b`'s. A list query is cut to areas by this prefix.
//! - AR2 Every area but a root has a parent in the tree, of a wider level.
//!
//! A tree is of one moment: areas that were taken over by then ([`crate::succession`]) are known to it, and whoever goes
//! upward goes through who took them over.

use crate::succession::Successions;
use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, collections::BTreeMap, fmt};

/// The code of an area: the official one where there is one (310104011001), else `parent-suffix`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AreaId(pub String);

impl AreaId {
    pub fn new(code: impl Into<String>) -> Self {
        AreaId(code.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl Borrow<str> for AreaId {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Levels from wide to narrow. Which of them an installation uses is data; the order is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaLevel {
    City,
    District,
    Street,
    Grid,
    /// 居民区, with its committee 居委. Also the engine's partition.
    ResidentialArea,
    /// 小区
    Estate,
    /// 楼
    Building,
    /// 门栋: what has a number on it; a building has one or more.
    Doorway,
    /// 户
    Dwelling,
}

/// `310104011/310104011-G2/310104011012/`: where an area lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AreaPath(pub String);

impl AreaPath {
    pub fn root(id: &AreaId) -> Self {
        AreaPath(format!("{id}/"))
    }
    pub fn child(&self, id: &AreaId) -> Self {
        AreaPath(format!("{}{id}/", self.0))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether this area is `other` or lies inside it.
    pub fn within(&self, other: &AreaPath) -> bool {
        self.0.starts_with(&other.0)
    }
    /// The ids from the root to this area.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = AreaId> + '_ {
        self.0.split('/').filter(|s| !s.is_empty()).map(AreaId::new)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub id: AreaId,
    pub level: AreaLevel,
    pub name: String,
    pub parent: Option<AreaId>,
    pub path: AreaPath,
}

/// All areas of an installation, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AreaTree {
    areas: BTreeMap<AreaId, Area>,
    pub(crate) successions: Successions,
}

impl AreaTree {
    pub fn from_areas(areas: impl IntoIterator<Item = Area>) -> Self {
        let areas = areas.into_iter().map(|a| (a.id.clone(), a)).collect();
        AreaTree { areas, successions: Successions::default() }
    }
    pub fn insert(&mut self, area: Area) {
        self.areas.insert(area.id.clone(), area);
    }
    pub fn find(&self, id: &AreaId) -> Option<&Area> {
        self.areas.get(id)
    }
    /// All that were ever registered.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }
    /// Those that nobody has taken over.
    pub fn in_force(&self) -> impl Iterator<Item = &Area> {
        self.areas.values().filter(|a| !self.is_taken_over(&a.id))
    }
    pub fn len(&self) -> usize {
        self.areas.len()
    }
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }
    /// The partition something at `path` belongs to: its residential area, else the widest area it lies in.
    pub fn partition_of(&self, path: &AreaPath) -> Option<(AreaId, AreaPath)> {
        let of_level = |id: &AreaId| self.find(id).filter(|a| a.level == AreaLevel::ResidentialArea);
        let found = path.ids().find_map(|id| of_level(&id));
        let area = found.or_else(|| path.ids().next().and_then(|id| self.find(&id)))?;
        Some((area.id.clone(), area.path.clone()))
    }
    /// The area itself, or who took it over; then what lies around it today, up to the root.
    pub fn upward<'a>(&'a self, id: &AreaId) -> impl Iterator<Item = &'a Area> + 'a {
        let mut next = self.today(id);
        std::iter::from_fn(move || {
            let here = next?;
            next = here.parent.as_ref().and_then(|p| self.today(p));
            Some(here)
        })
    }
    /// The nearest area of `level` at or above `id`.
    pub fn find_at_level(&self, id: &AreaId, level: AreaLevel) -> Option<&Area> {
        self.upward(id).find(|a| a.level == level)
    }
    /// The direct parts of an area, those of areas it took over among them.
    pub fn children<'a>(&'a self, id: &'a AreaId) -> impl Iterator<Item = &'a Area> + 'a {
        let inside = move |a: &&Area| match &a.parent {
            Some(parent) if self.was_redrawn() => self.today(parent).is_some_and(|p| p.id == *id),
            parent => parent.as_ref() == Some(id),
        };
        self.in_force().filter(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_within_itself_and_its_parents_but_not_its_namesake() {
        let street = AreaPath::root(&AreaId::new("310104011"));
        let one = street.child(&AreaId::new("310104011001"));
        let eleven = street.child(&AreaId::new("3101040110011"));
        assert!(one.within(&one) && one.within(&street));
        assert!(!eleven.within(&one), "a longer code is not inside a shorter one");
        assert_eq!(one.ids().last().unwrap().as_str(), "310104011001");
    }
}
