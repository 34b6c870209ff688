//! Areas, and what stands on the map.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AreaRow {
    pub id: String,
    pub level: String,
    pub level_label: String,
    pub name: String,
    /// The area it lies in today.
    pub parent: Option<String>,
    /// What it took over: the cases of those are found here, too.
    pub took_over: Vec<TookOver>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TookOver {
    pub id: String,
    pub name: String,
    /// The day, like `2026-12-01`.
    pub since: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostChoice {
    pub id: String,
    pub name: String,
    pub role: String,
    pub area_name: String,
}
