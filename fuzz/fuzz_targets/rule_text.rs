//! See the property of the same name, and docs/fuzzing.md.
#![no_main]

#[path = "../properties/rule_text.rs"]
mod rule_text;
#[path = "../properties/shipped.rs"]
mod shipped;
#[path = "../properties/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rule_text::holds(bytes));
