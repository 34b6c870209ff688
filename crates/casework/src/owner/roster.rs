//! Routing: from who is on duty to exactly one owner, with the reason kept.
//!
//! Invariants
//! - RO1 The choice is a function of class, place, roster and who is excluded; ties fall to the lower post id.
//! - RO2 The search goes from the narrowest area upward; where no handling role is on duty it takes the duty
//!   officer of the next area up, and says so. It gives up only when the installation has no duty desk and no
//!   administrator.
//! - RO3 What is given to an area by name stays in that area and below ([`Roster::route_within`]); whoever holds the case
//!   is not given it again by going up.

use crate::{
    case::Owner,
    class::Class,
    owner::routing::{Asked, RoutingRules, RuleUsed, Ruled},
    owner::tier::TierTable,
};
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Instant, Post, PostId, Refusal, Role, Text, UserId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One post that may be given cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub post: Post,
    pub on_duty: bool,
    /// The end of an absence that holds now.
    pub away_until: Option<Instant>,
    /// Open cases they own now.
    pub open_cases: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    pub candidates: Vec<Candidate>,
    /// Which levels decide, and who decides there.
    pub tiers: Arc<TierTable>,
    /// What goes before the class's own roles.
    pub rules: Arc<RoutingRules>,
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
    /// Who was looked at there, the chosen first.
    #[serde(default)]
    pub considered: Vec<Considered>,
    /// The routing rule that spoke of it, whether it gave the owner or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleUsed>,
}

/// One post that could have been chosen, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    pub post: PostId,
    pub role: Role,
    pub open_cases: u32,
    /// `chosen`, `has_more_cases`, `off_duty`, `had_a_part_in_it`, `post_ended`, `other_role`.
    pub outcome: String,
}

/// The most posts one explanation names.
const CONSIDERED_MAX: usize = 20;

impl Roster {
    pub fn find_post(&self, id: PostId) -> Option<&Candidate> {
        self.candidates.iter().find(|c| c.post.id == id)
    }

