//! Channels that carry notices to people: one file per channel, all of the same shape.
//!
//! Invariants
//! - DL1 Every channel passes the same suite: accepted, refused, not now, unknown outcome.

pub mod in_app;
pub mod webhook;
