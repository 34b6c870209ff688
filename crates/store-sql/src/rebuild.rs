//! Everything derived of a case, folded anew from its facts: compared with what is stored, or written.
//!
//! Walks the cases in the order of their ids, some at a time, so that a million of them need no more memory than a few
//! hundred; several walk at once, each through its share. Of the words a case is found by only that they are there is
//! compared.
//!
//! Invariants
//! - RE1 Looking takes no turn from who writes. Only where something differs is it looked at again by who writes it, with
//!   nobody else writing in between.
//! - RE2 However many walk, the first difference is the one of the smallest id.

use crate::{
    SqlStore,
    connection::{Transaction, get, parsed},
    indicators,
    projection::{self, Cell, Row, sends_back},
    trouble::fault,
    words,
};
use linli_casework::{Case, Fact, FactRecord, StageCode, apply};
use linli_model::{Fault, Instant};
use linli_store::CommitError;
use sea_orm::{QueryResult, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// When the clock must look at a case next.
pub type Timer = Arc<dyn Fn(&Case) -> Option<Instant> + Send + Sync>;

/// How many cases are looked at together.
const TOGETHER: usize = 500;

/// No more walk at once than SQLite has readers.
const WALKERS_MAX: usize = 4;

/// Lies behind every id, whatever language a database sorts by: they begin with a hexadecimal digit.
const BEHIND_ALL: &str = "g";

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
fn folded(facts: &[FactRecord], timer: &Timer) -> Option<(Case, Row)> {
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

/// What the facts of a case come to.
struct Folded {
    case: Case,
    row: Row,
    tallies: BTreeSet<indicators::Row>,
    facts: Vec<FactRecord>,
}

/// Some cases as they are stored: their facts as text, and what was derived of them.
struct Stored {
    ids: Vec<String>,
    facts: BTreeMap<String, Vec<String>>,
    helpers: BTreeMap<String, Vec<String>>,
    tallies: BTreeMap<String, BTreeSet<indicators::Row>>,
    /// Those that are not found by their words.
    wordless: BTreeSet<String>,
}

impl Stored {
    /// The first cases behind `after` up to `until`, if there are any: a few statements, however many they are.
    async fn load(tx: &Transaction, after: &str, until: &str) -> Result<Option<Stored>, Fault> {
        let ids = format!("SELECT id FROM cases WHERE id > $1 AND id <= $2 ORDER BY id LIMIT {TOGETHER}");
        let ids = tx.all(&ids, between(after, until)).await.map_err(fault)?;
        let ids = ids.iter().map(|r| get(r, 0)).collect::<Result<Vec<String>, _>>()?;
        let Some(last) = ids.last() else { return Ok(None) };
        let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql =
            "SELECT case_id, body FROM case_facts WHERE case_id > $1 AND case_id <= $2 ORDER BY case_id, seq";
        for row in tx.all(sql, between(after, last)).await.map_err(fault)? {
            facts.entry(get(&row, 0)?).or_default().push(get(&row, 1)?);
        }
        let mut helpers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = "SELECT case_id, user_id FROM case_helpers WHERE case_id > $1 AND case_id <= $2 ORDER BY case_id, user_id";
        for row in tx.all(sql, between(after, last)).await.map_err(fault)? {
            helpers.entry(get(&row, 0)?).or_default().push(get(&row, 1)?);
        }
        let tallies = indicators::stored_between(tx, between(after, last)).await.map_err(unread)?;
        let wordless = words::missing_between(tx, between(after, last)).await?;
        Ok(Some(Stored { ids, facts, helpers, tallies, wordless }))
    }

    fn fold(&self, id: &str, timer: &Timer) -> Result<Option<Folded>, Fault> {
        let texts = self.facts.get(id).map_or(&[][..], Vec::as_slice);
        let facts = texts.iter().map(|text| parsed(text)).collect::<Result<Vec<FactRecord>, _>>()?;
        let Some((case, row)) = folded(&facts, timer) else { return Ok(None) };
        Ok(Some(Folded { case, row, tallies: indicators::rows_of(&facts), facts }))
    }

    /// The first thing stored of a case that its facts do not give: what, what it was, what it is.
    fn difference(
        &self,
        id: &str,
        folded: &Folded,
        row: Option<&QueryResult>,
    ) -> Result<Option<[String; 3]>, Fault> {
        let stored = row.map(|r| folded.row.stored(r)).transpose()?;
        if let Some((name, was, is)) = stored.and_then(|s| s.difference(&folded.row)) {
            return Ok(Some([name.to_owned(), said(&was), said(&is)]));
        }
        let helped = self.helpers.get(id).map_or(&[][..], Vec::as_slice);
        let wanted = projection::helpers(&folded.case);
        if helped != wanted {
            return Ok(Some(["case_helpers".into(), helped.join(" "), wanted.join(" ")]));
        }
        if self.wordless.contains(id) {
            return Ok(Some(["case_words".into(), String::new(), folded.case.title.clone()]));
        }
        let none = BTreeSet::new();
        Ok(differing(self.tallies.get(id).unwrap_or(&none), &folded.tallies))
    }
}

fn between(after: &str, last: &str) -> Vec<Value> {
    vec![after.into(), last.into()]
}

/// The rows of these cases, by id.
async fn rows(
    tx: &Transaction,
    like: Option<&Row>,
    range: Vec<Value>,
) -> Result<BTreeMap<String, QueryResult>, Fault> {
    let Some(like) = like else { return Ok(BTreeMap::new()) };
    let names: Vec<&str> = like.cells.iter().map(|(name, _)| *name).collect();
    let sql = format!("SELECT {}, id FROM cases WHERE id > $1 AND id <= $2", names.join(", "));
    let rows = tx.all(&sql, range).await.map_err(fault)?;
    rows.into_iter().map(|r| Ok((get(&r, names.len())?, r))).collect()
}

/// Writes everything derived of a case, and its words if they are missing.
async fn mend(tx: &Transaction, folded: &Folded) -> Result<(), CommitError> {
    let Folded { case, row, facts, .. } = folded;
    projection::overwrite(tx, row).await?;
    projection::rewrite_helpers(tx, case).await?;
    indicators::retally(tx, case.id, facts).await?;
    words::write(tx, case).await?;
    words::rewrite_open(tx, case).await
}

/// A share of the cases: those behind the first id, up to the second.
type Share = (String, String);

impl SqlStore {
    /// Folds every case anew. With `write`, what differs is written; each page in a transaction of its own.
    pub async fn rebuild(&self, write: bool, timer: Timer) -> Result<Rebuilt, Fault> {
        let walkers = std::thread::available_parallelism().map_or(1, usize::from).min(WALKERS_MAX);
        let walks: Vec<_> = (self.shares(walkers).await?.into_iter())
            .map(|share| {
                let (store, timer) = (self.clone(), timer.clone());
                tokio::spawn(async move { store.rebuild_share(share, write, &timer).await })
            })
            .collect();
        let mut all = Rebuilt::default();
        for walk in walks {
            let share = walk.await.map_err(|e| Fault::lasting(format!("a rebuild broke off: {e}")))??;
            all.cases += share.cases;
            all.facts += share.facts;
            all.differed += share.differed;
            all.first = all.first.or(share.first);
        }
        Ok(all)
    }

    /// So many of the same size, in order; the first ids of a few cases lie anywhere.
    async fn shares(&self, n: usize) -> Result<Vec<Share>, Fault> {
        let row = self.db.find("SELECT COUNT(*) FROM cases", vec![]).await?;
        let cases = row.map_or(Ok(0), |r| get::<i64>(&r, 0))?;
        let mut shares = Vec::new();
        let mut after = String::new();
        for walker in 1..n as i64 {
            let sql = "SELECT id FROM cases ORDER BY id LIMIT 1 OFFSET $1";
            let row = self.db.find(sql, vec![(cases * walker / n as i64).into()]).await?;
            let Some(row) = row else { break };
            let until: String = get(&row, 0)?;
            shares.push((std::mem::replace(&mut after, until.clone()), until));
        }
        shares.push((after, BEHIND_ALL.to_owned()));
        Ok(shares)
    }

    async fn rebuild_share(
        &self,
        (mut after, until): Share,
        write: bool,
        timer: &Timer,
    ) -> Result<Rebuilt, Fault> {
        let mut all = Rebuilt::default();
        loop {
            let page = (after.as_str(), until.as_str());
            let Some((mut found, last)) = self.rebuild_page(page, false, timer).await? else {
                return Ok(all);
            };
            if write && found.differed > 0 {
                let page = (after.as_str(), last.as_str());
                found = self.rebuild_page(page, true, timer).await?.map_or(found, |(again, _)| again);
            }
            all.cases += found.cases;
            all.facts += found.facts;
            all.differed += found.differed;
            all.first = all.first.or(found.first);
            after = last;
        }
    }

    /// The first cases behind `after` up to `until`; gives the last of them, too.
    async fn rebuild_page(
        &self,
        (after, until): (&str, &str),
        write: bool,
        timer: &Timer,
    ) -> Result<Option<(Rebuilt, String)>, Fault> {
        // Where it writes, nobody else does in between; where it only looks, one moment is looked at.
        let tx = if write { self.db.begin().await? } else { self.db.snapshot().await? };
        let Some(stored) = Stored::load(&tx, after, until).await? else { return Ok(None) };
        let mut rebuilt = Rebuilt::default();
        let last = stored.ids.last().cloned().unwrap_or_default();
        let all = stored.ids.iter().map(|id| stored.fold(id, timer)).collect::<Result<Vec<_>, _>>()?;
        let like = all.iter().flatten().next().map(|f| &f.row);
        let rows = rows(&tx, like, between(after, &last)).await?;
        for (id, folded) in stored.ids.iter().zip(&all) {
            rebuilt.cases += 1;
            rebuilt.facts += stored.facts.get(id).map_or(0, |f| f.len() as u64);
            let found = match folded {
                None => Some([id.clone(), "facts".into(), String::new(), "no opening".into()]),
                Some(folded) => {
                    let found = stored.difference(id, folded, rows.get(id))?;
                    if write && found.is_some() {
                        mend(&tx, folded).await.map_err(unread)?;
                    }
                    found.map(|[what, was, is]| [folded.case.number.clone(), what, was, is])
                }
            };
            if let Some(first) = found {
                rebuilt.differed += 1;
                rebuilt.first.get_or_insert(first);
            }
        }
        tx.commit().await.map_err(fault)?;
        Ok(Some((rebuilt, last)))
    }
}
