//! Routing inside one branch of the tree: what is given to an area by name stays there (RO3).

use crate::{
    case::Owner,
    class::Class,
    owner::roster::{Explanation, Roster, Search},
    owner::routing::Asked,
};
use linli_model::{Area, AreaId, AreaTree, Instant, Refusal, UserId};

impl Roster {
    /// The owner at `branch`, else below it: first who is on duty, then who is not. Of what lies in the branch only the
    /// areas around `place` are looked at; of a place elsewhere, all of the branch, the widest first. Routing rules count
    /// as far as they give somebody there. Refused where nobody is there at all.
    pub fn route_within(
        &self,
        class: &Class,
        branch: &AreaId,
        place: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        let lies_inside = |id: &AreaId| areas.upward(id).any(|a| a.id == *branch);
        let candidates = self.candidates.iter().filter(|c| lies_inside(&c.post.area)).cloned().collect();
        let there = Roster { candidates, tiers: self.tiers.clone(), rules: self.rules.clone() };
        let asked =
            Asked { class: &class.code, place: branch, areas, candidates: &there.candidates, excluded, now };
        if let Some((rule, possible, area)) = there.rules.first_that_gives(&asked) {
            let search = Search { excluded, now, on_duty: true };
            return Ok(there.chosen_by_rule(rule, &possible, area, &search));
        }
        let downward = there.downward(branch, place, areas);
        let found = [true, false].into_iter().find_map(|on_duty| {
            let search = Search { excluded, now, on_duty };
            downward.iter().find_map(|area| there.of_class_at(area, class, &search))
        });
        found.ok_or_else(|| nobody_there(areas, branch))
    }

    /// The areas of a branch, from itself down to the place; where that lies elsewhere, all in which anybody has a post.
    fn downward<'a>(&self, branch: &AreaId, place: &AreaId, areas: &'a AreaTree) -> Vec<&'a Area> {
        let mut around: Vec<&Area> = areas.upward(place).collect();
        if let Some(at) = around.iter().position(|a| a.id == *branch) {
            around.truncate(at + 1);
            around.reverse();
            return around;
        }
        let posts = self.candidates.iter().filter_map(|c| areas.find(&c.post.area));
        let mut all: Vec<&Area> = areas.find(branch).into_iter().chain(posts).collect();
        all.sort_by_key(|a| (a.id != *branch, a.level, &a.id));
        all.dedup_by_key(|a| &a.id);
        all
    }
}

fn nobody_there(areas: &AreaTree, branch: &AreaId) -> Refusal {
    let name = areas.find(branch).map_or(branch.as_str(), |a| &a.name);
    Refusal::new(
        "nobody_there",
        format!("{name}及其下级没有其他岗位可以接手这类案件;请另选区域,或由本级办理"),
        format!(
            "nobody else in {name} or below has a post that takes this class of case; choose another area, or handle it at this level"
        ),
    )
}
