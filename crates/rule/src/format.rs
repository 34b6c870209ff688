//! A rule's text in the formatter's one form, with the comments its author wrote.
//!
//! Invariants
//! - FM1 What is formatted checks to the same plan, and formatting again changes nothing.
//! - FM2 In a signal's table nothing stands that goes without saying: a field whose absence gives the same plan is left out.
//! - FM3 No comment is lost. Each stays with the field or table it stood at; one whose place is not printed, because
//!   what stood there is the default, moves to the nearest table above it.
//!
//! Deliberately absent: comments inside a trace's script. They are part of its text and stand where they stood anyway.

use crate::{catalogue::Catalogue, check::check, plan::RulePlan, print::print};
use linli_model::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// The text as it should be written; all mistakes, where it is no rule.
pub fn format(text: &str, catalogue: &Catalogue) -> Result<String, Vec<Diagnostic>> {
    let tidy = tidy(&*check(text, catalogue)?, catalogue);
    let comments = gather(text);
    Ok(if comments.is_empty() { tidy } else { put_back(&tidy, comments) })
}

/// The printed text without what goes without saying.
pub(crate) fn tidy(plan: &RulePlan, catalogue: &Catalogue) -> String {
    let whole = print(plan);
    let bare = RulePlan { traces: Vec::new(), ..plan.clone() };
    let mut head = print(&bare);
    let traces = whole.strip_prefix(&head).unwrap_or_default();
    let says_the_same = |text: &str| check(text, catalogue).is_ok_and(|p| *p == bare);
    let mut ends = head.len();
    // From behind, so that what was looked at does not move.
    while let Some(from) = head[..ends].trim_end().rfind('\n').map(|n| n + 1) {
        let line = head[from..ends].trim_end();
        // The empty line in front of the next table stays.
        let behind = (from + line.len() + 1).min(ends);
        let is_field = line.contains(" = ") && !line.contains("'''") && in_signal(&head[..from]);
        if is_field {
            let without = format!("{}{}", &head[..from], &head[behind..]);
            let single =
                line.strip_prefix("of = [").and_then(|l| l.strip_suffix(']')).filter(|l| !l.contains(','));
            if says_the_same(&without) {
                head = without;
            } else if let Some(one) = single {
                head = format!("{}of = {one}\n{}", &head[..from], &head[behind..]);
            }
        }
        ends = from;
    }
    head + traces
}

/// Whether the newest table's head is a signal's.
fn in_signal(text: &str) -> bool {
    text.lines().rev().find(|l| l.starts_with('[')).is_some_and(|l| l.starts_with("[signal"))
}

/// What was written at one place.
#[derive(Default)]
struct Comments {
    before: Vec<String>,
    behind: Vec<String>,
}

/// The place of the text's end.
const END: &str = "\u{1f}end";

/// By place: `parameters.floor`, `parameters.floor.value`, `trace[1].script`.
fn gather(text: &str) -> BTreeMap<String, Comments> {
    let mut found: BTreeMap<String, Comments> = BTreeMap::new();
    let mut waiting = Vec::new();
    for part in parts(text) {
        match part {
            Part::Comment(comment) => waiting.push(comment.to_owned()),
            Part::Entry { place, comments, .. } => {
                if waiting.is_empty() && comments.is_empty() {
                    continue;
                }
                let at = found.entry(place).or_default();
                at.before.append(&mut waiting);
                // Of several only the last stands behind its entry; the others stood between a list's lines.
                let last = comments.len().saturating_sub(1);
                at.before.extend(comments[..last].iter().map(|c| (*c).to_owned()));
                at.behind.extend(comments[last..].iter().map(|c| (*c).to_owned()));
            }
        }
    }
    if !waiting.is_empty() {
        found.entry(END.to_owned()).or_default().before = waiting;
    }
    found
}

