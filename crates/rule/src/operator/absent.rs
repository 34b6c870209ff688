//! absent: a sign of life has not come.

use crate::{expr::BoolExpr, fields::Fields, plan::Quantity, print::Printer};

#[derive(Clone, Debug, PartialEq)]
pub struct Absent {
    pub span: Quantity,
    /// A reading after which silence is being away, not absence.
    pub leaves: Option<BoolExpr>,
    /// Signs of life this soon after such a reading do not undo it.
    pub settle: Quantity,
    pub coverage: Coverage,
    /// A member whom no device could show is told as unknown; else it is left alone.
    pub tell_unwatched: bool,
}

/// Which of the devices that could show a member must have been alive for its absence to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    All,
    Any,
    /// Silence is taken at its word.
    None,
}

const COVERAGES: [(&str, Coverage); 3] =
    [("all", Coverage::All), ("any", Coverage::Any), ("none", Coverage::None)];
const UNWATCHED: [(&str, bool); 2] = [("tell", true), ("leave", false)];

impl Absent {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Absent> {
        f.need_of();
        let span = f.duration("span", None);
        let leaves = f.flag("leaves", false);
        let settle = f.duration("settle", Some(Quantity::ZERO));
        let coverage = f.section.word("coverage", &COVERAGES).unwrap_or(Coverage::All);
        let tell_unwatched = f.section.word("unwatched", &UNWATCHED).unwrap_or(true);
        Some(Absent { span: span?, leaves, settle: settle?, coverage, tell_unwatched })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.duration("span", self.span);
        if let Some(leaves) = &self.leaves {
            p.condition("leaves", leaves);
        }
        p.duration("settle", self.settle);
        p.word("coverage", &COVERAGES, self.coverage);
        p.word("unwatched", &UNWATCHED, self.tell_unwatched);
    }
}
