//! Administration: first set-up, users and posts, persons, the access log, imports.

pub mod access_log;
pub mod imports;
pub mod persons;
pub mod setup;
pub mod users;
