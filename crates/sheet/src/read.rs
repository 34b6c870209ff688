//! XLSX and CSV into a [`Table`].
//!
//! Merged cells: every cell of a merged range reads as its first. Dates read as `2026-11-23`, whole numbers
//! without a point, so that a phone number typed as a number stays one. CSV may be UTF-8 (with or without
//! a mark) or GB 18030, as Chinese Excel saves it, separated by comma, semicolon or tab.

use crate::table::{CELL_CHARS_MAX, COLUMNS_MAX, ROWS_MAX, Row, Table};
use calamine::{Data, Reader, Xlsx};
use linli_model::Diagnostic;
use std::io::Cursor;

/// The most bytes a workbook may have.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;

fn unreadable(zh: impl Into<String>, en: impl Into<String>) -> Diagnostic {
    Diagnostic::new("file_unreadable", "file", zh, en)
}

/// Reads by content, not by name: XLSX files are ZIP archives.
pub fn table(bytes: &[u8]) -> Result<Table, Diagnostic> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(unreadable("文件超过 32 MB,请分成几个文件", "the file is over 32 MB; split it"));
    }
    let table = if bytes.starts_with(b"PK\x03\x04") {
        xlsx(bytes)?
    } else if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(unreadable(
            "这是旧版 Excel(.xls)文件,请另存为 .xlsx 后再导入",
            "this is an old .xls file; save it as .xlsx and import that",
        ));
    } else {
        csv_table(bytes)?
    };
    if table.header.iter().all(|h| h.trim().is_empty()) {
        return Err(unreadable(
            "文件是空的,第一行应为列标题",
            "the file is empty; the first row should hold the headings",
        ));
    }
    if table.rows.len() > ROWS_MAX {
        return Err(unreadable(
            format!("共 {} 行,超过上限 {ROWS_MAX} 行,请分成几个文件", table.rows.len()),
            format!("{} rows are more than the {ROWS_MAX} allowed; split the file", table.rows.len()),
        ));
    }
    Ok(table)
}

fn xlsx(bytes: &[u8]) -> Result<Table, Diagnostic> {
    let broken = |e: calamine::XlsxError| {
        unreadable(format!("无法读取 Excel 文件:{e}"), format!("the Excel file cannot be read: {e}"))
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let Some(name) = book.sheet_names().first().cloned() else {
        return Err(unreadable("Excel 文件里没有工作表", "the Excel file has no sheet"));
    };
    let range = book.worksheet_range(&name).map_err(broken)?;
    let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
    let Some((first_row, first_column)) = range.start() else { return Ok(Table::default()) };
    let text_at = |row: u32, column: u32| {
        let inside = |m: &&calamine::Dimensions| {
            (m.start.0..=m.end.0).contains(&row) && (m.start.1..=m.end.1).contains(&column)
        };
        let at = merged.iter().find(inside).map_or((row, column), |m| m.start);
        range.get_value(at).map(cell_text).unwrap_or_default()
    };
    let columns = range.width().min(COLUMNS_MAX) as u32;
    let mut lines = (first_row..first_row + range.height() as u32).map(|row| Row {
        number: row + 1,
        cells: (first_column..first_column + columns).map(|column| text_at(row, column)).collect(),
    });
    let header = lines.next().map(|row| row.cells).unwrap_or_default();
    Ok(Table { header, rows: lines.filter(|row| !row.is_blank()).collect() })
}

fn cell_text(data: &Data) -> String {
    let text = match data {
        Data::Empty => String::new(),
        Data::String(s) => s.clone(),
        Data::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
        Data::Float(f) => f.to_string(),
        Data::Int(i) => i.to_string(),
        Data::Bool(b) => b.to_string(),
        Data::DateTime(t) => t.as_datetime_parts(),
        Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Error(e) => format!("{e}"),
    };
    text.chars().take(CELL_CHARS_MAX + 1).collect()
}

/// Excel's serial date as a date, with the time where it has one.
trait SerialDate {
    fn as_datetime_parts(&self) -> String;
}
impl SerialDate for calamine::ExcelDateTime {
    fn as_datetime_parts(&self) -> String {
        let (year, month, day, hour, minute, second, _) = self.to_ymd_hms_milli();
        let date = format!("{year:04}-{month:02}-{day:02}");
        if (hour, minute, second) == (0, 0, 0) {
            date
        } else {
            format!("{date} {hour:02}:{minute:02}:{second:02}")
        }
    }
}

/// The text of a CSV file, whichever of the usual encodings it is in.
fn decoded(bytes: &[u8]) -> Result<String, Diagnostic> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    }
    let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
    if wrong {
        return Err(unreadable(
            "无法识别文件编码,请存为 UTF-8 或 GB 18030 的 CSV,或 .xlsx",
            "the encoding is unknown; save as CSV in UTF-8 or GB 18030, or as .xlsx",
        ));
    }
    Ok(text.into_owned())
}

