//! Rows of a file that are cases of the past: with their promised time and what became of it.
//!
//! Invariants
//! - FC1 Every row falls into exactly one [`PromiseState`]; the counts add up to the rows.
//! - FC2 A row that contradicts itself is imported and says so ([`ImportedCase::oddities`]); nothing is straightened.

use crate::file::{
    mapping::{CasesMapping, Mapping},
    table::{Table, TableRow, missing_column, read_table},
    times::{NotATime, TimeForm},
};
use jiff::tz::TimeZone;
use linli_model::{Diagnostic, Instant, format::coordinate::to_stored};
use serde::Serialize;
use std::{collections::BTreeMap, io::Read};

/// What became of the promised time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// Closed by the promised time.
    Kept,
    /// Closed after it.
    Broken,
    /// Not closed, and the promised time was past when the file was made.
    OpenOverdue,
    OpenInTime,
    /// Closed; nothing was promised.
    ClosedWithoutPromise,
    /// Not closed, and nothing was promised.
    OpenWithoutPromise,
    /// Came to nothing, whatever was promised.
    Void,
}

/// A case as the file tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportedCase {
    pub row: u32,
    pub number: String,
    pub class: String,
    pub channel: Option<String>,
    pub agency: Option<String>,
    pub place: Option<String>,
    pub neighbourhood: Option<String>,
    pub outcome: Option<String>,
    pub status: String,
    pub closed: bool,
    /// Came to nothing: its promise counts in nobody's.
    pub void: bool,
    /// The code of our area, where the mapping knows the file's word for it.
    pub area: Option<String>,
    pub accepted_at: Option<Instant>,
    pub dispatched_at: Option<Instant>,
    pub handled_at: Option<Instant>,
    /// Codes of ours, where the mapping knows the file's words.
    pub outcome_code: Option<String>,
    pub satisfied: Option<String>,
    pub contacted: Option<bool>,
    pub opened_at: Instant,
    pub due_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub promise: PromiseState,
    /// snake_case codes of what does not fit together in this row.
    pub oddities: Vec<&'static str>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseReport {
    pub rows: u64,
    pub imported: u64,
    pub quarantined: Vec<Diagnostic>,
    pub promises: BTreeMap<PromiseState, u64>,
    pub oddities: BTreeMap<&'static str, u64>,
    pub statuses: BTreeMap<String, u64>,
    /// The first moment of the day the file was made.
    pub as_of: Instant,
    #[serde(skip)]
    pub cases: Vec<ImportedCase>,
}

/// Reads a file of cases through its mapping.
pub fn read_cases(mapping: &Mapping, reader: impl Read) -> Result<CaseReport, Vec<Diagnostic>> {
    let Some(cases) = &mapping.cases else { return Err(not_of_cases()) };
    let table = read_table(&mapping.file, reader).map_err(|d| vec![d])?;
    cases_of_table(mapping, cases, &table)
}

/// Reads a table of cases that was opened elsewhere (a workbook).
pub fn read_cases_of(mapping: &Mapping, table: &Table) -> Result<CaseReport, Vec<Diagnostic>> {
    match &mapping.cases {
        Some(cases) => cases_of_table(mapping, cases, table),
        None => Err(not_of_cases()),
    }
}

fn not_of_cases() -> Vec<Diagnostic> {
    let (zh, en) = ("此映射不是案件映射。", "This mapping is not one of cases.");
    vec![Diagnostic::new("mapping_kind", "kind", zh, en)]
}

fn cases_of_table(
    mapping: &Mapping,
    cases: &CasesMapping,
    table: &Table,
) -> Result<CaseReport, Vec<Diagnostic>> {
    let plan = Plan::check(cases, mapping.time_zone(), table)?;
    let mut report = CaseReport { rows: table.rows.len() as u64, as_of: plan.as_of, ..CaseReport::default() };
    for row in &table.rows {
        let case = match row {
            Ok(row) => plan.case(row),
            Err(breach) => Err(breach.diagnostic.clone()),
        };
        match case {
            Err(diagnostic) => report.quarantined.push(diagnostic),
            Ok(case) => {
                *report.promises.entry(case.promise).or_default() += 1;
                *report.statuses.entry(case.status.clone()).or_default() += 1;
                for oddity in &case.oddities {
                    *report.oddities.entry(oddity).or_default() += 1;
                }
                report.cases.push(case);
            }
        }
    }
    report.imported = report.cases.len() as u64;
    Ok(report)
}

