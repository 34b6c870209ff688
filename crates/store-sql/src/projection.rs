//! The row of a case: everything but its facts, derived from them. Written with each commit, and again by a rebuild.
//!
//! Invariants
//! - PJ1 A row is a function of the case, whether it was ever sent back, and its next timer; nothing else is kept in it.

use crate::{
    apply::run,
    connection::{Transaction, as_json, get},
    trouble::refused,
};
use linli_casework::{Case, CaseId, Fact, FactRecord, Origin, Outcome, StageCode, steps::solved_at};
use linli_model::{Fault, Instant};
use linli_store::{CommitError, Mark};
use sea_orm::{QueryResult, Value};

/// One column's content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
}

impl Cell {
    pub fn value(&self) -> Value {
        match self {
            Cell::Int(n) => (*n).into(),
            Cell::Text(text) => text.clone().into(),
        }
    }
}

/// Marks are kept as bits of one number.
pub(crate) fn bit(mark: Mark) -> i64 {
    match mark {
        Mark::Concentrated => 1,
        Mark::CallBack => 2,
        Mark::RootCause => 4,
    }
}

/// Columns in the order they are written.
pub(crate) struct Row {
    pub cells: Vec<(&'static str, Cell)>,
}

/// Once sent back a case shows as returned until its stage is final.
pub(crate) fn sends_back(record: &FactRecord) -> bool {
    matches!(record.fact, Fact::VerifiedNotOk { .. } | Fact::CameBack { .. })
}

impl Row {
    /// `sent_back`: by one of the facts this row is written with. What an earlier row says of it is kept by [`write`].
    pub fn of(case: &Case, sent_back: bool, timer_at: Option<Instant>) -> Row {
        let stage = case.stage.code();
        // Clocks of co-handlers and of who decides on more time are theirs, not the case's.
        let open = case.promises.iter().filter(|p| p.is_open() && p.paused_since.is_none());
        let open = open.filter(|p| p.kind.is_of_owner());
        let soon_at = open.clone().map(|p| p.at_percent(80).millis()).min();
        let due_at = open.map(|p| p.due_at.millis()).min();
        let of_round = |p: &&linli_casework::Promise| p.round == case.round && p.kind.is_of_owner();
        let broken =
            case.promises.iter().filter(of_round).any(|p| matches!(p.outcome, Outcome::Broken { .. }))
                && stage.is_open();
        let returned = (stage.is_open() && (case.round > 1 || sent_back)) || stage == StageCode::Disputed;
        let text = |text: &str| Cell::Text(Some(text.to_owned()));
        let int = |n: i64| Cell::Int(Some(n));
        let body = match as_json(case) {
            Value::String(text) => Cell::Text(text),
            _ => Cell::Text(None),
        };
        let cells = vec![
            ("id", text(&case.id.to_string())),
            ("number", text(&case.number)),
            ("version", int(i64::from(case.version))),
            ("class", text(&case.class)),
            ("stage", text(stage.code())),
            ("is_open", int(i64::from(stage.is_open()))),
            ("area_path", text(case.area_path.as_str())),
            ("owner_user", text(&case.owner.user.to_string())),
            ("owner_post", text(&case.owner.post.to_string())),
            ("severity", int(case.severity as i64)),
            ("subject", Cell::Text(case.subject.as_ref().map(|s| s.to_string()))),
            ("round", int(i64::from(case.round))),
            ("returned", int(i64::from(returned))),
            ("soon_at", Cell::Int(soon_at)),
            ("due_at", Cell::Int(due_at)),
            ("broken", int(i64::from(broken))),
            ("timer_at", Cell::Int(timer_at.map(|t| t.millis()))),
            ("opened_at", int(case.opened_at.millis())),
            ("updated_at", int(case.updated_at.millis())),
            ("closed_at", Cell::Int(case.closed_at.map(|t| t.millis()))),
            ("solved_at_area", Cell::Text(solved_at(case).map(|a| a.to_string()))),
            ("body", body),
            ("number_end", text(&end_first(&case.number))),
            ("reported", int(i64::from(matches!(case.origin, Origin::Report { .. })))),
            ("marks", int(Mark::of(case).iter().map(|m| bit(*m)).sum())),
        ];
        Row { cells }
    }

