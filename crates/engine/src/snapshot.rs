//! Snapshots: everything an engine knows, as bytes.
//!
//! Invariants
//! - SN1 A snapshot taken at any position and restored goes on exactly as the engine it was taken from.
//! - SN2 A snapshot is a short-cut: when it is of another version or damaged it is refused, and replaying the log
//!   gives the same. It never holds what a person may not see elsewhere: pseudonymous ids only.
//! - SN3 No bytes make restoring panic or take more memory than a small multiple of their number: a checksum finds what
//!   was damaged, and parts that do not fit each other are refused.

use crate::{
    buffer::Buffer,
    config::EngineConfig,
    counters::{Counters, NUMBER_MAX},
    dedupe::SeenIds,
    engine::Engine,
    past::Past,
    rule::{Given, Home, Rule, plan_of},
    slot::Slot,
    watermark::Watermarks,
    world::World,
};
use linli_model::RegistryEntry;
use linli_rule::RulePlan;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::BTreeMap,
    io::{Cursor, Seek, SeekFrom, Write},
    sync::Arc,
};

/// Grows with every change of what is written below.
pub const SNAPSHOT_VERSION: u32 = 13;
const MAGIC: &[u8; 4] = b"LNLE";
/// Mark, version, checksum of what follows.
const HEAD_BYTES: usize = 12;
const CHUNK_BYTES: usize = 1 << 16;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("the snapshot is of version {found}, this program reads version {SNAPSHOT_VERSION}")]
    OtherVersion { found: u32 },
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

#[derive(Serialize, Deserialize)]
struct RuleKept<'a> {
    pack: Cow<'a, str>,
    version: u32,
    text: Cow<'a, str>,
    home: Option<Arc<Home>>,
    active: bool,
    since: i64,
    slots: Cow<'a, [Slot]>,
}

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    world: Cow<'a, World>,
    rules: Vec<RuleKept<'a>>,
    buffer: Cow<'a, Buffer>,
    pending: Cow<'a, BTreeMap<(i64, u64), RegistryEntry>>,
    watermarks: Cow<'a, Watermarks>,
    ids: Cow<'a, SeenIds>,
    counters: Counters,
    past: Cow<'a, Past>,
    checkpoint_due: i64,
    registry_seq: u64,
    unnumbered: u64,
}

impl Kept<'_> {
    /// SN3: whether its parts can be of one engine.
    fn fits(&self) -> bool {
        let numbered = self.registry_seq < NUMBER_MAX && self.unnumbered < NUMBER_MAX;
        numbered && self.world.fits() && self.watermarks.fits() && self.ids.fits() && self.counters.fits()
    }
}

impl Engine {
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.snapshot_into(&mut bytes);
        bytes
    }

    /// The same into memory that is there already.
    pub fn snapshot_into(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        let mut out = Cursor::new(std::mem::take(bytes));
        // Plain data into memory: there is no way for it to fail, and an empty one is refused when read.
        let written = self.write_snapshot(&mut out);
        *bytes = written.map(|()| out.into_inner()).unwrap_or_default();
    }

    /// The same into a file, without a second copy of it in memory.
    pub fn write_snapshot(&self, out: &mut (impl Write + Seek)) -> std::io::Result<()> {
        let rules = self.rules.iter().map(|r| RuleKept {
            pack: Cow::Borrowed(&r.pack),
            version: r.version,
            text: Cow::Borrowed(&r.text),
            home: r.home.clone(),
            active: r.active,
            since: r.since,
            slots: Cow::Borrowed(&r.slots),
        });
        let kept = Kept {
            world: Cow::Borrowed(&self.world),
            rules: rules.collect(),
            buffer: Cow::Borrowed(&self.buffer),
            pending: Cow::Borrowed(&self.pending),
            watermarks: Cow::Borrowed(&self.watermarks),
            ids: Cow::Borrowed(&self.ids),
            counters: self.counters,
            past: Cow::Borrowed(&self.past),
            checkpoint_due: self.checkpoint_due,
            registry_seq: self.registry_seq,
            unnumbered: self.unnumbered,
        };
        let from = out.stream_position()?;
        out.write_all(MAGIC)?;
        out.write_all(&SNAPSHOT_VERSION.to_le_bytes())?;
        out.write_all(&[0; 4])?;
        let (buffer, hasher) = (Vec::with_capacity(CHUNK_BYTES), crc32fast::Hasher::new());
        let summed = Summed { out: &mut *out, buffer, hasher };
        let mut summed = postcard::to_io(&kept, summed).map_err(std::io::Error::other)?;
        summed.flush()?;
        let checksum = summed.hasher.finalize();
        out.seek(SeekFrom::Start(from + HEAD_BYTES as u64 - 4))?;
        out.write_all(&checksum.to_le_bytes())?;
        out.seek(SeekFrom::End(0))?;
        Ok(())
    }

    pub fn from_snapshot(config: EngineConfig, bytes: &[u8]) -> Result<Engine, SnapshotError> {
        let damaged = |why: &str| SnapshotError::Damaged(why.to_owned());
        if bytes.len() < HEAD_BYTES || &bytes[..4] != MAGIC {
            return Err(damaged("not a snapshot of an engine"));
        }
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let version = number(4);
        if version != SNAPSHOT_VERSION {
            return Err(SnapshotError::OtherVersion { found: version });
        }
        if number(8) != crc32fast::hash(&bytes[HEAD_BYTES..]) {
            return Err(damaged("its checksum is another"));
        }
        let kept: Kept<'_> =
            postcard::from_bytes(&bytes[HEAD_BYTES..]).map_err(|e| SnapshotError::Damaged(e.to_string()))?;
        if !kept.fits() {
            return Err(damaged("its parts do not fit each other"));
        }
        let mut engine = Engine::from_config(config);
        engine.world = kept.world.into_owned();
        engine.world.stand_on(&engine.config);
        engine.buffer = kept.buffer.into_owned();
        engine.pending = kept.pending.into_owned();
        engine.watermarks = kept.watermarks.into_owned();
        engine.ids = kept.ids.into_owned();
        engine.ids.reindex();
        engine.counters = kept.counters;
        engine.past = kept.past.into_owned();
        engine.checkpoint_due = kept.checkpoint_due;
        engine.registry_seq = kept.registry_seq;
        engine.unnumbered = kept.unnumbered;
        for r in kept.rules {
            engine.take_kept(r)?;
        }
        engine.route();
        Ok(engine)
    }

    /// Whether these can be states of a rule: as many as there are signals, of their operators, each of a key there is.
    pub(crate) fn slots_fit(&self, plan: &RulePlan, slots: &[Slot]) -> bool {
        let keys = self.world.keys(plan);
        slots.iter().all(|s| {
            (s.key as usize) < keys
                && s.nodes.len() == plan.nodes.len()
                && s.nodes.iter().zip(&plan.nodes).all(|(n, p)| n.fits(&p.operator))
        })
    }

    fn take_kept(&mut self, kept: RuleKept<'_>) -> Result<(), SnapshotError> {
        let plan = plan_of(&kept.text, kept.home.as_deref(), &self.config.catalogue)
            .ok_or_else(|| SnapshotError::Damaged("a rule no longer passes the check".to_owned()))?;
        if !self.slots_fit(&plan, &kept.slots) {
            return Err(SnapshotError::Damaged("a rule's states do not fit the rule".to_owned()));
        }
        let r = self.rules.len() as u32;
        let given =
            Given { pack: &kept.pack, version: kept.version, text: &kept.text, home: kept.home.as_ref() };
        let mut rule = Rule::of(given, plan, kept.since, &mut self.world);
        rule.active = kept.active;
        rule.slots = kept.slots.into_owned();
        rule.reindex();
        self.by_name.insert(rule.plan.rule.clone(), r);
        self.rules.push(rule);
        self.place_slots(r);
        for (n, slot) in self.rules[r as usize].slots.iter().enumerate() {
            if slot.queued != i64::MAX {
                self.timers.push(Reverse((slot.queued, r, n as u32)));
            }
        }
        Ok(())
    }
}

