//! Reading what a form sent: fields and photos, whatever came and however large.
//!
//! Invariants
//! - PI1 Nothing is kept beyond the limits: fields are cut at [`FIELD_BYTES_MAX`], a photo beyond
//!   [`PHOTO_BYTES_MAX`] is counted to its end but not kept, so that the other fields can be shown again.
//! - PI2 A form that breaks off is not a form: nothing of it is used.

use axum::{body::Bytes, extract::Multipart};
use std::collections::BTreeMap;

/// What one text field may hold.
const FIELD_BYTES_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = 40;
/// The taking-in itself refuses anything larger, with the same words for every door.
pub(super) const PHOTO_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Photos of one report.
pub(super) const PHOTOS_MAX: usize = 6;
/// The whole body; beyond it the connection is answered without reading on.
pub(super) const BODY_BYTES_MAX: usize = 96 * 1024 * 1024;

/// What a form sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    fields: BTreeMap<String, String>,
    pub(super) photos: Vec<SentPhoto>,
}

#[derive(Clone, Debug)]
pub(super) enum SentPhoto {
    Whole(Bytes),
    /// Larger than allowed; not kept.
    TooLarge,
}

/// The body ended early, was too large, or was no form.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(super) too_large: bool,
}

impl Sent {
    /// A field's text without what surrounds it; empty when it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |v| v.trim())
    }

    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Sent {
        let fields = pairs.into_iter().take(FIELDS_MAX).map(|(name, value)| (name, cut(value))).collect();
        Sent { fields, photos: Vec::new() }
    }
}

/// Reads a multipart form to its end.
pub(crate) async fn read(mut form: Multipart) -> Result<Sent, Broken> {
    let mut sent = Sent::default();
    let broken = |e: axum::extract::multipart::MultipartError| Broken {
        too_large: e.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE,
    };
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let keep = if is_file { PHOTO_BYTES_MAX } else { FIELD_BYTES_MAX };
        let mut bytes = Vec::new();
        let mut length = 0;
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            length += chunk.len();
            if length <= keep {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_file {
            // A file field nobody used arrives empty.
            if length > 0 && sent.photos.len() < PHOTOS_MAX {
                sent.photos.push(if length > keep {
                    SentPhoto::TooLarge
                } else {
                    SentPhoto::Whole(bytes.into())
                });
            }
        } else if sent.fields.len() < FIELDS_MAX {
            sent.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(sent)
}

fn cut(mut value: String) -> String {
    if value.len() > FIELD_BYTES_MAX {
        let end = (0..=FIELD_BYTES_MAX).rev().find(|i| value.is_char_boundary(*i)).unwrap_or(0);
        value.truncate(end);
    }
    value
}

/// A telephone number as people write it, reduced to its digits: a mobile number or a landline with area code.
pub(crate) fn phone_number(typed: &str) -> Option<String> {
    let digits: String = typed
        .chars()
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            other => other,
        })
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '（' | '）' | '—' | '－' | '\u{a0}'))
        .collect();
    let digits = digits.strip_prefix("+86").unwrap_or(&digits);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bytes = digits.as_bytes();
    let mobile = bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]);
    let landline = (10..=12).contains(&bytes.len()) && bytes[0] == b'0';
    (mobile || landline).then(|| digits.to_owned())
}

/// The form's own token: ours are 32 hexadecimal digits; anything else gives none.
pub(crate) fn is_token(text: &str) -> bool {
    (20..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_are_taken_as_people_write_them() {
        for (typed, read) in [
            ("138 1234 5678", Some("13812345678")),
            ("+86 138-1234-5678", Some("13812345678")),
            ("（021）6470 0000", Some("02164700000")),
            ("１３８１２３４５６７８", Some("13812345678")),
            ("12345678", None),
            ("12812345678", None),
            ("my number", None),
            ("1381234567890", None),
        ] {
            assert_eq!(phone_number(typed).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn a_field_is_cut_between_characters() {
        let sent = Sent::from_pairs([("words".to_owned(), "田".repeat(FIELD_BYTES_MAX))]);
        assert!(sent.get("words").len() <= FIELD_BYTES_MAX && sent.get("words").chars().all(|c| c == '田'));
        assert_eq!(sent.get("nothing"), "");
    }

    #[test]
    fn a_token_is_long_enough_not_to_be_met_twice() {
        assert!(is_token("0123456789abcdef0123456789abcdef"));
        assert!(
            !is_token("1")
                && !is_token("")
                && !is_token(&"a".repeat(65))
                && !is_token("<script>aaaaaaaaaaaaaaaa")
        );
    }
}
