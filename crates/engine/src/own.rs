//! Rules that areas compose themselves: how they are set, come out of their shadow, and part from what leaves their home.
//!
//! Invariants
//! - OE1 An area's own rule is set in the partition in which the area lies, and in no other.
//! - OE2 What is the street's alone (eager, mandatory) is not taken from an area, whatever the log says.
//!
//! What a home means to a rule stands in rule.rs (RL3), coming out of the shadow in warm.rs (WA4).

use crate::{
    engine::Engine,
    rule::{Given, Home, plan_of},
};
use linli_model::{AreaId, AreaPath, Finding, RegistryChange, own_code};
use linli_rule::plan::Key;
use std::sync::Arc;

impl Engine {
    /// OE1
    pub(crate) fn is_elsewhere(&self, change: &RegistryChange) -> bool {
        match change {
            RegistryChange::AreaRuleSet { area_path, .. }
            | RegistryChange::AreaRuleRemoved { area_path, .. } => !area_path.within(&self.config.area_path),
            _ => false,
        }
    }

    /// An area's own rule: for good, out of its shadow if it has one, or in it.
    pub(crate) fn set_own(
        &mut self,
        (area, path): (&AreaId, &AreaPath),
        (rule, shadow): (&str, bool),
        (version, text): (u32, &str),
        at: i64,
        out: &mut Vec<Finding>,
    ) {
        let home = Arc::new(Home { path: path.clone(), code: own_code(rule, area, shadow) });
        let plan = plan_of(text, Some(&home), &self.config.catalogue);
        let Some(plan) = plan.filter(|_| path.ids().next_back().as_ref() == Some(area)) else {
            self.counters.rules_refused += 1;
            return;
        };
        let given = Given { pack: "own", version, text, home: Some(&home) };
        let in_shadow = own_code(rule, area, true);
        let goes_on = self.by_name.get(&home.code).is_some_and(|r| self.can_go_on(*r, &plan));
        let lived = if shadow || goes_on { None } else { self.out_of_shadow(&in_shadow, given, &plan, at) };
        match lived {
            Some(rule) => self.take_over(rule, at, out),
            None => self.set_rule(given, plan, at, out),
        }
        if !shadow {
            self.remove_rule(&in_shadow, at, out);
        }
    }

    /// A device does not stand where an own rule is in force, perhaps no longer: what it showed last ends (RL3).
    pub(crate) fn leave_home(&mut self, r: u32, device: u32, at: i64, out: &mut Vec<Finding>) {
        match self.rules[r as usize].plan.key {
            Key::Population(_) => {}
            Key::Area { .. } => self.leave_areas(r, device, None, at, out),
            _ => {
                for slot in 0..self.rules[r as usize].slots.len() as u32 {
                    let s = &self.rules[r as usize].slots[slot as usize];
                    if s.device == device {
                        self.go(r, slot, at, out);
                    }
                }
            }
        }
    }
}
