//! Boundaries that were redrawn: from a day on, an area takes over another.
//!
//! Owns: where something lies today, under which paths it may have been filed before, and which successions there can be.
//!
//! Invariants
//! - TO1 An area is taken over by one other at most, and no chain of successions leads back: everything lies in one
//!   place today.
//! - TO2 Nothing registered and nothing filed is rewritten: an [`Area`] keeps its path and its parent. Its parts lie in
//!   the successor without being moved.
//! - TO3 The reach of an area holds every path under which something that lies in it today can have been filed.
//! - TO4 A succession that has not begun changes nothing, and one that would break TO1 is passed over.
//!
//! Deliberately absent: dividing an area. Each of its parts is taken over by itself, so that every case has one place.

use crate::{
    area::{Area, AreaId, AreaPath, AreaTree},
    post::Post,
    text::Text,
    time::{Instant, LocalDay},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `by` takes over `of`, with everything inside it. The day begins at midnight where the office is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    pub of: AreaId,
    pub by: AreaId,
    pub since: LocalDay,
}

/// Everything filed under `path`, but for what lies elsewhere today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    pub path: AreaPath,
    pub without: Vec<AreaPath>,
}

impl Extent {
    pub fn all(path: AreaPath) -> Extent {
        Extent { path, without: Vec::new() }
    }
    pub fn holds(&self, path: &AreaPath) -> bool {
        path.within(&self.path) && !self.without.iter().any(|w| path.within(w))
    }
}

/// The successions that have begun, in order, and what they make of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Successions {
    begun: Vec<Succession>,
    /// Who took an area over, and as the how-manieth.
    taken: BTreeMap<AreaId, (AreaId, usize)>,
    /// The paths the area of each succession had until then.
    paths: Vec<Vec<AreaPath>>,
}

impl AreaTree {
    /// The tree as it is at `now`.
    pub fn as_of(
        areas: impl IntoIterator<Item = Area>,
        successions: impl IntoIterator<Item = Succession>,
        now: Instant,
        zone: &TimeZone,
    ) -> AreaTree {
        let mut tree = AreaTree::from_areas(areas);
        let begun = |s: &Succession| Instant::start_of(s.since, zone) <= now;
        let mut wanted: Vec<Succession> = successions.into_iter().filter(begun).collect();
        wanted.sort_by(|a, b| (a.since, &a.of).cmp(&(b.since, &b.of)));
        for succession in wanted {
            if check_succession(&succession, &tree, &tree.successions.begun).is_err() {
                continue;
            }
            let n = tree.successions.begun.len();
            let paths = (0..=n).filter_map(|k| tree.path_after(&succession.of, k)).collect();
            tree.successions.taken.insert(succession.of.clone(), (succession.by.clone(), n));
            tree.successions.paths.push(paths);
            tree.successions.begun.push(succession);
        }
        tree
    }

