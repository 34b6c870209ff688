//! Rows to columns and back.
//!
//! Columns: `position` i64, `observed_at`, `received_at` timestamps in milliseconds UTC, `source`, `device`,
//! `id`, `measure` text, `value` f64 (flags as 0 and 1; empty for texts), `flag` bool (only for flags), `text`
//! (only for texts), `subject` as `kind:id`, `late`, `clamped` bool. Area and day are the folder.

use arrow::{
    array::{
        Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
        TimestampMillisecondArray,
    },
    datatypes::{DataType, Field, Schema, TimeUnit},
    error::ArrowError,
};
use linli_history::{HistoryQuery, HistoryRow};
use linli_model::{
    AreaId, DeviceId, Instant, Measure, Position, Reading, ReadingId, SourceId, Subject, Value,
};
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter},
    },
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties},
    schema::types::{ColumnPath, SchemaDescriptor},
};
use std::{collections::HashSet, sync::Arc};

const ROW_GROUP_ROWS: usize = 131_072;
/// Written into every file; a newer one is refused.
const FORMAT: u32 = 1;
const FORMAT_KEY: &str = "linli.history.format";

/// Which columns a reader needs; the others are not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Everything,
    Points,
}

const POINT_COLUMNS: [&str; 7] = ["position", "observed_at", "device", "measure", "value", "flag", "text"];
/// What a question can narrow by.
const QUERY_COLUMNS: [&str; 4] = ["observed_at", "device", "measure", "subject"];

fn schema() -> Schema {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Schema::new(vec![
        Field::new("position", DataType::Int64, false),
        Field::new("observed_at", time.clone(), false),
        Field::new("received_at", time, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("device", DataType::Utf8, false),
        Field::new("id", DataType::Utf8, false),
        Field::new("measure", DataType::Utf8, false),
        Field::new("value", DataType::Float64, true),
        Field::new("flag", DataType::Boolean, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("subject", DataType::Utf8, true),
        Field::new("late", DataType::Boolean, false),
        Field::new("clamped", DataType::Boolean, false),
    ])
}

fn batch(schema: &Arc<Schema>, rows: &[HistoryRow]) -> Result<RecordBatch, ArrowError> {
    let times = |time: fn(&HistoryRow) -> Instant| -> ArrayRef {
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|r| time(r).millis()));
        Arc::new(times.with_timezone("UTC"))
    };
    let texts = |text: fn(&HistoryRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(text)))
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
    let subject = |r: &HistoryRow| r.reading.subject.as_ref().map(Subject::to_string);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.position as i64))),
        times(|r| r.reading.observed_at),
        times(|r| r.received_at),
        texts(|r| r.source.as_str()),
        texts(|r| r.reading.device.as_str()),
        texts(|r| r.reading.id.as_str()),
        texts(|r| r.reading.measure.as_str()),
        Arc::new(rows.iter().map(|r| r.reading.value.number()).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| flag(&r.reading.value)).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|r| text(&r.reading.value)).collect::<StringArray>()),
        Arc::new(rows.iter().map(subject).collect::<StringArray>()),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(r.late)))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(r.clamped)))),
    ];
    RecordBatch::try_new(schema.clone(), columns)
}

pub(crate) fn write(rows: &[HistoryRow]) -> Result<Vec<u8>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_key_value_metadata(Some(vec![KeyValue::new(FORMAT_KEY.to_owned(), FORMAT.to_string())]));
    for column in ["position", "observed_at", "received_at"] {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    properties = properties
        .set_column_dictionary_enabled(ColumnPath::from("id"), false)
        .set_column_encoding(ColumnPath::from("id"), Encoding::DELTA_BYTE_ARRAY);
    let schema = Arc::new(schema());
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties.build()))?;
    for rows in rows.chunks(8_192) {
        writer.write(&batch(&schema, rows)?)?;
    }
    writer.into_inner()
}

/// Why a part cannot be read.
type ReadError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn read(
    bytes: impl parquet::file::reader::ChunkReader + 'static,
    area: &AreaId,
    query: &Arc<HistoryQuery>,
    only: Only,
) -> Result<Vec<HistoryRow>, ReadError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let metadata = builder.metadata().file_metadata();
    let format = metadata
        .key_value_metadata()
        .and_then(|all| all.iter().find(|kv| kv.key == FORMAT_KEY))
        .and_then(|kv| kv.value.as_ref()?.parse::<u32>().ok());
    match format {
        Some(format) if format <= FORMAT => {}
        Some(format) => return Err(format!("its format {format} is newer than this program knows").into()),
        None => return Err("it was not written by Linli".into()),
    }
    let file_schema = builder.parquet_schema();
    let wanted = match only {
        Only::Everything => ProjectionMask::all(),
        Only::Points => ProjectionMask::columns(file_schema, POINT_COLUMNS),
    };
    let filter = RowFilter::new(vec![Box::new(predicate(file_schema, query.clone()))]);
    let reader = builder.with_projection(wanted).with_row_filter(filter).build()?;
    let mut rows = vec![];
    for batch in reader {
        append_rows(&batch?, area, &mut rows)?;
    }
    Ok(rows)
}

