//! Promises as facts: made, paused, resumed, warned of, kept or broken.

use super::Draft;
use crate::{
    class::Limit,
    fact::Fact,
    promise::{Outcome, Promise, PromiseKind},
    stage::WaitReason,
};
use linli_model::{FindingId, Refusal};

impl Draft<'_> {
    pub fn promise(&mut self, kind: PromiseKind, limit: Limit) {
        let due = self.ctx.calendar.due(self.ctx.now, limit);
        let promise = Promise {
            kind,
            round: self.case.round,
            made_at: self.ctx.now,
            limit,
            due_at: due.at,
            provisional: due.provisional,
            paused_since: None,
            warned: 0,
            outcome: Outcome::Open,
        };
        self.write(Fact::PromiseMade { promise });
    }

    fn open_promise(&self, kind: PromiseKind) -> Option<&Promise> {
        self.case.promise(kind).filter(|p| p.is_open())
    }

    /// What was promised has been done: kept, or broken if the time had passed unnoticed.
    pub fn fulfil(&mut self, kind: PromiseKind) {
        let Some(promise) = self.open_promise(kind) else { return };
        let late = promise.paused_since.is_none() && promise.due_at < self.ctx.now;
        self.write(if late {
            Fact::PromiseBroken { promise: kind }
        } else {
            Fact::PromiseKept { promise: kind }
        });
    }

    /// The clocks of handling stand still while a case waits for somebody or something else.
    pub fn pause(&mut self, reason: WaitReason) {
        for kind in [PromiseKind::Complete, PromiseKind::ThreeDay] {
            if self.open_promise(kind).is_some_and(|p| p.paused_since.is_none() && p.due_at > self.ctx.now) {
                self.write(Fact::PromisePaused { promise: kind, reason });
            }
        }
    }

    pub fn unpause(&mut self) {
        for kind in [PromiseKind::Complete, PromiseKind::ThreeDay] {
            let Some(promise) = self.open_promise(kind) else { continue };
            let Some(paused) = promise.paused_since else { continue };
            let unit = promise.limit.unit;
            let due = self.ctx.calendar.due_after_pause(promise.due_at, paused, self.ctx.now, unit);
            self.write(Fact::PromiseResumed { promise: kind, due_at: due.at, provisional: due.provisional });
        }
    }

    pub fn warn(&mut self, kind: PromiseKind, percent: u8) -> Result<(), Refusal> {
        match self.open_promise(kind) {
            Some(p)
                if p.warned < percent
                    && p.paused_since.is_none()
                    && p.at_percent(percent) <= self.ctx.now =>
            {
                self.write(Fact::PromiseWarned { promise: kind, percent });
                Ok(())
            }
            _ => Err(Refusal::new("nothing_to_warn", "无需提醒", "there is nothing to warn of")),
        }
    }

    pub fn mark_broken(&mut self, kind: PromiseKind) -> Result<(), Refusal> {
        match self.open_promise(kind) {
            Some(p) if p.paused_since.is_none() && p.due_at < self.ctx.now => {
                self.write(Fact::PromiseBroken { promise: kind });
                Ok(())
            }
            _ => Err(Refusal::new("not_overdue", "未超时", "it is not overdue")),
        }
    }

    pub fn retract(&mut self, finding: FindingId) -> Result<(), Refusal> {
        if !self.case.findings.contains(&finding) {
            return Err(Refusal::new(
                "finding_not_here",
                "该发现不属于此案件",
                "the finding is not part of this case",
            ));
        }
        self.write(Fact::FindingRetracted { finding });
        Ok(())
    }
}