    /// The area that stands for `id` after the first `k` successions: itself while nobody has taken it over.
    fn after<'a>(&'a self, id: &AreaId, k: usize) -> Option<&'a Area> {
        let mut here = self.find(id)?;
        while let Some((by, _)) = self.successions.taken.get(&here.id).filter(|(_, n)| *n < k) {
            here = self.find(by)?;
        }
        Some(here)
    }

    fn path_after(&self, id: &AreaId, k: usize) -> Option<AreaPath> {
        let mut ids = Vec::new();
        let mut next = self.after(id, k);
        while let Some(here) = next {
            ids.push(&here.id);
            next = here.parent.as_ref().and_then(|p| self.after(p, k));
        }
        ids.iter().rev().fold(None, |path: Option<AreaPath>, id| {
            Some(path.map_or_else(|| AreaPath::root(id), |p| p.child(id)))
        })
    }

    /// The area that has `id`'s ground today: itself, or who took it over.
    pub fn today<'a>(&'a self, id: &AreaId) -> Option<&'a Area> {
        self.after(id, usize::MAX)
    }
    /// Whether anything was ever taken over.
    pub fn was_redrawn(&self) -> bool {
        !self.successions.begun.is_empty()
    }
    pub fn is_taken_over(&self, id: &AreaId) -> bool {
        self.successions.taken.contains_key(id)
    }
    /// Where an area lies today. What is filed now is filed there.
    pub fn path_today(&self, id: &AreaId) -> Option<AreaPath> {
        self.path_after(id, usize::MAX)
    }
    /// Whether an area of the path was taken over since; a path without any is as it was.
    fn is_old(&self, path: &AreaPath) -> bool {
        self.was_redrawn() && path.as_str().split('/').any(|code| self.successions.taken.contains_key(code))
    }
    /// Where what was filed under `path` lies today; the same path where the tree does not know the area.
    pub fn where_today(&self, path: &AreaPath) -> AreaPath {
        if !self.is_old(path) {
            return path.clone();
        }
        path.ids().next_back().and_then(|id| self.path_today(&id)).unwrap_or_else(|| path.clone())
    }

    /// Under which paths what lies in `id` may have been filed (TO3), each once and none inside another. Of an area that
    /// was taken over: those until then.
    pub fn reach(&self, id: &AreaId) -> Vec<AreaPath> {
        let Some(area) = self.find(id) else { return Vec::new() };
        let ended = self.successions.taken.get(id).map(|(_, n)| *n);
        let until = ended.unwrap_or(self.successions.begun.len());
        if !self.was_redrawn() {
            return vec![area.path.clone()];
        }
        let mut paths: Vec<AreaPath> = (0..=until).filter_map(|k| self.path_after(id, k)).collect();
        let whole = paths.last().cloned().unwrap_or_else(|| area.path.clone());
        for (n, succession) in self.successions.begun[..until].iter().enumerate() {
            let inside = self.path_after(&succession.by, until).is_some_and(|by| by.within(&whole));
            if inside {
                paths.extend(self.successions.paths[n].iter().cloned());
            }
        }
        widest(paths)
    }

    /// What lies in `id` today, by the paths it was filed under: the reach, without what others have taken over since.
    /// Of an area that was taken over: what it had.
    pub fn extent(&self, id: &AreaId) -> Vec<Extent> {
        let whole = self.path_today(id).filter(|_| self.was_redrawn() && !self.is_taken_over(id));
        let Some(whole) = whole else { return self.reach(id).into_iter().map(Extent::all).collect() };
        let own = (0..=self.successions.begun.len()).filter_map(|k| self.path_after(id, k));
        let mut marks: BTreeMap<AreaPath, bool> = own.map(|p| (p, true)).collect();
        for (paths, succession) in self.successions.paths.iter().zip(&self.successions.begun) {
            let inside = self.path_today(&succession.of).is_some_and(|p| p.within(&whole));
            for path in paths {
                marks.entry(path.clone()).or_insert(inside);
            }
        }
        // A path's nearest beginning that is marked says where it lies: in the order of paths, the last one around it.
        let mut around: Vec<(AreaPath, Option<usize>)> = Vec::new();
        let mut extents: Vec<Extent> = Vec::new();
        for (path, inside) in marks {
            while around.last().is_some_and(|(outer, _)| !path.within(outer)) {
                around.pop();
            }
            match (around.last().and_then(|(_, extent)| *extent), inside) {
                (None, true) => {
                    extents.push(Extent::all(path.clone()));
                    around.push((path, Some(extents.len() - 1)));
                }
                (Some(n), false) => {
                    extents[n].without.push(path.clone());
                    around.push((path, None));
                }
                _ => {}
            }
        }
        extents
    }

    /// Of what was filed under `path`: the narrowest area around it that was taken over, who has its ground today, and
    /// since when it was taken over.
    pub fn redrawn(&self, path: &AreaPath) -> Option<(&Area, &Area, LocalDay)> {
        let taken = path.ids().rev().find_map(|id| self.successions.begun.iter().find(|s| s.of == id))?;
        Some((self.find(&taken.of)?, self.today(&taken.of)?, taken.since))
    }

    /// Where an area lies today, its own path where nothing was redrawn.
    pub fn lies(&self, area: &Area) -> AreaPath {
        self.where_today(&area.path)
    }

    /// Under which paths what stands at exactly `id` may have been filed.
    pub fn reach_at(&self, id: &AreaId) -> Vec<AreaPath> {
        let Some(area) = self.find(id) else { return Vec::new() };
        let mut paths = vec![area.path.clone()];
        paths.extend((0..=self.successions.begun.len()).filter_map(|k| self.path_after(id, k)));
        if !self.is_taken_over(id) {
            let became = |s: &&Succession| self.today(&s.of).is_some_and(|a| a.id == *id);
            let of = self.successions.begun.iter().filter(became);
            paths.extend(of.flat_map(|s| self.reach_at(&s.of)));
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Whether what was filed under `path` is within the reach of an area, whose path is given for the case that the
    /// tree does not know it.
    pub fn covers(&self, area: (&AreaId, &AreaPath), path: &AreaPath) -> bool {
        let (id, own) = area;
        path.within(own) || (self.was_redrawn() && self.reach(id).iter().any(|r| path.within(r)))
    }

    /// The posts, each once for every path its area reaches.
    pub fn reaching(&self, posts: &[Post]) -> Vec<Post> {
        let one = |post: &Post| {
            let mut paths = self.reach(&post.area);
            if !paths.contains(&post.area_path) {
                paths.push(post.area_path.clone());
            }
            paths.sort_by_key(|p| *p != post.area_path);
            paths.into_iter().map(|area_path| Post { area_path, ..post.clone() }).collect::<Vec<_>>()
        };
        posts.iter().flat_map(one).collect()
    }

    /// Whether anything has come to an area or left it after that day.
    pub fn redrawn_after(&self, id: &AreaId, day: LocalDay) -> bool {
        let lies_in = |what: &AreaId, k: usize| {
            let (what, here) = (self.path_after(what, k), self.path_after(id, k));
            what.zip(here).is_some_and(|(what, here)| what.within(&here))
        };
        let later = self.successions.begun.iter().enumerate().filter(|(_, s)| s.since > day);
        later.into_iter().any(|(n, s)| lies_in(&s.of, n) != lies_in(&s.of, n + 1))
    }

    /// The areas this one has taken over, directly, and since when.
    pub fn took_over(&self, id: &AreaId) -> impl Iterator<Item = &Succession> {
        self.successions.begun.iter().filter(move |s| s.by == *id)
    }
}

/// Those that lie in no other of them.
fn widest(mut paths: Vec<AreaPath>) -> Vec<AreaPath> {
    paths.sort();
    let mut kept: Vec<AreaPath> = Vec::new();
    for path in paths {
        if !kept.last().is_some_and(|last| path.within(last)) {
            kept.push(path);
        }
    }
    kept
}

/// What speaks against a succession beside `others`: a code, and what was expected.
pub fn check_succession(
    wish: &Succession,
    areas: &AreaTree,
    others: &[Succession],
) -> Result<(), (&'static str, Text)> {
    let no = |code, zh: String, en: String| Err((code, Text::new(zh, en)));
    let (of, by) = (wish.of.as_str(), wish.by.as_str());
    if wish.of == wish.by {
        return no(
            "succession_of_itself",
            "区域不能承接自身,请填写被承接区域的编码".to_owned(),
            "an area cannot take over itself; give the code of the area it takes over".to_owned(),
        );
    }
    let (Some(old), Some(new)) = (areas.find(&wish.of), areas.find(&wish.by)) else {
        return no(
            "area_unknown",
            format!("没有编码为 {of} 的区域,请填写已登记的区域编码"),
            format!("there is no area with the code {of}; give that of a registered one"),
        );
    };
    if new.level > old.level {
        return no(
            "succession_level_wrong",
            format!("{of} 的级别高于本区域,应由同级或更高级的区域承接"),
            format!("{of} is of a wider level; an area of the same level or a wider one must take it over"),
        );
    }
    let others: Vec<&Succession> = others.iter().filter(|s| s.of != wish.of || s.by != wish.by).collect();
    if let Some(first) = others.iter().find(|s| s.of == wish.of) {
        return no(
            "succession_taken",
            format!("{of} 自 {} 起已由 {} 承接。一个区域拆分时,请分别填写其下级区域", first.since, first.by),
            format!(
                "{of} is taken over by {} since {}. Where an area is divided, name its parts instead",
                first.by, first.since
            ),
        );
    }
    let mut next = &wish.by;
    while let Some(further) = others.iter().find(|s| s.of == *next) {
        if further.by == wish.of {
            return no(
                "succession_loop",
                format!("{by} 已经(间接)由 {of} 承接,不能反过来承接它"),
                format!(
                    "{by} is itself taken over by {of}, perhaps by way of others; it cannot take it over"
                ),
            );
        }
        next = &further.by;
    }
    if let Some(gone) = others.iter().find(|s| s.of == wish.by && s.since <= wish.since) {
        return no(
            "successor_gone",
            format!("{by} 自 {} 起已由 {} 承接,请由 {} 承接 {of}", gone.since, gone.by, gone.by),
            format!("{by} is taken over by {} since {}; let {} take over {of}", gone.by, gone.since, gone.by),
        );
    }
    if let Some(late) = others.iter().find(|s| s.by == wish.of && s.since >= wish.since) {
        return no(
            "successor_gone",
            format!("{of} 自 {} 起承接 {},日期应晚于该日", late.since, late.of),
            format!("{of} takes over {} since {}; the day must be later than that", late.of, late.since),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
