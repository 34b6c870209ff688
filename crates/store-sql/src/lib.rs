//! SQLite (default) and PostgreSQL (by URL) behind the store port, chosen at run time.
//!
//! Owns: the tables ([`schema`]), the sealing of fields ([`seal`]), one file of queries per resource.
//!
//! Invariants
//! - SS1 SQLite runs in WAL with synchronous = FULL and foreign keys on; that is asserted when it is opened, as are
//!   the settings of a PostgreSQL that acknowledged commits stand on.
//! - SS2 SQLite has one writer connection; readers never wait for it. PostgreSQL locks the guarded rows.
//! - SS3 The same SQL runs on both; the few places that differ are in [`schema`] and [`connection`].
//! - SS4 A database of a newer schema is refused unchanged; before a migration of a SQLite file that holds
//!   something, a copy is made beside it. A migration never happens under a program that has the file open.
//! - SS5 A database is opened with the keys it was written under, or not at all.
//!
//! Bodies are kept as JSON beside the columns that are searched: a case is read whole or not at all, and
//! what it looks like is decided in `casework`, not here.

mod accounts;
mod apply;
mod cases;
mod conditions;
mod connection;
mod devices;
mod duty;
mod file;
mod indicators;
mod lists;
mod looks;
mod map;
mod notices;
mod own_rules;
mod people;
mod places;
mod projection;
mod pushes;
mod rebuild;
mod routing;
mod schema;
mod seal;
mod spans;
mod stream;
mod terms;
mod trouble;
mod ways;
mod words;

pub use rebuild::{Rebuilt, Timer};
pub use seal::Keyring;

use connection::Connections;
use linli_model::Fault;
use linli_store::{COUNTED_MAX, Commit, CommitError, Committed, Store};
use std::{path::Path, sync::Arc};

/// The address of a SQLite file, whatever its folder is called.
pub fn file_address(path: &Path) -> String {
    let path = path.display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F"))
}

#[derive(Clone)]
pub struct SqlStore {
    db: Connections,
    keys: Arc<Keyring>,
    /// Up to how many cases of a word or a place are all fetched, rather than met in the order of the list.
    few: Option<u32>,
    /// How far the cases of a list are counted.
    counted_max: u64,
}

impl SqlStore {
    /// `sqlite://path` or `postgres://…`; creates and migrates what is there.
    pub async fn open(url: &str, keys: Keyring) -> Result<SqlStore, Fault> {
        let db = Connections::open(url).await?;
        schema::migrate(&db, &keys).await?;
        looks::check_keys(&db, &keys).await?;
        Ok(SqlStore { db, keys: Arc::new(keys), few: None, counted_max: COUNTED_MAX })
    }

    /// The same store, whose lists are looked up as in one where every word and place has more than `few` cases. The
    /// answers are the same; a test holds them to be.
    pub fn with_few(self, few: u32) -> SqlStore {
        SqlStore { few: Some(few), ..self }
    }

    /// The same store, with another bound than [`COUNTED_MAX`].
    pub fn with_counted_max(self, counted_max: u64) -> SqlStore {
        SqlStore { counted_max, ..self }
    }
}

#[async_trait::async_trait]
impl Store for SqlStore {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        apply::commit(self, commit).await
    }

    async fn next_number(&self, series: &str) -> Result<u32, Fault> {
        let sql = "INSERT INTO counters (series, n) VALUES ($1, 1) \
                   ON CONFLICT (series) DO UPDATE SET n = counters.n + 1 RETURNING n";
        let row = self.db.write_one(sql, vec![series.into()]).await?;
        connection::get::<i64>(&row, 0).map(|n| n as u32)
    }

    async fn setting(&self, key: &str) -> Result<Option<serde_json::Value>, Fault> {
        let row = self.db.find("SELECT value FROM settings WHERE key = $1", vec![key.into()]).await?;
        row.map(|r| connection::json(&r, 0)).transpose()
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.db.find("SELECT 1", vec![]).await.map(|_| ())
    }

    async fn copy_to(&self, path: &Path) -> Result<Option<()>, Fault> {
        self.db.copy_to(path).await
    }
}
