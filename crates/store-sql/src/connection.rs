//! Connections: one writer and several readers for SQLite, one pool for PostgreSQL.

use linli_model::Fault;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, IsolationLevel, QueryResult, RuntimeErr, Statement, TransactionTrait, TryGetable,
    Value,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use serde::de::DeserializeOwned;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::{Mutex, OwnedMutexGuard};

#[derive(Clone)]
pub(crate) struct Connections {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// SQLite takes one writer; waiting here is orderly, waiting in SQLite is a busy error.
    turn: Arc<Mutex<()>>,
    pub backend: DbBackend,
}

/// A transaction, and the writer's turn while it lasts.
pub(crate) struct Transaction {
    pub tx: DatabaseTransaction,
    backend: DbBackend,
    _turn: Option<OwnedMutexGuard<()>>,
}

pub(crate) fn fault(e: DbErr) -> Fault {
    let text = e.to_string();
    if text.contains("disk is full") || text.contains("No space left") || text.contains("disk full") {
        return Fault::passing(text).saying(
            "disk_full",
            "磁盘空间已满,无法写入;已确认的数据不受影响。腾出空间后即可继续。",
            "The disk is full and nothing can be written. What was acknowledged is safe. Free some space to go on.",
        );
    }
    match &e {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Fault::passing(text).because(e),
        _ => Fault::lasting(text).because(e),
    }
}

/// The database's own code of an error, where it gives one.
fn code(e: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) = e else {
        return None;
    };
    e.as_database_error()?.code().map(|c| c.into_owned())
}

/// Whether the transaction was given up in favour of another: a deadlock, or a write behind a newer one.
pub(crate) fn overtaken(e: &DbErr) -> bool {
    code(e).is_some_and(|c| ["40P01", "40001"].contains(&c.as_str()))
}

impl Connections {
    pub async fn open(url: &str) -> Result<Connections, Fault> {
        if url.starts_with("sqlite:") {
            let connect = |connections: u32| {
                let mut options = ConnectOptions::new(url.to_owned());
                options.max_connections(connections).sqlx_logging(false).map_sqlx_sqlite_opts(|o| {
                    o.create_if_missing(true)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full)
                        .foreign_keys(true)
                        .busy_timeout(Duration::from_secs(10))
                });
                Database::connect(options)
            };
            let write = connect(1).await.map_err(fault)?;
            let read = connect(4).await.map_err(fault)?;
            let opened = Connections { read, write, turn: Arc::default(), backend: DbBackend::Sqlite };
            opened.assert_durable().await?;
            return Ok(opened);
        }
        let mut options = ConnectOptions::new(url.to_owned());
        options.max_connections(16).sqlx_logging(false);
        let pool = Database::connect(options).await.map_err(fault)?;
        Ok(Connections {
            read: pool.clone(),
            write: pool,
            turn: Arc::default(),
            backend: DbBackend::Postgres,
        })
    }

    /// SS1: what we asked for is what we have; a library's default may be weaker.
    async fn assert_durable(&self) -> Result<(), Fault> {
        for (pragma, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
            let row = self.write_one(&format!("PRAGMA {pragma}"), vec![]).await?;
            let found = get::<String>(&row, 0).or_else(|_| get::<i64>(&row, 0).map(|n| n.to_string()))?;
            if found != wanted {
                return Err(Fault::lasting(format!("SQLite's {pragma} is {found}, needed is {wanted}")));
            }
        }
        Ok(())
    }

    fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        statement(self.backend, sql, values)
    }
    pub async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, Fault> {
        self.read.query_all_raw(self.statement(sql, values)).await.map_err(fault)
    }
    pub async fn find(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, Fault> {
        self.read.query_one_raw(self.statement(sql, values)).await.map_err(fault)
    }
    /// A writing statement that returns a row.
    pub async fn write_one(&self, sql: &str, values: Vec<Value>) -> Result<QueryResult, Fault> {
        let _turn = self.turn().await;
        let row = self.write.query_one_raw(self.statement(sql, values)).await.map_err(fault)?;
        row.ok_or_else(|| Fault::lasting(format!("no row came back from: {sql}")))
    }
    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match self.backend {
            DbBackend::Sqlite => Some(self.turn.clone().lock_owned().await),
            _ => None,
        }
    }
    pub async fn begin(&self) -> Result<Transaction, Fault> {
        let turn = self.turn().await;
        let tx = self.write.begin().await.map_err(fault)?;
        Ok(Transaction { tx, backend: self.backend, _turn: turn })
    }
    /// Reads that all see the database as it is at one moment; writers go on meanwhile.
    pub async fn snapshot(&self) -> Result<Transaction, Fault> {
        let tx = match self.backend {
            DbBackend::Sqlite => self.read.begin().await,
            _ => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                self.read.begin_with_config(Some(level), Some(mode)).await
            }
        };
        Ok(Transaction { tx: tx.map_err(fault)?, backend: self.backend, _turn: None })
    }
    pub async fn copy_to(&self, path: &Path) -> Result<Option<()>, Fault> {
        if self.backend != DbBackend::Sqlite {
            return Ok(None);
        }
        let sql = format!("VACUUM INTO '{}'", path.display().to_string().replace('\'', "''"));
        let _turn = self.turn().await;
        self.write.execute_unprepared(&sql).await.map_err(fault)?;
        Ok(Some(()))
    }
}

