//! See the promise of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../promises/pack_files.rs"]
mod pack_files;
#[path = "../promises/shipped.rs"]
mod shipped;
#[path = "../promises/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pack_files::check(bytes));
