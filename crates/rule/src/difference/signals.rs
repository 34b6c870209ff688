//! What is otherwise in the signals: operator by operator, field by field, condition by condition.

use super::{
    Told, both, chain,
    chain::Joint,
    fields::{self, Kind},
    named, with_unit, yes_or_no,
};
use crate::{
    Catalogue,
    format::tidy,
    parts::words::unit_of,
    plan::{RulePlan, Unit},
    written,
};
use linli_model::Text;
use toml::{Table, Value};

pub(super) fn tell(before: &Side<'_>, after: &Side<'_>, told: &mut Told) {
    for (name, table) in &after.signals {
        let place = place(name);
        match before.find(name) {
            None => told.tell(&place, label(name), None, Some(after.whole(table))),
            Some(old) => fields(&place, &label(name), (before, old), (after, table), told),
        }
    }
    for (name, table) in before.signals.iter().filter(|(name, _)| after.find(name).is_none()) {
        told.tell(place(name), label(name), Some(before.whole(table)), None);
    }
}

fn place(name: &str) -> String {
    if name == SIGNAL { SIGNAL.to_owned() } else { format!("signals.{name}") }
}

const SIGNAL: &str = "signal";
/// What a roll watches of each device.
const MEMBER: &str = "member";

fn label(name: &str) -> Text {
    match name {
        SIGNAL => Text::new("判断", "the signal"),
        other => Text::new(format!("信号“{other}”"), format!("signal \"{other}\"")),
    }
}

fn member() -> Text {
    Text::new("每台设备的判断", "the signal of each device")
}

/// One version's signals, as the formatter writes them: without what goes without saying (DF3).
pub(super) struct Side<'a> {
    plan: &'a RulePlan,
    catalogue: &'a Catalogue,
    /// In their order, the deciding one last.
    signals: Vec<(String, Table)>,
}

impl<'a> Side<'a> {
    pub(super) fn of(plan: &'a RulePlan, catalogue: &'a Catalogue) -> Side<'a> {
        let bare = RulePlan { traces: Vec::new(), ..plan.clone() };
        // What is printed reads back (FP1).
        let whole: Table = toml::from_str(&tidy(&bare, catalogue)).unwrap_or_default();
        let earlier = whole.get("signals").and_then(Value::as_table);
        let table = |name: &str| match name {
            SIGNAL => whole.get(SIGNAL).and_then(Value::as_table).cloned(),
            name => earlier.and_then(|e| e.get(name)).and_then(Value::as_table).cloned(),
        };
        let signals = plan.nodes.iter().map(|n| (n.name.clone(), table(&n.name).unwrap_or_default()));
        Side { plan, catalogue, signals: signals.collect() }
    }

    fn find(&self, name: &str) -> Option<&Table> {
        self.signals.iter().find(|s| s.0 == name).map(|s| &s.1)
    }

    /// A signal with all it says.
    fn whole(&self, table: &Table) -> Text {
        let operator = operator(table);
        let mut fields: Vec<(&String, &Value)> = table.iter().filter(|f| f.0 != "operator").collect();
        fields.sort_by_key(|f| fields::rank(operator, f.0));
        let said = fields.into_iter().map(|(name, value)| {
            let value = self.value(operator, name, value);
            let field = if name == MEMBER { member() } else { field(operator, name) };
            (format!("{} {}", field.zh, value.zh), format!("{} {}", field.en, value.en))
        });
        let (zh, en): (Vec<String>, Vec<String>) = said.unzip();
        let with = |list: &[String], open: &str, sign: &str, close: &str| {
            if list.is_empty() {
                operator.to_owned()
            } else {
                format!("{operator}{open}{}{close}", list.join(sign))
            }
        };
        Text::new(with(&zh, "(", ";", ")"), with(&en, " (", "; ", ")"))
    }

    fn value(&self, operator: &str, name: &str, value: &Value) -> Text {
        match value {
            Value::Boolean(b) => yes_or_no(*b),
            Value::Integer(n) => both(&n.to_string()),
            Value::Float(n) => both(&written::number(*n)),
            Value::String(s) => self.words(operator, name, s),
            Value::Array(list) => joined(list.iter().map(|v| self.value(operator, name, v)), ("、", ", ")),
            Value::Table(t) if name == MEMBER => self.whole(t),
            Value::Table(t) => {
                // The formatter leaves no field out there; no time says nothing.
                let says = |f: &(&String, &Value)| f.1.as_str() != Some("0ms");
                let mut fields: Vec<(&String, &Value)> = t.iter().filter(says).collect();
                fields.sort_by_key(|f| fields::rank("", f.0));
                let said = fields.into_iter().map(|(name, v)| {
                    let (field, value) = (field("", name), self.value("", name, v));
                    Text::new(format!("{} {}", field.zh, value.zh), format!("{} {}", field.en, value.en))
                });
                let said = joined(said, (",", ", "));
                Text::new(format!("({})", said.zh), format!("({})", said.en))
            }
            Value::Datetime(d) => both(&d.to_string()),
        }
    }

    fn words(&self, operator: &str, name: &str, s: &str) -> Text {
        let quoted = || Text::new(format!("“{s}”"), format!("\"{s}\""));
        match kind(operator, name) {
            Kind::Condition => quoted(),
            Kind::Amount => self.amount(s),
            Kind::Measures => self.measure(s),
            Kind::Word => both(s),
        }
    }

    /// A time, a parameter, or what else an amount can be told by: a measure, `device`, an hour.
    fn amount(&self, s: &str) -> Text {
        if let Some((_, p)) = self.plan.parameter(s) {
            return named(p);
        }
        let digits = s.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if let (Ok(_), unit @ ("ms" | "s" | "min" | "h" | "d")) = (digits.parse::<f64>(), &s[digits.len()..])
        {
            let unit = if unit == "ms" { Text::new("毫秒", "ms") } else { unit_of(&Unit::parse(unit)) };
            return with_unit(digits, &unit);
        }
        if self.catalogue.find(s).is_some() { self.measure(s) } else { both(s) }
    }

    fn measure(&self, code: &str) -> Text {
        match self.catalogue.find(code) {
            Some(m) => Text::new(format!("{}({code})", m.label.zh), format!("{} ({code})", m.label.en)),
            None => both(code),
        }
    }
}

