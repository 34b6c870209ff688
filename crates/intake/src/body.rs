//! A message's body: unpacked within limits, cut into rows.
//!
//! Invariants
//! - BD1 Cutting never fails: whatever is not a row becomes a row of its own, which the judgement then finds
//!   malformed; rows before and behind it are not touched by it (IK2).
//! - BD2 No more is unpacked than `unpacked_bytes_max`, however small the packed body is.
//! - BD3 A packed body that ends too early, or whose checksum is wrong, is refused whole: nothing of it was
//!   acknowledged, and the sender sends it again.

use flate2::read::MultiGzDecoder;
use linli_model::Diagnostic;
use std::{borrow::Cow, io::Read};

/// How large a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub body_bytes_max: usize,
    pub unpacked_bytes_max: usize,
    pub rows_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { body_bytes_max: 16 << 20, unpacked_bytes_max: 64 << 20, rows_max: 500_000 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    #[default]
    Identity,
    Gzip,
}

impl Encoding {
    /// From the header `Content-Encoding`; none for an encoding we do not read.
    pub fn find(header: &str) -> Option<Encoding> {
        match header.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Encoding::Identity),
            "gzip" | "x-gzip" => Some(Encoding::Gzip),
            _ => None,
        }
    }
}

/// Why a body is refused whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    TooLarge(Diagnostic),
    Unreadable(Diagnostic),
}

/// The body as it was before it was packed. A body that begins like gzip is unpacked also when nobody said so: MQTT has
/// no header to say it in, and no row begins with those bytes.
pub fn unpack<'a>(body: &'a [u8], encoding: Encoding, limits: &Limits) -> Result<Cow<'a, [u8]>, BodyError> {
    let too_large = |bytes_max: usize| {
        BodyError::TooLarge(Diagnostic::new(
            "body_too_large",
            "",
            format!("消息过大:上限 {} MB,请分批发送。", bytes_max >> 20),
            format!("The message is too large: at most {} MB; send it in smaller batches.", bytes_max >> 20),
        ))
    };
    if body.len() > limits.body_bytes_max {
        return Err(too_large(limits.body_bytes_max));
    }
    if encoding == Encoding::Identity && !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(body));
    }
    let mut out = Vec::with_capacity(body.len().saturating_mul(4).min(limits.unpacked_bytes_max));
    let mut reader = MultiGzDecoder::new(body).take(limits.unpacked_bytes_max as u64 + 1);
    if let Err(e) = reader.read_to_end(&mut out) {
        return Err(BodyError::Unreadable(Diagnostic::new(
            "gzip_unreadable",
            "",
            format!("gzip 数据不完整或已损坏({e}),整条消息未被接收,请重新发送。"),
            format!(
                "The gzip data is incomplete or damaged ({e}); nothing of this message was taken, send it again."
            ),
        )));
    }
    if out.len() > limits.unpacked_bytes_max {
        return Err(too_large(limits.unpacked_bytes_max));
    }
    Ok(Cow::Owned(out))
}

/// The rows of a body: of a JSON array, of lines (NDJSON), or the one object it is.
pub fn rows(body: &[u8]) -> Rows<'_> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    match body.first() {
        Some(b'[') => Rows::Array(ArrayRows { body, at: 1, state: ArrayState::Inside }),
        Some(b'{') if is_one_object(body) => Rows::One(Some(body)),
        _ => Rows::Lines(body),
    }
}

pub enum Rows<'a> {
    Array(ArrayRows<'a>),
    Lines(&'a [u8]),
    One(Option<&'a [u8]>),
}

impl<'a> Iterator for Rows<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        match self {
            Rows::Array(rows) => rows.next(),
            Rows::One(row) => row.take(),
            Rows::Lines(rest) => loop {
                if rest.is_empty() {
                    return None;
                }
                let end = rest.iter().position(|c| *c == b'\n');
                let (line, behind) = end.map_or((*rest, &rest[..0]), |end| (&rest[..end], &rest[end + 1..]));
                *rest = behind;
                let line = line.trim_ascii();
                if !line.is_empty() {
                    return Some(line);
                }
            },
        }
    }
}

/// An object written over several lines: its first line does not close it, its last one does.
fn is_one_object(body: &[u8]) -> bool {
    let first_line = body.split(|c| *c == b'\n').next().unwrap_or(body);
    first_line.len() < body.len()
        && value_end(first_line).is_none()
        && value_end(body).is_some_and(|end| end == body.len())
}