struct Plan<'a> {
    mapping: &'a CasesMapping,
    zone: TimeZone,
    as_of: Instant,
    number: usize,
    class: usize,
    status: usize,
    opened_at: usize,
    due_at: usize,
    closed_at: usize,
    status_at: Option<usize>,
    channel: Option<usize>,
    agency: Option<usize>,
    place: Option<usize>,
    neighbourhood: Option<usize>,
    outcome: Option<usize>,
    lon: Option<usize>,
    lat: Option<usize>,
    accepted_at: Option<usize>,
    dispatched_at: Option<usize>,
    handled_at: Option<usize>,
    area: Option<usize>,
    satisfied: Option<usize>,
    contacted: Option<usize>,
}

impl<'a> Plan<'a> {
    fn check(mapping: &'a CasesMapping, zone: TimeZone, table: &Table) -> Result<Self, Vec<Diagnostic>> {
        let day = TimeForm::Pattern("%Y-%m-%d".to_owned());
        let as_of = day.read(&mapping.as_of, &zone).map_err(|_| {
            let (zh, en) = ("应为日期,如 2019-02-13", "expected a date like 2019-02-13");
            vec![Diagnostic::new("mapping_wrong", "cases.as_of", zh, en)]
        })?;
        let mut missing = Vec::new();
        let mut find = |name: &String| {
            table.find_column(name).unwrap_or_else(|| {
                missing.push(missing_column(name, table));
                0
            })
        };
        let plan = Plan {
            number: find(&mapping.number),
            class: find(&mapping.class),
            status: find(&mapping.status),
            opened_at: find(&mapping.opened_at),
            due_at: find(&mapping.due_at),
            closed_at: find(&mapping.closed_at),
            status_at: mapping.status_at.as_ref().map(&mut find),
            channel: mapping.channel.as_ref().map(&mut find),
            agency: mapping.agency.as_ref().map(&mut find),
            place: mapping.place.as_ref().map(&mut find),
            neighbourhood: mapping.neighbourhood.as_ref().map(&mut find),
            outcome: mapping.outcome.as_ref().map(&mut find),
            lon: mapping.lon.as_ref().map(&mut find),
            lat: mapping.lat.as_ref().map(&mut find),
            accepted_at: mapping.accepted_at.as_ref().map(&mut find),
            dispatched_at: mapping.dispatched_at.as_ref().map(&mut find),
            handled_at: mapping.handled_at.as_ref().map(&mut find),
            area: mapping.area.as_ref().map(&mut find),
            satisfied: mapping.satisfied.as_ref().map(&mut find),
            contacted: mapping.contacted.as_ref().map(&mut find),
            mapping,
            zone,
            as_of,
        };
        if missing.is_empty() { Ok(plan) } else { Err(missing) }
    }

    /// In the first form that fits.
    fn time(&self, written: &str) -> Result<Instant, NotATime> {
        let mut forms = [&self.mapping.time].into_iter().chain(&self.mapping.times_else);
        let first = forms.next().map_or(Err(NotATime::Form), |form| form.read(written, &self.zone));
        forms.fold(first, |read, form| match read {
            Err(NotATime::Form) => form.read(written, &self.zone),
            read => read,
        })
    }

