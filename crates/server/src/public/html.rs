//! Writing HTML that cannot be broken by what people typed.
//!
//! Invariants
//! - HT1 Every value put into a page through [`html!`] is escaped, unless it is itself an [`Html`]: only
//!   literals of this program are ever raw.
//!
//! Deliberately absent: templates read at run time; inline scripts and styles (the pages' policy forbids them).

use std::fmt::{self, Display, Write as _};

/// A piece of finished HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn empty() -> Self {
        Html::default()
    }
    pub(super) fn into_string(self) -> String {
        self.0
    }
    pub(super) fn write(&mut self, args: fmt::Arguments<'_>) {
        // Writing into a string fails only if a Display of ours does, and none does.
        let _ = self.0.write_fmt(args);
    }
    pub(super) fn push(&mut self, piece: &Html) {
        self.0.push_str(&piece.0);
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Self {
        let mut all = Html::empty();
        for piece in pieces {
            all.push(&piece);
        }
        all
    }
}

/// How a value appears in a page. Text is escaped; [`Html`] is not, numbers need not be.
pub(super) trait Show {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Carries a value into `format_args!` in its escaped form.
pub(super) struct Shown<'a, T: Show + ?Sized>(pub(super) &'a T);

impl<T: Show + ?Sized> Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl Show for str {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Control characters have no place in a page; a null would end some parsers' reading.
                c if c.is_control() && c != '\n' && c != '\t' => f.write_char(' ')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
impl Show for String {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().show(f)
    }
}
impl Show for Html {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<T: Show + ?Sized> Show for &T {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).show(f)
    }
}
impl Show for usize {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}
impl Show for u32 {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// `html!("<p>{}</p>", words)`: a piece of HTML with its values escaped in order.
macro_rules! html {
    ($format:literal $(, $value:expr)* $(,)?) => {{
        let mut piece = $crate::public::html::Html::empty();
        piece.write(format_args!($format $(, $crate::public::html::Shown(&$value))*));
        piece
    }};
}
pub(super) use html;

/// A query string from pairs, percent-encoded; empty values are left out.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs.iter().filter(|(_, v)| !v.is_empty()) {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
                other => {
                    let _ = write!(out, "%{other:02X}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_never_becomes_markup() {
        let typed = "<script>alert('1')</script>\" onload=\"x\u{0}&amp;".to_owned();
        let page = html!("<p title=\"{}\">{}</p>", typed, typed).into_string();
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 2);
        assert!(!page.contains('\u{0}'));
    }

    #[test]
    fn a_finished_piece_is_not_escaped_again() {
        let inner = html!("<b>{}</b>", "A & B");
        assert_eq!(html!("<p>{}</p>", inner).into_string(), "<p><b>A &amp; B</b></p>");
    }

    #[test]
    fn a_query_carries_any_text() {
        assert_eq!(query(&[("a", "田"), ("b", ""), ("c", "1 &2")]), "?a=%E7%94%B0&c=1%20%262");
    }
}
