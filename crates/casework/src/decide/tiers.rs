//! Moving a case: up, down, out, to another post, into another case.

use super::{Draft, bounce, needs_text, permitted::reviewer_is_handler};
use crate::{
    case::Owner,
    command::Command,
    due::{Gone, owner_is_gone},
    fact::Fact,
    owner::roster::{Candidate, Explanation, owner_from_post},
    owner::tier::ClimbReason,
    promise::PromiseKind,
    stage::{Stage, WaitReason},
};
use linli_model::{Millis, Refusal, Role, Text, UserId};

/// Posts that look after the installation, or live in it, and are given no cases.
const OWNS_NO_CASES: [Role; 4] = [Role::Administrator, Role::DataOfficer, Role::DeviceAdmin, Role::Resident];

/// Whether a post may be given work by name.
pub(super) fn works_on_cases(candidate: &Candidate) -> Result<(), Refusal> {
    let refuse = |zh: &str, en: &str| Err(Refusal::new("post_not_possible", zh, en));
    if OWNS_NO_CASES.contains(&candidate.post.role) {
        return refuse("该岗位不办理案件", "that post does not work on cases");
    }
    if !candidate.on_duty {
        return refuse("该岗位现在不在岗", "that post is not on duty now");
    }
    Ok(())
}

impl Draft<'_> {
    pub(super) fn move_case(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::PassUp { code, reason } => {
                let reason = needs_text("reason", reason)?;
                if !ClimbReason::BY_HAND.contains(code) {
                    return Err(Refusal::new(
                        "code_is_the_clocks",
                        "该上报原因由系统使用,请另选",
                        "that reason is the clock's; choose another",
                    ));
                }
                let from = self.case.owner.area.clone();
                let excluded = bounce::not_above(&self.case);
                let (owner, explanation) =
                    self.ctx.roster.route_above(&from, self.ctx.areas, &excluded, self.ctx.now)?;
                self.go_up(from, reason, *code, owner, explanation);
            }
            Command::PassDown { to, reason } => self.pass_down(to, reason)?,
            Command::PassOut { to, reason, until } => {
                let reason = needs_text("reason", reason)?;
                let to = needs_text("to", to)?;
                if *until <= self.ctx.now || *until > self.ctx.now + Millis::days(365) {
                    return Err(Refusal::new(
                        "until_out_of_range",
                        "应答复时间应在今后一年内",
                        "the time to hear back must lie within the coming year",
                    ));
                }
                self.write(Fact::PassedOut { to, reason, until: *until });
                // Whoever decides that others must do it has taken it.
                self.fulfil(PromiseKind::Accept);
                self.fulfil(PromiseKind::Decide);
                self.pause(WaitReason::ThirdParty);
            }
            Command::ComeBack { text } => {
                let text = needs_text("text", text)?;
                self.write(Fact::CameBack { text });
                self.unpause();
            }
            Command::Reassign { to, reason } => self.reassign(*to, reason)?,
            Command::Merge { into, reason } => {
                if *into == self.case.id {
                    return Err(Refusal::new(
                        "merge_into_itself",
                        "不能合并到自身",
                        "a case cannot be merged into itself",
                    ));
                }
                let reason = needs_text("reason", reason)?;
                self.stand_still();
                self.write(Fact::MergedInto { into: *into, reason });
            }
            _ => unreachable!("decided elsewhere"),
        }
        Ok(())
    }

    /// A disputed case goes to nobody who had a part in it.
    fn not_to(&self) -> Vec<UserId> {
        match self.case.stage {
            Stage::Disputed | Stage::Review => self.case.handlers_ever.clone(),
            _ => Vec::new(),
        }
    }

    /// One level up: what this level owed is decided, and the next has a time of its own to decide in.
    pub(super) fn go_up(
        &mut self,
        from: linli_model::AreaId,
        reason: String,
        code: ClimbReason,
        owner: Owner,
        explanation: Explanation,
    ) {
        let tiers = self.ctx.roster.tiers.clone();
        let to = self.ctx.areas.find(&owner.area).and_then(|a| tiers.find(a.level));
        self.fulfil(PromiseKind::Decide);
        self.write(Fact::PassedUp { from, reason, code });
        self.hand_to(owner, explanation);
        if let (Stage::Received, Some(tier)) = (&self.case.stage, to) {
            self.promise(PromiseKind::Decide, tier.decide);
        }
    }

    /// The clock's: the table of tiers says that it is time (TI3).
    pub(super) fn climb(&mut self, why: ClimbReason) -> Result<(), Refusal> {
        let due = self.ctx.roster.tiers.climbs_at(&self.case);
        if !due.is_some_and(|(at, reason)| at <= self.ctx.now && reason == why) {
            return Err(Refusal::new("not_yet", "还没到时间", "the time has not come yet"));
        }
        let from = self.case.owner.area.clone();
        // Never to who let it lie, in another post of theirs.
        let excluded = bounce::not_above(&self.case);
        match self.ctx.roster.route_above(&from, self.ctx.areas, &excluded, self.ctx.now) {
            Ok((owner, explanation)) => self.go_up(from, String::new(), why, owner, explanation),
            Err(_) => self.write(Fact::ClimbFailed { code: why }),
        }
        Ok(())
    }

    /// The owner's post has ended, or they are away for longer than the next step can wait: somebody at the same level or
    /// above owes it from now on (CW1).
    pub(super) fn reroute(&mut self) -> Result<(), Refusal> {
        let gone = owner_is_gone(&self.case, self.ctx).filter(|_| self.case.stage.is_open());
        let Some(gone) = gone else {
            return Err(Refusal::new("owner_is_here", "主责人仍在岗", "the owner's post still holds"));
        };
        let class = self.ctx.classes.of(&self.case);
        let from = self.case.owner.area.clone();
        // An area that was merged away is looked for by the case's own place, as the tree is now.
        let from = if self.ctx.areas.find(&from).is_some() { from } else { self.case.area.clone() };
        let mut not_to = self.not_to();
        not_to.extend((gone != Gone::PostEnded).then_some(self.case.owner.user));
        let (owner, mut why) = self.ctx.roster.route(class, &from, self.ctx.areas, &not_to, self.ctx.now)?;
        let (zh, en) = match gone {
            Gone::PostEnded => ("原主责岗位已离岗。", "The owner's post has ended."),
            Gone::Away(_) if !self.ctx.roster.find_post(owner.post).is_some_and(|c| c.on_duty) => {
                // Nobody is there who could do more about it.
                return Err(Refusal::new(
                    "nobody_on_duty",
                    "没有人在岗可以接手",
                    "nobody is on duty to take it over",
                ));
            }
            Gone::Away(_) => {
                ("原主责人请假,时限在其返岗之前。", "The owner is away until after the next step falls due.")
            }
        };
        why.sentence = Text::new(format!("{zh}{}", why.sentence.zh), format!("{en} {}", why.sentence.en));
        self.hand_to(owner, why);
        Ok(())
    }

    /// The new owner of a moved case has a time of their own to accept it in.
    fn hand_to(&mut self, owner: Owner, explanation: Explanation) {
        self.write(Fact::OwnerSet { owner, explanation });
        if self.case.stage == Stage::Received && self.open_promise(PromiseKind::Accept).is_none() {
            let accept = self.ctx.classes.of(&self.case).accept;
            self.promise(PromiseKind::Accept, accept);
        }
    }

    fn pass_down(&mut self, to: &linli_model::AreaId, reason: &str) -> Result<(), Refusal> {
        let reason = needs_text("reason", reason)?;
        let Some(target) = self.ctx.areas.today(to) else {
            return Err(Refusal::new("area_unknown", "没有这个区域", "there is no such area"));
        };
        let level = self.ctx.areas.today(&self.case.owner.area);
        let mut around = self.ctx.areas.upward(&target.id).skip(1);
        if !around.any(|a| level.is_some_and(|level| level.id == a.id)) {
            return Err(Refusal::new(
                "area_not_below",
                "只能下派到本级辖内的下级区域",
                "a case can be passed down only to an area inside this one",
            ));
        }
        let bounce = bounce::is_back_down(&self.case);
        if bounce && self.bounces_up(&reason)? {
            return Ok(());
        }
        let ctx = self.ctx;
        let class = ctx.classes.of(&self.case);
        let (owner, explanation) = ctx.roster.route_within(
            class,
            &target.id,
            &self.case.area,
            ctx.areas,
            &[self.case.owner.user],
            ctx.now,
        )?;
        let from = self.case.owner.area.clone();
        self.fulfil(PromiseKind::Decide);
        self.write(Fact::PassedDown { from, reason, bounce });
        self.hand_to(owner, explanation);
        Ok(())
    }

    fn reassign(&mut self, to: linli_model::PostId, reason: &str) -> Result<(), Refusal> {
        let reason = needs_text("reason", reason)?;
        let refuse = |zh: &str, en: &str| Err(Refusal::new("post_not_possible", zh, en));
        let Some(candidate) = self.ctx.roster.find_post(to).filter(|c| c.post.holds_at(self.ctx.now)) else {
            return refuse("没有这个岗位或已离岗", "there is no such post, or it has ended");
        };
        works_on_cases(candidate)?;
        if !self.ctx.covers(&candidate.post, &self.case.area_path) {
            return refuse("该岗位不负责案件所在区域", "that post is not responsible for the case's area");
        }
        let owner = owner_from_post(candidate);
        if owner.user == self.case.owner.user {
            return refuse("已经由此人负责", "this person owns the case already");
        }
        if self.not_to().contains(&owner.user) {
            return Err(reviewer_is_handler());
        }
        let bounce = bounce::is_bounce(&self.case, &owner.area, self.who, self.ctx)?;
        if bounce && self.bounces_up(&reason)? {
            return Ok(());
        }
        let explanation = Explanation {
            sentence: Text::new(format!("改派:{reason}"), format!("Reassigned: {reason}")),
            area: owner.area.to_string(),
            candidates: 1,
            ..Explanation::default()
        };
        let from = self.case.owner.area.clone();
        self.write(Fact::Reassigned { from, reason, bounce });
        self.hand_to(owner, explanation);
        Ok(())
    }

    /// A new owner for a case that returns to work.
    pub(super) fn route_again(&mut self, excluded: &[UserId]) -> Result<(), Refusal> {
        let class = self.ctx.classes.of(&self.case);
        let area = self.case.area.clone();
        let (owner, explanation) =
            self.ctx.roster.route(class, &area, self.ctx.areas, excluded, self.ctx.now)?;
        self.write(Fact::OwnerSet { owner, explanation });
        Ok(())
    }
}
