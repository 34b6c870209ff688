//! How often a rule was right: the share of its findings that a handler confirmed, how sure that is, and what follows.
//!
//! Invariants
//! - PC1 An outcome is a case, not a finding: what flaps into one case counts once. It counts when somebody else than
//!   its handler has looked at it (verified), or when it was turned away.
//! - PC2 A rule that suspects somebody goes out of force when, of [`OUTCOMES_MIN`] outcomes or more, the upper bound of
//!   its share is below [`SHARE_MIN`]; no other rule ever does, its owner is told instead.
//! - PC3 The bound is Clopper and Pearson's (Biometrika 26, 1934), one-sided at 80 %: the share under which as few
//!   confirmations or fewer come once in five. It is exact, so it never takes a rule out of force on a bound that is too low.
//! - PC4 Of fewer than [`SHOWN_MIN`] outcomes of an area nothing is shown, and what is hidden cannot be had by taking the
//!   shown ones from the sum: where it could, the sum is hidden as well.
//!
//! Deliberately absent: handlers. Whose cases they were is not asked.

use linli_casework::{
    Case,
    stage::{ClosedHow, DoneOutcome, Stage, StageCode},
};

pub const OUTCOMES_MIN: u32 = 20;
pub const SHARE_MIN: f64 = 0.3;
const CONFIDENCE: f64 = 0.8;

/// What a case said of the rule that found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It was there.
    Confirmed,
    /// It was not there, or was nothing to be put right.
    Wrong,
}

/// None while it is open, and for what says nothing of the rule: taken back by late data, handled in another case.
pub fn said(case: &Case) -> Option<Said> {
    match case.stage {
        Stage::Rejected => return Some(Said::Wrong),
        Stage::Closed { how: ClosedHow::Retracted | ClosedHow::Imported } => return None,
        _ => {}
    }
    let looked_at =
        matches!(case.stage.code(), StageCode::Verified | StageCode::Answered | StageCode::Closed);
    case.outcome.filter(|_| looked_at).map(|outcome| match outcome {
        DoneOutcome::Solved | DoneOutcome::PartlySolved | DoneOutcome::NotOurs => Said::Confirmed,
        DoneOutcome::Explained | DoneOutcome::NotFound | DoneOutcome::FalseAlarm => Said::Wrong,
    })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub n: u32,
    pub confirmed: u32,
}

impl Outcomes {
    pub fn of<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Outcomes {
        cases.into_iter().filter_map(said).fold(Outcomes::default(), |o, said| Outcomes {
            n: o.n + 1,
            confirmed: o.confirmed + u32::from(said == Said::Confirmed),
        })
    }
    /// None of nothing (IN2).
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| f64::from(self.confirmed) / f64::from(self.n))
    }
    /// PC3. 1 of nothing.
    pub fn upper(self) -> f64 {
        if self.confirmed >= self.n {
            return 1.0;
        }
        crossing(|p| at_most(self.confirmed, self.n, p) > 1.0 - CONFIDENCE)
    }
    /// The same from below: with [`Outcomes::upper`] an interval that holds three times in five.
    pub fn lower(self) -> f64 {
        if self.confirmed == 0 {
            return 0.0;
        }
        crossing(|p| 1.0 - at_most(self.confirmed - 1, self.n, p) < 1.0 - CONFIDENCE)
    }
}

/// Where between 0 and 1 it stops to hold.
fn crossing(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The chance of `k` or fewer of `n`, each with the chance `p`. In logarithms: of many, each chance alone is too small
/// to be written.
fn at_most(k: u32, n: u32, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 || k >= n { 1.0 } else { 0.0 };
    }
    let (yes, no) = (p.ln(), (1.0 - p).ln());
    let mut ways = 0.0;
    let mut sum = 0.0;
    for i in 0..=k.min(n) {
        if i > 0 {
            ways += f64::from(n - i + 1).ln() - f64::from(i).ln();
        }
        sum += (ways + f64::from(i) * yes + f64::from(n - i) * no).exp();
    }
    sum.min(1.0)
}

/// What follows for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    TooFew,
    Good,
    /// Its owner is told.
    Poor,
    /// It goes out of force, and its owner is told.
    Suspend,
}

/// PC2. `suspects`: as the rule declares it.
pub fn judge(outcomes: Outcomes, suspects: bool) -> Verdict {
    if outcomes.n < OUTCOMES_MIN {
        return Verdict::TooFew;
    }
    match outcomes.upper() < SHARE_MIN {
        true if suspects => Verdict::Suspend,
        true => Verdict::Poor,
        false => Verdict::Good,
    }
}

/// Below this an area's outcomes are about a few homes.
pub const SHOWN_MIN: u32 = 5;

/// PC4. Areas side by side: of each its outcomes, None where they are hidden; one without any is left out.
pub fn by_area<A: Ord>(outcomes: impl IntoIterator<Item = (A, Outcomes)>) -> Vec<(A, Option<Outcomes>)> {
    let mut rows: Vec<(A, Outcomes)> = outcomes.into_iter().filter(|(_, o)| o.n > 0).collect();
    rows.sort_by(|a, b| b.1.n.cmp(&a.1.n).then(a.0.cmp(&b.0)));
    let mut shown = rows.iter().take_while(|(_, o)| o.n >= SHOWN_MIN).count();
    let hidden = |shown: usize| rows[shown..].iter().map(|(_, o)| o.n).sum::<u32>();
    while shown > 0 && shown < rows.len() && hidden(shown) < SHOWN_MIN {
        shown -= 1;
    }
    rows.into_iter().enumerate().map(|(i, (area, o))| (area, (i < shown).then_some(o))).collect()
}

