//! Instants, spans and local days.
//!
//! Owns: the one representation of time, milliseconds since 1970-01-01T00:00:00Z.
//!
//! Invariants
//! - TM1 An [`Instant`] is written as RFC 3339 with milliseconds in text formats and as an `i64` in
//!   binary ones; both read back to the same value, in text formats within the calendar's years 1 to 9999.
//! - TM2 Reading an instant from text never guesses a zone: text without an offset is refused.
//!
//! Deliberately absent: `now`. The time is an argument.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, ops, str::FromStr};

/// A point in time, in milliseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

/// A length of time in milliseconds; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// A civil date in the installation's zone, written `2026-11-23`.
pub type LocalDay = Date;

/// The zone of every Chinese installation.
pub const DEFAULT_ZONE: &str = "Asia/Shanghai";

impl Instant {
    pub const MIN: Instant = Instant(i64::MIN);
    pub const MAX: Instant = Instant(i64::MAX);
    /// 0001-01-01T00:00:00Z and 9999-12-30T22:00:00Z: what lies between can be written down in every zone.
    pub const CALENDAR: [Instant; 2] = [Instant(-62_135_596_800_000), Instant(253_402_207_200_000)];

    pub fn from_millis(ms: i64) -> Self {
        Instant(ms)
    }
    pub fn millis(self) -> i64 {
        self.0
    }
    pub fn is_in_calendar(self) -> bool {
        (Self::CALENDAR[0]..=Self::CALENDAR[1]).contains(&self)
    }
    /// The nearest instant of the calendar: spans of a few centuries can be added to it without overflow.
    pub fn in_calendar(self) -> Self {
        self.clamp(Self::CALENDAR[0], Self::CALENDAR[1])
    }
    pub fn saturating_add(self, d: Millis) -> Self {
        Instant(self.0.saturating_add(d.0))
    }
    pub fn saturating_sub(self, d: Millis) -> Self {
        Instant(self.0.saturating_sub(d.0))
    }
    /// The civil date of this instant in `zone`; instants outside jiff's range take the nearest bound.
    /// When a local day begins; the last instant there is for days beyond the calendar.
    pub fn start_of(day: LocalDay, zone: &TimeZone) -> Instant {
        let at = zone.to_timestamp(day.at(0, 0, 0, 0));
        at.map_or(Instant::MAX, |t| Instant(t.as_millisecond()))
    }
    pub fn day_in(self, zone: &TimeZone) -> LocalDay {
        zone.to_datetime(self.timestamp()).date()
    }
    /// The same instant for calendar work; clamped to the years -9999..=9999.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl Millis {
    pub const ZERO: Millis = Millis(0);
    pub const fn secs(s: i64) -> Self {
        Millis(s * 1_000)
    }
    pub const fn minutes(m: i64) -> Self {
        Millis(m * 60_000)
    }
    pub const fn hours(h: i64) -> Self {
        Millis(h * 3_600_000)
    }
    pub const fn days(d: i64) -> Self {
        Millis(d * 86_400_000)
    }
}

impl ops::Add<Millis> for Instant {
    type Output = Instant;
    fn add(self, d: Millis) -> Instant {
        self.saturating_add(d)
    }
}
impl ops::Sub<Millis> for Instant {
    type Output = Instant;
    fn sub(self, d: Millis) -> Instant {
        self.saturating_sub(d)
    }
}
impl ops::Sub<Instant> for Instant {
    type Output = Millis;
    fn sub(self, o: Instant) -> Millis {
        Millis(self.0.saturating_sub(o.0))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

/// Why a text is not an instant.
#[derive(Debug, thiserror::Error)]
#[error("expected an RFC 3339 time with an offset, like 2026-11-23T08:30:00+08:00, got {0:?}")]
pub struct NotAnInstant(pub String);

impl FromStr for Instant {
    type Err = NotAnInstant;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse::<Timestamp>().map(|t| Instant(t.as_millisecond())).map_err(|_| NotAnInstant(s.to_owned()))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_i64(self.0) }
    }
}
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
            text.parse().map_err(D::Error::custom)
        } else {
            i64::deserialize(d).map(Instant)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_what_it_wrote() {
        let [first, last] = Instant::CALENDAR.map(Instant::millis);
        for ms in [0, 1, 999, 1_795_420_800_123, -1, first, last] {
            let text = Instant(ms).to_string();
            assert_eq!(text.parse::<Instant>().unwrap(), Instant(ms), "{text}");
        }
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn text_without_an_offset_is_refused() {
        assert!("2026-11-23T08:30:00".parse::<Instant>().is_err());
        assert_eq!(
            "2026-11-23T08:30:00+08:00".parse::<Instant>().unwrap().to_string(),
            "2026-11-23T00:30:00.000Z"
        );
    }

    #[test]
    fn a_local_day_turns_at_local_midnight() {
        let zone = TimeZone::get(DEFAULT_ZONE).unwrap();
        let before: Instant = "2026-11-22T15:59:59.999Z".parse().unwrap();
        assert_eq!(before.day_in(&zone).to_string(), "2026-11-22");
        assert_eq!((before + Millis(1)).day_in(&zone).to_string(), "2026-11-23");
    }
}
