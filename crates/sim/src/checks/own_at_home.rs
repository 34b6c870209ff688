//! RL3: what an area's own rule finds lies in its area, and what shows it stands there.

use super::Check;
use crate::{
    lived::Lived,
    run::{Difference, say},
};
use linli_model::{AreaPath, DeviceId, OwnCode, RegistryChange};
use std::collections::{BTreeMap, BTreeSet};

pub const CHECK: Check = Check {
    name: "own_at_home",
    about: "what an area's own rule finds lies in that area, by readings of devices that stood there",
    run: check,
    behind: None,
};

fn check(life: &Lived<'_>) -> Result<(), Difference> {
    let mut homes: BTreeMap<String, AreaPath> = BTreeMap::new();
    let mut stood: BTreeMap<DeviceId, BTreeSet<AreaPath>> = BTreeMap::new();
    for c in life.changes() {
        match &c.what {
            RegistryChange::AreaRuleSet { area, area_path, .. } => {
                homes.insert(area.to_string(), area_path.clone());
            }
            RegistryChange::DeviceSet(d) => {
                stood.entry(d.id.clone()).or_default().insert(d.area_path.clone());
            }
            _ => {}
        }
    }
    let partition = life.config().area_path;
    for f in &life.undisturbed().found {
        let Some(code) = OwnCode::read(&f.rule) else { continue };
        let Some(home) = homes.get(code.area.as_str()) else {
            return Err(Difference::of(format!("of a rule nobody set: {}", say(f))));
        };
        if !f.area_path.within(home) {
            return Err(Difference::of(format!("outside of {}: {}", home.0, say(f))));
        }
        // Who is not registered stands in the partition.
        let at_home = |d: &DeviceId| {
            partition.within(home) || stood.get(d).is_some_and(|all| all.iter().any(|at| at.within(home)))
        };
        if let Some(r) = f.evidence.readings.iter().find(|r| !at_home(&r.device)) {
            return Err(Difference::of(format!("heard {} outside of {}: {}", r.device, home.0, say(f))));
        }
    }
    Ok(())
}
