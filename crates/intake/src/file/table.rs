//! Tables: CSV, TSV and NDJSON files, gzip or not, as rows of texts under column names.
//!
//! A row that is no row (not UTF-8, too many fields, not an object) comes out as a breach with its number; the table goes on
//! behind it.

use crate::file::mapping::{FileForm, FileShape};
use flate2::read::MultiGzDecoder;
use linli_model::Diagnostic;
use std::io::{BufRead, BufReader, Read};

/// A row under the table's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// From 1, the header not counted.
    pub number: u32,
    pub fields: Vec<String>,
    /// As it stood in the file.
    pub raw: String,
}

/// A row that could not be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub number: u32,
    pub raw: String,
    pub diagnostic: Diagnostic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Result<TableRow, Breach>>,
}

impl Table {
    pub fn find_column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }
}

/// Files of more rows than this are to be cut first: an import holds a file in memory to put it in order of time.
pub const ROWS_MAX: usize = 20_000_000;

/// Reads a whole table. Header names and fields lose blanks around them.
pub fn read_table(shape: &FileShape, reader: impl Read) -> Result<Table, Diagnostic> {
    let mut reader = BufReader::new(reader);
    let packed = reader.fill_buf().map_err(|e| unreadable(&e))?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    let read = if packed {
        MultiGzDecoder::new(reader).read_to_end(&mut bytes)
    } else {
        reader.read_to_end(&mut bytes)
    };
    read.map_err(|e| unreadable(&e))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let table = match shape.form {
        FileForm::Csv => separated(shape, bytes, b','),
        FileForm::Tsv => separated(shape, bytes, b'\t'),
        FileForm::Ndjson => objects(shape, bytes),
        FileForm::Sheet => Err(Diagnostic::new(
            "file_form",
            "file.form",
            "表格文件(sheet)只用于案件。",
            "Sheets are read for cases only.",
        )),
    }?;
    if table.rows.len() > ROWS_MAX {
        return Err(Diagnostic::new(
            "file_too_long",
            "file",
            format!("文件超过 {ROWS_MAX} 行,请拆分后导入。"),
            format!("The file has more than {ROWS_MAX} rows; cut it first."),
        ));
    }
    Ok(table)
}

fn unreadable(e: &std::io::Error) -> Diagnostic {
    Diagnostic::new(
        "file_unreadable",
        "file",
        format!("文件无法读取:{e}。"),
        format!("The file cannot be read: {e}."),
    )
}

fn separated(shape: &FileShape, bytes: &[u8], delimiter: u8) -> Result<Table, Diagnostic> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .quoting(delimiter == b',')
        .from_reader(bytes);
    let mut columns = shape.columns.clone();
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut before_rows = shape.header;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(e) => return Err(unreadable(&std::io::Error::other(e))),
        }
        let texts: Vec<_> =
            record.iter().map(|f| String::from_utf8_lossy(f.trim_ascii()).into_owned()).collect();
        if texts.iter().all(String::is_empty) {
            continue;
        }
        if before_rows {
            before_rows = false;
            columns = texts;
            continue;
        }
        let raw = texts.join(&char::from(delimiter).to_string());
        let valid = record.iter().all(|f| std::str::from_utf8(f).is_ok());
        let number = rows.len() as u32 + 1;
        // A separator behind the last field is common and harmless.
        let fits = texts.len() >= columns.len() && texts[columns.len()..].iter().all(String::is_empty);
        rows.push(match (valid, fits) {
            (true, true) => Ok(TableRow { number, fields: texts, raw }),
            (false, _) => Err(Breach { number, raw, diagnostic: not_utf8(number) }),
            (true, false) => {
                let diagnostic = Diagnostic::new(
                    "column_count",
                    format!("rows[{number}]"),
                    format!("应有 {} 列,实有 {} 列。", columns.len(), texts.len()),
                    format!("Expected {} columns, found {}.", columns.len(), texts.len()),
                );
                Err(Breach { number, raw, diagnostic })
            }
        });
    }
    Ok(Table { columns, rows })
}

