//! Indicators: what the facts of cases come to over a period, each number with its formula and its rows.
//!
//! The way of a number: the facts of one case → [`tallies_of`] (what it adds to which measure, and when) →
//! sums of tallies over a period and an area (the store's) → [`Indicator::number`].
//!
//! Owns: the measures, the catalogue of indicators with their formulas in words, periods (natural month, the
//! month from the 26th to the 25th and others) and what each is compared with, the score of the hotline, the
//! safety index; how often a rule was right, and what follows.
//!
//! Invariants
//! - IN1 Tallies are a function of the facts of one case and of nothing else: rebuilt, they are the same.
//! - IN2 An empty denominator gives no value; it never gives 0.
//! - IN3 A case that is excluded from the assessment keeps its tallies, flagged; they are counted beside the
//!   number and never in it. Excluding takes a reason and a second person.
//! - IN4 A numerator is counted among its denominator's cases and attributed to the same moment, so that no
//!   share exceeds one.
//! - IN5 Silence is not satisfaction: only who answered is in the denominator of a satisfaction.
//!
//! Deliberately absent: anything by name of a worker. There is no measure by owner, so there is no ranking.

pub mod catalogue;
pub mod measure;
pub mod number;
pub mod period;
pub mod precision;
pub mod safety;
pub mod score;
pub mod tally;

pub use catalogue::{CATALOGUE, Indicator, find};
pub use measure::Measure;
pub use number::{Number, Sum, Sums};
pub use period::{Period, PeriodKind};
pub use tally::{TALLIES_VERSION, Tallies, Tally, tallies_of};
