//! The commonest condition, read once: the reading's number against one that is fixed while the parameters are.
//!
//! Invariants
//! - CR1 A crossing says what its condition says, for every reading and parameter values.
//! - CR2 It says no of every number it names as denied, and of no other that is finite.
//!
//! Deliberately absent: everything else; it is evaluated as it is written (expr.rs).

use crate::expr::{BoolExpr, Compare, Field, NumberExpr, Scope, Val};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The measure that is compared; None: the reading's, whichever it is.
    measure: Option<u8>,
    op: Compare,
    /// None is unknown.
    than: Option<f64>,
}

impl Crossing {
    /// None where the condition is of another kind.
    pub fn of(condition: &BoolExpr, parameters: &[f64]) -> Option<Crossing> {
        let BoolExpr::Compare(op, sides) = condition else { return None };
        let (measure, op, than) = match (reading(&sides.0), reading(&sides.1)) {
            (Some(measure), None) if is_fixed(&sides.1) => (measure, *op, &sides.1),
            (None, Some(measure)) if is_fixed(&sides.0) => (measure, op.turned(), &sides.0),
            _ => return None,
        };
        Some(Crossing { measure, op, than: than.eval(&Fixed(parameters)) })
    }

    /// The measure it compares; None: the reading's, whichever it is.
    pub fn measure(&self) -> Option<u8> {
        self.measure
    }

    /// The least and the greatest of the numbers it says no of, where these lie side by side.
    pub fn denied(&self) -> Option<(f64, f64)> {
        let than = self.than.filter(|than| than.is_finite())?;
        match self.op {
            Compare::Less => Some((than, f64::MAX)),
            Compare::LessOrEqual => Some((than.next_up(), f64::MAX)),
            Compare::Greater => Some((f64::MIN, than)),
            Compare::GreaterOrEqual => Some((f64::MIN, than.next_down())),
            Compare::NotEqual => Some((than, than)),
            Compare::Equal => None,
        }
    }

    /// `number` is the reading's, if it has one.
    #[inline]
    pub fn holds(&self, measure: u8, number: Option<f64>) -> Option<bool> {
        if self.measure.is_some_and(|m| m != measure) {
            return None;
        }
        match (number, self.than) {
            (Some(n), Some(than)) if n.is_finite() => Some(self.op.holds(n, than)),
            _ => None,
        }
    }
}

fn reading(e: &NumberExpr) -> Option<Option<u8>> {
    match e {
        NumberExpr::Measure(i) => Some(Some(*i)),
        NumberExpr::Value => Some(None),
        _ => None,
    }
}

fn is_fixed(e: &NumberExpr) -> bool {
    match e {
        NumberExpr::Const(_) | NumberExpr::Parameter(_) => true,
        NumberExpr::Negate(e) => is_fixed(e),
        NumberExpr::Binary(_, sides) => is_fixed(&sides.0) && is_fixed(&sides.1),
        _ => false,
    }
}

/// Where there are parameters and nothing else.
struct Fixed<'a>(&'a [f64]);
impl Scope for Fixed<'_> {
    fn measure(&self, _: usize) -> Val<'_> {
        Val::Unknown
    }
    fn value(&self) -> Val<'_> {
        Val::Unknown
    }
    fn parameter(&self, i: usize) -> f64 {
        self.0[i]
    }
    fn node(&self, _: usize) -> Val<'_> {
        Val::Unknown
    }
    fn field(&self, _: Field) -> Val<'_> {
        Val::Unknown
    }
}
