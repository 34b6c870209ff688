//! Rows that were acknowledged but cannot be used until a person has looked at them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct QuarantineQuery {
    pub reason: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuarantineRow {
    pub id: String,
    pub source: String,
    pub received_at: String,
    pub row: u32,
    pub reason: String,
    pub field: String,
    pub message: String,
    pub raw: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resubmit {
    /// The row as it should have come, one JSON object.
    pub row: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Discard {
    pub reason: String,
}