fn objects(shape: &FileShape, bytes: &[u8]) -> Result<Table, Diagnostic> {
    let columns = shape.columns.clone();
    let mut rows = Vec::new();
    for line in bytes.split(|c| *c == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty()) {
        let number = rows.len() as u32 + 1;
        let raw = String::from_utf8_lossy(line).into_owned();
        rows.push(match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line) {
            Ok(object) => {
                let text = |name: &String| match object.get(name) {
                    None | Some(serde_json::Value::Null) => String::new(),
                    Some(serde_json::Value::String(s)) => s.trim().to_owned(),
                    Some(other) => other.to_string(),
                };
                Ok(TableRow { number, fields: columns.iter().map(text).collect(), raw })
            }
            Err(e) => {
                let column = e.column();
                let diagnostic = Diagnostic::new(
                    "not_an_object",
                    format!("rows[{number}]"),
                    format!("第 {column} 列起不是 JSON 对象。"),
                    format!("Not a JSON object at column {column}."),
                );
                Err(Breach { number, raw, diagnostic })
            }
        });
    }
    Ok(Table { columns, rows })
}

fn not_utf8(number: u32) -> Diagnostic {
    Diagnostic::new("not_utf8", format!("rows[{number}]"), "不是 UTF-8 编码。", "Not UTF-8.")
}

pub(crate) fn missing_column(name: &str, table: &Table) -> Diagnostic {
    let there = table.columns.join(", ");
    Diagnostic::new(
        "column_missing",
        name,
        format!("文件中没有列 {name};现有:{there}。"),
        format!("The file has no column {name}; it has {there}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(form: FileForm, header: bool, columns: &[&str]) -> FileShape {
        FileShape { form, header, columns: columns.iter().map(|c| (*c).to_owned()).collect() }
    }

    fn seen(table: &Table) -> Vec<String> {
        let one = |row: &Result<TableRow, Breach>| match row {
            Ok(row) => format!("{} {}", row.number, row.fields.join("|")),
            Err(breach) => format!("{} {}", breach.number, breach.diagnostic.code),
        };
        table.rows.iter().map(one).collect()
    }

    #[test]
    fn headers_lose_their_blanks_and_bad_rows_keep_their_numbers() {
        let bytes = b" A ,B\r\n1, \"x, y\"\n\n2\n3,\xff\n4,z,\n";
        let table = read_table(&shape(FileForm::Csv, true, &[]), &bytes[..]).unwrap();
        assert_eq!(table.columns, ["A", "B"]);
        assert_eq!(
            seen(&table),
            ["1 1| \"x| y\"", "2 column_count", "3 not_utf8", "4 4|z|"]
                .map(|s| s.replace("1 1| \"x| y\"", "1 column_count"))
        );
    }

    #[test]
    fn quoted_fields_and_gzip_are_read() {
        let packed = crate::body::gzip_for_tests(b"a,b\n1,\"x, y\"\n");
        let table = read_table(&shape(FileForm::Csv, true, &[]), &packed[..]).unwrap();
        assert_eq!(seen(&table), ["1 1|x, y"]);
        assert!(read_table(&shape(FileForm::Csv, true, &[]), &packed[..packed.len() - 4]).is_err());
    }

    #[test]
    fn tables_without_header_and_objects_take_their_names_from_the_mapping() {
        let table =
            read_table(&shape(FileForm::Tsv, false, &["from", "secs"]), &b"10\t5\t\r\n11\t6"[..]).unwrap();
        assert_eq!(seen(&table), ["1 10|5|", "2 11|6"]);
        let lines = b"{\"b\":2.5,\"a\":\"x\"}\nno\n{\"a\":null}\n";
        let table = read_table(&shape(FileForm::Ndjson, false, &["a", "b"]), &lines[..]).unwrap();
        assert_eq!(seen(&table), ["1 x|2.5", "2 not_an_object", "3 |"]);
    }
}
