//! Working on a case: accept, handle, wait, verify, answer, rate, dispute, review.

use super::{Draft, fits, needs_text};
use crate::{
    case::{ReporterId, Satisfied},
    command::{ActorKind, Command},
    fact::Fact,
    promise::PromiseKind,
    stage::{Stage, StageCode},
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
                self.write(Fact::Noted { text, audience: *audience, photos: photos.clone() });
            }
            Command::Wait { reason, until, text } => {
                let text = needs_text("text", text)?;
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
            Command::ProposeDone { outcome, text, photos } => self.propose_done(*outcome, text, photos)?,
            Command::Verify { ok, text, photos } => self.verify(*ok, text, photos)?,
            Command::Answer { text } => self.answer(text)?,
            Command::Rate { solved, satisfied, treated_well, words } => {
                self.rate(*solved, *satisfied, *treated_well, words)?
            }
            Command::Dispute { reason, words } => {
                self.within_rating_window()?;
                self.dispute(reason, words)?;
            }
            Command::ReviewReturn { text } => {
                let text = needs_text("text", text)?;
                self.fulfil(PromiseKind::Review);
                self.write(Fact::ReviewReturned { text });
                self.route_again(&[])?;
                let class = self.ctx.classes.get_or_other(&self.case.class);
                self.promise(PromiseKind::Accept, class.accept);
                self.promise(PromiseKind::Complete, class.complete);
            }
            Command::ReviewUphold { text } => {
                let text = needs_text("text", text)?;
                self.fulfil(PromiseKind::Review);
                self.write(Fact::ReviewUpheld { text });
            }
            Command::Withdraw { reason } => {
                fits(reason)?;
                self.write(Fact::Withdrawn { reason: reason.trim().to_owned() });
            }
            Command::Reject { reason } => {
                let reason = needs_text("reason", reason)?;
                self.fulfil(PromiseKind::Accept);
                self.write(Fact::Rejected { reason });
            }
            Command::CloseSilent => self.close_silent()?,
            _ => unreachable!("decided elsewhere"),
        }
        Ok(())
    }

    fn accept(&mut self) {
        if self.case.stage == Stage::Disputed {
            self.write(Fact::ReviewBegan);
        } else {
            self.write(Fact::Accepted);
            self.fulfil(PromiseKind::Accept);
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

    fn propose_done(
        &mut self,
        outcome: crate::stage::DoneOutcome,
        text: &str,
        photos: &[crate::case::Photo],
    ) -> Result<(), Refusal> {
        fits(text)?;
        let class = self.ctx.classes.get_or_other(&self.case.class);
        let has_after =
            photos.iter().any(|p| p.when == crate::case::PhotoWhen::After) || self.case.has_after_photo();
        if class.after_photo && !has_after && outcome == crate::stage::DoneOutcome::Solved {
            return Err(Refusal::new(
                "after_photo_missing",
                format!("“{}”类案件办结须有处置后照片", class.label.zh),
                format!("a case of class \"{}\" needs a photo of the result", class.label.en),
            ));
        }
        if text.trim().is_empty() && photos.is_empty() {
            return Err(Refusal::new(
                "text_missing",
                "请写一句处置情况,或附照片",
                "say in a sentence what was done, or add a photo",
            ));
        }
        let verify = class.verify;
        self.write(Fact::DoneProposed { outcome, text: text.trim().to_owned(), photos: photos.to_vec() });
        self.fulfil(PromiseKind::Complete);
        self.fulfil(PromiseKind::ThreeDay);
        self.promise(PromiseKind::Verify, verify);
        Ok(())
    }

    fn verify(&mut self, ok: bool, text: &str, photos: &[crate::case::Photo]) -> Result<(), Refusal> {
        self.fulfil(PromiseKind::Verify);
        if ok {
            fits(text)?;
            self.write(Fact::VerifiedOk { text: text.trim().to_owned(), photos: photos.to_vec() });
            let answer = self.ctx.classes.get_or_other(&self.case.class).answer;
            self.promise(PromiseKind::Answer, answer);
        } else {
            let text = needs_text("text", text)?;
            self.write(Fact::VerifiedNotOk { text, photos: photos.to_vec() });
            let complete = self.ctx.classes.get_or_other(&self.case.class).complete;
            self.promise(PromiseKind::Complete, complete);
        }
        Ok(())
    }

    fn answer(&mut self, text: &str) -> Result<(), Refusal> {
        let text = needs_text("text", text)?;
        self.write(Fact::Answered { text });
        self.fulfil(PromiseKind::Answer);
        // A case that was passed out and answered from there owes no handling any more.
        self.fulfil(PromiseKind::Complete);
        self.fulfil(PromiseKind::ThreeDay);
        Ok(())
    }

    fn reporter(&self) -> Result<ReporterId, Refusal> {
        match self.who {
            ActorKind::Reporter { reporter } => Ok(*reporter),
            _ => Err(Refusal::new("only_reporter", "只有反映人可以操作", "only the reporter can do this")),
        }
    }

    fn within_rating_window(&self) -> Result<(), Refusal> {
        let since = match self.case.stage {
            Stage::Answered { since } => since,
            _ => self.case.closed_at.unwrap_or(self.case.updated_at),
        };
        let days = i64::from(self.ctx.classes.rating_days);
        if self.ctx.now - since > Millis::days(days) {
            return Err(Refusal::new(
                "rating_window_over",
                format!("已超过 {days} 天,不能再评价;有新情况请再反映一次"),
                format!("more than {days} days have passed; please report again if there is something new"),
            ));
        }
        Ok(())
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
        self.within_rating_window()?;
        let given = self.case.rating_since_closing(reporter);
        let adds_to_it = given.is_some_and(|r| {
            let was_bare = r.solved.is_none() && r.treated_well.is_none() && r.words.is_empty();
            let says_more = solved.is_some() || treated_well.is_some() || !words.trim().is_empty();
            r.satisfied == satisfied && was_bare && says_more
        });
        let rated =
            self.case.ratings.iter().any(|r| r.reporter == reporter && r.at >= self.round_answered_at());
        if rated && !adds_to_it {
            return Err(Refusal::new(
                "rated_already",
                "您已评价过,谢谢",
                "you have rated this already, thank you",
            ));
        }
        self.write(Fact::Rated { reporter, solved, satisfied, treated_well, words: words.trim().to_owned() });
        let unhappy = solved == Some(false) || satisfied == Satisfied::Dissatisfied;
        if unhappy {
            return self.dispute("dissatisfied", words);
        }
        if self.case.stage.code() == StageCode::Answered {
            self.write(Fact::Confirmed);
        }
        Ok(())
    }

    /// Since when a rating counts for this round: the answer it is about.
    fn round_answered_at(&self) -> linli_model::Instant {
        match self.case.stage {
            Stage::Answered { since } => since,
            _ => self.case.ratings.first().map_or(self.case.opened_at, |r| r.at),
        }
    }

    /// One level up, to someone who did not handle it (L5).
    fn dispute(&mut self, reason: &str, words: &str) -> Result<(), Refusal> {
        let reporter = self.reporter()?;
        let reason = needs_text("reason", reason)?;
        fits(words)?;
        let excluded = self.case.handlers_ever.clone();
        let above =
            self.ctx.roster.route_above(&self.case.owner.area, self.ctx.areas, &excluded, self.ctx.now);
        let class = self.ctx.classes.get_or_other(&self.case.class);
        // At the top of the tree it goes to another officer there.
        let (owner, explanation) = above
            .or_else(|_| {
                self.ctx.roster.route(class, &self.case.owner.area, self.ctx.areas, &excluded, self.ctx.now)
            })
            .unwrap_or_else(|_| (self.case.owner.clone(), self.case.routing.clone()));
        self.write(Fact::Disputed { reporter, reason, words: words.trim().to_owned() });
        self.write(Fact::OwnerSet { owner, explanation });
        self.promise(PromiseKind::Review, self.ctx.classes.review);
        Ok(())
    }

    fn close_silent(&mut self) -> Result<(), Refusal> {
        let days = i64::from(self.ctx.classes.silent_days);
        match self.case.stage {
            Stage::Answered { since } if self.ctx.now - since >= Millis::days(days) => {
                self.write(Fact::ClosedSilent);
                Ok(())
            }
            _ => Err(Refusal::new("not_yet", "还没到时间", "the time has not come yet")),
        }
    }
}
