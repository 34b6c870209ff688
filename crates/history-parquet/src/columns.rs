//! What a file holds: its columns, how they are written, and what its footer says of them.
//!
//! Columns: `position` i64, `observed_at`, `received_at` timestamps in milliseconds UTC, `source`, `device`,
//! `id`, `measure` text, `value` f64 (flags as 0 and 1; empty for texts), `flag` bool (only for flags), `text`
//! (only for texts), `subject` as `kind:id`, `late`, `clamped` bool, `counts` bool (the first of its id). Area and day are
//! the folder.
//!
//! Format 2: rows lie by measure, then device, then observed_at, then position, in pages of [`PAGE_ROWS`]; the footer says
//! which rows are which measure's and what these rows need ([`Run`]), and where the pages lie. So a reader of one measure
//! fetches and decodes that measure's pages of the columns it needs. Format 1, which is still read, lay by device and had
//! no `counts`.

use crate::part;
use arrow::{
    array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use linli_history::HistoryRow;
use linli_model::{Instant, Subject, Value};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::{
        metadata::{FileMetaData, KeyValue},
        properties::{EnabledStatistics, WriterProperties},
    },
    schema::types::ColumnPath,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};

const ROW_GROUP_ROWS: usize = 1_048_576;
/// Small, so that few rows of neighbouring measures are decoded with those that are wanted.
const PAGE_ROWS: usize = 2_048;
/// Written into every file; a newer one is refused.
pub(crate) const FORMAT: u32 = 2;
const FORMAT_KEY: &str = "linli.history.format";
const RUNS_KEY: &str = "linli.history.measures";

/// Why a part cannot be read.
pub(crate) type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// A row with whether it counts: whether it was the first of its id.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) row: HistoryRow,
    /// None: it was written before that was decided.
    pub(crate) counts: Option<bool>,
}

impl Kept {
    pub(crate) fn counts(&self) -> bool {
        self.counts.unwrap_or(true)
    }
}

/// The rows of one measure and what a reader of them needs beside device, times, source and value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) measure: String,
    pub(crate) first: usize,
    pub(crate) rows: usize,
    pub(crate) flags: bool,
    pub(crate) texts: bool,
    pub(crate) subjects: bool,
    pub(crate) clamped: bool,
    pub(crate) repeats: bool,
}

/// `dictionaries`: texts as numbers of a dictionary, as they lie in the file.
pub(crate) fn schema(format: u32, dictionaries: bool) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let text = || match dictionaries {
        true => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        false => DataType::Utf8,
    };
    let mut fields = vec![
        Field::new("position", DataType::Int64, false),
        Field::new("observed_at", time.clone(), false),
        Field::new("received_at", time, false),
        Field::new("source", text(), false),
        Field::new("device", text(), false),
        Field::new("id", DataType::Utf8, false),
        Field::new("measure", text(), false),
        Field::new("value", DataType::Float64, true),
        Field::new("flag", DataType::Boolean, true),
        Field::new("text", text(), true),
        Field::new("subject", text(), true),
        Field::new("late", DataType::Boolean, false),
        Field::new("clamped", DataType::Boolean, false),
    ];
    if format >= 2 {
        fields.push(Field::new("counts", DataType::Boolean, false));
    }
    Arc::new(Schema::new(fields))
}

fn batch(schema: &SchemaRef, rows: &[&Kept]) -> Result<RecordBatch, ArrowError> {
    let times = |time: fn(&HistoryRow) -> Instant| -> ArrayRef {
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|r| time(&r.row).millis()));
        Arc::new(times.with_timezone("UTC"))
    };
    let texts = |text: fn(&HistoryRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| text(&r.row))))
    };
    let bools = |is: fn(&Kept) -> bool| -> ArrayRef {
        Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(is(r)))))
    };
    let flag = |value: &Value| match value {
        Value::Flag(flag) => Some(*flag),
        _ => None,
    };
    fn text(value: &Value) -> Option<&str> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    let values = || rows.iter().map(|r| &r.row.reading.value);
    let subject = |r: &&Kept| r.row.reading.subject.as_ref().map(Subject::to_string);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.row.position as i64))),
        times(|r| r.reading.observed_at),
        times(|r| r.received_at),
        texts(|r| r.source.as_str()),
        texts(|r| r.reading.device.as_str()),
        texts(|r| r.reading.id.as_str()),
        texts(|r| r.reading.measure.as_str()),
        Arc::new(values().map(Value::number).collect::<Float64Array>()),
        Arc::new(values().map(flag).collect::<BooleanArray>()),
        Arc::new(values().map(text).collect::<StringArray>()),
        Arc::new(rows.iter().map(subject).collect::<StringArray>()),
        bools(|r| r.row.late),
        bools(|r| r.row.clamped),
        bools(Kept::counts),
    ];
    RecordBatch::try_new(schema.clone(), columns)
}

fn properties(runs: &[Run]) -> Result<WriterProperties, ParquetError> {
    let footer = vec![
        KeyValue::new(FORMAT_KEY.to_owned(), FORMAT.to_string()),
        KeyValue::new(RUNS_KEY.to_owned(), write_runs(runs)),
    ];
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(footer));
    for column in ["device", "measure", "observed_at"] {
        properties =
            properties.set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::Page);
    }
    for column in ["position", "observed_at", "received_at"] {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    // A dictionary of all measures' values would have to be read for any one's.
    properties = properties.set_column_dictionary_enabled(ColumnPath::from("value"), false);
    properties = properties
        .set_column_dictionary_enabled(ColumnPath::from("id"), false)
        .set_column_encoding(ColumnPath::from("id"), Encoding::DELTA_BYTE_ARRAY);
    Ok(properties.build())
}

