//! What a finding is about: a pseudonymous key.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Device,
    Dwelling,
    Person,
    Vehicle,
    /// A place that is counted or watched as a whole: gate, shed, car park, estate.
    Area,
    /// A key inside readings: a card, a plate, a tag.
    Key,
}

impl SubjectKind {
    pub fn as_str(self) -> &'static str {
        match self {
            SubjectKind::Device => "device",
            SubjectKind::Dwelling => "dwelling",
            SubjectKind::Person => "person",
            SubjectKind::Vehicle => "vehicle",
            SubjectKind::Area => "area",
            SubjectKind::Key => "key",
        }
    }
}

/// Written `kind:id`, e.g. `dwelling:310104011012-E1-B41-D1-302`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
}

impl Subject {
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Self {
        Subject { kind, id: id.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "expected a subject like dwelling:ID (device, dwelling, person, vehicle, area or key before the colon), got {0:?}"
)]
pub struct NotASubject(pub String);

impl FromStr for Subject {
    type Err = NotASubject;
    fn from_str(s: &str) -> Result<Self, NotASubject> {
        let refuse = || NotASubject(s.to_owned());
        let (kind, id) = s.split_once(':').ok_or_else(refuse)?;
        let kind = match kind {
            "device" => SubjectKind::Device,
            "dwelling" => SubjectKind::Dwelling,
            "person" => SubjectKind::Person,
            "vehicle" => SubjectKind::Vehicle,
            "area" => SubjectKind::Area,
            "key" => SubjectKind::Key,
            _ => return Err(refuse()),
        };
        if id.is_empty() { Err(refuse()) } else { Ok(Subject::new(kind, id)) }
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
