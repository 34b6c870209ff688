//! What a plan holds of each operator: one file each, all of the same shape.
//!
//! A file has the plan's struct, `read` (from a `[signal]` table) and `print` (back to it). What the fields mean
//! stands in the operator's manual, in the engine's file of the same name.

mod absent;
mod baseline;
mod daily;
mod level;
mod logic;
mod occupancy;
mod residual;
mod roll;
mod schedule;
mod score;
mod streak;
mod when;
mod window;
mod within;

pub use absent::{Absent, Coverage};
pub use baseline::{Baseline, HourKind, SAMPLES_MAX};
pub use daily::{Daily, PerDay};
pub use level::Level;
pub use logic::{Logic, Mode};
pub use occupancy::{Capacity, Occupancy};
pub use residual::{From, Residual};
pub use roll::{MEMBERS_MAX, OverMembers, Roll};
pub use schedule::{DayKind, Schedule};
pub use score::{PARTS_MAX, Part, Score};
pub use streak::Streak;
pub use when::When;
pub use window::{Aggregate, Window};
pub use within::Within;

use crate::{expr::Type, fields::Fields, plan::Quantity, print::Printer};

#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    When(When),
    Level(Level),
    Absent(Absent),
    Daily(Daily),
    Streak(Streak),
    Window(Window),
    Occupancy(Occupancy),
    Within(Within),
    Baseline(Baseline),
    Residual(Residual),
    Score(Score),
    Roll(Roll),
    Logic(Logic),
    Schedule(Schedule),
}

/// Calls `$of` with the operator, whichever it is.
macro_rules! each {
    ($operator:expr, $o:ident => $of:expr) => {
        match $operator {
            Operator::When($o) => $of,
            Operator::Level($o) => $of,
            Operator::Absent($o) => $of,
            Operator::Daily($o) => $of,
            Operator::Streak($o) => $of,
            Operator::Window($o) => $of,
            Operator::Occupancy($o) => $of,
            Operator::Within($o) => $of,
            Operator::Baseline($o) => $of,
            Operator::Residual($o) => $of,
            Operator::Score($o) => $of,
            Operator::Roll($o) => $of,
            Operator::Logic($o) => $of,
            Operator::Schedule($o) => $of,
        }
    };
}

impl Operator {
    pub const NAMES: [&'static str; 14] = [
        "when",
        "level",
        "absent",
        "daily",
        "streak",
        "window",
        "occupancy",
        "within",
        "baseline",
        "residual",
        "score",
        "roll",
        "logic",
        "schedule",
    ];

    pub fn as_str(&self) -> &'static str {
        match self {
            Operator::When(_) => "when",
            Operator::Level(_) => "level",
            Operator::Absent(_) => "absent",
            Operator::Daily(_) => "daily",
            Operator::Streak(_) => "streak",
            Operator::Window(_) => "window",
            Operator::Occupancy(_) => "occupancy",
            Operator::Within(_) => "within",
            Operator::Baseline(_) => "baseline",
            Operator::Residual(_) => "residual",
            Operator::Score(_) => "score",
            Operator::Roll(_) => "roll",
            Operator::Logic(_) => "logic",
            Operator::Schedule(_) => "schedule",
        }
    }

    /// Whether it can be the signal itself: true, false or unknown.
    pub fn is_level(&self) -> bool {
        match self {
            Operator::Window(_) | Operator::Baseline(_) | Operator::Residual(_) | Operator::Roll(_) => false,
            Operator::Daily(d) => d.aggregate == PerDay::Any,
            _ => true,
        }
    }

    /// What a later signal reads from it.
    pub fn says(&self) -> Type {
        match self {
            Operator::Occupancy(_) | Operator::Streak(_) | Operator::Score(_) => Type::Number,
            other if other.is_level() => Type::Flag,
            _ => Type::Number,
        }
    }

    /// Whether what a later signal reads from it is a count.
    pub(crate) fn counts(&self) -> bool {
        match self {
            Operator::Occupancy(_) | Operator::Streak(_) => true,
            Operator::Window(w) => matches!(w.aggregate, Aggregate::Count | Aggregate::Distinct),
            Operator::Daily(d) => matches!(d.aggregate, PerDay::Count | PerDay::Distinct),
            Operator::Roll(r) => r.aggregate == OverMembers::Count,
            _ => false,
        }
    }

    /// How far back readings matter to it, in milliseconds.
    pub(crate) fn look_back(&self, parameters: &[f64]) -> i64 {
        const DAY: i64 = 86_400_000;
        let ms = |q: Quantity| q.millis(parameters);
        let days = |q: Quantity| (q.resolve(parameters).ceil() as i64).saturating_mul(DAY);
        match self {
            Operator::When(p) => ms(p.lasts),
            Operator::Level(p) => DAY.max(ms(p.hold).max(ms(p.clear_hold)).saturating_mul(2)),
            Operator::Absent(p) => ms(p.span).saturating_add(DAY),
            Operator::Daily(_) => 3 * DAY,
            Operator::Streak(p) => days(p.days).saturating_add(days(p.gap)).saturating_add(2 * DAY),
            Operator::Window(p) => ms(p.span).saturating_mul(2),
            Operator::Occupancy(_) => 31 * DAY,
            Operator::Within(p) => ms(p.span).saturating_add(p.lasts.map_or(DAY, ms)),
            Operator::Baseline(p) => {
                let apart = if p.by == HourKind::HourWeekday { 7 } else { 1 };
                (i64::from(p.samples) * apart).saturating_mul(DAY)
            }
            Operator::Residual(p) => match p.from {
                From::Signal(_) => 0,
                From::Neighbours { fresh, .. } => ms(fresh),
            },
            // Ten half-lives leave a thousandth.
            Operator::Score(p) => ms(p.half_life).saturating_mul(10),
            Operator::Roll(p) => ms(p.fresh).max(p.member.operator.look_back(parameters)),
            Operator::Logic(_) => 0,
            Operator::Schedule(_) => 2 * DAY,
        }
    }

    pub(crate) fn read(name: &str, f: &Fields<'_, '_, '_, '_>) -> Option<Operator> {
        Some(match name {
            "when" => Operator::When(When::read(f)?),
            "level" => Operator::Level(Level::read(f)?),
            "absent" => Operator::Absent(Absent::read(f)?),
            "daily" => Operator::Daily(Daily::read(f)?),
            "streak" => Operator::Streak(Streak::read(f)?),
            "window" => Operator::Window(Window::read(f)?),
            "occupancy" => Operator::Occupancy(Occupancy::read(f)?),
            "within" => Operator::Within(Within::read(f)?),
            "baseline" => Operator::Baseline(Baseline::read(f)?),
            "residual" => Operator::Residual(Residual::read(f)?),
            "score" => Operator::Score(Score::read(f)?),
            "roll" => Operator::Roll(Roll::read(f)?),
            "logic" => Operator::Logic(Logic::read(f)?),
            _ => Operator::Schedule(Schedule::read(f)?),
        })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        each!(self, o => o.print(p));
    }
}