/// PC4. The sum beside areas, None where it is hidden: what it has more than the areas that are shown would be about a few
/// homes, whether their area is among the rows or not.
pub fn total<A>(all: Outcomes, rows: &[(A, Option<Outcomes>)]) -> Option<Outcomes> {
    let shown: u32 = rows.iter().filter_map(|(_, o)| *o).map(|o| o.n).sum();
    let rest = all.n.saturating_sub(shown);
    (rest == 0 || rest >= SHOWN_MIN).then_some(all)
}

/// Whether an area's share and that of all are too far apart for chance: the one lies outside of the other's interval.
pub fn differs(area: Outcomes, all: Outcomes) -> bool {
    all.share().is_some_and(|share| area.n > 0 && !(area.lower()..=area.upper()).contains(&share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(confirmed: u32, n: u32) -> Outcomes {
        Outcomes { n, confirmed }
    }

    /// PC3: where the bound has a closed form.
    #[test]
    fn the_upper_bound_of_none_and_of_all_but_one_is_known_exactly() {
        for n in [1, 5, 20, 100, 500] {
            let (none, but_one) = (of(0, n).upper(), of(n - 1, n).upper());
            assert!((none - (1.0 - 0.2f64.powf(1.0 / f64::from(n)))).abs() < 1e-12, "{n}: {none}");
            assert!((but_one - 0.8f64.powf(1.0 / f64::from(n))).abs() < 1e-12, "{n}: {but_one}");
        }
        assert_eq!((of(0, 0).upper(), of(7, 7).upper(), of(0, 7).lower()), (1.0, 1.0, 0.0));
        assert!((of(7, 7).lower() - 0.2f64.powf(1.0 / 7.0)).abs() < 1e-12);
    }

    /// PC3: the quantile of 0.8 of Beta(k + 1, n - k) and of 0.2 of Beta(k, n - k + 1), from another program.
    #[test]
    fn the_bounds_are_clopper_and_pearsons() {
        for (k, n, lower, upper) in VECTORS {
            let (l, u) = (of(k, n).lower(), of(k, n).upper());
            assert!((l - lower).abs() < 1e-6 && (u - upper).abs() < 1e-6, "{k} of {n}: {l} to {u}");
        }
    }
    const VECTORS: [(u32, u32, f64, f64); 5] = [
        (1, 20, 0.0110952, 0.1424323),
        (3, 20, 0.0777097, 0.2586352),
        (4, 20, 0.1170468, 0.3132999),
        (25, 100, 0.2109644, 0.2935272),
        (50, 200, 0.2228736, 0.2793069),
    ];

    /// PC2
    #[test]
    fn a_rule_that_suspects_goes_out_of_force_below_three_in_ten_and_not_before_twenty() {
        let verdict = |confirmed, n| judge(of(confirmed, n), true);
        assert_eq!(verdict(0, 19), Verdict::TooFew);
        assert_eq!(verdict(0, 20), Verdict::Suspend);
        assert_eq!(verdict(3, 20), Verdict::Suspend);
        assert_eq!(verdict(4, 20), Verdict::Good, "20 % of so few may well be 30 %");
        assert_eq!(verdict(25, 100), Verdict::Suspend);
        assert_eq!(verdict(26, 100), Verdict::Good);
    }

    /// PC2
    #[test]
    fn a_rule_that_suspects_nobody_is_never_taken_out_of_force() {
        for n in 0..200 {
            for confirmed in 0..=n {
                assert_ne!(judge(of(confirmed, n), false), Verdict::Suspend);
            }
        }
        assert_eq!(judge(of(0, 20), false), Verdict::Poor);
    }

    /// PC4
    #[test]
    fn what_is_hidden_of_areas_is_never_less_than_five_together() {
        let rows = |all: &[u32]| {
            let outcomes = all.iter().enumerate().map(|(i, n)| (i, of(0, *n)));
            by_area(outcomes)
                .iter()
                .map(|(i, o)| format!("{i}:{}", o.map_or(0, |o| o.n)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(rows(&[30, 6, 5]), "0:30 1:6 2:5");
        assert_eq!(
            rows(&[30, 6, 4, 0]),
            "0:30 1:0 2:0",
            "with the four alone hidden, it could be had from the sum"
        );
        assert_eq!(rows(&[30, 6, 4, 3]), "0:30 1:6 2:0 3:0");
        assert_eq!(rows(&[4]), "0:0");
    }

    /// PC4
    #[test]
    fn the_sum_is_hidden_where_it_would_tell_what_is_hidden() {
        let said = |all: u32, areas: &[u32]| {
            let rows = by_area(areas.iter().enumerate().map(|(i, n)| (i, of(0, *n))));
            total(of(0, all), &rows).map(|o| o.n)
        };
        assert_eq!(said(4, &[4]), None, "the only area's are hidden, and this is the same number");
        assert_eq!(said(4, &[]), None, "whosever they are, they are a few homes'");
        assert_eq!(said(5, &[5]), Some(5));
        assert_eq!(said(9, &[5]), None, "less five it is somebody else's four");
        assert_eq!(said(10, &[5]), Some(10));
        assert_eq!(said(7, &[6, 1]), Some(7), "both are hidden, and together they are enough");
        assert_eq!(said(40, &[30, 6, 4]), Some(40));
        assert_eq!(said(0, &[]), Some(0), "that there is nothing yet is no secret");
    }

    #[test]
    fn an_area_differs_where_the_share_of_all_lies_outside_of_its_interval() {
        assert!(differs(of(0, 20), of(50, 100)));
        assert!(differs(of(20, 20), of(50, 100)));
        assert!(!differs(of(9, 20), of(50, 100)));
        assert!(!differs(of(0, 0), of(50, 100)) && !differs(of(1, 2), of(0, 0)));
    }
}
