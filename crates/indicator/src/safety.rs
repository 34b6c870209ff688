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
//! - Where something is missing there is no index, and it is said what ([`Blank`]); it is never 0 and never 100.

use linli_model::{Diagnostic, Text};
use serde::{Deserialize, Serialize};

/// Events of one kind that count in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Security,
    Fire,
    Traffic,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Security, Kind::Fire, Kind::Traffic];
    pub fn code(self) -> &'static str {
        match self {
            Kind::Security => "security",
            Kind::Fire => "fire",
            Kind::Traffic => "traffic",
        }
    }
    pub fn label(self) -> Text {
        match self {
            Kind::Security => Text::new("治安", "Security"),
            Kind::Fire => Text::new("消防", "Fire"),
            Kind::Traffic => Text::new("交通", "Traffic"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Of security, fire, traffic; their sum is the whole.
    pub weights: [f64; 3],
    /// How many heads the street's mean weighs.
    pub prior_heads: f64,
    /// Below so many heads there is not enough to say.
    pub heads_min: u32,
    pub classes: Classes,
}

/// Which classes of cases are events of which kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    pub security: Vec<String>,
    pub fire: Vec<String>,
    pub traffic: Vec<String>,
}

impl Default for Method {
    fn default() -> Self {
        Method::shipped()
    }
}

impl Method {
    /// The one that is built in.
    pub fn shipped() -> Method {
        Self::check(include_str!("../../../data/safety.toml"))
            .expect("the shipped method is checked by a test")
    }

    pub fn check(text: &str) -> Result<Method, Diagnostic> {
        let wrong = |zh: String, en: String| Diagnostic::new("safety_malformed", "safety", zh, en);
        let method: Method = toml::from_str(text).map_err(|e| {
            wrong(
                format!("平安指数的口径无法读取:{}", e.message()),
                format!("the method of the safety index cannot be read: {}", e.message()),
            )
        })?;
        match method.in_bounds() {
            true => Ok(method),
            false => Err(wrong(
                "平安指数的权重须在 0 到 1000 之间且不全为 0,prior_heads 须大于 0".to_owned(),
                "expected weights from 0 to 1000, not all of them 0, and prior_heads above 0".to_owned(),
            )),
        }
    }

    pub fn in_bounds(&self) -> bool {
        self.weights.iter().all(|w| (0.0..=1_000.0).contains(w))
            && self.weights.iter().sum::<f64>() > 0.0
            && (1.0..=1e9).contains(&self.prior_heads)
    }

    pub fn classes_of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Security => &self.classes.security,
            Kind::Fire => &self.classes.fire,
            Kind::Traffic => &self.classes.traffic,
        }
    }

    /// Kinds that weigh something and of which nothing is known here.
    pub fn unknown_kinds(&self) -> Vec<Kind> {
        let weighed = Kind::ALL.into_iter().zip(self.weights).filter(|(_, w)| *w > 0.0);
        weighed.map(|(kind, _)| kind).filter(|kind| self.classes_of(*kind).is_empty()).collect()
    }

    /// How it is reckoned, with the numbers that are in force.
    pub fn words(&self) -> Text {
        let whole: f64 = self.weights.iter().sum();
        let share = |n: usize| (self.weights[n] / whole * 100.0).round();
        Text::new(
            format!(
                "每万名实有人口的事件数,与街道去年同期相比(相当于去年同期为 80 分);治安 {}%、消防 {}%、交通 {}%;人口少的区域向街道均值靠拢,并给出八成把握的范围",
                share(0),
                share(1),
                share(2)
            ),
            format!(
                "Events per 10,000 actual residents against the street's a year before, which is worth 80; security {} %, fire {} %, traffic {} %; places with few people are drawn to the street's mean, with the range it lies in with 80 in 100",
                share(0),
                share(1),
                share(2)
            ),
        )
    }
}

/// Why there is no index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blank {
    /// How many live there is not known.
    NoHeads,
    /// Known, but from before its boundaries were redrawn.
    OldHeads,
    /// How many live in the street is not known, so that there is nothing to measure by.
    NoStreetHeads,
    TooFew {
        heads_min: u32,
    },
    /// Events of these kinds are not known here.
    Unknown(Vec<Kind>),
}

impl Blank {
    pub fn code(&self) -> &'static str {
        match self {
            Blank::NoHeads => "no_heads",
            Blank::OldHeads => "old_heads",
            Blank::NoStreetHeads => "no_street_heads",
            Blank::TooFew { .. } => "too_few",
            Blank::Unknown(_) => "unknown_kinds",
        }
    }
    pub fn label(&self) -> Text {
        match self {
            Blank::NoHeads => Text::new(
                "没有实有人口数,请在区域表的“实有人口”列导入",
                "the number of residents is not known; import it in the column \"Residents\" of the table of areas",
            ),
            Blank::OldHeads => Text::new(
                "区划变动后还没有新的实有人口数,请重新导入",
                "its boundaries were redrawn since its residents were counted; import the new number",
            ),
            Blank::NoStreetHeads => Text::new(
                "没有全街道的实有人口数,无从比较",
                "the number of residents of the whole street is not known, so there is nothing to compare with",
            ),
            Blank::TooFew { heads_min } => Text::new(
                format!("实有人口不足 {heads_min},数据不够"),
                format!("fewer than {heads_min} residents: not enough data"),
            ),
            Blank::Unknown(kinds) => {
                let names: Vec<Text> = kinds.iter().map(|k| k.label()).collect();
                let zh: Vec<_> = names.iter().map(|n| n.zh.as_str()).collect();
                let en: Vec<_> = names.iter().map(|n| n.en.to_lowercase()).collect();
                Text::new(
                    format!("尚未接入{}事件,无法计算", zh.join("、")),
                    format!("no events of {} are known here", en.join(" and ")),
                )
            }
        }
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

impl Band {
    pub fn code(self) -> &'static str {
        match self {
            Band::Below70 => "below_70",
            Band::From70 => "from_70",
            Band::From80 => "from_80",
            Band::From90 => "from_90",
        }
    }
    pub fn label(self) -> Text {
        match self {
            Band::Below70 => Text::new("70 以下", "below 70"),
            Band::From70 => Text::new("70–80", "70 to 80"),
            Band::From80 => Text::new("80–90", "80 to 90"),
            Band::From90 => Text::new("90 以上", "90 and above"),
        }
    }
}

