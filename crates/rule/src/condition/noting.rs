//! The numbers of a condition that are thresholds (thresholds.rs), and how far each may be nudged: that follows from what
//! it is compared with.

use super::Check;
use crate::{
    expr::{Arithmetic, Expr, Field, NumberExpr},
    plan::Parameter,
    thresholds::{Scale, Threshold},
};
use cel::IdedExpr;

/// Steps in which an expression goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Steps {
    /// It does not go: a number.
    None,
    Count,
    One,
    Any,
}

impl Check<'_, '_> {
    /// A number that may be a threshold; how far it is nudged.
    pub(super) fn note(&self, at: &IdedExpr, parameter: Option<&Parameter>, value: f64) -> f64 {
        if self.unnoted.get() {
            return 0.0;
        }
        let threshold = Threshold {
            field: self.field.to_owned(),
            line: 0,
            column: 0,
            parameter: parameter.map(|p| p.name.clone()),
            value,
            unit: parameter.map_or(String::new(), |p| p.unit.as_str().to_owned()),
            scale: Scale::Tenth,
        };
        self.source.note(self.byte_of(at), threshold)
    }
    pub(super) fn unnoted<T>(&self, read: impl FnOnce() -> T) -> T {
        let was = self.unnoted.replace(true);
        let found = read();
        self.unnoted.set(was);
        found
    }
    /// A number as it is written, its sign included.
    pub(super) fn constant(&self, e: &IdedExpr, n: f64) -> Option<Expr> {
        // There is one nothing: -0 is 0.
        let n = n + 0.0;
        Some(Expr::Number(NumberExpr::Const(n + self.note(e, None, n))))
    }

    /// How far the numbers of a comparison may be nudged follows from what they are compared with.
    pub(super) fn scale(&self, first: usize, a: &NumberExpr, b: &NumberExpr) {
        match self.steps(a).max(self.steps(b)) {
            Steps::None | Steps::Any => {}
            Steps::Count => self.source.scale_since(first, Scale::Count),
            Steps::One => self.source.scale_since(first, Scale::One),
        }
    }
    fn steps(&self, e: &NumberExpr) -> Steps {
        match e {
            NumberExpr::Const(_) | NumberExpr::Parameter(_) => Steps::None,
            NumberExpr::Field(Field::Hour | Field::Weekday) => Steps::One,
            NumberExpr::Field(Field::DeviceCapacity) => Steps::Count,
            NumberExpr::Node(i) if self.names.counting & 1 << *i != 0 => Steps::Count,
            NumberExpr::Measure(i) => {
                let measures = self.names.measures.borrow();
                let found = measures.get(*i as usize).and_then(|m| self.names.catalogue.find(m.as_str()));
                if found.is_some_and(|m| m.unit == "count") { Steps::Count } else { Steps::Any }
            }
            NumberExpr::Negate(e) => self.steps(e),
            NumberExpr::Binary(Arithmetic::Add | Arithmetic::Subtract, p) => {
                self.steps(&p.0).max(self.steps(&p.1))
            }
            _ => Steps::Any,
        }
    }
}
