//! when: something happened.

use crate::{fields::Fields, plan::Quantity, print::Printer};

/// The readings that count are the node's own `of` and `when`.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// How long it holds after each of them.
    pub lasts: Quantity,
}

impl When {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<When> {
        if f.section.table.get("when").is_none() {
            f.need_of();
        }
        Some(When { lasts: f.duration("lasts", None)? })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.duration("lasts", self.lasts);
    }
}
