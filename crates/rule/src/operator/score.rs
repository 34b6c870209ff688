//! score: weighted signs that fade.

use crate::{
    expr::BoolExpr,
    fields::{Asked, Fields},
    plan::Quantity,
    print::{Printer, quoted},
};

/// Most parts of a score.
pub const PARTS_MAX: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub parts: Vec<Part>,
    pub half_life: Quantity,
    pub raise: Quantity,
    pub clear: Quantity,
    /// So many different parts must weigh something.
    pub parts_min: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub when: BoolExpr,
    pub weight: Quantity,
    /// Counts once in this time, however often it is seen.
    pub once: Quantity,
}

impl Score {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Score> {
        let sections = f.section.tables("parts");
        if sections.is_empty() || sections.len() > PARTS_MAX {
            f.section.missing(
                "parts",
                "一到八个部分,如 [{ when = \"smoke\", weight = 2 }]。",
                "one to eight parts, like [{ when = \"smoke\", weight = 2 }].",
            );
        }
        let parts: Vec<Option<Part>> = sections
            .iter()
            .map(|section| {
                let part = Fields { section, context: f.context, names: f.names.again(), has_of: false };
                let when = part.flag("when", true);
                let weight = part.quantity("weight", None, Asked::Number);
                let once = part.duration("once", Some(Quantity::ZERO));
                section.finish();
                f.names.take(&part.names);
                Some(Part { when: when?, weight: weight?, once: once? })
            })
            .collect();
        let half_life = f.duration("half_life", None);
        let raise = f.quantity("raise", None, Asked::Number);
        let clear = f.quantity("clear", raise, Asked::Number);
        let parts_min = f.whole("parts_min", 1, 1, PARTS_MAX as u32);
        Some(Score {
            parts: parts.into_iter().collect::<Option<_>>()?,
            half_life: half_life?,
            raise: raise?,
            clear: clear?,
            parts_min: parts_min?,
        })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let (when, once) = (quoted(&p.flag(&part.when)), p.said_duration(part.once));
                format!("{{ when = {when}, weight = {}, once = {once} }}", p.said_quantity(part.weight))
            })
            .collect();
        p.line("parts", format!("[{}]", parts.join(", ")));
        p.duration("half_life", self.half_life);
        p.quantity("raise", self.raise);
        p.quantity("clear", self.clear);
        p.line("parts_min", self.parts_min.to_string());
    }
}
