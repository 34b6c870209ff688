//! Formats of the country: identity numbers, credit codes, phones, plates, addresses, coordinates.
//!
//! Every parser returns a [`crate::Diagnostic`] that names what was expected, in both languages; none
//! guesses. Test vectors are those of the standards.

pub mod address;
pub mod coordinate;
pub mod credit_code;
pub mod id_number;
pub mod phone;
pub mod plate;

/// Full-width ASCII to half-width, ideographic space to space; everything else as it is.
pub fn fold_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            _ => c,
        })
        .collect()
}
