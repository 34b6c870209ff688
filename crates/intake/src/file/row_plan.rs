//! A readings mapping against a table: from a row to its readings, or to what is wrong with it.
//!
//! Invariants
//! - PN1 A plan that exists found every column its mapping names; a column that is missing is told by name, all at once.

use crate::{
    file::{
        mapping::{At, Check, Constant, Mapping, OnBreach, ReadingColumn, ReadingsMapping, Texts, ValueForm},
        table::{Table, TableRow, missing_column},
        times::NotATime,
    },
    judge::content_id,
};
use jiff::tz::TimeZone;
use linli_model::{
    Device, DeviceId, DeviceState, Diagnostic, Instant, Measure, Millis, QuarantineReason, Reading,
    ReadingId, SourceId, Subject, SubjectKind, Value,
};
use std::collections::BTreeMap;

/// A mapping whose columns were found in the table.
pub(super) struct Plan<'a> {
    readings: &'a ReadingsMapping,
    checks: Vec<(&'a Check, usize, Option<usize>)>,
    zone: TimeZone,
    time: usize,
    length: Option<usize>,
    device: Option<usize>,
    capacity: Option<usize>,
    id: Option<usize>,
    subject: Option<usize>,
    columns: Vec<Column<'a>>,
    label: Option<(usize, f64)>,
}

