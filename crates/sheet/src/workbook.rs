//! XLSX into a [`Table`], cell by cell.
//!
//! Invariants
//! - WB1 What a workbook takes in memory is bounded by what it says, whatever it claims: by its unpacked bytes, and by the
//!   text of its cells, those of merged ranges included. Where cells lie costs nothing: two in opposite corners are two.

use crate::{
    read::{too_many_rows, unreadable},
    table::{CELL_CHARS_MAX, COLUMNS_MAX, ROWS_MAX, Row, Table},
};
use calamine::{Data, Reader, Xlsx, XlsxError};
use linli_model::Diagnostic;
use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read},
};

/// How much a workbook may hold.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// Of all its parts together, unpacked.
    pub unpacked_bytes: u64,
    /// Headings not counted.
    pub rows: usize,
    /// Of all cells together, each with what it takes beside its text.
    pub cell_bytes: usize,
}

/// 100,000 rows of thirty columns fit with room to spare.
pub(crate) const ROOM: Room = Room { unpacked_bytes: 1 << 30, rows: ROWS_MAX, cell_bytes: 256 << 20 };

/// What a cell takes beside its text.
const CELL_BYTES: usize = size_of::<(u32, String)>();

type Lines = BTreeMap<u32, Vec<(u32, String)>>;

struct Filled {
    lines: Lines,
    rows: usize,
    left: usize,
}

impl Filled {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), Diagnostic> {
        let takes = text.len() + CELL_BYTES;
        self.left = self.left.checked_sub(takes).ok_or_else(too_much)?;
        self.lines.entry(row).or_default().push((column, text));
        if self.lines.len() > self.rows + 1 { Err(too_many_rows(self.rows)) } else { Ok(()) }
    }
}

fn too_much() -> Diagnostic {
    unreadable(
        "这个 Excel 文件展开后太大,请删去多余的工作表和列,或分成几个文件",
        "this Excel file is too large once unpacked; remove needless sheets and columns, or split it",
    )
}

fn broken(e: impl std::fmt::Display) -> Diagnostic {
    unreadable(format!("无法读取 Excel 文件:{e}"), format!("the Excel file cannot be read: {e}"))
}

pub(crate) fn table(bytes: &[u8], room: Room) -> Result<Table, Diagnostic> {
    fits(bytes, room.unpacked_bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let Some(name) = book.sheet_names().first().cloned() else {
        return Err(unreadable("Excel 文件里没有工作表", "the Excel file has no sheet"));
    };
    let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
    let mut filled = Filled { lines: Lines::new(), rows: room.rows, left: room.cell_bytes };
    read_cells(&mut book, &name, &mut filled)?;
    spread(&merged, &mut filled)?;
    let Some(first_column) = filled.lines.values().flatten().map(|(column, _)| *column).min() else {
        return Ok(Table::default());
    };
    let mut lines = filled.lines.into_iter().map(|(row, cells)| line(row, cells, first_column));
    let header = lines.next().map(|row| row.cells).unwrap_or_default();
    let width = header.len();
    let rows = lines.filter(|row| !row.is_blank()).map(|mut row| {
        row.cells.resize(row.cells.len().max(width), String::new());
        row
    });
    Ok(Table { header, rows: rows.collect() })
}

/// Whether its parts stay within the bytes, unpacked; what the archive says of itself is not asked.
fn fits(bytes: &[u8], most: u64) -> Result<(), Diagnostic> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = most;
    for n in 0..archive.len() {
        let part = archive.by_index(n).map_err(broken)?;
        let taken = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(broken)?;
        left = left.checked_sub(taken).ok_or_else(too_much)?;
    }
    Ok(())
}

fn read_cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, filled: &mut Filled) -> Result<(), Diagnostic> {
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(e) => return Err(broken(e)),
    };
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let text = cell_text(&Data::from(cell.get_value().clone()));
        if !text.is_empty() {
            filled.put(row, column, text)?;
        }
    }
    Ok(())
}

/// Every cell of a merged range reads as its first, as far down as there are rows and as many columns as are read.
fn spread(merged: &[calamine::Dimensions], filled: &mut Filled) -> Result<(), Diagnostic> {
    let Some(last_row) = filled.lines.keys().next_back().copied() else { return Ok(()) };
    for range in merged {
        let (row, column) = range.start;
        let cells = filled.lines.get(&row);
        let Some(text) = cells.and_then(|c| c.iter().find(|(at, _)| *at == column)).map(|c| c.1.clone())
        else {
            continue;
        };
        let last_column = range.end.1.min(column.saturating_add(COLUMNS_MAX as u32));
        for r in row..=range.end.0.min(last_row) {
            for c in (column..=last_column).filter(|c| (r, *c) != range.start) {
                filled.put(r, c, text.clone())?;
            }
        }
    }
    Ok(())
}

