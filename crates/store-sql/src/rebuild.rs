//! Everything derived of a case, folded anew from its facts: compared with what is stored, or written.
//!
//! Walks the cases in the order of opening, some at a time, so that a million of them need no more memory than a few
//! hundred; several walk at once, each through its share. What was written together lies together: in the order of their
//! ids, which are drawn, every case would have to be fetched from somewhere else. Of the words a case is found by it is
//! compared that they are there, not which.
//!
//! Invariants
//! - WK1 Looking takes no turn from who writes. Only where something differs is it looked at again by who writes it, with
//!   nobody else writing in between.
//! - WK2 However many walk, the first difference is the one of the case that was opened first.

use crate::{
    SqlStore,
    connection::{Connections, Transaction, get, parsed},
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
use tokio::task::JoinSet;

/// When the clock must look at a case next.
pub type Timer = Arc<dyn Fn(&Case) -> Option<Instant> + Send + Sync>;

/// How many cases are looked at together.
const TOGETHER: usize = 500;

/// So many walk for each core: while one waits for the disk another folds.
const WALKERS: usize = 2;
/// No more walk at once than SQLite has readers.
const WALKERS_MAX: usize = 4;

/// Where a case stands in the order of opening.
type At = (i64, String);

/// The cases, as `c`, behind one place in the order of opening and up to another: values 1 to 4 ([`between`]).
///
/// The time alone says nothing more, but PostgreSQL takes a pair to be every fourth case, and reads whole tables for it.
pub(crate) const BETWEEN: &str = "c.opened_at >= $1 AND c.opened_at <= $3 AND (c.opened_at, c.id) > ($1, $2) AND (c.opened_at, c.id) <= ($3, $4)";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub cases: u64,
    pub facts: u64,
    /// How many differed.
    pub differed: u64,
    /// The first that did: its number, the column, what was stored, what its facts give.
    pub first: Option<[String; 4]>,
}

