//! The engines of an installation: one per residential area, fed from the one log.
//!
//! Invariants
//! - EG1 What an engine is given depends on the log alone: which partition a reading belongs to comes from the
//!   devices the log has registered, so a replay feeds every engine the same.

use crate::standing::Standing;
use linli_engine::{Engine, EngineConfig};
use linli_model::{
    AreaId, AreaPath, AreaTree, DeviceId, Finding, Instant, LogEntry, Millis, Reading, ReadingBatch,
    RegistryChange, RegistryEntry,
};
use linli_rule::Catalogue;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// What all engines are told at their start.
#[derive(Clone)]
pub struct Timing {
    pub lateness: Millis,
    pub idle: Millis,
    pub correction_window: Millis,
    pub zone: jiff::tz::TimeZone,
    pub catalogue: Arc<Catalogue>,
}

pub struct Engines {
    timing: Timing,
    partitions: BTreeMap<AreaId, (AreaPath, Engine)>,
    devices: HashMap<DeviceId, AreaId>,
    for_all: Standing,
    /// What was learned of devices in service, for the partition one moves to (RG3 of the model).
    learned: BTreeMap<DeviceId, RegistryEntry>,
}

/// The written form: engines at one position of the log.
#[derive(Serialize, Deserialize)]
struct Written {
    partitions: Vec<(AreaId, AreaPath, Vec<u8>)>,
    devices: Vec<(DeviceId, AreaId)>,
    for_all: Standing,
    learned: BTreeMap<DeviceId, RegistryEntry>,
}

impl Engines {
    pub fn with_timing(timing: Timing) -> Engines {
        let (partitions, devices) = (BTreeMap::new(), HashMap::new());
        Engines { timing, partitions, devices, for_all: Standing::default(), learned: BTreeMap::new() }
    }

    pub fn from_snapshot(timing: Timing, bytes: &[u8]) -> Option<Engines> {
        let written: Written = postcard::from_bytes(bytes).ok()?;
        let mut engines = Engines::with_timing(timing);
        for (id, path, bytes) in written.partitions {
            let config = engines.config(&id, &path);
            engines.partitions.insert(id, (path, Engine::from_snapshot(config, &bytes).ok()?));
        }
        engines.devices = written.devices.into_iter().collect();
        engines.for_all = written.for_all;
        engines.learned = written.learned;
        Some(engines)
    }

    pub fn snapshot(&self) -> Vec<u8> {
        let mut devices: Vec<_> = self.devices.iter().map(|(d, a)| (d.clone(), a.clone())).collect();
        devices.sort();
        let partitions =
            self.partitions.iter().map(|(id, (path, e))| (id.clone(), path.clone(), e.snapshot())).collect();
        let (for_all, learned) = (self.for_all.clone(), self.learned.clone());
        let written = Written { partitions, devices, for_all, learned };
        postcard::to_stdvec(&written).expect("plain data")
    }

    fn config(&self, id: &AreaId, path: &AreaPath) -> EngineConfig {
        let mut config = EngineConfig::new(id.clone(), path.clone());
        config.timing.lateness = self.timing.lateness;
        config.timing.idle = self.timing.idle;
        config.correction_window = self.timing.correction_window;
        config.zone = self.timing.zone.clone();
        config.catalogue = self.timing.catalogue.clone();
        config
    }

    /// Feeds one entry to every engine it concerns; findings come out in the order of partitions.
    pub fn step(&mut self, entry: &LogEntry, areas: &AreaTree, out: &mut Vec<Finding>) {
        if !matches!(entry, LogEntry::Registry(_)) {
            self.for_all.hear(entry.logged_at());
        }
        match entry {
            LogEntry::Tick { .. } => self.partitions.values_mut().for_each(|(_, e)| e.step(entry, out)),
            LogEntry::Readings(batch) => self.step_readings(batch, out),
            LogEntry::Registry(registry) => self.step_registry(registry, areas, out),
        }
    }

    /// What a reading counts as in event time: its clock set right by what is known of it, and clamped.
    pub fn event_time(&self, reading: &Reading, received_at: Instant) -> Instant {
        let partition = self.devices.get(&reading.device).and_then(|area| self.partitions.get(area));
        partition.map_or(reading.observed_at, |(_, engine)| {
            engine.event_time(&reading.device, reading.observed_at, received_at)
        })
    }

    /// Readings since the last call whose id another reading had (engine's DD4).
    pub fn take_conflicts(&mut self) -> Vec<Reading> {
        self.partitions.values_mut().flat_map(|(_, engine)| engine.take_conflicts()).collect()
    }

