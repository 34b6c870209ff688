//! A plan back to its text, in the one form the formatter knows.
//!
//! Invariants
//! - FP1 `check(print(p)) == p` for every checked plan (RU3); printing again changes nothing.

use crate::{
    expr::{BoolExpr, Expr, NumberExpr},
    plan::{Emission, Key, Node, Operator, Quantity, RulePlan},
    sentence,
    written::{Written, number},
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
        Key::Area { depth } => {
            line(&mut out, "key", "\"area\"");
            line(&mut out, "depth", &depth.to_string());
        }
    }
    if let Some(depth) = plan.apart {
        line(&mut out, "apart", &depth.to_string());
    }
    line(&mut out, "severity", severity(plan.severity));
    line(&mut out, "case_class", &quoted(&plan.case_class));
    if plan.emission == Emission::Eager {
        line(&mut out, "emission", "\"eager\"");
    }
    if plan.mandatory {
        line(&mut out, "mandatory", "true");
    }
    if plan.suspects {
        line(&mut out, "suspects", "true");
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
        Printer { plan, node: n, out: &mut out, head }.node();
    }
    for t in &plan.traces {
        let _ = write!(
            out,
            "\n[[trace]]\nname = {}\nkind = {}\nscript = ",
            quoted(&t.name),
            quoted(t.kind.as_str())
        );
        let _ = writeln!(out, "{}", script(&t.script));
    }
    out
}

fn line(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name} = {value}");
}
pub(crate) fn quoted(s: &str) -> String {
    toml::Value::String(s.to_owned()).to_string()
}
fn text(t: &Text) -> String {
    format!("{{ zh = {}, en = {} }}", quoted(&t.zh), quoted(&t.en))
}
/// On lines of its own, unless it holds what cannot stand so.
fn script(text: &str) -> String {
    if text.contains("'''") || text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return quoted(text);
    }
    format!("'''\n{text}'''")
}
fn severity(s: Severity) -> &'static str {
    match s {
        Severity::Info => "\"info\"",
        Severity::Attention => "\"attention\"",
        Severity::Urgent => "\"urgent\"",
        Severity::Alarm => "\"alarm\"",
    }
}
fn duration(ms: f64) -> String {
    let (unit, size) = duration_unit(ms);
    format!("{}{unit}", number(ms / size))
}
/// The largest unit that keeps milliseconds whole, and how many are one of it.
pub(crate) fn duration_unit(ms: f64) -> (&'static str, f64) {
    let units = [("d", 86_400_000.0), ("h", 3_600_000.0), ("min", 60_000.0), ("s", 1_000.0)];
    units.into_iter().find(|(_, size)| ms != 0.0 && ms % size == 0.0).unwrap_or(("ms", 1.0))
}
/// Six digits after the point at most: what a person reads, not what is reckoned with.
pub(crate) fn short(n: f64) -> String {
    let text = format!("{n:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(crate) struct Printer<'a> {
    plan: &'a RulePlan,
    node: &'a Node,
    out: &'a mut String,
    /// The table that is being written.
    head: String,
}

impl Printer<'_> {
    fn node(&mut self) {
        let n = self.node;
        self.line("operator", quoted(n.operator.as_str()));
        let listed: Vec<String> =
            (0..32).filter(|i| n.of & 1 << i != 0).map(|i| quoted(self.measure(i as u8))).collect();
        // What an occupancy hears stands in its own fields, what a roll hears in its member's.
        let elsewhere = matches!(n.operator, Operator::Occupancy(_) | Operator::Roll(_));
        if !elsewhere && !listed.is_empty() {
            self.line("of", format!("[{}]", listed.join(", ")));
        }
        if let Some(when) = &n.when {
            self.condition("when", when);
        }
        n.operator.print(self);
    }

    pub(crate) fn line(&mut self, name: &str, value: String) {
        line(self.out, name, &value);
    }
    pub(crate) fn measure(&self, i: u8) -> &str {
        self.plan.measures[i as usize].as_str()
    }
    pub(crate) fn signal(&self, i: u8) -> &str {
        self.plan.nodes[i as usize].name.as_str()
    }
    pub(crate) fn said_quantity(&self, q: Quantity) -> String {
        match q {
            Quantity::Parameter { index, .. } => quoted(&self.plan.parameters[index].name),
            Quantity::Fixed(n) => number(n),
        }
    }
    pub(crate) fn said_duration(&self, q: Quantity) -> String {
        match q {
            Quantity::Fixed(n) => quoted(&duration(n)),
            q => self.said_quantity(q),
        }
    }
    pub(crate) fn quantity(&mut self, name: &str, q: Quantity) {
        self.line(name, self.said_quantity(q));
    }
    pub(crate) fn duration(&mut self, name: &str, q: Quantity) {
        self.line(name, self.said_duration(q));
    }
    pub(crate) fn clock(&mut self, name: &str, q: Quantity) {
        let said = match q {
            Quantity::Fixed(ms) => {
                let minutes = (ms / 60_000.0) as u32;
                quoted(&format!("{:02}:{:02}", minutes / 60, minutes % 60))
            }
            q => self.said_quantity(q),
        };
        self.line(name, said);
    }
    pub(crate) fn word<T: PartialEq>(&mut self, name: &str, words: &[(&str, T)], is: T) {
        let said = words.iter().find(|w| w.1 == is).map_or("", |w| w.0);
        self.line(name, quoted(said));
    }
    pub(crate) fn condition(&mut self, name: &str, e: &BoolExpr) {
        self.line(name, quoted(&self.flag(e)));
    }
    pub(crate) fn number_expression(&mut self, name: &str, e: &NumberExpr) {
        self.line(name, quoted(&self.written(|w| w.number(e))));
    }
    pub(crate) fn expression(&mut self, name: &str, e: &Expr) {
        let said = self.written(|w| w.expr(e));
        self.line(name, quoted(&said));
    }
    /// A node inside this one, as a table of its own behind it.
    pub(crate) fn nested(&mut self, name: &str, node: &Node) {
        let head = format!("{}.{name}", self.head);
        let _ = write!(self.out, "\n[{head}]\n");
        Printer { plan: self.plan, node, out: &mut *self.out, head }.node();
    }

    fn written<T>(&self, write: impl FnOnce(&Written<'_>) -> T) -> T {
        let plan = self.plan;
        write(&Written {
            measures: &plan.measures,
            parameters: &|i| plan.parameters[i as usize].name.as_str(),
            nodes: &|i| plan.nodes[i as usize].name.as_str(),
        })
    }
    pub(crate) fn flag(&self, e: &BoolExpr) -> String {
        self.written(|w| w.flag(e))
    }
}
