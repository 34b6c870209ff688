//! The receipt of readings.

use crate::problem::FieldProblem;
use serde::Serialize;
use utoipa::ToSchema;

/// Everything counted here is durable.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReadingsReceipt {
    pub accepted: u32,
    pub quarantined: u32,
    /// The rows in quarantine; all others were accepted.
    pub rows: Vec<QuarantinedRow>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuarantinedRow {
    /// From 1.
    pub row: u32,
    pub reason: String,
    pub problem: FieldProblem,
}
