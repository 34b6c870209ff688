//! See the property of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../properties/pack_files.rs"]
mod pack_files;
#[path = "../properties/shipped.rs"]
mod shipped;
#[path = "../properties/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pack_files::holds(bytes));
