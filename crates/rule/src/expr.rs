//! Typed conditions and their evaluation.
//!
//! Invariants
//! - EX1 An expression of one type cannot hold a part of another: evaluation has no type errors.
//! - EX2 Evaluation never fails. What cannot be known — a missing field, a text where a number is due, a division by
//!   zero, an overflow — is [`Val::Unknown`], and `&&`, `||` and `!` are three-valued (Kleene): false and unknown is
//!   false, true or unknown is true.
//!
//! Deliberately absent: loops, macros, user functions. An expression's cost is its size.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Val<'a> {
    Number(f64),
    Flag(bool),
    Text(&'a str),
    Unknown,
}

/// Where an expression's names get their values from.
pub trait Scope {
    /// The current reading's value if it carries the plan's measure `i`, else unknown.
    fn measure(&self, i: usize) -> Val<'_>;
    /// The current reading's value, whatever its measure.
    fn value(&self) -> Val<'_>;
    fn parameter(&self, i: usize) -> f64;
    /// What the signal `i` says now.
    fn node(&self, i: usize) -> Val<'_>;
    fn field(&self, f: Field) -> Val<'_>;
}

/// Registry and calendar fields a condition may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    DeviceId,
    DeviceClass,
    DeviceArea,
    DeviceCapacity,
    SubjectKind,
    SubjectId,
    /// Local hour of the event, 0 to 23.
    Hour,
    /// Local weekday of the event, Monday 1 to Sunday 7.
    Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Number,
    Flag,
    Text,
}

