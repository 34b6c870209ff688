//! within: a then b, or a without b.

use crate::{expr::BoolExpr, fields::Fields, plan::Quantity, print::Printer};

#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    pub first: BoolExpr,
    pub then: BoolExpr,
    pub span: Quantity,
    /// Holds when `then` did not come; else when it came.
    pub missing: bool,
    /// How long it holds; None: `missing` until `then` comes after all.
    pub lasts: Option<Quantity>,
}

const MODES: [(&str, bool); 2] = [("comes", false), ("missing", true)];

impl Within {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Within> {
        let first = f.flag("first", true);
        let then = f.flag("then", true);
        let span = f.duration("span", None);
        let missing = f.section.word("holds_when", &MODES);
        if f.section.table.get("holds_when").is_none() {
            f.section.missing("holds_when", "comes 或 missing。", "comes or missing.");
        }
        let missing = missing?;
        let lasts = match f.section.table.get("lasts") {
            None if missing => None,
            _ => Some(f.duration("lasts", None)?),
        };
        Some(Within { first: first?, then: then?, span: span?, missing, lasts })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.condition("first", &self.first);
        p.condition("then", &self.then);
        p.duration("span", self.span);
        p.word("holds_when", &MODES, self.missing);
        if let Some(lasts) = self.lasts {
            p.duration("lasts", lasts);
        }
    }
}
