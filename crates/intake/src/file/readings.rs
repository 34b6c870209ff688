//! Rows of a file that are readings.
//!
//! Invariants
//! - IR1 A row that gives several readings gives all of them or goes to quarantine whole.
//! - IR2 Entries come out in order of time, one per source and instant; readings of one instant keep the file's order.

use crate::file::{mapping::Mapping, row_plan::Plan, table::read_table};
use linli_model::{
    Device, Diagnostic, Instant, LogEntry, QuarantineReason, Quarantined, Reading, ReadingBatch,
    RegistryChange, RegistryEntry, SourceId, Subject,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
};

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Clean(Vec<Reading>),
    /// Accepted, with the code of the check it broke.
    Flagged {
        code: String,
        readings: Vec<Reading>,
    },
    /// Repeats this earlier row.
    Duplicate {
        of: u32,
    },
    Quarantined(Quarantined),
}

#[derive(Clone, Debug, PartialEq)]
pub struct RowOutcome {
    /// From 1, the header not counted.
    pub row: u32,
    pub outcome: Outcome,
    /// The row's label, where the file has one and the row has a time.
    pub label: Option<(Instant, bool)>,
}

/// A file, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub rows: Vec<RowOutcome>,
    /// The devices that occur, as an installation of their own would register them.
    pub devices: Vec<Device>,
    pub source: SourceId,
    members: Vec<(String, Subject)>,
}

/// The counts of a file; they add up to `rows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub rows: u64,
    pub clean: u64,
    pub flagged: u64,
    pub duplicate: u64,
    pub quarantined: u64,
    pub readings: u64,
    pub by_code: BTreeMap<String, u64>,
}

/// Reads a file of readings through its mapping.
pub fn read_readings(mapping: &Mapping, reader: impl Read) -> Result<Imported, Vec<Diagnostic>> {
    let Some(readings) = &mapping.readings else {
        return Err(vec![Diagnostic::new(
            "mapping_kind",
            "kind",
            "此映射不是读数映射。",
            "This mapping is not one of readings.",
        )]);
    };
    let table = read_table(&mapping.file, reader).map_err(|d| vec![d])?;
    let plan = Plan::check(mapping, readings, &table)?;
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut devices: BTreeMap<String, Device> = BTreeMap::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in table.rows {
        let row = match row {
            Ok(row) => row,
            Err(breach) => {
                let (reason, raw) = (QuarantineReason::Malformed, breach.raw);
                let q = Quarantined { row: breach.number, raw, reason, diagnostic: breach.diagnostic };
                rows.push(RowOutcome { row: breach.number, outcome: Outcome::Quarantined(q), label: None });
                continue;
            }
        };
        if mapping.drop_repeated_rows {
            if let Some(of) = seen.get(&row.raw) {
                rows.push(RowOutcome {
                    row: row.number,
                    outcome: Outcome::Duplicate { of: *of },
                    label: None,
                });
                continue;
            }
            seen.insert(row.raw.clone(), row.number);
        }
        let label = plan.label(&row);
        let outcome = match plan.judge(&row) {
            Ok((flag, readings)) => {
                for reading in &readings {
                    plan.register(&row, reading, &mut devices);
                }
                match flag {
                    None => Outcome::Clean(readings),
                    Some(code) => Outcome::Flagged { code, readings },
                }
            }
            Err((reason, diagnostic)) => Outcome::Quarantined(Quarantined {
                row: row.number,
                raw: row.raw.clone(),
                reason,
                diagnostic,
            }),
        };
        rows.push(RowOutcome { row: row.number, outcome, label });
    }
    let members =
        readings.member.iter().filter_map(|m| Some((m.population.clone(), m.subject.parse().ok()?)));
    let members = members.collect();
    Ok(Imported {
        rows,
        devices: devices.into_values().collect(),
        source: SourceId::new(&readings.source),
        members,
    })
}

