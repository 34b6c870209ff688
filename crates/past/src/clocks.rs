//! The past with its clocks set right: what is known of a device's clock counts for what was received from then on, as it did
//! live (the engine's CK1).

use linli_engine::{Clock, EngineConfig, event_time};
use linli_history::HistoryRow;
use linli_model::{AreaId, AreaPath, DeviceId, Instant, Millis, Names, RegistryChange, RegistryEntry, Row};
use std::collections::HashMap;

/// The clocks of devices that are, or were, known to be wrong.
#[derive(Default)]
pub struct Clocks(HashMap<DeviceId, Clock>);

impl Clocks {
    pub fn of(registry: &[RegistryEntry]) -> Clocks {
        let mut clocks = Clocks::default();
        for entry in registry {
            // Also of a device of which nothing is known yet: what is told late of the time before ends there, too.
            if let Some(device) = entry.change.retires() {
                clocks.0.entry(device.clone()).or_default().end(entry.effective_at);
            }
            // Also that it is right: what becomes known later may hold from before.
            if let RegistryChange::DeviceLearned { device, clock_offset_ms, .. } = &entry.change {
                let offset = Millis(clock_offset_ms.unwrap_or(0));
                clocks.0.entry(device.clone()).or_default().learn(entry.effective_at, offset);
            }
        }
        clocks
    }

    /// How far in front of its event time, and behind it, a device may have dated a reading.
    pub fn reach(&self) -> (Millis, Millis) {
        let reach = self.0.values().map(Clock::reach);
        reach.fold((Millis(0), Millis(0)), |all, (ahead, behind)| (all.0.min(behind), all.1.max(ahead)))
    }

    /// As [`Clocks::reach`], of one device.
    pub fn reach_of(&self, device: &DeviceId) -> (Millis, Millis) {
        let (ahead, behind) = self.0.get(device).map(Clock::reach).unwrap_or_default();
        (behind, ahead)
    }

    /// How far a device's clock was known to be ahead for what was received at an instant.
    pub fn offset(&self, device: &DeviceId, received_at: Instant) -> Millis {
        self.0.get(device).map_or(Millis(0), |c| c.offset(received_at))
    }

    /// Gives readings their event time, and leaves out those that lie outside the span by it.
    pub fn set_right(&self, rows: &mut Vec<HistoryRow>, (from, to): (Instant, Instant)) {
        let skew_max = EngineConfig::new(AreaId::new(""), AreaPath(String::new())).skew_max;
        for row in rows.iter_mut() {
            let clock = self.0.get(&row.reading.device);
            let offset = clock.map_or(Millis(0), |c| c.offset(row.received_at));
            row.reading.observed_at =
                event_time(row.reading.observed_at, offset, row.received_at, skew_max).0;
        }
        rows.retain(|row| from <= row.reading.observed_at && row.reading.observed_at < to);
        rows.sort_by_key(|row| row.reading.observed_at);
    }

    /// As [`Clocks::set_right`], for the rows of a day as a walk gets them. Their order does not matter there.
    pub fn set_right_day(&self, rows: &mut Vec<Row>, names: &Names, from: Instant, skew_max: Millis) {
        if self.0.is_empty() {
            return;
        }
        let by_number: Vec<Option<&Clock>> =
            names.devices.since(0).iter().map(|id| self.0.get(&DeviceId::new(&**id))).collect();
        for row in rows.iter_mut() {
            let Some(clock) = by_number.get(row.device as usize).copied().flatten() else { continue };
            let offset = clock.offset(row.received_at);
            (row.observed_at, row.clamped) = event_time(row.observed_at, offset, row.received_at, skew_max);
        }
        rows.retain(|row| from <= row.observed_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_late_of_a_device_holds_no_longer_than_its_service() {
        let device = DeviceId::new("meter");
        let learned = RegistryChange::DeviceLearned {
            device: device.clone(),
            clock_offset_ms: Some(-7),
            silence_secs: None,
        };
        let told = [(240, RegistryChange::DeviceRetired(device.clone())), (100, learned)];
        let entry = |(at, change)| RegistryEntry { seq: 0, effective_at: Instant(at), change };
        let clocks = Clocks::of(&told.map(entry));
        let at = [99, 100, 239, 240].map(|at| clocks.offset(&device, Instant(at)).0);
        assert_eq!(at, [0, -7, -7, 0]);
    }
}
