//! An expression back to its text, with no more brackets than it needs.
//!
//! Invariants
//! - WN1 Reading what is written gives the same expression, whatever its shape (FP1).
//! - WN2 A chain of `&&` or `||`, or of one side of an arithmetic, needs no brackets: it nests as little as it did.

use crate::expr::{Arithmetic, BoolExpr, Compare, Expr, NumberExpr, TextExpr, TextTest};
use linli_model::Measure;
use std::fmt::Write;

/// The names of what an expression gives by number.
pub(crate) struct Written<'a> {
    pub(crate) measures: &'a [Measure],
    pub(crate) parameters: &'a dyn Fn(u8) -> &'a str,
    pub(crate) nodes: &'a dyn Fn(u8) -> &'a str,
}

/// How tightly an expression holds together; a looser one in a tighter place gets brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Choose,
    Or,
    And,
    Compare,
    Sum,
    Product,
    Sign,
    Name,
}

impl Written<'_> {
    pub(crate) fn expr(&self, e: &Expr) -> String {
        match e {
            Expr::Number(e) => self.number(e),
            Expr::Flag(e) => self.flag(e),
            Expr::Text(e) => self.text(e, Hold::Choose),
        }
    }
    pub(crate) fn number(&self, e: &NumberExpr) -> String {
        self.number_in(e, Hold::Choose)
    }
    pub(crate) fn flag(&self, e: &BoolExpr) -> String {
        self.flag_in(e, Hold::Choose)
    }

    fn measure(&self, i: u8) -> String {
        self.measures[i as usize].as_str().to_owned()
    }

    fn number_in(&self, e: &NumberExpr, place: Hold) -> String {
        let (text, hold) = match e {
            // Its sign is its own: `2 - -1`.
            NumberExpr::Const(n) => (number(*n), if *n < 0.0 { Hold::Sign } else { Hold::Name }),
            NumberExpr::Measure(i) => (self.measure(*i), Hold::Name),
            NumberExpr::Value => ("value".to_owned(), Hold::Name),
            NumberExpr::Parameter(i) => ((self.parameters)(*i).to_owned(), Hold::Name),
            NumberExpr::Node(i) => ((self.nodes)(*i).to_owned(), Hold::Name),
            NumberExpr::Field(f) => (f.as_str().to_owned(), Hold::Name),
            NumberExpr::Negate(e) => (format!("-{}", self.number_in(e, Hold::Name)), Hold::Sign),
            NumberExpr::Binary(op, p) => {
                let (sign, hold, right) = match op {
                    Arithmetic::Add => ("+", Hold::Sum, Hold::Product),
                    Arithmetic::Subtract => ("-", Hold::Sum, Hold::Product),
                    Arithmetic::Multiply => ("*", Hold::Product, Hold::Sign),
                    Arithmetic::Divide => ("/", Hold::Product, Hold::Sign),
                };
                (format!("{} {sign} {}", self.number_in(&p.0, hold), self.number_in(&p.1, right)), hold)
            }
            NumberExpr::Choose(p) => {
                let (a, b) = (self.number_in(&p.1, Hold::Or), self.number_in(&p.2, Hold::Choose));
                (format!("{} ? {a} : {b}", self.flag_in(&p.0, Hold::Or)), Hold::Choose)
            }
        };
        bracketed(text, hold < place)
    }

    fn text(&self, e: &TextExpr, place: Hold) -> String {
        match e {
            TextExpr::Const(t) => quoted(t),
            TextExpr::Measure(i) => self.measure(*i),
            TextExpr::Value => "value".to_owned(),
            TextExpr::Field(f) => f.as_str().to_owned(),
            TextExpr::Choose(p) => {
                let (a, b) = (self.text(&p.1, Hold::Or), self.text(&p.2, Hold::Choose));
                let text = format!("{} ? {a} : {b}", self.flag_in(&p.0, Hold::Or));
                bracketed(text, place > Hold::Choose)
            }
        }
    }

    fn flag_in(&self, e: &BoolExpr, place: Hold) -> String {
        let (text, hold) = match e {
            BoolExpr::Const(b) => (b.to_string(), Hold::Name),
            BoolExpr::Measure(i) => (self.measure(*i), Hold::Name),
            BoolExpr::Value => ("value".to_owned(), Hold::Name),
            BoolExpr::Node(i) => ((self.nodes)(*i).to_owned(), Hold::Name),
            BoolExpr::Has(f) => (format!("has({})", f.as_str()), Hold::Name),
            BoolExpr::Test(test, p) => {
                let name = match test {
                    TextTest::StartsWith => "startsWith",
                    TextTest::EndsWith => "endsWith",
                    TextTest::Contains => "contains",
                };
                let (text, part) = (self.text(&p.0, Hold::Name), self.text(&p.1, Hold::Choose));
                (format!("{text}.{name}({part})"), Hold::Name)
            }
            BoolExpr::Not(e) => match self.same(e, "!=") {
                Some(different) => (different, Hold::Compare),
                None => (format!("!{}", self.flag_in(e, Hold::Name)), Hold::Sign),
            },
            BoolExpr::And(p) => {
                let (a, b) = (self.flag_in(&p.0, Hold::And), self.flag_in(&p.1, Hold::Compare));
                (format!("{a} && {b}"), Hold::And)
            }
            BoolExpr::Or(p) => {
                let (a, b) = (self.flag_in(&p.0, Hold::Or), self.flag_in(&p.1, Hold::And));
                (format!("{a} || {b}"), Hold::Or)
            }
            BoolExpr::Choose(p) => {
                let (a, b) = (self.flag_in(&p.1, Hold::Or), self.flag_in(&p.2, Hold::Choose));
                (format!("{} ? {a} : {b}", self.flag_in(&p.0, Hold::Or)), Hold::Choose)
            }
            _ => (self.comparison(e), Hold::Compare),
        };
        bracketed(text, hold < place)
    }

    fn comparison(&self, e: &BoolExpr) -> String {
        match e {
            BoolExpr::Compare(op, p) => {
                let sign = match op {
                    Compare::Less => "<",
                    Compare::LessOrEqual => "<=",
                    Compare::Greater => ">",
                    Compare::GreaterOrEqual => ">=",
                    Compare::Equal => "==",
                    Compare::NotEqual => "!=",
                };
                format!("{} {sign} {}", self.number_in(&p.0, Hold::Sum), self.number_in(&p.1, Hold::Sum))
            }
            BoolExpr::TextIn(t, list) => {
                let items: Vec<String> = list.iter().map(|i| quoted(i)).collect();
                format!("{} in [{}]", self.text(t, Hold::Sum), items.join(", "))
            }
            BoolExpr::NumberIn(n, list) => {
                let items: Vec<String> = list.iter().map(|i| number(*i)).collect();
                format!("{} in [{}]", self.number_in(n, Hold::Sum), items.join(", "))
            }
            _ => self.same(e, "==").unwrap_or_default(),
        }
    }

    /// Two texts or two flags, compared.
    fn same(&self, e: &BoolExpr, sign: &str) -> Option<String> {
        let (a, b) = match e {
            BoolExpr::SameText(p) => (self.text(&p.0, Hold::Sum), self.text(&p.1, Hold::Sum)),
            BoolExpr::SameFlag(p) => (self.flag_in(&p.0, Hold::Sum), self.flag_in(&p.1, Hold::Sum)),
            _ => return None,
        };
        Some(format!("{a} {sign} {b}"))
    }
}

fn bracketed(text: String, needed: bool) -> String {
    if needed { format!("({text})") } else { text }
}

pub(crate) fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 { format!("{n:.0}") } else { format!("{n:?}") }
}

/// A text as conditions write it: CEL's escapes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
