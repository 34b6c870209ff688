//! Asking who has no page: the answer told by voice, and what they said of it.
//!
//! Invariants
//! - CB1 What was said on the phone is marked as such: it is staff's word for the reporter's.
//! - CB2 Where the class wants it, nobody asks about their own work.
//! - CB3 Tried and not reached, and never tried, are values of their own; neither is silence, neither is satisfaction.
//! - CB4 Whoever has a page and was reached by no way is called as well, until they speak.

use super::{Draft, fits, permitted::rated_already};
use crate::{
    case::{CallResult, Case, Rating, ReporterId, Satisfied},
    command::Command,
    fact::Fact,
    promise::PromiseKind,
    stage::{Stage, StageCode},
};
use linli_model::{Millis, Refusal, UserId};

/// Whether anybody is left to be called, and may be called by this person.
pub(super) fn possible(case: &Case, user: Option<UserId>, ctx: &crate::Context<'_>) -> Result<(), Refusal> {
    let table = ctx.classes.for_case(case);
    if case.to_call().is_empty() {
        return Err(Refusal::new(
            "nobody_to_call",
            "没有需要回访的反映人",
            "there is nobody left to be called",
        ));
    }
    let handled = user.is_some_and(|u| case.handlers_ever.contains(&u));
    if table.get_or_other(&case.class).call_back_by_other && handled {
        return Err(Refusal::new(
            "caller_is_handler",
            "这类案件须由未参与办理的人回访",
            "in this class somebody who did not handle the case makes the call",
        ));
    }
    Ok(())
}

impl Draft<'_> {
    pub(super) fn call_back(&mut self, command: &Command) -> Result<(), Refusal> {
        let Command::CallBack { reporter, result, satisfied, solved, treated_well, words } = command else {
            unreachable!("decided elsewhere")
        };
        fits(words)?;
        if !self.case.to_call().contains(reporter) {
            return Err(match self.case.rated_this_answer(*reporter) {
                true => rated_already(),
                false => Refusal::new(
                    "not_to_be_called",
                    "这位反映人不需要回访",
                    "this reporter is not waiting for a call",
                ),
            });
        }
        let asked = satisfied.is_some() || solved.is_some() || treated_well.is_some();
        if *result != CallResult::Reached && asked {
            return Err(Refusal::new(
                "not_reached_cannot_rate",
                "没联系上,不能代填评价",
                "who was not reached has rated nothing",
            ));
        }
        let words = words.trim().to_owned();
        let most = self.ctx.classes.for_case(&self.case).call_attempts_max;
        let tried = self.case.calls.get(reporter).map_or(0, |c| c.attempts) + 1;
        let given_up = *result == CallResult::NotReached && tried >= most;
        let (reporter, said) = (*reporter, words.clone());
        self.write(Fact::CalledBack { reporter, result: *result, words: said, given_up });
        self.nobody_left_to_call();
        if *result == CallResult::Reached {
            self.said_on_the_phone(reporter, *satisfied, *solved, *treated_well, &words)?;
        }
        Ok(())
    }

    /// Whoever has a page and was not reached by any way is called like one who has none.
    pub(super) fn answer_undelivered(&mut self, reporter: ReporterId) -> Result<(), Refusal> {
        let case = &self.case;
        let told = matches!(case.stage.code(), StageCode::Answered | StageCode::Closed | StageCode::Rejected)
            && case.answered_at.is_some();
        let waits = case.still_here().any(|r| r == reporter)
            && !case.told_by_voice(reporter)
            && !case.rated_this_answer(reporter);
        if !told || !waits {
            return Err(Refusal::new(
                "nothing_undelivered",
                "没有需要改为回访的答复",
                "there is no answer that has to be told by a call",
            ));
        }
        self.write(Fact::AnswerUndelivered { reporter });
        if self.open_promise(PromiseKind::CallBack).is_none() {
            self.ask_by_voice();
        }
        Ok(())
    }

    fn said_on_the_phone(
        &mut self,
        reporter: ReporterId,
        satisfied: Option<Satisfied>,
        solved: Option<bool>,
        treated_well: Option<bool>,
        words: &str,
    ) -> Result<(), Refusal> {
        let unhappy = solved == Some(false) || satisfied == Some(Satisfied::Dissatisfied);
        let has_result = self.case.stage.code() != StageCode::Rejected;
        if let Some(satisfied) = satisfied.filter(|_| has_result) {
            let words = words.to_owned();
            self.write(Fact::Rated { reporter, solved, satisfied, treated_well, words, by_call: true });
            if !unhappy && self.case.stage.code() == StageCode::Answered {
                self.write(Fact::Confirmed);
            }
        }
        if unhappy {
            self.dispute_for(reporter, "dissatisfied", words)?;
        }
        Ok(())
    }

    /// The clock's: answered, and nothing heard since. What that means depends on whether anybody could have spoken.
    pub(super) fn close_unheard(&mut self) -> Result<(), Refusal> {
        let table = self.ctx.classes.for_case(&self.case);
        let days = Millis::days(i64::from(table.silent_days));
        match self.case.stage {
            Stage::Answered { since } if self.ctx.now - since >= days => {
                let by_page = self.case.still_here().any(|r| !self.case.told_by_voice(r));
                let told = |r| self.case.calls.get(&r).is_some_and(|c| c.last == Some(CallResult::Reached));
                let voices: Vec<_> = self.case.still_here().collect();
                // Somebody had the answer before them and said nothing.
                if voices.is_empty() || by_page || voices.iter().any(|r| told(*r)) {
                    self.write(Fact::ClosedSilent);
                } else {
                    let tried = voices.iter().any(|r| self.case.calls.contains_key(r));
                    self.write(Fact::ClosedUnheard { tried });
                }
                Ok(())
            }
            _ => Err(Refusal::new("not_yet", "还没到时间", "the time has not come yet")),
        }
    }
}

/// What a reporter of the case said of the answer, on which way, for a page: a rating, or how the calls went.
pub fn heard(case: &Case, reporter: ReporterId) -> Option<&Rating> {
    let since = case.answered_at?;
    case.ratings.iter().rev().find(|r| r.reporter == reporter && r.at >= since)
}
