//! daily: a number per local day.

use crate::{
    expr::{Expr, Type},
    fields::{Asked, Fields},
    plan::Quantity,
    print::Printer,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Daily {
    pub aggregate: PerDay,
    pub of: Expr,
    /// Local hour at which a day begins.
    pub cut_hour: Quantity,
    /// The last whole day's number; else today's so far.
    pub closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerDay {
    /// Whether there was one at all.
    Any,
    Count,
    Sum,
    Distinct,
    /// Local time of the first one, in hours since the day's beginning.
    First,
    Last,
    Min,
    Max,
}

impl PerDay {
    pub const ALL: [(&'static str, PerDay); 8] = [
        ("any", PerDay::Any),
        ("count", PerDay::Count),
        ("sum", PerDay::Sum),
        ("distinct", PerDay::Distinct),
        ("first", PerDay::First),
        ("last", PerDay::Last),
        ("min", PerDay::Min),
        ("max", PerDay::Max),
    ];
    pub fn as_str(self) -> &'static str {
        PerDay::ALL.iter().find(|a| a.1 == self).map_or("", |a| a.0)
    }
}

const DAYS: [(&str, bool); 2] = [("today", false), ("yesterday", true)];

impl Daily {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Daily> {
        f.need_of();
        let aggregate = f.section.word("aggregate", &PerDay::ALL);
        if f.section.table.get("aggregate").is_none() {
            f.section.missing("aggregate", "any、count、first 等。", "any, count, first and so on.");
        }
        let cut_hour = f.quantity("cut_hour", Some(Quantity::ZERO), Asked::Hour);
        let closed = f.section.word("day", &DAYS).unwrap_or(false);
        let (aggregate, of) = (aggregate?, f.value()?);
        if matches!(aggregate, PerDay::Sum | PerDay::Min | PerDay::Max) && of.kind() != Type::Number {
            f.need_number("aggregate", of.kind());
        }
        Some(Daily { aggregate, of, cut_hour: cut_hour?, closed })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.word("aggregate", &PerDay::ALL, self.aggregate);
        p.expression("value", &self.of);
        p.quantity("cut_hour", self.cut_hour);
        p.word("day", &DAYS, self.closed);
    }
}
