//! Areas and their shapes.

use linli_model::{Area, AreaId, Fault, LocalDay, Succession};
use std::collections::BTreeMap;

/// How many people actually live in an area, as it was counted or known on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    pub since: LocalDay,
    pub residents: u32,
}

#[async_trait::async_trait]
pub trait PlaceStore: Send + Sync {
    async fn areas(&self) -> Result<Vec<Area>, Fault>;
    /// Which areas are taken over by which, those to come among them, in the order of their days.
    async fn successions(&self) -> Result<Vec<Succession>, Fault>;
    /// How many live where, each area's in the order of the days.
    async fn heads(&self) -> Result<BTreeMap<AreaId, Vec<Heads>>, Fault>;
    /// GeoJSON geometries of an area and everything inside it, by area.
    async fn shapes_within(&self, path: &linli_model::AreaPath) -> Result<Vec<(AreaId, String)>, Fault>;
}