/// One past the object or array that opens at the start; none when it does not close, or a text runs over a line end.
fn value_end(b: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    while at < b.len() {
        match b[at] {
            b'"' => match text_end(b, at) {
                TextEnd::Closed(to) => {
                    at = to;
                    continue;
                }
                TextEnd::Open(_) => return None,
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

enum TextEnd {
    Closed(usize),
    /// Where the line or the body ends instead.
    Open(usize),
}

fn text_end(b: &[u8], from: usize) -> TextEnd {
    let mut at = from + 1;
    while at < b.len() {
        match b[at] {
            b'"' => return TextEnd::Closed(at + 1),
            b'\\' => at += 2,
            b'\n' => return TextEnd::Open(at),
            _ => at += 1,
        }
    }
    TextEnd::Open(b.len())
}

pub struct ArrayRows<'a> {
    body: &'a [u8],
    at: usize,
    state: ArrayState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ArrayState {
    Inside,
    /// Its bracket was seen: what follows is no part of it.
    Closed,
}

impl<'a> Iterator for ArrayRows<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let b = self.body;
        loop {
            while self.at < b.len() && (b[self.at].is_ascii_whitespace() || b[self.at] == b',') {
                self.at += 1;
            }
            if self.at >= b.len() {
                return None;
            }
            if self.state == ArrayState::Closed {
                let rest = &b[self.at..];
                self.at = b.len();
                return Some(rest);
            }
            if b[self.at] == b']' {
                self.state = ArrayState::Closed;
                self.at += 1;
                continue;
            }
            let from = self.at;
            self.at = element_end(b, from);
            return Some(b[from..self.at].trim_ascii_end());
        }
    }
}

/// One past the element that starts at `from`: at its own comma, or at the bracket that closes the array. An element whose
/// text runs over a line end stops there, so that a lost quote costs one row, where rows stand on lines of their own.
fn element_end(b: &[u8], from: usize) -> usize {
    let mut depth = 0usize;
    let mut at = from;
    while at < b.len() {
        match b[at] {
            b'"' => match text_end(b, at) {
                TextEnd::Closed(to) => {
                    at = to;
                    continue;
                }
                TextEnd::Open(at) => return at,
            },
            b'{' | b'[' => depth += 1,
            b',' | b']' if depth == 0 => return at,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    b.len()
}

#[cfg(test)]
pub(crate) fn gzip_for_tests(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use super::{gzip_for_tests as gzip, *};

    fn cut(body: &str) -> Vec<String> {
        rows(body.as_bytes()).map(|r| String::from_utf8_lossy(r).into_owned()).collect()
    }

    #[test]
    fn lines_arrays_and_single_objects_are_told_apart() {
        assert_eq!(cut("{\"a\":1}\n\r\n{\"a\":2}\r\n"), ["{\"a\":1}", "{\"a\":2}"]);
        assert_eq!(cut(" [ {\"a\":1} , {\"a\":\"],{\"} ]\n"), ["{\"a\":1}", "{\"a\":\"],{\"}"]);
        assert_eq!(cut("{\n \"a\": 1,\n \"b\": {\n}\n}\n"), ["{\n \"a\": 1,\n \"b\": {\n}\n}"]);
        assert_eq!(cut("\u{feff}{\"a\":1}"), ["{\"a\":1}"]);
        assert_eq!(cut(" \n "), Vec::<String>::new());
        assert_eq!(cut("[]"), Vec::<String>::new());
    }

    #[test]
    fn a_broken_row_leaves_its_neighbours_alone() {
        assert_eq!(cut("{\"a\":1}\n{\"a\":\n{\"a\":3}"), ["{\"a\":1}", "{\"a\":", "{\"a\":3}"]);
        assert_eq!(cut("[{\"a\":1},NaN,{\"a\":3}]"), ["{\"a\":1}", "NaN", "{\"a\":3}"]);
        assert_eq!(cut("[{\"a\":1},\n{\"a\":\"x},\n{\"a\":3}]"), ["{\"a\":1}", "{\"a\":\"x},", "{\"a\":3}"]);
        assert_eq!(cut("[{\"a\":1},{\"a\":2"), ["{\"a\":1}", "{\"a\":2"], "cut off");
        assert_eq!(cut("[{\"a\":1}] x"), ["{\"a\":1}", "x"]);
    }

    #[test]
    fn a_packed_body_is_unpacked_said_or_not_and_a_truncated_one_refused() {
        let packed = gzip(b"{\"a\":1}\n");
        let limits = Limits::default();
        assert_eq!(unpack(&packed, Encoding::Gzip, &limits).unwrap(), &b"{\"a\":1}\n"[..]);
        assert_eq!(unpack(&packed, Encoding::Identity, &limits).unwrap(), &b"{\"a\":1}\n"[..]);
        for end in 1..packed.len() {
            let cut = unpack(&packed[..end], Encoding::Gzip, &limits);
            assert!(
                matches!(cut, Err(BodyError::Unreadable(d)) if d.code == "gzip_unreadable"),
                "cut at {end}"
            );
        }
        let mut damaged = packed.clone();
        let checksum = damaged.len() - 6;
        damaged[checksum] ^= 1;
        assert!(unpack(&damaged, Encoding::Gzip, &limits).is_err());
    }

    #[test]
    fn a_body_over_the_limit_is_refused_packed_or_not() {
        let limits = Limits { body_bytes_max: 4_000, unpacked_bytes_max: 100_000, rows_max: 10 };
        assert!(unpack(&[b' '; 4_000], Encoding::Identity, &limits).is_ok());
        let over = unpack(&[b' '; 4_001], Encoding::Identity, &limits);
        assert!(matches!(over, Err(BodyError::TooLarge(_))));
        assert!(unpack(&gzip(&[b' '; 100_000]), Encoding::Gzip, &limits).is_ok());
        let packed = gzip(&[b' '; 100_001]);
        let bomb = unpack(&packed, Encoding::Gzip, &limits);
        assert!(matches!(bomb, Err(BodyError::TooLarge(_))), "a small packed body that is large inside");
    }

    proptest::proptest! {
        #[test]
        fn cutting_ends_and_never_panics(body in proptest::collection::vec(proptest::sample::select(b"[]{}\",:\\\n a1".to_vec()), 0..80)) {
            let total: usize = rows(&body).map(<[u8]>::len).sum();
            proptest::prop_assert!(total <= body.len());
        }
        #[test]
        fn good_rows_come_out_as_they_went_in(values in proptest::collection::vec("[a-z,\\[\\]{}]{0,9}", 0..20)) {
            let rows_in: Vec<String> = values.iter().map(|v| format!("{{\"v\":{}}}", serde_json::to_string(v).unwrap())).collect();
            proptest::prop_assert_eq!(cut(&format!("[{}]", rows_in.join(","))), rows_in.clone());
            proptest::prop_assert_eq!(cut(&rows_in.join("\n")), rows_in);
        }
    }
}
