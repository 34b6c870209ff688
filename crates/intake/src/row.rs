//! One row of the reading format: read fast when it is right, looked at closely when it is not.
//!
//! Invariants
//! - RW1 The fast way ([`Row::parse`]) borrows from the message; it allocates only for texts with escapes.
//! - RW2 The close look ([`fields`]) uses no recursion, so no depth of nesting can exhaust the stack.

use linli_model::Instant;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};
use std::{borrow::Cow, fmt};

/// The fields of the format, in the order they are documented in.
pub const FIELDS: [&str; 7] = ["id", "source", "device", "observed_at", "measure", "value", "subject"];
pub const FIELDS_REQUIRED: [&str; 4] = ["device", "observed_at", "measure", "value"];

/// A text of the row, borrowed where it has no escapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Word<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Word<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(s.to_owned())))
            }
            fn visit_string<E>(self, s: String) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(s)))
            }
        }
        d.deserialize_str(Words)
    }
}

/// A value as sent.
#[derive(Clone, Debug, PartialEq)]
pub enum RowValue<'a> {
    Number(f64),
    Flag(bool),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for RowValue<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = RowValue<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, true, false or a text")
            }
            fn visit_f64<E: Error>(self, n: f64) -> Result<RowValue<'de>, E> {
                if n.is_finite() {
                    Ok(RowValue::Number(n))
                } else {
                    Err(E::invalid_value(Unexpected::Float(n), &self))
                }
            }
            fn visit_i64<E>(self, n: i64) -> Result<RowValue<'de>, E> {
                Ok(RowValue::Number(n as f64))
            }
            fn visit_u64<E>(self, n: u64) -> Result<RowValue<'de>, E> {
                Ok(RowValue::Number(n as f64))
            }
            fn visit_bool<E>(self, b: bool) -> Result<RowValue<'de>, E> {
                Ok(RowValue::Flag(b))
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<RowValue<'de>, E> {
                Ok(RowValue::Text(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<RowValue<'de>, E> {
                Ok(RowValue::Text(Cow::Owned(s.to_owned())))
            }
        }
        d.deserialize_any(Values)
    }
}

/// A row whose shape is right; its content is not judged yet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row<'a> {
    #[serde(borrow, default)]
    pub id: Option<Word<'a>>,
    #[serde(borrow, default)]
    pub source: Option<Word<'a>>,
    #[serde(borrow)]
    pub device: Word<'a>,
    #[serde(borrow)]
    pub observed_at: Word<'a>,
    #[serde(borrow)]
    pub measure: Word<'a>,
    #[serde(borrow)]
    pub value: RowValue<'a>,
    #[serde(borrow, default)]
    pub subject: Option<Word<'a>>,
}

