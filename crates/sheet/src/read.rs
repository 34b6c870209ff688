//! XLSX and CSV into a [`Table`].
//!
//! Merged cells: every cell of a merged range reads as its first. Dates read as `2026-11-23`, whole numbers
//! without a point, so that a phone number typed as a number stays one. CSV may be UTF-8 (with or without
//! a mark) or GB 18030, as Chinese Excel saves it, separated by comma, semicolon or tab.

use crate::{
    table::{CELL_CHARS_MAX, COLUMNS_MAX, ROWS_MAX, Row, Table},
    workbook,
};
use linli_model::Diagnostic;

/// The most bytes a workbook may have.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;

pub(crate) fn unreadable(zh: impl Into<String>, en: impl Into<String>) -> Diagnostic {
    Diagnostic::new("file_unreadable", "file", zh, en)
}

pub(crate) fn too_many_rows(most: usize) -> Diagnostic {
    unreadable(
        format!("超过上限 {most} 行,请分成几个文件"),
        format!("more than the {most} rows allowed; split the file"),
    )
}

/// Reads by content, not by name: XLSX files are ZIP archives.
pub fn table(bytes: &[u8]) -> Result<Table, Diagnostic> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(unreadable("文件超过 32 MB,请分成几个文件", "the file is over 32 MB; split it"));
    }
    let table = if bytes.starts_with(b"PK\x03\x04") {
        workbook::table(bytes, workbook::ROOM)?
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
    Ok(table)
}

/// The text of a CSV file, whichever of the usual encodings it is in.
fn decoded(bytes: &[u8]) -> Result<String, Diagnostic> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    }
    // "Unicode text" of Excel.
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let (text, _, wrong) = encoding_rs::UTF_16LE.decode(bytes);
        return if wrong { Err(unknown_encoding()) } else { Ok(text.into_owned()) };
    }
    let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
    if wrong { Err(unknown_encoding()) } else { Ok(text.into_owned()) }
}

fn unknown_encoding() -> Diagnostic {
    unreadable(
        "无法识别文件编码,请存为 UTF-8 或 GB 18030 的 CSV,或 .xlsx",
        "the encoding is unknown; save as CSV in UTF-8 or GB 18030, or as .xlsx",
    )
}

fn csv_table(bytes: &[u8]) -> Result<Table, Diagnostic> {
    let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    if bytes.contains(&0) && !wide {
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
    let (mut header, mut rows) = (None, Vec::new());
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
        let row = Row { number, cells };
        if header.is_none() {
            header = Some(row.cells);
        } else if !row.is_blank() {
            rows.push(row);
        }
        if rows.len() > ROWS_MAX {
            return Err(too_many_rows(ROWS_MAX));
        }
    }
    Ok(Table { header: header.unwrap_or_default(), rows })
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
        let tabs = plain.replace(',', "\t");
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain(tabs.encode_utf16()).flat_map(order).collect()
        };
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        for bytes in [plain.as_bytes(), &gb, marked.as_bytes(), tabs.as_bytes(), &little, &big] {
            assert_eq!(table(bytes).unwrap(), want);
        }
    }

    #[test]
    fn a_hundred_thousand_rows_are_read_and_one_more_is_refused() {
        let rows = |n: usize| table(format!("编码\n{}", "a\n".repeat(n)).as_bytes());
        assert_eq!(rows(ROWS_MAX).unwrap().rows.len(), 100_000);
        let refused = rows(ROWS_MAX + 1).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.field.as_str()), ("file_unreadable", "file"));
        assert!(refused.message.zh.contains("100000") && refused.message.en.contains("100000"));
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