    /// The posts of the first of `roles` that anybody fitting holds at `area`, the best first.
    fn fitting(&self, area: &Area, roles: &[Role], search: &Search<'_>) -> Vec<&Candidate> {
        for role in roles {
            let mut found: Vec<&Candidate> = self
                .candidates
                .iter()
                .filter(|c| c.post.area == area.id && c.post.role == *role)
                .filter(|c| search.fits(c))
                .collect();
            found.sort_by_key(|c| (c.open_cases, c.post.id));
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The owner for a class at a place: by the routing rules; where one of them fails, the area's duty officer (RR1);
    /// where none speaks of it, by the class.
    pub fn route(
        &self,
        class: &Class,
        place: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        let asked = Asked { class: &class.code, place, areas, candidates: &self.candidates, excluded, now };
        match self.rules.ask(&asked) {
            Ruled::Silent => self.route_by_class(class, place, areas, excluded, now),
            Ruled::Gives { rule, possible, area } => {
                Ok(self.chosen_by_rule(rule, &possible, &area, &Search { excluded, now, on_duty: true }))
            }
            Ruled::Fails { rule } => {
                let tiers = areas.upward(place).filter(|a| self.tiers.takes(a.level, &class.handlers));
                let officer = tiers.into_iter().find_map(|a| self.officer_at(a, excluded, now));
                let (owner, why) = match officer {
                    Some(found) => found,
                    None => self.route_by_class(class, place, areas, excluded, now)?,
                };
                Ok((owner, by_rule(Explanation { fell_through: true, ..why }, rule)))
            }
        }
    }

    /// The owner by the class's own roles. Areas narrower than a tier are looked at for the class's roles only
    /// (a property keeper of the estate), tiers also for their duty officer. Where nobody is on duty at all, the
    /// same search goes over those who are not, then to any duty desk, then to who set the installation up:
    /// what people report is never refused for want of a roster.
    fn route_by_class(
        &self,
        class: &Class,
        place: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        for on_duty in [true, false] {
            let search = Search { excluded, now, on_duty };
            if let Some(found) = areas.upward(place).find_map(|area| self.of_class_at(area, class, &search)) {
                return Ok(found);
            }
        }
        self.last_resort(areas, excluded, now)
    }

    /// The owner at one area: the class's own roles, else the duty officer where the area is a tier that takes it.
    pub(super) fn of_class_at(
        &self,
        area: &Area,
        class: &Class,
        search: &Search<'_>,
    ) -> Option<(Owner, Explanation)> {
        let own = self.fitting(area, &class.handlers, search);
        if let [chosen, ..] = own[..] {
            let why = if search.on_duty { Why::LeastLoad } else { Why::NobodyOnDuty };
            return Some(self.chosen(chosen, &own, area, why, &class.handlers, search));
        }
        if !self.tiers.takes(area.level, &class.handlers) {
            return None;
        }
        let officers = self.fitting(area, self.tiers.roles(area.level), search);
        let [chosen, ..] = officers[..] else { return None };
        let why = if search.on_duty { Why::DutyOfficer } else { Why::NobodyOnDuty };
        Some(self.chosen(chosen, &officers, area, why, &class.handlers, search))
    }

    /// Who a routing rule chose.
    pub(super) fn chosen_by_rule(
        &self,
        rule: RuleUsed,
        possible: &[&Candidate],
        area: &Area,
        search: &Search<'_>,
    ) -> (Owner, Explanation) {
        let (owner, why) = self.chosen(possible[0], possible, area, Why::Rule, &[], search);
        (owner, by_rule(why, rule))
    }

    /// Any duty desk, else any administrator, wherever their post is.
    fn last_resort(
        &self,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        let search = Search { excluded, now, on_duty: false };
        for role in [Role::DutyDesk, Role::Administrator] {
            let mut found: Vec<&Candidate> =
                self.candidates.iter().filter(|c| c.post.role == role && search.fits(c)).collect();
            found.sort_by_key(|c| (!c.on_duty, c.open_cases, c.post.id));
            let at = found.first().and_then(|c| areas.find(&c.post.area));
            if let ([chosen, ..], Some(area)) = (&found[..], at) {
                return Ok(self.chosen(chosen, &found, area, Why::LastResort, &[role], &search));
            }
        }
        Err(no_duty_officer())
    }

    /// The officer one level above `below`, not one of `excluded`.
    pub fn route_above(
        &self,
        below: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Result<(Owner, Explanation), Refusal> {
        let search = Search { excluded, now, on_duty: true };
        for area in areas.upward(below).skip(1).filter(|a| self.tiers.is_tier(a.level)) {
            let roles = self.tiers.roles(area.level);
            let officers = self.fitting(area, roles, &search);
            if let [chosen, ..] = officers[..] {
                return Ok(self.chosen(chosen, &officers, area, Why::LeastLoad, roles, &search));
            }
        }
        Err(Refusal::new(
            "nobody_above",
            "上级没有其他在岗人员可以接手",
            "nobody else is on duty one level up",
        ))
    }

    /// The officer on duty of one area of a tier, not one of `excluded`.
    pub fn officer_at(&self, area: &Area, excluded: &[UserId], now: Instant) -> Option<(Owner, Explanation)> {
        let search = Search { excluded, now, on_duty: true };
        let roles = self.tiers.roles(area.level);
        let officers = self.fitting(area, roles, &search);
        let [chosen, ..] = officers[..] else { return None };
        Some(self.chosen(chosen, &officers, area, Why::LeastLoad, roles, &search))
    }

    /// The duty officers of the tiers at and above `area`, the nearest first, without `excluded`.
    pub fn officers_upward(
        &self,
        area: &AreaId,
        areas: &AreaTree,
        excluded: &[UserId],
        now: Instant,
    ) -> Vec<UserId> {
        let search = Search { excluded, now, on_duty: true };
        let tiers = areas.upward(area).filter(|a| self.tiers.is_tier(a.level));
        let officers = tiers.flat_map(|a| self.fitting(a, self.tiers.roles(a.level), &search));
        officers.map(|c| c.post.user).collect()
    }

    /// What start-up says aloud: every area of the top tier where nobody decides, by which cases would fall to the last
    /// resort.
    pub fn check(&self, areas: &AreaTree, now: Instant) -> Vec<Diagnostic> {
        let Some(top) = self.tiers.iter().last() else { return Vec::new() };
        let has_desk = |area: &Area| {
            let holds = |c: &&Candidate| top.roles.contains(&c.post.role) && c.post.holds_at(now);
            self.candidates.iter().filter(holds).any(|c| area.path.within(&c.post.area_path))
        };
        areas
            .iter()
            .filter(|a| a.level == top.level && !has_desk(a))
            .map(|a| {
                let refusal = no_duty_officer();
                Diagnostic {
                    message: refusal.message,
                    ..Diagnostic::new(&refusal.code, format!("area.{}", a.id), "", "")
                }
            })
            .collect()
    }

    fn chosen(
        &self,
        chosen: &Candidate,
        possible: &[&Candidate],
        area: &Area,
        why: Why,
        roles: &[Role],
        search: &Search<'_>,
    ) -> (Owner, Explanation) {
        let mut considered: Vec<Considered> = possible
            .iter()
            .map(|c| considered(c, if c.post.id == chosen.post.id { "chosen" } else { "has_more_cases" }))
            .collect();
        // Those of the class's roles at the same place who would have come first, had they been there.
        let passed_over = self.candidates.iter().filter(|c| {
            c.post.area == area.id
                && roles.contains(&c.post.role)
                && !possible.iter().any(|p| p.post.id == c.post.id)
        });
        considered.extend(passed_over.map(|c| considered_not(c, search)));
        considered.truncate(CONSIDERED_MAX);
        let explanation = explained(area, chosen, possible.len() as u32, why, considered);
        (owner_of(chosen), explanation)
    }
}

/// Who may be chosen.
pub(super) struct Search<'a> {
    pub(super) excluded: &'a [UserId],
    pub(super) now: Instant,
    /// Only those on duty.
    pub(super) on_duty: bool,
}

impl Search<'_> {
    fn fits(&self, c: &Candidate) -> bool {
        (c.on_duty || !self.on_duty) && c.post.holds_at(self.now) && !self.excluded.contains(&c.post.user)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Why {
    LeastLoad,
    Rule,
    DutyOfficer,
    NobodyOnDuty,
    LastResort,
}

fn considered(c: &Candidate, outcome: &str) -> Considered {
    Considered { post: c.post.id, role: c.post.role, open_cases: c.open_cases, outcome: outcome.to_owned() }
}

fn considered_not(c: &Candidate, search: &Search<'_>) -> Considered {
    let outcome = match c {
        c if !c.post.holds_at(search.now) => "post_ended",
        c if search.excluded.contains(&c.post.user) => "had_a_part_in_it",
        c if !c.on_duty => "off_duty",
        _ => "other_role",
    };
    considered(c, outcome)
}

fn no_duty_officer() -> Refusal {
    Refusal::new(
        "no_duty_officer",
        "没有任何值守岗位可以负责,请先设置街道值守岗位",
        "there is no duty post that could take cases; set up the street's duty desk first",
    )
}

/// The explanation with the rule that spoke of it in front.
fn by_rule(mut why: Explanation, rule: RuleUsed) -> Explanation {
    let (zh, en) = match &rule.failed {
        None => (
            format!("按分派规则“{}”(第 {} 版)。", rule.label.zh, rule.version),
            format!("By the routing rule \"{}\" (version {}). ", rule.label.en, rule.version),
        ),
        Some(code) => {
            let because = RuleUsed::failed_because(code);
            (
                format!(
                    "分派规则“{}”(第 {} 版)未能选出人:{},已转本区域值守并报警。",
                    rule.label.zh, rule.version, because.zh
                ),
                format!(
                    "The routing rule \"{}\" (version {}) gave nobody: {}; the area's duty officer takes it, and the duty desk was told. ",
                    rule.label.en, rule.version, because.en
                ),
            )
        }
    };
    why.sentence = Text::new(format!("{zh}{}", why.sentence.zh), format!("{en}{}", why.sentence.en));
    why.rule = Some(rule);
    why
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

fn explained(area: &Area, found: &Candidate, n: u32, why: Why, considered: Vec<Considered>) -> Explanation {
    let role = found.post.role.label();
    let (why_zh, why_en) = match why {
        Why::Rule => ("符合分派规则且手头案件最少", "fitting the routing rule, with the fewest open cases"),
        Why::LeastLoad => ("在岗且手头案件最少", "on duty, with the fewest open cases"),
        Why::DutyOfficer => (
            "本级没有该类案件的在岗处置岗位,由值守岗位负责",
            "no post of the class's own roles is on duty at this level, so its duty officer takes it",
        ),
        Why::NobodyOnDuty => {
            ("目前无人在岗,由最近的岗位负责", "nobody is on duty now, so the nearest post takes it")
        }
        Why::LastResort => (
            "该区域及其上级没有可负责的岗位,由值守或管理员兜底",
            "no post in this area or above could take it, so it falls to the last resort",
        ),
    };
    Explanation {
        sentence: Text::new(
            format!(
                "由{}的{}负责:{n} 个可选岗位中{why_zh}(在办 {} 件)",
                area.name, role.zh, found.open_cases
            ),
            format!(
                "{}: {} takes it; of {n} possible posts, {why_en} ({} open)",
                area.name, role.en, found.open_cases
            ),
        ),
        area: area.id.to_string(),
        candidates: n,
        fell_through: !matches!(why, Why::LeastLoad | Why::Rule),
        considered,
        rule: None,
    }
}