fn operator(table: &Table) -> &str {
    table.get("operator").and_then(Value::as_str).unwrap_or("")
}

/// How a field of an operator is read: a score's raise and clear are numbers, a schedule's from is an hour.
fn kind(operator: &str, name: &str) -> Kind {
    match (operator, name) {
        ("score" | "occupancy", "raise" | "clear") | ("schedule", "from") => Kind::Amount,
        ("schedule", "days") => Kind::Word,
        _ => fields::find(operator, name).map_or(Kind::Word, |f| f.kind),
    }
}

/// A field as it is called, with the rule's own word for it (DF4).
fn field(operator: &str, name: &str) -> Text {
    let label = fields::find(operator, name).map_or_else(|| both(name), fields::Field::label);
    Text::new(format!("{}({name})", label.zh), format!("{} ({name})", label.en))
}

fn joined(texts: impl Iterator<Item = Text>, (zh, en): (&str, &str)) -> Text {
    let (all_zh, all_en): (Vec<String>, Vec<String>) = texts.map(|t| (t.zh, t.en)).unzip();
    Text::new(all_zh.join(zh), all_en.join(en))
}

fn fields(
    place: &str,
    signal: &Text,
    (before, was): (&Side<'_>, &Table),
    (after, is): (&Side<'_>, &Table),
    told: &mut Told,
) {
    let mut names: Vec<&String> = is.keys().chain(was.keys().filter(|k| !is.contains_key(*k))).collect();
    names.sort_by_key(|n| fields::rank(operator(is), n));
    for field_name in names {
        let place = format!("{place}.{field_name}");
        let tables = |t: &'_ Table| t.get(field_name).and_then(Value::as_table).cloned();
        if let (MEMBER, Some(was), Some(is)) = (field_name.as_str(), tables(was), tables(is)) {
            fields(&place, &member(), (before, &was), (after, &is), told);
            continue;
        }
        let field = field(if is.contains_key(field_name) { operator(is) } else { operator(was) }, field_name);
        let what = Text::new(format!("{}的{}", signal.zh, field.zh), format!("{}, {}", signal.en, field.en));
        let one = Place { place, what };
        match (was.get(field_name), is.get(field_name)) {
            (Some(Value::String(a)), Some(Value::String(b)))
                if kind(operator(was), field_name) == Kind::Condition
                    && kind(operator(is), field_name) == Kind::Condition =>
            {
                one.condition(a, b, told);
            }
            (Some(a), Some(b)) => {
                one.values((before, operator(was), a), (after, operator(is), b), field_name, told)
            }
            (a, b) => {
                let said = |side: &Side<'_>, operator: &str, v: Option<&Value>| {
                    v.map(|v| side.value(operator, field_name, v))
                };
                let (a, b) = (said(before, operator(was), a), said(after, operator(is), b));
                told.tell(one.place, one.what, a, b);
            }
        }
    }
}

/// A field that both versions have.
struct Place {
    place: String,
    what: Text,
}

impl Place {
    fn values(
        self,
        (before, operator_was, was): (&Side<'_>, &str, &Value),
        (after, operator_is, is): (&Side<'_>, &str, &Value),
        name: &str,
        told: &mut Told,
    ) {
        let list = |v: &Value| match v {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let (gone, come) = chain::moved(&list(was), &list(is));
        if gone.is_empty() && come.is_empty() {
            return;
        }
        let is_list = was.is_array() || is.is_array();
        let (was, is) = if is_list && (gone.is_empty() || come.is_empty()) {
            (gone, come)
        } else {
            (list(was), list(is))
        };
        let said = |side: &Side<'_>, operator: &str, list: Vec<Value>| {
            let said = joined(list.iter().map(|v| side.value(operator, name, v)), ("、", ", "));
            Some(said).filter(|_| !list.is_empty())
        };
        let (was, is) = (said(before, operator_was, was), said(after, operator_is, is));
        told.0.push(super::Difference { place: self.place, what: self.what, was, is });
    }

    /// Of two chains that have a part in common, only what is otherwise.
    fn condition(self, was: &str, is: &str, told: &mut Told) {
        let ((joint_was, parts_was), (joint_is, parts_is)) = (chain::parts(was), chain::parts(is));
        let (gone, come) = chain::moved(&parts_was, &parts_is);
        let joint = match (joint_was, joint_is) {
            (Joint::One, joint) | (joint, Joint::One) => Some(joint),
            (a, b) if a == b => Some(a),
            _ => None,
        };
        let common = gone.len() < parts_was.len();
        let quoted = |s: &str| Text::new(format!("“{s}”"), format!("\"{s}\""));
        let (zh, en, between) = match joint.filter(|_| common) {
            None | Some(Joint::One) => {
                told.tell(self.place, self.what, Some(quoted(was)), Some(quoted(is)));
                return;
            }
            Some(Joint::All) => ("同时满足的各项", "what must all hold", " && "),
            Some(Joint::Any) => ("满足其一的各项", "what may hold", " || "),
        };
        let what = Text::new(format!("{}中{zh}", self.what.zh), format!("{}, {en}", self.what.en));
        let some = |parts: &[&str]| Some(quoted(&parts.join(between))).filter(|_| !parts.is_empty());
        told.tell(self.place, what, some(&gone), some(&come));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, print};

    /// Every field of a printed table that has no name.
    fn unnamed(table: &Table, wrong: &mut Vec<String>) {
        let of = operator(table);
        for (name, value) in table {
            match value {
                Value::Table(t) if name == MEMBER => unnamed(t, wrong),
                Value::Array(list) if name == "parts" => {
                    let inner = list.iter().filter_map(Value::as_table).flat_map(Table::keys);
                    wrong.extend(inner.filter(|n| fields::find("", n).is_none()).cloned());
                }
                _ if fields::find(of, name).is_none() => wrong.push(format!("{of}.{name}")),
                _ => {}
            }
        }
    }

    /// DF4: the manual has every operator; printed, a plan has all its fields.
    #[test]
    fn every_field_of_every_operator_has_a_name_in_both_languages() {
        let manual = include_str!("../../../../docs/operators.md");
        let (mut wrong, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
        for text in manual.split("```toml\n").skip(1).filter_map(|t| t.split("```").next()) {
            let Ok(plan) = check(text, &Catalogue::shipped()) else { continue };
            let whole: Table = toml::from_str(&print(&plan)).unwrap();
            let earlier = whole.get("signals").and_then(Value::as_table).into_iter().flat_map(Table::values);
            for table in earlier.chain(whole.get(SIGNAL)).filter_map(Value::as_table) {
                seen.insert(operator(table).to_owned());
                unnamed(table, &mut wrong);
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(seen.len(), crate::plan::Operator::NAMES.len(), "the manual shows only {seen:?}");
        for f in fields::FIELDS {
            let label = f.label();
            assert!(!label.zh.is_empty() && !label.en.is_empty(), "{}", f.name);
            let same = fields::FIELDS.iter().filter(|g| g.name == f.name).count();
            assert_eq!(same, 1, "{} stands here {same} times", f.name);
        }
    }
}
