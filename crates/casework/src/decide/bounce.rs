//! Ping-pong: what counts as a bounce, and what the set number of them (`moves_max` of the tiers) leads to.
//!
//! A bounce brings a case no further: its own owner gives it aside, or it is given down once it had come up. The first way
//! down is none, nor is it when an officer chooses among those below, or a colleague takes it over from who is away. After
//! so many of them in one round the next one is answered by the case going up; where nobody is above, it is refused.

use super::{Draft, permitted::is_officer_over};
use crate::{
    case::Case,
    command::{ActorKind, Context},
    owner::roster::Explanation,
    owner::tier::ClimbReason,
    stage::{Stage, StageCode},
};
use linli_model::{AreaId, Refusal, Text, UserId};
use std::cmp::Ordering;

/// Who is not given a case that goes up: who has it, and of a disputed one everybody who had a part in it.
pub(super) fn not_above(case: &Case) -> Vec<UserId> {
    let mut excluded = match case.stage {
        Stage::Disputed | Stage::Review => case.handlers_ever.clone(),
        _ => Vec::new(),
    };
    excluded.push(case.owner.user);
    excluded
}

/// Whether passing it down now would be a bounce.
pub(super) fn is_back_down(case: &Case) -> bool {
    case.climbed > 0
}

pub(crate) fn bounced_enough(case: &Case, ctx: &Context<'_>) -> bool {
    case.bounces >= ctx.roster.tiers.moves_max
}

/// Passing down is offered as long as it leads somewhere: down, or up in its stead.
pub(super) fn may_pass_down(case: &Case, ctx: &Context<'_>) -> Result<(), Refusal> {
    if !(is_back_down(case) && bounced_enough(case, ctx)) {
        return Ok(());
    }
    let above = ctx.roster.route_above(&case.owner.area, ctx.areas, &not_above(case), ctx.now);
    above.map(drop).map_err(|_| moved_too_often(case))
}

/// Whether giving it to a post at `to` is a bounce; refused where that is above the level of who gives it.
pub(super) fn is_bounce(
    case: &Case,
    to: &AreaId,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<bool, Refusal> {
    let rank = |id: &AreaId| ctx.areas.find(id).map_or(0, |a| ctx.roster.tiers.rank(a.level));
    let (owner, to) = (rank(&case.owner.area), rank(to));
    let officer = match who {
        ActorKind::User { posts, .. } => {
            let over = posts.iter().filter(|p| p.holds_at(ctx.now) && is_officer_over(p, case, ctx));
            over.map(|p| rank(&p.area)).max()
        }
        _ => None,
    };
    let giver = officer.unwrap_or(0).max(owner);
    if to > giver {
        return Err(Refusal::new(
            "reassigned_upward",
            "不能改派给比自己更高层级的岗位;需要上级处理请用“上报”",
            "a case is not reassigned to a level above one's own; pass it up instead",
        ));
    }
    Ok(match to.cmp(&owner) {
        Ordering::Less => is_back_down(case),
        Ordering::Equal => who.user() == Some(case.owner.user),
        Ordering::Greater => false,
    })
}

impl Draft<'_> {
    /// A bounce after the set number of them: the level above has the case instead. False below that number.
    pub(super) fn bounces_up(&mut self, reason: &str) -> Result<bool, Refusal> {
        if !bounced_enough(&self.case, self.ctx) {
            return Ok(false);
        }
        let begun = [StageCode::Received, StageCode::Accepted, StageCode::Working];
        let from = self.case.owner.area.clone();
        let above = self.ctx.roster.route_above(&from, self.ctx.areas, &not_above(&self.case), self.ctx.now);
        let (true, Ok((owner, why))) = (begun.contains(&self.case.stage.code()), above) else {
            return Err(moved_too_often(&self.case));
        };
        let n = self.case.bounces;
        let sentence = Text::new(
            format!("案件已往返 {n} 次,改由上一级决定。{}", why.sentence.zh),
            format!("The case went to and fro {n} times; the level above decides. {}", why.sentence.en),
        );
        let why = Explanation { sentence, ..why };
        self.go_up(from, reason.to_owned(), ClimbReason::Bounces, owner, why);
        Ok(true)
    }
}

fn moved_too_often(case: &Case) -> Refusal {
    let n = case.bounces;
    Refusal::new(
        "moved_too_often",
        format!("案件已往返 {n} 次,不能再下派或平级改派;请由本级办理,需要配合可邀请协办"),
        format!(
            "the case went to and fro {n} times and is not given down or aside again; handle it at this level, and ask others for help by tasks"
        ),
    )
}
