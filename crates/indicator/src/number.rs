//! A number: what sums of tallies come to under a formula.

use crate::{Indicator, Measure, catalogue::Formula};
use std::collections::BTreeMap;

/// The sum of the tallies of one measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub n: i64,
    pub sum: i64,
    /// Tallies of cases that are excluded from the assessment: beside the number, never in it (IN3).
    pub excluded: i64,
}

/// Sums by measure; a measure that is not there was not met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Measure, Sum>);

impl Sums {
    pub fn add(&mut self, measure: Measure, more: Sum) {
        let sum = self.0.entry(measure).or_default();
        sum.n += more.n;
        sum.sum += more.sum;
        sum.excluded += more.excluded;
    }
    pub fn of(&self, measure: Measure) -> Sum {
        self.0.get(&measure).copied().unwrap_or_default()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value with what it was made of. Shares are from 0 to 1, spans in days, counts as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// None where the denominator is empty (IN2).
    pub value: Option<f64>,
    pub numerator: i64,
    /// Of a count: itself.
    pub denominator: i64,
    pub excluded: i64,
}

pub(crate) const MINUTES_PER_DAY: f64 = 1_440.0;
pub(crate) const THOUSANDTHS: f64 = 1_000.0;

impl Indicator {
    pub fn number(&self, sums: &Sums) -> Number {
        let (numerator, denominator, excluded, scale) = match self.formula {
            Formula::Count(measure) => {
                let Sum { n, excluded, .. } = sums.of(measure);
                return Number { value: Some(n as f64), numerator: n, denominator: n, excluded };
            }
            Formula::Share { of, among } => (sums.of(of).n, sums.of(among).n, sums.of(among).excluded, 1.0),
            Formula::OneOfTwo { of, other } => {
                let (of, other) = (sums.of(of), sums.of(other));
                (of.n, of.n + other.n, of.excluded + other.excluded, 1.0)
            }
            Formula::MeanWeight(measure) => {
                let Sum { n, sum, excluded } = sums.of(measure);
                (sum, n, excluded, THOUSANDTHS)
            }
            Formula::MeanDays(measure) => {
                let Sum { n, sum, excluded } = sums.of(measure);
                (sum, n, excluded, MINUTES_PER_DAY)
            }
        };
        let value = (denominator > 0).then(|| numerator as f64 / denominator as f64 / scale);
        Number { value, numerator, denominator, excluded }
    }
}