/// One value of a row: where it stands, and which device and measure it belongs to.
struct Column<'a> {
    mapping: &'a ReadingColumn,
    value: Option<usize>,
    measure: Option<usize>,
    /// The column's own name, when columns are melted into devices.
    melted: Option<String>,
    only: Vec<(usize, &'a Texts)>,
    except: Vec<(usize, &'a Texts)>,
}

type RowWrong = (QuarantineReason, Diagnostic);

impl<'a> Plan<'a> {
    pub(super) fn check(
        mapping: &'a Mapping,
        readings: &'a ReadingsMapping,
        table: &Table,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut missing = Vec::new();
        let mut find = |name: &str| {
            table.find_column(name).unwrap_or_else(|| {
                missing.push(missing_column(name, table));
                0
            })
        };
        let mut columns = Vec::new();
        for reading in &readings.reading {
            let mut conditions = |map: &'a BTreeMap<String, Texts>| -> Vec<(usize, &'a Texts)> {
                map.iter().map(|(column, texts)| (find(column), texts)).collect()
            };
            let (only, except) = (conditions(&reading.only), conditions(&reading.except));
            let measure = reading.measure_column.as_deref().map(&mut find);
            let column = |value, melted| Column {
                mapping: reading,
                value,
                measure,
                melted,
                only: only.clone(),
                except: except.clone(),
            };
            match &reading.column_prefix {
                Some(prefix) => {
                    let melted = table
                        .columns
                        .iter()
                        .enumerate()
                        .filter(|(_, name)| name.starts_with(prefix.as_str()));
                    columns.extend(melted.map(|(at, name)| column(Some(at), Some(name.clone()))));
                }
                None => columns.push(column(reading.column.as_deref().map(&mut find), None)),
            }
        }
        let plan = Plan {
            readings,
            checks: mapping
                .check
                .iter()
                .map(|c| (c, find(&c.column), c.max_column.as_deref().map(&mut find)))
                .collect(),
            zone: mapping.time_zone(),
            time: find(&readings.time.column),
            length: readings.length_secs_column.as_deref().map(&mut find),
            device: readings.device.column.as_deref().map(&mut find),
            capacity: readings.device.capacity_column.as_deref().map(&mut find),
            id: readings.id_column.as_deref().map(&mut find),
            subject: readings.subject_column.as_deref().map(&mut find),
            label: mapping.label.as_ref().map(|l| (find(&l.column), l.positive)),
            columns,
        };
        if missing.is_empty() { Ok(plan) } else { Err(missing) }
    }

    /// The readings of a row, with the code of a check it broke and is still accepted.
    pub(super) fn judge(&self, row: &TableRow) -> Result<(Option<String>, Vec<Reading>), RowWrong> {
        let start = self.time(row)?;
        let end = match self.length {
            None => start,
            Some(column) => {
                let secs = self.number(row, column)?;
                let end = start + Millis((secs * 1_000.0) as i64);
                if !end.is_in_calendar() {
                    return Err(self.wrong(
                        row,
                        "time_unreadable",
                        &self.readings.time.column,
                        "加上时长后超出日历",
                        "with its length it lies beyond the calendar",
                    ));
                }
                end
            }
        };
        let flag = self.checked(row)?;
        let mut readings = Vec::new();
        for column in &self.columns {
            let has = |(at, texts): &(usize, &Texts)| texts.contains(&row.fields[*at]);
            if !column.only.iter().all(has) || column.except.iter().any(has) {
                continue;
            }
            let value = self.value(row, column)?;
            let device = self.device_id(row, column);
            let at = if column.mapping.at == At::Start { start } else { end };
            let measure =
                column.measure.map(|at| row.fields[at].as_str()).or(column.mapping.measure.as_deref());
            let measure = Measure::new(measure.unwrap_or_default());
            let subject = match self.subject.map(|at| row.fields[at].as_str()).filter(|s| !s.is_empty()) {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| {
                    self.wrong(row, "subject_unreadable", "subject", "应为 种类:编号", "expected kind:id")
                })?),
            };
            let id = match self.id.map(|at| &row.fields[at]).filter(|id| !id.is_empty()) {
                Some(id) => ReadingId::new(id),
                None => content_id(&device, at, &measure, &value, subject.as_ref()),
            };
            readings.push(Reading { id, device, observed_at: at, measure, value, subject });
        }
        Ok((flag, readings))
    }

    fn time(&self, row: &TableRow) -> Result<Instant, RowWrong> {
        let text = &row.fields[self.time];
        self.readings.time.form.read(text, &self.zone).map_err(|e| match e {
            NotATime::Form => self.wrong(
                row,
                "time_unreadable",
                &self.readings.time.column,
                "时间与映射中的格式不符",
                "the time is not written as the mapping says",
            ),
            NotATime::Skipped(_) => self.wrong(
                row,
                "time_skipped",
                &self.readings.time.column,
                "该时刻在夏令时切换时不存在",
                "the clocks never showed this time",
            ),
        })
    }

    fn checked(&self, row: &TableRow) -> Result<Option<String>, RowWrong> {
        let mut flag = None;
        for (check, column, max_column) in &self.checks {
            let value = self.number(row, *column)?;
            let max = match max_column {
                Some(max) => Some(self.number(row, *max)?),
                None => check.max,
            };
            if check.min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max) {
                continue;
            }
            match check.on_breach {
                OnBreach::Flag => flag = Some(check.code.clone()),
                OnBreach::Quarantine => {
                    let field = format!("rows[{}].{}", row.number, check.column);
                    let (zh, en) = (check.message.zh.clone(), check.message.en.clone());
                    let diagnostic = Diagnostic::new(&check.code, field, zh, en);
                    return Err((QuarantineReason::ValueOutOfRange, diagnostic));
                }
            }
        }
        Ok(flag)
    }

    fn value(&self, row: &TableRow, column: &Column<'_>) -> Result<Value, RowWrong> {
        let Some(at) = column.value else {
            return Ok(match &column.mapping.constant {
                Some(Constant::Flag(b)) => Value::Flag(*b),
                Some(Constant::Number(n)) => Value::Number(*n),
                Some(Constant::Text(s)) => Value::Text(s.clone()),
                None => Value::Flag(true),
            });
        };
        let text = row.fields[at].as_str();
        let flag = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        };
        match column.mapping.value {
            ValueForm::Text => Ok(Value::Text(text.to_owned())),
            ValueForm::Number => self.scaled(row, at, self.number(row, at)?, column),
            ValueForm::Flag => match (flag, text.parse::<f64>()) {
                (Some(b), _) => Ok(Value::Flag(b)),
                (None, Ok(n)) if n == 0.0 || n == 1.0 => Ok(Value::Flag(n == 1.0)),
                _ => Err(self.wrong(
                    row,
                    "value_kind",
                    &format!("column {at}"),
                    "应为 0/1 或 true/false",
                    "expected 0/1 or true/false",
                )),
            },
            ValueForm::Any => match (flag, text.parse::<f64>()) {
                (Some(b), _) => Ok(Value::Flag(b)),
                (None, Ok(n)) if n.is_finite() => self.scaled(row, at, n, column),
                _ => Ok(Value::Text(text.to_owned())),
            },
        }
    }

    /// A number in the measure's unit; one that is finite in the file's may not be in ours (IK5).
    fn scaled(&self, row: &TableRow, at: usize, n: f64, column: &Column<'_>) -> Result<Value, RowWrong> {
        let n = n * column.mapping.scale;
        if n.is_finite() { Ok(Value::Number(n)) } else { Err(self.not_finite(row, at)) }
    }

    fn number(&self, row: &TableRow, column: usize) -> Result<f64, RowWrong> {
        match row.fields[column].parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(n),
            _ => Err(self.not_finite(row, column)),
        }
    }

    fn not_finite(&self, row: &TableRow, column: usize) -> RowWrong {
        let field = format!("column {}", column + 1);
        self.wrong(row, "value_kind", &field, "应为有限的数值", "expected a finite number")
    }

    fn wrong(&self, row: &TableRow, code: &str, field: &str, zh: &str, en: &str) -> RowWrong {
        let field = format!("rows[{}].{field}", row.number);
        (QuarantineReason::Malformed, Diagnostic::new(code, field, zh, en))
    }

    fn device_id(&self, row: &TableRow, column: &Column<'_>) -> DeviceId {
        let own = match (&column.melted, self.device) {
            (Some(name), _) => name.as_str(),
            (None, Some(at)) => row.fields[at].as_str(),
            (None, None) => "",
        };
        DeviceId(format!("{}{own}", self.readings.device.prefix))
    }

    pub(super) fn label(&self, row: &TableRow) -> Option<(Instant, bool)> {
        let (column, positive) = self.label?;
        let at = self.time(row).ok()?;
        Some((at, row.fields[column].parse::<f64>().is_ok_and(|n| n == positive)))
    }

    pub(super) fn register(&self, row: &TableRow, reading: &Reading, devices: &mut BTreeMap<String, Device>) {
        let mapping = &self.readings.device;
        let device = devices.entry(reading.device.0.clone()).or_insert_with(|| {
            let (area, area_path) = mapping.area_path();
            let subject = match &mapping.subject {
                None => Some(Subject::new(SubjectKind::Device, reading.device.as_str())),
                Some(template) => template.replace("{device}", reading.device.as_str()).parse().ok(),
            };
            Device {
                id: reading.device.clone(),
                class: mapping.class,
                name: reading.device.0.clone(),
                area,
                area_path,
                source: SourceId::new(&self.readings.source),
                subject,
                measures: Vec::new(),
                silence_secs_max: mapping.silence_secs_max,
                capacity: self
                    .capacity
                    .and_then(|at| row.fields[at].parse().ok())
                    .filter(|capacity: &f64| capacity.is_finite()),
                lon: None,
                lat: None,
                purpose: mapping.purpose.clone(),
                state: DeviceState::Active,
                valid_from: reading.observed_at,
            }
        });
        if !device.measures.contains(&reading.measure) {
            device.measures.push(reading.measure.clone());
        }
    }
}
