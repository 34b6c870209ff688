//! Real servers for tests, started for one test and gone with it.
//!
//! Invariants
//! - TK1 A server that is not installed skips its test with a line that says so; with `LINLI_REQUIRE_SERVERS=1`
//!   it fails it. A server that is installed and does not start always fails it.
//! - TK2 Whatever is started here ends with the test, also when the test is killed.
//!
//! Deliberately absent: imitations. A test of an edge runs against the real thing or is skipped.

pub mod postgres;
pub mod smtp;

/// Says that a test is skipped, or fails it where servers are required.
pub fn skip(reason: &str) {
    assert!(
        std::env::var("LINLI_REQUIRE_SERVERS").as_deref() != Ok("1"),
        "LINLI_REQUIRE_SERVERS=1, but {reason}"
    );
    println!("SKIP {reason}");
}
