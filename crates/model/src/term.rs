//! What an area sets for itself of a rule, beside parameter values: its terms.
//!
//! Invariants
//! - TE1 A term never changes what a rule hears or how it counts: it only says when, about whom and how severely it is
//!   told.

use crate::{finding::Severity, subject::Subject, time::Instant};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Told only during these hours.
    Hours(Hours),
    /// Told only about members of this population.
    Only { population: String },
    /// Not told about this subject, or about anything in it where it is an area; until then, or for good.
    Exempt { subject: Subject, until: Option<Instant>, reason: String },
    /// Told as at least so severe.
    Severity(Severity),
}

/// Certain hours of certain days, local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub days: Days,
    /// Minutes since midnight.
    pub from: u16,
    /// Not part of it; when it does not lie behind `from`, the stretch ends on the next day.
    pub to: u16,
}

/// The days on which a stretch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    /// Bit 0 is Monday.
    Weekdays(u8),
    /// As the calendar of statutory holidays and swap days has them.
    Workday,
    DayOff,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_A_DAY: u16 = 24 * 60;

#[derive(Debug, thiserror::Error)]
#[error(
    "expected hours like 22:00-06:00, then days if not every day: ,mon,sat or ,workday or ,day_off; got {0:?}"
)]
pub struct NotHours(pub String);

impl FromStr for Hours {
    type Err = NotHours;
    fn from_str(s: &str) -> Result<Self, NotHours> {
        read_hours(s).ok_or_else(|| NotHours(s.to_owned()))
    }
}

fn read_hours(s: &str) -> Option<Hours> {
    let mut parts = s.split(',');
    let (from, to) = parts.next()?.split_once('-')?;
    let days: Vec<&str> = parts.collect();
    let days = match days[..] {
        [] => Days::Weekdays(0b111_1111),
        ["workday"] => Days::Workday,
        ["day_off"] => Days::DayOff,
        _ => {
            let bit = |d: &&str| DAYS.iter().position(|known| known == d).map(|i| 1u8 << i);
            Days::Weekdays(days.iter().map(bit).try_fold(0, |all, bit| Some(all | bit?))?)
        }
    };
    Some(Hours { days, from: clock(from)?, to: clock(to)? })
}

fn clock(s: &str) -> Option<u16> {
    let (h, m) = s.split_once(':')?;
    let two =
        |s: &str| s.parse::<u16>().ok().filter(|_| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()));
    let minutes = two(h)? * 60 + two(m).filter(|m| *m < 60)?;
    (minutes < MINUTES_OF_A_DAY).then_some(minutes)
}

/// As it is read.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minutes: u16| (minutes / 60, minutes % 60);
        let ((h, m), (to_h, to_m)) = (clock(self.from), clock(self.to));
        write!(f, "{h:02}:{m:02}-{to_h:02}:{to_m:02}")?;
        match self.days {
            Days::Workday => write!(f, ",workday"),
            Days::DayOff => write!(f, ",day_off"),
            Days::Weekdays(bits) if bits & 0b111_1111 == 0b111_1111 => Ok(()),
            Days::Weekdays(bits) => {
                let on = DAYS.iter().enumerate().filter(|(i, _)| bits & 1 << i != 0);
                on.map(|(_, day)| day).try_for_each(|day| write!(f, ",{day}"))
            }
        }
    }
}

impl Term {
    /// What an area can have one of: it takes the place of the one set before.
    pub fn key(&self) -> String {
        match self {
            Term::Hours(_) => "hours".to_owned(),
            Term::Only { .. } => "only".to_owned(),
            Term::Exempt { subject, .. } => format!("exempt {subject}"),
            Term::Severity(_) => "severity".to_owned(),
        }
    }

    /// Whether it keeps anything from being told.
    pub fn weakens(&self) -> bool {
        !matches!(self, Term::Severity(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_back_as_they_were_written_and_odd_ones_are_refused() {
        for s in ["22:00-06:00", "07:30-09:00,mon,sat", "00:00-00:00,workday", "09:00-18:00,day_off"] {
            assert_eq!(s.parse::<Hours>().unwrap().to_string(), s);
        }
        for s in [
            "",
            "22:00",
            "24:00-06:00",
            "22:60-06:00",
            "2:00-06:00",
            "22:00-06:00,",
            "22:00-06:00,mo",
            "+2:00-06:00",
        ] {
            assert!(s.parse::<Hours>().is_err(), "{s}");
        }
    }

    #[test]
    fn only_a_severity_cannot_weaken_a_rule_and_each_exempted_subject_has_a_key_of_its_own() {
        let exempt =
            |s: &str| Term::Exempt { subject: s.parse().unwrap(), until: None, reason: String::new() };
        assert_ne!(exempt("device:a").key(), exempt("device:b").key());
        assert!(exempt("device:a").weakens() && Term::Only { population: "p".to_owned() }.weakens());
        assert!(!Term::Severity(Severity::Alarm).weakens());
    }
}
