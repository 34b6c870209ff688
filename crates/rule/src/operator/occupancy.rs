//! occupancy: how many are inside.

use crate::{
    expr::Type,
    fields::{Asked, Fields},
    plan::Quantity,
    print::{Printer, quoted},
};
use toml::de::DeValue;

#[derive(Clone, Debug, PartialEq)]
pub struct Occupancy {
    /// Indices of the plan's measures.
    pub enters: Option<u8>,
    pub leaves: Option<u8>,
    pub delta: Option<u8>,
    pub count: Option<u8>,
    pub capacity: Capacity,
    /// Share of the capacity, 0 to 1.
    pub full: Quantity,
    pub clear: Quantity,
    pub start: Quantity,
    /// Counts below nothing are taken as nothing.
    pub floor: bool,
    /// A start count that is full already is no news: it has to empty first.
    pub judge_start: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capacity {
    /// As registered for the device that counts.
    Device,
    /// As the readings of a measure say.
    Measure(u8),
    Given(Quantity),
}

impl Occupancy {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Occupancy> {
        let enters = f.number_measure("enters");
        let leaves = f.number_measure("leaves");
        let delta = f.number_measure("delta");
        let count = f.number_measure("count");
        if enters.is_none() && leaves.is_none() && delta.is_none() && count.is_none() {
            f.section.missing(
                "count",
                "至少要有 enters、leaves、delta、count 之一。",
                "at least one of enters, leaves, delta and count.",
            );
        }
        let capacity = capacity(f);
        let full = f.quantity("full", Some(Quantity::Fixed(1.0)), Asked::Share);
        let clear = f.quantity("clear", full, Asked::Share);
        let start = f.quantity("start", Some(Quantity::ZERO), Asked::Count);
        let floor = f.section.flag("floor").unwrap_or(true);
        let judge_start = f.section.flag("judge_start").unwrap_or(false);
        Some(Occupancy {
            enters,
            leaves,
            delta,
            count,
            capacity: capacity?,
            full: full?,
            clear: clear?,
            start: start?,
            floor,
            judge_start,
        })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        let measures =
            [("enters", self.enters), ("leaves", self.leaves), ("delta", self.delta), ("count", self.count)];
        for (name, m) in measures {
            if let Some(m) = m {
                let code = quoted(p.measure(m));
                p.line(name, code);
            }
        }
        let capacity = match self.capacity {
            Capacity::Device => "\"device\"".to_owned(),
            Capacity::Measure(m) => quoted(p.measure(m)),
            Capacity::Given(q) => p.said_quantity(q),
        };
        p.line("capacity", capacity);
        for (name, q) in [("full", self.full), ("clear", self.clear), ("start", self.start)] {
            p.quantity(name, q);
        }
        p.line("floor", self.floor.to_string());
        p.line("judge_start", self.judge_start.to_string());
    }
}

/// `"device"`, a measure's code, a parameter's name or a number.
fn capacity(f: &Fields<'_, '_, '_, '_>) -> Option<Capacity> {
    let found = f.section.find("capacity");
    if let Some(DeValue::String(s)) = found.map(|f| f.get_ref()) {
        if s.as_ref() == "device" {
            return Some(Capacity::Device);
        }
        // As in conditions, a parameter comes before a measure of the same name.
        let parameter = f.context.parameters.iter().any(|p| p.name == s.as_ref());
        if !parameter && f.names.type_of(s) == Some(Type::Number) {
            return f.number_measure("capacity").map(Capacity::Measure);
        }
    }
    match found {
        None => Some(Capacity::Device),
        Some(_) => f.quantity("capacity", None, Asked::Count).map(Capacity::Given),
    }
}
