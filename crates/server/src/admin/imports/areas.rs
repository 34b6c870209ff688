//! Areas from a table: places, what takes over what, and how many people live where.

use super::Sorted;
use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use linli_model::{Area, AreaId, AreaPath, AreaTree, Post, Succession, Text};
use linli_sheet::{
    Known, Table,
    kind::{self, area::AreaRow},
};
use linli_store::{Change, Heads};
use std::collections::{BTreeMap, BTreeSet};

type Against = (&'static str, &'static str, &'static str);

pub(super) async fn sort(
    state: &ServerState,
    who: &Who,
    mine: &[AreaPath],
    table: &Table,
    known: &Known<'_>,
    sorted: &mut Sorted,
) -> Answer<()> {
    let (tree, now) = (known.areas, state.now());
    let (set, heads) = (state.store.successions().await?, state.store.heads().await?);
    let before = kind::area::Before { successions: &set, today: now.day_in(state.zone()) };
    let against = |row: &AreaRow| {
        let moved = tree.find(&row.area.id).filter(|known| known.path != row.area.path);
        let theirs = |of: &AreaId| tree.find(of).is_none_or(|a| lies_in(tree, a, mine));
        let mut named = row.takes.iter().map(|s| &s.of).chain(&row.lets_go);
        moved.map(|_| moved_away()).or_else(|| named.any(|of| !theirs(of)).then(outside))
    };
    let mut rows = Vec::new();
    let outcomes = kind::area::check(table, known, &before)?;
    sorted.sort(outcomes, mine, |row| row.area.path.clone(), against, |_, row| rows.push(row));
    let mut after = Vec::new();
    for row in rows {
        let same = |s: &Succession| set.contains(s);
        for succession in row.takes.iter().filter(|s| !same(s)) {
            let change =
                Change::SuccessionSet { succession: succession.clone(), set_by: who.user.id, at: now };
            after.push(change);
        }
        after.extend(row.lets_go.iter().cloned().map(Change::SuccessionRemove));
        let counted = heads.get(&row.area.id).and_then(|h| h.last()).map(|h| h.residents);
        if let Some(residents) = row.residents.filter(|n| counted != Some(*n)) {
            let heads = Heads { since: before.today, residents };
            after.push(Change::HeadsSet { area: row.area.id.clone(), heads });
        }
        sorted.changes.push(Change::AreaSet(row.area));
    }
    let posts: Vec<Post> = state.store.posts().await?.into_iter().filter(|p| p.holds_at(now)).collect();
    sorted.notes = notes(tree, &sorted.changes, &after, &posts);
    // What they speak of is there by then.
    sorted.changes.extend(after);
    Ok(())
}

fn lies_in(tree: &AreaTree, area: &Area, mine: &[AreaPath]) -> bool {
    let here = tree.lies(area);
    mine.iter().any(|m| here.within(m))
}

/// What follows from boundaries that are redrawn, before it is done and when it is done: who will see what (IM4).
fn notes(tree: &AreaTree, areas: &[Change], redrawn: &[Change], posts: &[Post]) -> Vec<String> {
    let mut names: BTreeMap<&AreaId, &str> = tree.iter().map(|a| (&a.id, a.name.as_str())).collect();
    names.extend(areas.iter().filter_map(|c| match c {
        Change::AreaSet(a) => Some((&a.id, a.name.as_str())),
        _ => None,
    }));
    let name = |id: &AreaId| names.get(id).copied().unwrap_or_default().to_owned();
    let held: BTreeSet<&AreaId> = posts.iter().map(|p| &p.area).collect();
    let note = |s: &Succession| {
        let (of, by) = (name(&s.of), name(&s.by));
        let staff = held.contains(&s.of).then(|| posts.iter().filter(|p| p.area == s.of).count());
        let (zh, en) = staff.map_or_else(Default::default, |n| {
            (
                format!("“{of}”仍有 {n} 个岗位:他们继续负责手头的案件,新案件由“{by}”受理;请到用户页改设到“{by}”。"),
                format!(
                    " {of} still has {n} posts: they keep the cases they have, new ones go to {by}; move these posts on the users page."
                ),
            )
        });
        say(&Text::new(
            format!(
                "“{by}”自 {} 起承接“{of}”({}):“{by}”的各岗位可查看和办理“{of}”此前的案件。{zh}",
                s.since, s.of
            ),
            format!(
                "{by} takes over {of} ({}) from {} on: its posts may see and handle the cases {of} had before.{en}",
                s.of, s.since
            ),
        ))
    };
    redrawn
        .iter()
        .filter_map(|c| match c {
            Change::SuccessionSet { succession, .. } => Some(note(succession)),
            Change::SuccessionRemove(of) => Some(say(&Text::new(
                format!("“{}”不再由其他区域承接。其间立案的案件留在立案的地方。", name(of)),
                format!(
                    "{} is taken over no more. Cases that were filed meanwhile stay where they were filed.",
                    name(of)
                ),
            ))),
            _ => None,
        })
        .collect()
}

fn moved_away() -> Against {
    (
        "area_moved",
        "该编码已在另一处,区域不能移动。要改划边界,请在“承接”列填写被承接的区域",
        "the code exists elsewhere in the tree; areas cannot be moved. To redraw boundaries, name the area in the column \"Takes over\" of who takes it over",
    )
}

fn outside() -> Against {
    (
        "succession_outside",
        "承接:被承接的区域不在您的辖区",
        "Takes over: an area that is taken over lies outside your area",
    )
}
