//! baseline: what is usual here at this hour.

use crate::{
    expr::NumberExpr,
    fields::{Asked, Fields},
    plan::Quantity,
    print::Printer,
};

/// Most samples a baseline keeps for one kind of hour.
pub const SAMPLES_MAX: u32 = 16;

#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    pub of: NumberExpr,
    pub by: HourKind,
    /// The spread instead of the middle.
    pub spread: bool,
    /// Hours kept for each kind of hour, and how many are needed before anything is usual.
    pub samples: u32,
    pub least: u32,
    /// An hour further from the middle than so many spreads is abnormal and not learned.
    pub abnormal: Quantity,
    /// The least spread that is reckoned with, in the measure's unit.
    pub spread_min: Quantity,
    /// So many abnormal hours of one kind in a row are the new usual.
    pub relearn: u32,
}

/// Which hours are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HourKind {
    /// All of them.
    Any,
    /// The same hour of any day.
    Hour,
    /// The same hour, Monday to Friday apart from Saturday and Sunday.
    HourWeekend,
    /// The same hour of the same weekday.
    HourWeekday,
}

const KINDS: [(&str, HourKind); 4] = [
    ("any", HourKind::Any),
    ("hour", HourKind::Hour),
    ("hour_weekend", HourKind::HourWeekend),
    ("hour_weekday", HourKind::HourWeekday),
];
const GIVES: [(&str, bool); 2] = [("middle", false), ("spread", true)];

impl Baseline {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Baseline> {
        f.need_of();
        let of = f.number_value();
        let by = f.section.word("by", &KINDS).unwrap_or(HourKind::Hour);
        let spread = f.section.word("gives", &GIVES).unwrap_or(false);
        let samples = f.size("samples", 8, 3, SAMPLES_MAX);
        let least = f.whole("least", 3, 1, SAMPLES_MAX);
        let abnormal = f.quantity("abnormal", Some(Quantity::Fixed(6.0)), Asked::Number);
        let spread_min = f.quantity("spread_min", Some(Quantity::ZERO), Asked::Number);
        let relearn = f.whole("relearn", 5, 1, 200);
        Some(Baseline {
            of: of?,
            by,
            spread,
            samples: samples?,
            least: least?,
            abnormal: abnormal?,
            spread_min: spread_min?,
            relearn: relearn?,
        })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.number_expression("value", &self.of);
        p.word("by", &KINDS, self.by);
        p.word("gives", &GIVES, self.spread);
        p.line("samples", self.samples.to_string());
        p.line("least", self.least.to_string());
        p.quantity("abnormal", self.abnormal);
        p.quantity("spread_min", self.spread_min);
        p.line("relearn", self.relearn.to_string());
    }
}
