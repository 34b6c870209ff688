//! Typed ids and the seed they are drawn from.
//!
//! Invariants
//! - ID1 A decision draws ids only from the [`IdSeed`] it was given: same seed, same ids.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// A seed of its own for a part of the decision.
    pub fn child(&self, label: &str) -> IdSeed {
        IdSeed(Uuid::new_v5(&self.0, label.as_bytes()))
    }
}
