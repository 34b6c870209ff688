//! When a post is on duty (值班): weekly hours by the kind of day, dated turns, absences.
//!
//! Invariants
//! - DU1 A post with neither hours nor turns is on duty always; an absence goes before everything.
//! - DU2 A span that ends no later than it begins runs past midnight and belongs to the day it begins on.
//! - DU3 [`uncovered`] gives exactly the times of a range in which none of the posts is on duty.

use crate::{owner::routing::Day, promise::calendar::Calendar};
use jiff::civil::{Date, Time};
use linli_model::{Diagnostic, Instant, Millis, Text};
use serde::{Deserialize, Serialize};

/// The most of each that one post may have; a year of turns, and some.
pub const HOURS_MAX: usize = 28;
pub const TURNS_MAX: usize = 400;
pub const AWAY_MAX: usize = 50;

/// What is set of one post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Duty {
    pub hours: Vec<Hours>,
    pub turns: Vec<Turn>,
    pub away: Vec<Away>,
}

/// The same every week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hours {
    pub days: Days,
    pub from: Time,
    pub to: Time,
}

/// On one day, beside the hours: a holiday, a night.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub date: Date,
    pub from: Time,
    pub to: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Away {
    pub from: Instant,
    pub until: Instant,
}

/// Which days: by the calendar of holidays and swap days (调休), or one of the week. Kept and asked for as its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Days {
    EveryDay,
    WorkingDays,
    RestDays,
    On(Day),
}

/// From the first instant to just before the last.
pub type Span = (Instant, Instant);

impl Days {
    pub fn all() -> impl Iterator<Item = Days> {
        [Days::EveryDay, Days::WorkingDays, Days::RestDays].into_iter().chain(Day::ALL.map(Days::On))
    }
    pub fn code(self) -> &'static str {
        match self {
            Days::EveryDay => "every_day",
            Days::WorkingDays => "working_days",
            Days::RestDays => "rest_days",
            Days::On(day) => day.code(),
        }
    }
    pub fn find(code: &str) -> Option<Days> {
        Days::all().find(|d| d.code() == code)
    }
    pub fn label(self) -> Text {
        match self {
            Days::EveryDay => Text::new("每天", "Every day"),
            Days::WorkingDays => Text::new("工作日(含调休上班)", "Working days (swap days too)"),
            Days::RestDays => Text::new("休息日和节假日", "Days off and holidays"),
            Days::On(day) => day.label(),
        }
    }

    fn has(self, date: Date, calendar: &Calendar) -> bool {
        match self {
            Days::EveryDay => true,
            Days::WorkingDays => calendar.is_working_day(date),
            Days::RestDays => !calendar.is_working_day(date),
            Days::On(day) => Day::of(date.weekday()) == day,
        }
    }
}

impl From<Days> for String {
    fn from(days: Days) -> String {
        days.code().to_owned()
    }
}

impl TryFrom<String> for Days {
    type Error = String;
    fn try_from(code: String) -> Result<Days, String> {
        Days::find(&code).ok_or_else(|| format!("{code} is no kind of days"))
    }
}

impl Duty {
    /// DU1
    pub fn is_always(&self) -> bool {
        self.hours.is_empty() && self.turns.is_empty()
    }

    /// Nothing is set; the same as none at all.
    pub fn is_empty(&self) -> bool {
        self.is_always() && self.away.is_empty()
    }

    pub fn is_on(&self, at: Instant, calendar: &Calendar) -> bool {
        !self.spans(at, at + Millis(1), calendar).is_empty()
    }

    /// The end of the absence that holds at this time, with those that follow on it without a gap.
    pub fn away_until(&self, at: Instant) -> Option<Instant> {
        let mut until = None;
        let holds = |from: Instant| self.away.iter().filter(move |a| a.from <= from && from < a.until);
        while let Some(end) = holds(until.unwrap_or(at)).map(|a| a.until).max() {
            until = Some(end);
        }
        until
    }

