//! The kinds of tables: one file each, all of the same shape (`COLUMNS`, a record, `check`).

use crate::table::{CELL_CHARS_MAX, Column, Layout, Row, Table};
use jiff::civil::Date;
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Measure};
use std::collections::BTreeMap;

pub mod area;
pub mod device;
pub mod person;
pub mod user;

/// What the installation already knows, as the checks need it.
pub struct Known<'a> {
    pub areas: &'a AreaTree,
    /// Whether the catalogue has this measure.
    pub measure: &'a (dyn Fn(&Measure) -> bool + Sync),
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowOutcome<T> {
    pub number: u32,
    pub result: Result<T, Vec<Diagnostic>>,
}

/// Checks every row; the file as a whole is refused only when required columns are missing.
/// Rows whose first cell begins with `#` are hints of our template and are passed over.
pub(crate) fn check_rows<T>(
    table: &Table,
    columns: &'static [Column],
    mut check: impl FnMut(&mut Cells<'_>) -> Option<T>,
) -> Result<Vec<RowOutcome<T>>, Vec<Diagnostic>> {
    let layout = Layout::of(table, columns)?;
    let filled = table.rows.iter().filter(|row| !row.cells.first().is_some_and(|c| c.starts_with('#')));
    Ok(filled
        .map(|row| {
            let mut cells = Cells { layout: &layout, row, columns, wrong: Vec::new() };
            cells.check_lengths();
            let record = check(&mut cells);
            let result = match record {
                Some(record) if cells.wrong.is_empty() => Ok(record),
                _ => Err(cells.wrong),
            };
            RowOutcome { number: row.number, result }
        })
        .collect())
}

/// One row with its mistakes so far.
pub(crate) struct Cells<'a> {
    layout: &'a Layout,
    row: &'a Row,
    columns: &'static [Column],
    wrong: Vec<Diagnostic>,
}

impl<'a> Cells<'a> {
    fn check_lengths(&mut self) {
        for column in self.columns {
            if self.layout.cell(self.row, column.code).chars().count() > CELL_CHARS_MAX {
                self.refuse("cell_too_long", column.code, "单元格内容过长", "the cell's text is too long");
            }
        }
    }

    fn title(&self, code: &str) -> (&'static str, &'static str) {
        let column = self.columns.iter().find(|c| c.code == code).expect("a column of this kind");
        (column.zh[0], column.en[0])
    }

    pub(crate) fn refuse(&mut self, code: &str, column: &str, zh: &str, en: &str) {
        let (title_zh, title_en) = self.title(column);
        let diagnostic = Diagnostic::new(
            code,
            format!("rows[{}].{column}", self.row.number),
            format!("{title_zh}:{zh}"),
            format!("{title_en}: {en}"),
        );
        self.wrong.push(diagnostic);
    }

    /// Takes over a diagnostic of a format parser for the given column.
    pub(crate) fn refuse_with(&mut self, column: &str, wrong: Diagnostic) {
        self.refuse(&wrong.code, column, &wrong.message.zh, &wrong.message.en);
    }

