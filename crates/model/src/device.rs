//! Devices: what sends readings.

use crate::{
    area::{AreaId, AreaPath},
    reading::{Measure, SourceId},
    subject::Subject,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub String);

impl DeviceId {
    pub fn new(id: impl Into<String>) -> Self {
        DeviceId(id.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The classes of devices of mission.md M3; a new class is added here and in the catalogue of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    SmartDoor,
    WirelessProbe,
    WaterPressure,
    Smoke,
    GateCheckpoint,
    BikeShed,
    WaterMeter,
    DoorMagnet,
    Infrared,
    Lift,
    WastePoint,
    Noise,
    ParkingLot,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Active,
    /// Announced work: silence is expected and says so on the case.
    Maintenance,
    Retired,
}

/// A device as registered. Where it hangs and what it stands for are as of `valid_from`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub id: DeviceId,
    pub class: DeviceClass,
    pub name: String,
    /// The narrowest area it belongs to (a dwelling, doorway, estate …).
    pub area: AreaId,
    pub area_path: AreaPath,
    /// The source it normally speaks through; watermarks are kept per source.
    pub source: SourceId,
    /// What its readings are about when they name no subject themselves.
    pub subject: Option<Subject>,
    pub measures: Vec<Measure>,
    /// Longest silence, in seconds, that is still normal for this device; None = not watched.
    pub silence_secs_max: Option<u32>,
    /// Capacity for counting devices (car park, shed), in units.
    pub capacity: Option<f64>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    /// Purpose and legal basis shown in the public register of devices (G8).
    pub purpose: String,
    pub state: DeviceState,
    pub valid_from: Instant,
}
