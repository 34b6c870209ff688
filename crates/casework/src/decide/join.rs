//! A neighbour joins: the same matter, a reporter of their own with a claim code and an answer of their own.

use super::{Decided, Draft};
use crate::{
    case::{Case, ReporterId},
    command::{ActorKind, Context},
    fact::Fact,
};
use linli_model::Refusal;

/// Adds a reporter to an open case; one who is there already is no mistake and writes nothing.
pub fn decide_join(
    case: &Case,
    reporter: ReporterId,
    channel: &str,
    ctx: &Context<'_>,
) -> Result<Decided, Refusal> {
    if !case.stage.is_open() {
        return Err(Refusal::new(
            "case_not_open",
            "这件事已经办结。如果问题还在，请重新反映。",
            "this matter is closed; if the problem is still there, please report it anew",
        ));
    }
    let who = ActorKind::Reporter { reporter };
    let mut draft = Draft::of(case, &who, ctx);
    if !case.reporters.contains(&reporter) {
        draft.write(Fact::ReporterJoined { reporter, channel: channel.to_owned() });
    }
    Ok(draft.decided())
}
