//! See the promise of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../promises/partition.rs"]
mod partition;
#[path = "../promises/snapshot.rs"]
mod snapshot;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| snapshot::check(bytes));
