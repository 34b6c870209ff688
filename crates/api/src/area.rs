//! Areas, and what stands on the map.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AreaRow {
    pub id: String,
    pub level: String,
    pub level_label: String,
    pub name: String,
    pub parent: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostChoice {
    pub id: String,
    pub name: String,
    pub role: String,
    pub area_name: String,
}
