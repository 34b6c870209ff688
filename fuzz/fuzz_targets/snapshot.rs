//! See the property of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../properties/partition.rs"]
mod partition;
#[path = "../properties/snapshot.rs"]
mod snapshot;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| snapshot::holds(bytes));
