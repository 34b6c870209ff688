//! Areas and their shapes.

use linli_model::{Area, AreaId, Fault};

#[async_trait::async_trait]
pub trait PlaceStore: Send + Sync {
    async fn areas(&self) -> Result<Vec<Area>, Fault>;
    /// GeoJSON geometries of an area and everything inside it, by area.
    async fn shapes_within(&self, path: &linli_model::AreaPath) -> Result<Vec<(AreaId, String)>, Fault>;
}
