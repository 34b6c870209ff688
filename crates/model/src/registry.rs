//! The part of the registry that rules read, as a stream of changes in the log.
//!
//! Invariants
//! - RG1 Everything a rule can depend on besides readings is one of these changes, so that every replay
//!   sees the same registry at the same position.
//! - RG2 A change carries when it holds from (`effective_at`); the order of positions breaks ties.
//! - RG3 What was learned of a device ends when it goes out of service, whichever change says so
//!   ([`RegistryChange::retires`]); taken into service again, it is learned anew.

use crate::{
    area::{AreaId, AreaPath},
    device::{Device, DeviceId, DeviceState},
    own_rule::Hand,
    subject::Subject,
    suspension::SuspensionStep,
    term::Term,
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// One numbered change. `seq` is given by the relational store, grows by one, and makes re-appending harmless.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryEntry {
    pub seq: u64,
    pub effective_at: Instant,
    pub change: RegistryChange,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistryChange {
    DeviceSet(Device),
    DeviceRetired(DeviceId),
    /// `subject` joins the population `population` (e.g. `elder_alone`), in `area`.
    MemberJoined {
        population: String,
        subject: Subject,
        area: AreaId,
        area_path: AreaPath,
    },
    MemberLeft {
        population: String,
        subject: Subject,
    },
    /// Away until the given instant, or until further notice: travel, hospital.
    AwaySet {
        subject: Subject,
        until: Option<Instant>,
        reason: String,
    },
    AwayEnded {
        subject: Subject,
    },
    /// A rule is switched on, changed or off; `rule` is the rule's text, compiled by whoever reads it.
    RuleSet {
        pack: String,
        rule: String,
        version: u32,
        text: String,
    },
    RuleRemoved {
        rule: String,
    },
    /// An area's own value for a parameter of a rule, within the template's bounds.
    OverrideSet {
        rule: String,
        area: AreaId,
        area_path: AreaPath,
        parameter: String,
        value: f64,
        set_by: String,
    },
    OverrideRemoved {
        rule: String,
        area: AreaId,
        parameter: String,
    },
    /// An area's own term for a rule, in place of the one of the same [`Term::key`].
    TermSet {
        rule: String,
        area: AreaId,
        area_path: AreaPath,
        term: Term,
        set_by: String,
    },
    TermRemoved {
        rule: String,
        area: AreaId,
        key: String,
    },
    /// What is known of a device from what it sends, both facts as they stand from then on; None takes one back.
    DeviceLearned {
        device: DeviceId,
        /// How far its clock is ahead of ours; negative when it is slow. Counts for readings received from
        /// `effective_at` on.
        clock_offset_ms: Option<i64>,
        /// Longest silence that is usual for it. Counts where none is registered, in event time.
        silence_secs: Option<u32>,
    },
    /// An area's own rule runs, in this version, in that area only: for good, or in its shadow, where what it finds is
    /// kept and nobody is told. Its code in findings is [`own_code`](crate::own_code); running for good ends the shadow.
    AreaRuleSet {
        area: AreaId,
        area_path: AreaPath,
        rule: String,
        version: u32,
        text: String,
        shadow: bool,
        set_by: String,
    },
    AreaRuleRemoved {
        area: AreaId,
        area_path: AreaPath,
        rule: String,
        shadow: bool,
    },
    /// A street rule that was wrong too often goes out of force, or is on its way back (SU1).
    RuleSuspension {
        rule: String,
        version: u32,
        step: SuspensionStep,
    },
    /// Who changed what an area sets of a rule, and why: the last of its commit, for people to read (OH3).
    OverridesNoted {
        rule: String,
        area: AreaId,
        area_path: AreaPath,
        by: Hand,
        reason: String,
        /// The version whose content it goes back to; 0 is the rule as everybody has it.
        back_to: Option<u32>,
    },
}

impl RegistryChange {
    /// The device that goes out of service by this change, or is out of it.
    pub fn retires(&self) -> Option<&DeviceId> {
        match self {
            RegistryChange::DeviceRetired(id) => Some(id),
            RegistryChange::DeviceSet(device) if device.state == DeviceState::Retired => Some(&device.id),
            _ => None,
        }
    }
}
