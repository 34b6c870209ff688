//! The order of readings of the same moment: by what they say, never by arrival (EN2, RB1).
//!
//! What says the same of the same thing at the same moment is told apart by its id, in the lower bits. A rerun of the past
//! does not know ids, and has no need to: such readings are as good as one another.

use linli_model::{Reading, Value};
use rustc_hash::FxHasher;
use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// Of a tie, what the id decides.
const BY_ID: u32 = 0xff;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A text's part of a tie.
pub(crate) fn of_text(text: &str) -> u64 {
    let mut h = FxHasher::default();
    text.hash(&mut h);
    h.finish()
}

/// The part of a thing that is written, like `dwelling:302`, without writing it.
fn of_written(thing: &impl fmt::Display) -> u64 {
    of_text(&thing.to_string())
}

/// The tie of what a reading says; a text's value comes as [`of_text`] of it, a number's as its bits, no subject as 0.
#[inline]
pub(crate) fn of_parts(device: u64, measure: u64, subject: u64, value: u64) -> u32 {
    let mut h = device ^ measure.rotate_left(23) ^ subject.rotate_left(41);
    h = (h ^ h >> 29).wrapping_mul(MIX) ^ value;
    h = (h ^ h >> 32).wrapping_mul(MIX);
    (h >> 32) as u32 & !BY_ID
}

pub(crate) fn of_reading(r: &Reading) -> u32 {
    let value = match &r.value {
        Value::Number(n) => n.to_bits(),
        Value::Flag(b) => f64::from(u8::from(*b)).to_bits(),
        Value::Text(t) => of_text(t),
    };
    let subject = r.subject.as_ref().map_or(0, of_written);
    let said = of_parts(of_text(r.device.as_str()), of_text(r.measure.as_str()), subject, value);
    said | (of_text(r.id.as_str()) >> 32) as u32 & BY_ID
}