fn csv_table(bytes: &[u8]) -> Result<Table, Diagnostic> {
    if bytes.contains(&0) {
        return Err(unreadable("这不是 CSV 或 .xlsx 文件", "this is neither a CSV nor an .xlsx file"));
    }
    let text = decoded(bytes)?;
    let first = text.lines().next().unwrap_or("");
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(|s| first.bytes().filter(|b| b == s).count());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|e| unreadable(format!("CSV 格式有误:{e}"), format!("the CSV cannot be read: {e}")))?;
        // Of lines that end as Excel ends them (CR LF) the reader still stands before the LF.
        let number = record.position().map_or(0, |p| {
            let behind =
                text.as_bytes()[p.byte() as usize..].iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            p.line() as u32 + behind.filter(|b| **b == b'\n').count() as u32
        });
        let cells =
            record.iter().take(COLUMNS_MAX).map(|c| c.chars().take(CELL_CHARS_MAX + 1).collect()).collect();
        rows.push(Row { number, cells });
    }
    let mut rows = rows.into_iter();
    let header = rows.next().map(|r| r.cells).unwrap_or_default();
    Ok(Table { header, rows: rows.filter(|r| !r.is_blank()).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_as_excel_numbers_them_however_lines_end() {
        for text in ["a;b\n1;2\n\n3;4\n", "a;b\r\n1;2\r\n\r\n3;4\r\n"] {
            let numbers: Vec<u32> = table(text.as_bytes()).unwrap().rows.iter().map(|r| r.number).collect();
            assert_eq!(numbers, [2, 4], "{text:?}");
        }
    }

    #[test]
    fn csv_is_read_in_every_encoding_and_separator_chinese_excel_saves() {
        let want = Table {
            header: vec!["编码".into(), "名称".into()],
            rows: vec![Row { number: 2, cells: vec!["a-1".into(), "田林十二村".into()] }],
        };
        let plain = "编码,名称\na-1,田林十二村\n\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(plain);
        let marked = format!("\u{feff}{plain}");
        for bytes in [plain.as_bytes(), &gb, marked.as_bytes(), plain.replace(',', "\t").as_bytes()] {
            assert_eq!(table(bytes).unwrap(), want);
        }
    }

    #[test]
    fn what_is_not_a_table_is_refused_in_words() {
        for bytes in [&b"\xd0\xcf\x11\xe0rest"[..], b"PK\x03\x04rest", b"\x00\x01\x02", b"\xff\xfe\xff", b""]
        {
            let wrong = table(bytes).unwrap_err();
            assert!(!wrong.message.zh.is_empty() && !wrong.message.en.is_empty());
        }
    }

    #[test]
    fn merged_cells_dates_and_long_numbers_read_as_people_see_them() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["地址", "电话", "日期"]).unwrap();
        sheet.merge_range(1, 0, 2, 0, "田林十二村", &rust_xlsxwriter::Format::new()).unwrap();
        sheet.write_number(1, 1, 13800000000.0).unwrap();
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 23).unwrap();
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(2, 2, date, &format).unwrap();
        let read = table(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(read.rows[0].cells, ["田林十二村", "13800000000", ""]);
        assert_eq!(read.rows[1].cells, ["田林十二村", "", "2026-11-23"]);
        assert_eq!(read.rows[1].number, 3);
    }
}
