//! When people may be told: quiet hours and limits, by how much it matters.

use jiff::{civil::Time, tz::TimeZone};
use linli_model::{Instant, Millis, Severity};

#[derive(Clone, Debug)]
pub struct NoticePolicy {
    pub zone: TimeZone,
    /// Quiet from this hour of the evening …
    pub quiet_from_hour: i8,
    /// … to this hour of the morning.
    pub quiet_to_hour: i8,
    /// Beyond so many notices an hour, what does not matter at once waits for the next hour.
    pub per_hour_max: usize,
    /// An alarm that nobody takes goes one level up after this long, and again.
    pub alarm_rung: Millis,
    pub urgent_rung: Millis,
    /// Pushes that can wait are sent to one person no more often a day.
    pub pushes_per_day_max: u32,
    /// An urgent push by which nobody is coming is called one officer further after this long, and again.
    pub push_rung: Millis,
}

impl Default for NoticePolicy {
    fn default() -> Self {
        NoticePolicy {
            zone: TimeZone::get(linli_model::time::DEFAULT_ZONE).expect("the zone is bundled"),
            quiet_from_hour: 21,
            quiet_to_hour: 8,
            per_hour_max: 12,
            alarm_rung: Millis::secs(45),
            urgent_rung: Millis::minutes(30),
            pushes_per_day_max: 4,
            push_rung: Millis::minutes(5),
        }
    }
}

impl NoticePolicy {
    /// The first instant at or after `now` at which a notice of this severity may go out.
    pub fn earliest(&self, now: Instant, severity: Severity, told_in_last_hour: usize) -> Instant {
        if severity >= Severity::Urgent {
            return now;
        }
        let after_limit = if told_in_last_hour >= self.per_hour_max { now + Millis::hours(1) } else { now };
        self.after_quiet(after_limit)
    }

    fn after_quiet(&self, at: Instant) -> Instant {
        let local = self.zone.to_datetime(at.timestamp());
        let hour = local.hour();
        let quiet = hour >= self.quiet_from_hour || hour < self.quiet_to_hour;
        if !quiet {
            return at;
        }
        let day = if hour >= self.quiet_from_hour {
            local.date().tomorrow().unwrap_or(local.date())
        } else {
            local.date()
        };
        let morning = day.to_datetime(Time::constant(self.quiet_to_hour, 0, 0, 0));
        self.zone.to_timestamp(morning).map_or(at, |t| Instant(t.as_millisecond()))
    }

    /// The rung of the ladder for a severity; none climbs.
    pub fn rung(&self, severity: Severity) -> Option<Millis> {
        match severity {
            Severity::Alarm => Some(self.alarm_rung),
            Severity::Urgent => Some(self.urgent_rung),
            _ => None,
        }
    }
}
