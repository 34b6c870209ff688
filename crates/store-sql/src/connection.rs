//! Connections: one writer and several readers for SQLite, one pool for PostgreSQL.

use crate::{
    file::{self, Lock},
    trouble::fault,
};
use linli_model::Fault;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, IsolationLevel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, TryGetable, Value,
    sqlx::{
        self, Connection, SqliteConnection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use serde::de::DeserializeOwned;
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

#[derive(Clone)]
pub(crate) struct Connections {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// SQLite takes one writer; waiting here is orderly, waiting in SQLite is a busy error.
    turn: Arc<Mutex<()>>,
    lock: Option<Arc<Lock>>,
    pub backend: DbBackend,
}

/// A transaction, and the writer's turn while it lasts.
pub(crate) struct Transaction {
    pub tx: DatabaseTransaction,
    backend: DbBackend,
    _turn: Option<OwnedMutexGuard<()>>,
}

fn weaker(database: &str, setting: &str, found: &str, wanted: &str) -> Fault {
    Fault::lasting(format!("{database}'s {setting} is {found}, needed is {wanted}")).saying(
        "database_setting_wrong",
        format!("{database} 的 {setting} 为 {found},需要 {wanted}:否则断电可能丢失已确认的数据或文字。请修改设置后再启动。"),
        format!("{database}'s {setting} is {found} and must be {wanted}, else what was acknowledged could be lost. Change it and start again."),
    )
}

type Tune = fn(SqliteConnectOptions) -> SqliteConnectOptions;

/// Whether a connection may be used again: its last transaction has ended. SQLite gives a transaction up by itself
/// when the disk is full; the library's own rollback then fails, it goes on counting that transaction as open, and
/// what is committed later ends in a savepoint that is never released: acknowledged, and lost with the connection.
async fn ended(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The rollback waits in the connection's queue; an answer from behind it says that it is done.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// What SS1 asks for.
fn durable(o: SqliteConnectOptions) -> SqliteConnectOptions {
    o.create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
}

impl Connections {
    pub async fn open(url: &str) -> Result<Connections, Fault> {
        if url.starts_with("sqlite:") {
            return Self::open_file(url, durable).await;
        }
        let mut options = ConnectOptions::new(url.to_owned());
        options.max_connections(16).sqlx_logging(false);
        let pool = Database::connect(options).await.map_err(fault)?;
        let opened = Connections {
            read: pool.clone(),
            write: pool,
            turn: Arc::default(),
            lock: None,
            backend: DbBackend::Postgres,
        };
        opened.assert_server().await?;
        Ok(opened)
    }

    async fn open_file(url: &str, tune: Tune) -> Result<Connections, Fault> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|e| Fault::lasting(format!("{url} is no address of a SQLite file: {e}")).because(e))?;
        let path = options.get_filename().to_owned();
        let lock =
            tokio::task::spawn_blocking(move || Lock::take(&path)).await.expect("no panic in there")?;
        let connect = |connections: u32| {
            let mut options = ConnectOptions::new(url.to_owned());
            options.max_connections(connections).sqlx_logging(false).map_sqlx_sqlite_opts(tune);
            options.map_sqlx_sqlite_pool_opts(|o| o.after_release(|c, _| Box::pin(ended(c))));
            Database::connect(options)
        };
        let write = connect(1).await.map_err(fault)?;
        let read = connect(4).await.map_err(fault)?;
        let lock = Some(Arc::new(lock));
        let opened = Connections { read, write, turn: Arc::default(), lock, backend: DbBackend::Sqlite };
        opened.assert_durable().await?;
        Ok(opened)
    }

    /// SS1: what we asked for is what we have; a library's default may be weaker.
    async fn assert_durable(&self) -> Result<(), Fault> {
        for pool in [&self.write, &self.read] {
            for (pragma, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
                let row = pool.query_one_raw(self.statement(&format!("PRAGMA {pragma}"), vec![])).await;
                let row = row.map_err(fault)?.ok_or_else(|| Fault::lasting("a pragma gave no row"))?;
                let found = get::<String>(&row, 0).or_else(|_| get::<i64>(&row, 0).map(|n| n.to_string()))?;
                if found != wanted {
                    return Err(weaker("SQLite", pragma, &found, wanted));
                }
            }
        }
        Ok(())
    }

    /// SS1 for PostgreSQL, whose settings are its administrator's: refused when acknowledged would not mean synced.
    async fn assert_server(&self) -> Result<(), Fault> {
        for (setting, wanted) in [
            ("fsync", &["on"][..]),
            ("full_page_writes", &["on"]),
            ("synchronous_commit", &["on", "local", "remote_write", "remote_apply"]),
            ("server_encoding", &["UTF8"]),
        ] {
            let row = self.find(&format!("SHOW {setting}"), vec![]).await?;
            let found: String = row.map_or(Ok(String::new()), |r| get(&r, 0))?;
            if !wanted.contains(&found.as_str()) {
                return Err(weaker("PostgreSQL", setting, &found, wanted[0]));
            }
        }
        Ok(())
    }

    /// For changing the tables: nobody else has the file open (SF1). PostgreSQL locks inside.
    pub fn is_alone(&self) -> bool {
        self.lock.as_ref().is_none_or(|lock| lock.is_alone())
    }
    pub fn share(&self) -> Result<(), Fault> {
        self.lock.as_ref().map_or(Ok(()), |lock| lock.share())
    }
    /// Closes every connection, so that SQLite moves what its log holds into the file.
    #[cfg(test)]
    pub async fn close(self) {
        self.read.close().await.expect("readers close");
        self.write.close().await.expect("the writer closes");
    }
    /// The path of the file, if it is one.
    pub async fn file(&self) -> Result<Option<PathBuf>, Fault> {
        if self.backend != DbBackend::Sqlite {
            return Ok(None);
        }
        let row = self.find("SELECT file FROM pragma_database_list WHERE name = 'main'", vec![]).await?;
        let path: Option<String> = row.map_or(Ok(None), |r| get(&r, 0))?;
        Ok(path.filter(|p| !p.is_empty()).map(PathBuf::from))
    }

    /// The table, led by this index. SQLite keeps no statistics to choose by; PostgreSQL does, and chooses itself.
    pub fn led_by(&self, table: &str, index: &str) -> String {
        match self.backend {
            DbBackend::Sqlite => format!("{table} INDEXED BY {index}"),
            _ => table.to_owned(),
        }
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
        let tx = match self.backend {
            // Asks for the file's write lock at once: a reader that becomes a writer may find itself overtaken.
            DbBackend::Sqlite => {
                let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
                let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
                self.write.begin_with_options(options).await
            }
            _ => self.write.begin().await,
        };
        let tx = tx.map_err(fault)?;
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
        let unfinished = file::unfinished(path)?;
        let sql = format!("VACUUM INTO '{}'", unfinished.display().to_string().replace('\'', "''"));
        let copied = {
            let _turn = self.turn().await;
            self.write.execute_unprepared(&sql).await
        };
        if let Err(e) = copied {
            // Half a copy helps nobody, least of all on a full disk.
            let _ = std::fs::remove_file(&unfinished);
            return Err(fault(e));
        }
        let path = path.to_owned();
        let finished = tokio::task::spawn_blocking(move || file::finish(&unfinished, &path)).await;
        finished.expect("no panic in there").map(Some)
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
    parsed(&get::<String>(row, index)?)
}

pub(crate) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text)
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