fn statement(backend: DbBackend, sql: &str, mut values: Vec<Value>) -> Statement {
    if backend == DbBackend::Postgres {
        values.iter_mut().for_each(without_nul);
    }
    Statement::from_sql_and_values(backend, sql, values)
}

/// PostgreSQL keeps no NUL in a text and fails the statement; bodies are JSON, where it is written as an escape.
fn without_nul(value: &mut Value) {
    if let Value::String(Some(text)) = value
        && text.contains('\0')
    {
        *text = text.replace('\0', "\u{fffd}");
    }
}

impl Transaction {
    /// Runs a statement and says how many rows it touched.
    pub async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        let statement = statement(self.backend, sql, values);
        self.tx.execute_raw(statement).await.map(|done| done.rows_affected())
    }
    pub async fn find(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbErr> {
        self.tx.query_one_raw(statement(self.backend, sql, values)).await
    }
    pub async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
        self.tx.query_all_raw(statement(self.backend, sql, values)).await
    }
    pub async fn script(&self, sql: &str) -> Result<(), DbErr> {
        self.tx.execute_unprepared(sql).await.map(|_| ())
    }
    pub fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }
    pub async fn commit(self) -> Result<(), DbErr> {
        self.tx.commit().await
    }
}

pub(crate) fn get<T: TryGetable>(row: &QueryResult, index: usize) -> Result<T, Fault> {
    row.try_get_by_index(index).map_err(fault)
}

pub(crate) fn json<T: DeserializeOwned>(row: &QueryResult, index: usize) -> Result<T, Fault> {
    let text: String = get(row, index)?;
    serde_json::from_str(&text)
        .map_err(|e| Fault::lasting(format!("a stored body cannot be read: {e}")).because(e))
}

pub(crate) fn as_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).expect("our own types are plain data").into()
}

/// The SQL condition that cuts `column` to areas (ST4), with its values from `$first` on; no area, no row.
/// A path ends in `/`, so everything inside lies between it and the same path ending in `0`, the next character.
/// What is no such path is compared letter by letter, as [`linli_model::AreaPath::within`] does.
pub(crate) fn within(column: &str, areas: &[linli_model::AreaPath], values: &mut Vec<Value>) -> String {
    if areas.is_empty() {
        return "1 = 0".to_owned();
    }
    let one = |path: &linli_model::AreaPath| {
        let path = path.as_str();
        values.push(path.into());
        let from = values.len();
        let Some(parent) = path.strip_suffix('/') else {
            let letters = path.chars().count();
            return format!("substr({column}, 1, {letters}) = ${from}");
        };
        values.push(format!("{parent}0").into());
        format!("({column} >= ${from} AND {column} < ${})", from + 1)
    };
    format!("({})", areas.iter().map(one).collect::<Vec<_>>().join(" OR "))
}

/// A cursor of two parts; texts that are not one of ours read as none.
pub(crate) fn cursor(text: Option<&str>) -> Option<(i64, String)> {
    let (number, id) = text?.split_once('~')?;
    Some((number.parse().ok()?, id.to_owned()))
}
