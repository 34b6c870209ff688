//! Endpoint shapes and wire types; nothing here behaves.
//!
//! Owns: what goes over the wire under `/api/v1`, as Rust types with their OpenAPI schemas.
//!
//! Invariants
//! - AP1 JSON fields are snake_case, instants RFC 3339, codes the same as in database and logs.
//! - AP2 Labels are given in the language of the request beside their code; the code is what programs read.
//! - AP3 Lists are `{items, next_cursor}`; errors are RFC 9457 problems with a code.

pub mod area;
pub mod backtest;
pub mod case;
pub mod delivery;
pub mod device;
pub mod duty;
pub mod finding;
pub mod import;
pub mod inbox;
pub mod indicator;
pub mod own_rule;
pub mod page;
pub mod person;
pub mod problem;
pub mod public;
pub mod push;
pub mod quarantine;
pub mod reading;
pub mod routing;
pub mod rule;
pub mod session;
pub mod trace;
pub mod user;

pub use page::{Coded, Page};
pub use problem::{FieldProblem, Problem};
