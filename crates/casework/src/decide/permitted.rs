//! Whether this actor may make this move: read by `decide` and by `available` (CW6).

use super::no_such_move;
use crate::{
    case::Case,
    command::{ActorKind, CommandKind, Context},
    moves::{self, By},
};
use linli_model::{Post, Refusal, Role};

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
    let Some(row) = moves::find(case.stage.code(), command) else { return Err(no_such_move(case, command)) };
    match (row.by, who) {
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
            let is_owner = *user == case.owner.user;
            match by {
                By::Owner if is_owner => Ok(()),
                By::Owner => {
                    Err(Refusal::new("not_owner", "只有主责人可以操作", "only the owner can do this"))
                }
                By::OwnerOrAbove if is_owner || posts.iter().any(|p| is_officer_over(p, case)) => Ok(()),
                By::OwnerOrAbove => Err(Refusal::new(
                    "not_owner_or_above",
                    "只有主责人或上级值守可以操作",
                    "only the owner or an officer above can do this",
                )),
                By::Checker => may_check(case, user, &posts, ctx),
                _ if is_owner || posts.iter().any(|p| case.area_path.within(&p.area_path)) => Ok(()),
                _ => Err(Refusal::new("out_of_area", "案件不在您的辖区", "the case is outside your area")),
            }
        }
    }
}

/// A duty officer of the owner's area or of one above it.
fn is_officer_over(post: &Post, case: &Case) -> bool {
    matches!(post.role, Role::DutyDesk | Role::GridLeader | Role::Cadre)
        && case.owner.area_path.within(&post.area_path)
        && case.area_path.within(&post.area_path)
        && (post.area_path != case.owner.area_path || matches!(post.role, Role::DutyDesk | Role::GridLeader))
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
    let class = ctx.classes.get_or_other(&case.class);
    let may = posts.iter().any(|p| class.checkers.contains(&p.role) && case.area_path.within(&p.area_path));
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