/// Passes on in larger pieces what is written to it, and sums it up.
struct Summed<'a, W> {
    out: &'a mut W,
    buffer: Vec<u8>,
    hasher: crc32fast::Hasher,
}

impl<W: Write> Write for Summed<'_, W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.buffer.len() + bytes.len() > CHUNK_BYTES {
            self.flush()?;
        }
        if bytes.len() < CHUNK_BYTES {
            self.buffer.extend_from_slice(bytes);
        } else {
            self.hasher.update(bytes);
            self.out.write_all(bytes)?;
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.hasher.update(&self.buffer);
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::Nodes;
    use linli_model::*;

    const RULE: &str = r#"rule = "low"
name = { zh = "低", en = "low" }
key = "device"
severity = "info"
case_class = "x.y"
sentence = { zh = "低", en = "low" }
[signal]
operator = "level"
raise = "pressure_mpa < 0.3"
"#;

    fn config() -> EngineConfig {
        EngineConfig::new(AreaId::new("P"), AreaPath("P/".into()))
    }

    /// With one rule and one device that was heard.
    fn engine() -> Engine {
        let mut engine = Engine::from_config(config());
        let (pack, rule, text) = ("p".to_owned(), "low".to_owned(), RULE.to_owned());
        let change = RegistryChange::RuleSet { pack, rule, version: 1, text };
        let set = RegistryEntry { seq: 1, effective_at: Instant(0), change };
        let reading = Reading {
            id: ReadingId::new("r"),
            device: DeviceId::new("d"),
            observed_at: Instant(1),
            measure: Measure::new("pressure_mpa"),
            value: Value::Number(0.1),
            subject: None,
        };
        let (readings, quarantined) = (vec![reading], Vec::new());
        let batch =
            ReadingBatch { source: SourceId::new("s"), received_at: Instant(1), readings, quarantined };
        for entry in [
            LogEntry::Registry(set),
            LogEntry::Readings(batch),
            LogEntry::Tick { at: Instant::from_millis(600_000) },
        ] {
            engine.step(&entry, &mut Vec::new());
        }
        assert_eq!(engine.slots(), 1);
        engine
    }

    /// SN3
    #[test]
    fn a_sealed_snapshot_whose_parts_do_not_fit_each_other_is_refused() {
        let broken: [fn(&mut Engine); 6] = [
            |e| e.rules[0].slots[0].key = u32::MAX - 1,
            |e| e.rules[0].slots[0].nodes = Nodes::from_iter([]),
            |e| e.world.devices.clear(),
            |e| e.counters.readings = u64::MAX,
            |e| e.registry_seq = u64::MAX,
            |e| e.watermarks.pass(i64::MAX),
        ];
        for (i, breaks) in broken.iter().enumerate() {
            let mut engine = engine();
            assert!(Engine::from_snapshot(config(), &engine.snapshot()).is_ok());
            breaks(&mut engine);
            assert!(Engine::from_snapshot(config(), &engine.snapshot()).is_err(), "{i}");
        }
    }
}
