//! What operators ask of their table: measures, conditions, quantities, durations, earlier signals.
//!
//! Every question tells what is wrong with the answer, with its place; None means it was told (CE1).

use crate::{
    condition::{self, Names},
    expr::{BoolExpr, Expr, NumberExpr, TextExpr, Type},
    nearest::nearest,
    node::Context,
    plan::{DURATION_DAYS_MAX, Parameter, Quantity, Reevaluate},
    read::{At, Section},
    thresholds::{Scale, Threshold},
};
use linli_model::Diagnostic;
use std::ops::RangeInclusive;
use toml::de::DeValue;

/// What a number is asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Number,
    /// A parameter in `%` is a share.
    Share,
    Count,
    /// An hour of the day.
    Hour,
}

pub(crate) struct Fields<'f, 's, 't, 'c> {
    pub(crate) section: &'f Section<'s, 't>,
    pub(crate) context: &'f Context<'c>,
    pub(crate) names: Names<'f>,
    /// The table names measures under `of`.
    pub(crate) has_of: bool,
}

impl Fields<'_, '_, '_, '_> {
    pub(crate) fn of(&self, of: &[At<String>]) -> Vec<Type> {
        of.iter().filter_map(|m| self.measure("of", m).map(|(_, t)| t)).collect()
    }

