//! Working days and days off, from the dated files of statutory holidays and swap days (调休).
//!
//! Invariants
//! - WD1 Nothing is invented: of a year whose holidays are not published nothing is known.

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

const SHIPPED: [&str; 2] =
    [include_str!("../../../data/calendar/2025.toml"), include_str!("../../../data/calendar/2026.toml")];

#[derive(Deserialize)]
struct YearText {
    year: i16,
    holidays: Vec<String>,
    working: Vec<String>,
}

/// Days as `YYYY-MM-DD`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workdays {
    years: BTreeSet<i16>,
    /// Days that are not what their weekday says: true works.
    swapped: BTreeMap<String, bool>,
}

static FOR_ALL: LazyLock<Arc<Workdays>> = LazyLock::new(|| Arc::new(Workdays::shipped()));

impl Workdays {
    pub fn shipped() -> Workdays {
        Workdays::from_toml(&SHIPPED)
    }
    /// The same ones for all, read once.
    pub fn shipped_for_all() -> &'static Arc<Workdays> {
        &FOR_ALL
    }

    /// Files that cannot be read add nothing: their year stays unknown.
    pub fn from_toml(files: &[&str]) -> Workdays {
        let mut days = Workdays::default();
        for year in files.iter().filter_map(|text| toml::from_str::<YearText>(text).ok()) {
            days.years.insert(year.year);
            days.swapped.extend(year.holidays.into_iter().map(|d| (d, false)));
            days.swapped.extend(year.working.into_iter().map(|d| (d, true)));
        }
        days
    }

    /// Whether people work on a day; `weekday` is Monday 1 to Sunday 7. None: not published.
    pub fn works(&self, year: i16, month: i8, day: i8, weekday: u8) -> Option<bool> {
        if !self.years.contains(&year) {
            return None;
        }
        let swapped = self.swapped.get(&format!("{year:04}-{month:02}-{day:02}"));
        Some(swapped.copied().unwrap_or(weekday <= 5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_swap_days_and_weekdays_are_told_apart_and_an_unpublished_year_is_unknown() {
        let days = Workdays::shipped();
        let on = |y, m, d, weekday| days.works(y, m, d, weekday);
        assert_eq!(on(2026, 10, 1, 4), Some(false), "a holiday on a Thursday");
        assert_eq!(on(2026, 10, 10, 6), Some(true), "a Saturday that is worked");
        assert_eq!((on(2026, 11, 2, 1), on(2026, 11, 7, 6)), (Some(true), Some(false)));
        assert_eq!(on(2031, 1, 1, 3), None);
    }
}
