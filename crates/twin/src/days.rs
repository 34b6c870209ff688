//! One local day of one device, as it would be if the network and the clocks were right.

use crate::{
    Twin, measures as m, rng,
    story::{Incident, IncidentKind, day_number},
};
use linli_model::{Device, DeviceClass, Instant, LocalDay, Measure, Millis, Subject, Value};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// What a device sees, when it truly was.
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) measure: &'static str,
    pub(crate) value: Value,
    pub(crate) subject: Option<Subject>,
}

/// A day with its incidents, for all devices.
pub(crate) struct Day<'a> {
    pub(crate) twin: &'a Twin,
    pub(crate) day: LocalDay,
    /// Its local midnight.
    pub(crate) begins: Instant,
    pub(crate) incidents: &'a [Incident],
    /// Dwellings by the doorway they are reached through.
    pub(crate) homes: &'a BTreeMap<&'a str, Vec<usize>>,
}

fn rounded(value: f64, digits: i32) -> Value {
    let by = 10_f64.powi(digits);
    Value::Number((value * by).round() / by)
}

/// Leaving home and coming back.
type Outing = (Instant, Instant);

impl Day<'_> {
    fn at(&self, hour: i8, minute: i8) -> Instant {
        // Shanghai's clocks have not been moved since 1991.
        self.begins + Millis::minutes(i64::from(hour) * 60 + i64::from(minute))
    }

    fn ends(&self) -> Instant {
        self.begins + Millis::days(1) - Millis(1)
    }

    fn rng(&self, what: &str) -> ChaCha8Rng {
        rng(self.twin.seed, what, day_number(self.day))
    }

    /// Whole seconds: devices do not tell more.
    fn between(&self, rng: &mut ChaCha8Rng, from: Instant, to: Instant) -> Instant {
        let (from, to) = (from.millis() / 1_000, (to.millis() / 1_000).max(from.millis() / 1_000 + 1));
        Instant(rng.random_range(from..to) * 1_000)
    }

    fn incident(&self, kind: IncidentKind, subject: &Subject) -> Option<&Incident> {
        self.incidents.iter().find(|i| i.is_of(kind, subject))
    }

    fn incident_at(&self, kind: IncidentKind, subject: &Subject, when: Instant) -> Option<&Incident> {
        self.incidents.iter().find(|i| i.is_of(kind, subject) && i.covers(when))
    }

    fn shows(&self, kind: IncidentKind, device: &Device) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |i| i.kind == kind && i.devices.contains(&device.id))
    }

    /// Everything a device sees on this day, by time.
    pub(crate) fn of(&self, device: &Device) -> Vec<Seen> {
        let mut seen = vec![];
        let rng = &mut self.rng(device.id.as_str());
        match device.class {
            DeviceClass::DoorMagnet => self.magnet(device, &mut seen),
            DeviceClass::Infrared => self.infrared(rng, device, &mut seen),
            DeviceClass::WaterMeter => self.meter(rng, device, &mut seen),
            DeviceClass::SmartDoor => self.smart_door(rng, device, &mut seen),
            DeviceClass::Smoke => self.smoke(device, &mut seen),
            DeviceClass::GateCheckpoint => self.passes(device, &mut seen),
            DeviceClass::BikeShed => {
                self.passes(device, &mut seen);
                self.recount(device, &mut seen);
            }
            DeviceClass::ParkingLot => self.recount(device, &mut seen),
            DeviceClass::WaterPressure => self.pressure(rng, device, &mut seen),
            DeviceClass::Noise => self.noise(rng, device, &mut seen),
            DeviceClass::WastePoint => self.waste(rng, device, &mut seen),
            DeviceClass::Lift => self.lift(device, &mut seen),
            DeviceClass::WirelessProbe => self.probe(rng, &mut seen),
            DeviceClass::Other if device.measures.contains(&Measure::new(m::SOS)) => {
                self.button(device, &mut seen)
            }
            DeviceClass::Other => self.heat(rng, &mut seen),
        }
        if device.measures.contains(&Measure::new(m::BATTERY)) {
            self.battery(rng, device, &mut seen);
        }
        let dead: Vec<_> = self.shows(IncidentKind::DeviceDead, device).collect();
        seen.retain(|s| !dead.iter().any(|i| i.covers(s.at)) && s.at <= self.ends());
        seen.sort_by_key(|s| s.at);
        seen
    }

    /// When the elder of a dwelling is out. Never two days running at home without an incident (TW3).
    fn outings(&self, subject: &Subject) -> Vec<Outing> {
        let stays_in = |n: i64| rng(self.twin.seed, &format!("stays_in/{subject}"), n).random_bool(0.12);
        let today = day_number(self.day);
        if stays_in(today) && !stays_in(today - 1) {
            return vec![];
        }
        let rng = &mut self.rng(&format!("outings/{subject}"));
        let mut outings: Vec<Outing> = vec![];
        // Two thirds go out before noon, everybody by five.
        let mut leave = self.between(rng, self.at(6, 10), self.at(11, 30));
        if rng.random_bool(0.3) {
            leave = self.between(rng, self.at(13, 0), self.at(17, 0));
        }
        for _ in 0..rng.random_range(1..=3) {
            let back = leave + Millis::minutes(rng.random_range(15..110));
            if back > self.at(20, 30) {
                break;
            }
            outings.push((leave, back));
            leave = back + Millis::minutes(rng.random_range(60..300));
        }
        let held = [IncidentKind::ElderNotOut, IncidentKind::ElderAway];
        for incident in held.iter().filter_map(|kind| self.incident(*kind, subject)) {
            outings.retain(|(leave, back)| *back < incident.from || incident.to <= *leave);
            // Who comes to look is let in, who was away comes home.
            if incident.to.day_in(crate::story::zone()) == self.day {
                outings.push((incident.to, incident.to + Millis::minutes(25)));
            }
        }
        outings.sort();
        outings
    }

    fn is_away(&self, subject: &Subject, when: Instant) -> bool {
        self.incident_at(IncidentKind::ElderAway, subject, when).is_some()
    }

    fn magnet(&self, device: &Device, seen: &mut Vec<Seen>) {
        let Some(subject) = &device.subject else { return };
        for (leave, back) in self.outings(subject) {
            for at in [leave, back] {
                seen.push(flag(at, m::DOOR_OPEN, None));
            }
        }
    }

    fn infrared(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let Some(subject) = &device.subject else { return };
        let outings = self.outings(subject);
        let mut when = self.between(rng, self.at(5, 30), self.at(6, 30));
        let night = self.between(rng, self.at(1, 0), self.at(4, 0));
        seen.push(flag(night, m::MOTION, None));
        while when < self.at(22, 0) {
            seen.push(flag(when, m::MOTION, None));
            let unwell = self.incident_at(IncidentKind::ElderNotOut, subject, when);
            let slower = unwell.map_or(1, |i| 3 + (when - i.from).0 / Millis::days(1).0 * 4);
            when = when + Millis::minutes(rng.random_range(8..30) * slower);
        }
        let out = |at: Instant| outings.iter().any(|(leave, back)| *leave <= at && at < *back);
        seen.retain(|s| !out(s.at) && !self.is_away(subject, s.at));
    }

    fn meter(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let Some(subject) = &device.subject else { return };
        for hour in 0..24 {
            let when = self.at(hour, 0);
            let most = match hour {
                7..=8 | 11..=12 | 17..=19 => 0.040,
                6 | 9..=22 => 0.015,
                _ => 0.003,
            };
            let mut used = rng.random_range(0.0..most);
            if self.incident_at(IncidentKind::ElderNotOut, subject, when).is_some() {
                used /= 4.0;
            }
            if self.is_away(subject, when) {
                used = 0.0;
            }
            seen.push(Seen { at: when, measure: m::WATER_USE, value: rounded(used, 3), subject: None });
        }
    }

    fn smart_door(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let homes = self.homes.get(device.area.as_str()).map(Vec::as_slice).unwrap_or_default();
        for dwelling in homes.iter().map(|i| &self.twin.dwellings[*i]) {
            let subject = Subject::new(linli_model::SubjectKind::Dwelling, dwelling.area.as_str());
            let mut times = vec![];
            if dwelling.elder_alone {
                // A minute on the stairs.
                let passes = |(leave, back)| [leave + Millis::minutes(1), back - Millis::minutes(1)];
                times.extend(self.outings(&subject).into_iter().flat_map(passes));
            } else {
                for _ in &dwelling.residents {
                    if rng.random_bool(0.8) {
                        times.push(self.between(rng, self.at(6, 30), self.at(9, 15)));
                        times.push(self.between(rng, self.at(16, 15), self.at(20, 45)));
                    }
                    if rng.random_bool(0.35) {
                        times.push(self.between(rng, self.at(9, 30), self.at(22, 30)));
                    }
                }
            }
            seen.extend(times.into_iter().map(|at| flag(at, m::DOOR_OPEN, Some(subject.clone()))));
        }
        for incident in self.shows(IncidentKind::UnknownCard, device) {
            for _ in 0..rng.random_range(2..=4) {
                let at = self.between(rng, self.at(7, 0), self.at(23, 0));
                if incident.covers(at) {
                    let value = Value::Text(incident.subject.id.clone());
                    let subject = Some(incident.subject.clone());
                    seen.push(Seen { at, measure: m::DOOR_CARD, value, subject });
                }
            }
        }
    }

    fn smoke(&self, device: &Device, seen: &mut Vec<Seen>) {
        for kind in [IncidentKind::Smoke, IncidentKind::SmokeTest] {
            for incident in self.shows(kind, device) {
                let mut at = incident.from;
                while at < incident.to {
                    seen.push(flag(at, m::SMOKE, None));
                    at = at + Millis::secs(20);
                }
                seen.push(Seen { at, measure: m::SMOKE, value: Value::Flag(false), subject: None });
            }
        }
        // Telling of an incident belongs to the day it happens on.
        let (begins, ends) = (self.at(0, 0), self.ends());
        seen.retain(|s| begins <= s.at && s.at <= ends);
    }

    /// Pressed thrice in a row, released when somebody has come; a heartbeat twice a day.
    fn button(&self, device: &Device, seen: &mut Vec<Seen>) {
        for incident in self.shows(IncidentKind::Sos, device) {
            let presses = [Millis(0), Millis::secs(1), Millis::secs(4)];
            seen.extend(presses.map(|after| flag(incident.from + after, m::SOS, None)));
            let value = Value::Flag(false);
            seen.push(Seen { at: incident.to, measure: m::SOS, value, subject: None });
        }
        seen.extend([self.at(5, 0), self.at(17, 0)].map(|at| flag(at, m::HEARTBEAT, None)));
        let (begins, ends) = (self.at(0, 0), self.ends());
        seen.retain(|s| begins <= s.at && s.at <= ends);
    }

    /// In and out of a counted place over the day: what leaves comes back, so every night is alike.
    fn all_passes(&self, subject: &Subject, capacity: u32, at_night: u32) -> Vec<(Instant, f64)> {
        let rng = &mut self.rng(&format!("passes/{subject}"));
        let mut passes = vec![];
        for _ in 0..at_night * 6 / 10 {
            passes.push((self.between(rng, self.at(6, 20), self.at(9, 40)), -1.0));
            passes.push((self.between(rng, self.at(16, 20), self.at(20, 50)), 1.0));
        }
        for _ in 0..capacity / 5 {
            let came = self.between(rng, self.at(9, 0), self.at(19, 30));
            passes.push((came, 1.0));
            passes.push((came + Millis::minutes(rng.random_range(20..150)), -1.0));
        }
        if self.incident(IncidentKind::CarParkFull, subject).is_some_and(|i| self.incident_is_today(i)) {
            // A feast next door: they come until half past seven and stay until half past nine.
            for _ in 0..70 {
                passes.push((self.between(rng, self.at(17, 30), self.at(19, 30)), 1.0));
                passes.push((self.between(rng, self.at(21, 30), self.at(23, 20)), -1.0));
            }
        }
        passes
    }

    fn incident_is_today(&self, first: &Incident) -> bool {
        let (begins, ends) = (self.at(0, 0), self.ends());
        let same = |i: &&Incident| i.is_of(first.kind, &first.subject);
        self.incidents.iter().filter(same).any(|i| begins <= i.from && i.from <= ends)
    }

    fn passes(&self, device: &Device, seen: &mut Vec<Seen>) {
        let Some(subject) = &device.subject else { return };
        let Some(place) = self.twin.counted.iter().find(|c| c.subject == *subject) else { return };
        let rng = &mut self.rng(&format!("lost/{}", device.id));
        let (only_in, only_out) = (device.id.as_str().ends_with("-in"), device.id.as_str().ends_with("-out"));
        for (at, by) in self.all_passes(subject, place.capacity, place.at_night) {
            let ours = (by > 0.0 || !only_in) && (by < 0.0 || !only_out);
            // One in four hundred is not seen: that is why it is counted at night.
            if ours && !rng.random_bool(0.0025) {
                seen.push(Seen { at, measure: m::PASS, value: Value::Number(by), subject: None });
            }
        }
    }

    fn recount(&self, device: &Device, seen: &mut Vec<Seen>) {
        let place = self.twin.counted.iter().find(|c| Some(&c.subject) == device.subject.as_ref());
        if let Some(place) = place {
            let value = Value::Number(f64::from(place.at_night));
            seen.push(Seen { at: self.at(3, 0), measure: m::RECOUNT, value, subject: None });
        }
    }

    /// `each` for every so many minutes of the day.
    fn every(&self, minutes: i64, mut each: impl FnMut(Instant, f64)) {
        for n in 0..24 * 60 / minutes {
            each(self.at(0, 0) + Millis::minutes(n * minutes), (n * minutes) as f64 / 60.0);
        }
    }

    fn pressure(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let base = if device.id.as_str() == "pressure-pump" { 0.36 } else { 0.28 };
        self.every(5, |at, hour| {
            let peak = |middle: f64| (-((hour - middle) / 1.3).powi(2)).exp();
            let usual = base - 0.045 * (peak(7.5) + peak(19.0));
            let dropped = self.shows(IncidentKind::PressureDrop, device).any(|i| i.covers(at));
            let value =
                if dropped { rng.random_range(0.05..0.08) } else { usual + rng.random_range(-0.006..0.006) };
            seen.push(Seen { at, measure: m::PRESSURE, value: rounded(value, 3), subject: None });
        });
    }

    fn noise(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        self.every(10, |at, hour| {
            let usual = if (6.5..21.5).contains(&hour) { 54.0 } else { 41.0 };
            let loud = self.shows(IncidentKind::NoiseAtNight, device).any(|i| i.covers(at));
            let value = if loud { 72.0 } else { usual } + rng.random_range(-4.0..4.0);
            seen.push(Seen { at, measure: m::NOISE, value: rounded(value, 1), subject: None });
        });
    }

    fn waste(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let full: Vec<_> = self.shows(IncidentKind::WasteOverflow, device).collect();
        self.every(30, |at, hour| {
            // Emptied at half past six and at six in the evening.
            let since = if hour < 6.5 {
                hour + 6.0
            } else if hour < 18.0 {
                hour - 6.5
            } else {
                hour - 18.0
            };
            let overflows = full.iter().any(|i| i.covers(at));
            let level = if overflows { 88.0 + since } else { since * 6.0 };
            let value = (level + rng.random_range(0.0..3.0)).min(100.0);
            seen.push(Seen { at, measure: m::FILL, value: rounded(value, 0), subject: None });
            seen.push(Seen { at, measure: m::OVERFLOW, value: Value::Flag(overflows), subject: None });
        });
    }

    fn lift(&self, device: &Device, seen: &mut Vec<Seen>) {
        self.every(15, |at, _| seen.push(flag(at, m::HEARTBEAT, None)));
        for incident in self.shows(IncidentKind::EbikeInLift, device) {
            if self.begins <= incident.from && incident.from <= self.ends() {
                seen.push(flag(incident.from, m::LIFT_EBIKE, None));
                seen.push(Seen {
                    at: incident.to,
                    measure: m::LIFT_EBIKE,
                    value: Value::Flag(false),
                    subject: None,
                });
            }
        }
    }

    /// A count per five minutes, never below ten (domain G4).
    fn probe(&self, rng: &mut ChaCha8Rng, seen: &mut Vec<Seen>) {
        self.every(5, |at, hour| {
            let usual = if (7.0..21.0).contains(&hour) { 60.0 } else { 8.0 };
            let value = (usual * rng.random_range(0.5..1.5_f64)).round().max(10.0);
            seen.push(Seen { at, measure: m::PROBE_COUNT, value: Value::Number(value), subject: None });
        });
    }

    fn heat(&self, rng: &mut ChaCha8Rng, seen: &mut Vec<Seen>) {
        self.every(10, |at, hour| {
            let value = 15.0
                + 4.0 * ((hour - 9.0) / 24.0 * std::f64::consts::TAU).sin()
                + rng.random_range(-0.4..0.4);
            seen.push(Seen { at, measure: m::TEMPERATURE, value: rounded(value, 1), subject: None });
        });
    }

    /// Every two hours, at a minute of the device's own.
    fn battery(&self, rng: &mut ChaCha8Rng, device: &Device, seen: &mut Vec<Seen>) {
        let minute = i64::from(rand_byte(device.id.as_str())) % 60;
        let weeks = day_number(self.day).rem_euclid(365) as f64 / 7.0;
        for hour in (0..24).step_by(2) {
            let at = self.at(hour, 0) + Millis::minutes(minute);
            let value = rounded(99.0 - weeks + rng.random_range(0.0..1.0), 0);
            seen.push(Seen { at, measure: m::BATTERY, value, subject: None });
        }
    }
}

fn flag(at: Instant, measure: &'static str, subject: Option<Subject>) -> Seen {
    Seen { at, measure, value: Value::Flag(true), subject }
}

/// A number of a text's own.
fn rand_byte(text: &str) -> u8 {
    text.bytes().fold(17_u8, |n, b| n.wrapping_mul(31).wrapping_add(b))
}

/// Whether a device counts the car park that fills up.
#[cfg(test)]
pub(crate) fn counts_main_car_park(device: &Device) -> bool {
    device.subject.as_ref().is_some_and(|s| s.id.ends_with(crate::devices::MAIN_CAR_PARK))
}
