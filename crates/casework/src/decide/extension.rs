//! More time for handling: the owner asks, the level above grants or refuses, and only a grant moves the clock.
//!
//! A request that nobody decided before the time was over lapses with it: what is broken stays broken (PR2), and the
//! decider's own promise says whose delay it was.

use super::{Draft, fits, needs_text};
use crate::{
    case::{Case, Owner},
    class::Limit,
    command::{Command, Context},
    fact::Fact,
    promise::{Promise, PromiseKind},
    stage::StageCode,
};
use linli_model::Refusal;

/// The promise that may be extended. The street's three-day promise is its own word, and stays.
const EXTENDED: PromiseKind = PromiseKind::Complete;

/// The promise and by how much it may be extended now, with who would decide.
pub(super) fn may_ask<'a>(case: &'a Case, ctx: &Context<'_>) -> Result<(&'a Promise, u32, Owner), Refusal> {
    if case.extension.is_some() {
        return Err(Refusal::new(
            "extension_asked_already",
            "已有一项延期申请等待审批",
            "a request for more time is waiting for a decision already",
        ));
    }
    let class = ctx.classes.limits_of(case);
    let promise = running(case, ctx)?;
    // In the unit the promise was given in; one that came with an import counts as the other system does.
    let same_unit = class.complete.unit == promise.limit.unit;
    let most = if same_unit { class.extension_most() } else { promise.limit.amount };
    if promise.extensions >= class.extension.times || most == 0 {
        let times = class.extension.times;
        return Err(Refusal::new(
            "extension_not_possible",
            format!("“{}”类案件最多延期 {times} 次", class.label.zh),
            format!("a case of class \"{}\" is extended at most {times} times", class.label.en),
        ));
    }
    // One level up; at the top a colleague who is not the owner.
    let not_me = [case.owner.user];
    let (decider, _) =
        ctx.roster.route_above(&case.owner.area, ctx.areas, &not_me, ctx.now).or_else(|refusal| {
            let top = ctx.areas.find(&case.owner.area).filter(|a| ctx.roster.tiers.is_tier(a.level));
            top.and_then(|a| ctx.roster.officer_at(a, &not_me, ctx.now)).ok_or(refusal)
        })?;
    Ok((promise, most, decider))
}

/// A request is there and its promise still runs.
pub(super) fn is_asked(case: &Case, ctx: &Context<'_>) -> Result<(), Refusal> {
    match case.extension {
        Some(_) => running(case, ctx).map(drop),
        None => Err(Refusal::new(
            "no_extension_asked",
            "没有待审批的延期申请",
            "no request for more time is waiting",
        )),
    }
}

fn running<'a>(case: &'a Case, ctx: &Context<'_>) -> Result<&'a Promise, Refusal> {
    let runs = |p: &&Promise| p.is_open() && (p.paused_since.is_some() || p.due_at >= ctx.now);
    case.promise(EXTENDED).filter(runs).ok_or_else(|| {
        Refusal::new(
            "extension_too_late",
            "处置时限已过,不能再延期",
            "the time of handling is over; it cannot be extended any more",
        )
    })
}

impl Draft<'_> {
    pub(super) fn extension(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::AskExtension { amount, reason } => self.ask_extension(*amount, reason),
            Command::GrantExtension { text } => {
                fits(text)?;
                self.grant_extension(text.trim().to_owned());
                Ok(())
            }
            Command::RefuseExtension { reason } => {
                let reason = needs_text("reason", reason)?;
                self.write(Fact::ExtensionRefused { reason });
                self.fulfil(PromiseKind::Extension);
                Ok(())
            }
            _ => unreachable!("decided elsewhere"),
        }
    }

    fn ask_extension(&mut self, amount: u32, reason: &str) -> Result<(), Refusal> {
        let reason = needs_text("reason", reason)?;
        let (promise, most, decider) = may_ask(&self.case, self.ctx)?;
        let due_at = promise.due_at;
        if !(1..=most).contains(&amount) {
            return Err(Refusal::new(
                "extension_out_of_range",
                format!("延期应在 1 到 {most} 之间(按原时限单位)"),
                format!("expected 1 to {most}, in the unit of the limit"),
            ));
        }
        self.write(Fact::ExtensionAsked { promise: EXTENDED, amount, reason, decider });
        let decision = self.ctx.classes.for_case(&self.case).extension_decision;
        self.promise_before(PromiseKind::Extension, decision, Some(due_at));
        Ok(())
    }

    fn grant_extension(&mut self, text: String) {
        let Some(asked) = self.case.extension.clone() else { return };
        self.recount_first(asked.promise);
        let Some(promise) = self.open_promise(asked.promise).cloned() else { return };
        let amount = asked.amount;
        let more = Limit { amount, ..promise.limit };
        let due = self.ctx.calendar.due_after_extension(promise.due_at, more);
        let whole = Limit { amount: promise.limit.amount + promise.extended + amount, ..promise.limit };
        let warn_at = self.shares(promise.made_at, due.at, whole);
        self.write(Fact::ExtensionGranted {
            promise: asked.promise,
            amount,
            due_at: due.at,
            provisional: due.provisional,
            warn_at,
            text,
        });
        self.fulfil(PromiseKind::Extension);
    }

    /// What was asked is void once the case went on, changed hands, or ran out of its time.
    pub(super) fn lapse_extension(&mut self) {
        let Some(asked) = &self.case.extension else { return };
        let stands =
            matches!(self.case.stage.code(), StageCode::Accepted | StageCode::Working | StageCode::Waiting)
                && asked.by == Some(self.case.owner.user)
                && self.open_promise(asked.promise).is_some();
        if !stands {
            self.write(Fact::ExtensionLapsed);
            self.release(PromiseKind::Extension);
        }
    }
}
