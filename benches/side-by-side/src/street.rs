//! The sub-district of the workload: an engine with the pack, its communities' numbers as areas' own parameter values, and
//! devices registered as they are first heard.

use crate::rows::{Row, Tables, capacities};
use anyhow::{Result, anyhow};
use linli_engine::{Engine, EngineConfig, Event, NONE, SourceTiming, ValueTag};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Finding, FindingChange, FindingKind,
    Instant, LogEntry, Measure, Millis, RegistryChange, RegistryEntry, SourceId, Subject, SubjectKind,
};
use std::{fs::File, io::Seek, path::Path};

/// The workload's first instant, 2026-01-01T00:00:00Z, and its end.
const BEGIN: i64 = 1_767_225_600_000;
const END: i64 = BEGIN + 30 * 86_400_000;
const BATCH: usize = 1024;
const SNAPSHOT_EVERY: u64 = 2_500_000;
const ROOT: &str = "S";
/// By class; gates carry who passed as their subject.
const MEASURES: [&str; 6] =
    ["door_card", "gate_delta", "pressure_mpa", "smoke_level", "flow", "temperature_c"];

pub struct Street {
    engine: Engine,
    source: u32,
    measures: [u16; 6],
    /// By the rows' numbers: the engine's, of a key as a text and as a subject. NONE: not met yet.
    devices: Vec<u32>,
    keys: Vec<(u32, u32)>,
    batch: Vec<Event>,
    newest: i64,
    events: u64,
    /// Found since they were passed on.
    findings: Vec<Finding>,
    alerts: Vec<String>,
    /// Written over and over.
    snapshot: File,
}

impl Street {
    /// `snapshot`: the file its snapshots are written to, one over the other.
    pub fn open(prefix: &str, snapshot: &Path) -> Result<Street> {
        let snapshot = File::create(snapshot)?;
        let mut config = EngineConfig::new(AreaId::new(ROOT), AreaPath(format!("{ROOT}/")));
        config.timing = SourceTiming { lateness: Millis::minutes(10), idle: Millis::hours(1) };
        let mut engine = Engine::from_config(config);
        let mut findings = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pack");
        let pack = linli_pack::load(&folder).map_err(|wrong| anyhow!("{wrong:#?}"))?;
        for entry in pack.switch_on(Instant(BEGIN - 1), 0) {
            engine.step(&LogEntry::Registry(RegistryEntry { seq: 0, ..entry }), &mut findings);
        }
        for (community, capacity, initial) in capacities(prefix)? {
            for rule in ["gate_full_90", "gate_full_100"] {
                for (parameter, value) in [("capacity", capacity), ("start", initial)] {
                    let change = RegistryChange::OverrideSet {
                        rule: rule.to_owned(),
                        area: AreaId::new(&community),
                        area_path: AreaPath(format!("{ROOT}/{community}/")),
                        parameter: parameter.to_owned(),
                        value,
                        set_by: "workload".to_owned(),
                    };
                    let entry = RegistryEntry { seq: 0, effective_at: Instant(BEGIN - 1), change };
                    engine.step(&LogEntry::Registry(entry), &mut findings);
                }
            }
        }
        Ok(Street {
            source: engine.source_number("workload"),
            measures: MEASURES.map(|m| engine.measure_number(m)),
            engine,
            devices: Vec::new(),
            keys: Vec::new(),
            batch: Vec::with_capacity(BATCH),
            newest: i64::MIN,
            events: 0,
            findings,
            alerts: Vec::new(),
            snapshot,
        })
    }

