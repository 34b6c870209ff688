//! A plan back to its text, in the one form the formatter knows.
//!
//! Invariants
//! - PR1 `check(print(p)) == p` for every checked plan (RU3); printing again changes nothing.

use crate::{
    expr::{Arithmetic, BoolExpr, Compare, Expr, NumberExpr, TextExpr, TextTest},
    plan::{Capacity, Coverage, Emission, Key, Node, Operator, Quantity, Reevaluate, RulePlan},
    sentence,
};
use linli_model::{Severity, Text};
use std::fmt::Write;

/// The rule's text.
pub fn print(plan: &RulePlan) -> String {
    let mut out = String::new();
    let nodes: Vec<&str> = plan.nodes.iter().map(|n| n.name.as_str()).collect();
    line(&mut out, "rule", &quoted(&plan.rule));
    line(&mut out, "version", &plan.version.to_string());
    line(&mut out, "name", &text(&plan.name));
    if plan.about != Text::default() {
        line(&mut out, "about", &text(&plan.about));
    }
    match &plan.key {
        Key::Population(p) => line(&mut out, "population", &quoted(p)),
        Key::Subject => line(&mut out, "key", "\"subject\""),
        Key::Device => line(&mut out, "key", "\"device\""),
        Key::Value => line(&mut out, "key", "\"value\""),
    }
    line(&mut out, "severity", severity(plan.severity));
    line(&mut out, "case_class", &quoted(&plan.case_class));
    if plan.emission == Emission::Eager {
        line(&mut out, "emission", "\"eager\"");
    }
    if plan.mandatory {
        line(&mut out, "mandatory", "true");
    }
    let said = |p: &[crate::plan::Piece]| sentence::print(p, &plan.parameters, &nodes);
    line(&mut out, "sentence", &text(&Text::new(said(&plan.sentence.zh), said(&plan.sentence.en))));
    for p in &plan.parameters {
        let _ = write!(out, "\n[parameters.{}]\n", p.name);
        line(&mut out, "label", &text(&p.label));
        for (name, n) in [("value", p.value), ("min", p.min), ("max", p.max)] {
            line(&mut out, name, &number(n));
        }
        if !p.unit.as_str().is_empty() {
            line(&mut out, "unit", &quoted(p.unit.as_str()));
        }
    }
    for n in &plan.nodes {
        let head = if n.name == "signal" { "signal".to_owned() } else { format!("signals.{}", n.name) };
        let _ = write!(out, "\n[{head}]\n");
        Printer { plan, node: n, out: &mut out }.node();
    }
    for t in &plan.traces {
        let _ = write!(
            out,
            "\n[[trace]]\nname = {}\nkind = {}\nscript = ",
            quoted(&t.name),
            quoted(t.kind.as_str())
        );
        let _ = writeln!(out, "'''\n{}'''", t.script);
    }
    out
}

fn line(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name} = {value}");
}
fn quoted(s: &str) -> String {
    toml::Value::String(s.to_owned()).to_string()
}
fn text(t: &Text) -> String {
    format!("{{ zh = {}, en = {} }}", quoted(&t.zh), quoted(&t.en))
}
fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 { format!("{n:.0}") } else { format!("{n:?}") }
}
fn severity(s: Severity) -> &'static str {
    match s {
        Severity::Info => "\"info\"",
        Severity::Attention => "\"attention\"",
        Severity::Urgent => "\"urgent\"",
        Severity::Alarm => "\"alarm\"",
    }
}
/// Milliseconds in the largest unit that keeps them whole.
fn duration(ms: f64) -> String {
    for (unit, size) in [("d", 86_400_000.0), ("h", 3_600_000.0), ("min", 60_000.0), ("s", 1_000.0)] {
        if ms != 0.0 && ms % size == 0.0 {
            return format!("{}{unit}", number(ms / size));
        }
    }
    format!("{}ms", number(ms))
}

