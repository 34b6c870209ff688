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
    rule::{Rule, Slot},
    watermark::Watermarks,
    world::World,
};
use linli_model::RegistryEntry;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// Grows with every change of what is written below.
pub const SNAPSHOT_VERSION: u32 = 4;
const MAGIC: &[u8; 4] = b"LNLE";
/// Mark, version, checksum of what follows.
const HEAD_BYTES: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("the snapshot is of version {found}, this program reads version {SNAPSHOT_VERSION}")]
    OtherVersion { found: u32 },
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

#[derive(Serialize, Deserialize)]
struct RuleKept {
    pack: String,
    version: u32,
    text: String,
    active: bool,
    since: i64,
    slots: Vec<Slot>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    world: World,
    rules: Vec<RuleKept>,
    buffer: Buffer,
    pending: BTreeMap<(i64, u64), RegistryEntry>,
    watermarks: Watermarks,
    ids: SeenIds,
    counters: Counters,
    registry_seq: u64,
    unnumbered: u64,
}

impl Kept {
    /// SN3: whether its parts can be of one engine.
    fn fits(&self) -> bool {
        let numbered = self.registry_seq < NUMBER_MAX && self.unnumbered < NUMBER_MAX;
        numbered && self.world.fits() && self.watermarks.fits() && self.ids.fits() && self.counters.fits()
    }
}

impl Engine {
    pub fn snapshot(&self) -> Vec<u8> {
        let rules = self.rules.iter().map(|r| RuleKept {
            pack: r.pack.clone(),
            version: r.version,
            text: r.text.clone(),
            active: r.active,
            since: r.since,
            slots: r.slots.clone(),
        });
        let kept = Kept {
            world: self.world.clone(),
            rules: rules.collect(),
            buffer: self.buffer.clone(),
            pending: self.pending.clone(),
            watermarks: self.watermarks.clone(),
            ids: self.ids.clone(),
            counters: self.counters,
            registry_seq: self.registry_seq,
            unnumbered: self.unnumbered,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(SNAPSHOT_VERSION.to_le_bytes());
        // Plain data into memory: there is no way for it to fail, and an empty tail is refused when read.
        let kept = postcard::to_stdvec(&kept).unwrap_or_default();
        bytes.extend(crc32fast::hash(&kept).to_le_bytes());
        bytes.extend(kept);
        bytes
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
        let kept: Kept =
            postcard::from_bytes(&bytes[HEAD_BYTES..]).map_err(|e| SnapshotError::Damaged(e.to_string()))?;
        if !kept.fits() {
            return Err(damaged("its parts do not fit each other"));
        }
        let mut engine = Engine::from_config(config);
        engine.world = kept.world;
        engine.world.stand_on(&engine.config);
        engine.buffer = kept.buffer;
        engine.pending = kept.pending;
        engine.watermarks = kept.watermarks;
        engine.ids = kept.ids;
        engine.ids.reindex();
        engine.counters = kept.counters;
        engine.registry_seq = kept.registry_seq;
        engine.unnumbered = kept.unnumbered;
        for r in kept.rules {
            engine.take_kept(r)?;
        }
        engine.route();
        Ok(engine)
    }

    fn take_kept(&mut self, kept: RuleKept) -> Result<(), SnapshotError> {
        let plan = linli_rule::check(&kept.text, &self.config.catalogue)
            .map_err(|_| SnapshotError::Damaged("a rule no longer passes the check".to_owned()))?;
        let keys = self.world.keys(&plan.key);
        let fits = |s: &Slot| {
            (s.key as usize) < keys
                && s.nodes.len() == plan.nodes.len()
                && s.nodes.iter().zip(&plan.nodes).all(|(n, p)| n.fits(&p.operator))
        };
        if !kept.slots.iter().all(fits) {
            return Err(SnapshotError::Damaged("a rule's states do not fit the rule".to_owned()));
        }
        let r = self.rules.len() as u32;
        let mut rule = Rule::of(&kept.pack, kept.version, &kept.text, plan, kept.since, &mut self.world);
        rule.active = kept.active;
        rule.slots = kept.slots;
        rule.reindex();
        self.by_name.insert(rule.plan.rule.clone(), r);
        self.rules.push(rule);
        for slot in 0..self.rules[r as usize].slots.len() {
            let rule = &mut self.rules[r as usize];
            let place = rule.slots[slot].place;
            rule.slots[slot].setting = rule.setting_for(place, &self.world);
            rule.settle_in(slot as u32, &mut self.world);
            if rule.slots[slot].queued != i64::MAX {
                self.timers.push(Reverse((rule.slots[slot].queued, r, slot as u32)));
            }
        }
        Ok(())
    }
}
