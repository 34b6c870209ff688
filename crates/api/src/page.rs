//! Pages of lists, and codes with their labels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A code and what it is called in the language of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Coded {
    pub code: String,
    pub label: String,
}

impl Coded {
    pub fn new(code: impl Into<String>, label: impl Into<String>) -> Self {
        Coded { code: code.into(), label: label.into() }
    }
}

/// A page of a list; `next_cursor` is given back as `cursor` to read on, and absent at the end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
