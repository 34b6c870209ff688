//! Labelled intervals of a file: ground truth for evaluations.

use crate::file::{
    mapping::Mapping,
    table::{missing_column, read_table},
};
use linli_model::{Diagnostic, Instant, Millis};
use std::io::Read;

/// From the first instant up to, not including, the second.
pub type Interval = (Instant, Instant);

/// The intervals of a file, in order of time. A row that cannot be read fails the whole: labels are not guessed at.
pub fn read_intervals(mapping: &Mapping, reader: impl Read) -> Result<Vec<Interval>, Vec<Diagnostic>> {
    let Some(intervals) = &mapping.intervals else {
        let (zh, en) = ("此映射不是区间映射。", "This mapping is not one of intervals.");
        return Err(vec![Diagnostic::new("mapping_kind", "kind", zh, en)]);
    };
    let table = read_table(&mapping.file, reader).map_err(|d| vec![d])?;
    let find = |name: &str| table.find_column(name).ok_or_else(|| vec![missing_column(name, &table)]);
    let (start, length) = (find(&intervals.time.column)?, find(&intervals.length_secs_column)?);
    let only =
        intervals.only.iter().map(|(c, texts)| Ok((find(c)?, texts))).collect::<Result<Vec<_>, Vec<_>>>()?;
    let zone = mapping.time_zone();
    let mut found = Vec::new();
    for row in &table.rows {
        let row = row.as_ref().map_err(|breach| vec![breach.diagnostic.clone()])?;
        if !only.iter().all(|(at, texts)| texts.contains(&row.fields[*at])) {
            continue;
        }
        let unreadable = || {
            let field = format!("rows[{}]", row.number);
            vec![Diagnostic::new(
                "time_unreadable",
                field,
                "起始时间或时长无法读取",
                "the start or the length cannot be read",
            )]
        };
        let from = intervals.time.form.read(&row.fields[start], &zone).map_err(|_| unreadable())?;
        let secs: i64 = row.fields[length].parse().map_err(|_| unreadable())?;
        found.push((from, from + Millis::secs(secs)));
    }
    found.sort();
    Ok(found)
}