/// Decides on the columns of the question alone; the others are decoded only where it says yes.
fn predicate(
    schema: &SchemaDescriptor,
    query: Arc<HistoryQuery>,
) -> ArrowPredicateFn<impl FnMut(RecordBatch) -> Result<BooleanArray, ArrowError> + use<>> {
    let devices: HashSet<String> = query.devices.iter().map(|d| d.0.clone()).collect();
    let measures: HashSet<String> = query.measures.iter().map(|m| m.0.clone()).collect();
    let subjects: HashSet<String> = query.subjects.iter().map(Subject::to_string).collect();
    let projection = ProjectionMask::columns(schema, QUERY_COLUMNS);
    ArrowPredicateFn::new(projection, move |batch| {
        let columns = Columns(&batch);
        let among = |wanted: &HashSet<String>, column: &StringArray, i: usize| {
            wanted.is_empty() || (column.is_valid(i) && wanted.contains(column.value(i)))
        };
        let matches = |i: usize| {
            let at = Instant(columns.times("observed_at")?.value(i));
            Ok::<_, ArrowError>(
                query.from <= at
                    && at < query.to
                    && among(&devices, columns.texts("device")?, i)
                    && among(&measures, columns.texts("measure")?, i)
                    && among(&subjects, columns.texts("subject")?, i),
            )
        };
        (0..batch.num_rows()).map(|i| matches(i).map(Some)).collect()
    })
}

/// The columns of a batch by name and type.
struct Columns<'a>(&'a RecordBatch);

impl<'a> Columns<'a> {
    fn get<T: 'static>(&self, name: &str) -> Result<&'a T, ArrowError> {
        self.find(name)
            .ok_or_else(|| ArrowError::SchemaError(format!("no column {name} of the expected type")))
    }
    fn find<T: 'static>(&self, name: &str) -> Option<&'a T> {
        self.0.column_by_name(name)?.as_any().downcast_ref::<T>()
    }
    fn times(&self, name: &str) -> Result<&'a TimestampMillisecondArray, ArrowError> {
        self.get(name)
    }
    fn texts(&self, name: &str) -> Result<&'a StringArray, ArrowError> {
        self.get(name)
    }
}

fn append_rows(batch: &RecordBatch, area: &AreaId, rows: &mut Vec<HistoryRow>) -> Result<(), ReadError> {
    let columns = Columns(batch);
    let position: &Int64Array = columns.get("position")?;
    let observed_at = columns.times("observed_at")?;
    let (device, measure) = (columns.texts("device")?, columns.texts("measure")?);
    let value: &Float64Array = columns.get("value")?;
    let flag: &BooleanArray = columns.get("flag")?;
    let text = columns.texts("text")?;
    // Columns that only a whole row has.
    let received_at: Option<&TimestampMillisecondArray> = columns.find("received_at");
    let texts = |name| columns.find::<StringArray>(name);
    let (source, id, subject) = (texts("source"), texts("id"), texts("subject"));
    let flags = |name| columns.find::<BooleanArray>(name);
    let (late, clamped) = (flags("late"), flags("clamped"));
    let said = |column: Option<&StringArray>, i| column.map(|c| c.value(i).to_owned()).unwrap_or_default();
    for i in 0..batch.num_rows() {
        let value = match (flag.is_valid(i), text.is_valid(i)) {
            (true, _) => Value::Flag(flag.value(i)),
            (false, true) => Value::Text(text.value(i).to_owned()),
            (false, false) => Value::Number(value.value(i)),
        };
        let subject = match subject {
            Some(column) if column.is_valid(i) => Some(column.value(i).parse()?),
            _ => None,
        };
        rows.push(HistoryRow {
            position: position.value(i) as Position,
            source: SourceId(said(source, i)),
            received_at: Instant(received_at.map_or(0, |c| c.value(i))),
            area: area.clone(),
            reading: Reading {
                id: ReadingId(said(id, i)),
                device: DeviceId::new(device.value(i)),
                observed_at: Instant(observed_at.value(i)),
                measure: Measure::new(measure.value(i)),
                value,
                subject,
            },
            late: late.is_some_and(|c| c.value(i)),
            clamped: clamped.is_some_and(|c| c.value(i)),
        });
    }
    Ok(())
}
