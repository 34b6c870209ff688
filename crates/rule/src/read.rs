//! Reading TOML with places: typed fields, unknown fields with a suggestion, and never stopping at the first mistake.

use crate::{
    nearest::nearest,
    thresholds::{Nudge, Scale, Threshold},
};
use linli_model::{Diagnostic, Text};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    ops::Range,
};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

/// The text being read, its lines, and what was found wrong so far.
pub(crate) struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
    wrong: RefCell<Vec<Diagnostic>>,
    /// How many there were, also those beyond [`MISTAKES_MAX`].
    found: Cell<usize>,
    /// The numbers that decide something, as they were met.
    thresholds: RefCell<Vec<Threshold>>,
    nudge: Option<Nudge>,
}

/// Most mistakes that are told of one text; who has more has another kind of file.
pub(crate) const MISTAKES_MAX: usize = 200;

impl<'a> Source<'a> {
    pub(crate) fn of(text: &'a str, nudge: Option<Nudge>) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Source {
            text,
            lines,
            wrong: RefCell::default(),
            found: Cell::new(0),
            thresholds: RefCell::default(),
            nudge,
        }
    }
    /// Notes a number that decides something, and says how far it is nudged (TH1).
    pub(crate) fn note(&self, at: usize, mut threshold: Threshold) -> f64 {
        (threshold.line, threshold.column) = self.place(at);
        let mut noted = self.thresholds.borrow_mut();
        let nudge = self.nudge.filter(|n| n.threshold == noted.len());
        noted.push(threshold);
        nudge.map_or(0.0, |n| n.by)
    }
    pub(crate) fn noted(&self) -> usize {
        self.thresholds.borrow().len()
    }
    /// What those noted since are compared with says how far they may be nudged.
    pub(crate) fn scale_since(&self, first: usize, scale: Scale) {
        self.thresholds.borrow_mut()[first..].iter_mut().for_each(|t| t.scale = scale);
    }
    pub(crate) fn is_nudged(&self) -> bool {
        self.nudge.is_some()
    }
    pub(crate) fn take_thresholds(&self) -> Vec<Threshold> {
        self.thresholds.take()
    }
    /// Line and column, from 1, of a byte; columns count characters.
    pub(crate) fn place(&self, byte: usize) -> (u32, u32) {
        let byte = byte.min(self.text.len());
        let line = self.lines.partition_point(|l| *l <= byte) - 1;
        let column = self.text.get(self.lines[line]..byte).map_or(0, |s| s.chars().count());
        (line as u32 + 1, column as u32 + 1)
    }
    pub(crate) fn tell(&self, at: usize, d: Diagnostic) {
        self.found.set(self.found.get() + 1);
        if self.found.get() <= MISTAKES_MAX {
            let (line, column) = self.place(at);
            self.wrong.borrow_mut().push(d.at(line, column));
        }
    }
    pub(crate) fn wrong_so_far(&self) -> usize {
        self.found.get()
    }
    /// What was found, in the order of the text.
    pub(crate) fn into_wrong(self) -> Vec<Diagnostic> {
        let mut wrong = self.wrong.into_inner();
        wrong.sort_by_key(|d| d.span.map(|s| (s.line, s.column)));
        let more = self.found.get() - wrong.len();
        if more > 0 {
            wrong.push(Diagnostic::new(
                "too_many",
                "",
                format!("还有 {more} 处错误没有列出;先改前面的 {MISTAKES_MAX} 处。"),
                format!("There are {more} more mistakes; put the first {MISTAKES_MAX} right."),
            ));
        }
        wrong
    }
    /// Where the characters of a one-line string begin: behind its quotes.
    pub(crate) fn inside_string(&self, span: &Range<usize>) -> usize {
        let raw = &self.text[span.clone()];
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        let newline = usize::from(quotes == 3 && raw[3..].starts_with('\n'));
        span.start + quotes + newline
    }
}

