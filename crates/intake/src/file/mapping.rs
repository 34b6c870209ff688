//! The mapping of a file: which columns say what. TOML, documented in docs/formats.md.
//!
//! Invariants
//! - MG1 A mapping is data: it names columns, forms and bounds and computes nothing but a scale.
//! - MG2 What it does not know is refused by name; mistakes are collected.

use crate::file::times::TimeForm;
use jiff::tz::TimeZone;
use linli_model::{AreaId, AreaPath, DeviceClass, Diagnostic, Text, format::coordinate::Crs};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingKind {
    Readings,
    Cases,
    /// Labelled intervals, for evaluations.
    Intervals,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub name: String,
    pub kind: MappingKind,
    pub title: Text,
    /// Where the data come from and under which terms.
    pub provenance: String,
    /// Zone of wall-clock times in the file.
    pub zone: String,
    pub file: FileShape,
    #[serde(default)]
    pub check: Vec<Check>,
    /// Rows that repeat an earlier row exactly are counted and left out.
    #[serde(default)]
    pub drop_repeated_rows: bool,
    pub readings: Option<ReadingsMapping>,
    pub cases: Option<CasesMapping>,
    pub intervals: Option<IntervalsMapping>,
    /// Ground truth in the file, for evaluations only: never becomes a reading.
    pub label: Option<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileForm {
    Csv,
    Tsv,
    Ndjson,
    /// A workbook (XLSX), or a CSV as Excel saves it: comma, semicolon or tab, UTF-8 or GB 18030. Has a header.
    Sheet,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileShape {
    pub form: FileForm,
    /// Whether the first row names the columns.
    #[serde(default)]
    pub header: bool,
    /// The columns of a file without header; of NDJSON, the fields that are read.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// A bound that a number must keep.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub column: String,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// The largest value stands in this column of the same row.
    pub max_column: Option<String>,
    pub on_breach: OnBreach,
    /// snake_case code of the breach.
    pub code: String,
    pub message: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBreach {
    Quarantine,
    /// Accepted and counted under its code.
    Flag,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingsMapping {
    /// The source the readings are booked under.
    pub source: String,
    pub time: TimeColumn,
    /// Rows that last: the second time is the first plus a length.
    pub length_secs_column: Option<String>,
    pub device: DeviceMapping,
    pub reading: Vec<ReadingColumn>,
    #[serde(default)]
    pub member: Vec<Member>,
    pub id_column: Option<String>,
    pub subject_column: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    pub column: String,
    pub form: TimeForm,
}

/// What is registered for the devices of the file, where it is replayed on an installation of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceMapping {
    /// The device stands in this column; otherwise each `reading` names its own.
    pub column: Option<String>,
    /// Device ids are this and the column's text (or the column's name, when several columns are melted).
    #[serde(default)]
    pub prefix: String,
    pub class: DeviceClass,
    pub area: String,
    /// Wider areas of it, root first.
    #[serde(default)]
    pub area_above: Vec<String>,
    /// `{device}` stands for the device's id; none: the device itself.
    pub subject: Option<String>,
    pub capacity_column: Option<String>,
    pub silence_secs_max: Option<u32>,
    #[serde(default)]
    pub purpose: String,
}

/// One measure that a row gives, or several rows of it (melted columns).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingColumn {
    /// Code of the catalogue; or the column it stands in.
    pub measure: Option<String>,
    pub measure_column: Option<String>,
    /// The value's column; or a constant.
    pub column: Option<String>,
    /// Every column whose name begins so gives a reading of its own device, named after the column.
    pub column_prefix: Option<String>,
    pub constant: Option<Constant>,
    #[serde(default)]
    pub value: ValueForm,
    /// The value is multiplied with this, for units.
    #[serde(default = "one")]
    pub scale: f64,
    /// Only rows whose column has one of these texts.
    #[serde(default)]
    pub only: BTreeMap<String, Texts>,
    /// Not rows whose column has one of these texts.
    #[serde(default)]
    pub except: BTreeMap<String, Texts>,
    /// At the row's time, or at its end (rows that last).
    #[serde(default)]
    pub at: At,
}

fn one() -> f64 {
    1.0
}

/// One text, or a list of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    pub fn contains(&self, text: &str) -> bool {
        match self {
            Texts::One(one) => one == text,
            Texts::Many(many) => many.iter().any(|t| t == text),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    Flag(bool),
    Number(f64),
    Text(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueForm {
    #[default]
    Number,
    Flag,
    Text,
    /// true and false are flags, numbers numbers, anything else a text.
    Any,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    #[default]
    Start,
    End,
}

/// Somebody or something that a rule's population counts, where the file is replayed on an installation of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub population: String,
    pub subject: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub column: String,
    /// The texts (as numbers, where they are numbers) that mean yes.
    pub positive: f64,
}

/// Intervals in which something was so, as somebody labelled them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalsMapping {
    pub time: TimeColumn,
    pub length_secs_column: String,
    /// Only rows whose column has one of these texts.
    #[serde(default)]
    pub only: BTreeMap<String, Texts>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasesMapping {
    pub number: String,
    pub class: String,
    pub channel: Option<String>,
    pub agency: Option<String>,
    pub place: Option<String>,
    pub neighbourhood: Option<String>,
    pub outcome: Option<String>,
    pub status: String,
    /// The status texts (their beginnings) that mean closed.
    pub status_closed: Vec<String>,
    pub opened_at: String,
    pub due_at: String,
    pub closed_at: String,
    pub status_at: Option<String>,
    pub time: TimeForm,
    /// Other ways the file writes times, tried in order where the first does not fit.
    #[serde(default)]
    pub times_else: Vec<TimeForm>,
    pub lon: Option<String>,
    pub lat: Option<String>,
    /// What the coordinates are given in; none: WGS-84 or CGCS2000, which are the same here.
    pub crs: Option<Crs>,
    /// When it was taken on (立案), given to somebody (派遣), and reported as handled (处置完成).
    pub accepted_at: Option<String>,
    pub dispatched_at: Option<String>,
    pub handled_at: Option<String>,
    /// The status texts (their beginnings) that mean it came to nothing: 作废, 不予立案.
    #[serde(default)]
    pub status_void: Vec<String>,
    /// The file's words for classes, and our codes; a word that is not here stays as it is.
    #[serde(default)]
    pub classes: BTreeMap<String, String>,
    /// The column that says where, and the file's words with the codes of our areas.
    pub area: Option<String>,
    #[serde(default)]
    pub areas: BTreeMap<String, String>,
    /// The file's words of `outcome`: `solved`, `partly_solved`, `explained`, `not_found`, `false_alarm`.
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
    /// The reporter's word, and its words: `satisfied`, `mostly_satisfied`, `so_so`, `dissatisfied`. Others are silence.
    pub satisfied: Option<String>,
    #[serde(default)]
    pub satisfied_words: BTreeMap<String, String>,
    /// Whether the reporter was contacted first (先行联系). Words that are not here were not assessed (未评价).
    pub contacted: Option<String>,
    #[serde(default)]
    pub contacted_words: BTreeMap<String, bool>,
    /// The rows are orders of this channel (`hotline_12345`), under the numbers they have there: one that somebody filed
    /// here already is the same case.
    pub orders_of: Option<String>,
    /// The day the file was made, at its first moment: what is open and was due before it is overdue.
    pub as_of: String,
}

impl Mapping {
    /// Reads a mapping, with everything that is wrong with it.
    pub fn check(text: &str) -> Result<Mapping, Vec<Diagnostic>> {
        let mapping: Mapping = toml::from_str(text).map_err(|wrong| {
            let message = wrong.message().trim();
            let diagnostic = Diagnostic::new(
                "mapping_malformed",
                "",
                format!("映射文件无法读取:{message}"),
                format!("the mapping cannot be read: {message}"),
            );
            let at = wrong.span().map(|span| line_and_column(text, span.start));
            vec![at.map_or(diagnostic.clone(), |(line, column)| diagnostic.at(line, column))]
        })?;
        let wrong = mapping.mistakes();
        if wrong.is_empty() { Ok(mapping) } else { Err(wrong) }
    }

    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let mut expect = |holds: bool, field: &str, zh: &str, en: &str| {
            if !holds {
                wrong.push(Diagnostic::new("mapping_wrong", field, zh, en));
            }
        };
        let zone = TimeZone::get(&self.zone).is_ok();
        expect(zone, "zone", "应为时区名,如 Asia/Shanghai", "expected a zone name like Asia/Shanghai");
        let named = self.file.header || !self.file.columns.is_empty();
        expect(
            named,
            "file.columns",
            "没有表头的文件需列出各列名",
            "a file without header needs its columns named",
        );
        let sections = [
            (MappingKind::Readings, self.readings.is_some()),
            (MappingKind::Cases, self.cases.is_some()),
            (MappingKind::Intervals, self.intervals.is_some()),
        ];
        expect(
            sections.iter().all(|(kind, there)| (*kind == self.kind) == *there),
            "kind",
            "应恰有与 kind 同名的一节:[readings]、[cases] 或 [intervals]",
            "expected exactly the section that kind names: [readings], [cases] or [intervals]",
        );
        for check in &self.check {
            let bounded = check.min.is_some() || check.max.is_some() || check.max_column.is_some();
            expect(bounded, "check", "应给出 min、max 或 max_column", "expected min, max or max_column");
        }
        for column in self.readings.iter().flat_map(|r| &r.reading) {
            let measures = [&column.measure, &column.measure_column].iter().filter(|c| c.is_some()).count();
            expect(
                measures == 1,
                "readings.reading",
                "measure 与 measure_column 应恰有其一",
                "expected one of measure and measure_column",
            );
            let finite = column.scale.is_finite()
                && !matches!(column.constant, Some(Constant::Number(n)) if !n.is_finite());
            expect(
                finite,
                "readings.reading",
                "scale 与 constant 应为有限的数",
                "expected finite numbers for scale and constant",
            );
            let values = [column.column.is_some(), column.column_prefix.is_some(), column.constant.is_some()];
            let values = values.iter().filter(|v| **v).count();
            expect(
                values == 1,
                "readings.reading",
                "column、column_prefix、constant 应恰有其一",
                "expected one of column, column_prefix and constant",
            );
        }
        wrong
    }

    /// The zone, which [`check`](Mapping::check) found to exist.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

impl DeviceMapping {
    pub fn area_path(&self) -> (AreaId, AreaPath) {
        let id = AreaId::new(&self.area);
        let mut ids = self.area_above.iter().map(AreaId::new).chain([id.clone()]);
        // There is always the area itself.
        let root = ids.next().unwrap_or_else(|| id.clone());
        let path = ids.fold(AreaPath::root(&root), |path, id| path.child(&id));
        (id, path)
    }
}

fn line_and_column(text: &str, byte: usize) -> (u32, u32) {
    let before = &text[..byte.min(text.len())];
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        match Mapping::check(text) {
            Ok(_) => vec![],
            Err(wrong) => {
                wrong.into_iter().map(|d| format!("{} {:?} {}", d.field, d.span, d.message.en)).collect()
            }
        }
    }

    const GOOD: &str = r#"
name = "x"
kind = "readings"
title = { zh = "x", en = "x" }
provenance = "x"
zone = "UTC"
[file]
form = "csv"
header = true
[readings]
source = "s"
time = { column = "t", form = "epoch_secs" }
[readings.device]
column = "d"
class = "other"
area = "a"
[[readings.reading]]
measure = "m"
column = "v"
"#;

    #[test]
    fn a_mapping_names_what_it_does_not_know_with_its_line() {
        assert!(mistakes(GOOD).is_empty());
        let wrong = mistakes(&GOOD.replace("measure = \"m\"", "measur = \"m\""));
        assert!(
            wrong.len() == 1 && wrong[0].contains("line: 18") && wrong[0].contains("measur"),
            "{wrong:?}"
        );
    }

    #[test]
    fn all_mistakes_of_a_mapping_are_told_at_once() {
        let text = GOOD.replace("\"UTC\"", "\"Mars/Phobos\"").replace("header = true", "header = false");
        let text = text.replace("column = \"v\"", "column = \"v\"\nconstant = 1");
        let fields: Vec<_> =
            mistakes(&text).iter().map(|w| w.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(fields, ["zone", "file.columns", "readings.reading"]);
        assert_eq!(mistakes(&GOOD.replace("kind = \"readings\"", "kind = \"cases\"")).len(), 1);
    }
}
