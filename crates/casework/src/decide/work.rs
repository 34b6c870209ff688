//! Working on a case: accept, handle, wait, verify, answer, rate, dispute, review.

use super::{
    Draft,
    evidence::{self, Claim},
    fit_photos, fits, needs_text,
    permitted::{rated_already, was_bare},
};
use crate::{
    case::{ReporterId, Satisfied},
    command::{ActorKind, Command},
    fact::{Audience, Fact},
    promise::{OF_HANDLING, PromiseKind},
    stage::{DoneOutcome, Stage, StageCode, WaitReason},
};
use linli_model::{Millis, Refusal};

impl Draft<'_> {
    pub(super) fn work(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Accept => self.accept(),
            Command::Start => self.write(Fact::Started),
            Command::Note { text, audience, photos } => {
                let text = if photos.is_empty() { needs_text("text", text)? } else { text.trim().to_owned() };
                fits(&text)?;
                fit_photos(photos)?;
                self.write(Fact::Noted { text, audience: *audience, photos: photos.clone() });
                if *audience == Audience::Reporter {
                    self.fulfil(PromiseKind::FirstContact);
                }
            }
            Command::Wait { reason, until, text } => {
                let text = needs_text("text", text)?;
                if !WaitReason::ALL.contains(reason) {
                    return Err(Refusal::new(
                        "reason_not_possible",
                        "不能这样挂起",
                        "no such reason to wait",
                    ));
                }
                if *until <= self.ctx.now || *until > self.ctx.now + Millis::days(365) {
                    return Err(Refusal::new(
                        "until_out_of_range",
                        "恢复时间应在今后一年内",
                        "the time to resume must lie within the coming year",
                    ));
                }
                self.write(Fact::WaitBegan { reason: *reason, until: *until, text });
                self.pause(*reason);
            }
            Command::Resume => self.wake(false),
            Command::WakeUp => self.wake_up()?,
            Command::ProposeDone { outcome, text, photos, passed_to, reporter_agrees } => {
                let (outcome, reporter_agrees) = (*outcome, *reporter_agrees);
                self.propose_done(Claim { outcome, text, photos, passed_to, reporter_agrees })?
            }
            Command::Verify { ok, text, photos } => self.verify(*ok, text, photos)?,
            Command::Answer { text } => self.answer(text)?,
            Command::Rate { solved, satisfied, treated_well, words } => {
                self.rate(*solved, *satisfied, *treated_well, words)?
            }
            Command::Dispute { reason, words } => self.dispute(reason, words)?,
            Command::ReviewReturn { text } => self.return_to_work(text)?,
            Command::ReviewUphold { text } => {
                let text = needs_text("text", text)?;
                self.fulfil(PromiseKind::Review);
                self.write(Fact::ReviewUpheld { text });
                self.ask_by_voice();
            }
            Command::Withdraw { reason } => {
                fits(reason)?;
                self.withdraw(reason.trim().to_owned())?;
            }
            Command::Reject { reason } => {
                let reason = needs_text("reason", reason)?;
                self.fulfil(PromiseKind::Accept);
                self.fulfil(PromiseKind::Decide);
                self.fulfil(PromiseKind::FirstContact);
                self.write(Fact::Rejected { reason });
                self.ask_by_voice();
            }
            Command::CallBack { .. } => self.call_back(command)?,
            Command::CloseSilent => self.close_unheard()?,
            _ => unreachable!("decided elsewhere"),
        }
        Ok(())
    }

    /// A new round, with new promises.
    fn return_to_work(&mut self, text: &str) -> Result<(), Refusal> {
        let text = needs_text("text", text)?;
        self.fulfil(PromiseKind::Review);
        self.write(Fact::ReviewReturned { text });
        self.route_again(&[])?;
        let class = self.ctx.classes.of(&self.case);
        let limits = self.ctx.classes.limits_of(&self.case);
        let (accept, complete) = (class.accept, limits.again.unwrap_or(limits.complete));
        let three_day = class.three_day || self.case.concentrated_at.is_some();
        self.promise(PromiseKind::Accept, accept);
        self.promise(PromiseKind::Complete, complete);
        if three_day {
            self.promise(PromiseKind::ThreeDay, self.ctx.classes.for_case(&self.case).three_day);
        }
        Ok(())
    }

    /// The matter ends with its only reporter; others, or what a rule found, keep it open.
    fn withdraw(&mut self, reason: String) -> Result<(), Refusal> {
        let reporter = self.reporter()?;
        let others = self.case.reporters.iter().any(|r| *r != reporter && !self.case.withdrew.contains(r));
        if others || !self.case.findings.is_empty() {
            self.write(Fact::ReporterWithdrew { reporter, reason });
        } else {
            self.write(Fact::Withdrawn { reason });
        }
        Ok(())
    }

    fn accept(&mut self) {
        if self.case.stage == Stage::Disputed {
            self.write(Fact::ReviewBegan);
        } else {
            self.write(Fact::Accepted);
            self.fulfil(PromiseKind::Accept);
            self.fulfil(PromiseKind::Decide);
        }
    }

    fn wake(&mut self, by_timer: bool) {
        self.write(Fact::WaitEnded { by_timer });
        self.unpause();
    }

    fn wake_up(&mut self) -> Result<(), Refusal> {
        match self.case.stage {
            Stage::Waiting { until, .. } if until <= self.ctx.now => {
                self.wake(true);
                Ok(())
            }
            Stage::PassedOut { until, .. } if until <= self.ctx.now => {
                self.write(Fact::CameBack { text: String::new() });
                self.unpause();
                Ok(())
            }
            _ => Err(Refusal::new("not_yet", "还没到时间", "the time has not come yet")),
        }
    }

    fn propose_done(&mut self, claim: Claim<'_>) -> Result<(), Refusal> {
        fits(claim.text)?;
        fits(claim.passed_to)?;
        fit_photos(claim.photos)?;
        let class = self.ctx.classes.of(&self.case);
        evidence::check(&self.case, class, &claim)?;
        let verify = class.verify;
        let not_ours = claim.outcome == DoneOutcome::NotOurs;
        self.write(Fact::DoneProposed {
            outcome: claim.outcome,
            text: claim.text.trim().to_owned(),
            photos: claim.photos.to_vec(),
            passed_to: Some(claim.passed_to.trim().to_owned()).filter(|_| not_ours),
            reporter_agrees: claim.reporter_agrees == Some(true),
        });
        self.handled();
        self.promise(PromiseKind::Verify, verify);
        Ok(())
    }

    fn verify(&mut self, ok: bool, text: &str, photos: &[crate::case::Photo]) -> Result<(), Refusal> {
        fit_photos(photos)?;
        self.fulfil(PromiseKind::Verify);
        if ok {
            fits(text)?;
            self.write(Fact::VerifiedOk { text: text.trim().to_owned(), photos: photos.to_vec() });
            let answer = self.ctx.classes.of(&self.case).answer;
            self.promise(PromiseKind::Answer, answer);
        } else {
            let text = needs_text("text", text)?;
            self.write(Fact::VerifiedNotOk { text, photos: photos.to_vec() });
            self.not_handled_after_all();
            if self.open_promise(PromiseKind::Complete).is_none() {
                let complete = self.ctx.classes.limits_of(&self.case).complete;
                self.promise(PromiseKind::Complete, complete);
            }
        }
        Ok(())
    }

    fn answer(&mut self, text: &str) -> Result<(), Refusal> {
        let text = needs_text("text", text)?;
        self.write(Fact::Answered { text });
        self.fulfil(PromiseKind::Answer);
        self.fulfil(PromiseKind::FirstContact);
        // A case that was passed out and answered from there owes no handling any more.
        self.handled();
        self.ask_by_voice();
        Ok(())
    }

    /// What was promised of the handling, to whomever, is done.
    fn handled(&mut self) {
        for kind in OF_HANDLING {
            self.fulfil(kind);
        }
    }

    /// Who speaks unasked need not be called.
    pub(super) fn nobody_left_to_call(&mut self) {
        if self.case.to_call().is_empty() {
            self.fulfil(PromiseKind::CallBack);
        }
    }

    /// Who has no page is asked by somebody, by a time.
    pub(super) fn ask_by_voice(&mut self) {
        if !self.case.to_call().is_empty() {
            self.promise(PromiseKind::CallBack, self.ctx.classes.for_case(&self.case).call_back);
        }
    }

    fn reporter(&self) -> Result<ReporterId, Refusal> {
        match self.who {
            ActorKind::Reporter { reporter } => Ok(*reporter),
            _ => Err(Refusal::new("only_reporter", "只有反映人可以操作", "only the reporter can do this")),
        }
    }

    fn rate(
        &mut self,
        solved: Option<bool>,
        satisfied: Satisfied,
        treated_well: Option<bool>,
        words: &str,
    ) -> Result<(), Refusal> {
        let reporter = self.reporter()?;
        fits(words)?;
        let given = self.case.rating_since_closing(reporter);
        let says_more = solved.is_some() || treated_well.is_some() || !words.trim().is_empty();
        let adds_to_it =
            says_more && was_bare(&self.case, reporter) && given.is_some_and(|r| r.satisfied == satisfied);
        if self.case.rated_this_answer(reporter) && !adds_to_it {
            return Err(rated_already());
        }
        let said = words.trim().to_owned();
        self.write(Fact::Rated { reporter, solved, satisfied, treated_well, words: said, by_call: false });
        self.nobody_left_to_call();
        let unhappy = solved == Some(false) || satisfied == Satisfied::Dissatisfied;
        if unhappy {
            return self.dispute("dissatisfied", words);
        }
        if self.case.stage.code() == StageCode::Answered {
            self.write(Fact::Confirmed);
        }
        Ok(())
    }

    /// One level up, to someone who did not handle it (L5).
    fn dispute(&mut self, reason: &str, words: &str) -> Result<(), Refusal> {
        let reporter = self.reporter()?;
        self.dispute_for(reporter, reason, words)
    }

    pub(super) fn dispute_for(
        &mut self,
        reporter: ReporterId,
        reason: &str,
        words: &str,
    ) -> Result<(), Refusal> {
        let reason = needs_text("reason", reason)?;
        fits(words)?;
        let excluded = self.case.handlers_ever.clone();
        let (roster, areas, now) = (self.ctx.roster, self.ctx.areas, self.ctx.now);
        let class = self.ctx.classes.of(&self.case);
        // At the top of the tree it goes to another officer there. Where nobody else is left it stays, cannot
        // be reviewed by who had a part in it, and shows as overdue until somebody else is given it.
        let (owner, explanation) = roster
            .route_above(&self.case.owner.area, areas, &excluded, now)
            .or_else(|_| roster.route(class, &self.case.owner.area, areas, &excluded, now))
            .unwrap_or_else(|_| (self.case.owner.clone(), self.case.routing.clone()));
        self.write(Fact::Disputed { reporter, reason, words: words.trim().to_owned() });
        self.write(Fact::OwnerSet { owner, explanation });
        // Who was to be called about this answer is asked about the next one.
        if self.open_promise(PromiseKind::CallBack).is_some() {
            self.write(Fact::PromiseVoided { promise: PromiseKind::CallBack });
        }
        self.promise(PromiseKind::Review, self.ctx.classes.for_case(&self.case).review);
        Ok(())
    }
}
