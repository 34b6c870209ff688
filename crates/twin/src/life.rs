//! From what devices see to what is received: delays, doubles, wrong clocks, a gateway that was cut off, bad rows.

use crate::{
    Twin,
    days::{Day, Seen},
    rng,
    story::{self, Incident, IncidentKind, at, day_number, plus_days, zone},
};
use linli_model::{
    Device, Diagnostic, Instant, LocalDay, Measure, Millis, QuarantineReason, Quarantined, Reading,
    ReadingBatch, ReadingId, SourceId,
};
use rand::Rng;
use std::collections::{BTreeMap, VecDeque};

/// A gateway sends what it has every so often.
const SENT_EVERY: Millis = Millis::secs(30);
const CLOCK_AHEAD: Millis = Millis::minutes(7);
const LATE_MAX_MINUTES: i64 = 120;

/// When a batch comes in, and from whom.
type Envelope = (Instant, SourceId);

#[derive(Default)]
struct Inside {
    readings: Vec<(Instant, Reading)>,
    quarantined: Vec<Quarantined>,
}

/// Batches by the time they are received, then by source.
pub struct Life<'a> {
    twin: &'a Twin,
    from: Instant,
    to: Instant,
    homes: BTreeMap<&'a str, Vec<usize>>,
    /// The next day to live through.
    day: LocalDay,
    /// Sent or to be sent, not yet given out.
    waiting: BTreeMap<Envelope, Inside>,
    ready: VecDeque<(Instant, ReadingBatch)>,
}

impl<'a> Life<'a> {
    pub(crate) fn between(twin: &'a Twin, from: Instant, to: Instant) -> Life<'a> {
        let mut homes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, dwelling) in twin.dwellings.iter().enumerate() {
            homes.entry(dwelling.doorway.as_str()).or_default().push(i);
        }
        // What is sent late may be of the day before.
        let day = plus_days(from.day_in(zone()), -1);
        Life { twin, from, to, homes, day, waiting: BTreeMap::new(), ready: VecDeque::new() }
    }

    fn live_one_day(&mut self) {
        let incidents = story::around(self.twin, self.day);
        let homes = std::mem::take(&mut self.homes);
        let begins = at(self.day, 0, 0);
        let day = Day { twin: self.twin, day: self.day, begins, incidents: &incidents, homes: &homes };
        for device in &self.twin.devices {
            let seen = day.of(device);
            self.send(device, seen, &incidents);
        }
        self.homes = homes;
        self.send_bad_rows();
        self.day = plus_days(self.day, 1);
        // Nothing of a later day comes in before that day.
        let later = self.waiting.split_off(&(at(self.day, 0, 0), SourceId::new("")));
        for ((received_at, source), inside) in std::mem::replace(&mut self.waiting, later) {
            if self.from <= received_at && received_at < self.to {
                self.ready.push_back((received_at, batch(source, received_at, inside)));
            }
        }
    }

    fn send(&mut self, device: &Device, seen: Vec<Seen>, incidents: &[Incident]) {
        let rng = &mut rng(self.twin.seed, &format!("net/{}", device.id), day_number(self.day));
        let covered = |kind, when: Instant| incidents.iter().find(move |i| i.kind == kind && i.covers(when));
        let wrong_clock =
            incidents.iter().find(|i| i.kind == IncidentKind::ClockAhead && i.devices.contains(&device.id));
        let numbered = format!("{}-{}-", device.id, self.day.strftime("%y%m%d"));
        for (n, seen) in seen.into_iter().enumerate() {
            let ahead = wrong_clock.filter(|i| i.covers(seen.at)).map_or(Millis::ZERO, |_| CLOCK_AHEAD);
            let reading = Reading {
                id: ReadingId(format!("{numbered}{}", n + 1)),
                device: device.id.clone(),
                observed_at: seen.at + ahead,
                measure: Measure::new(seen.measure),
                value: seen.value,
                subject: seen.subject,
            };
            let mut arrives = seen.at + Millis(rng.random_range(200..4_000));
            if rng.random_bool(0.01) {
                arrives = arrives + Millis::minutes(rng.random_range(5..LATE_MAX_MINUTES));
            }
            if device.source.as_str() == "gw-home"
                && let Some(cut_off) = covered(IncidentKind::GatewayLate, seen.at)
            {
                arrives = arrives.max(cut_off.to + Millis::secs(rng.random_range(30..300)));
            }
            if rng.random_bool(0.004) {
                let again = arrives + Millis::secs(rng.random_range(5..600));
                self.post(&device.source, again, reading.clone());
            }
            self.post(&device.source, arrives, reading);
        }
    }

    fn inside(&mut self, source: &SourceId, arrives: Instant) -> &mut Inside {
        let slot = arrives.millis().div_euclid(SENT_EVERY.0) + 1;
        self.waiting.entry((Instant(slot * SENT_EVERY.0), source.clone())).or_default()
    }

    fn post(&mut self, source: &SourceId, arrives: Instant, reading: Reading) {
        self.inside(source, arrives).readings.push((arrives, reading));
    }

    /// Two rows a day that nobody can use as they are.
    fn send_bad_rows(&mut self) {
        let rng = &mut rng(self.twin.seed, "bad_rows", day_number(self.day));
        for n in 0..2 {
            let when = at(self.day, 7, 0) + Millis::secs(rng.random_range(0..14 * 3_600));
            let (reason, raw, diagnostic) = if n == 0 {
                let raw = format!(
                    r#"{{"id":"x-{}","device":"door-999","observed_at":"{when}","measure":"door_open","value":true}}"#,
                    day_number(self.day)
                );
                let diagnostic = Diagnostic::new(
                    "unknown_device",
                    "device",
                    "设备 door-999 未登记",
                    "The device door-999 is not registered",
                );
                (QuarantineReason::UnknownDevice, raw, diagnostic)
            } else {
                let raw = r#"{"id":"#.to_owned();
                let diagnostic = Diagnostic::new("malformed", "", "数据不完整", "The row is cut short");
                (QuarantineReason::Malformed, raw, diagnostic)
            };
            let inside = self.inside(&SourceId::new("gw-door"), when);
            inside.quarantined.push(Quarantined { row: 0, raw, reason, diagnostic });
        }
    }
}

fn batch(source: SourceId, received_at: Instant, mut inside: Inside) -> ReadingBatch {
    inside.readings.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.id.cmp(&y.id)));
    let readings: Vec<_> = inside.readings.into_iter().map(|(_, reading)| reading).collect();
    let mut quarantined = inside.quarantined;
    for (n, row) in quarantined.iter_mut().enumerate() {
        row.row = (readings.len() + n + 1) as u32;
    }
    ReadingBatch { source, received_at, readings, quarantined }
}

impl Iterator for Life<'_> {
    type Item = (Instant, ReadingBatch);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && at(self.day, 0, 0) < self.to {
            self.live_one_day();
        }
        self.ready.pop_front()
    }
}
