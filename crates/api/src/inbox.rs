//! A person's notices.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeRow {
    pub id: String,
    pub case_id: Option<String>,
    pub push_id: Option<String>,
    pub reason: String,
    pub title: String,
    pub body: String,
    pub severity: String,
    pub at: String,
    pub seen_at: Option<String>,
}