    /// Takes rows in their order.
    pub fn take(&mut self, tables: &Tables, rows: &[Row]) -> Result<()> {
        for row in rows {
            let device = match self.devices.get(row.device as usize) {
                Some(n) if *n != NONE => *n,
                _ => self.register(tables, row)?,
            };
            let (text, subject) = match self.keys.get(row.key as usize) {
                Some(n) if n.0 != NONE => *n,
                _ => self.meet(tables, row.key),
            };
            let (door, tells_who) = (row.class == 0, row.class <= 1);
            self.newest = self.newest.max(row.ts);
            self.events += 1;
            self.batch.push(Event {
                at: row.ts,
                value: if door { f64::from(text) } else { row.value },
                reading: self.events,
                device,
                // Doors and gates tell who; of the others the key is the fixture itself.
                subject: if tells_who { subject } else { NONE },
                measure: self.measures[row.class as usize],
                tag: if door { ValueTag::Text } else { ValueTag::Number },
                clamped: false,
            });
            if self.batch.len() == BATCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let before = (self.events - self.batch.len() as u64) / SNAPSHOT_EVERY;
        self.engine.step_events(self.source, Instant(self.newest), &self.batch, &mut self.findings);
        self.pass_on();
        self.batch.clear();
        if self.events / SNAPSHOT_EVERY > before {
            self.snapshot.rewind().and_then(|()| self.engine.write_snapshot(&mut self.snapshot))?;
        }
        Ok(())
    }

    /// Findings leave as they are found, as they do in the product.
    fn pass_on(&mut self) {
        self.alerts.extend(self.findings.drain(..).filter_map(|f| line(&f)));
    }

    /// A device that is heard for the first time stands in its community from now on.
    fn register(&mut self, tables: &Tables, row: &Row) -> Result<u32> {
        let at = row.device as usize;
        let name = tables.devices.get(at).cloned().unwrap_or_else(|| format!("d{:05}", row.device));
        let community = format!("c{:02}", row.community + 1);
        // What is waiting was not heard by it; what has settled is past.
        self.flush()?;
        let since = self.engine.watermark().unwrap_or(Instant(BEGIN - 1));
        let device = Device {
            id: DeviceId::new(&name),
            class: DeviceClass::Other,
            name: name.clone(),
            area_path: AreaPath(format!("{ROOT}/{community}/")),
            area: AreaId::new(community),
            source: SourceId::new("workload"),
            subject: None,
            measures: vec![Measure::new(MEASURES[row.class as usize])],
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: since,
        };
        let entry = RegistryEntry { seq: 0, effective_at: since, change: RegistryChange::DeviceSet(device) };
        self.engine.step(&LogEntry::Registry(entry), &mut self.findings);
        if at >= self.devices.len() {
            self.devices.resize(at + 1, NONE);
        }
        self.devices[at] = self.engine.device_number(&name);
        Ok(self.devices[at])
    }

    fn meet(&mut self, tables: &Tables, key: u32) -> (u32, u32) {
        let at = key as usize;
        if at >= self.keys.len() {
            self.keys.resize(at + 1, (NONE, NONE));
        }
        let name = &tables.keys[at];
        let subject = Subject::new(SubjectKind::Key, name);
        self.keys[at] = (self.engine.text_number(name), self.engine.subject_number(&subject));
        self.keys[at]
    }

    /// The alerts up to the workload's end, sorted, and how many readings there were.
    pub fn finish(mut self) -> Result<(Vec<String>, u64)> {
        self.flush()?;
        let end = Instant(END) + Millis::hours(1) + Millis(1);
        self.engine.step(&LogEntry::Tick { at: end }, &mut self.findings);
        self.pass_on();
        self.alerts.sort();
        Ok((self.alerts, self.events))
    }
}

/// A finding as the oracle writes it.
fn line(f: &Finding) -> Option<String> {
    let ended = f.change == FindingChange::Ended;
    let rule = match (f.rule.as_str(), ended) {
        ("pressure_low", false) => "R1",
        ("pressure_low", true) => "R1C",
        ("card_unseen", false) => "R2",
        ("stranger_days", false) => "R3",
        ("gate_full_90", false) => "R4_90",
        ("gate_full_100", false) => "R4_100",
        ("many_cards", false) => "R5",
        _ => return None,
    };
    let at = if ended { f.end? } else { f.start }.0;
    (f.kind == FindingKind::Signal && at <= END).then(|| format!("{rule},{},{at}\n", f.subject.id))
}
