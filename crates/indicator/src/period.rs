//! Periods in the installation's zone, and what each is compared with.

use jiff::{Span, ToSpan, civil::Date, tz::TimeZone};
use linli_model::{Diagnostic, Instant, LocalDay, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    Day,
    /// Monday to Sunday.
    Week,
    Month,
    /// The statistical month: from the 26th of the month before to the 25th, named by the month it ends in.
    StatMonth,
    Quarter,
    Year,
    /// From a day to a day.
    Range,
}

impl PeriodKind {
    pub const ALL: [PeriodKind; 7] = [
        PeriodKind::Day,
        PeriodKind::Week,
        PeriodKind::Month,
        PeriodKind::StatMonth,
        PeriodKind::Quarter,
        PeriodKind::Year,
        PeriodKind::Range,
    ];
    pub fn code(self) -> &'static str {
        match self {
            PeriodKind::Day => "day",
            PeriodKind::Week => "week",
            PeriodKind::Month => "month",
            PeriodKind::StatMonth => "stat_month",
            PeriodKind::Quarter => "quarter",
            PeriodKind::Year => "year",
            PeriodKind::Range => "range",
        }
    }
    pub fn find(code: &str) -> Option<PeriodKind> {
        PeriodKind::ALL.into_iter().find(|k| k.code() == code)
    }
    pub fn label(self) -> Text {
        match self {
            PeriodKind::Day => Text::new("日", "Day"),
            PeriodKind::Week => Text::new("周", "Week"),
            PeriodKind::Month => Text::new("自然月", "Calendar month"),
            PeriodKind::StatMonth => Text::new("统计月(26–25日)", "Statistical month (26th–25th)"),
            PeriodKind::Quarter => Text::new("季度", "Quarter"),
            PeriodKind::Year => Text::new("年", "Year"),
            PeriodKind::Range => Text::new("自定", "From – to"),
        }
    }
}

/// A span of whole local days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub kind: PeriodKind,
    pub first: LocalDay,
    pub last: LocalDay,
}

/// The longest range that is asked for at once.
pub const RANGE_DAYS_MAX: i64 = 3_660;
/// The last day of the statistical month.
const STAT_MONTH_ENDS: i8 = 25;

impl Period {
    /// The period of `kind` that `day` lies in.
    pub fn around(kind: PeriodKind, day: LocalDay) -> Option<Period> {
        let (first, last) = match kind {
            PeriodKind::Day | PeriodKind::Range => (day, day),
            PeriodKind::Week => {
                let first = back(day, i64::from(day.weekday().to_monday_zero_offset()).days())?;
                (first, on(first, 6.days())?)
            }
            PeriodKind::Month => (day.first_of_month(), day.last_of_month()),
            PeriodKind::StatMonth => stat_month(day)?,
            PeriodKind::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                let first = Date::new(day.year(), month, 1).ok()?;
                (first, on(first, 2.months())?.last_of_month())
            }
            PeriodKind::Year => (day.first_of_year(), day.last_of_year()),
        };
        Some(Period { kind, first, last })
    }

    pub fn range(first: LocalDay, last: LocalDay) -> Result<Period, Diagnostic> {
        if last < first {
            return Err(Diagnostic::new(
                "period_ends_before_it_begins",
                "to",
                format!("结束日 {last} 早于开始日 {first}"),
                format!("the last day {last} lies before the first day {first}"),
            ));
        }
        if days_between(first, last) >= RANGE_DAYS_MAX {
            return Err(Diagnostic::new(
                "period_too_long",
                "to",
                format!("时间段最长 {RANGE_DAYS_MAX} 天"),
                format!("expected at most {RANGE_DAYS_MAX} days"),
            ));
        }
        Ok(Period { kind: PeriodKind::Range, first, last })
    }

    /// The period before it (环比): of the same kind, or as many days.
    pub fn before(&self) -> Option<Period> {
        let end = back(self.first, 1.days())?;
        match self.kind {
            PeriodKind::Range => {
                let first = back(end, days_between(self.first, self.last).days())?;
                Some(Period { kind: self.kind, first, last: end })
            }
            kind => Period::around(kind, end),
        }
    }

    /// The same a year ago (同比). A week is compared with the one 52 weeks before, so that it has the same days.
    pub fn year_before(&self) -> Option<Period> {
        match self.kind {
            PeriodKind::Week => {
                let (first, last) = (back(self.first, 52.weeks())?, back(self.last, 52.weeks())?);
                Some(Period { first, last, ..*self })
            }
            PeriodKind::Range => {
                let (first, last) = (back(self.first, 1.years())?, back(self.last, 1.years())?);
                Some(Period { first, last, ..*self })
            }
            kind => Period::around(kind, back(self.last, 1.years())?),
        }
    }

    /// From its first instant to the first after it.
    pub fn instants(&self, zone: &TimeZone) -> (Instant, Instant) {
        let end = on(self.last, 1.days()).map_or(Instant::MAX, |next| Instant::start_of(next, zone));
        (Instant::start_of(self.first, zone), end)
    }

    /// `2026-11`, `2026-W47`, `2026-10-26 – 2026-11-25` …
    pub fn name(&self) -> String {
        match self.kind {
            PeriodKind::Day => self.first.to_string(),
            PeriodKind::Month => format!("{:04}-{:02}", self.first.year(), self.first.month()),
            PeriodKind::Quarter => format!("{:04}-Q{}", self.first.year(), (self.first.month() - 1) / 3 + 1),
            PeriodKind::Year => format!("{:04}", self.first.year()),
            PeriodKind::Week => {
                let week = self.first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            PeriodKind::StatMonth | PeriodKind::Range => format!("{} – {}", self.first, self.last),
        }
    }
}

