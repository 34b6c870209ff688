//! Decisions: what a command makes of a case, or why it may not be.
//!
//! Shape of every arm: the table says whether the move exists, `permitted` whether this actor may make it,
//! then the arm checks what the command carries and writes down facts. The facts are folded as they are
//! written, so that promises and owner are decided on the state they will meet.

pub(crate) mod bounce;
mod call_back;
pub mod evidence;
mod exclusion;
mod extension;
mod finding;
mod join;
mod merge;
mod open;
mod patterns;
mod permitted;
mod promises;
mod tasks;
mod tiers;
mod work;

pub use call_back::heard;
pub use finding::{FindingOutcome, decide_finding, is_about_people, joined_by, may_join, may_join_report};
pub use join::decide_join;
pub use merge::{decide_merge, decide_unmerge};
pub use open::{Opening, decide_open};
pub use patterns::{
    ROOT_CAUSE, Root, RootOpening, cluster_area, decide_concentrated, decide_root_cause, root_subject,
};
pub(crate) use permitted::permitted;

use crate::{
    apply::apply,
    case::{Case, Photo},
    command::{Actor, ActorKind, Command, CommandKind, Context},
    fact::{Fact, FactRecord},
    moves,
    stage::StageCode,
};
use linli_model::Refusal;

/// What a decision gives: facts to append, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    pub facts: Vec<FactRecord>,
}

/// The longest text a command may carry, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// The most photos one command may bring.
pub const PHOTOS_MAX: usize = 20;

pub fn decide(
    case: &Case,
    command: &Command,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<Decided, Refusal> {
    let kind = command.kind();
    permitted(case, kind, who, ctx)?;
    if let Command::Unmerge { reason } = command {
        // Its facts are more than its own; alone it is only asked whether it may.
        return decide_unmerge(case, &[], reason, who, ctx).map(|(own, _)| own);
    }
    let mut draft = Draft::of(case, who, ctx);
    match command {
        Command::Warn { promise, percent } => draft.warn(*promise, *percent)?,
        Command::MarkBroken { promise } => draft.mark_broken(*promise)?,
        Command::Recount { promise } => draft.recount(*promise)?,
        Command::AnswerUndelivered { reporter } => draft.answer_undelivered(*reporter)?,
        Command::SignalEnded { finding, ended_at } => {
            draft.write(Fact::SignalEnded { finding: *finding, ended_at: *ended_at })
        }
        Command::Retract { finding } => draft.retract(*finding)?,
        Command::AskExclusion { .. } | Command::GrantExclusion { .. } | Command::RefuseExclusion { .. } => {
            draft.exclusion(command)?
        }
        Command::AskExtension { .. } | Command::GrantExtension { .. } | Command::RefuseExtension { .. } => {
            draft.extension(command)?
        }
        Command::Invite { .. }
        | Command::AcceptTask { .. }
        | Command::DoTask { .. }
        | Command::RefuseTask { .. }
        | Command::DropTask { .. } => draft.joint(command)?,
        Command::Climb { why } => draft.climb(*why)?,
        Command::Reroute => draft.reroute()?,
        Command::PassUp { .. }
        | Command::PassDown { .. }
        | Command::PassOut { .. }
        | Command::ComeBack { .. }
        | Command::Reassign { .. }
        | Command::Merge { .. } => draft.move_case(command)?,
        _ => draft.work(command)?,
    }
    Ok(draft.decided())
}

/// Facts being written, and the case as it will be.
pub(crate) struct Draft<'a> {
    pub case: Case,
    pub ctx: &'a Context<'a>,
    pub who: &'a ActorKind,
    actor: Actor,
    facts: Vec<FactRecord>,
}

impl<'a> Draft<'a> {
    fn of(case: &Case, who: &'a ActorKind, ctx: &'a Context<'a>) -> Self {
        // The post that gives the right: the owner's own, else one over the case's place.
        let acting_for = match who {
            ActorKind::User { user, .. } if *user == case.owner.user => Some(case.owner.post),
            ActorKind::User { posts, .. } => {
                posts.iter().find(|p| ctx.covers(p, &case.area_path)).map(|p| p.id)
            }
            _ => None,
        };
        Draft { case: case.clone(), ctx, who, actor: who.as_actor(acting_for), facts: Vec::new() }
    }

    pub fn write(&mut self, fact: Fact) {
        let record = FactRecord {
            case: self.case.id,
            seq: self.case.version + 1,
            at: self.ctx.now,
            actor: self.actor.clone(),
            fact,
        };
        if let Some(case) = apply(Some(self.case.clone()), &record) {
            self.case = case;
        }
        self.facts.push(record);
    }

    fn decided(mut self) -> Decided {
        self.lapse_extension();
        if !self.case.stage.is_open() {
            self.drop_open_tasks();
        }
        // A merged case's promises stand still: it may come apart again (ME1).
        if !self.case.stage.is_open() && self.case.stage.code() != StageCode::Merged {
            self.void_open_promises();
        }
        Decided { facts: self.facts }
    }
}

pub(crate) fn needs_text(field: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(
            &format!("{field}_missing"),
            "请填写说明,不能为空",
            "a text is needed here; it must not be empty",
        ));
    }
    fits(text)?;
    Ok(text.to_owned())
}

pub(crate) fn fits(text: &str) -> Result<(), Refusal> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::new(
            "text_too_long",
            format!("文字超过 {TEXT_CHARS_MAX} 字"),
            format!("the text is longer than {TEXT_CHARS_MAX} characters"),
        ));
    }
    Ok(())
}

pub(crate) fn fit_photos(photos: &[Photo]) -> Result<(), Refusal> {
    if photos.len() > PHOTOS_MAX {
        return Err(Refusal::new(
            "too_many_photos",
            format!("一次最多 {PHOTOS_MAX} 张照片"),
            format!("at most {PHOTOS_MAX} photos at a time"),
        ));
    }
    Ok(())
}

/// The refusal of a move that is not in the table.
pub(crate) fn no_such_move(case: &Case, command: CommandKind) -> Refusal {
    let stage = case.stage.code().label();
    let label = moves::label(command);
    Refusal::new(
        "not_in_this_stage",
        format!("案件处于“{}”,不能{}", stage.zh, label.zh),
        format!("the case is \"{}\"; \"{}\" is not possible now", stage.en, label.en),
    )
}