/// A table of the text, and which of its fields were asked for.
pub(crate) struct Section<'s, 't> {
    pub(crate) source: &'s Source<'t>,
    pub(crate) table: &'s DeTable<'t>,
    pub(crate) path: String,
    pub(crate) start: usize,
    asked: RefCell<BTreeSet<String>>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<'s, 't> Section<'s, 't> {
    pub(crate) fn of(source: &'s Source<'t>, table: &'s DeTable<'t>, path: &str, start: usize) -> Self {
        Section { source, table, path: path.to_owned(), start, asked: RefCell::default() }
    }
    pub(crate) fn field(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
    pub(crate) fn find(&self, name: &str) -> Option<&'s Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.table.get(name)
    }
    pub(crate) fn missing(&self, name: &str, zh: &str, en: &str) {
        let field = self.field(name);
        self.source.tell(
            self.start,
            Diagnostic::new(
                "missing_field",
                &field,
                format!("缺少 {field}:{zh}"),
                format!("{field} is missing: {en}"),
            ),
        );
    }
    pub(crate) fn tell(&self, name: &str, at: usize, code: &str, zh: String, en: String) {
        self.source.tell(at, Diagnostic::new(code, self.field(name), zh, en));
    }
    fn wrong_kind(&self, name: &str, found: &Spanned<DeValue<'_>>, zh: &str, en: &str) {
        let is = found.get_ref().type_str();
        self.tell(
            name,
            found.span().start,
            "wrong_kind",
            format!("{} 应为{zh},这里是 {is}。", self.field(name)),
            format!("{} should be {en}; here it is {is}.", self.field(name)),
        );
    }
    pub(crate) fn string(&self, name: &str) -> Option<At<String>> {
        let found = self.find(name)?;
        match found.get_ref() {
            DeValue::String(s) => Some(At { value: s.to_string(), span: found.span() }),
            _ => {
                self.wrong_kind(name, found, "文字", "a text");
                None
            }
        }
    }
    pub(crate) fn number(&self, name: &str) -> Option<At<f64>> {
        let found = self.find(name)?;
        match number_of(found.get_ref()) {
            Some(value) => Some(At { value, span: found.span() }),
            None => {
                self.wrong_kind(name, found, "数", "a number");
                None
            }
        }
    }
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let found = self.find(name)?;
        if let DeValue::Boolean(b) = found.get_ref() {
            return Some(*b);
        }
        self.wrong_kind(name, found, " true 或 false", "true or false");
        None
    }
    pub(crate) fn table(&self, name: &str) -> Option<Section<'s, 't>> {
        let found = self.find(name)?;
        match found.get_ref() {
            DeValue::Table(t) => Some(Section::of(self.source, t, &self.field(name), found.span().start)),
            _ => {
                self.wrong_kind(name, found, "一组字段", "a table");
                None
            }
        }
    }
    pub(crate) fn tables(&self, name: &str) -> Vec<Section<'s, 't>> {
        let Some(found) = self.find(name) else { return Vec::new() };
        let DeValue::Array(list) = found.get_ref() else {
            self.wrong_kind(name, found, "若干组字段", "a list of tables");
            return Vec::new();
        };
        self.tables_in(name, list)
    }
    fn tables_in(&self, name: &str, list: &'s DeArray<'t>) -> Vec<Section<'s, 't>> {
        let mut out = Vec::new();
        for (i, item) in list.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(t) => {
                    let path = format!("{}[{}]", self.field(name), i + 1);
                    out.push(Section::of(self.source, t, &path, item.span().start));
                }
                _ => self.wrong_kind(name, item, "一组字段", "a table"),
            }
        }
        out
    }
    /// A text, or a list of texts.
    pub(crate) fn strings(&self, name: &str) -> Vec<At<String>> {
        let Some(found) = self.find(name) else { return Vec::new() };
        let items: Vec<&Spanned<DeValue<'t>>> = match found.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![found],
        };
        let mut out = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(s) => out.push(At { value: s.to_string(), span: item.span() }),
                _ => self.wrong_kind(name, item, "文字或文字列表", "a text or a list of texts"),
            }
        }
        out
    }
    /// `{ zh = "…", en = "…" }`, both not empty.
    pub(crate) fn text(&self, name: &str, needed: bool) -> Option<At<Text>> {
        let Some(section) = self.table(name) else {
            if needed && self.table_is_absent(name) {
                self.missing(name, "需要 { zh = \"…\", en = \"…\" }。", "needs { zh = \"…\", en = \"…\" }.");
            }
            return None;
        };
        let (zh, en) = (section.string("zh"), section.string("en"));
        section.finish();
        for (lang, found) in [("zh", &zh), ("en", &en)] {
            if found.as_ref().is_none_or(|t| t.value.trim().is_empty()) {
                section.missing(lang, "两种文字都要写。", "it has to stand in both languages.");
            }
        }
        let (zh, en) = (zh?, en?);
        Some(At { value: Text::new(zh.value, en.value), span: zh.span })
    }
    fn table_is_absent(&self, name: &str) -> bool {
        self.table.get(name).is_none()
    }
    /// One of a closed list of words.
    pub(crate) fn word<T: Clone>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let found = self.string(name)?;
        if let Some((_, value)) = words.iter().find(|(w, _)| *w == found.value) {
            return Some(value.clone());
        }
        let list = words.iter().map(|w| w.0).collect::<Vec<_>>().join(", ");
        let mut d = Diagnostic::new(
            "unknown_word",
            self.field(name),
            format!("{} 不能是“{}”;可以是:{list}。", self.field(name), found.value),
            format!("{} cannot be \"{}\"; it is one of: {list}.", self.field(name), found.value),
        );
        if let Some(near) = nearest(&found.value, words.iter().map(|w| w.0)) {
            d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
        }
        self.source.tell(found.span.start, d);
        None
    }
    /// Names of the fields, in the text's order of keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> =
            self.table.iter().map(|(k, _)| (k.span().start, k.get_ref().to_string())).collect();
        keys.sort();
        keys.into_iter().map(|k| k.1).collect()
    }
    /// Tells every field that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if asked.contains(name) {
                continue;
            }
            let field = self.field(name);
            let mut d = Diagnostic::new(
                "unknown_field",
                &field,
                format!("没有 {field} 这个字段。"),
                format!("There is no field {field}."),
            );
            if let Some(near) = nearest(name, asked.iter().map(String::as_str)) {
                d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
            }
            self.source.tell(key.span().start, d);
        }
    }
}

/// A finite number; there is one nothing: -0 is 0.
pub(crate) fn number_of(v: &DeValue<'_>) -> Option<f64> {
    let n = match v {
        DeValue::Integer(i) => {
            i64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok().map(|n| n as f64)
        }
        DeValue::Float(f) => f.as_str().replace('_', "").parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    };
    n.map(|n| n + 0.0)
}
