//! See the promise of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../promises/readings.rs"]
mod readings;
#[path = "../promises/shipped.rs"]
mod shipped;
#[path = "../promises/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readings::check(bytes));
