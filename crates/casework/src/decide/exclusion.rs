//! Leaving a case out of the assessment (剔除): asked for with a reason by who answers for it, granted or refused by
//! a duty desk's other officer. The case itself goes on as it was; nothing is hidden, it is counted beside.

use super::{Draft, fits, needs_text};
use crate::{
    case::Case,
    command::{ActorKind, Command, CommandKind},
    fact::Fact,
};
use linli_model::Refusal;

impl Draft<'_> {
    pub(super) fn exclusion(&mut self, command: &Command) -> Result<(), Refusal> {
        let fact = match command {
            Command::AskExclusion { reason } => {
                Fact::ExclusionAsked { reason: needs_text("reason", reason)? }
            }
            Command::GrantExclusion { text } => {
                fits(text)?;
                Fact::ExclusionGranted { text: text.trim().to_owned() }
            }
            Command::RefuseExclusion { text } => Fact::ExclusionRefused { text: needs_text("text", text)? },
            _ => unreachable!("decided elsewhere"),
        };
        self.write(fact);
        Ok(())
    }
}

/// What does not depend on who asks, and that nobody grants what they asked for themselves.
pub(super) fn possible(case: &Case, command: CommandKind, who: &ActorKind) -> Result<(), Refusal> {
    match (command, &case.exclusion) {
        (CommandKind::AskExclusion, None) => Ok(()),
        (CommandKind::AskExclusion, Some(_)) => Err(Refusal::new(
            "exclusion_asked_already",
            "已申请剔除或已剔除",
            "it is left out of the assessment, or asked to be, already",
        )),
        (_, None) => Err(Refusal::new(
            "exclusion_not_asked",
            "没有剔除申请",
            "nobody asked to leave this case out of the assessment",
        )),
        (CommandKind::GrantExclusion, Some(exclusion)) if exclusion.granted_by.is_some() => Err(
            Refusal::new("exclusion_granted_already", "已剔除", "it is left out of the assessment already"),
        ),
        (CommandKind::GrantExclusion, Some(exclusion)) if who.user() == Some(exclusion.asked_by) => {
            Err(Refusal::new(
                "exclusion_needs_another",
                "申请人不能自己同意,须由另一人决定",
                "who asked cannot grant it; somebody else must decide",
            ))
        }
        _ => Ok(()),
    }
}
