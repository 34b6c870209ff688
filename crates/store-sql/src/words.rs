//! What cases are found by: an index of texts, kept in each database's own way.
//!
//! SQLite keeps it as a full-text table without the texts (FTS5), PostgreSQL as an array with an inverted index (GIN). A
//! million cases have some seventy million words; as rows of a table they would take ten times the room of the rest.
//!
//! Invariants
//! - WX1 The databases cut and fold nothing: they are given the [`terms`] of a text, each as one word. SQLite's are
//!   written as the hexadecimal digits of their bytes, which no tokenizer takes apart.
//! - WX2 A case's words are those of its opening and are written once, with it. Those of the open cases stand in an index
//!   of their own besides ([`follow`]).
//! - WX3 On SQLite the number of a case in the index begins with the second it was opened in ([`SECOND`]): what is met in
//!   the order of the index is met in the order of lists, up to the cases of one second.
//! - WX4 On PostgreSQL a case's words say besides when it was opened ([`spans`]); those of the open cases do not.

use crate::{
    apply::run,
    connection::{Connections, Transaction, get},
    rebuild::BETWEEN,
    spans, terms,
    trouble::fault,
};
use linli_casework::Case;
use linli_model::{Fault, Instant};
use linli_store::CommitError;
use sea_orm::{DbBackend, Value};
use std::collections::BTreeSet;

/// So many bits of a case's number come after the second it was opened in: a million cases of one second.
pub(crate) const SECOND: u32 = 20;

/// Which index: of all cases, or of those that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    All,
    Open,
}

impl Kept {
    pub(crate) fn table(self) -> &'static str {
        match self {
            Kept::All => "case_words",
            Kept::Open => "open_words",
        }
    }
}

/// The tables, filled from the rows that words were kept in before.
pub(crate) fn tables(backend: DbBackend) -> String {
    let fts = "content='', detail=none, tokenize='ascii'";
    match backend {
        DbBackend::Postgres => {
            "CREATE TABLE case_words (case_id TEXT PRIMARY KEY REFERENCES cases(id), words TEXT[] NOT NULL);
             INSERT INTO case_words SELECT case_id, array_agg(term) FROM case_terms GROUP BY case_id;
             CREATE INDEX case_words_all ON case_words USING gin (words);
             CREATE TABLE open_words (case_id TEXT PRIMARY KEY REFERENCES cases(id), words TEXT[] NOT NULL);
             INSERT INTO open_words SELECT case_id, words FROM case_words JOIN cases ON id = case_id WHERE is_open = 1;
             CREATE INDEX open_words_all ON open_words USING gin (words);
             DROP TABLE case_terms;"
                .to_owned()
        }
        _ => format!(
            "CREATE TABLE case_numbers (n INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE REFERENCES cases(id));
             CREATE VIRTUAL TABLE case_words USING fts5(words, {fts}, columnsize=0);
             CREATE VIRTUAL TABLE open_words USING fts5(words, {fts}, contentless_delete=1);
             INSERT INTO case_numbers (n, case_id) SELECT (second << {SECOND}) + ROW_NUMBER() OVER (PARTITION BY second ORDER BY id) - 1, id
                FROM (SELECT opened_at / 1000 AS second, id FROM cases) WHERE EXISTS (SELECT 1 FROM case_terms WHERE case_id = id);
             INSERT INTO case_words (rowid, words) SELECT m.n, group_concat(lower(hex(t.term)), ' ')
                FROM case_numbers m JOIN case_terms t ON t.case_id = m.case_id GROUP BY m.n;
             INSERT INTO open_words (rowid, words) SELECT m.n, group_concat(lower(hex(t.term)), ' ')
                FROM cases JOIN case_numbers m ON m.case_id = id JOIN case_terms t ON t.case_id = id WHERE is_open = 1 GROUP BY m.n;
             DROP TABLE case_terms;"
        ),
    }
}