fn line(row: u32, cells: Vec<(u32, String)>, first_column: u32) -> Row {
    let mut line = Row { number: row + 1, cells: Vec::new() };
    for (column, text) in cells {
        let at = (column - first_column) as usize;
        if at >= COLUMNS_MAX {
            continue;
        }
        if line.cells.len() <= at {
            line.cells.resize(at + 1, String::new());
        }
        line.cells[at] = text;
    }
    line
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

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

    fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(book.add_worksheet());
        book.save_to_buffer().unwrap()
    }

    fn told(bytes: &[u8]) -> String {
        let table = table(bytes, ROOM).unwrap();
        let rows = table.rows.iter().map(|r| format!("{} {}", r.number, r.cells.join("|")));
        std::iter::once(table.header.join("|")).chain(rows).collect::<Vec<_>>().join("\n")
    }

    /// WB1
    #[test]
    fn cells_in_opposite_corners_take_no_room_for_what_lies_between() {
        let bytes = book(|sheet| {
            sheet.write_row(0, 0, ["编码", "名称"]).unwrap();
            sheet.write_string(1, 0, "a").unwrap();
            sheet.write_string(1_048_575, 16_383, "角落").unwrap();
        });
        assert_eq!(told(&bytes), "编码|名称\n2 a|");
    }

    /// WB1
    #[test]
    fn a_merged_range_far_beyond_the_rows_is_read_as_far_as_there_are_rows() {
        let bytes = book(|sheet| {
            sheet.write_row(0, 0, ["地址", "名称"]).unwrap();
            sheet.merge_range(1, 0, 5_000, 0, "一村", &Format::new()).unwrap();
            sheet.write_string(3, 1, "乙").unwrap();
        });
        assert_eq!(told(&bytes), "地址|名称\n2 一村|\n3 一村|\n4 一村|乙");
    }

    /// WB1
    #[test]
    fn what_unpacks_to_more_than_fits_is_refused_in_words() {
        let long = "很长".repeat(400);
        let bytes = book(|sheet| {
            sheet.write_row(0, 0, ["编码", "名称"]).unwrap();
            for row in 1..200 {
                sheet.write_string(row, 0, &long).unwrap();
            }
        });
        assert!(table(&bytes, ROOM).is_ok());
        for room in [Room { unpacked_bytes: 2_000, ..ROOM }, Room { cell_bytes: 100 * long.len(), ..ROOM }] {
            let refused = table(&bytes, room).unwrap_err();
            assert_eq!((refused.code.as_str(), refused.field.as_str()), ("file_unreadable", "file"));
            assert!(refused.message.zh.contains("太大") && refused.message.en.contains("too large"));
        }
    }

    #[test]
    fn a_formula_is_not_run_and_reads_as_what_it_last_said() {
        let bytes = book(|sheet| {
            sheet.write_row(0, 0, ["编码", "名称"]).unwrap();
            let formula = Formula::new("=HYPERLINK(\"http://x.example\",\"点我\")").set_result("点我");
            sheet.write_formula(1, 0, formula).unwrap();
            sheet.write_formula(1, 1, Formula::new("=1+1").set_result("2")).unwrap();
            sheet.write_string(2, 0, "=cmd|' /C calc'!A0").unwrap();
        });
        assert_eq!(told(&bytes), "编码|名称\n2 点我|2\n3 =cmd|' /C calc'!A0|");
        let table = table(&bytes, ROOM).unwrap();
        let wrong = Diagnostic::new("x", "code", "不对", "wrong");
        let back =
            crate::write::with_errors(&table, &BTreeMap::from([(3, vec![wrong])]), linli_model::Lang::Zh);
        assert_eq!(told(&back.unwrap()), "编码|名称|错误原因\n2 '=cmd|' /C calc'!A0||不对");
    }

    #[test]
    fn rare_characters_and_combining_marks_come_through_as_they_were_written() {
        let names = ["𠮷田𫖯", "甄\u{5b57}\u{e0100}", "e\u{301}lan", "👩‍👩‍👧", "\u{200f}右"];
        let bytes = book(|sheet| {
            sheet.write_row(0, 0, ["姓名"]).unwrap();
            for (row, name) in (1..).zip(names) {
                sheet.write_string(row, 0, name).unwrap();
            }
        });
        let read: Vec<String> = table(&bytes, ROOM).unwrap().rows.into_iter().flat_map(|r| r.cells).collect();
        assert_eq!(read, names);
    }

    /// The limit from both sides.
    #[test]
    fn as_many_rows_as_fit_are_read_and_one_more_is_refused_before_the_rest_is_read() {
        let room = Room { rows: 300, ..ROOM };
        let rows = |n: u32| {
            let bytes = book(|sheet| {
                for row in 0..=n {
                    sheet.write_number(row, 0, row).unwrap();
                }
            });
            table(&bytes, room)
        };
        assert_eq!(rows(300).unwrap().rows.len(), 300);
        for too_many in [301, 900] {
            let refused = rows(too_many).unwrap_err();
            assert_eq!(refused.field, "file");
            assert!(refused.message.zh.contains("300") && refused.message.en.contains("300"));
        }
    }
}
