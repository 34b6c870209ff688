//! Tables people fill in Excel: places, devices, people, users.
//!
//! Owns: reading XLSX and CSV into a [`Table`], finding columns by their Chinese or English heading,
//! checking each row into a typed record, and giving the file back with an error column.
//!
//! Invariants
//! - SH1 A file is never refused for a bad row: good rows come out, bad rows come back with their reasons.
//! - SH2 Every mistake of a row is named at once, with its column and what was expected, in both languages.
//! - SH3 What goes out cannot run: a text that begins with `=`, `+`, `-`, `@`, whatever their width, tab or return is written as text.
//! - SH4 Formulas of a file are never evaluated; the value Excel stored is read.
//!
//! Deliberately absent: the store (whether a code already exists is asked through [`kind::Known`]).

pub mod kind;
pub mod read;
pub mod table;
mod workbook;
pub mod write;

pub use kind::{Known, RowOutcome};
pub use table::{Row, Table};
