//! Whether this actor may make this move: read by `decide` and by `available` (CW6).

use super::{bounce, exclusion, extension, no_such_move, tasks};
use crate::{
    case::{Case, ReporterId},
    command::{ActorKind, CommandKind, Context},
    moves::{self, By},
    promise::PromiseKind,
    stage::Stage,
};
use linli_model::{Millis, Post, Refusal, Role};

pub(crate) fn permitted(
    case: &Case,
    command: CommandKind,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<(), Refusal> {
    if moves::SYSTEM_ANYWHERE.contains(&command) {
        return match who {
            ActorKind::System => Ok(()),
            _ => Err(only_system()),
        };
    }
    if let Some((_, by)) = moves::ASSESSMENT_ANYWHERE.iter().find(|(c, _)| *c == command) {
        exclusion::possible(case, command, who)?;
        return may(*by, case, who, ctx);
    }
    let Some(row) = moves::find(case.stage.code(), command) else { return Err(no_such_move(case, command)) };
    may(row.by, case, who, ctx)?;
    possible(case, command, who, ctx)
}

fn may(by: By, case: &Case, who: &ActorKind, ctx: &Context<'_>) -> Result<(), Refusal> {
    match (by, who) {
        (By::System, ActorKind::System) => Ok(()),
        (By::System, _) => Err(only_system()),
        (By::Reporter, ActorKind::Reporter { reporter }) if case.reporters.contains(reporter) => Ok(()),
        (By::Reporter, _) => {
            Err(Refusal::new("only_reporter", "只有反映人可以操作", "only the reporter can do this"))
        }
        (_, ActorKind::Reporter { .. } | ActorKind::System) => {
            Err(Refusal::new("only_staff", "只有工作人员可以操作", "only staff can do this"))
        }
        (by, ActorKind::User { user, posts }) => {
            let posts: Vec<&Post> = posts.iter().filter(|p| p.holds_at(ctx.now)).collect();
            // An owner whose post has ended owns nothing any more; somebody above gives the case to another.
            let is_owner = *user == case.owner.user && posts.iter().any(|p| p.id == case.owner.post);
            match by {
                By::Owner if is_owner => Ok(()),
                By::Owner => {
                    Err(Refusal::new("not_owner", "只有主责人可以操作", "only the owner can do this"))
                }
                By::OwnerOrAbove if is_owner || posts.iter().any(|p| is_officer_over(p, case, ctx)) => Ok(()),
                By::OwnerOrAbove => Err(Refusal::new(
                    "not_owner_or_above",
                    "只有主责人或上级值守可以操作",
                    "only the owner or an officer above can do this",
                )),
                By::Desk if posts.iter().any(|p| is_desk_over(p, case, ctx)) => Ok(()),
                By::Desk => Err(Refusal::new(
                    "not_the_desk",
                    "只有街道值守可以操作",
                    "only the duty desk can do this",
                )),
                By::Above => may_decide_above(case, user, &posts, ctx),
                By::Helper if case.is_helper(*user) => Ok(()),
                By::Helper => Err(Refusal::new(
                    "no_task_here",
                    "您在此案件没有协办任务",
                    "you hold no open task of this case",
                )),
                By::Officer if posts.iter().any(|p| is_officer_over(p, case, ctx)) => Ok(()),
                By::Officer => Err(Refusal::new(
                    "not_an_officer",
                    "只有本级或上级值守可以操作",
                    "only an officer of this level or above can do this",
                )),
                By::Checker => may_check(case, user, &posts, ctx),
                _ if is_owner
                    || case.is_helper(*user)
                    || posts.iter().any(|p| ctx.covers(p, &case.area_path)) =>
                {
                    Ok(())
                }
                _ => Err(Refusal::new("out_of_area", "案件不在您的辖区", "the case is outside your area")),
            }
        }
    }
}

/// What does not depend on the fields a command carries: so that nothing is offered that can only be refused.
fn possible(case: &Case, command: CommandKind, who: &ActorKind, ctx: &Context<'_>) -> Result<(), Refusal> {
    let reviewing = matches!(case.stage, Stage::Disputed | Stage::Review);
    match command {
        CommandKind::Accept | CommandKind::ReviewReturn | CommandKind::ReviewUphold
            if reviewing && who.user().is_some_and(|u| case.handlers_ever.contains(&u)) =>
        {
            Err(reviewer_is_handler())
        }
        CommandKind::AskExtension => extension::may_ask(case, ctx).map(drop),
        CommandKind::GrantExtension | CommandKind::RefuseExtension => extension::is_asked(case, ctx),
        CommandKind::ProposeDone => tasks::none_open(case),
        CommandKind::Invite => tasks::may_invite(case),
        CommandKind::AcceptTask => tasks::may_accept(case, who),
        CommandKind::DropTask => tasks::any_open(case),
        CommandKind::CallBack => {
            within_rating_window(case, ctx)?;
            super::call_back::possible(case, who.user(), ctx)
        }
        CommandKind::Dispute => within_rating_window(case, ctx),
        CommandKind::Rate => {
            within_rating_window(case, ctx)?;
            match who {
                ActorKind::Reporter { reporter }
                    if case.rated_this_answer(*reporter) && !was_bare(case, *reporter) =>
                {
                    Err(rated_already())
                }
                _ => Ok(()),
            }
        }
        CommandKind::PassUp => {
            let excluded = bounce::not_above(case);
            ctx.roster.route_above(&case.owner.area, ctx.areas, &excluded, ctx.now).map(drop)
        }
        CommandKind::PassDown => bounce::may_pass_down(case, ctx),
        CommandKind::Merge => was_contacted(case),
        CommandKind::Withdraw => match who {
            ActorKind::Reporter { reporter } if case.withdrew.contains(reporter) => {
                Err(Refusal::new("withdrawn_already", "您已撤回", "you have withdrawn this already"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The hotline asks of each order whether its caller was contacted in time; a merged case's clocks stand still (OD3).
fn was_contacted(case: &Case) -> Result<(), Refusal> {
    let owed = case.order().and_then(|_| case.promise(PromiseKind::FirstContact)).filter(|p| p.is_open());
    if owed.is_none() {
        return Ok(());
    }
    Err(Refusal::new(
        "contact_before_merge",
        "12345 工单须先完成先行联系(写一条反映人可见的说明),再合并",
        "contact the caller of this order first (a note they can see), then merge it",
    ))
}

pub(super) fn reviewer_is_handler() -> Refusal {
    Refusal::new(
        "reviewer_is_handler",
        "办理、核查或答复过此案的人不能复核,请改派他人",
        "who handled, checked or answered a case cannot review it; give it to someone else",
    )
}

pub(super) fn rated_already() -> Refusal {
    Refusal::new("rated_already", "您已评价过,谢谢", "you have rated this already, thank you")
}

/// One tap was all they said so far: more words may follow.
pub(super) fn was_bare(case: &Case, reporter: ReporterId) -> bool {
    case.rating_since_closing(reporter)
        .is_some_and(|r| r.solved.is_none() && r.treated_well.is_none() && r.words.is_empty())
}

fn within_rating_window(case: &Case, ctx: &Context<'_>) -> Result<(), Refusal> {
    let since = match case.stage {
        Stage::Answered { since } => since,
        _ => case.closed_at.unwrap_or(case.updated_at),
    };
    let days = i64::from(ctx.classes.for_case(case).rating_days);
    if ctx.now - since > Millis::days(days) {
        return Err(Refusal::new(
            "rating_window_over",
            format!("已超过 {days} 天,不能再评价;有新情况请再反映一次"),
            format!("more than {days} days have passed; please report again if there is something new"),
        ));
    }
    Ok(())
}

/// A duty officer of the owner's area or of one above it.
pub(super) fn is_officer_over(post: &Post, case: &Case, ctx: &Context<'_>) -> bool {
    let tiers = &ctx.roster.tiers;
    tiers.decides(post.role)
        && ctx.covers(post, &case.owner.area_path)
        && ctx.covers(post, &case.area_path)
        && (post.area_path != case.owner.area_path || tiers.decides_over_colleagues(post.role))
}

/// An officer of a tier above the owner's; where there is none above, a colleague of the top. Never who owns the case
/// or asked.
fn may_decide_above(
    case: &Case,
    user: &linli_model::UserId,
    posts: &[&Post],
    ctx: &Context<'_>,
) -> Result<(), Refusal> {
    let asked = case.extension.as_ref().is_some_and(|e| e.by == Some(*user));
    if *user == case.owner.user || asked {
        return Err(Refusal::new(
            "decides_for_oneself",
            "不能审批自己的延期申请,须由上级审批",
            "nobody decides on their own request; the level above must",
        ));
    }
    let tiers = &ctx.roster.tiers;
    let is_top = !ctx.areas.upward(&case.owner.area).skip(1).any(|a| tiers.is_tier(a.level));
    let above = |p: &&Post| is_officer_over(p, case, ctx) && (is_top || p.area_path != case.owner.area_path);
    if posts.iter().copied().any(|p| above(&p)) {
        return Ok(());
    }
    Err(Refusal::new("not_above", "须由上一级值守审批", "an officer of the level above must decide"))
}

fn is_desk_over(post: &Post, case: &Case, ctx: &Context<'_>) -> bool {
    post.role == Role::DutyDesk && ctx.covers(post, &case.area_path)
}

fn may_check(
    case: &Case,
    user: &linli_model::UserId,
    posts: &[&Post],
    ctx: &Context<'_>,
) -> Result<(), Refusal> {
    if case.handlers.contains(user) {
        return Err(Refusal::new(
            "checker_is_handler",
            "处置人不能核查自己处置的案件,请由他人核查",
            "who handled a case cannot verify it; someone else must",
        ));
    }
    let class = ctx.classes.of(case);
    let may = posts.iter().any(|p| class.checkers.contains(&p.role) && ctx.covers(p, &case.area_path));
    if may {
        return Ok(());
    }
    Err(Refusal::new(
        "not_a_checker",
        "您的岗位不能核查这类案件",
        "none of your posts may verify this class of case here",
    ))
}

fn only_system() -> Refusal {
    Refusal::new("only_system", "由系统自动执行", "done by the system itself")
}
