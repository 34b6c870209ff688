//! residual: the difference from what is usual, or from what the neighbours show.

use crate::{
    expr::{NumberExpr, Type},
    fields::Fields,
    plan::Quantity,
    print::{Printer, quoted},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    pub of: NumberExpr,
    pub from: From,
    /// As a share of it, not in the measure's unit.
    pub share: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum From {
    /// What an earlier signal gives.
    Signal(u8),
    /// The middle of the rule's other keys below the same area.
    Neighbours {
        /// How far up that area stands: 1 is the one in which the key itself stands.
        up: u32,
        /// A neighbour's reading older than this says nothing.
        fresh: Quantity,
        /// Fewer neighbours say nothing.
        least: u32,
    },
}

const GIVES: [(&str, bool); 2] = [("difference", false), ("share", true)];
const NEIGHBOURS: &str = "neighbours";

impl Residual {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Residual> {
        f.need_of();
        let of = f.number_value();
        let share = f.section.word("gives", &GIVES).unwrap_or(false);
        let Some(name) = f.section.string("from") else {
            if f.section.table.get("from").is_none() {
                f.section.missing(
                    "from",
                    "前面的信号名,或 \"neighbours\"。",
                    "an earlier signal's name, or \"neighbours\".",
                );
            }
            return None;
        };
        let from = if name.value == NEIGHBOURS {
            let up = f.size("up", 1, 1, 8);
            let fresh = f.duration("fresh", Some(Quantity::Fixed(3_600_000.0)));
            let least = f.whole("least", 3, 1, 100);
            From::Neighbours { up: up?, fresh: fresh?, least: least? }
        } else {
            From::Signal(f.signal("from", &name, Type::Number)?)
        };
        Some(Residual { of: of?, from, share })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.number_expression("value", &self.of);
        match self.from {
            From::Signal(i) => {
                let name = quoted(p.signal(i));
                p.line("from", name);
            }
            From::Neighbours { up, fresh, least } => {
                p.line("from", quoted(NEIGHBOURS));
                p.line("up", up.to_string());
                p.duration("fresh", fresh);
                p.line("least", least.to_string());
            }
        }
        p.word("gives", &GIVES, self.share);
    }
}
