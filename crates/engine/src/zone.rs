//! Local days and hours, fast: the offset of the zone is looked up once per stretch in which it does not change.

use jiff::{Timestamp, tz::TimeZone};
use linli_rule::Workdays;
use std::{cell::Cell, sync::Arc};

const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Debug)]
pub(crate) struct Zone {
    zone: TimeZone,
    /// From, to (exclusive) and the offset in between, in milliseconds.
    stretch: Cell<(i64, i64, i64)>,
    workdays: Arc<Workdays>,
}

impl Zone {
    pub(crate) fn of(zone: TimeZone, workdays: Arc<Workdays>) -> Self {
        Zone { zone, stretch: Cell::new((0, 0, 0)), workdays }
    }

    fn offset(&self, at: i64) -> i64 {
        let (from, to, offset) = self.stretch.get();
        if (from..to).contains(&at) {
            return offset;
        }
        let t = linli_model::Instant(at).timestamp();
        let offset = i64::from(self.zone.to_offset(t).seconds()) * 1000;
        let from = self.zone.preceding(t).next().map_or(i64::MIN, |x| x.timestamp().as_millisecond());
        let next = self.zone.following(t).next().map_or(i64::MAX, |x| x.timestamp().as_millisecond());
        // `preceding` does not give a change that happens at `t` itself.
        let from = if self.changes_at(t) { at } else { from };
        self.stretch.set((from.min(at), next.max(at.saturating_add(1)), offset));
        offset
    }
    fn changes_at(&self, t: Timestamp) -> bool {
        let before = Timestamp::from_millisecond(t.as_millisecond() - 1).unwrap_or(t);
        self.zone.to_offset(before) != self.zone.to_offset(t)
    }

    /// The number of the day of an instant; days begin `cut` after midnight.
    #[inline]
    pub(crate) fn day(&self, at: i64, cut: i64, utc: bool) -> i64 {
        let offset = if utc { 0 } else { self.offset(at) };
        at.saturating_add(offset).saturating_sub(cut).div_euclid(DAY_MS)
    }
    /// When a day begins.
    pub(crate) fn day_start(&self, day: i64, cut: i64, utc: bool) -> i64 {
        let local = day.saturating_mul(DAY_MS).saturating_add(cut);
        if utc {
            return local;
        }
        let guess = local.saturating_sub(self.offset(local));
        local.saturating_sub(self.offset(guess))
    }
    /// When the stretch of a length in which an instant lies began; stretches stand side by side from local midnight.
    pub(crate) fn stretch_start(&self, at: i64, length: i64) -> i64 {
        let day = self.day(at, 0, false);
        if length >= DAY_MS {
            let days = (length / DAY_MS).max(1);
            return self.day_start(day - day.rem_euclid(days), 0, false);
        }
        let midnight = self.day_start(day, 0, false);
        midnight + (at - midnight) / length.max(1) * length.max(1)
    }
    /// When a clock on the wall of a day shows so many milliseconds since midnight; beyond 24 h on the days after.
    pub(crate) fn at_clock(&self, day: i64, clock: i64) -> i64 {
        self.day_start(day, clock, false)
    }
    /// Whether people work on a day; None: that year's holidays are not published.
    pub(crate) fn works(&self, day: i64) -> Option<bool> {
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
        let weekday = date.weekday().to_monday_one_offset() as u8;
        self.workdays.works(date.year(), date.month(), date.day(), weekday)
    }
    pub(crate) fn hour(&self, at: i64) -> f64 {
        (at.saturating_add(self.offset(at)).rem_euclid(DAY_MS) / 3_600_000) as f64
    }
    /// Monday 1 to Sunday 7.
    pub(crate) fn weekday(&self, at: i64) -> f64 {
        // Day 0 was a Thursday.
        ((self.day(at, 0, false) + 3).rem_euclid(7) + 1) as f64
    }
    pub(crate) fn datetime(&self, at: i64) -> jiff::civil::DateTime {
        let t = linli_model::Instant(at).timestamp();
        let seconds = (self.offset(at) / 1000) as i32;
        jiff::tz::Offset::from_seconds(seconds).unwrap_or(jiff::tz::Offset::UTC).to_datetime(t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(s: &str) -> i64 {
        s.parse::<linli_model::Instant>().unwrap().0
    }

    #[test]
    fn days_and_hours_agree_with_the_calendar_also_across_a_change_of_offset() {
        for name in ["Asia/Shanghai", "Europe/London"] {
            let tz = TimeZone::get(name).unwrap();
            let zone = Zone::of(tz.clone(), Arc::default());
            let mut at = ms("2016-10-29T20:00:00Z");
            for _ in 0..200 {
                let civil = zone.datetime(at);
                assert_eq!(zone.hour(at), f64::from(civil.hour()), "{name} {at}");
                assert_eq!(
                    zone.weekday(at),
                    f64::from(civil.weekday().to_monday_one_offset()),
                    "{name} {at}"
                );
                let day = zone.day(at, 0, false);
                assert_eq!(zone.datetime(zone.day_start(day, 0, false)).date(), civil.date(), "{name} {at}");
                at += 17 * 60_000;
            }
        }
    }
}
