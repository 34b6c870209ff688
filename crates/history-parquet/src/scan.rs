//! Parts to blocks of rows with numbers for texts: what a backtest reads.
//!
//! Of a part in format 2 only the pages of the measures asked for are fetched, of the columns these need; texts are read as
//! numbers of the file's dictionaries, and each dictionary is translated once.

use crate::{
    ParquetHistory,
    columns::{Kept, ReadError, Run, format_of, runs_of, schema},
    fault::unreadable,
    object::Object,
    part::Folder,
    repeats::judge_old,
    rows::{self, Only},
};
use arrow::{
    array::{
        Array, AsArray, BooleanArray, DictionaryArray, Float64Array, RecordBatch, TimestampMillisecondArray,
    },
    datatypes::{Float64Type, Int32Type, TimestampMillisecondType},
};
use linli_history::{CLOCK_AHEAD_MAX, HistoryQuery, Scan, ScanQuery, memory::numbered};
use linli_model::{
    Block, Fault, Instant, Names, Row,
    numbered::{NO_NUMBER, Table, ValueKind},
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
        },
    },
    file::metadata::{
        PageIndexPolicy, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
    },
};
use std::{collections::HashSet, ops::Range, sync::Arc};

/// Rows decoded at once.
const BATCH: usize = 8_192;

pub(crate) struct ParquetScan<'a> {
    history: &'a ParquetHistory,
    wanted: Wanted,
    /// The days to come, the next one last.
    folders: Vec<Folder>,
    names: Names,
}

/// What is asked for, with the numbers of the scan.
struct Wanted {
    query: ScanQuery,
    devices: HashSet<u32>,
    /// One instance for all files.
    schema: arrow::datatypes::SchemaRef,
    metadata: ParquetMetaDataOptions,
}

impl<'a> ParquetScan<'a> {
    pub(crate) fn of(history: &'a ParquetHistory, query: &ScanQuery) -> ParquetScan<'a> {
        let mut names = Names::default();
        let devices = query.devices.iter().map(|d| names.devices.number(d.as_str())).collect();
        let days = HistoryQuery::between(query.from, query.to).in_area(query.area.clone());
        let mut folders: Vec<Folder> = history.folders_for(&days).into_iter().map(|f| f.0).collect();
        folders.sort_by_key(|f| std::cmp::Reverse(f.day));
        let skip = ParquetStatisticsPolicy::SkipAll;
        let metadata = ParquetMetaDataOptions::new()
            .with_column_stats_policy(skip.clone())
            .with_size_stats_policy(skip.clone())
            .with_encoding_stats_policy(skip);
        let wanted = Wanted { query: query.clone(), devices, schema: schema(2, true), metadata };
        ParquetScan { history, wanted, folders, names }
    }

    /// None: a part was joined into another meanwhile.
    fn day(&mut self, folder: &Folder) -> Result<Option<Vec<Row>>, Fault> {
        let mut rows = Vec::new();
        let mut old = Vec::new();
        for part in self.history.parts_of(folder) {
            let Some(object) = self.history.object_of(folder, &part)? else { return Ok(None) };
            let read = self.wanted.part(object, folder, &mut self.names, &mut rows, &mut old);
            read.map_err(|e| unreadable(folder, part.range, &e))?;
        }
        judge_old(&mut old);
        let of_old = old.iter().filter(|k| k.counts() && self.wanted.query.matches(&k.row));
        rows.extend(of_old.map(|k| numbered(&k.row, &mut self.names)));
        Ok(Some(rows))
    }
}

impl Scan for ParquetScan<'_> {
    fn next_day(&mut self) -> Result<Option<Block>, Fault> {
        while let Some(folder) = self.folders.pop() {
            let mut attempts = 0;
            let rows = loop {
                match self.day(&folder)? {
                    Some(rows) => break rows,
                    None if attempts < crate::reading::READ_ATTEMPTS_MAX => attempts += 1,
                    None => return Err(crate::fault::rewritten_too_fast()),
                }
            };
            if !rows.is_empty() {
                return Ok(Some(Block { day: folder.day, rows }));
            }
        }
        Ok(None)
    }