    pub(crate) fn measure(&self, field: &str, code: &At<String>) -> Option<(u8, Type)> {
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

    pub(crate) fn number_measure(&self, field: &str) -> Option<u8> {
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

    pub(crate) fn flag(&self, field: &str, needed: bool) -> Option<BoolExpr> {
        let Some(text) = self.section.string(field) else {
            if needed && self.section.table.get(field).is_none() {
                self.section.missing(field, "一个条件。", "a condition.");
            }
            return None;
        };
        let path = format!("{}.{field}", self.section.path);
        condition::read_flag(self.section.source, &path, &text, &self.names)
    }

    /// Notes a number that is given to an operator; how far it is nudged, in its own unit.
    fn note(&self, field: &str, at: usize, parameter: Option<&Parameter>, value: f64, scale: Scale) -> f64 {
        let threshold = Threshold {
            field: self.section.field(field),
            line: 0,
            column: 0,
            parameter: parameter.map(|p| p.name.clone()),
            value,
            unit: parameter.map_or(String::new(), |p| p.unit.as_str().to_owned()),
            scale,
        };
        self.section.source.note(at, threshold)
    }
    /// As [`Fields::note`], of a parameter; nudged, its value stands there written out.
    fn noted(
        &self,
        field: &str,
        at: usize,
        (index, p): (usize, &Parameter),
        factor: f64,
        scale: Scale,
    ) -> Quantity {
        match self.note(field, at, Some(p), p.value, scale) {
            0.0 => Quantity::Parameter { index, factor },
            by => Quantity::Fixed((p.value + by) * factor),
        }
    }

    /// A number or a parameter's name.
    pub(crate) fn quantity(&self, field: &str, default: Option<Quantity>, asked: Asked) -> Option<Quantity> {
        let Some(found) = self.section.find(field) else {
            if default.is_none() {
                self.section.missing(field, "一个数或参数名。", "a number or a parameter's name.");
            }
            return default;
        };
        let scale = match asked {
            Asked::Number | Asked::Share => Scale::Tenth,
            Asked::Count => Scale::Count,
            Asked::Hour => Scale::One,
        };
        match found.get_ref() {
            DeValue::String(s) => {
                let (i, p) = self.parameter(field, s, found.span().start)?;
                if p.unit.millis().is_some() {
                    self.wrong_unit(field, found.span().start);
                    return None;
                }
                let factor = if asked == Asked::Share && p.unit.as_str() == "%" { 0.01 } else { 1.0 };
                Some(self.noted(field, found.span().start, (i, p), factor, scale))
            }
            _ => self
                .section
                .number(field)
                .map(|n| Quantity::Fixed(n.value + self.note(field, n.span.start, None, n.value, scale))),
        }
    }

    /// `"10min"`, or the name of a parameter in a unit of time.
    pub(crate) fn duration(&self, field: &str, default: Option<Quantity>) -> Option<Quantity> {
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
            if ms > DURATION_DAYS_MAX * 86_400_000.0 {
                self.section.tell(
                    field,
                    text.span.start,
                    "out_of_bounds",
                    format!("时长最多 {DURATION_DAYS_MAX} 天。"),
                    format!("A duration is at most {DURATION_DAYS_MAX} days."),
                );
                return None;
            }
            let by = self.note(field, text.span.start, None, ms, Scale::Duration { millis: 1.0 });
            return self.not_negative(field, text.span.start, Quantity::Fixed((ms + by).round()));
        }
        let (i, p) = self.parameter(field, &text.value, text.span.start)?;
        match p.unit.millis() {
            Some(factor) => {
                let scale = Scale::Duration { millis: factor };
                let noted = self.noted(field, text.span.start, (i, p), factor, scale);
                self.not_negative(field, text.span.start, noted)
            }
            None => {
                self.wrong_unit(field, text.span.start);
                None
            }
        }
    }

    /// No duration is nudged below none.
    fn not_negative(&self, field: &str, at: usize, q: Quantity) -> Option<Quantity> {
        if !matches!(q, Quantity::Fixed(ms) if ms < 0.0) {
            return Some(q);
        }
        let (zh, en) = ("时长不能为负。", "A duration is not negative.");
        self.section.tell(field, at, "out_of_bounds", zh.to_owned(), en.to_owned());
        None
    }

    pub(crate) fn wrong_unit(&self, field: &str, at: usize) {
        self.section.tell(
            field,
            at,
            "wrong_unit",
            "参数的单位不适合这里:时长要用 s、min、h、d。".to_owned(),
            "The parameter's unit does not fit here: durations are in s, min, h or d.".to_owned(),
        );
    }

    pub(crate) fn parameter(&self, field: &str, name: &str, at: usize) -> Option<(usize, &Parameter)> {
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

    pub(crate) fn need_of(&self) {
        if !self.has_of && self.section.table.get("of").is_none() {
            self.section.missing("of", "要看哪些量。", "the measures it looks at.");
        }
    }

    /// A number of days: a number, or a parameter in days.
    pub(crate) fn days(&self, field: &str, default: Option<Quantity>) -> Option<Quantity> {
        if let Some(found) = self.section.find(field)
            && let DeValue::String(s) = found.get_ref()
            && let Some(i) = self.context.parameters.iter().position(|p| p.name == s.as_ref())
            && self.context.parameters[i].unit.as_str() == "d"
        {
            self.context.used.set(self.context.used.get() | 1 << i);
            let given = (i, &self.context.parameters[i]);
            return Some(self.noted(field, found.span().start, given, 1.0, Scale::Count));
        }
        self.quantity(field, default, Asked::Count)
    }

    pub(crate) fn reevaluate(&self, field: &str) -> Reevaluate {
        self.section.word(field, &Reevaluate::ALL).unwrap_or(Reevaluate::Time)
    }

    /// What is taken of each reading: `value = "…"`, else the reading's own value, else `true`.
    pub(crate) fn value(&self) -> Option<Expr> {
        let path = format!("{}.value", self.section.path);
        match self.section.string("value") {
            Some(text) => condition::read(self.section.source, &path, &text, &self.names),
            None => Some(match self.names.value {
                Some(Type::Number) => Expr::Number(NumberExpr::Value),
                Some(Type::Flag) => Expr::Flag(BoolExpr::Value),
                Some(Type::Text) => Expr::Text(TextExpr::Value),
                None => Expr::Flag(BoolExpr::Const(true)),
            }),
        }
    }

    /// As [`Fields::value`], and it has to be a number.
    pub(crate) fn number_value(&self) -> Option<NumberExpr> {
        match self.value()? {
            Expr::Number(e) => Some(e),
            other => {
                self.need_number("value", other.kind());
                None
            }
        }
    }

    pub(crate) fn need_number(&self, field: &str, is: Type) {
        let at = self.section.find(field).map_or(self.section.start, |f| f.span().start);
        let (zh, en) = condition::type_words(is);
        self.section.tell(
            field,
            at,
            "wrong_type",
            format!("这里要用数,却是{zh}。"),
            format!("This needs numbers, and is {en}."),
        );
    }

    /// A count of things that decides something: a whole number within bounds.
    pub(crate) fn whole(&self, field: &str, default: u32, min: u32, max: u32) -> Option<u32> {
        let found = self.section.number(field);
        let by = found.as_ref().map(|n| self.note(field, n.span.start, None, n.value, Scale::Count));
        self.bounded(field, found, by.unwrap_or(0.0), default, min..=max)
    }
    /// As [`Fields::whole`], of something that says how much is kept or where to look.
    pub(crate) fn size(&self, field: &str, default: u32, min: u32, max: u32) -> Option<u32> {
        self.bounded(field, self.section.number(field), 0.0, default, min..=max)
    }
    fn bounded(
        &self,
        field: &str,
        found: Option<At<f64>>,
        by: f64,
        default: u32,
        bounds: RangeInclusive<u32>,
    ) -> Option<u32> {
        let Some(found) = found else { return Some(default) };
        let (n, min, max) = (found.value + by, *bounds.start(), *bounds.end());
        if n.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&n) {
            return Some(n as u32);
        }
        self.section.tell(
            field,
            found.span.start,
            "out_of_bounds",
            format!("应为 {min} 到 {max} 的整数。"),
            format!("This is a whole number from {min} to {max}."),
        );
        None
    }

    /// The number of an earlier signal of a type.
    pub(crate) fn signal(&self, field: &str, name: &At<String>, wanted: Type) -> Option<u8> {
        let earlier = self.names.nodes;
        let found = earlier.iter().position(|(n, t)| *n == name.value && *t == wanted);
        if let Some(i) = found {
            self.names.read.set(self.names.read.get() | 1 << i);
            return Some(i as u8);
        }
        let (zh, en) = condition::type_words(wanted);
        let mut d = Diagnostic::new(
            "unknown_signal",
            format!("{}.{field}", self.section.path),
            format!("前面没有给出{zh}的信号“{}”。", name.value),
            format!("No earlier signal \"{}\" gives {en}.", name.value),
        );
        let fitting = earlier.iter().filter(|(_, t)| *t == wanted).map(|(n, _)| n.as_str());
        if let Some(near) = nearest(&name.value, fitting) {
            d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
        }
        self.section.source.tell(name.span.start, d);
        None
    }

    /// A time of day: `"22:00"` (`"24:00"` is the day's end), or a parameter in hours.
    pub(crate) fn clock(&self, field: &str) -> Option<Quantity> {
        let Some(text) = self.section.string(field) else {
            if self.section.table.get(field).is_none() {
                self.section.missing(
                    field,
                    "时刻,如 \"22:00\",或以小时为单位的参数名。",
                    "a time of day like \"22:00\", or the name of a parameter in hours.",
                );
            }
            return None;
        };
        if let Some(ms) = parse_clock(&text.value) {
            let by = self.note(field, text.span.start, None, ms, Scale::Clock { millis: 1.0 });
            return Some(around_the_clock(Quantity::Fixed(ms + by), by != 0.0));
        }
        let (i, p) = self.parameter(field, &text.value, text.span.start)?;
        match &p.unit {
            crate::plan::Unit::Hour => {
                let scale = Scale::Clock { millis: 3_600_000.0 };
                let noted = self.noted(field, text.span.start, (i, p), 3_600_000.0, scale);
                Some(around_the_clock(noted, self.section.source.is_nudged()))
            }
            _ => {
                self.wrong_unit(field, text.span.start);
                None
            }
        }
    }
}

/// An hour before midnight is 23:00, whichever side it is nudged to.
fn around_the_clock(q: Quantity, nudged: bool) -> Quantity {
    match q {
        Quantity::Fixed(ms) if nudged => Quantity::Fixed(ms.rem_euclid(86_400_000.0)),
        q => q,
    }
}

/// `22:00` in milliseconds since midnight.
fn parse_clock(s: &str) -> Option<f64> {
    let (h, m) = s.split_once(':')?;
    let (h, m): (u32, u32) = (h.parse().ok()?, m.parse().ok()?);
    let fits = h < 24 && m < 60 || (h, m) == (24, 0);
    fits.then(|| f64::from(h * 3_600_000 + m * 60_000))
}

/// `90s`, `10min`, `72h`, `3d` in whole milliseconds.
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
    Some((number * unit).round())
}