    /// The same columns as they are stored, from a row of `SELECT` [`Row::columns`].
    pub fn stored(&self, row: &QueryResult) -> Result<Row, Fault> {
        let cells = self.cells.iter().enumerate().map(|(i, (name, cell))| {
            let stored = match cell {
                Cell::Int(_) => Cell::Int(get(row, i)?),
                Cell::Text(_) => Cell::Text(get(row, i)?),
            };
            Ok((*name, stored))
        });
        Ok(Row { cells: cells.collect::<Result<_, Fault>>()? })
    }

    pub fn set(&mut self, name: &str, cell: Cell) {
        self.cells.iter_mut().filter(|(n, _)| *n == name).for_each(|(_, c)| *c = cell.clone());
    }

    /// The first column in which they differ, with what is in `self` and in `other`.
    pub fn difference(&self, other: &Row) -> Option<(&'static str, Cell, Cell)> {
        let pairs = self.cells.iter().zip(&other.cells);
        pairs.into_iter().find(|(a, b)| a.1 != b.1).map(|(a, b)| (a.0, a.1.clone(), b.1.clone()))
    }
}

/// What never changes once a case is there.
const FIXED: [&str; 5] = ["id", "number", "number_end", "opened_at", "reported"];

/// Read backwards, so that a number is found by its end as by the beginning of an index.
pub(crate) fn end_first(number: &str) -> String {
    number.chars().rev().collect()
}

/// Whether the case is open as it is stored; one that is not there is not.
pub(crate) async fn is_open(tx: &Transaction, case: CaseId) -> Result<bool, CommitError> {
    let sql = "SELECT is_open FROM cases WHERE id = $1";
    let row = tx.find(sql, vec![case.to_string().into()]).await.map_err(refused)?;
    Ok(row.map_or(Ok(0), |r| get::<i64>(&r, 0))? == 1)
}

pub(crate) async fn write(tx: &Transaction, row: &Row) -> Result<(), CommitError> {
    upsert(tx, row, true).await
}

/// As it stands, whatever was there: for a rebuild, which knows all facts.
pub(crate) async fn overwrite(tx: &Transaction, row: &Row) -> Result<(), CommitError> {
    upsert(tx, row, false).await
}

async fn upsert(tx: &Transaction, row: &Row, keep_returned: bool) -> Result<(), CommitError> {
    let names: Vec<&str> = row.cells.iter().map(|(name, _)| *name).collect();
    let numbered: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
    let set = |name: &&str| match *name {
        "returned" if keep_returned => "returned = CASE WHEN excluded.is_open = 1 AND \
             (cases.returned = 1 OR excluded.returned = 1) THEN 1 ELSE 0 END"
            .to_owned(),
        name => format!("{name} = excluded.{name}"),
    };
    let sets: Vec<String> = names.iter().filter(|n| !FIXED.contains(n)).map(set).collect();
    let sql = format!(
        "INSERT INTO cases ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
        names.join(", "),
        numbered.join(", "),
        sets.join(", ")
    );
    run(tx, &sql, row.cells.iter().map(|(_, cell)| cell.value()).collect()).await.map(drop)
}

/// Who has an open task of the case.
pub(crate) fn helpers(case: &Case) -> Vec<String> {
    let mut users: Vec<String> = case.open_tasks().map(|t| t.holder.user.to_string()).collect();
    users.sort();
    users.dedup();
    users
}

pub(crate) async fn write_helpers(tx: &Transaction, case: &Case) -> Result<(), CommitError> {
    if case.tasks.is_empty() {
        return Ok(());
    }
    rewrite_helpers(tx, case).await
}

pub(crate) async fn rewrite_helpers(tx: &Transaction, case: &Case) -> Result<(), CommitError> {
    let id = case.id.to_string();
    run(tx, "DELETE FROM case_helpers WHERE case_id = $1", vec![id.as_str().into()]).await?;
    for user in helpers(case) {
        let values = vec![id.as_str().into(), user.into()];
        run(tx, "INSERT INTO case_helpers (case_id, user_id) VALUES ($1, $2)", values).await?;
    }
    Ok(())
}
