//! Whole rows out of a file: for pages and charts, and for joining parts.

use crate::columns::{Kept, ReadError, format_of, runs_of, schema};
use arrow::{
    array::{
        Array, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    },
    error::ArrowError,
};
use linli_history::{CLOCK_AHEAD_MAX, HistoryQuery, HistoryRow};
use linli_model::{
    AreaId, DeviceId, Instant, Measure, Position, Reading, ReadingId, SourceId, Subject, Value,
    numbered::event_time,
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
            RowFilter, RowSelection,
        },
    },
    file::metadata::{PageIndexPolicy, ParquetMetaDataReader},
    file::reader::ChunkReader,
    schema::types::SchemaDescriptor,
};
use std::{collections::HashSet, ops::Range, sync::Arc};

/// Which columns a reader needs; the others are not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Everything,
    Points,
}

const POINT_COLUMNS: [&str; 7] = ["position", "observed_at", "device", "measure", "value", "flag", "text"];
/// What a question can narrow by.
const QUERY_COLUMNS: [&str; 6] = ["observed_at", "received_at", "clamped", "device", "measure", "subject"];

pub(crate) fn read(
    bytes: impl ChunkReader + 'static,
    area: &AreaId,
    query: &Arc<HistoryQuery>,
    only: Only,
) -> Result<Vec<Kept>, ReadError> {
    let metadata = ParquetMetaDataReader::new()
        .with_column_index_policy(PageIndexPolicy::Skip)
        .with_offset_index_policy(PageIndexPolicy::Optional)
        .parse_and_finish(&bytes)?;
    let format = format_of(metadata.file_metadata())?;
    let selection = match format {
        1 => None,
        _ => {
            let runs = runs_of(metadata.file_metadata())?;
            let wanted =
                |m: &str| query.measures.is_empty() || query.measures.iter().any(|q| q.as_str() == m);
            let ranges: Vec<Range<usize>> =
                runs.iter().filter(|r| wanted(&r.measure)).map(|r| r.first..r.first + r.rows).collect();
            if ranges.is_empty() {
                return Ok(Vec::new());
            }
            let all = runs.iter().map(|r| r.rows).sum();
            Some(RowSelection::from_consecutive_ranges(ranges.into_iter(), all))
        }
    };
    let options = ArrowReaderOptions::new().with_schema(schema(format, false));
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options)?;
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata);
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
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
        let (observed_at, received_at) = (columns.times("observed_at")?, columns.times("received_at")?);
        let clamped: &BooleanArray = columns.get("clamped")?;
        let (device, measure) = (columns.texts("device")?, columns.texts("measure")?);
        let subject = columns.texts("subject")?;
        let matches = |i: usize| {
            let (observed, received) = (Instant(observed_at.value(i)), Instant(received_at.value(i)));
            let at = event_time(observed, received, clamped.value(i), CLOCK_AHEAD_MAX);
            query.from <= at
                && at < query.to
                && among(&devices, device, i)
                && among(&measures, measure, i)
                && among(&subjects, subject, i)
        };
        Ok((0..batch.num_rows()).map(|i| Some(matches(i))).collect())
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

fn append_rows(batch: &RecordBatch, area: &AreaId, rows: &mut Vec<Kept>) -> Result<(), ReadError> {
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
    let (late, clamped, counts) = (flags("late"), flags("clamped"), flags("counts"));
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
        let row = HistoryRow {
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
        };
        rows.push(Kept { row, counts: counts.map(|c| c.value(i)) });
    }
    Ok(())
}