/// The condition that cuts `column` to extents, as [`within`] does to areas.
pub(crate) fn inside(column: &str, extents: &[linli_model::Extent], values: &mut Vec<Value>) -> String {
    let one = |extent: &linli_model::Extent| {
        let here = within(column, std::slice::from_ref(&extent.path), values);
        match extent.without.as_slice() {
            [] => here,
            without => format!("({here} AND NOT {})", within(column, without, values)),
        }
    };
    format!("({})", extents.iter().map(one).collect::<Vec<_>>().join(" OR "))
}

/// The condition that `column` is one of these, with its values; none of them, no row.
pub(crate) fn one_of<'a>(
    column: &str,
    wanted: impl IntoIterator<Item = &'a str>,
    values: &mut Vec<Value>,
) -> String {
    let mark = |wanted: &str| {
        values.push(wanted.into());
        format!("${}", values.len())
    };
    let marks: Vec<String> = wanted.into_iter().map(mark).collect();
    if marks.is_empty() { "1 = 0".to_owned() } else { format!("{column} IN ({})", marks.join(", ")) }
}

/// A cursor of two parts; texts that are not one of ours read as none.
pub(crate) fn cursor(text: Option<&str>) -> Option<(i64, String)> {
    let (number, id) = text?.split_once('~')?;
    Some((number.parse().ok()?, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::AreaPath;

    /// SS1
    #[tokio::test]
    async fn a_weaker_sqlite_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let tunes: [(&str, Tune); 3] = [
            ("synchronous is 1", |o| durable(o).synchronous(SqliteSynchronous::Normal)),
            ("foreign_keys is 0", |o| durable(o).foreign_keys(false)),
            ("journal_mode is delete", |o| durable(o).journal_mode(SqliteJournalMode::Delete)),
        ];
        for (n, (found, tune)) in tunes.into_iter().enumerate() {
            let url = format!("sqlite://{}", folder.path().join(format!("{n}.sqlite")).display());
            let weak = Connections::open_file(&url, tune).await.err().unwrap();
            assert_eq!(weak.code(), "database_setting_wrong");
            assert!(weak.what.contains(found), "{}", weak.what);
            Connections::open(&url).await.unwrap();
        }
    }

    #[test]
    fn a_path_is_cut_by_its_range_and_anything_else_letter_by_letter() {
        let cut = |path: &str| {
            let mut values = vec![];
            let sql = within("p", &[AreaPath(path.to_owned())], &mut values);
            (sql, values.len())
        };
        assert_eq!(cut("a/田/"), ("((p >= $1 AND p < $2))".to_owned(), 2));
        assert_eq!(cut("a/田"), ("(substr(p, 1, 3) = $1)".to_owned(), 1));
        assert_eq!(cut(""), ("(substr(p, 1, 0) = $1)".to_owned(), 1));
        assert_eq!(within("p", &[], &mut vec![]), "1 = 0");
    }
}