impl Field {
    pub const ALL: [(&'static str, Field, Type); 8] = [
        ("device.id", Field::DeviceId, Type::Text),
        ("device.class", Field::DeviceClass, Type::Text),
        ("device.area", Field::DeviceArea, Type::Text),
        ("device.capacity", Field::DeviceCapacity, Type::Number),
        ("subject.kind", Field::SubjectKind, Type::Text),
        ("subject.id", Field::SubjectId, Type::Text),
        ("hour", Field::Hour, Type::Number),
        ("weekday", Field::Weekday, Type::Number),
    ];
    pub fn as_str(self) -> &'static str {
        Field::ALL.iter().find(|f| f.1 == self).map_or("", |f| f.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Compare {
    #[inline]
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Compare::Less => a < b,
            Compare::LessOrEqual => a <= b,
            Compare::Greater => a > b,
            Compare::GreaterOrEqual => a >= b,
            Compare::Equal => a == b,
            Compare::NotEqual => a != b,
        }
    }
    /// The same with its sides exchanged.
    pub fn turned(self) -> Compare {
        match self {
            Compare::Less => Compare::Greater,
            Compare::LessOrEqual => Compare::GreaterOrEqual,
            Compare::Greater => Compare::Less,
            Compare::GreaterOrEqual => Compare::LessOrEqual,
            same => same,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NumberExpr {
    Const(f64),
    Measure(u8),
    Value,
    Parameter(u8),
    Node(u8),
    Field(Field),
    Negate(Box<NumberExpr>),
    Binary(Arithmetic, Box<(NumberExpr, NumberExpr)>),
    Choose(Box<(BoolExpr, NumberExpr, NumberExpr)>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BoolExpr {
    Const(bool),
    Measure(u8),
    Value,
    Node(u8),
    Compare(Compare, Box<(NumberExpr, NumberExpr)>),
    SameText(Box<(TextExpr, TextExpr)>),
    SameFlag(Box<(BoolExpr, BoolExpr)>),
    TextIn(TextExpr, Vec<String>),
    NumberIn(NumberExpr, Vec<f64>),
    Test(TextTest, Box<(TextExpr, TextExpr)>),
    /// `has(field)`: the field has a value.
    Has(Field),
    Not(Box<BoolExpr>),
    And(Box<(BoolExpr, BoolExpr)>),
    Or(Box<(BoolExpr, BoolExpr)>),
    Choose(Box<(BoolExpr, BoolExpr, BoolExpr)>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TextExpr {
    Const(String),
    Measure(u8),
    Value,
    Field(Field),
    Choose(Box<(BoolExpr, TextExpr, TextExpr)>),
}

/// A checked expression of any type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    Number(NumberExpr),
    Flag(BoolExpr),
    Text(TextExpr),
}

impl Expr {
    pub fn kind(&self) -> Type {
        match self {
            Expr::Number(_) => Type::Number,
            Expr::Flag(_) => Type::Flag,
            Expr::Text(_) => Type::Text,
        }
    }
}

fn finite(n: f64) -> Option<f64> {
    n.is_finite().then_some(n)
}
#[inline]
pub(crate) fn number_of(v: Val<'_>) -> Option<f64> {
    match v {
        Val::Number(n) => finite(n),
        _ => None,
    }
}
fn flag_of(v: Val<'_>) -> Option<bool> {
    match v {
        Val::Flag(b) => Some(b),
        _ => None,
    }
}
fn text_of(v: Val<'_>) -> Option<&str> {
    match v {
        Val::Text(t) => Some(t),
        _ => None,
    }
}

impl NumberExpr {
    /// None is unknown.
    #[inline]
    pub fn eval<S: Scope>(&self, s: &S) -> Option<f64> {
        match self {
            NumberExpr::Const(n) => Some(*n),
            NumberExpr::Measure(i) => number_of(s.measure(*i as usize)),
            NumberExpr::Value => number_of(s.value()),
            NumberExpr::Parameter(i) => finite(s.parameter(*i as usize)),
            NumberExpr::Node(i) => number_of(s.node(*i as usize)),
            NumberExpr::Field(f) => number_of(s.field(*f)),
            NumberExpr::Negate(e) => e.eval(s).map(|n| -n),
            NumberExpr::Binary(op, parts) => {
                let (a, b) = (parts.0.eval(s)?, parts.1.eval(s)?);
                match op {
                    Arithmetic::Add => finite(a + b),
                    Arithmetic::Subtract => finite(a - b),
                    Arithmetic::Multiply => finite(a * b),
                    Arithmetic::Divide if b == 0.0 => None,
                    Arithmetic::Divide => finite(a / b),
                }
            }
            NumberExpr::Choose(parts) => {
                if parts.0.eval(s)? {
                    parts.1.eval(s)
                } else {
                    parts.2.eval(s)
                }
            }
        }
    }
}

impl TextExpr {
    pub fn eval<'a, S: Scope>(&'a self, s: &'a S) -> Option<&'a str> {
        match self {
            TextExpr::Const(t) => Some(t),
            TextExpr::Measure(i) => text_of(s.measure(*i as usize)),
            TextExpr::Value => text_of(s.value()),
            TextExpr::Field(f) => text_of(s.field(*f)),
            TextExpr::Choose(parts) => {
                if parts.0.eval(s)? {
                    parts.1.eval(s)
                } else {
                    parts.2.eval(s)
                }
            }
        }
    }
}

impl BoolExpr {
    /// None is unknown.
    #[inline]
    pub fn eval<S: Scope>(&self, s: &S) -> Option<bool> {
        match self {
            BoolExpr::Const(b) => Some(*b),
            BoolExpr::Measure(i) => flag_of(s.measure(*i as usize)),
            BoolExpr::Value => flag_of(s.value()),
            BoolExpr::Node(i) => flag_of(s.node(*i as usize)),
            BoolExpr::Compare(op, parts) => {
                let (a, b) = (parts.0.eval(s)?, parts.1.eval(s)?);
                Some(op.holds(a, b))
            }
            BoolExpr::SameText(parts) => Some(parts.0.eval(s)? == parts.1.eval(s)?),
            BoolExpr::SameFlag(parts) => Some(parts.0.eval(s)? == parts.1.eval(s)?),
            BoolExpr::TextIn(e, list) => e.eval(s).map(|t| list.iter().any(|l| l == t)),
            BoolExpr::NumberIn(e, list) => e.eval(s).map(|n| list.contains(&n)),
            BoolExpr::Test(test, parts) => {
                let (text, part) = (parts.0.eval(s)?, parts.1.eval(s)?);
                Some(match test {
                    TextTest::StartsWith => text.starts_with(part),
                    TextTest::EndsWith => text.ends_with(part),
                    TextTest::Contains => text.contains(part),
                })
            }
            BoolExpr::Has(f) => Some(s.field(*f) != Val::Unknown),
            BoolExpr::Not(e) => e.eval(s).map(|b| !b),
            BoolExpr::And(parts) => match parts.0.eval(s) {
                Some(false) => Some(false),
                Some(true) => parts.1.eval(s),
                None => match parts.1.eval(s) {
                    Some(false) => Some(false),
                    _ => None,
                },
            },
            BoolExpr::Or(parts) => match parts.0.eval(s) {
                Some(true) => Some(true),
                Some(false) => parts.1.eval(s),
                None => match parts.1.eval(s) {
                    Some(true) => Some(true),
                    _ => None,
                },
            },
            BoolExpr::Choose(parts) => {
                if parts.0.eval(s)? {
                    parts.1.eval(s)
                } else {
                    parts.2.eval(s)
                }
            }
        }
    }
}