    /// Every mistake, by field.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for (field, n, most) in [
            ("hours", self.hours.len(), HOURS_MAX),
            ("turns", self.turns.len(), TURNS_MAX),
            ("away", self.away.len(), AWAY_MAX),
        ] {
            if n > most {
                wrong.push(Diagnostic::new(
                    "duty_too_long",
                    field,
                    format!("最多 {most} 条,现有 {n} 条"),
                    format!("at most {most} rows, there are {n}"),
                ));
            }
        }
        for (i, _) in self.away.iter().enumerate().filter(|(_, a)| a.until <= a.from) {
            wrong.push(Diagnostic::new(
                "away_ends_before_it_begins",
                format!("away.{i}.until"),
                "离岗的结束时间应晚于开始时间",
                "an absence ends after it begins",
            ));
        }
        wrong
    }

    /// When this post is on duty in a range: in order, apart from one another.
    pub fn spans(&self, from: Instant, to: Instant, calendar: &Calendar) -> Vec<Span> {
        let set = match self.is_always() {
            true => vec![(from, to)],
            false => self.set_spans(from, to, calendar),
        };
        let away = joined(self.away.iter().map(|a| (a.from, a.until)), from, to);
        without(&joined(set, from, to), &away)
    }

    fn set_spans(&self, from: Instant, to: Instant, calendar: &Calendar) -> Vec<Span> {
        let mut found = Vec::new();
        // What began the day before may still run (DU2).
        let last = to.day_in(calendar.zone());
        let first = from.day_in(calendar.zone());
        for date in first.yesterday().unwrap_or(first).series(jiff::Span::new().days(1)) {
            if date > last {
                break;
            }
            let hours = self.hours.iter().filter(|h| h.days.has(date, calendar)).map(|h| (h.from, h.to));
            let turns = self.turns.iter().filter(|t| t.date == date).map(|t| (t.from, t.to));
            found.extend(hours.chain(turns).filter_map(|(from, to)| on_day(date, from, to, calendar)));
        }
        found
    }
}

fn on_day(date: Date, from: Time, to: Time, calendar: &Calendar) -> Option<Span> {
    let ends_on = if to <= from { date.tomorrow().ok()? } else { date };
    let at = |date: Date, time: Time| {
        let found = calendar.zone().to_timestamp(date.to_datetime(time)).ok()?;
        Some(Instant(found.as_millisecond()))
    };
    Some((at(date, from)?, at(ends_on, to)?))
}

/// Spans cut to a range, in order, those that touch made one.
fn joined(spans: impl IntoIterator<Item = Span>, from: Instant, to: Instant) -> Vec<Span> {
    let cut = spans.into_iter().map(|(a, b)| (a.max(from), b.min(to)));
    let mut all: Vec<Span> = cut.filter(|(a, b)| a < b).collect();
    all.sort();
    let mut out: Vec<Span> = Vec::new();
    for (a, b) in all {
        match out.last_mut() {
            Some(last) if a <= last.1 => last.1 = last.1.max(b),
            _ => out.push((a, b)),
        }
    }
    out
}

/// What is left of `spans` where `others` are taken out; both as [`joined`] gives them.
fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for &(begins, b) in spans {
        let mut a = begins;
        for &(c, d) in others.iter().filter(|(c, d)| *c < b && *d > begins) {
            if a < c {
                left.push((a, c));
            }
            a = a.max(d);
        }
        if a < b {
            left.push((a, b));
        }
    }
    left
}

/// DU3
pub fn uncovered<'a>(
    duties: impl IntoIterator<Item = &'a Duty>,
    from: Instant,
    to: Instant,
    calendar: &Calendar,
) -> Vec<Span> {
    let on = duties.into_iter().flat_map(|d| d.spans(from, to, calendar));
    without(&[(from, to)], &joined(on, from, to))
}
