//! The operators' fields: from a `[signal]` table to a [`Node`].

use crate::{
    catalogue::Catalogue,
    condition::{self, Names},
    expr::{BoolExpr, Expr, NumberExpr, TextExpr, Type},
    nearest::nearest,
    plan::{
        Absent, Aggregate, Capacity, Coverage, Level, Node, Occupancy, Operator, Parameter, Quantity,
        Reevaluate, Streak, Window,
    },
    read::{At, Section},
};
use linli_model::{Diagnostic, Measure};
use std::cell::{Cell, RefCell};
use toml::de::DeValue;

/// What all nodes of a rule share.
pub(crate) struct Context<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) measures: &'a RefCell<Vec<Measure>>,
    pub(crate) used: &'a Cell<u32>,
}

/// What a later node reads from this operator.
pub(crate) fn says(operator: &Operator) -> Type {
    match operator {
        Operator::Level(_) | Operator::Absent(_) => Type::Flag,
        Operator::Occupancy(_) | Operator::Streak(_) | Operator::Window(_) => Type::Number,
    }
}

const OPERATORS: [(&str, &str); 5] = [
    ("level", "level"),
    ("absent", "absent"),
    ("occupancy", "occupancy"),
    ("streak", "streak"),
    ("window", "window"),
];

struct Fields<'f, 's, 't, 'c> {
    section: &'f Section<'s, 't>,
    context: &'f Context<'c>,
    names: Names<'f>,
}

pub(crate) fn read(
    section: &Section<'_, '_>,
    name: &str,
    earlier: &[(String, Type)],
    context: &Context<'_>,
) -> Option<Node> {
    let operator = section.word("operator", &OPERATORS);
    if section.table.get("operator").is_none() {
        section.missing(
            "operator",
            "level、absent、occupancy、streak 或 window。",
            "level, absent, occupancy, streak or window.",
        );
    }
    let of = section.strings("of");
    let names = Names {
        catalogue: context.catalogue,
        parameters: context.parameters,
        measures: context.measures,
        nodes: earlier,
        value: None,
        heard: Cell::new(0),
        read: Cell::new(0),
        used: context.used,
    };
    let mut fields = Fields { section, context, names };
    let of_types = fields.of(&of);
    fields.names.value = single(&of_types);
    let before = section.source.wrong_so_far();
    let when = fields.flag("when", false);
    let operator = operator.and_then(|o| fields.operator(o, !of.is_empty()));
    section.finish();
    if section.source.wrong_so_far() > before {
        return None;
    }
    let own = fields.names.heard.get();
    let listed = of.iter().filter_map(|m| fields.names.measure(&m.value)).fold(0u32, |bits, i| bits | 1 << i);
    Some(Node {
        name: name.to_owned(),
        hears: own,
        reads: fields.names.read.get(),
        true_flags_only: when.is_none(),
        when,
        of: if listed == 0 { own } else { listed },
        operator: operator?,
    })
}

fn single(types: &[Type]) -> Option<Type> {
    let first = *types.first()?;
    types.iter().all(|t| *t == first).then_some(first)
}

impl Fields<'_, '_, '_, '_> {
    fn of(&self, of: &[At<String>]) -> Vec<Type> {
        of.iter().filter_map(|m| self.measure("of", m).map(|(_, t)| t)).collect()
    }

    fn measure(&self, field: &str, code: &At<String>) -> Option<(u8, Type)> {
        if let Some(t) = self.names.type_of(&code.value) {
            return self.names.measure(&code.value).map(|i| (i, t));
        }
        let mut d = Diagnostic::new(
            "unknown_measure",
            format!("{}.{field}", self.section.path),
            format!("目录里没有量“{}”。", code.value),
            format!("The catalogue has no measure \"{}\".", code.value),
        );
        if let Some(near) = self.context.catalogue.nearest(&code.value) {
            d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
        }
        self.section.source.tell(code.span.start, d);
        None
    }

    fn number_measure(&self, field: &str) -> Option<u8> {
        let found = self.section.string(field)?;
        let (i, t) = self.measure(field, &found)?;
        if t == Type::Text {
            self.section.tell(
                field,
                found.span.start,
                "wrong_type",
                "计数的量不能是文字。".to_owned(),
                "A measure that counts cannot be a text.".to_owned(),
            );
        }
        Some(i)
    }

    fn flag(&self, field: &str, needed: bool) -> Option<BoolExpr> {
        let Some(text) = self.section.string(field) else {
            if needed && self.section.table.get(field).is_none() {
                self.section.missing(field, "一个条件。", "a condition.");
            }
            return None;
        };
        let path = format!("{}.{field}", self.section.path);
        condition::read_flag(self.section.source, &path, &text, &self.names)
    }