    fn names(&self) -> &Names {
        &self.names
    }
}

impl Wanted {
    /// The rows of a part that are asked for and count; those of format 1 go to `old`.
    fn part(
        &self,
        object: Object,
        folder: &Folder,
        names: &mut Names,
        rows: &mut Vec<Row>,
        old: &mut Vec<Kept>,
    ) -> Result<(), ReadError> {
        let metadata = ParquetMetaDataReader::new()
            .with_column_index_policy(PageIndexPolicy::Skip)
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_metadata_options(Some(self.metadata.clone()))
            .parse_and_finish(&object)?;
        if format_of(metadata.file_metadata())? < 2 {
            let all = Arc::new(HistoryQuery::between(Instant::MIN, Instant::MAX));
            old.extend(rows::read(object, &folder.area, &all, Only::Everything)?);
            return Ok(());
        }
        let runs = runs_of(metadata.file_metadata())?;
        let all: usize = runs.iter().map(|r| r.rows).sum();
        let named = |run: &Run| self.query.measures.iter().any(|m| m.as_str() == run.measure);
        let read: Vec<&Run> = runs.iter().filter(|run| !self.devices.is_empty() || named(run)).collect();
        let n: usize = read.iter().map(|r| r.rows).sum();
        if n == 0 {
            return Ok(());
        }
        let options = ArrowReaderOptions::new().with_schema(self.schema.clone());
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(object, metadata);
        let columns = ProjectionMask::columns(builder.parquet_schema(), columns_for(&read));
        let mut builder = builder.with_projection(columns).with_batch_size(n.min(BATCH));
        if n < all {
            let ranges = read.iter().map(|r| r.first..r.first + r.rows);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges, all));
        }
        rows.reserve(n);
        let mut at = Place::default();
        for batch in builder.build()? {
            let batch = batch?;
            let decoded = Decoded::of(&batch, names)?;
            for (run, span) in at.runs_in(&read, batch.num_rows()) {
                let measure = names.measures.number(run.measure.as_str());
                self.take(&decoded, span, (measure, named(run)), rows);
            }
        }
        Ok(())
    }

    fn take(
        &self,
        decoded: &Decoded<'_>,
        span: Range<usize>,
        (measure, named): (u32, bool),
        rows: &mut Vec<Row>,
    ) {
        let (from, to) = (self.query.from, self.query.to);
        for i in span {
            let row = decoded.row(i, measure);
            let at = row.at(CLOCK_AHEAD_MAX);
            let asked = named || self.devices.contains(&row.device);
            if asked && from <= at && at < to && decoded.counts(i) {
                rows.push(row);
            }
        }
    }
}

/// What the rows of these runs need to be read.
fn columns_for(runs: &[&Run]) -> impl Iterator<Item = &'static str> {
    let any = |has: fn(&Run) -> bool| runs.iter().any(|r| has(r));
    let columns = [
        ("observed_at", true),
        ("received_at", true),
        ("source", true),
        ("device", true),
        ("value", true),
        ("flag", any(|r| r.flags)),
        ("text", any(|r| r.texts)),
        ("subject", any(|r| r.subjects)),
        ("clamped", any(|r| r.clamped)),
        ("counts", any(|r| r.repeats)),
    ];
    columns.into_iter().filter(|c| c.1).map(|c| c.0)
}

/// How far the runs were read.
#[derive(Default)]
struct Place {
    run: usize,
    row: usize,
}

impl Place {
    /// Which rows of the next `n` are which run's.
    fn runs_in<'r>(&mut self, runs: &[&'r Run], n: usize) -> Vec<(&'r Run, Range<usize>)> {
        let (mut spans, mut done) = (Vec::new(), 0);
        while done < n {
            let Some(run) = runs.get(self.run) else { break };
            let take = (run.rows - self.row).min(n - done);
            spans.push((*run, done..done + take));
            done += take;
            self.row += take;
            if self.row == run.rows {
                (self.run, self.row) = (self.run + 1, 0);
            }
        }
        spans
    }
}