    pub(crate) fn optional(&self, column: &str) -> Option<&'a str> {
        Some(self.layout.cell(self.row, column)).filter(|text| !text.is_empty())
    }

    pub(crate) fn required(&mut self, column: &str) -> Option<&'a str> {
        let text = self.optional(column);
        if text.is_none() {
            self.refuse("cell_empty", column, "必填", "must be filled in");
        }
        text
    }

    pub(crate) fn parsed<T>(
        &mut self,
        column: &str,
        parse: impl Fn(&str) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        match parse(self.optional(column)?) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse_with(column, wrong);
                None
            }
        }
    }

    pub(crate) fn number(&mut self, column: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let text = self.optional(column)?;
        match text.parse::<f64>() {
            Ok(n) if range.contains(&n) => Some(n),
            _ => {
                let (low, high) = (range.start(), range.end());
                self.refuse(
                    "number_expected",
                    column,
                    &format!("应为 {low} 到 {high} 之间的数"),
                    &format!("expected a number from {low} to {high}"),
                );
                None
            }
        }
    }

    /// One of a closed list, by code or by Chinese label.
    pub(crate) fn choice<T: Copy>(&mut self, column: &str, choices: &[(&str, &str, T)]) -> Option<T> {
        let text = self.optional(column)?;
        let found = choices.iter().find(|(code, label, _)| code.eq_ignore_ascii_case(text) || *label == text);
        if found.is_none() {
            let zh: Vec<_> = choices.iter().map(|c| c.1).collect();
            let en: Vec<_> = choices.iter().map(|c| c.0).collect();
            self.refuse(
                "choice_unknown",
                column,
                &format!("应为以下之一:{}", zh.join("、")),
                &format!("expected one of: {}", en.join(", ")),
            );
        }
        found.map(|(_, _, value)| *value)
    }

    /// An area by its code, or by its full or unique folded name.
    pub(crate) fn area<'t>(&mut self, column: &str, tree: &'t AreaTree) -> Option<&'t Area> {
        let text = self.optional(column)?;
        if let Some(area) = tree.find(&AreaId::new(text)) {
            return Some(area);
        }
        let key = linli_model::format::address::folded(text);
        let mut named = tree.in_force().filter(|a| full_name_ends(tree, a, &key));
        match (named.next(), named.next()) {
            (Some(area), None) => Some(area),
            (None, _) => {
                self.refuse(
                    "area_unknown",
                    column,
                    "没有这个编码或名称的区域,请先导入区域",
                    "no area has this code or name; import the areas first",
                );
                None
            }
            (Some(_), Some(_)) => {
                self.refuse(
                    "area_ambiguous",
                    column,
                    "有几个区域叫这个名称,请填编码",
                    "several areas have this name; give the code",
                );
                None
            }
        }
    }
}

/// Whether `key` is the area's own name, or its name with those of its parents before it.
fn full_name_ends(tree: &AreaTree, area: &Area, key: &str) -> bool {
    let fold = linli_model::format::address::folded;
    let mut name = fold(&area.name);
    if name == key {
        return true;
    }
    for parent in tree.upward(&area.id).skip(1) {
        if name.len() > key.len() {
            return false;
        }
        name = format!("{}{name}", fold(&parent.name));
        if name == key {
            return true;
        }
    }
    false
}

/// Marks rows whose key stands in an earlier row of the same file.
pub(crate) fn refuse_repeated<T>(outcomes: &mut [RowOutcome<T>], column: &str, key: impl Fn(&T) -> String) {
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for outcome in outcomes {
        let Ok(record) = &outcome.result else { continue };
        let number = outcome.number;
        match first.entry(key(record)) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(number);
            }
            std::collections::btree_map::Entry::Occupied(earlier) => {
                outcome.result = Err(vec![Diagnostic::new(
                    "row_repeated",
                    format!("rows[{number}].{column}"),
                    format!("与第 {} 行重复", earlier.get()),
                    format!("the same as row {}", earlier.get()),
                )]);
            }
        }
    }
}

/// A day as people write it in a cell.
pub(crate) fn date(text: &str) -> Result<Date, Diagnostic> {
    let plain = text.replace(['/', '.', '年', '月'], "-").replace('日', "");
    let parts: Vec<&str> = plain.split('-').collect();
    let parsed = match parts[..] {
        [year, month, day] => match (year.parse::<i16>(), month.parse::<i8>(), day.parse::<i8>()) {
            (Ok(year), Ok(month), Ok(day)) if year >= 1900 => Date::new(year, month, day).ok(),
            _ => None,
        },
        _ => None,
    };
    parsed.ok_or_else(|| {
        Diagnostic::new("date_expected", "date", "应为日期,如 2026-11-23", "expected a date like 2026-11-23")
    })
}
