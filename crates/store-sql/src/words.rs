//! What cases are found by: an index of texts, kept in each database's own way.
//!
//! SQLite keeps it as a full-text table without the texts (FTS5), PostgreSQL as an array with an inverted index (GIN). A
//! million cases have some seventy million words; as rows of a table they would take ten times the room of the rest.
//!
//! Invariants
//! - WO1 The databases cut and fold nothing: they are given the [`terms`] of a text, each as one word. SQLite's are
//!   written as the hexadecimal digits of their bytes, which no tokenizer takes apart.
//! - WO2 A case's words are those of its opening and are written once, with it.

use crate::{
    apply::run,
    connection::{Connections, Transaction, get},
    terms,
};
use linli_casework::{CaseId, fact::Opened};
use linli_model::Fault;
use linli_store::CommitError;
use sea_orm::{DbBackend, Value};

/// The tables, filled from the rows that words were kept in before.
pub(crate) fn tables(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "CREATE TABLE case_words (case_id TEXT PRIMARY KEY REFERENCES cases(id), words TEXT[] NOT NULL);
             INSERT INTO case_words SELECT case_id, array_agg(term) FROM case_terms GROUP BY case_id;
             CREATE INDEX case_words_all ON case_words USING gin (words);
             DROP TABLE case_terms;"
        }
        _ => {
            "CREATE TABLE case_numbers (n INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE REFERENCES cases(id));
             CREATE VIRTUAL TABLE case_words USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii');
             INSERT INTO case_numbers (case_id) SELECT case_id FROM case_terms GROUP BY case_id;
             INSERT INTO case_words (rowid, words) SELECT m.n, group_concat(lower(hex(t.term)), ' ')
                FROM case_numbers m JOIN case_terms t ON t.case_id = m.case_id GROUP BY m.n;
             DROP TABLE case_terms;"
        }
    }
}

/// Written once; again is nothing.
pub(crate) async fn write(tx: &Transaction, case: CaseId, opened: &Opened) -> Result<(), CommitError> {
    let text = format!("{} {} {} {}", opened.number, opened.title, opened.place, opened.text);
    let words = terms::of_text(&text);
    let case = || Value::from(case.to_string());
    if tx.is_postgres() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let sql = "INSERT INTO case_words (case_id, words) VALUES ($1, string_to_array($2, ' ')) \
                   ON CONFLICT (case_id) DO NOTHING";
        return run(tx, sql, vec![case(), words.join(" ").into()]).await.map(drop);
    }
    let number = "INSERT INTO case_numbers (case_id) VALUES ($1) ON CONFLICT (case_id) DO NOTHING";
    if run(tx, number, vec![case()]).await? == 1 {
        let words: Vec<String> = words.iter().map(|w| hex(w)).collect();
        let sql = "INSERT INTO case_words (rowid, words) SELECT n, $2 FROM case_numbers WHERE case_id = $1";
        run(tx, sql, vec![case(), words.join(" ").into()]).await?;
    }
    Ok(())
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

/// How many cases there are, about.
pub(crate) async fn about_how_many(db: &Connections) -> Result<u64, Fault> {
    let sql = match db.backend {
        DbBackend::Postgres => {
            "SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = 'case_words'::regclass"
        }
        _ => "SELECT COALESCE(MAX(n), 0) FROM case_numbers",
    };
    let row = db.find(sql, vec![]).await?;
    row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n.max(0) as u64)
}

/// The cases that have what value `n` asks for, as a statement with one column, `case_id`.
pub(crate) fn found(db: &Connections, n: usize) -> String {
    match db.backend {
        DbBackend::Postgres => {
            format!("SELECT case_id FROM case_words WHERE words @> string_to_array(${n}, ' ')")
        }
        _ => format!(
            "SELECT m.case_id FROM case_words CROSS JOIN case_numbers m ON m.n = case_words.rowid \
             WHERE case_words MATCH ${n}"
        ),
    }
}

/// That a row of `cases` is one of those.
pub(crate) fn has(db: &Connections, n: usize) -> String {
    match db.backend {
        DbBackend::Postgres => format!(
            "EXISTS (SELECT 1 FROM case_words w WHERE w.case_id = cases.id AND w.words @> string_to_array(${n}, ' '))"
        ),
        // The numbers are gathered once; asking the index case by case begins each time at its words.
        _ => format!(
            "(SELECT m.n FROM case_numbers m WHERE m.case_id = cases.id) IN \
             (SELECT rowid FROM case_words WHERE case_words MATCH ${n})"
        ),
    }
}