/// A column of texts: numbers of the file's dictionary, and what they are in the scan.
struct Texts<'b> {
    column: &'b DictionaryArray<Int32Type>,
    numbers: Vec<u32>,
}

impl<'b> Texts<'b> {
    fn of(batch: &'b RecordBatch, name: &str, table: &mut Table) -> Result<Option<Self>, ReadError> {
        let Some(column) = batch.column_by_name(name) else { return Ok(None) };
        let column = column.as_dictionary_opt::<Int32Type>().ok_or("a column of texts has no dictionary")?;
        let texts = column.values().as_string_opt::<i32>().ok_or("a dictionary has no texts")?;
        let numbers = texts.iter().map(|t| table.number(t.unwrap_or_default())).collect();
        Ok(Some(Texts { column, numbers }))
    }
    fn number(&self, i: usize) -> u32 {
        if self.column.is_null(i) {
            return NO_NUMBER;
        }
        let key = self.column.keys().value(i);
        self.numbers.get(key as usize).copied().unwrap_or(NO_NUMBER)
    }
}

/// A batch, column by column; columns that no row needs are not there.
struct Decoded<'b> {
    observed_at: &'b TimestampMillisecondArray,
    received_at: &'b TimestampMillisecondArray,
    value: &'b Float64Array,
    source: Texts<'b>,
    device: Texts<'b>,
    text: Option<Texts<'b>>,
    subject: Option<Texts<'b>>,
    flag: Option<&'b BooleanArray>,
    clamped: Option<&'b BooleanArray>,
    counts: Option<&'b BooleanArray>,
}

impl<'b> Decoded<'b> {
    fn of(batch: &'b RecordBatch, names: &mut Names) -> Result<Self, ReadError> {
        let times = |name: &str| {
            let found =
                batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>());
            found.ok_or_else(|| ReadError::from(format!("no times {name}")))
        };
        let flags = |name: &str| batch.column_by_name(name).and_then(|c| c.as_boolean_opt());
        let value = batch.column_by_name("value").and_then(|c| c.as_primitive_opt::<Float64Type>());
        Ok(Decoded {
            observed_at: times("observed_at")?,
            received_at: times("received_at")?,
            value: value.ok_or("no values")?,
            source: Texts::of(batch, "source", &mut names.sources)?.ok_or("no sources")?,
            device: Texts::of(batch, "device", &mut names.devices)?.ok_or("no devices")?,
            text: Texts::of(batch, "text", &mut names.texts)?,
            subject: Texts::of(batch, "subject", &mut names.subjects)?,
            flag: flags("flag"),
            clamped: flags("clamped"),
            counts: flags("counts"),
        })
    }

    fn row(&self, i: usize, measure: u32) -> Row {
        let text = self.text.as_ref().map_or(NO_NUMBER, |t| t.number(i));
        let (kind, value) = match text {
            NO_NUMBER if self.flag.is_some_and(|f| f.is_valid(i)) => (ValueKind::Flag, self.value.value(i)),
            NO_NUMBER => (ValueKind::Number, self.value.value(i)),
            text => (ValueKind::Text, f64::from(text)),
        };
        Row {
            observed_at: Instant(self.observed_at.value(i)),
            received_at: Instant(self.received_at.value(i)),
            value,
            source: self.source.number(i),
            device: self.device.number(i),
            measure,
            subject: self.subject.as_ref().map_or(NO_NUMBER, |s| s.number(i)),
            kind,
            clamped: self.clamped.is_some_and(|c| c.value(i)),
        }
    }

    fn counts(&self, i: usize) -> bool {
        self.counts.is_none_or(|c| c.value(i))
    }
}
