//! See the promise of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../promises/rule_text.rs"]
mod rule_text;
#[path = "../promises/shipped.rs"]
mod shipped;
#[path = "../promises/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rule_text::check(bytes));
