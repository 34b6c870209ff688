//! The safety index of an area (平安指数): events per head, weighted, with the honesty small numbers ask for.
//!
//! - Per 10,000 actual residents and by kind, with default weights security 60, fire 20, traffic 20 (Huizhou); the
//!   bands are those of Dujiangyan: 90 and above, 80, 70, below.
//! - An estate is small, so its rate is shrunk to the street's mean: with `events` from a Poisson law whose rate
//!   comes from a gamma law with the street's mean and `prior_heads` heads of weight, the rate expected is
//!   (events + mean × prior) / (heads + prior), with an interval from the same law. Below `heads_min` heads
//!   there is no index and no place in any order.
//! - What a rate is worth is our proposal: 100 where nothing happened, 80 at the reference rate, and each reference
//!   rate more takes a fifth of what is left. The reference is a fixed one, as the street's rate of the year before, so
//!   that a street that grows safer shows it.
//! - Only counts of events enter; no person does.

use linli_model::Text;

/// Events of one kind that count in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Security,
    Fire,
    Traffic,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Security, Kind::Fire, Kind::Traffic];
    pub fn label(self) -> Text {
        match self {
            Kind::Security => Text::new("治安", "Security"),
            Kind::Fire => Text::new("消防", "Fire"),
            Kind::Traffic => Text::new("交通", "Traffic"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    /// Of security, fire, traffic; their sum is the whole.
    pub weights: [f64; 3],
    /// How many heads the street's mean weighs.
    pub prior_heads: f64,
    /// Below so many heads there is not enough to say.
    pub heads_min: u32,
}

impl Default for Method {
    fn default() -> Self {
        Method { weights: [60.0, 20.0, 20.0], prior_heads: 2_000.0, heads_min: 300 }
    }
}

/// What one area came to: heads and events of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    pub heads: u32,
    pub events: [u32; 3],
}

impl Place {
    fn rate(&self, kind: usize) -> f64 {
        f64::from(self.events[kind]) / f64::from(self.heads)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// 0 to 100.
    pub value: f64,
    /// Where it lies with 80 in 100.
    pub low: f64,
    pub high: f64,
    pub band: Band,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    Below70,
    From70,
    From80,
    From90,
}

/// The quantile of the normal law for an interval of 80 in 100.
const Z80: f64 = 1.2815515655446004;

/// What is left of an index at the reference rate.
const AT_REFERENCE: f64 = 0.8;

/// The index of `place` beside its whole street and a reference; none with too few heads, or where the street has none.
/// A kind of which the reference
/// had no events is measured against one.
pub fn index(place: &Place, street: &Place, reference: &Place, method: &Method) -> Option<Index> {
    if place.heads < method.heads_min || street.heads == 0 || reference.heads == 0 {
        return None;
    }
    let whole: f64 = method.weights.iter().sum();
    let at = |rate_of: fn(&Posterior) -> f64| {
        let parts = (0..3).map(|k| {
            let mean = street.rate(k);
            // Of less than one event a rate is not known; one is what the reference is taken to have had.
            let of_reference = reference.rate(k).max(1.0 / f64::from(reference.heads));
            let posterior = Posterior::of(place.heads, place.events[k], mean, method.prior_heads);
            100.0 * AT_REFERENCE.powf(rate_of(&posterior) / of_reference) * method.weights[k] / whole
        });
        parts.sum::<f64>()
    };
    let value = at(|p| p.mean());
    let (low, high) = (at(|p| p.quantile(Z80)), at(|p| p.quantile(-Z80)));
    let band = match value {
        v if v >= 90.0 => Band::From90,
        v if v >= 80.0 => Band::From80,
        v if v >= 70.0 => Band::From70,
        _ => Band::Below70,
    };
    Some(Index { value, low, high, band })
}

/// The gamma law of a rate after its events were seen.
struct Posterior {
    shape: f64,
    heads: f64,
}

impl Posterior {
    fn of(heads: u32, events: u32, mean: f64, prior_heads: f64) -> Posterior {
        Posterior { shape: f64::from(events) + mean * prior_heads, heads: f64::from(heads) + prior_heads }
    }
    fn mean(&self) -> f64 {
        self.shape / self.heads
    }
    /// By Wilson and Hilferty's cube root, which is within some per cent for shapes from 1 on.
    fn quantile(&self, z: f64) -> f64 {
        if self.shape == 0.0 {
            return 0.0;
        }
        let k = self.shape.max(0.1);
        let root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt());
        k * root.max(0.0).powi(3) / self.heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREET: Place = Place { heads: 100_000, events: [200, 50, 100] };

    fn of(heads: u32, events: [u32; 3]) -> Option<Index> {
        index(&Place { heads, events }, &STREET, &STREET, &Method::default())
    }

    #[test]
    fn a_place_like_the_street_at_its_reference_has_80_and_a_quiet_one_more() {
        let same = index(&STREET, &STREET, &STREET, &Method::default()).unwrap();
        assert!((same.value - 80.0).abs() < 0.01, "{same:?}");
        assert_eq!(same.band, Band::From80);
        let quiet = of(5_000, [0, 0, 0]).unwrap();
        let loud = of(5_000, [40, 10, 20]).unwrap();
        assert!(quiet.value > 90.0 && quiet.band == Band::From90, "{quiet:?}");
        assert!(loud.value < 60.0 && loud.band == Band::Below70, "{loud:?}");
    }

    #[test]
    fn a_small_place_is_drawn_to_the_street_and_says_how_unsure_it_is() {
        let small = of(300, [3, 0, 0]).unwrap();
        let large = of(30_000, [300, 0, 0]).unwrap();
        assert!(
            small.value > large.value,
            "one bad month in a small estate says little: {small:?} {large:?}"
        );
        assert!(small.high - small.low > large.high - large.low);
        assert!(small.low <= small.value && small.value <= small.high);
        assert_eq!(of(299, [0, 0, 0]), None, "not enough data");
    }

    #[test]
    fn a_street_that_grows_safer_shows_it() {
        let now = Place { heads: 100_000, events: [100, 25, 50] };
        let better = index(&now, &now, &STREET, &Method::default()).unwrap();
        assert!((better.value - 89.4).abs() < 0.1, "{better:?}");
    }

    #[test]
    fn more_events_never_raise_an_index() {
        for heads in [300, 1_000, 5_000, 50_000] {
            let values = (0..30).map(|n| of(heads, [n, n, n]).unwrap().value);
            assert!(values.is_sorted_by(|a, b| a >= b), "{heads}");
        }
    }
}