    /// What all engines together have seen since they began, by name; it survives a restart.
    pub fn counted(&self) -> BTreeMap<&'static str, u64> {
        let mut counted = BTreeMap::new();
        for (name, n) in self.partitions.values().flat_map(|(_, engine)| engine.counters().named()) {
            *counted.entry(name).or_default() += n;
        }
        counted
    }

    fn step_readings(&mut self, batch: &ReadingBatch, out: &mut Vec<Finding>) {
        let mut parts: BTreeMap<AreaId, Vec<Reading>> = BTreeMap::new();
        for reading in &batch.readings {
            if let Some(partition) = self.devices.get(&reading.device) {
                parts.entry(partition.clone()).or_default().push(reading.clone());
            }
        }
        for (partition, readings) in parts {
            let Some((_, engine)) = self.partitions.get_mut(&partition) else { continue };
            let part = ReadingBatch {
                source: batch.source.clone(),
                received_at: batch.received_at,
                readings,
                quarantined: Vec::new(),
            };
            engine.step(&LogEntry::Readings(part), out);
        }
    }

    fn step_registry(&mut self, entry: &RegistryEntry, areas: &AreaTree, out: &mut Vec<Finding>) {
        let log_entry = LogEntry::Registry(entry.clone());
        let place = match &entry.change {
            RegistryChange::DeviceSet(device) => Some(&device.area_path),
            RegistryChange::MemberJoined { area_path, .. } => Some(area_path),
            _ => {
                self.for_all.take(entry, self.timing.correction_window, &self.timing.catalogue);
                None
            }
        };
        if let Some(device) = entry.change.retires() {
            self.learned.remove(device);
        }
        if let RegistryChange::DeviceLearned { device, .. } = &entry.change {
            // The newest is enough: what is received from now on is what a move matters to.
            self.learned.insert(device.clone(), RegistryEntry { seq: 0, ..entry.clone() });
            let partition = self.devices.get(device).and_then(|area| self.partitions.get_mut(area));
            return partition.map_or((), |(_, engine)| engine.step(&log_entry, out));
        }
        let Some(place) = place else {
            // Rules, overrides and away periods: every engine hears them and takes what is its own.
            self.partitions.values_mut().for_each(|(_, e)| e.step(&log_entry, out));
            return;
        };
        let Some((id, path)) = areas.partition_of(place) else { return };
        let mut learned = None;
        if let RegistryChange::DeviceSet(device) = &entry.change
            && self.devices.insert(device.id.clone(), id.clone()).is_none_or(|before| before != id)
        {
            learned = self.learned.get(&device.id).cloned();
        }
        if !self.partitions.contains_key(&id) {
            let mut engine = Engine::from_config(self.config(&id, &path));
            for entry in self.for_all.entries() {
                engine.step(&LogEntry::Registry(entry.clone()), out);
            }
            self.partitions.insert(id.clone(), (path, engine));
        }
        if let Some((_, engine)) = self.partitions.get_mut(&id) {
            if let Some(learned) = learned {
                engine.step(&LogEntry::Registry(learned), out);
            }
            engine.step(&log_entry, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::*;

    fn device(path: &str) -> LogEntry {
        let area_path = AreaPath(path.to_owned());
        let area = area_path.ids().next_back().unwrap();
        let device = Device {
            id: DeviceId::new("d"),
            class: DeviceClass::Other,
            name: "d".to_owned(),
            area,
            area_path,
            source: SourceId::new("s"),
            subject: None,
            measures: vec![],
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: Instant(0),
        };
        registry(RegistryChange::DeviceSet(device))
    }

    fn set_at(path: &str, state: DeviceState) -> LogEntry {
        match device(path) {
            LogEntry::Registry(RegistryEntry { change: RegistryChange::DeviceSet(d), .. }) => {
                registry(RegistryChange::DeviceSet(Device { state, ..d }))
            }
            other => other,
        }
    }

    fn registry(change: RegistryChange) -> LogEntry {
        LogEntry::Registry(RegistryEntry { seq: 0, effective_at: Instant(1_000), change })
    }

    fn timing() -> Timing {
        Timing {
            lateness: Millis::minutes(2),
            idle: Millis::minutes(5),
            correction_window: Millis::days(7),
            zone: jiff::tz::TimeZone::UTC,
            catalogue: Arc::new(Catalogue::shipped()),
        }
    }

    fn area(id: &str, level: AreaLevel, path: &str) -> Area {
        let above = AreaPath(path.to_owned()).ids().rev().nth(1);
        Area {
            id: AreaId::new(id),
            level,
            name: id.to_owned(),
            parent: above,
            path: AreaPath(path.to_owned()),
        }
    }

    #[test]
    fn what_an_area_set_before_its_first_device_counts_when_that_comes() {
        let text = "rule = \"low\"\nname = { zh = \"低\", en = \"low\" }\nkey = \"device\"\nseverity = \"info\"\n\
                    case_class = \"x.y\"\nsentence = { zh = \"低\", en = \"low\" }\n[parameters.floor]\n\
                    label = { zh = \"限\", en = \"Floor\" }\nvalue = 0.1\nmin = 0\nmax = 1\n[signal]\n\
                    operator = \"level\"\nraise = \"pressure_mpa < floor\"\n";
        let rule = RegistryChange::RuleSet {
            pack: "p".to_owned(),
            rule: "low".to_owned(),
            version: 1,
            text: text.to_owned(),
        };
        let own = RegistryChange::OverrideSet {
            rule: "low".to_owned(),
            area: AreaId::new("R"),
            area_path: AreaPath("S/R/".to_owned()),
            parameter: "floor".to_owned(),
            value: 0.5,
            set_by: "committee".to_owned(),
        };
        let reading = Reading {
            id: ReadingId::new("1"),
            device: DeviceId::new("d"),
            observed_at: Instant(2_000),
            measure: Measure::new("pressure_mpa"),
            value: Value::Number(0.3),
            subject: None,
        };
        let batch = ReadingBatch {
            source: SourceId::new("s"),
            received_at: Instant(2_000),
            readings: vec![reading],
            quarantined: vec![],
        };
        let areas = AreaTree::from_areas(vec![
            area("S", AreaLevel::Street, "S/"),
            area("R", AreaLevel::ResidentialArea, "S/R/"),
        ]);
        let mut engines = Engines::with_timing(timing());
        let mut found = Vec::new();
        let later = LogEntry::Tick { at: Instant(2_000) + Millis::hours(2) };
        for entry in [registry(rule), registry(own), device("S/R/"), LogEntry::Readings(batch), later] {
            // What was set is in the written form, too.
            engines = Engines::from_snapshot(timing(), &engines.snapshot()).unwrap();
            engines.step(&entry, &areas, &mut found);
        }
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].evidence.parameters[0].set_by, "R");
    }

    #[test]
    fn what_is_known_of_a_device_moves_with_it_to_another_residential_area() {
        let areas = AreaTree::from_areas(vec![
            area("S", AreaLevel::Street, "S/"),
            area("R1", AreaLevel::ResidentialArea, "S/R1/"),
            area("R2", AreaLevel::ResidentialArea, "S/R2/"),
        ]);
        let mut engines = Engines::with_timing(timing());
        let step = |engines: &mut Engines, entry| engines.step(&entry, &areas, &mut Vec::new());
        let offset = Some(-Millis::hours(1).0);
        step(&mut engines, device("S/R1/"));
        let (device_id, silence_secs) = (DeviceId::new("d"), None);
        step(
            &mut engines,
            registry(RegistryChange::DeviceLearned {
                device: device_id.clone(),
                clock_offset_ms: offset,
                silence_secs,
            }),
        );
        let mut engines = Engines::from_snapshot(timing(), &engines.snapshot()).unwrap();
        step(&mut engines, device("S/R2/"));
        let reading = Reading {
            id: ReadingId::new("r"),
            device: device_id,
            observed_at: Instant(5_000_000),
            measure: Measure::new("x"),
            value: Value::Flag(true),
            subject: None,
        };
        let received = Instant(5_000_000) + Millis::hours(1);
        assert_eq!(engines.event_time(&reading, received), received);
    }

    #[test]
    fn what_was_learned_of_a_device_that_went_out_of_service_is_not_taken_along() {
        let areas = AreaTree::from_areas(vec![
            area("S", AreaLevel::Street, "S/"),
            area("R1", AreaLevel::ResidentialArea, "S/R1/"),
            area("R2", AreaLevel::ResidentialArea, "S/R2/"),
        ]);
        let learned = RegistryChange::DeviceLearned {
            device: DeviceId::new("d"),
            clock_offset_ms: Some(-Millis::hours(1).0),
            silence_secs: None,
        };
        let retired = registry(RegistryChange::DeviceRetired(DeviceId::new("d")));
        for out_of_service in [retired, set_at("S/R1/", DeviceState::Retired)] {
            for back in ["S/R1/", "S/R2/"] {
                let mut engines = Engines::with_timing(timing());
                for entry in
                    [device("S/R1/"), registry(learned.clone()), out_of_service.clone(), device(back)]
                {
                    engines.step(&entry, &areas, &mut Vec::new());
                }
                let observed_at = Instant(5_000_000);
                let reading = Reading {
                    id: ReadingId::new("r"),
                    device: DeviceId::new("d"),
                    observed_at,
                    measure: Measure::new("x"),
                    value: Value::Flag(true),
                    subject: None,
                };
                let received = observed_at + Millis::hours(1);
                assert_eq!(engines.event_time(&reading, received), observed_at, "back in {back}");
            }
        }
    }
}