    /// A number or a parameter's name; with units of `%` as shares where `share`.
    fn quantity(&self, field: &str, default: Option<Quantity>, share: bool) -> Option<Quantity> {
        let Some(found) = self.section.find(field) else {
            if default.is_none() {
                self.section.missing(field, "一个数或参数名。", "a number or a parameter's name.");
            }
            return default;
        };
        match found.get_ref() {
            DeValue::String(s) => {
                let (i, p) = self.parameter(field, s, found.span().start)?;
                if p.unit.millis().is_some() {
                    self.wrong_unit(field, found.span().start);
                    return None;
                }
                let factor = if share && p.unit.as_str() == "%" { 0.01 } else { 1.0 };
                Some(Quantity::Parameter { index: i, factor })
            }
            _ => self.section.number(field).map(|n| Quantity::Fixed(n.value)),
        }
    }

    /// `"10min"`, or the name of a parameter in a unit of time.
    fn duration(&self, field: &str, default: Option<Quantity>) -> Option<Quantity> {
        let Some(text) = self.section.string(field) else {
            if default.is_none() && self.section.table.get(field).is_none() {
                self.section.missing(
                    field,
                    "时长,如 \"10min\",或参数名。",
                    "a duration like \"10min\", or a parameter's name.",
                );
            }
            return default;
        };
        if let Some(ms) = parse_duration(&text.value) {
            return Some(Quantity::Fixed(ms));
        }
        let (i, p) = self.parameter(field, &text.value, text.span.start)?;
        match p.unit.millis() {
            Some(factor) => Some(Quantity::Parameter { index: i, factor }),
            None => {
                self.wrong_unit(field, text.span.start);
                None
            }
        }
    }

    fn wrong_unit(&self, field: &str, at: usize) {
        self.section.tell(
            field,
            at,
            "wrong_unit",
            "参数的单位不适合这里:时长要用 s、min、h、d。".to_owned(),
            "The parameter's unit does not fit here: durations are in s, min, h or d.".to_owned(),
        );
    }

    fn parameter(&self, field: &str, name: &str, at: usize) -> Option<(usize, &Parameter)> {
        if let Some(i) = self.context.parameters.iter().position(|p| p.name == name) {
            self.context.used.set(self.context.used.get() | 1 << i);
            return Some((i, &self.context.parameters[i]));
        }
        let mut d = Diagnostic::new(
            "unknown_parameter",
            format!("{}.{field}", self.section.path),
            format!("“{name}”既不是时长或数,也不是参数。"),
            format!("\"{name}\" is neither a duration or number nor a parameter."),
        );
        if let Some(near) = nearest(name, self.context.parameters.iter().map(|p| p.name.as_str())) {
            d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
        }
        self.section.source.tell(at, d);
        None
    }

    fn operator(&self, operator: &str, has_of: bool) -> Option<Operator> {
        match operator {
            "level" => self.level(),
            "absent" => self.absent(has_of),
            "occupancy" => self.occupancy(),
            "streak" => self.streak(has_of),
            _ => self.window(has_of),
        }
    }

    fn need_of(&self, has_of: bool) {
        if !has_of && self.section.table.get("of").is_none() {
            self.section.missing("of", "要看哪些量。", "the measures it looks at.");
        }
    }

    fn level(&self) -> Option<Operator> {
        let raise = self.flag("raise", true);
        let clear = self.flag("clear", false);
        let hold = self.duration("hold", Some(Quantity::ZERO));
        let clear_hold = self.duration("clear_hold", Some(Quantity::ZERO));
        Some(Operator::Level(Level { raise: raise?, clear, hold: hold?, clear_hold: clear_hold? }))
    }

    fn absent(&self, has_of: bool) -> Option<Operator> {
        self.need_of(has_of);
        let span = self.duration("span", None);
        let leaves = self.flag("leaves", false);
        let settle = self.duration("settle", Some(Quantity::ZERO));
        let words = [("all", Coverage::All), ("any", Coverage::Any), ("none", Coverage::None)];
        let coverage = self.section.word("coverage", &words).unwrap_or(Coverage::All);
        let tell_unwatched =
            self.section.word("unwatched", &[("tell", true), ("leave", false)]).unwrap_or(true);
        Some(Operator::Absent(Absent { span: span?, leaves, settle: settle?, coverage, tell_unwatched }))
    }

