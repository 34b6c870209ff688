//! level: holds while a condition holds.

use crate::{expr::BoolExpr, fields::Fields, plan::Quantity, print::Printer};

#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub raise: BoolExpr,
    /// None: as soon as `raise` is false.
    pub clear: Option<BoolExpr>,
    pub hold: Quantity,
    pub clear_hold: Quantity,
}

impl Level {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Level> {
        let raise = f.flag("raise", true);
        let clear = f.flag("clear", false);
        let hold = f.duration("hold", Some(Quantity::ZERO));
        let clear_hold = f.duration("clear_hold", Some(Quantity::ZERO));
        Some(Level { raise: raise?, clear, hold: hold?, clear_hold: clear_hold? })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.condition("raise", &self.raise);
        if let Some(clear) = &self.clear {
            p.condition("clear", clear);
        }
        p.duration("hold", self.hold);
        p.duration("clear_hold", self.clear_hold);
    }
}