impl Rebuilt {
    /// With what was found behind it.
    fn add(&mut self, next: Rebuilt) {
        self.cases += next.cases;
        self.facts += next.facts;
        self.differed += next.differed;
        self.first = self.first.take().or(next.first);
    }
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
    /// The first cases of a share, if there are any, and where the last of them stands: a few statements, however many
    /// they are.
    async fn load(db: &Connections, tx: &Transaction, share: &Share) -> Result<Option<(Stored, At)>, Fault> {
        let cases = cases(db);
        let sql = format!(
            "SELECT c.id, c.opened_at FROM {cases} WHERE {BETWEEN} ORDER BY c.opened_at, c.id LIMIT {TOGETHER}"
        );
        let here = tx.all(&sql, between(share)).await.map_err(fault)?;
        let Some(last) = here.last() else { return Ok(None) };
        let last: At = (get(last, 1)?, get(last, 0)?);
        let ids = here.iter().map(|r| get(r, 0)).collect::<Result<Vec<String>, _>>()?;
        let page = (share.0.clone(), last.clone());
        let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = format!(
            "SELECT f.case_id, f.body FROM {cases} CROSS JOIN case_facts f WHERE f.case_id = c.id AND {BETWEEN} \
             ORDER BY c.opened_at, c.id, f.seq"
        );
        for row in tx.all(&sql, between(&page)).await.map_err(fault)? {
            facts.entry(get(&row, 0)?).or_default().push(get(&row, 1)?);
        }
        let mut helpers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = format!(
            "SELECT h.case_id, h.user_id FROM {cases} CROSS JOIN case_helpers h WHERE h.case_id = c.id AND {BETWEEN} \
             ORDER BY c.opened_at, c.id, h.user_id"
        );
        for row in tx.all(&sql, between(&page)).await.map_err(fault)? {
            helpers.entry(get(&row, 0)?).or_default().push(get(&row, 1)?);
        }
        let tallies = indicators::stored_between(tx, &cases, between(&page)).await.map_err(unread)?;
        let wordless = words::missing_between(tx, &cases, between(&page)).await?;
        Ok(Some((Stored { ids, facts, helpers, tallies, wordless }, last)))
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

/// The table of cases, as `c`, in the order of opening.
fn cases(db: &Connections) -> String {
    db.led_by("cases AS c", "cases_opened")
}

/// The values of [`BETWEEN`].
fn between((after, until): &Share) -> Vec<Value> {
    let value = |at: &At| [at.0.into(), at.1.as_str().into()];
    [value(after), value(until)].concat()
}

/// The rows of these cases, by id.
async fn rows(
    tx: &Transaction,
    cases: &str,
    like: Option<&Row>,
    range: Vec<Value>,
) -> Result<BTreeMap<String, QueryResult>, Fault> {
    let Some(like) = like else { return Ok(BTreeMap::new()) };
    let names: Vec<&str> = like.cells.iter().map(|(name, _)| *name).collect();
    let sql = format!("SELECT {}, c.id FROM {cases} WHERE {BETWEEN}", names.join(", "));
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

/// A share of the cases: those behind the first place, up to the second.
type Share = (At, At);

impl SqlStore {
    /// Folds every case anew. With `write`, what differs is written; each page in a transaction of its own. Who no longer
    /// waits for it stops it.
    pub async fn rebuild(&self, write: bool, timer: Timer) -> Result<Rebuilt, Fault> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let walkers = (cores * WALKERS).min(WALKERS_MAX);
        let mut walks = JoinSet::new();
        for (n, share) in self.shares(walkers).await?.into_iter().enumerate() {
            let (store, timer) = (self.clone(), timer.clone());
            walks.spawn(async move { (n, store.rebuild_share(share, write, &timer).await) });
        }
        let mut shares = BTreeMap::new();
        while let Some(walked) = walks.join_next().await {
            let (n, share) = walked.map_err(|e| Fault::lasting(format!("a rebuild broke off: {e}")))?;
            shares.insert(n, share?);
        }
        let mut all = Rebuilt::default();
        for share in shares.into_values() {
            all.add(share);
        }
        Ok(all)
    }

    /// So many of the same size, in order.
    async fn shares(&self, n: usize) -> Result<Vec<Share>, Fault> {
        let row = self.db.find("SELECT COUNT(*) FROM cases", vec![]).await?;
        let count = row.map_or(Ok(0), |r| get::<i64>(&r, 0))?;
        let mut shares = Vec::new();
        let mut after = (i64::MIN, String::new());
        for walker in 1..n as i64 {
            let sql = format!(
                "SELECT c.opened_at, c.id FROM {} ORDER BY c.opened_at, c.id LIMIT 1 OFFSET $1",
                cases(&self.db)
            );
            let row = self.db.find(&sql, vec![(count * walker / n as i64).into()]).await?;
            let Some(row) = row else { break };
            let until: At = (get(&row, 0)?, get(&row, 1)?);
            shares.push((std::mem::replace(&mut after, until.clone()), until));
        }
        shares.push((after, (i64::MAX, String::new())));
        Ok(shares)
    }

    async fn rebuild_share(&self, share: Share, write: bool, timer: &Timer) -> Result<Rebuilt, Fault> {
        let (mut after, until) = share;
        let mut all = Rebuilt::default();
        loop {
            let rest = (after.clone(), until.clone());
            let Some((mut found, mut last)) = self.rebuild_page(&rest, false, timer).await? else {
                return Ok(all);
            };
            if write && found.differed > 0 {
                // With a case that came in between there may be more than one page of them.
                let page = (after, last.clone());
                (found, last) = self.rebuild_page(&page, true, timer).await?.unwrap_or((found, last));
            }
            all.add(found);
            after = last;
        }
    }

    /// The first cases of a share; gives where the last of them stands, too.
    async fn rebuild_page(
        &self,
        share: &Share,
        write: bool,
        timer: &Timer,
    ) -> Result<Option<(Rebuilt, At)>, Fault> {
        // Where it writes, nobody else does in between; where it only looks, one moment is looked at.
        let tx = if write { self.db.begin().await? } else { self.db.snapshot().await? };
        if write && tx.is_postgres() {
            // SQLite has one writer. In the order of guards, so that both wait for one another in turn, not in a ring.
            let lock = format!("SELECT c.id FROM cases c WHERE {BETWEEN} ORDER BY c.id FOR UPDATE");
            tx.all(&lock, between(share)).await.map_err(fault)?;
        }
        let Some((stored, last)) = Stored::load(&self.db, &tx, share).await? else { return Ok(None) };
        let mut rebuilt = Rebuilt::default();
        let all = stored.ids.iter().map(|id| stored.fold(id, timer)).collect::<Result<Vec<_>, _>>()?;
        let like = all.iter().flatten().next().map(|f| &f.row);
        let page = (share.0.clone(), last.clone());
        let rows = rows(&tx, &cases(&self.db), like, between(&page)).await?;
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
