//! Channels that carry notices to people: one file per channel, all of the same shape.
//!
//! Invariants
//! - DV1 Every channel passes the same suite: accepted, refused, not now, unknown outcome.

pub mod dingtalk;
pub mod email;
pub mod in_app;
mod robot;
pub mod webhook;
pub mod wecom;

/// One provider of TLS for the process, without which no HTTP client can be built; whoever named one before is left
/// in peace.
pub fn tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