struct Printer<'a> {
    plan: &'a RulePlan,
    node: &'a Node,
    out: &'a mut String,
}

impl Printer<'_> {
    fn line(&mut self, name: &str, value: String) {
        line(self.out, name, &value);
    }
    fn measure(&self, i: u8) -> &str {
        self.plan.measures[i as usize].as_str()
    }
    fn quantity(&self, q: Quantity, time: bool) -> String {
        match q {
            Quantity::Parameter { index, .. } => quoted(&self.plan.parameters[index].name),
            Quantity::Fixed(n) if time => quoted(&duration(n)),
            Quantity::Fixed(n) => number(n),
        }
    }

    fn node(&mut self) {
        let n = self.node;
        self.line("operator", quoted(n.operator.as_str()));
        let listed: Vec<String> =
            (0..32).filter(|i| n.of & 1 << i != 0).map(|i| quoted(self.measure(i as u8))).collect();
        if !matches!(n.operator, Operator::Occupancy(_)) && !listed.is_empty() {
            self.line("of", format!("[{}]", listed.join(", ")));
        }
        if let Some(when) = &n.when {
            let when = self.flag(when);
            self.line("when", quoted(&when));
        }
        match &n.operator {
            Operator::Level(l) => {
                let raise = self.flag(&l.raise);
                self.line("raise", quoted(&raise));
                if let Some(clear) = &l.clear {
                    let clear = self.flag(clear);
                    self.line("clear", quoted(&clear));
                }
                self.line("hold", self.quantity(l.hold, true));
                self.line("clear_hold", self.quantity(l.clear_hold, true));
            }
            Operator::Absent(a) => {
                self.line("span", self.quantity(a.span, true));
                if let Some(leaves) = &a.leaves {
                    let leaves = self.flag(leaves);
                    self.line("leaves", quoted(&leaves));
                }
                self.line("settle", self.quantity(a.settle, true));
                let word = match a.coverage {
                    Coverage::All => "all",
                    Coverage::Any => "any",
                    Coverage::None => "none",
                };
                self.line("coverage", quoted(word));
                self.line("unwatched", quoted(if a.tell_unwatched { "tell" } else { "leave" }));
            }
            Operator::Occupancy(o) => self.occupancy(o),
            Operator::Streak(s) => {
                self.line("days", self.quantity(s.days, false));
                self.line("gap", self.quantity(s.gap, false));
                self.line("cut_hour", self.quantity(s.cut_hour, false));
                self.line("utc", s.utc.to_string());
                self.line("ends", quoted(reevaluate(s.ends)));
            }
            Operator::Window(w) => {
                self.line("aggregate", quoted(w.aggregate.as_str()));
                let value = match &w.of {
                    Expr::Number(e) => self.number(e),
                    Expr::Flag(e) => self.flag(e),
                    Expr::Text(e) => self.text(e),
                };
                self.line("value", quoted(&value));
                self.line("span", self.quantity(w.span, true));
                self.line("reevaluate", quoted(reevaluate(w.reevaluate)));
            }
        }
    }

    fn occupancy(&mut self, o: &crate::plan::Occupancy) {
        for (name, m) in [("enters", o.enters), ("leaves", o.leaves), ("delta", o.delta), ("count", o.count)]
        {
            if let Some(m) = m {
                let code = quoted(self.measure(m));
                self.line(name, code);
            }
        }
        let capacity = match o.capacity {
            Capacity::Device => "\"device\"".to_owned(),
            Capacity::Measure(m) => quoted(self.measure(m)),
            Capacity::Given(q) => self.quantity(q, false),
        };
        self.line("capacity", capacity);
        for (name, q) in [("full", o.full), ("clear", o.clear), ("start", o.start)] {
            self.line(name, self.quantity(q, false));
        }
        self.line("floor", o.floor.to_string());
    }

    fn number(&self, e: &NumberExpr) -> String {
        match e {
            NumberExpr::Const(n) => number(*n),
            NumberExpr::Measure(i) => self.measure(*i).to_owned(),
            NumberExpr::Value => "value".to_owned(),
            NumberExpr::Parameter(i) => self.plan.parameters[*i as usize].name.clone(),
            NumberExpr::Node(i) => self.plan.nodes[*i as usize].name.clone(),
            NumberExpr::Field(f) => f.as_str().to_owned(),
            NumberExpr::Negate(e) => format!("-({})", self.number(e)),
            NumberExpr::Binary(op, p) => {
                let sign = match op {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "-",
                    Arithmetic::Multiply => "*",
                    Arithmetic::Divide => "/",
                };
                format!("({} {sign} {})", self.number(&p.0), self.number(&p.1))
            }
            NumberExpr::Choose(p) => {
                format!("({} ? {} : {})", self.flag(&p.0), self.number(&p.1), self.number(&p.2))
            }
        }
    }

    fn text(&self, e: &TextExpr) -> String {
        match e {
            TextExpr::Const(t) => format!("{t:?}"),
            TextExpr::Measure(i) => self.measure(*i).to_owned(),
            TextExpr::Value => "value".to_owned(),
            TextExpr::Field(f) => f.as_str().to_owned(),
            TextExpr::Choose(p) => {
                format!("({} ? {} : {})", self.flag(&p.0), self.text(&p.1), self.text(&p.2))
            }
        }
    }

    fn flag(&self, e: &BoolExpr) -> String {
        match e {
            BoolExpr::Const(b) => b.to_string(),
            BoolExpr::Measure(i) => self.measure(*i).to_owned(),
            BoolExpr::Value => "value".to_owned(),
            BoolExpr::Node(i) => self.plan.nodes[*i as usize].name.clone(),
            BoolExpr::Compare(op, p) => {
                let sign = match op {
                    Compare::Less => "<",
                    Compare::LessOrEqual => "<=",
                    Compare::Greater => ">",
                    Compare::GreaterOrEqual => ">=",
                    Compare::Equal => "==",
                    Compare::NotEqual => "!=",
                };
                format!("{} {sign} {}", self.number(&p.0), self.number(&p.1))
            }
            BoolExpr::SameText(p) => format!("{} == {}", self.text(&p.0), self.text(&p.1)),
            BoolExpr::SameFlag(p) => format!("({}) == ({})", self.flag(&p.0), self.flag(&p.1)),
            BoolExpr::TextIn(t, list) => {
                let items: Vec<String> = list.iter().map(|i| format!("{i:?}")).collect();
                format!("{} in [{}]", self.text(t), items.join(", "))
            }
            BoolExpr::NumberIn(n, list) => {
                let items: Vec<String> = list.iter().map(|i| number(*i)).collect();
                format!("{} in [{}]", self.number(n), items.join(", "))
            }
            BoolExpr::Test(test, p) => {
                let name = match test {
                    TextTest::StartsWith => "startsWith",
                    TextTest::EndsWith => "endsWith",
                    TextTest::Contains => "contains",
                };
                format!("{}.{name}({})", self.text(&p.0), self.text(&p.1))
            }
            BoolExpr::Has(f) => format!("has({})", f.as_str()),
            BoolExpr::Not(e) => format!("!({})", self.flag(e)),
            BoolExpr::And(p) => format!("({}) && ({})", self.flag(&p.0), self.flag(&p.1)),
            BoolExpr::Or(p) => format!("({}) || ({})", self.flag(&p.0), self.flag(&p.1)),
            BoolExpr::Choose(p) => {
                format!("({}) ? ({}) : ({})", self.flag(&p.0), self.flag(&p.1), self.flag(&p.2))
            }
        }
    }
}

fn reevaluate(r: Reevaluate) -> &'static str {
    match r {
        Reevaluate::Time => "time",
        Reevaluate::Events => "events",
    }
}