/// What is known of a place: its events, and its heads where somebody counted them within its boundaries of now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    pub heads: Option<u32>,
    /// Counted once, within other boundaries.
    pub counted_before: bool,
    pub events: [u32; 3],
}

/// The index, or why there is none. Without a year before, the street as it is now is what it is measured by.
pub fn judged(place: &Known, street: &Known, before: Option<Place>, method: &Method) -> Result<Index, Blank> {
    let unknown = method.unknown_kinds();
    if !unknown.is_empty() {
        return Err(Blank::Unknown(unknown));
    }
    let Some(heads) = place.heads else {
        return Err(if place.counted_before { Blank::OldHeads } else { Blank::NoHeads });
    };
    let of_street = street.heads.filter(|n| *n > 0).ok_or(Blank::NoStreetHeads)?;
    let street = Place { heads: of_street, events: street.events };
    let reference = before.filter(|b| b.heads > 0).unwrap_or(street);
    let place = Place { heads, events: place.events };
    index(&place, &street, &reference, method).ok_or(Blank::TooFew { heads_min: method.heads_min })
}

/// The quantile of the normal law for an interval of 80 in 100.
const Z80: f64 = 1.2815515655446004;

/// What is left of an index at the reference rate.
const AT_REFERENCE: f64 = 0.8;

/// The index of `place` beside its whole street and a reference; none with too few heads, or where the street has none.
/// A kind of which the reference had no events is measured against one.
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

    fn of_all_kinds() -> Method {
        let classes = Classes {
            security: vec!["police.theft".into()],
            fire: vec!["fire.smoke".into()],
            traffic: vec!["traffic.accident".into()],
        };
        Method { classes, ..Method::shipped() }
    }

    /// IN2 of the index: what is missing is said, and no number stands in for it.
    #[test]
    fn where_something_is_missing_there_is_no_index_and_it_is_said_what() {
        let known = |heads: Option<u32>| Known { heads, counted_before: false, events: [2, 1, 1] };
        let street = Known { events: [200, 50, 100], ..known(Some(100_000)) };
        let moved = Known { counted_before: true, ..known(None) };
        let fine = of_all_kinds();
        let light = Method { weights: [0.0, 100.0, 0.0], ..Method::shipped() };
        let cases = [
            ("all", known(Some(1_000)), street, &fine),
            ("no heads", known(None), street, &fine),
            ("redrawn", moved, street, &fine),
            ("no street", known(Some(1_000)), known(None), &fine),
            ("nobody in the street", known(Some(1_000)), known(Some(0)), &fine),
            ("few", known(Some(299)), street, &fine),
            ("enough", known(Some(300)), street, &fine),
            ("as shipped", known(Some(1_000)), street, &Method::shipped()),
            ("fire alone", known(Some(1_000)), street, &light),
        ];
        let told = cases.map(|(name, place, street, method)| match judged(&place, &street, None, method) {
            Ok(index) => format!("{name}: {:.0} {}", index.value, index.band.code()),
            Err(blank) => {
                let text = blank.label();
                assert!(!text.zh.is_empty() && !text.en.is_empty() && text.zh != text.en);
                format!("{name}: {} ({})", blank.code(), text.en)
            }
        });
        assert_eq!(
            told.join("\n"),
            "\
all: 79 from_70
no heads: no_heads (the number of residents is not known; import it in the column \"Residents\" of the table of areas)
redrawn: old_heads (its boundaries were redrawn since its residents were counted; import the new number)
no street: no_street_heads (the number of residents of the whole street is not known, so there is nothing to compare with)
nobody in the street: no_street_heads (the number of residents of the whole street is not known, so there is nothing to compare with)
few: too_few (fewer than 300 residents: not enough data)
enough: 73 from_70
as shipped: unknown_kinds (no events of security and traffic are known here)
fire alone: 74 from_70"
        );
    }

    #[test]
    fn a_method_that_cannot_be_is_refused() {
        let text = include_str!("../../../data/safety.toml");
        assert!(Method::check(text).is_ok());
        for (was, is) in [
            ("60.0, 20.0, 20.0", "0.0, 0.0, 0.0"),
            ("60.0, 20.0", "60.0, -1.0"),
            ("2000.0", "0.0"),
            ("fire =", "water ="),
        ] {
            assert_eq!(Method::check(&text.replace(was, is)).unwrap_err().code, "safety_malformed", "{is}");
        }
    }
}
