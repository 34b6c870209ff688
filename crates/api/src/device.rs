//! Devices: what speaks, and above all what does not.

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceQuery {
    /// `silent`, `online`, `maintenance`, `retired`.
    pub state: Option<String>,
    pub class: Option<String>,
    pub area: Option<String>,
    pub q: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceRow {
    pub id: String,
    pub name: String,
    pub class: Coded,
    pub area: Coded,
    pub source: String,
    /// `online`, `silent`, `unwatched`, `maintenance`, `retired`.
    pub state: Coded,
    pub last_seen: Option<String>,
    pub silent_for_secs: Option<i64>,
    pub battery_pct: Option<f64>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceView {
    #[serde(flatten)]
    pub row: DeviceRow,
    pub purpose: String,
    pub measures: Vec<String>,
    /// The silence that is too long for it: as registered, else as learned. Absent: it is not watched.
    pub silence_secs_max: Option<u32>,
    /// `registered` or `learned`.
    pub silence_from: Option<Coded>,
    /// Since when a learned one holds.
    pub silence_since: Option<String>,
    /// How far its clock is known to be ahead of ours, in milliseconds, negative when it is slow: its readings are set right by it.
    pub clock_offset_ms: Option<i64>,
    pub clock_since: Option<String>,
    pub capacity: Option<f64>,
    pub subject: Option<String>,
    /// The last seven days, at most 500 points per measure; days only for devices inside homes (G13).
    pub series: Vec<Series>,
    pub by_day: bool,
    /// Rules in force that hear one of its measures.
    pub rules: Vec<Coded>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Series {
    pub measure: String,
    pub unit: String,
    /// Each point is a day and how often that day: for what happens rather than is measured, and inside homes (G13).
    pub per_day: bool,
    pub points: Vec<SeriesPoint>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeriesPoint {
    pub at: String,
    pub value: f64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceSummary {
    pub class: Coded,
    pub total: u64,
    pub online: u64,
    pub silent: u64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDevice {
    pub id: String,
    pub class: String,
    pub name: String,
    pub area: String,
    pub source: String,
    pub measures: Vec<String>,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    pub silence_secs_max: Option<u32>,
    #[serde(default)]
    pub capacity: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    #[serde(default)]
    pub lat: Option<f64>,
    pub purpose: String,
}

/// Shown once; only a hash of the secret is kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CredentialMade {
    pub name: String,
    pub secret: String,
    pub mqtt_topic: String,
}

/// Who may send readings: a device for itself, or a gateway for every device of its source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CredentialRow {
    pub name: String,
    pub source: String,
    /// Absent for a gateway.
    pub device: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddGateway {
    /// The name it signs in with; 1 to 64 letters, digits, `-`, `_` or `.`.
    pub name: String,
    /// It may speak for every device registered under this source.
    pub source: String,
}