/// The words of time, in a table made anew with its index: a row changed is a row written twice. Without room for the
/// index in memory it takes three times as long.
pub(crate) fn with_time(backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "ALTER TABLE case_words RENAME TO case_words_before;
             CREATE TABLE case_words (case_id TEXT NOT NULL, words TEXT[] NOT NULL);
             INSERT INTO case_words SELECT case_id, words || (SELECT {} FROM cases WHERE id = case_id) FROM case_words_before;
             DROP TABLE case_words_before;
             ALTER TABLE case_words ADD CONSTRAINT case_words_pkey PRIMARY KEY (case_id),
                ADD CONSTRAINT case_words_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id);
             CREATE INDEX case_words_all ON case_words USING gin (words) WITH (gin_pending_list_limit = 256);
             ANALYZE case_words;",
            spans::of_column("opened_at")
        ),
        _ => String::new(),
    }
}

/// The number the next case gets that was opened at this time.
fn first_of(opened_at: Instant) -> i64 {
    opened_at.millis().div_euclid(1_000) << SECOND
}

/// What a case is found by.
fn words_of(case: &Case) -> BTreeSet<String> {
    let order = case.order().map_or("", |o| o.number.as_str());
    terms::of_text(&format!("{} {} {} {} {order}", case.number, case.title, case.place, case.text))
}

/// Words as they are handed to the database, parted by spaces; in them there are none.
fn handed(tx: &Transaction, kept: Kept, case: &Case) -> Value {
    let words = words_of(case).into_iter();
    let words: Vec<String> = match kept {
        _ if !tx.is_postgres() => words.map(|w| hex(&w)).collect(),
        Kept::All => words.chain(spans::of(case.opened_at)).collect(),
        Kept::Open => words.collect(),
    };
    words.join(" ").into()
}

async fn insert(tx: &Transaction, kept: Kept, case: &Case) -> Result<u64, CommitError> {
    let table = kept.table();
    let sql = if tx.is_postgres() {
        format!(
            "INSERT INTO {table} (case_id, words) VALUES ($1, string_to_array($2, ' ')) ON CONFLICT (case_id) DO NOTHING"
        )
    } else {
        format!("INSERT INTO {table} (rowid, words) SELECT n, $2 FROM case_numbers WHERE case_id = $1")
    };
    run(tx, &sql, vec![case.id.to_string().into(), handed(tx, kept, case)]).await
}

/// Written once; again is nothing.
pub(crate) async fn write(tx: &Transaction, case: &Case) -> Result<(), CommitError> {
    if !tx.is_postgres() {
        let (from, to) = (first_of(case.opened_at), first_of(case.opened_at) + (1 << SECOND));
        let number = "INSERT INTO case_numbers (n, case_id) \
                      SELECT COALESCE(MAX(n) + 1, $2), $1 FROM case_numbers WHERE n >= $2 AND n < $3 \
                      ON CONFLICT (case_id) DO NOTHING";
        if run(tx, number, vec![case.id.to_string().into(), from.into(), to.into()]).await? == 0 {
            return Ok(());
        }
    }
    insert(tx, Kept::All, case).await.map(drop)
}

/// Keeps the words of the open cases in step. `was_open`: before this commit.
pub(crate) async fn follow(tx: &Transaction, case: &Case, was_open: bool) -> Result<(), CommitError> {
    match (was_open, case.stage.is_open()) {
        (false, true) => insert(tx, Kept::Open, case).await.map(drop),
        (true, false) => no_longer_open(tx, case).await,
        _ => Ok(()),
    }
}

async fn no_longer_open(tx: &Transaction, case: &Case) -> Result<(), CommitError> {
    let sql = if tx.is_postgres() {
        "DELETE FROM open_words WHERE case_id = $1"
    } else {
        "DELETE FROM open_words WHERE rowid = (SELECT n FROM case_numbers WHERE case_id = $1)"
    };
    run(tx, sql, vec![case.id.to_string().into()]).await.map(drop)
}

/// As it should be, whatever was there: for a rebuild.
pub(crate) async fn rewrite_open(tx: &Transaction, case: &Case) -> Result<(), CommitError> {
    no_longer_open(tx, case).await?;
    follow(tx, case, false).await
}