impl Imported {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { rows: self.rows.len() as u64, ..Counts::default() };
        for row in &self.rows {
            let mut code = |code: &str| *counts.by_code.entry(code.to_owned()).or_default() += 1;
            match &row.outcome {
                Outcome::Clean(readings) => {
                    counts.clean += 1;
                    counts.readings += readings.len() as u64;
                }
                Outcome::Flagged { code: flag, readings } => {
                    code(flag);
                    counts.flagged += 1;
                    counts.readings += readings.len() as u64;
                }
                Outcome::Duplicate { .. } => counts.duplicate += 1,
                Outcome::Quarantined(q) => {
                    code(&q.diagnostic.code);
                    counts.quarantined += 1;
                }
            }
        }
        counts
    }

    /// The accepted readings with the flag of their row, in the file's order.
    pub fn readings(&self) -> impl Iterator<Item = (&Reading, Option<&str>)> {
        self.rows.iter().flat_map(|row| {
            let (readings, flag): (&[Reading], _) = match &row.outcome {
                Outcome::Clean(readings) => (readings, None),
                Outcome::Flagged { code, readings } => (readings, Some(code.as_str())),
                Outcome::Duplicate { .. } | Outcome::Quarantined(_) => (&[], None),
            };
            readings.iter().map(move |r| (r, flag))
        })
    }

    /// The labels of the file, in order of time.
    pub fn labels(&self) -> Vec<(Instant, bool)> {
        let mut labels: Vec<_> = self.rows.iter().filter_map(|r| r.label).collect();
        labels.sort();
        labels
    }

    /// The accepted readings as entries of the log, `received_at` = `observed_at` (IF2). Quarantined rows are in the report,
    /// not in the log: they carry no time to be put in order by.
    pub fn entries(&self) -> Vec<LogEntry> {
        let mut readings: Vec<&Reading> = self.readings().map(|(r, _)| r).collect();
        readings.sort_by_key(|r| r.observed_at);
        readings
            .chunk_by(|a, b| a.observed_at == b.observed_at)
            .map(|same_time| {
                LogEntry::Readings(ReadingBatch {
                    source: self.source.clone(),
                    received_at: same_time[0].observed_at,
                    readings: same_time.iter().map(|r| (*r).clone()).collect(),
                    quarantined: Vec::new(),
                })
            })
            .collect()
    }

    /// What an installation of its own has to know before the first reading: devices and population members, numbered from
    /// `seq_from`, in force from the first reading's time.
    pub fn registry(&self, seq_from: u64) -> Vec<LogEntry> {
        let Some(start) = self.readings().map(|(r, _)| r.observed_at).min() else { return Vec::new() };
        let area = self.devices.first().map(|d| (d.area.clone(), d.area_path.clone()));
        let joined = self.members.iter().filter_map(|(population, subject)| {
            let (area, area_path) = area.clone()?;
            Some(RegistryChange::MemberJoined {
                population: population.clone(),
                subject: subject.clone(),
                area,
                area_path,
            })
        });
        let devices = self
            .devices
            .iter()
            .map(|device| RegistryChange::DeviceSet(Device { valid_from: start, ..device.clone() }));
        let entry = |(seq, change)| LogEntry::Registry(RegistryEntry { seq, effective_at: start, change });
        (seq_from..).zip(devices.chain(joined)).map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALED: &str = r#"
name = "x"
kind = "readings"
title = { zh = "x", en = "x" }
provenance = "x"
zone = "UTC"
[file]
form = "csv"
columns = ["t", "secs", "v"]
[readings]
source = "s"
time = { column = "t", form = "epoch_secs" }
length_secs_column = "secs"
[readings.device]
prefix = "d"
class = "other"
area = "a"
[[readings.reading]]
measure = "temperature_c"
column = "v"
value = "VALUE"
scale = 1000.0
at = "end"
"#;

    fn codes(value: &str, rows: &str) -> Vec<String> {
        let mapping = Mapping::check(&SCALED.replace("VALUE", value)).unwrap();
        let read = read_readings(&mapping, rows.as_bytes()).unwrap();
        let code = |row: &RowOutcome| match &row.outcome {
            Outcome::Quarantined(q) => q.diagnostic.code.clone(),
            _ => "taken".to_owned(),
        };
        read.rows.iter().map(code).collect()
    }

    /// IK5
    #[test]
    fn a_number_that_is_finite_in_the_file_only_is_put_aside() {
        for value in ["number", "any"] {
            assert_eq!(codes(value, "0,0,1e305\n0,0,1e306\n"), ["taken", "value_kind"], "{value}");
        }
    }

    #[test]
    fn a_row_that_lasts_beyond_the_calendar_is_put_aside() {
        let last = Instant::CALENDAR[1].millis() / 1_000;
        assert_eq!(
            codes("number", &format!("{last},0,1\n{last},1,1\n0,1e300,1\n9223372036854775807,0,1\n")),
            ["taken", "time_unreadable", "time_unreadable", "time_unreadable"]
        );
    }

    #[test]
    fn a_mapping_has_finite_numbers() {
        let wrong = Mapping::check(&SCALED.replace("VALUE", "number").replace("1000.0", "inf")).unwrap_err();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
    }
}
