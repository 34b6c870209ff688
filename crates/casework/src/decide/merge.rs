//! Two cases about one matter become one, and come apart again: the facts of all of them, so that nobody who reported
//! is left behind (CW7).
//!
//! Invariants
//! - ME1 A merged case owes nothing while it is merged: its promises stand still from then on and go on when it comes
//!   apart, so that the time between is charged to the case that had the work, and only there.
//! - ME2 What a reporter was promised stays promised: the earliest of those who came along is a promise of the case
//!   that goes on, where that one has a later one of its own.
//! - ME3 Whoever came with a case leaves with it, out of every case it went on in; who reported to the other stays.
//! - ME4 A merged case takes no further case; so there is no ring, and a chain has one end.

use super::{Decided, Draft, decide, permitted};
use crate::{
    case::{Case, Own},
    command::{ActorKind, Command, CommandKind, Context},
    fact::{Audience, Fact},
    promise::{OF_HANDLING, Promise, PromiseKind},
    stage::{StageCode, WaitReason},
};
use linli_model::{Refusal, Text};

/// Facts for the case that ends and for the one that goes on; both are committed in one transaction.
/// Reporters keep their ids, and with them number, claim code, promise, answer and rating.
pub fn decide_merge(
    case: &Case,
    target: &Case,
    reason: &str,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<(Decided, Decided), Refusal> {
    if !target.stage.answer_to_come() {
        return Err(Refusal::new(
            "merge_target_closed",
            "目标案件已办结或已答复,不能合并到其中",
            "the case to merge into is closed or answered already",
        ));
    }
    let merge = Command::Merge { into: target.id, reason: reason.to_owned() };
    let ended = decide(case, &merge, who, ctx)?;
    permitted(target, CommandKind::Note, who, ctx)?;
    let mut draft = Draft::of(target, who, ctx);
    for reporter in case.still_here().filter(|r| !target.reporters.contains(r)) {
        let channel = case.channels.get(&reporter).cloned().unwrap_or_default();
        let own = case.own.get(&reporter).cloned().unwrap_or_else(|| Own {
            number: case.number.clone(),
            from: None,
            promise: handling(case),
        });
        let own = Own { from: own.from.or(Some(case.id)), ..own };
        draft.write(Fact::ReporterJoined { reporter, channel, own: Some(Box::new(own)) });
    }
    for finding in case.findings.iter().filter(|f| !target.findings.contains(f)) {
        let sentence =
            Text::new(format!("随案件 {} 并入", case.number), format!("came with case {}", case.number));
        let severity = Some(case.severity);
        draft.write(Fact::FindingJoined { finding: *finding, sentence, severity });
    }
    draft.write(Fact::Noted {
        text: format!("并入案件 {}:{}", case.number, reason.trim()),
        audience: Audience::Internal,
        photos: case.photos.clone(),
    });
    draft.hold_to_the_earliest();
    Ok((ended, draft.decided()))
}

/// Takes a merged case apart again. `chain`: the cases it went on in, from the one it was merged into to the last; the
/// facts come in the same order, after those of the case itself.
pub fn decide_unmerge(
    case: &Case,
    chain: &[Case],
    reason: &str,
    who: &ActorKind,
    ctx: &Context<'_>,
) -> Result<(Decided, Vec<Decided>), Refusal> {
    let command = Command::Unmerge { reason: reason.to_owned() };
    let mut own = Draft::of(case, who, ctx);
    permitted(case, command.kind(), who, ctx)?;
    let went_on_in = chain.last().unwrap_or(case);
    own.unmerge(reason, went_on_in)?;
    let mut rest = Vec::new();
    for target in chain {
        let mut draft = Draft::of(target, who, ctx);
        for reporter in case.reporters.iter().filter(|r| target.own.contains_key(r)) {
            draft.write(Fact::ReporterLeft { reporter: *reporter, to: case.id });
        }
        for finding in case.findings.iter().filter(|f| target.findings.contains(f)) {
            draft.write(Fact::FindingLeft { finding: *finding, to: case.id });
        }
        draft.write(Fact::Noted {
            text: format!("案件 {} 已拆出:{}", case.number, reason.trim()),
            audience: Audience::Internal,
            photos: Vec::new(),
        });
        if target.stage.is_open() {
            draft.hold_to_the_earliest();
        }
        rest.push(draft.decided());
    }
    Ok((own.decided(), rest))
}

/// The promise of handling a reporter was given: the earliest that runs.
fn handling(case: &Case) -> Option<Promise> {
    let open = OF_HANDLING.into_iter().filter_map(|k| case.promise(k)).filter(|p| p.is_open());
    open.min_by_key(|p| p.due_at).cloned()
}

impl Draft<'_> {
    /// Every clock stands still; what is late already is broken here, not excused (ME1).
    pub(super) fn stand_still(&mut self) {
        let open: Vec<_> = self.case.promises.iter().filter(|p| p.is_open()).cloned().collect();
        for promise in open {
            let kind = promise.kind;
            if promise.paused_since.is_none() && promise.due_at < self.ctx.now {
                self.write(Fact::PromiseBroken { promise: kind });
            } else if promise.paused_since.is_none() {
                self.write(Fact::PromisePaused { promise: kind, reason: WaitReason::Merged });
            }
        }
    }

    fn unmerge(&mut self, reason: &str, went_on_in: &Case) -> Result<(), Refusal> {
        let reason = super::needs_text("reason", reason)?;
        self.write(Fact::Unmerged { from: went_on_in.id, reason });
        let still_holds = self
            .ctx
            .roster
            .find_post(self.case.owner.post)
            .is_some_and(|c| c.post.holds_at(self.ctx.now) && c.post.user == self.case.owner.user);
        if !still_holds {
            self.route_again(&[])?;
        }
        let paused: Vec<_> = self.case.promises.iter().filter(|p| p.is_open()).map(|p| p.kind).collect();
        paused.into_iter().for_each(|kind| self.resume(kind));
        // Merged before promises were kept standing, or late when it was merged: it gets its time anew.
        let class = self.ctx.classes.of(&self.case).clone();
        if self.open_promise(PromiseKind::Complete).is_none() {
            let complete = self.ctx.classes.limits_of(&self.case).complete;
            self.promise(PromiseKind::Complete, complete);
        }
        if self.case.stage.code() == StageCode::Received && self.open_promise(PromiseKind::Accept).is_none() {
            self.promise(PromiseKind::Accept, class.accept);
        }
        for finding in self.case.findings.clone() {
            if !went_on_in.findings.contains(&finding) {
                // Late data disproved it while it was there.
                self.write(Fact::FindingRetracted { finding });
                continue;
            }
            let sentence = Text::new(
                format!("从案件 {} 拆回", went_on_in.number),
                format!("came back from case {}", went_on_in.number),
            );
            self.write(Fact::FindingJoined { finding, sentence, severity: None });
            if let Some(ended_at) = went_on_in.signal_ended_at {
                self.write(Fact::SignalEnded { finding, ended_at });
            }
        }
        Ok(())
    }

    /// The promise of whoever was promised most, where the case's own are later (ME2).
    fn hold_to_the_earliest(&mut self) {
        let here: Vec<_> = self.case.still_here().collect();
        let promised = here.iter().filter_map(|r| Some(self.by_now(self.case.own.get(r)?.promise.clone()?)));
        let earliest = promised.filter(|p| p.due_at >= self.ctx.now).min_by_key(|p| p.due_at);
        let own = [PromiseKind::Complete, PromiseKind::ThreeDay];
        let mine = own.into_iter().filter_map(|k| self.open_promise(k)).map(|p| p.due_at).min();
        // Handled already, nothing of the kind is owed any more.
        let needed = earliest.filter(|p| mine.is_some_and(|mine| p.due_at < mine));
        let held = self.open_promise(PromiseKind::Joined).map(|p| p.due_at);
        if held == needed.as_ref().map(|p| p.due_at) {
            return;
        }
        if held.is_some() {
            self.write(Fact::PromiseVoided { promise: PromiseKind::Joined });
        }
        if let Some(given) = needed {
            let round = self.case.round;
            let promise =
                Promise { kind: PromiseKind::Joined, round, warned: 0, paused_since: None, ..given };
            self.write(Fact::PromiseMade { promise });
        }
    }
}
