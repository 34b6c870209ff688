//! Tables out: templates, exports, and a file given back with its error column.

use crate::table::{Column, Table};
use linli_model::{Diagnostic, Lang};
use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};
use std::collections::BTreeMap;

/// What a cell may safely hold (SH3): a text that a spreadsheet could take for a formula gets a quote mark.
/// XLSX cells are written as strings and would not run anyway; the text stays safe when copied into a CSV.
pub fn harmless(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n')
            if text.parse::<f64>().is_err() =>
        {
            format!("'{text}")
        }
        _ => text.to_owned(),
    }
}

fn heading() -> Format {
    Format::new().set_bold().set_background_color(Color::RGB(0xEEF2F6)).set_text_wrap()
}

/// A workbook of one sheet: a heading row and rows of texts, first row frozen, filter on.
pub fn sheet(title: &str, header: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(title)?;
    for (column, text) in header.iter().enumerate() {
        page.write_string_with_format(0, column as u16, text, &heading())?;
        let widest =
            rows.iter().take(200).filter_map(|r| r.get(column)).map(|t| display_width(t)).max().unwrap_or(0);
        page.set_column_width(column as u16, display_width(text).max(widest).clamp(8, 48) as f64 + 2.0)?;
    }
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            page.write_string(row as u32 + 1, column as u16, harmless(text))?;
        }
    }
    page.set_freeze_panes(1, 0)?;
    if !header.is_empty() {
        page.autofilter(0, 0, rows.len() as u32, header.len() as u16 - 1)?;
    }
    book.save_to_buffer()
}

/// Chinese characters are two columns wide.
fn display_width(text: &str) -> usize {
    text.chars().map(|c| if (c as u32) < 0x2e80 { 1 } else { 2 }).sum()
}

/// An empty table to fill in: headings (required ones starred) and a row of hints.
pub fn template(title: &str, columns: &[Column], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let pick = |column: &Column| match lang {
        Lang::Zh => (column.zh[0], column.hint_zh),
        Lang::En => (column.en[0], column.hint_en),
    };
    let star = |column: &Column| if column.required { "*" } else { "" };
    let header: Vec<String> = columns.iter().map(|c| format!("{}{}", pick(c).0, star(c))).collect();
    let hints: Vec<String> = columns.iter().map(|c| format!("#{}", pick(c).1)).collect();
    sheet(title, &header, &[hints])
}

/// The rows that were not taken, as they came, with a last column saying why; ready to be mended and sent again.
pub fn with_errors(
    table: &Table,
    errors: &BTreeMap<u32, Vec<Diagnostic>>,
    lang: Lang,
) -> Result<Vec<u8>, XlsxError> {
    let title = match lang {
        Lang::Zh => "错误原因",
        Lang::En => "Errors",
    };
    let mut header = table.header.clone();
    header.retain(|h| h != "错误原因" && h != "Errors");
    let width = header.len();
    header.push(title.to_owned());
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .filter_map(|row| {
            let wrong = errors.get(&row.number)?;
            let mut cells = row.cells.clone();
            cells.resize(width, String::new());
            let words: Vec<_> = wrong.iter().map(|d| d.message.get(lang)).collect();
            cells.push(words.join(";"));
            Some(cells)
        })
        .collect();
    sheet(title, &header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read, table::Row};

    #[test]
    fn what_could_run_is_written_as_text_and_numbers_stay_themselves() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(harmless("＝1+1"), "'＝1+1", "some spreadsheets read it as the narrow one");
        assert_eq!(harmless("-3.5"), "-3.5");
        assert_eq!(harmless("田林"), "田林");
    }

    #[test]
    fn a_file_comes_back_with_only_its_bad_rows_and_their_reasons() {
        let row = |number, code: &str| Row { number, cells: vec![code.into(), "名".into()] };
        let table =
            Table { header: vec!["编码".into(), "名称".into()], rows: vec![row(2, "a"), row(3, "b")] };
        let wrong = Diagnostic::new("x", "code", "编码重复", "the code is there twice");
        let bytes = with_errors(&table, &BTreeMap::from([(3, vec![wrong])]), Lang::Zh).unwrap();
        let back = read::table(&bytes).unwrap();
        assert_eq!(back.header, ["编码", "名称", "错误原因"]);
        assert_eq!(back.rows.len(), 1);
        assert_eq!(back.rows[0].cells, ["b", "名", "编码重复"]);
    }
}