fn put_back(printed: &str, comments: BTreeMap<String, Comments>) -> String {
    let entries: Vec<(String, &str)> = parts(printed)
        .into_iter()
        .filter_map(|p| match p {
            Part::Entry { place, lines, .. } => Some((place, lines)),
            Part::Comment(_) => None,
        })
        .collect();
    let known: BTreeSet<&str> = entries.iter().map(|(place, _)| place.as_str()).collect();
    let mut at: BTreeMap<&str, Comments> = BTreeMap::new();
    for (place, own) in &comments {
        let mut to = place.as_str();
        while to != END && !known.contains(to) {
            // Above everything stands the first line.
            to = to.rfind('.').map_or(entries.first().map_or(END, |e| e.0.as_str()), |dot| &to[..dot]);
        }
        let there = at.entry(to).or_default();
        if to == place {
            there.before.extend(own.before.iter().cloned());
            there.behind.extend(own.behind.iter().cloned());
        } else {
            there.before.extend(own.before.iter().chain(&own.behind).cloned());
        }
    }
    let mut out = String::with_capacity(printed.len() + 64 * comments.len());
    for (place, lines) in &entries {
        // A table keeps its empty line above its comments.
        let body = lines.trim_start_matches('\n');
        out.push_str(&lines[..lines.len() - body.len()]);
        match at.get(place.as_str()) {
            None => out.push_str(body),
            Some(own) => {
                own.before.iter().for_each(|c| line(&mut out, c));
                out.push_str(body.trim_end_matches('\n'));
                own.behind.iter().for_each(|c| {
                    out.push(' ');
                    out.push_str(c);
                });
                out.push('\n');
            }
        }
    }
    if let Some(own) = at.get(END) {
        out.push('\n');
        own.before.iter().for_each(|c| line(&mut out, c));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A piece of a text that TOML reads.
enum Part<'t> {
    /// On a line of its own.
    Comment(&'t str),
    /// A table's head or a field with its value, and the comments inside and behind it. `lines` holds the empty lines in
    /// front of it, too.
    Entry { place: String, lines: &'t str, comments: Vec<&'t str> },
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut table, mut met) = (String::new(), BTreeMap::<String, usize>::new());
    let (mut from, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        if rest.starts_with('#') {
            let end = line_end(text, at);
            parts.push(Part::Comment(text[at..end].trim_end()));
            at = end;
            from = (end + 1).min(text.len());
            continue;
        }
        let (end, comments) = entry_end(text, at);
        let place = if rest.starts_with('[') {
            table = head(rest, &mut met);
            table.clone()
        } else {
            let key = bare(&rest[..key_end(rest)]);
            if table.is_empty() { key } else { format!("{table}.{key}") }
        };
        parts.push(Part::Entry { place, lines: &text[from..end], comments });
        (from, at) = (end, end);
    }
    parts
}

/// `[[trace]]` is told from the others by its number.
fn head(text: &str, met: &mut BTreeMap<String, usize>) -> String {
    let listed = text.starts_with("[[");
    let inner = text.trim_start_matches('[');
    let name = bare(&inner[..inner.find(']').unwrap_or(inner.len())]);
    if !listed {
        return name;
    }
    let n = met.entry(name.clone()).or_default();
    *n += 1;
    format!("{name}[{}]", *n - 1)
}

fn bare(key: &str) -> String {
    key.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect()
}

fn key_end(text: &str) -> usize {
    text.find('=').unwrap_or(text.len())
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |n| at + n)
}

/// Where a table's head or a field with its value ends, behind its line; and the comments on the way.
fn entry_end(text: &str, from: usize) -> (usize, Vec<&str>) {
    let (mut at, mut depth, mut comments) = (from, 0i32, Vec::new());
    while at < text.len() {
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b'#' => {
                let end = line_end(text, at);
                comments.push(text[at..end].trim_end());
                end - at
            }
            b'\n' if depth <= 0 => return (at + 1, comments),
            b'[' | b'{' => {
                depth += 1;
                1
            }
            b']' | b'}' => {
                depth -= 1;
                1
            }
            b'"' | b'\'' => string_length(rest),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    (text.len(), comments)
}

/// The length of the string a text begins with, quotes and all.
fn string_length(text: &str) -> usize {
    let quote = &text[..1];
    let long = &quote.repeat(3);
    let mark = if text.starts_with(long.as_str()) { long.as_str() } else { quote };
    let mut at = mark.len();
    while at < text.len() {
        let rest = &text[at..];
        if quote == "\"" && rest.starts_with('\\') {
            at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
        } else if rest.starts_with(mark) {
            at += mark.len();
            // A long string may end in a quote or two of its own.
            let more = text[at..].bytes().take_while(|b| *b == quote.as_bytes()[0]).count();
            return at + if mark.len() == 3 { more.min(2) } else { 0 };
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}
