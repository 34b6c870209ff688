//! Two cases about one matter become one: the facts of both, so that nobody who reported is left behind (CW7).

use super::{Decided, Draft, decide, permitted};
use crate::{
    case::Case,
    command::{ActorKind, Command, CommandKind, Context},
    fact::{Audience, Fact},
};
use linli_model::{Refusal, Text};

/// Facts for the case that ends and for the one that goes on; both are committed in one transaction.
/// Reporters keep their ids, and with them claim code, answer and rating.
pub fn decide_merge(
    case: &Case,
    target: &Case,
    reason: &str,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<(Decided, Decided), Refusal> {
    if !target.stage.is_open() {
        return Err(Refusal::new(
            "merge_target_closed",
            "目标案件已办结,不能合并到其中",
            "the case to merge into is no longer open",
        ));
    }
    let merge = Command::Merge { into: target.id, reason: reason.to_owned() };
    let ended = decide(case, &merge, who, ctx)?;
    permitted(target, CommandKind::Note, who, ctx)?;
    let mut draft = Draft::of(target, who, ctx);
    for reporter in case.reporters.iter().filter(|r| !case.withdrew.contains(r)) {
        if !target.reporters.contains(reporter) {
            let channel = case.channels.get(reporter).cloned().unwrap_or_default();
            draft.write(Fact::ReporterJoined { reporter: *reporter, channel });
        }
    }
    for finding in case.findings.iter().filter(|f| !target.findings.contains(f)) {
        let sentence =
            Text::new(format!("随案件 {} 并入", case.number), format!("came with case {}", case.number));
        draft.write(Fact::FindingJoined { finding: *finding, sentence });
    }
    draft.write(Fact::Noted {
        text: format!("并入案件 {}:{}", case.number, reason.trim()),
        audience: Audience::Internal,
        photos: case.photos.clone(),
    });
    Ok((ended, draft.decided()))
}
