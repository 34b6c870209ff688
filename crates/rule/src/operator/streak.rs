//! streak: days in a row.

use crate::{
    fields::{Asked, Fields},
    plan::{Quantity, Reevaluate},
    print::Printer,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Streak {
    pub days: Quantity,
    /// Days without a reading that do not break it.
    pub gap: Quantity,
    /// Local hour at which a day begins.
    pub cut_hour: Quantity,
    /// Days are UTC days instead of local ones.
    pub utc: bool,
    /// Whether it ends by itself when a day too many has passed, or only the next reading shows it.
    pub ends: Reevaluate,
}

impl Streak {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Streak> {
        f.need_of();
        let days = f.days("days", None);
        let gap = f.days("gap", Some(Quantity::ZERO));
        let cut_hour = f.quantity("cut_hour", Some(Quantity::ZERO), Asked::Hour);
        let utc = f.section.flag("utc").unwrap_or(false);
        let ends = f.reevaluate("ends");
        Some(Streak { days: days?, gap: gap?, cut_hour: cut_hour?, utc, ends })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.quantity("days", self.days);
        p.quantity("gap", self.gap);
        p.quantity("cut_hour", self.cut_hour);
        p.line("utc", self.utc.to_string());
        p.word("ends", &Reevaluate::ALL, self.ends);
    }
}
