//! Promises as facts: made, paused, resumed, warned of, kept or broken.

use super::Draft;
use crate::{
    class::Limit,
    due::WARNED_AT,
    fact::Fact,
    promise::{OF_HANDLING, Outcome, Promise, PromiseKind},
    stage::WaitReason,
};
use linli_model::{FindingId, Instant, Refusal};

impl Draft<'_> {
    pub fn promise(&mut self, kind: PromiseKind, limit: Limit) {
        self.give(kind, limit, self.ctx.now, None);
    }

    /// The same, but due no later than `latest`.
    pub fn promise_before(&mut self, kind: PromiseKind, limit: Limit, latest: Option<Instant>) {
        self.give(kind, limit, self.ctx.now, latest);
    }

    /// The same, with time that ran already since `from`.
    pub fn promise_since(&mut self, kind: PromiseKind, limit: Limit, from: Instant) {
        self.give(kind, limit, from, None);
    }

    fn give(&mut self, kind: PromiseKind, limit: Limit, from: Instant, latest: Option<Instant>) {
        let mut due = self.ctx.calendar.due(from, limit);
        let cut = latest.filter(|latest| *latest < due.at);
        due.at = cut.unwrap_or(due.at);
        // Of a time that was cut, shares are of the span that is left.
        let warn_at = match cut {
            Some(_) => Vec::new(),
            None => self.shares(from, due.at, limit),
        };
        let promise = Promise {
            kind,
            round: self.case.round,
            made_at: from,
            limit,
            due_at: due.at,
            // A time that was cut is no count of days, and stands.
            provisional: due.provisional && cut.is_none(),
            paused_since: None,
            warned: 0,
            warn_at,
            extended: 0,
            extensions: 0,
            outcome: Outcome::Open,
        };
        self.write(Fact::PromiseMade { promise });
    }

    /// When its owner is to be told, counted in the promise's own unit (PR3).
    pub fn shares(&self, made_at: Instant, due_at: Instant, limit: Limit) -> Vec<(u8, Instant)> {
        WARNED_AT.iter().map(|p| (*p, self.ctx.calendar.at_share(made_at, due_at, limit, *p))).collect()
    }

    /// What is still open when a case ends: broken where its time had passed, else void (PR2). What one reporter said
    /// calls nobody else: the call that is owed to another stays promised (PR4).
    pub fn void_open_promises(&mut self) {
        let owed = |p: &&Promise| p.kind == PromiseKind::CallBack && !self.case.to_call().is_empty();
        let open: Vec<_> = self.case.promises.iter().filter(|p| p.is_open() && !owed(p)).cloned().collect();
        for promise in open {
            let late = promise.paused_since.is_none() && promise.due_at < self.ctx.now;
            let promise = promise.kind;
            self.write(if late { Fact::PromiseBroken { promise } } else { Fact::PromiseVoided { promise } });
        }
    }

    pub fn open_promise(&self, kind: PromiseKind) -> Option<&Promise> {
        self.case.promise(kind).filter(|p| p.is_open())
    }

    /// What was promised is not owed any more: void, or broken if the time had passed unnoticed.
    pub fn release(&mut self, kind: PromiseKind) {
        let Some(promise) = self.open_promise(kind) else { return };
        let late = promise.paused_since.is_none() && promise.due_at < self.ctx.now;
        self.write(if late {
            Fact::PromiseBroken { promise: kind }
        } else {
            Fact::PromiseVoided { promise: kind }
        });
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
        for kind in OF_HANDLING {
            if self.open_promise(kind).is_some_and(|p| p.paused_since.is_none() && p.due_at > self.ctx.now) {
                self.write(Fact::PromisePaused { promise: kind, reason });
            }
        }
    }

    pub fn unpause(&mut self) {
        for kind in OF_HANDLING {
            self.resume(kind);
        }
    }

    /// A stopped clock goes on: later by the time it stood still, counted in its own unit (PR1).
    pub fn resume(&mut self, kind: PromiseKind) {
        self.recount_first(kind);
        let Some(promise) = self.open_promise(kind) else { return };
        let Some(paused) = promise.paused_since else { return };
        let (made_at, limit) = (promise.made_at, promise.whole_limit());
        let due = self.ctx.calendar.due_after_pause(promise.due_at, paused, self.ctx.now, limit.unit);
        let warn_at = match promise.warn_at.is_empty() {
            true => Vec::new(),
            false => self.shares(made_at, due.at, limit),
        };
        let (due_at, provisional) = (due.at, due.provisional);
        self.write(Fact::PromiseResumed { promise: kind, due_at, provisional, warn_at });
    }

    /// Counted into a year that was not published, and now is: due by the days that are worked (PR6). What would have been
    /// due already stands as it was given.
    pub fn recount(&mut self, kind: PromiseKind) -> Result<(), Refusal> {
        let outdated = self.open_promise(kind).filter(|p| self.ctx.calendar.knows_better(p)).cloned();
        let Some(given) = outdated else {
            return Err(Refusal::new("nothing_to_recount", "无需重算", "there is nothing to count again"));
        };
        let counted = self.by_now(given.clone());
        let runs_since = given.paused_since.unwrap_or(self.ctx.now);
        let holds = if counted.due_at > runs_since { counted } else { given };
        self.write(Fact::PromiseRecounted { promise: kind, due_at: holds.due_at, warn_at: holds.warn_at });
        Ok(())
    }

    /// Before something is counted from its due time (PR6).
    pub fn recount_first(&mut self, kind: PromiseKind) {
        if self.open_promise(kind).is_some_and(|p| self.ctx.calendar.knows_better(p)) {
            // Asked just now: it cannot be refused.
            let _ = self.recount(kind);
        }
    }

    /// A promise by the years that are published now.
    pub fn by_now(&self, given: Promise) -> Promise {
        if !self.ctx.calendar.knows_better(&given) {
            return given;
        }
        let (made_at, limit) = (given.made_at, given.whole_limit());
        let due_at = self.ctx.calendar.counted_again(made_at, given.due_at, limit);
        let warn_at = match given.warn_at.is_empty() {
            true => Vec::new(),
            false => self.shares(made_at, due_at, limit),
        };
        Promise { due_at, warn_at, provisional: false, ..given }
    }

    /// The check found that what was said to be done is not: the time that was left then is left now, and no more (PR5).
    pub fn not_handled_after_all(&mut self) {
        for kind in OF_HANDLING {
            let of_round = self.case.promise(kind).filter(|p| p.round == self.case.round);
            let Some((said, at)) = of_round.and_then(|p| Some((p.clone(), p.kept_at()?))) else { continue };
            let said = self.by_now(said);
            let limit = said.whole_limit();
            let due = self.ctx.calendar.due_after_pause(said.due_at, at, self.ctx.now, limit.unit);
            let warn_at = match said.warn_at.is_empty() {
                true => Vec::new(),
                false => self.shares(said.made_at, due.at, limit),
            };
            let (due_at, provisional, outcome) = (due.at, due.provisional, Outcome::Open);
            let paused_since = None;
            let promise = Promise { due_at, provisional, warn_at, outcome, paused_since, ..said };
            self.write(Fact::PromiseMade { promise });
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
