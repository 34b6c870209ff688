//! window: a number over the readings of the last while.

use crate::{
    expr::{Expr, Type},
    fields::Fields,
    plan::{Quantity, Reevaluate},
    print::Printer,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub aggregate: Aggregate,
    pub of: Expr,
    pub span: Quantity,
    pub reevaluate: Reevaluate,
    /// Windows stand side by side, each `span` long, instead of sliding; the number is the last whole one's.
    pub tumbling: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Count,
    Sum,
    Mean,
    Min,
    Max,
    Distinct,
    /// Readings per hour.
    Rate,
    /// Newest minus oldest.
    Change,
}

impl Aggregate {
    pub const ALL: [(&'static str, Aggregate); 8] = [
        ("count", Aggregate::Count),
        ("sum", Aggregate::Sum),
        ("mean", Aggregate::Mean),
        ("min", Aggregate::Min),
        ("max", Aggregate::Max),
        ("distinct", Aggregate::Distinct),
        ("rate", Aggregate::Rate),
        ("change", Aggregate::Change),
    ];
    pub fn as_str(self) -> &'static str {
        Aggregate::ALL.iter().find(|a| a.1 == self).map_or("", |a| a.0)
    }
}

const KINDS: [(&str, bool); 2] = [("sliding", false), ("tumbling", true)];

impl Window {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Window> {
        f.need_of();
        let aggregate = f.section.word("aggregate", &Aggregate::ALL);
        if f.section.table.get("aggregate").is_none() {
            f.section.missing("aggregate", "count、sum、max 等。", "count, sum, max and so on.");
        }
        let span = f.duration("span", None);
        let reevaluate = f.reevaluate("reevaluate");
        let tumbling = f.section.word("kind", &KINDS).unwrap_or(false);
        let (aggregate, of) = (aggregate?, f.value()?);
        let counts = matches!(aggregate, Aggregate::Count | Aggregate::Distinct | Aggregate::Rate);
        if !counts && of.kind() != Type::Number {
            f.need_number("aggregate", of.kind());
        }
        Some(Window { aggregate, of, span: span?, reevaluate, tumbling })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.word("aggregate", &Aggregate::ALL, self.aggregate);
        p.expression("value", &self.of);
        p.duration("span", self.span);
        p.word("kind", &KINDS, self.tumbling);
        p.word("reevaluate", &Reevaluate::ALL, self.reevaluate);
    }
}
