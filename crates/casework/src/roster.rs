//! Routing: from who is on duty to exactly one owner, with the reason kept.
//!
//! Invariants
//! - RO1 The choice is a function of class, place, roster and who is excluded; ties fall to the lower post id.
//! - RO2 The search goes from the narrowest area upward; where no handling role is on duty it takes the duty
//!   officer of the next area up, and says so. It gives up only when nobody is left at all.

use crate::{case::Owner, class::Class};
use linli_model::{Area, AreaId, AreaLevel, AreaTree, Instant, Post, PostId, Refusal, Role, Text, UserId};
use serde::{Deserialize, Serialize};

/// One post that may be given cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub post: Post,
    pub on_duty: bool,
    /// Open cases they own now.
    pub open_cases: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    pub candidates: Vec<Candidate>,
}

/// Why this owner: stored with the fact and shown on the case (L2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    pub sentence: Text,
    /// The area at whose level the owner was found.
    pub area: String,
    /// How many could have been chosen there.
    pub candidates: u32,
    /// Nobody of the class's own roles was on duty there; the duty officer took it.
    pub fell_through: bool,
}

/// The area levels that decide, from narrow to wide: the tiers. Places inside an estate belong to its committee.
pub fn is_tier(level: AreaLevel) -> bool {
    level <= AreaLevel::ResidentialArea
}

/// Who decides at an area when no role of the class is there.
fn duty_roles(level: AreaLevel) -> &'static [Role] {
    match level {
        AreaLevel::ResidentialArea => &[Role::Cadre],
        AreaLevel::Grid => &[Role::GridLeader],
        _ => &[Role::DutyDesk],
    }
}

impl Roster {
    pub fn find_post(&self, id: PostId) -> Option<&Candidate> {
        self.candidates.iter().find(|c| c.post.id == id)
    }

    fn least_loaded(
        &self,
        area: &Area,
        roles: &[Role],
        excluded: &[UserId],
        now: Instant,
    ) -> Option<(&Candidate, u32)> {
        for role in roles {
            let mut fitting: Vec<&Candidate> = self
                .candidates
                .iter()
                .filter(|c| {
                    c.post.area == area.id && c.post.role == *role && c.on_duty && c.post.holds_at(now)
                })
                .filter(|c| !excluded.contains(&c.post.user))
                .collect();
            fitting.sort_by_key(|c| (c.open_cases, c.post.id));
            if let Some(first) = fitting.first() {
                return Some((first, fitting.len() as u32));
            }
        }
        None
    }

    /// The owner for a class at a place. Areas narrower than a tier are looked at for the class's roles only
    /// (a property keeper of the estate), tiers also for their duty officer.
    pub fn route(
        &self,
        class: &Class,
        place: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        for area in areas.upward(place) {
            if let Some((found, n)) = self.least_loaded(area, &class.handlers, excluded, now) {
                return Ok((owner_of(found), explained(area, found, n, false)));
            }
            if is_tier(area.level)
                && let Some((found, n)) = self.least_loaded(area, duty_roles(area.level), excluded, now)
            {
                return Ok((owner_of(found), explained(area, found, n, true)));
            }
        }
        Err(Refusal::new(
            "nobody_on_duty",
            "该区域及其上级没有在岗人员可以负责,请先设置值守岗位",
            "nobody on duty in this area or above can take the case; set up a duty post first",
        ))
    }

    /// The officer one level above `below`, not one of `excluded`.
    pub fn route_above(
        &self,
        below: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        for area in areas.upward(below).skip(1).filter(|a| is_tier(a.level)) {
            if let Some((found, n)) = self.least_loaded(area, duty_roles(area.level), excluded, now) {
                return Ok((owner_of(found), explained(area, found, n, false)));
            }
        }
        Err(Refusal::new(
            "nobody_above",
            "上级没有其他在岗人员可以接手",
            "nobody else is on duty one level up",
        ))
    }
}

fn owner_of(candidate: &Candidate) -> Owner {
    let post = &candidate.post;
    Owner {
        user: post.user,
        post: post.id,
        role: post.role,
        area: post.area.clone(),
        area_path: post.area_path.clone(),
    }
}

pub(crate) fn owner_from_post(candidate: &Candidate) -> Owner {
    owner_of(candidate)
}

fn explained(area: &Area, found: &Candidate, n: u32, fell_through: bool) -> Explanation {
    let role = found.post.role.as_str();
    let (why_zh, why_en) = if fell_through {
        (
            "本级没有该类案件的在岗处置岗位,由值守岗位负责",
            "no post of the class's own roles is on duty at this level, so its duty officer takes it",
        )
    } else {
        ("在岗且手头案件最少", "on duty, with the fewest open cases")
    };
    Explanation {
        sentence: Text::new(
            format!("由{}的 {role} 负责:{n} 个可选岗位中{why_zh}(在办 {} 件)", area.name, found.open_cases),
            format!(
                "Owned by a {role} of {}: of {n} possible posts, {why_en} ({} open)",
                area.name, found.open_cases
            ),
        ),
        area: area.id.to_string(),
        candidates: n,
        fell_through,
    }
}
