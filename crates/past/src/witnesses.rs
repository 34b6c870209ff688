//! The devices whose silence an absence has to know about, and how far back.
//!
//! Invariants
//! - WS1 Whether a witness was alive anywhere in a rule's look-back is known: its readings are gone through from so long before
//!   it as the witness may be silent.

use linli_model::{Device, DeviceId, Millis, RegistryChange, RegistryEntry};
use linli_rule::{
    RulePlan,
    plan::{Coverage, Operator},
};
use std::collections::BTreeMap;

/// So much of a witness's silence every rule's look-back has room for.
const IN_LOOK_BACK: Millis = Millis::days(1);
/// A silence that is longer says little of whether somebody was seen; a month is looked back.
const LONGER_MAX: Millis = Millis::days(31);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// All they say matters, whatever it measures.
    pub devices: Vec<DeviceId>,
    /// How much further back than the rules' look-back they matter.
    pub longer: Millis,
}

impl Witnesses {
    pub fn of(registry: &[RegistryEntry], plans: &[&RulePlan]) -> Witnesses {
        let looks = |p: &RulePlan| {
            p.nodes.iter().any(|n| matches!(&n.operator, Operator::Absent(a) if a.coverage != Coverage::None))
        };
        let looking: Vec<&&RulePlan> = plans.iter().filter(|p| looks(p)).collect();
        let shows = |d: &Device| looking.iter().any(|p| d.measures.iter().any(|m| p.measures.contains(m)));
        let mut silences: BTreeMap<&DeviceId, u32> = BTreeMap::new();
        let mut shown: BTreeMap<&DeviceId, bool> = BTreeMap::new();
        for entry in registry {
            let (device, silence) = match &entry.change {
                RegistryChange::DeviceSet(d) => {
                    *shown.entry(&d.id).or_default() |= shows(d);
                    (&d.id, d.silence_secs_max)
                }
                RegistryChange::DeviceLearned { device, silence_secs, .. } => (device, *silence_secs),
                _ => continue,
            };
            if let Some(secs) = silence {
                let longest = silences.entry(device).or_default();
                *longest = secs.max(*longest);
            }
        }
        silences.retain(|device, _| shown.get(device).is_some_and(|shows| *shows));
        let longest = silences.values().max().copied().unwrap_or(0);
        let longer = Millis((i64::from(longest) * 1000 - IN_LOOK_BACK.0).clamp(0, LONGER_MAX.0));
        Witnesses { devices: silences.into_keys().cloned().collect(), longer }
    }
}