impl<'a> Row<'a> {
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// An RFC 3339 time with an offset. The usual form is read without jiff; whatever it does not cover goes there.
pub fn parse_instant(text: &str) -> Option<Instant> {
    usual_instant(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-11-23T08:30:00`, up to nine decimals, `Z` or `+08:00`; none for anything else, also for odd but legal
/// forms and for days that do not exist.
fn usual_instant(b: &[u8]) -> Option<Instant> {
    let digits = |at: usize, n: usize| -> Option<i64> {
        b.get(at..at + n)?
            .iter()
            .try_fold(0i64, |acc, c| c.is_ascii_digit().then(|| acc * 10 + i64::from(c - b'0')))
    };
    let is = |at: usize, c: u8| b.get(at) == Some(&c);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?);
    let (hour, minute, second) = (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?);
    // 29 and later are left to jiff, which knows the lengths of the months; so are leap seconds.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (mut at, mut millis) = (19, 0);
    if is(at, b'.') {
        let n = b[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if n == 0 || n > 9 {
            return None;
        }
        millis = match n {
            1 => digits(at + 1, 1)? * 100,
            2 => digits(at + 1, 2)? * 10,
            _ => digits(at + 1, 3)?,
        };
        at += 1 + n;
    }
    let offset_minutes = match b.get(at)? {
        b'Z' if b.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if b.len() == at + 6 && is(at + 3, b':') => {
            let (h, m) = (digits(at + 1, 2)?, digits(at + 4, 2)?);
            if h > 23 || m > 59 {
                return None;
            }
            if *sign == b'+' { h * 60 + m } else { -(h * 60 + m) }
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset_minutes * 60;
    Some(Instant(seconds * 1_000 + millis))
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A field of an object as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    pub key: Cow<'a, str>,
    /// The value's own text, trimmed; not checked.
    pub raw: &'a str,
}

/// Why a row is no object, and how far it was one.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// 1-based column of the byte where it stops being one.
    pub column: u32,
    pub depth_exceeded: bool,
}

/// Nesting beyond this is not looked into: the format has none at all.
pub const DEPTH_MAX: u32 = 16;

/// The fields of an object, by their texts: finds its way through values that are not JSON (NaN, 1e999), so that a
/// diagnostic can name the field. The fields found before a breach are given with it.
pub fn fields(text: &str) -> (Vec<Field<'_>>, Option<Broken>) {
    let b = text.as_bytes();
    let mut found = Vec::new();
    let broken = |at: usize| Some(Broken { column: at as u32 + 1, depth_exceeded: false });
    let mut at = skip_space(b, 0);
    if b.get(at) != Some(&b'{') {
        return (found, broken(at));
    }
    at = skip_space(b, at + 1);
    if b.get(at) == Some(&b'}') {
        at = skip_space(b, at + 1);
        return (found, if at == b.len() { None } else { broken(at) });
    }
    loop {
        let key_from = at;
        let Some(key_to) = text_end(b, at) else { return (found, broken(key_from)) };
        let key = match serde_json::from_str::<Word<'_>>(&text[key_from..key_to]) {
            Ok(Word(key)) => key,
            Err(_) => Cow::Borrowed(&text[key_from + 1..key_to - 1]),
        };
        at = skip_space(b, key_to);
        if b.get(at) != Some(&b':') {
            return (found, broken(at));
        }
        at = skip_space(b, at + 1);
        let value_from = at;
        match value_end(b, at) {
            Ok(to) => {
                found.push(Field { key, raw: text[value_from..to].trim() });
                at = skip_space(b, to);
            }
            Err(breach) => {
                found.push(Field { key, raw: text[value_from..].trim() });
                return (found, Some(breach));
            }
        }
        match b.get(at) {
            Some(b',') => at = skip_space(b, at + 1),
            Some(b'}') => {
                at = skip_space(b, at + 1);
                return (found, if at == b.len() { None } else { broken(at) });
            }
            _ => return (found, broken(at)),
        }
    }
}

fn skip_space(b: &[u8], from: usize) -> usize {
    from + b[from.min(b.len())..].iter().take_while(|c| c.is_ascii_whitespace()).count()
}

/// One past the closing quote of the text that opens at `from`.
fn text_end(b: &[u8], from: usize) -> Option<usize> {
    if b.get(from) != Some(&b'"') {
        return None;
    }
    let mut at = from + 1;
    loop {
        match b.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// One past a value: a text, or everything up to the `,` or `}` that ends it at its own depth.
fn value_end(b: &[u8], from: usize) -> Result<usize, Broken> {
    let mut depth = 0u32;
    let mut at = from;
    loop {
        match b.get(at) {
            None => return Err(Broken { column: at as u32 + 1, depth_exceeded: depth > DEPTH_MAX }),
            Some(b'"') => match text_end(b, at) {
                Some(to) => at = to,
                None => return Err(Broken { column: at as u32 + 1, depth_exceeded: false }),
            },
            Some(b'{' | b'[') => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Broken { column: at as u32 + 1, depth_exceeded: true });
                }
                at += 1;
            }
            Some(b',' | b'}') if depth == 0 => return Ok(at),
            Some(b'}' | b']') => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_reads_as_jiff_reads_it() {
        for text in [
            "2026-11-23T08:30:00Z",
            "2026-11-23T08:30:00+08:00",
            "2026-11-23T08:30:00.5-03:30",
            "2026-11-23T08:30:00.123456789Z",
            "2000-02-28T23:59:59.999Z",
            "2024-02-29T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.250Z",
            "2100-03-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
        ] {
            let jiff: Instant = text.parse().unwrap();
            assert_eq!(parse_instant(text), Some(jiff), "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_and_times_without_offset_are_refused() {
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T08:30:00",
            "2026-11-23T25:00:00Z",
            "",
            "now",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn fields_are_found_around_a_value_that_is_not_json() {
        let (fields, broken) = fields(r#" { "a" : NaN , "b\u0031":1e999,"c":{"d":[1,"}"]} } "#);
        let seen: Vec<_> = fields.iter().map(|f| (f.key.as_ref(), f.raw)).collect();
        assert_eq!(seen, [("a", "NaN"), ("b1", "1e999"), ("c", r#"{"d":[1,"}"]}"#)]);
        assert_eq!(broken, None);
    }

    #[test]
    fn a_breach_is_given_with_its_column_and_what_came_before() {
        let (found, broken) = fields(r#"{"a":1,"b":"x"#);
        assert_eq!(found.len(), 2);
        assert_eq!(broken, Some(Broken { column: 12, depth_exceeded: false }));
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(fields(&deep).1.unwrap().depth_exceeded);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_close_look_panic(text in "\\PC{0,80}") {
            let _ = fields(&text);
            let _ = parse_instant(&text);
        }
        #[test]
        fn any_bytes_in_the_shape_of_a_row_make_no_panic(text in r#"[{}\[\]",:\\a0 ]{0,60}"#) {
            let _ = fields(&text);
        }
        #[test]
        fn both_ways_of_reading_a_time_agree(ms in -62_000_000_000_000i64..250_000_000_000_000) {
            let text = Instant(ms).to_string();
            proptest::prop_assert_eq!(parse_instant(&text), Some(Instant(ms)));
        }
    }
}
