//! See the property of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../properties/condition.rs"]
mod condition;
#[path = "../properties/partition.rs"]
mod partition;
#[path = "../properties/shipped.rs"]
mod shipped;
#[path = "../properties/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| condition::holds(bytes));
