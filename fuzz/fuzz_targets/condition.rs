//! See the promise of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../promises/condition.rs"]
mod condition;
#[path = "../promises/partition.rs"]
mod partition;
#[path = "../promises/shipped.rs"]
mod shipped;
#[path = "../promises/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| condition::check(bytes));
