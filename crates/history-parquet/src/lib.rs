//! The past readings in Parquet files that any tool can read as they lie.
//!
//! Owns: the folders and names ([`part`]), the columns ([`columns`]), whole rows ([`rows`]) and rows by numbers ([`scan`])
//! out of them, which rows count ([`repeats`]), and how parts are opened, read, written, replaced, joined and dropped
//! (opening.rs, reading.rs, writing.rs, port.rs). `area=310104011012/day=2026-11-23/part-000000000001-000000000042.parquet` holds the
//! rows of that residential area and local day whose log positions are 1 to 42.
//!
//! Invariants (HS1 to HS5 of the port, and)
//! - HP1 In one folder no two parts share a position: what overlaps is joined into one part, written
//!   before the old ones go. So a tool that reads `*.parquet` sees each row once.
//! - HP2 A part whose range lies inside another's of the same folder was joined into it, and a crash came
//!   before it was removed; opening removes it.
//! - HP3 A part is sorted by measure, then device, then observed_at, then position; in format 1 by device first.
//! - HP4 Whether a row counts is decided when it comes, against what came before it in the log, and is not decided again
//!   when parts are joined.
//!
//! Deliberately absent: names of people (ids are pseudonymous), a catalogue (folders are the catalogue),
//! and readings in quarantine.

mod columns;
mod fault;
mod object;
mod opening;
mod part;
mod port;
mod reading;
mod repeats;
mod rows;
mod scan;
mod writing;

use jiff::tz::TimeZone;
use linli_model::{AreaId, LocalDay};
use object_store::ObjectStore;
use part::{Folder, Part};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

pub struct ParquetHistory {
    store: Arc<dyn ObjectStore>,
    /// Where the store is a folder of this machine: files there are read in part.
    folder: Option<PathBuf>,
    zone: TimeZone,
    /// What lies in the store; the parts of a folder by position.
    parts: Mutex<BTreeMap<Folder, Vec<Part>>>,
    /// One change at a time, with what tells which rows count; reads do not wait for it.
    changing: tokio::sync::Mutex<repeats::Repeats>,
}

/// The residential areas and days of a row as they are named in the store, for tools that look there.
pub fn folder_of(area: &AreaId, day: LocalDay) -> String {
    part::folder_name(&Folder { area: area.clone(), day })
}
