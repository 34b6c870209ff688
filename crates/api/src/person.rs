//! Persons: masked until opened for a purpose; every opening is in the access log.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct PersonQuery {
    /// Name, door, or a whole phone or identity number.
    pub q: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRow {
    pub id: String,
    pub name_masked: String,
    pub dwelling: String,
    pub dwelling_name: String,
    pub populations: Vec<String>,
}

/// Why a record is opened: a purpose with an open case at the place, or break-glass with a reason.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenPerson {
    /// `care_visit`, `registration`, `case_work`, `break_glass`.
    pub purpose: String,
    #[serde(default)]
    pub case_id: Option<String>,
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRecord {
    pub id: String,
    pub name: String,
    pub id_number_masked: Option<String>,
    pub phone: Option<String>,
    pub dwelling_name: String,
    pub residence: String,
    pub registered_here: bool,
    pub contact_name: Option<String>,
    pub contact_phone: Option<String>,
    pub populations: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LookRow {
    pub seq: u64,
    pub at: String,
    pub user: String,
    pub role: String,
    pub person: String,
    pub purpose: String,
    pub case_id: Option<String>,
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainVerdict {
    pub whole: bool,
    pub entries: u64,
    /// The first entry whose hash does not follow from the one before.
    pub broken_at: Option<u64>,
}
