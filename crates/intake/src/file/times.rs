//! Times as files write them.

use jiff::{
    civil::DateTime,
    fmt::strtime::BrokenDownTime,
    tz::{AmbiguousOffset, TimeZone},
};
use linli_model::Instant;
use serde::Deserialize;

/// How a column writes a time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum TimeForm {
    /// With its offset, like 2026-11-23T08:30:00+08:00.
    Rfc3339,
    EpochSecs,
    EpochMillis,
    /// Seconds since 1970 that show the local wall clock when they are read as UTC: the clock's time, in the wrong zone.
    EpochSecsOfWallClock,
    /// A strptime pattern; without `%z` the time is the wall clock of the mapping's zone.
    Pattern(String),
}

/// Why a text is not a time of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotATime {
    Form,
    /// The wall clock showed this time never (clocks went forward); what it would be if they had not.
    Skipped(Instant),
}

impl TimeForm {
    /// A time of the calendar.
    pub fn read(&self, text: &str, zone: &TimeZone) -> Result<Instant, NotATime> {
        self.read_any(text, zone)
            .and_then(|at| if at.is_in_calendar() { Ok(at) } else { Err(NotATime::Form) })
    }

    fn read_any(&self, text: &str, zone: &TimeZone) -> Result<Instant, NotATime> {
        let number = || text.parse::<i64>().map_err(|_| NotATime::Form);
        match self {
            TimeForm::Rfc3339 => crate::row::parse_instant(text).ok_or(NotATime::Form),
            TimeForm::EpochSecs => number().map(of_secs),
            TimeForm::EpochMillis => number().map(Instant),
            TimeForm::EpochSecsOfWallClock => {
                let utc = of_secs(number()?).timestamp();
                on_the_wall(TimeZone::UTC.to_datetime(utc), zone)
            }
            TimeForm::Pattern(pattern) => {
                let read = BrokenDownTime::parse(pattern, text).map_err(|_| NotATime::Form)?;
                if read.offset().is_some() {
                    return read
                        .to_timestamp()
                        .map(|t| Instant(t.as_millisecond()))
                        .map_err(|_| NotATime::Form);
                }
                let shown = read
                    .to_datetime()
                    .or_else(|_| read.to_date().map(|day| day.at(read.hour().unwrap_or(0), 0, 0, 0)));
                on_the_wall(shown.map_err(|_| NotATime::Form)?, zone)
            }
        }
    }
}

fn of_secs(secs: i64) -> Instant {
    Instant(secs.saturating_mul(1_000))
}

/// A wall clock's time; of an hour that came twice, the first.
fn on_the_wall(shown: DateTime, zone: &TimeZone) -> Result<Instant, NotATime> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        let as_if = ambiguous.compatible().map_err(|_| NotATime::Form)?;
        return Err(NotATime::Skipped(Instant(as_if.as_millisecond())));
    }
    ambiguous.earlier().map(|t| Instant(t.as_millisecond())).map_err(|_| NotATime::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &TimeForm, text: &str, zone: &str) -> String {
        match form.read(text, &TimeZone::get(zone).unwrap()) {
            Ok(at) => at.to_string(),
            Err(e) => format!("{e:?}"),
        }
    }

    #[test]
    fn every_form_reads_its_own_writing() {
        let pattern = |p: &str| TimeForm::Pattern(p.to_owned());
        let cases = [
            (TimeForm::Rfc3339, "2026-11-23T08:30:00+08:00", "UTC", "2026-11-23T00:30:00.000Z"),
            (TimeForm::EpochSecs, "1203898966", "Europe/Amsterdam", "2008-02-25T00:22:46.000Z"),
            (TimeForm::EpochSecsOfWallClock, "1203898966", "Europe/Amsterdam", "2008-02-24T23:22:46.000Z"),
            (
                pattern("%Y-%m-%d %H:%M:%S"),
                "2016-10-04 07:59:42",
                "Europe/London",
                "2016-10-04T06:59:42.000Z",
            ),
            (
                pattern("%Y-%m-%d %H:%M:%S"),
                "2016-11-04 07:59:42",
                "Europe/London",
                "2016-11-04T07:59:42.000Z",
            ),
            (pattern("%d/%m/%y %H"), "06/01/14 23", "UTC", "2014-01-06T23:00:00.000Z"),
            (
                pattern("%m/%d/%Y %I:%M:%S %p"),
                "04/12/2018 12:45:48 AM",
                "America/New_York",
                "2018-04-12T04:45:48.000Z",
            ),
            (pattern("%Y-%m-%dT%H:%M:%S%z"), "2026-11-23T08:30:00+0800", "UTC", "2026-11-23T00:30:00.000Z"),
            (TimeForm::EpochSecs, "x", "UTC", "Form"),
            (TimeForm::EpochSecs, "9223372036854775807", "UTC", "Form"),
            (TimeForm::EpochMillis, "-9223372036854775808", "UTC", "Form"),
            (TimeForm::EpochMillis, "253402207200000", "UTC", "9999-12-30T22:00:00.000Z"),
            (TimeForm::EpochMillis, "253402207200001", "UTC", "Form"),
            (pattern("%Y-%m-%d"), "2026-11-23", "UTC", "2026-11-23T00:00:00.000Z"),
            (pattern("%Y-%m-%d"), "23.11.2026", "UTC", "Form"),
        ];
        for (form, text, zone, expected) in cases {
            assert_eq!(read(&form, text, zone), expected, "{form:?} {text}");
        }
    }

    #[test]
    fn an_hour_that_never_was_is_refused_and_one_that_came_twice_is_its_first() {
        let form = TimeForm::Pattern("%Y-%m-%d %H:%M".to_owned());
        let skipped = read(&form, "2016-03-27 01:30", "Europe/London");
        assert!(skipped.starts_with("Skipped"), "{skipped}");
        assert_eq!(read(&form, "2016-10-30 01:30", "Europe/London"), "2016-10-30T00:30:00.000Z");
    }
}
