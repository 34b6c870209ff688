//! What the clock must do: timers as commands, and when to look again.

use crate::{
    case::Case,
    class::ClassTable,
    command::{Command, Context},
    owner::tier::TierTable,
    promise::{Outcome, Promise, PromiseKind, calendar::Calendar},
    stage::Stage,
};
use linli_model::{Instant, Millis};

/// Shares of a promise's time, in percent, that are written down when they have passed; the last is the due time itself.
/// From 80 on, who owes it is told; half of the time stands in the course of the case and wakes nobody.
pub const WARNED_AT: [u8; 3] = [50, 80, 100];

/// The commands the clock should give now, in order. Each is decided like any other.
pub fn due(case: &Case, ctx: &Context<'_>) -> Vec<Command> {
    let mut commands: Vec<Command> = recounts(case, ctx.calendar).collect();
    if !commands.is_empty() {
        // What else is due is seen by the new times.
        return commands;
    }
    match case.stage {
        Stage::Waiting { until, .. } | Stage::PassedOut { until, .. } if until <= ctx.now => {
            commands.push(Command::WakeUp)
        }
        Stage::Answered { since } if silent_at(since, ctx.classes.for_case(case)) <= ctx.now => {
            commands.push(Command::CloseSilent)
        }
        _ => {}
    }
    for promise in running(case) {
        if promise.due_at < ctx.now {
            if promise.warned < 100 {
                commands.push(Command::Warn { promise: promise.kind, percent: 100 });
            }
            if !case.is_elsewhere() {
                commands.push(Command::MarkBroken { promise: promise.kind });
            }
            continue;
        }
        let passed =
            WARNED_AT.into_iter().rev().find(|p| promise.at_percent(*p) <= ctx.now && promise.warned < *p);
        if let Some(percent) = passed {
            commands.push(Command::Warn { promise: promise.kind, percent });
        }
    }
    if !case.stage.is_open() {
        return commands;
    }
    if let Some((at, why)) = ctx.roster.tiers.climbs_at(case)
        && at <= ctx.now
    {
        commands.push(Command::Climb { why });
    }
    if owner_is_gone(case, ctx).is_some() {
        commands.push(Command::Reroute);
    }
    commands
}

/// Why somebody else must owe the next step (CW1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    PostEnded,
    /// Until then; what is owed next falls due before that.
    Away(Instant),
}

/// An absence this long is not sat out by what is overdue already.
const LONG: Millis = Millis::days(1);

pub(crate) fn owner_is_gone(case: &Case, ctx: &Context<'_>) -> Option<Gone> {
    let Some(owner) = ctx.roster.find_post(case.owner.post).filter(|c| c.post.holds_at(ctx.now)) else {
        return Some(Gone::PostEnded);
    };
    let back = owner.away_until?;
    let is_long = back - ctx.now >= LONG;
    let owed = next_owed(case).is_some_and(|at| at < back && (at > ctx.now || is_long));
    owed.then_some(Gone::Away(back))
}

/// When the next step falls due that the owner owes. Of an answered case none does.
fn next_owed(case: &Case) -> Option<Instant> {
    let to_handle = matches!(case.stage, Stage::Received | Stage::Accepted | Stage::Working);
    let waiting = match case.stage {
        Stage::Waiting { until, .. } | Stage::PassedOut { until, .. } => Some(until),
        Stage::Answered { .. } => return None,
        _ => None,
    };
    let of_round = case.promises.iter().filter(|p| p.round == case.round && p.kind.is_of_owner());
    let owed = of_round.filter(|p| match p.outcome {
        Outcome::Open => p.paused_since.is_none(),
        // What is broken is owed all the same.
        Outcome::Broken { .. } => to_handle && p.is_of_handling(),
        Outcome::Kept { .. } | Outcome::Void { .. } => false,
    });
    owed.map(|p| p.due_at).chain(waiting).min()
}

/// Whether the clock would give the case to somebody else now.
pub fn wants_an_owner(case: &Case, ctx: &Context<'_>) -> bool {
    case.stage.is_open() && owner_is_gone(case, ctx).is_some()
}

/// Promises of a year that is published by now (PR6).
fn recounts(case: &Case, calendar: &Calendar) -> impl Iterator<Item = Command> {
    let is_last = |p: &Promise| case.promise(p.kind).is_some_and(|last| std::ptr::eq(last, p));
    let again = case.promises.iter().filter(move |p| p.is_open() && calendar.knows_better(p) && is_last(p));
    again.map(|p| Command::Recount { promise: p.kind })
}

/// Whether something that was promised is to be counted again.
pub fn wants_a_recount(case: &Case, calendar: &Calendar) -> bool {
    recounts(case, calendar).next().is_some()
}

/// The promises whose time runs. Of a case that has ended only a call can still be owed (PR4); a merged case's stand still.
fn running(case: &Case) -> impl Iterator<Item = &Promise> {
    let is_open = case.stage.is_open();
    let owed = move |p: &&Promise| is_open || p.kind == PromiseKind::CallBack && !case.to_call().is_empty();
    case.promises.iter().filter(|p| p.is_open() && p.paused_since.is_none()).filter(owed)
}

/// When `due` may next have something to say; none for a case nothing waits for.
/// What the roster does (a post that ends) has no time of its own; who changes it looks.
pub fn timer_at(case: &Case, classes: &ClassTable, tiers: &TierTable) -> Option<Instant> {
    let of_stage = match case.stage {
        Stage::Waiting { until, .. } | Stage::PassedOut { until, .. } => Some(until),
        Stage::Answered { since } => Some(silent_at(since, classes.for_case(case))),
        _ => None,
    };
    let of_promises = running(case).filter_map(|p| {
        let warning = WARNED_AT.into_iter().find(|percent| p.warned < *percent);
        let broken = (!case.is_elsewhere()).then_some(p.due_at + Millis(1));
        warning.map(|percent| p.at_percent(percent)).or(broken)
    });
    let climbs = case.stage.is_open().then(|| tiers.climbs_at(case)).flatten().map(|(at, _)| at);
    of_stage.into_iter().chain(climbs).chain(of_promises).min()
}

fn silent_at(answered: Instant, classes: &ClassTable) -> Instant {
    answered + Millis::days(i64::from(classes.silent_days))
}
