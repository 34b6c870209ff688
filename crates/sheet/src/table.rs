//! A table as text: headings, rows, and the row numbers people see in Excel.

use linli_model::{Diagnostic, format::fold_width};

/// The most rows one file may bring.
pub const ROWS_MAX: usize = 100_000;
/// The most columns that are read; further ones are left out.
pub const COLUMNS_MAX: usize = 100;
/// The longest text of one cell, in characters; more is a mistake of that cell.
pub const CELL_CHARS_MAX: usize = 2_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As Excel numbers it, from 1, the heading included.
    pub number: u32,
    pub cells: Vec<String>,
}

/// One column a kind of table has: its code and the headings people give it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub code: &'static str,
    /// The first of each is what our templates say.
    pub zh: &'static [&'static str],
    pub en: &'static [&'static str],
    pub required: bool,
    /// What to write here, for the template's second row.
    pub hint_zh: &'static str,
    pub hint_en: &'static str,
}

fn heading_key(text: &str) -> String {
    let folded = fold_width(text).to_lowercase();
    let bare = folded.trim().trim_end_matches('*');
    bare.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '(' | ')' | ':')).collect()
}

/// Which column of the table holds which column of the kind.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: &'static [Column],
    at: Vec<Option<usize>>,
}

impl Layout {
    /// Finds the columns by heading; a required one that is missing is a diagnostic for the whole file.
    pub fn of(table: &Table, columns: &'static [Column]) -> Result<Layout, Vec<Diagnostic>> {
        let headings: Vec<String> = table.header.iter().map(|h| heading_key(h)).collect();
        let mut at = Vec::new();
        let mut missing = Vec::new();
        for column in columns {
            let names = column.zh.iter().chain(column.en).copied().chain([column.code]);
            let found = names.map(heading_key).find_map(|name| headings.iter().position(|h| *h == name));
            if found.is_none() && column.required {
                missing.push(Diagnostic::new(
                    "column_missing",
                    column.code,
                    format!("缺少“{}”列;第一行应为列标题", column.zh[0]),
                    format!(
                        "the column \"{}\" is missing; the first row should hold the headings",
                        column.en[0]
                    ),
                ));
            }
            at.push(found);
        }
        if missing.is_empty() { Ok(Layout { columns, at }) } else { Err(missing) }
    }

    /// The cell of `code` in a row, trimmed; empty where the column is not in the file.
    pub fn cell<'r>(&self, row: &'r Row, code: &str) -> &'r str {
        let index = self.columns.iter().position(|c| c.code == code).expect("a column of this kind");
        self.at[index].and_then(|at| row.cells.get(at)).map_or("", |c| c.trim())
    }
}

impl Row {
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|c| c.trim().is_empty())
    }
}
