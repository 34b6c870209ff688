//! A neighbour joins: the same matter, a reporter of their own with a number, a claim code and an answer of their own.

use super::{Decided, Draft};
use crate::{
    case::{Case, Own, ReporterId},
    command::{ActorKind, Context},
    fact::Fact,
    promise::OF_HANDLING,
};
use linli_model::Refusal;

/// Adds a reporter to a case whose answer is still to come; one who is there already is no mistake and writes nothing.
/// `number` is theirs alone; their promise is the case's as it stands when they join.
pub fn decide_join(
    case: &Case,
    reporter: ReporterId,
    channel: &str,
    number: &str,
    ctx: &Context<'_>,
) -> Result<Decided, Refusal> {
    if !case.stage.answer_to_come() {
        return Err(Refusal::new(
            "case_not_open",
            "这件事已经办结。如果问题还在，请重新反映。",
            "this matter is closed; if the problem is still there, please report it anew",
        ));
    }
    let who = ActorKind::Reporter { reporter };
    let mut draft = Draft::of(case, &who, ctx);
    if !case.reporters.contains(&reporter) {
        let running = OF_HANDLING.into_iter().filter_map(|k| draft.open_promise(k));
        let promise = running.filter(|p| p.due_at >= ctx.now).min_by_key(|p| p.due_at).cloned();
        let own = Own { number: number.to_owned(), from: None, promise };
        let own = Some(Box::new(own)).filter(|o| !o.number.is_empty());
        draft.write(Fact::ReporterJoined { reporter, channel: channel.to_owned(), own });
    }
    Ok(draft.decided())
}