    fn occupancy(&self) -> Option<Operator> {
        let enters = self.number_measure("enters");
        let leaves = self.number_measure("leaves");
        let delta = self.number_measure("delta");
        let count = self.number_measure("count");
        if enters.is_none() && leaves.is_none() && delta.is_none() && count.is_none() {
            self.section.missing(
                "count",
                "至少要有 enters、leaves、delta、count 之一。",
                "at least one of enters, leaves, delta and count.",
            );
        }
        let capacity = self.capacity();
        let full = self.quantity("full", Some(Quantity::Fixed(1.0)), true);
        let clear = self.quantity("clear", full, true);
        let start = self.quantity("start", Some(Quantity::ZERO), false);
        let floor = self.section.flag("floor").unwrap_or(true);
        Some(Operator::Occupancy(Occupancy {
            enters,
            leaves,
            delta,
            count,
            capacity: capacity?,
            full: full?,
            clear: clear?,
            start: start?,
            floor,
        }))
    }

    /// `"device"`, a measure's code, a parameter's name or a number.
    fn capacity(&self) -> Option<Capacity> {
        let found = self.section.find("capacity");
        if let Some(DeValue::String(s)) = found.map(|f| f.get_ref()) {
            if s.as_ref() == "device" {
                return Some(Capacity::Device);
            }
            if self.names.type_of(s) == Some(Type::Number) {
                return self.number_measure("capacity").map(Capacity::Measure);
            }
        }
        match found {
            None => Some(Capacity::Device),
            Some(_) => self.quantity("capacity", None, false).map(Capacity::Given),
        }
    }

    fn streak(&self, has_of: bool) -> Option<Operator> {
        self.need_of(has_of);
        let days = self.days("days", None);
        let gap = self.days("gap", Some(Quantity::ZERO));
        let cut_hour = self.quantity("cut_hour", Some(Quantity::ZERO), false);
        let utc = self.section.flag("utc").unwrap_or(false);
        let ends = self.reevaluate("ends");
        Some(Operator::Streak(Streak { days: days?, gap: gap?, cut_hour: cut_hour?, utc, ends }))
    }

    /// A number of days: a number, or a parameter in days.
    fn days(&self, field: &str, default: Option<Quantity>) -> Option<Quantity> {
        if let Some(found) = self.section.find(field)
            && let DeValue::String(s) = found.get_ref()
            && let Some(i) = self.context.parameters.iter().position(|p| p.name == s.as_ref())
            && self.context.parameters[i].unit.as_str() == "d"
        {
            self.context.used.set(self.context.used.get() | 1 << i);
            return Some(Quantity::Parameter { index: i, factor: 1.0 });
        }
        self.quantity(field, default, false)
    }

    fn reevaluate(&self, field: &str) -> Reevaluate {
        let words = [("time", Reevaluate::Time), ("events", Reevaluate::Events)];
        self.section.word(field, &words).unwrap_or(Reevaluate::Time)
    }

    fn window(&self, has_of: bool) -> Option<Operator> {
        self.need_of(has_of);
        let aggregate = self.section.word("aggregate", &Aggregate::ALL);
        if self.section.table.get("aggregate").is_none() {
            self.section.missing("aggregate", "count、sum、max 等。", "count, sum, max and so on.");
        }
        let span = self.duration("span", None);
        let reevaluate = self.reevaluate("reevaluate");
        let path = format!("{}.value", self.section.path);
        let of = match self.section.string("value") {
            Some(text) => condition::read(self.section.source, &path, &text, &self.names),
            None => match self.names.value {
                Some(Type::Number) => Some(Expr::Number(NumberExpr::Value)),
                Some(Type::Flag) => Some(Expr::Flag(BoolExpr::Value)),
                Some(Type::Text) => Some(Expr::Text(TextExpr::Value)),
                None => Some(Expr::Flag(BoolExpr::Const(true))),
            },
        };
        let (aggregate, of) = (aggregate?, of?);
        let counts = matches!(aggregate, Aggregate::Count | Aggregate::Distinct | Aggregate::Rate);
        if !counts && of.kind() != Type::Number {
            self.section.tell(
                "aggregate",
                self.section.start,
                "wrong_type",
                format!("{} 要对数做。", aggregate.as_str()),
                format!("{} needs numbers.", aggregate.as_str()),
            );
        }
        Some(Operator::Window(Window { aggregate, of, span: span?, reevaluate }))
    }
}

/// `90s`, `10min`, `72h`, `3d` in milliseconds.
pub(crate) fn parse_duration(s: &str) -> Option<f64> {
    let split = s.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = s[..split].trim().parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    let unit = match s[split..].trim() {
        "ms" => 1.0,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some(number * unit)
}
