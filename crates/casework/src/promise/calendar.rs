//! The calendar limits are counted by: office hours, statutory holidays, swap days (调休) as dated data.
//!
//! Invariants
//! - CA1 Nothing is invented: into a year that is not published, weekends are free and all else works, and
//!   every due time that touches it says `provisional`.
//! - CA2 `working_between(sub_working(end, n), end) == n`, and
//!   `working_between(start, add_working(start, n)) == n` for every start and n.
//!
//! Source of the data: the State Council's yearly notice, named in each file.

use super::Promise;
use crate::class::{Limit, LimitUnit};
use jiff::{
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use linli_model::{Diagnostic, Instant, Millis};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One published year.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i16,
    /// The notice it is taken from.
    source: String,
    holidays: Vec<Date>,
    /// Weekend days that are worked.
    working: Vec<Date>,
}

#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// Office hours of a working day, in order.
    office: Vec<(Time, Time)>,
    holidays: BTreeSet<Date>,
    working: BTreeSet<Date>,
    years: BTreeMap<i16, String>,
}

/// A deadline, and whether it was counted into a year that is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: Instant,
    pub provisional: bool,
}

const SHIPPED: &[&str] = &[
    include_str!("../../../../data/calendar/2025.toml"),
    include_str!("../../../../data/calendar/2026.toml"),
];

impl Calendar {
    pub fn shipped() -> Calendar {
        Self::check(SHIPPED).expect("the shipped calendar is checked by a test")
    }

    pub fn check(files: &[&str]) -> Result<Calendar, Vec<Diagnostic>> {
        let mut calendar = Calendar {
            zone: TimeZone::get(linli_model::time::DEFAULT_ZONE).expect("the zone is bundled"),
            office: vec![(clock(9, 0), clock(11, 30)), (clock(13, 30), clock(17, 30))],
            holidays: BTreeSet::new(),
            working: BTreeSet::new(),
            years: BTreeMap::new(),
        };
        let mut wrong = Vec::new();
        for text in files {
            wrong.extend(calendar.read(text));
        }
        if wrong.is_empty() { Ok(calendar) } else { Err(wrong) }
    }

    /// With one more year, or another word on one that is there.
    pub fn with(&self, text: &str) -> Result<Calendar, Vec<Diagnostic>> {
        let mut calendar = self.clone();
        let wrong = calendar.read(text);
        if wrong.is_empty() { Ok(calendar) } else { Err(wrong) }
    }

    fn read(&mut self, text: &str) -> Vec<Diagnostic> {
        match toml::from_str::<YearFile>(text) {
            Err(e) => vec![Diagnostic::new(
                "calendar_malformed",
                "calendar",
                format!("日历文件无法读取:{}", e.message()),
                format!("the calendar file cannot be read: {}", e.message()),
            )],
            Ok(file) => self.take(file),
        }
    }

    fn take(&mut self, file: YearFile) -> Vec<Diagnostic> {
        let field = |date: &Date| format!("calendar.{}.{date}", file.year);
        let mut wrong = Vec::new();
        for date in file.holidays.iter().chain(&file.working) {
            if date.year() != file.year {
                wrong.push(Diagnostic::new(
                    "calendar_wrong_year",
                    field(date),
                    "日期不属于该年",
                    "the date is of another year",
                ));
            }
        }
        for date in &file.working {
            if !is_weekend(*date) || file.holidays.contains(date) {
                let (zh, en) =
                    ("调休上班日应为周末且不在假日中", "a swap day is a weekend day that is no holiday");
                wrong.push(Diagnostic::new("calendar_wrong_swap", field(date), zh, en));
            }
        }
        self.forget(file.year);
        self.holidays.extend(&file.holidays);
        self.working.extend(&file.working);
        self.years.insert(file.year, file.source);
        wrong
    }

    fn forget(&mut self, year: i16) {
        let other = |date: &Date| date.year() != year;
        self.holidays.retain(other);
        self.working.retain(other);
        self.years.remove(&year);
    }