fn stat_month(day: LocalDay) -> Option<(LocalDay, LocalDay)> {
    let ends_in = if day.day() > STAT_MONTH_ENDS { on(day.first_of_month(), 1.months())? } else { day };
    let last = Date::new(ends_in.year(), ends_in.month(), STAT_MONTH_ENDS).ok()?;
    let first = on(back(last, 1.months())?, 1.days())?;
    Some((first, last))
}

fn on(day: LocalDay, span: Span) -> Option<LocalDay> {
    day.checked_add(span).ok()
}

fn back(day: LocalDay, span: Span) -> Option<LocalDay> {
    day.checked_sub(span).ok()
}

fn days_between(first: LocalDay, last: LocalDay) -> i64 {
    first.until(last).map_or(i64::MAX, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(kind: PeriodKind, day: &str) -> String {
        let period = Period::around(kind, day.parse().unwrap()).unwrap();
        let shown = |p: Option<Period>| p.map_or("-".to_owned(), |p| format!("{}..{}", p.first, p.last));
        format!(
            "{} {} before {} year {}",
            period.name(),
            shown(Some(period)),
            shown(period.before()),
            shown(period.year_before())
        )
    }

    #[test]
    fn periods_are_found_around_a_day_with_what_they_are_compared_with() {
        let cases = [
            (
                PeriodKind::Day,
                "2026-03-01",
                "2026-03-01 2026-03-01..2026-03-01 before 2026-02-28..2026-02-28 year 2025-03-01..2025-03-01",
            ),
            (
                PeriodKind::Week,
                "2026-11-27",
                "2026-W48 2026-11-23..2026-11-29 before 2026-11-16..2026-11-22 year 2025-11-24..2025-11-30",
            ),
            (
                PeriodKind::Month,
                "2024-02-29",
                "2024-02 2024-02-01..2024-02-29 before 2024-01-01..2024-01-31 year 2023-02-01..2023-02-28",
            ),
            (
                PeriodKind::StatMonth,
                "2026-11-25",
                "2026-10-26 – 2026-11-25 2026-10-26..2026-11-25 before 2026-09-26..2026-10-25 year 2025-10-26..2025-11-25",
            ),
            (
                PeriodKind::StatMonth,
                "2026-12-26",
                "2026-12-26 – 2027-01-25 2026-12-26..2027-01-25 before 2026-11-26..2026-12-25 year 2025-12-26..2026-01-25",
            ),
            (
                PeriodKind::StatMonth,
                "2026-03-01",
                "2026-02-26 – 2026-03-25 2026-02-26..2026-03-25 before 2026-01-26..2026-02-25 year 2025-02-26..2025-03-25",
            ),
            (
                PeriodKind::Quarter,
                "2026-11-27",
                "2026-Q4 2026-10-01..2026-12-31 before 2026-07-01..2026-09-30 year 2025-10-01..2025-12-31",
            ),
            (
                PeriodKind::Year,
                "2026-11-27",
                "2026 2026-01-01..2026-12-31 before 2025-01-01..2025-12-31 year 2025-01-01..2025-12-31",
            ),
        ];
        for (kind, day, expected) in cases {
            assert_eq!(around(kind, day), expected);
        }
    }

    #[test]
    fn a_range_is_compared_with_as_many_days_before() {
        let range = Period::range("2026-11-10".parse().unwrap(), "2026-11-16".parse().unwrap()).unwrap();
        let before = range.before().unwrap();
        assert_eq!(
            (before.first.to_string(), before.last.to_string()),
            ("2026-11-03".into(), "2026-11-09".into())
        );
        let wrong = Period::range("2026-11-10".parse().unwrap(), "2026-11-09".parse().unwrap()).unwrap_err();
        assert_eq!(wrong.code, "period_ends_before_it_begins");
        let long = Period::range("2000-01-01".parse().unwrap(), "2026-11-09".parse().unwrap()).unwrap_err();
        assert_eq!(long.code, "period_too_long");
    }

    #[test]
    fn a_day_is_as_long_as_it_is_in_its_zone() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let day = Period::around(PeriodKind::Day, "2026-10-25".parse().unwrap()).unwrap();
        let (from, to) = day.instants(&zone);
        assert_eq!((to - from).0, 25 * 3_600_000);
    }
}
