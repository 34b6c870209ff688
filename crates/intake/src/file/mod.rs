//! Files: what somebody else wrote down, read through a mapping that is data.
//!
//! Owns: the mapping format ([`mapping`], documented in docs/formats.md), reading tables ([`table`]), the two things a
//! row can become: readings ([`readings`]) and cases ([`cases`]).
//!
//! Invariants
//! - IF1 Every row of a file comes back with what became of it: clean, flagged, duplicate or quarantined, with the row's
//!   number in the file; the counts add up to the rows read.
//! - IF2 An import as history takes `received_at` from `observed_at`, in order of time: a replay of the file sees the same
//!   watermarks every time. No clock is read.
//! - IF3 Reading ids are hashes of the content, so that importing a file again changes nothing.

pub mod cases;
pub mod intervals;
pub mod mapping;
pub mod readings;
mod row_plan;
pub mod table;
pub mod times;

pub use cases::{CaseReport, ImportedCase, PromiseState, read_cases, read_cases_of};
pub use intervals::{Interval, read_intervals};
pub use mapping::{FileForm, Mapping, MappingKind};
pub use readings::{Imported, Outcome, RowOutcome, read_readings};
pub use table::{Table, TableRow};
