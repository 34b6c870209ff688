//! The commonest condition, read once: the reading's number, or another signal's, against one that is fixed while the
//! parameters are.
//!
//! Invariants
//! - CX1 A crossing says what its condition says, for every reading and parameter values.
//! - CX2 It says no of every number it names as denied, and of no other that is finite.
//!
//! Deliberately absent: everything else; it is evaluated as it is written (expr.rs).

use crate::expr::{BoolExpr, Compare, Field, NumberExpr, Scope, Val, number_of};

/// What is compared with the fixed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The reading's number, whichever measure's it is.
    Reading,
    /// That of a reading of this measure of the plan.
    Measure(u8),
    /// What this signal of the plan says.
    Signal(u8),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    compared: Compared,
    op: Compare,
    /// None is unknown.
    than: Option<f64>,
}

impl Crossing {
    /// None where the condition is of another kind.
    pub fn of(condition: &BoolExpr, parameters: &[f64]) -> Option<Crossing> {
        let BoolExpr::Compare(op, sides) = condition else { return None };
        let (compared, op, than) = match (compared(&sides.0), compared(&sides.1)) {
            (Some(compared), None) if is_fixed(&sides.1) => (compared, *op, &sides.1),
            (None, Some(compared)) if is_fixed(&sides.0) => (compared, op.turned(), &sides.0),
            _ => return None,
        };
        Some(Crossing { compared, op, than: than.eval(&Fixed(parameters)) })
    }

    pub fn compared(&self) -> Compared {
        self.compared
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

    /// None is unknown.
    #[inline]
    pub fn holds<S: Scope>(&self, s: &S) -> Option<bool> {
        let number = number_of(match self.compared {
            Compared::Reading => s.value(),
            Compared::Measure(i) => s.measure(usize::from(i)),
            Compared::Signal(i) => s.node(usize::from(i)),
        })?;
        Some(self.op.holds(number, self.than?))
    }
}

fn compared(e: &NumberExpr) -> Option<Compared> {
    match e {
        NumberExpr::Value => Some(Compared::Reading),
        NumberExpr::Measure(i) => Some(Compared::Measure(*i)),
        NumberExpr::Node(i) => Some(Compared::Signal(*i)),
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
