//! Devices, their credentials, and when they were last heard.

use crate::{Page, PageAsk};
use linli_model::{AreaPath, Device, DeviceClass, DeviceId, Fault, Instant, SourceId};

#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRecord {
    pub device: Device,
    pub last_seen: Option<Instant>,
    pub battery_pct: Option<f64>,
    pub learned: DeviceLearned,
}

/// What was learned of a device from what it sends, and since when each holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeviceLearned {
    /// How far its clock is ahead of ours; negative when it is slow.
    pub clock_offset_ms: Option<i64>,
    pub clock_since: Option<Instant>,
    /// Longest silence that is usual; a registered one wins.
    pub silence_secs: Option<u32>,
    pub silence_since: Option<Instant>,
}

/// The newest sign of life of a device, by the device's own clock as set right and clamped.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceSeen {
    pub device: DeviceId,
    pub at: Instant,
    pub battery_pct: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceWatch {
    Online,
    /// Watched, and not heard for longer than is normal for it.
    Silent,
    /// No silence is too long for it.
    Unwatched,
    Maintenance,
    Retired,
}

impl DeviceRecord {
    /// The silence that is too long for it: as registered, else as learned.
    pub fn silence_secs_max(&self) -> Option<u32> {
        self.device.silence_secs_max.or(self.learned.silence_secs)
    }
    pub fn watch(&self, now: Instant) -> DeviceWatch {
        use linli_model::DeviceState as S;
        match (self.device.state, self.silence_secs_max(), self.last_seen) {
            (S::Retired, _, _) => DeviceWatch::Retired,
            (S::Maintenance, _, _) => DeviceWatch::Maintenance,
            (S::Active, None, _) => DeviceWatch::Unwatched,
            (S::Active, Some(max), Some(seen)) if (now - seen).0 <= i64::from(max) * 1000 => {
                DeviceWatch::Online
            }
            (S::Active, Some(_), _) => DeviceWatch::Silent,
        }
    }
}

#[derive(Clone, Debug)]
pub struct DeviceFilter {
    pub within: Vec<AreaPath>,
    pub watch: Option<DeviceWatch>,
    pub class: Option<DeviceClass>,
    pub text: Option<String>,
    pub now: Instant,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    pub name: String,
    pub secret_hash: String,
    pub source: SourceId,
    /// Set: speaks for this device only. None: a gateway.
    pub device: Option<DeviceId>,
}

#[async_trait::async_trait]
pub trait DeviceStore: Send + Sync {
    async fn device(&self, id: &DeviceId) -> Result<Option<DeviceRecord>, Fault>;
    /// Silent ones first when none is asked for, then by id.
    async fn devices(&self, filter: &DeviceFilter, page: &PageAsk) -> Result<Page<DeviceRecord>, Fault>;
    /// Every device, for the intake's directory and for summaries.
    async fn all_devices(&self) -> Result<Vec<DeviceRecord>, Fault>;
    async fn credentials(&self) -> Result<Vec<Credential>, Fault>;
}
