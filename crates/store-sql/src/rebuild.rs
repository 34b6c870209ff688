//! Everything derived of a case, folded anew from its facts: compared with what is stored, or written.
//!
//! Walks the cases in the order of their ids, some at a time, so that a million of them need no more memory than a few
//! hundred. Not compared: the words a case is found by; a rebuild writes those that are missing.

use crate::{
    SqlStore,
    connection::{get, json},
    indicators,
    projection::{self, Cell, Row, sends_back},
    trouble::fault,
    words,
};
use linli_casework::{Case, Fact, FactRecord, StageCode, apply};
use linli_model::{Fault, Instant};
use linli_store::CommitError;
use std::collections::{BTreeMap, BTreeSet};

/// When the clock must look at a case next.
pub type Timer<'a> = &'a (dyn Fn(&Case) -> Option<Instant> + Send + Sync);

/// How many cases are looked at together.
const TOGETHER: usize = 200;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub cases: u64,
    pub facts: u64,
    /// How many differed.
    pub differed: u64,
    /// The first that did: its number, the column, what was stored, what its facts give.
    pub first: Option<[String; 4]>,
}

/// A case of all of its facts, as its row should be.
fn folded(facts: &[FactRecord], timer: Timer<'_>) -> Option<(Case, Row)> {
    let (mut case, mut returned) = (None, false);
    for record in facts {
        case = apply(case, record);
        let Some(case) = &case else { continue };
        let open = case.stage.is_open();
        let now = case.round > 1 || sends_back(record) || case.stage.code() == StageCode::Disputed;
        returned = open && (returned || now);
    }
    let case = case?;
    // The clock of what another system brought along stands still until somebody does something with it.
    let brought = matches!(facts.last().map(|f| &f.fact), Some(Fact::Imported { .. }));
    let timer_at = if brought { None } else { timer(&case) };
    let mut row = Row::of(&case, false, timer_at);
    row.set("returned", Cell::Int(Some(i64::from(returned))));
    Some((case, row))
}

/// The first tally that is there and should not be, or should be and is not.
fn differing(stored: &BTreeSet<indicators::Row>, wanted: &BTreeSet<indicators::Row>) -> Option<[String; 3]> {
    let shown = |row: Option<&indicators::Row>| row.map_or(String::new(), |row| format!("{row:?}"));
    let (more, less) = (stored.difference(wanted).next(), wanted.difference(stored).next());
    more.or(less)?;
    Some(["case_tallies".to_owned(), shown(more), shown(less)])
}

fn unread(e: CommitError) -> Fault {
    Fault::lasting(e.to_string())
}

fn said(cell: &Cell) -> String {
    match cell {
        Cell::Int(n) => n.map_or("null".into(), |n| n.to_string()),
        Cell::Text(text) => text.clone().unwrap_or("null".into()),
    }
}

impl SqlStore {
    /// Folds every case anew. With `write`, what differs is written; each page in a transaction of its own, guarded by
    /// the versions it read.
    pub async fn rebuild(&self, write: bool, timer: Timer<'_>) -> Result<Rebuilt, Fault> {
        let mut rebuilt = Rebuilt::default();
        let mut after = String::new();
        while let Some(last) = self.rebuild_page(&after, write, timer, &mut rebuilt).await? {
            after = last;
        }
        Ok(rebuilt)
    }

    /// The cases behind `after`; gives the last of them.
    async fn rebuild_page(
        &self,
        after: &str,
        write: bool,
        timer: Timer<'_>,
        rebuilt: &mut Rebuilt,
    ) -> Result<Option<String>, Fault> {
        // Where it writes, nobody else does in between; where it only looks, one moment is looked at.
        let tx = if write { self.db.begin().await? } else { self.db.snapshot().await? };
        let ids = format!("SELECT id FROM cases WHERE id > $1 ORDER BY id LIMIT {TOGETHER}");
        let ids = tx.all(&ids, vec![after.into()]).await.map_err(fault)?;
        let Some(last) = ids.last().map(|r| get::<String>(r, 0)).transpose()? else { return Ok(None) };
        let between = vec![after.into(), last.as_str().into()];
        let sql = "SELECT body FROM case_facts WHERE case_id > $1 AND case_id <= $2 ORDER BY case_id, seq";
        let mut facts: BTreeMap<String, Vec<FactRecord>> = BTreeMap::new();
        for row in tx.all(sql, between.clone()).await.map_err(fault)? {
            let record: FactRecord = json(&row, 0)?;
            facts.entry(record.case.to_string()).or_default().push(record);
            rebuilt.facts += 1;
        }
        let sql = "SELECT case_id, user_id FROM case_helpers WHERE case_id > $1 AND case_id <= $2 ORDER BY case_id, user_id";
        let mut helpers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in tx.all(sql, between).await.map_err(fault)? {
            helpers.entry(get(&row, 0)?).or_default().push(get(&row, 1)?);
        }
        for row in &ids {
            let id: String = get(row, 0)?;
            rebuilt.cases += 1;
            let facts = facts.get(&id).map_or(&[][..], Vec::as_slice);
            let difference = match folded(facts, timer) {
                None => Some((id.clone(), ["facts".into(), String::new(), "no opening".into()])),
                Some((case, new)) => {
                    let names: Vec<&str> = new.cells.iter().map(|(name, _)| *name).collect();
                    let sql = format!("SELECT {} FROM cases WHERE id = $1", names.join(", "));
                    let stored = tx.find(&sql, vec![id.as_str().into()]).await.map_err(fault)?;
                    let stored = stored.map(|r| new.stored(&r)).transpose()?;
                    let helped = helpers.get(&id).cloned().unwrap_or_default();
                    let wanted = projection::helpers(&case);
                    let found = stored.and_then(|s| s.difference(&new));
                    let found =
                        found.map(|(name, was, is)| [name.to_owned(), said(&was), said(&is)]).or_else(|| {
                            (helped != wanted)
                                .then(|| ["case_helpers".into(), helped.join(" "), wanted.join(" ")])
                        });
                    let tallied = indicators::stored(&tx, &id).await.map_err(unread)?;
                    let found = found.or_else(|| differing(&tallied, &indicators::rows_of(facts)));
                    if write {
                        let mend = async {
                            if found.is_some() {
                                projection::overwrite(&tx, &new).await?;
                                projection::rewrite_helpers(&tx, &case).await?;
                                indicators::retally(&tx, case.id, facts).await?;
                            }
                            if let Some(Fact::Opened(opened)) = facts.first().map(|f| &f.fact) {
                                words::write(&tx, case.id, opened).await?;
                            }
                            Ok::<(), CommitError>(())
                        };
                        mend.await.map_err(unread)?;
                    }
                    found.map(|difference| (case.number, difference))
                }
            };
            if let Some((number, [column, was, is])) = difference {
                rebuilt.differed += 1;
                rebuilt.first.get_or_insert([number, column, was, is]);
            }
        }
        tx.commit().await.map_err(fault)?;
        Ok(Some(last))
    }
}
