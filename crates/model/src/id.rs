//! Typed ids and the seed they are drawn from.
//!
//! Invariants
//! - ID1 A decision draws ids only from the [`IdSeed`] it was given: same seed, same ids.
//! - ID2 Ids drawn for a day sort behind all those of earlier days, and tell no more of when than that day.

use crate::{Instant, Millis};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// Declares a typed id over a UUID.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> {
                s.parse().map($name)
            }
        }
        impl From<uuid::Uuid> for $name {
            fn from(u: uuid::Uuid) -> Self {
                $name(u)
            }
        }
    };
}

/// The seed of all ids one decision makes. The edge draws it at random; replays and tests give a fixed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdSeed(pub Uuid);

impl IdSeed {
    /// A seed for a thing that has a natural name, e.g. a finding id: the same name gives the same seed.
    pub fn of_name(name: &str) -> Self {
        IdSeed(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
    /// The id called `label` under this seed.
    pub fn id<T: From<Uuid>>(&self, label: &str) -> T {
        T::from(Uuid::new_v5(&self.0, label.as_bytes()))
    }
    /// The id called `label` under this seed, of something that begins on this day (UTC): what began together lies together
    /// wherever it is kept by id, so that it is found without looking all over the disk. Ids are seen by more people than
    /// times are (G13), hence the day and no closer. UUID version 7 (RFC 9562) of the day's first millisecond.
    pub fn id_of_day<T: From<Uuid>>(&self, label: &str, at: Instant) -> T {
        let day = at.0 - at.0.rem_euclid(Millis::days(1).0);
        let drawn = Uuid::new_v5(&self.0, label.as_bytes()).into_bytes();
        let random = std::array::from_fn(|n| drawn[n + 6]);
        T::from(Builder::from_unix_timestamp_millis(day.max(0).unsigned_abs(), &random).into_uuid())
    }
    /// A seed of its own for a part of the decision.
    pub fn child(&self, label: &str) -> IdSeed {
        IdSeed(Uuid::new_v5(&self.0, label.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_day(name: &str, at: &str) -> Uuid {
        IdSeed::of_name(name).id_of_day("case", at.parse().unwrap())
    }

    #[test]
    fn ids_of_a_day_sort_behind_those_of_the_day_before_and_say_nothing_of_the_hour() {
        let days =
            ["1969-12-31T00:00:00Z", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2027-01-01T12:00:00Z"];
        for (before, after) in days.iter().zip(&days[1..]) {
            for n in 0..200 {
                assert!(of_day(&format!("a{n}"), before) < of_day(&format!("b{n}"), after));
            }
        }
        assert_eq!(of_day("a", "2026-11-23T00:00:00Z"), of_day("a", "2026-11-23T23:59:59.999Z"));
        assert_eq!(of_day("a", days[1]).get_version_num(), 7);
    }

    #[test]
    fn ids_of_a_day_differ_by_seed_and_label() {
        let seeds = (0..1_000).map(|n| of_day(&n.to_string(), "2026-11-23T00:00:00Z"));
        assert_eq!(seeds.collect::<std::collections::BTreeSet<_>>().len(), 1_000);
        let seed = IdSeed::of_name("a");
        let of = |label: &str| -> Uuid { seed.id_of_day(label, Instant(0)) };
        assert_ne!(of("a"), of("b"));
    }
}