    fn case(&self, row: &TableRow) -> Result<ImportedCase, Diagnostic> {
        let text = |at: usize| row.fields[at].as_str();
        let some = |at: Option<usize>| at.map(text).filter(|t| !t.is_empty()).map(str::to_owned);
        let mut oddities = Vec::new();
        let mut time = |at: usize, name: &str| match text(at) {
            "" => Ok(None),
            written => match self.time(written) {
                Ok(at) => Ok(Some(at)),
                Err(NotATime::Skipped(as_if)) => {
                    oddities.push("time_never_on_the_clock");
                    Ok(Some(as_if))
                }
                Err(NotATime::Form) => Err(Diagnostic::new(
                    "time_unreadable",
                    format!("rows[{}].{name}", row.number),
                    "时间与映射中的格式不符",
                    "the time is not written as the mapping says",
                )),
            },
        };
        let Some(opened_at) = time(self.opened_at, &self.mapping.opened_at)? else {
            let field = format!("rows[{}].{}", row.number, self.mapping.opened_at);
            return Err(Diagnostic::new(
                "missing_field",
                field,
                "缺少受理时间",
                "the time of opening is missing",
            ));
        };
        let due_at = time(self.due_at, &self.mapping.due_at)?;
        let closed_at = time(self.closed_at, &self.mapping.closed_at)?;
        let mut maybe = |at: Option<usize>, name: &Option<String>| match (at, name) {
            (Some(at), Some(name)) => time(at, name),
            _ => Ok(None),
        };
        let status_at = maybe(self.status_at, &self.mapping.status_at)?;
        let accepted_at = maybe(self.accepted_at, &self.mapping.accepted_at)?;
        let dispatched_at = maybe(self.dispatched_at, &self.mapping.dispatched_at)?;
        let handled_at = maybe(self.handled_at, &self.mapping.handled_at)?;
        let status = text(self.status).to_owned();
        let begins = |words: &[String]| words.iter().any(|s| status.starts_with(s.as_str()));
        let void = begins(&self.mapping.status_void);
        let promise = match (due_at, closed_at) {
            _ if void => PromiseState::Void,
            (Some(due), Some(closed)) if closed <= due => PromiseState::Kept,
            (Some(_), Some(_)) => PromiseState::Broken,
            (Some(due), None) if due < self.as_of => PromiseState::OpenOverdue,
            (Some(_), None) => PromiseState::OpenInTime,
            (None, Some(_)) => PromiseState::ClosedWithoutPromise,
            (None, None) => PromiseState::OpenWithoutPromise,
        };
        let closed = begins(&self.mapping.status_closed);
        let lon = some(self.lon).and_then(|t| t.parse::<f64>().ok());
        let lat = some(self.lat).and_then(|t| t.parse::<f64>().ok());
        // A point that lies nowhere is none; the case stands all the same.
        let stored = lon.zip(lat).map(|(lon, lat)| to_stored(lon, lat, self.mapping.crs.unwrap_or_default()));
        let point = stored.and_then(Result::ok);
        let mut odd = |holds: bool, code| {
            if holds {
                oddities.push(code);
            }
        };
        odd(closed_at.is_some() && !closed, "closed_time_but_open_status");
        odd(closed_at.is_none() && closed, "closed_status_without_time");
        odd(closed_at.is_some_and(|c| c < opened_at), "closed_before_opened");
        odd(due_at.is_some_and(|d| d < opened_at), "due_before_opened");
        odd(status_at.zip(closed_at).is_some_and(|(s, c)| s < c), "status_before_closed");
        odd(closed_at == Some(opened_at), "closed_in_the_second_of_opening");
        let whole = |n: Option<f64>| n.is_some_and(|n| n.fract() == 0.0);
        odd(whole(lon) && whole(lat), "place_rounded_to_whole_degrees");
        odd(lon.is_some() && point.is_none(), "place_nowhere");
        Ok(ImportedCase {
            row: row.number,
            number: text(self.number).to_owned(),
            class: self.mapping.classes.get(text(self.class)).cloned().unwrap_or(text(self.class).to_owned()),
            void,
            area: self.area.and_then(|at| self.mapping.areas.get(text(at))).cloned(),
            accepted_at,
            dispatched_at,
            handled_at,
            outcome_code: self.outcome.and_then(|at| self.mapping.outcomes.get(text(at))).cloned(),
            satisfied: self.satisfied.and_then(|at| self.mapping.satisfied_words.get(text(at))).cloned(),
            contacted: self.contacted.and_then(|at| self.mapping.contacted_words.get(text(at))).copied(),
            channel: some(self.channel),
            agency: some(self.agency),
            place: some(self.place),
            neighbourhood: some(self.neighbourhood),
            outcome: some(self.outcome),
            status,
            closed,
            opened_at,
            due_at,
            closed_at,
            lon: point.map(|p| p.lon),
            lat: point.map(|p| p.lat),
            promise,
            oddities,
        })
    }
}