/// Of these cases ([`BETWEEN`]) those that are not found by their words: never written, or not where the open ones are.
pub(crate) async fn missing_between(
    tx: &Transaction,
    cases: &str,
    range: Vec<Value>,
) -> Result<BTreeSet<String>, Fault> {
    let sql = if tx.is_postgres() {
        format!(
            "SELECT c.id FROM {cases} LEFT JOIN case_words w ON w.case_id = c.id LEFT JOIN open_words o ON o.case_id = c.id \
             WHERE {BETWEEN} AND (w.case_id IS NULL OR (c.is_open = 1) <> (o.case_id IS NOT NULL))"
        )
    } else {
        format!(
            "SELECT c.id FROM {cases} LEFT JOIN case_numbers m ON m.case_id = c.id WHERE {BETWEEN} \
             AND (m.n IS NULL OR (c.is_open = 1) <> EXISTS (SELECT 1 FROM open_words o WHERE o.rowid = m.n))"
        )
    };
    let rows = tx.all(&sql, range).await.map_err(fault)?;
    rows.iter().map(|r| get(r, 0)).collect()
}

fn hex(word: &str) -> String {
    word.bytes().map(|b| format!("{b:02x}")).collect()
}

/// What is asked for where all of these words must be there: the value of the statements below.
pub(crate) fn asked(db: &Connections, words: &[String]) -> Value {
    match db.backend {
        DbBackend::Postgres => words.join(" ").into(),
        _ => words.iter().map(|w| format!("\"{}\"", hex(w))).collect::<Vec<_>>().join(" AND ").into(),
    }
}

/// How many cases there are, about. Of SQLite, as what follows.
pub(crate) async fn about_how_many(db: &Connections) -> Result<u64, Fault> {
    let row = db.find("SELECT COALESCE(MAX(rowid), 0) FROM cases", vec![]).await?;
    row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n.max(0) as u64)
}

/// The cases that have what the only value asks for, one row each.
pub(crate) const FOUND: &str = "SELECT 1 FROM case_words WHERE case_words MATCH $1";

/// FROM and WHERE of the cases that have what value `n` asks for, beginning at their words.
pub(crate) fn led(db: &Connections, kept: Kept, n: usize) -> (String, String) {
    let table = kept.table();
    match db.backend {
        DbBackend::Postgres => {
            (format!("{table} AS led JOIN cases ON cases.id = led.case_id"), asked_of_array("led.words", n))
        }
        _ => (
            format!(
                "{table} CROSS JOIN case_numbers m ON m.n = {table}.rowid CROSS JOIN cases ON cases.id = m.case_id"
            ),
            format!("{table} MATCH ${n}"),
        ),
    }
}

/// The column of an index of words that it is met in the order of, if that is the order of lists (WX3).
pub(crate) fn order(db: &Connections) -> Option<&'static str> {
    (db.backend != DbBackend::Postgres).then_some("rowid")
}

/// The first and the last number of the second of this time.
pub(crate) fn numbers_of(at: Instant) -> (i64, i64) {
    (first_of(at), first_of(at) + (1 << SECOND) - 1)
}

/// That an array has what value `n` asks for.
pub(crate) fn asked_of_array(column: &str, n: usize) -> String {
    format!("{column} @> string_to_array(${n}, ' ')")
}

/// That a row of `cases` is one of those.
pub(crate) fn has(db: &Connections, kept: Kept, n: usize) -> String {
    let table = kept.table();
    match (db.backend, kept) {
        (DbBackend::Postgres, Kept::Open) => format!(
            "EXISTS (SELECT 1 FROM {table} w WHERE w.case_id = cases.id AND {})",
            asked_of_array("w.words", n)
        ),
        // As a value of its own, which is looked up case by case. PostgreSQL makes a join of what must exist, and begins
        // it at all that have the words.
        (DbBackend::Postgres, Kept::All) => {
            format!("(SELECT {} FROM {table} w WHERE w.case_id = cases.id)", asked_of_array("w.words", n))
        }
        // The numbers are gathered once; asking the index case by case begins each time at its words.
        _ => format!(
            "(SELECT m.n FROM case_numbers m WHERE m.case_id = cases.id) IN \
             (SELECT rowid FROM {table} WHERE {table} MATCH ${n})"
        ),
    }
}
