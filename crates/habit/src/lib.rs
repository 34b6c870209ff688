//! What is usual of a device, told from the log: how far its clock is off, and how long it is silent.
//!
//! A device whose clock is constantly wrong shows it by the time between what it says and when that came. One that speaks by
//! a rhythm of its own shows by that rhythm when it is too quiet. What was learned is asked for as a registry fact
//! (`DeviceLearned`), and becomes one through the outbox like any other: the engine hears it from the log (A5).
//!
//! Owns: the evidence per device ([`Habits`], habits.rs), what is asked for ([`Learned`]), what is heard of a batch
//! (message.rs), and when enough is known (clock.rs, rhythm.rs).
//!
//! Invariants
//! - HB1 Pure: the same log gives the same facts at the same positions, also when it is cut and goes on from a snapshot.
//! - HB2 Bounded: some hundreds of bytes for each registered device, however much it says; nothing for any other.
//! - HB3 Nothing flaps: more evidence is needed to learn a fact than to keep it, and what is asked for is not asked again.
//! - HB4 A registered longest silence wins: of such a device none is learned.
//! - HB5 A device out of service has no habits; back in service it is learned anew (RG3 of the model).
//!
//! Deliberately absent: ids of readings (what is sent again is told by its time, which does not advance), what rules look
//! for, whole sources. What one household does is never taken for its device's rhythm (rhythm.rs).

mod clock;
mod habits;
mod message;
mod rhythm;

pub use habits::Habits;

use linli_model::{DeviceId, RegistryChange};
use serde::{Deserialize, Serialize};

/// What is known of a device, as the registry has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How far its clock is ahead of ours; negative when it is slow.
    pub clock_offset_ms: Option<i64>,
    /// Longest silence that is usual for it.
    pub silence_secs: Option<u32>,
}

/// Facts that should stand of a device from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    pub device: DeviceId,
    pub facts: Facts,
}

impl Learned {
    pub fn change(self) -> RegistryChange {
        let Facts { clock_offset_ms, silence_secs } = self.facts;
        RegistryChange::DeviceLearned { device: self.device, clock_offset_ms, silence_secs }
    }
}