pub(crate) fn write(kept: &[Kept]) -> Result<Vec<u8>, ParquetError> {
    let rows = in_file_order(kept);
    let schema = schema(FORMAT, false);
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties(&runs(&rows))?))?;
    for rows in rows.chunks(8 * PAGE_ROWS) {
        writer.write(&batch(&schema, rows)?)?;
    }
    writer.into_inner()
}

/// By measure, device, observed_at and position (HP3); what is alike in all of them stays in the order of its batch.
fn in_file_order(kept: &[Kept]) -> Vec<&Kept> {
    fn ranks<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u32> {
        names.collect::<BTreeSet<_>>().into_iter().zip(0..).collect()
    }
    let measures = ranks(kept.iter().map(|k| k.row.reading.measure.as_str()));
    let devices = ranks(kept.iter().map(|k| k.row.reading.device.as_str()));
    let key = |k: &Kept| {
        let r = &k.row.reading;
        let (measure, device) = (measures.get(r.measure.as_str()), devices.get(r.device.as_str()));
        (measure.copied(), device.copied(), r.observed_at, k.row.position)
    };
    let mut order: Vec<_> = kept.iter().enumerate().map(|(i, k)| (key(k), i)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, i)| &kept[i]).collect()
}

fn runs(rows: &[&Kept]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (i, kept) in rows.iter().enumerate() {
        let r = &kept.row.reading;
        if runs.last().is_none_or(|run| run.measure != r.measure.as_str()) {
            runs.push(Run { measure: r.measure.0.clone(), first: i, ..Run::default() });
        }
        let Some(run) = runs.last_mut() else { continue };
        run.rows += 1;
        run.flags |= matches!(r.value, Value::Flag(_));
        run.texts |= matches!(r.value, Value::Text(_));
        run.subjects |= r.subject.is_some();
        run.clamped |= kept.row.clamped;
        run.repeats |= !kept.counts();
    }
    runs
}

/// `pressure_mpa 0 1740 c` a line: the measure, its first row, how many, and a letter for each thing it needs.
fn write_runs(runs: &[Run]) -> String {
    let mut out = String::new();
    for run in runs {
        let _ = write!(out, "{} {} {} ", part::escaped(&run.measure), run.first, run.rows);
        let marks =
            [('f', run.flags), ('t', run.texts), ('s', run.subjects), ('c', run.clamped), ('r', run.repeats)];
        out.extend(marks.into_iter().filter(|m| m.1).map(|m| m.0));
        out.push('\n');
    }
    out
}

fn parse_runs(text: &str) -> Option<Vec<Run>> {
    let run = |line: &str| {
        let mut words = line.split(' ');
        let mut next = || words.next();
        let measure = part::unescaped(next()?)?;
        let (first, rows, marks) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?);
        let has = |mark| marks.contains(mark);
        let (flags, texts, subjects) = (has('f'), has('t'), has('s'));
        Some(Run { measure, first, rows, flags, texts, subjects, clamped: has('c'), repeats: has('r') })
    };
    text.lines().map(run).collect()
}

fn said<'a>(metadata: &'a FileMetaData, key: &str) -> Option<&'a str> {
    metadata.key_value_metadata()?.iter().find(|kv| kv.key == key)?.value.as_deref()
}

/// The format of a file of ours, if this program knows it.
pub(crate) fn format_of(metadata: &FileMetaData) -> Result<u32, ReadError> {
    match said(metadata, FORMAT_KEY).and_then(|f| f.parse().ok()) {
        Some(format) if format <= FORMAT => Ok(format),
        Some(format) => Err(format!("its format {format} is newer than this program knows").into()),
        None => Err("it was not written by Linli".into()),
    }
}

/// Which rows of a file of format 2 are which measure's.
pub(crate) fn runs_of(metadata: &FileMetaData) -> Result<Vec<Run>, ReadError> {
    let runs =
        said(metadata, RUNS_KEY).and_then(parse_runs).ok_or("its footer does not name its measures")?;
    let whole = runs.iter().try_fold(0, |next, run| (run.first == next).then_some(next + run.rows));
    match usize::try_from(metadata.num_rows()) {
        Ok(rows) if whole == Some(rows) => Ok(runs),
        _ => Err("its footer does not agree with its rows".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_read_back_as_written() {
        let run = |measure: &str, first, rows, marks: [bool; 5]| {
            let [flags, texts, subjects, clamped, repeats] = marks;
            Run { measure: measure.to_owned(), first, rows, flags, texts, subjects, clamped, repeats }
        };
        let runs = vec![
            run("pressure_mpa", 0, 7, [false; 5]),
            run("odd measure\n", 7, 1, [true, false, true, false, true]),
            run("卡", 8, 2, [false, true, false, true, false]),
        ];
        assert_eq!(parse_runs(&write_runs(&runs)), Some(runs));
        assert_eq!(parse_runs("pressure_mpa 0\n"), None);
    }
}