    /// The years whose days are known, in order.
    pub fn published(&self) -> impl Iterator<Item = i16> {
        self.years.keys().copied()
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
    pub fn is_published(&self, year: i16) -> bool {
        self.years.contains_key(&year)
    }
    /// The last year whose days are known; the alarm looks at this.
    pub fn published_until(&self) -> Option<i16> {
        self.years.keys().next_back().copied()
    }

    /// An alarm when the next year is near and not published (the notice comes in November).
    pub fn alarm(&self, now: Instant) -> Option<Diagnostic> {
        let today = now.day_in(&self.zone);
        let needed = if today.month() >= 11 { today.year() + 1 } else { today.year() };
        (!self.is_published(needed)).then(|| {
            Diagnostic::new(
                "calendar_runs_out",
                format!("calendar.{needed}"),
                format!("尚无 {needed} 年节假日与调休数据,跨入该年的时限为暂定。国务院通知发布后,请把该年的文件放入 calendar_dir。"),
                format!("The holidays and swap days of {needed} are not in the calendar; limits that reach into it are provisional. Put the year's file into calendar_dir once the State Council's notice is out."),
            )
        })
    }

    pub fn is_working_day(&self, date: Date) -> bool {
        !self.holidays.contains(&date) && (!is_weekend(date) || self.working.contains(&date))
    }

    /// When a limit that begins at `start` ends.
    pub fn due(&self, start: Instant, limit: Limit) -> Due {
        let amount = i64::from(limit.amount);
        let at = match limit.unit {
            LimitUnit::UrgentHours => start + Millis::hours(amount),
            LimitUnit::NaturalDays => start + Millis::days(amount),
            LimitUnit::WorkingHours => self.add_working(start, Millis::hours(amount)),
            LimitUnit::WorkingDays => self.close_of_nth_working_day(start, amount),
        };
        let counted = matches!(limit.unit, LimitUnit::WorkingHours | LimitUnit::WorkingDays);
        Due { at, provisional: counted && self.touches_unpublished(start, at) }
    }

    /// The new due time of a promise whose clock stood still from `paused` to `resumed`.
    pub fn due_after_pause(
        &self,
        due_at: Instant,
        paused: Instant,
        resumed: Instant,
        unit: LimitUnit,
    ) -> Due {
        match unit {
            LimitUnit::UrgentHours | LimitUnit::NaturalDays => {
                Due { at: due_at + (resumed - paused), provisional: false }
            }
            LimitUnit::WorkingHours | LimitUnit::WorkingDays => {
                let left = self.working_between(paused, due_at);
                let at = self.add_working(resumed, left);
                Due { at, provisional: self.touches_unpublished(resumed, at) }
            }
        }
    }

    /// The due time after `more` was granted: as much later, in the limit's own unit. A working day more is the same
    /// hour of the next working day.
    pub fn due_after_extension(&self, due_at: Instant, more: Limit) -> Due {
        let amount = i64::from(more.amount);
        let at = match more.unit {
            LimitUnit::UrgentHours => due_at + Millis::hours(amount),
            LimitUnit::NaturalDays => due_at + Millis::days(amount),
            LimitUnit::WorkingHours => self.add_working(due_at, Millis::hours(amount)),
            LimitUnit::WorkingDays => self.add_working(due_at, Millis(self.working_day().0 * amount)),
        };
        let counted = matches!(more.unit, LimitUnit::WorkingHours | LimitUnit::WorkingDays);
        Due { at, provisional: counted && self.touches_unpublished(due_at, at) }
    }

    /// Whether a promise was counted into a year that was not published then, and is now.
    pub fn knows_better(&self, promise: &Promise) -> bool {
        promise.provisional && !self.touches_unpublished(promise.made_at, promise.due_at)
    }

    /// When a limit ends that was counted into a year of which nothing was known but its weekends. One that was moved since
    /// it was given has as much working time as it seemed to have.
    pub fn counted_again(&self, made_at: Instant, due_at: Instant, limit: Limit) -> Instant {
        let mut then = self.clone();
        then.forget(due_at.day_in(&self.zone).year());
        if then.due(made_at, limit).at == due_at {
            return self.due(made_at, limit).at;
        }
        self.add_working(made_at, then.working_between(made_at, due_at))
    }

    /// The office hours of one working day.
    fn working_day(&self) -> Millis {
        let hours = |(open, close): &(Time, Time)| close.duration_since(*open).as_millis() as i64;
        Millis(self.office.iter().map(hours).sum())
    }

    /// When `percent` of a limit's own time is used up, seen back from `due_at`; a stopped clock has moved it.
    pub fn at_share(&self, made_at: Instant, due_at: Instant, limit: Limit, percent: u8) -> Instant {
        let left =
            |length: Millis| Millis((i128::from(length.0) * i128::from(100 - percent.min(100)) / 100) as i64);
        let at = match limit.unit {
            LimitUnit::UrgentHours => due_at - left(Millis::hours(i64::from(limit.amount))),
            LimitUnit::NaturalDays => due_at - left(Millis::days(i64::from(limit.amount))),
            LimitUnit::WorkingHours | LimitUnit::WorkingDays => {
                let length = self.working_between(made_at, self.due(made_at, limit).at);
                self.sub_working(due_at, left(length))
            }
        };
        at.max(made_at)
    }

    fn touches_unpublished(&self, from: Instant, to: Instant) -> bool {
        let (from, to) = (from.day_in(&self.zone).year(), to.day_in(&self.zone).year());
        (from..=to).any(|year| !self.is_published(year))
    }

    fn close_of_nth_working_day(&self, start: Instant, n: i64) -> Instant {
        let mut day = start.day_in(&self.zone);
        let mut left = n;
        while left > 0 {
            day = next(day);
            if self.is_working_day(day) {
                left -= 1;
            }
        }
        let (_, close) = self.office[self.office.len() - 1];
        self.instant(day, close)
    }

    fn instant(&self, day: Date, time: Time) -> Instant {
        let at = self
            .zone
            .to_timestamp(day.to_datetime(time))
            .expect("office hours exist on every day of this zone");
        Instant(at.as_millisecond())
    }

    fn windows(&self, day: Date) -> Vec<(Instant, Instant)> {
        if !self.is_working_day(day) {
            return Vec::new();
        }
        self.office
            .iter()
            .map(|(open, close)| (self.instant(day, *open), self.instant(day, *close)))
            .collect()
    }

    /// The instant at which `amount` of working time has passed since `start`.
    pub fn add_working(&self, start: Instant, amount: Millis) -> Instant {
        let mut left = amount.0.max(0);
        let mut day = start.day_in(&self.zone);
        loop {
            for (open, close) in self.windows(day) {
                let from = open.max(start);
                let here = (close - from).0.max(0);
                if left <= here && here > 0 {
                    return from + Millis(left);
                }
                left -= here;
            }
            day = next(day);
        }
    }

    /// The latest instant from which `amount` of working time passes until `end`.
    pub fn sub_working(&self, end: Instant, amount: Millis) -> Instant {
        let mut left = amount.0.max(0);
        if left == 0 {
            return end;
        }
        let mut day = end.day_in(&self.zone);
        loop {
            for (open, close) in self.windows(day).into_iter().rev() {
                let to = close.min(end);
                let here = (to - open).0.max(0);
                if left <= here {
                    return to - Millis(left);
                }
                left -= here;
            }
            day = day.yesterday().expect("calendars begin long after the year -9999");
        }
    }

    /// Working time between two instants; zero when they are the other way round.
    pub fn working_between(&self, from: Instant, to: Instant) -> Millis {
        let mut total = 0;
        let mut day = from.day_in(&self.zone);
        let last = to.day_in(&self.zone);
        while day <= last {
            for (open, close) in self.windows(day) {
                total += (close.min(to) - open.max(from)).0.max(0);
            }
            day = next(day);
        }
        Millis(total)
    }
}

fn clock(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}
fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
fn next(date: Date) -> Date {
    date.tomorrow().expect("calendars end long before the year 9999")
}
