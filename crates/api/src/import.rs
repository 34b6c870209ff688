//! Imports from tables: every row back.

use crate::problem::FieldProblem;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportResult {
    /// `areas`, `devices`, `people`, `users`.
    pub kind: String,
    pub dry_run: bool,
    pub taken: u32,
    pub refused: u32,
    /// The refused rows with their reasons.
    pub rows: Vec<ImportRow>,
    /// Where the refused rows can be fetched as a table with an error column; none when all were taken.
    pub errors_url: Option<String>,
    /// First passwords of imported users, shown once.
    pub passwords: Vec<FirstPassword>,
    /// What follows from it beside the rows: who will see more where boundaries are redrawn.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportRow {
    /// As Excel numbers it.
    pub row: u32,
    pub problems: Vec<FieldProblem>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FirstPassword {
    pub login: String,
    pub password: String,
}
