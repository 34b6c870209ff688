//! What a rule costs to run, from its plan alone: a whole number, the same on every machine and in every year.
//!
//! **cost = work × state.** Work is what has to be done when each of the rule's measures is heard once: for every measure,
//! the sum over the signals that hear it of [`work_of`]. State is how many numbers are kept for one key: the sum over the
//! signals of [`state_of`]. Both are counted with every parameter as great as it may be set.
//!
//! | operator | work | state |
//! |---|---|---|
//! | when, schedule | 1 | 2 |
//! | level, absent, streak, within, occupancy | 2 | 4; streak 12 |
//! | daily | 2; distinct 6 | 4; distinct 260 |
//! | window | 3; distinct a 64th of what it keeps more | one for each minute of its span, at most 4096; and 4 |
//! | baseline | 8 | its samples for each kind of hour, and 4 |
//! | residual | 2; from neighbours 16 | 2 |
//! | score | 1, and 1 for each part | 2 for each part, and 2 |
//! | roll | 8, and its member's | its member's, and 2, for each of 256 devices |
//! | logic | 1, and 1 for each input | 1 |
//!
//! To the work of each signal comes one for each name, number and operator of its conditions.
//!
//! Invariants
//! - CO1 It depends on the plan and nothing else: not on how many devices there are, not on what they say.
//! - CO2 More never costs less: a longer span, a further signal, a further measure.
//!
//! Deliberately absent: milliseconds and bytes. What a cost comes to on a machine is measured in docs/performance.md.

use crate::{
    RulePlan,
    expr::{BoolExpr, Expr, NumberExpr, TextExpr},
    operator::{Aggregate, From, HourKind, Operator, PerDay, Window},
    plan::{Node, WINDOW_MEMBERS_MAX},
};

/// Devices an area is taken to have, for what a roll keeps.
const DEVICES: u64 = 256;
/// So many kept numbers are looked through in one step of work.
const LOOKED_THROUGH: u64 = 64;
const DISTINCT_A_DAY: u64 = 256;

/// What one signal adds to both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) signal: String,
    pub(crate) work: u64,
    pub(crate) state: u64,
}

/// The cost of a rule.
pub fn cost(plan: &RulePlan) -> u64 {
    let sum =
        |(work, state): (u64, u64), p: &Part| (work.saturating_add(p.work), state.saturating_add(p.state));
    let (work, state) = parts(plan).iter().fold((0, 0), sum);
    work.saturating_mul(state)
}

/// By signal, in the order of the text.
pub(crate) fn parts(plan: &RulePlan) -> Vec<Part> {
    let greatest: Vec<f64> = plan.parameters.iter().map(|p| p.max).collect();
    let part = |node: &Node| {
        let heard = u64::from(node.hears.count_ones()).max(1);
        let work = heard.saturating_mul(work_of(node, &greatest));
        Part { signal: node.name.clone(), work, state: state_of(node, &greatest) }
    };
    plan.nodes.iter().map(part).collect()
}

/// What a signal has to do when it hears a reading.
fn work_of(node: &Node, greatest: &[f64]) -> u64 {
    let conditions = node.when.as_ref().map_or(0, flag);
    conditions
        + match &node.operator {
            Operator::When(_) | Operator::Schedule(_) => 1,
            Operator::Level(p) => 2 + flag(&p.raise) + p.clear.as_ref().map_or(0, flag),
            Operator::Absent(p) => 2 + p.leaves.as_ref().map_or(0, flag),
            Operator::Streak(_) | Operator::Occupancy(_) => 2,
            Operator::Within(p) => 2 + flag(&p.first) + flag(&p.then),
            Operator::Daily(p) => {
                let more = if p.aggregate == PerDay::Distinct { DISTINCT_A_DAY / LOOKED_THROUGH } else { 0 };
                2 + more + any(&p.of)
            }
            Operator::Window(p) => {
                let more =
                    if p.aggregate == Aggregate::Distinct { kept(p, greatest) / LOOKED_THROUGH } else { 0 };
                3 + more + any(&p.of)
            }
            Operator::Baseline(p) => 8 + number(&p.of),
            Operator::Residual(p) => {
                number(&p.of) + if matches!(p.from, From::Neighbours { .. }) { 16 } else { 2 }
            }
            Operator::Score(p) => p.parts.iter().map(|part| 1 + flag(&part.when)).sum::<u64>() + 1,
            Operator::Roll(p) => 8 + work_of(&p.member, greatest),
            Operator::Logic(p) => 1 + p.inputs.len() as u64,
        }
}

/// How many numbers a signal keeps for one key.
fn state_of(node: &Node, greatest: &[f64]) -> u64 {
    match &node.operator {
        Operator::When(_) | Operator::Schedule(_) | Operator::Residual(_) => 2,
        Operator::Level(_) | Operator::Absent(_) | Operator::Within(_) | Operator::Occupancy(_) => 4,
        Operator::Streak(_) => 12,
        Operator::Daily(p) => 4 + if p.aggregate == PerDay::Distinct { DISTINCT_A_DAY } else { 0 },
        Operator::Window(p) => 4 + kept(p, greatest),
        Operator::Baseline(p) => {
            let kinds = match p.by {
                HourKind::Any => 1,
                HourKind::Hour => 24,
                HourKind::HourWeekend => 48,
                HourKind::HourWeekday => 168,
            };
            4 + kinds * u64::from(p.samples)
        }
        Operator::Score(p) => 2 + 2 * p.parts.len() as u64,
        Operator::Roll(p) => DEVICES * (2 + state_of(&p.member, greatest)),
        Operator::Logic(_) => 1,
    }
}

/// A reading a minute, for as long as the window is.
fn kept(window: &Window, greatest: &[f64]) -> u64 {
    let minutes = window.span.millis(greatest).max(0) as u64 / 60_000;
    minutes.clamp(1, WINDOW_MEMBERS_MAX as u64)
}

// -- conditions: their size --

fn any(e: &Expr) -> u64 {
    match e {
        Expr::Number(e) => number(e),
        Expr::Flag(e) => flag(e),
        Expr::Text(e) => text(e),
    }
}

fn number(e: &NumberExpr) -> u64 {
    1 + match e {
        NumberExpr::Negate(e) => number(e),
        NumberExpr::Binary(_, p) => number(&p.0) + number(&p.1),
        NumberExpr::Choose(p) => flag(&p.0) + number(&p.1) + number(&p.2),
        _ => 0,
    }
}

fn flag(e: &BoolExpr) -> u64 {
    1 + match e {
        BoolExpr::Compare(_, p) => number(&p.0) + number(&p.1),
        BoolExpr::SameText(p) | BoolExpr::Test(_, p) => text(&p.0) + text(&p.1),
        BoolExpr::SameFlag(p) | BoolExpr::And(p) | BoolExpr::Or(p) => flag(&p.0) + flag(&p.1),
        BoolExpr::TextIn(t, list) => text(t) + list.len() as u64,
        BoolExpr::NumberIn(n, list) => number(n) + list.len() as u64,
        BoolExpr::Not(e) => flag(e),
        BoolExpr::Choose(p) => flag(&p.0) + flag(&p.1) + flag(&p.2),
        _ => 0,
    }
}

fn text(e: &TextExpr) -> u64 {
    1 + match e {
        TextExpr::Choose(p) => flag(&p.0) + text(&p.1) + text(&p.2),
        _ => 0,
    }
}
