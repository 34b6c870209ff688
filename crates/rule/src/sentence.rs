//! Sentence templates: words with `{figures}`, in both languages, checked against what the rule can fill in.

use crate::{
    nearest::nearest,
    plan::{Figure, Parameter, Piece, Sentence},
    read::{Section, Source},
};
use linli_model::Diagnostic;

/// Reads `sentence = { zh = "…", en = "…" }`.
pub(crate) fn read(
    section: &Section<'_, '_>,
    parameters: &[Parameter],
    nodes: &[String],
) -> Option<Sentence> {
    section.text("sentence", true)?;
    let table = section.table("sentence")?;
    let mut sides = Vec::new();
    for lang in ["zh", "en"] {
        let text = table.string(lang)?;
        let base = section.source.inside_string(&text.span);
        sides.push(pieces(section.source, &format!("sentence.{lang}"), &text.value, base, parameters, nodes));
    }
    let en = sides.pop()?;
    Some(Sentence { zh: sides.pop()?, en })
}

fn pieces(
    source: &Source<'_>,
    field: &str,
    text: &str,
    base: usize,
    parameters: &[Parameter],
    nodes: &[String],
) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = 0;
    while let Some(open) = text[rest..].find('{').map(|i| i + rest) {
        if open > rest {
            out.push(Piece::Words(text[rest..open].to_owned()));
        }
        let Some(close) = text[open..].find('}').map(|i| i + open) else {
            source.tell(
                base + open,
                Diagnostic::new("figure", field, "“{” 没有配对的 “}”。", "\"{\" has no \"}\"."),
            );
            return out;
        };
        let name = &text[open + 1..close];
        match figure(name, parameters, nodes) {
            Some(f) => out.push(Piece::Figure(f)),
            None => source.tell(base + open, unknown(field, name, parameters, nodes)),
        }
        rest = close + 1;
    }
    if rest < text.len() {
        out.push(Piece::Words(text[rest..].to_owned()));
    }
    out
}

fn figure(name: &str, parameters: &[Parameter], nodes: &[String]) -> Option<Figure> {
    if let Some(i) = parameters.iter().position(|p| p.name == name) {
        return Some(Figure::Parameter(i));
    }
    if let Some(i) = nodes.iter().position(|n| n == name) {
        return Some(Figure::Node(i));
    }
    Figure::NAMED.iter().find(|f| f.0 == name).map(|f| f.1.clone())
}

fn unknown(field: &str, name: &str, parameters: &[Parameter], nodes: &[String]) -> Diagnostic {
    let known: Vec<&str> = parameters
        .iter()
        .map(|p| p.name.as_str())
        .chain(nodes.iter().map(String::as_str))
        .chain(Figure::NAMED.iter().map(|f| f.0))
        .collect();
    let d = Diagnostic::new(
        "figure",
        field,
        format!("没有 {{{name}}} 这个数字;可用:{}。", known.join(", ")),
        format!("There is no figure {{{name}}}; there are: {}.", known.join(", ")),
    );
    match nearest(name, known.iter().copied()) {
        Some(near) => d.suggest(format!("是不是 {{{near}}}?"), format!("Did you mean {{{near}}}?")),
        None => d,
    }
}

/// The text a sentence was read from.
pub(crate) fn print(pieces: &[Piece], parameters: &[Parameter], nodes: &[&str]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(w) => out.push_str(w),
            Piece::Figure(f) => {
                let name = match f {
                    Figure::Parameter(i) => parameters.get(*i).map_or("", |p| p.name.as_str()),
                    Figure::Node(i) => nodes.get(*i).copied().unwrap_or(""),
                    other => Figure::NAMED.iter().find(|n| n.1 == *other).map_or("", |n| n.0),
                };
                out.push_str(&format!("{{{name}}}"));
            }
        }
    }
    out
}
