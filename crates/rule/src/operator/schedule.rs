//! schedule: certain hours of certain days.

use crate::{
    fields::Fields,
    plan::Quantity,
    print::{Printer, quoted},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Bit 0 is Monday; the day on which the stretch begins.
    pub weekdays: u8,
    /// Working days and days off as the calendar of statutory holidays has them, instead of weekdays.
    pub calendar: Option<DayKind>,
    /// Since midnight, in milliseconds; a stretch that ends before it begins ends on the next day.
    pub from: Quantity,
    pub to: Quantity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    Workday,
    DayOff,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const EVERY_DAY: u8 = 0b111_1111;
const KINDS: [(&str, DayKind); 2] = [("workday", DayKind::Workday), ("day_off", DayKind::DayOff)];

impl Schedule {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Schedule> {
        let from = f.clock("from");
        let to = f.clock("to");
        let (mut weekdays, mut calendar, mut right) = (0u8, None, true);
        for day in f.section.strings("days") {
            if let Some(i) = DAYS.iter().position(|d| *d == day.value) {
                weekdays |= 1 << i;
            } else if let Some((_, kind)) = KINDS.iter().find(|(k, _)| *k == day.value) {
                right &= calendar.is_none();
                calendar = Some(*kind);
            } else {
                right = false;
            }
        }
        right &= calendar.is_none() || weekdays == 0;
        if !right {
            let at = f.section.find("days").map_or(f.section.start, |d| d.span().start);
            f.section.tell(
                "days",
                at,
                "unknown_word",
                "days 是 mon 到 sun 中的几个,或者 workday、day_off 之一。".to_owned(),
                "days lists some of mon to sun, or is one of workday and day_off.".to_owned(),
            );
            return None;
        }
        if weekdays == 0 {
            weekdays = EVERY_DAY;
        }
        Some(Schedule { weekdays, calendar, from: from?, to: to? })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        let days: Vec<String> = match self.calendar {
            Some(kind) => KINDS.iter().filter(|k| k.1 == kind).map(|k| quoted(k.0)).collect(),
            None => (0..7).filter(|i| self.weekdays & 1 << i != 0).map(|i| quoted(DAYS[i])).collect(),
        };
        p.line("days", format!("[{}]", days.join(", ")));
        p.clock("from", self.from);
        p.clock("to", self.to);
    }
}
