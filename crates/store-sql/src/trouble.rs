//! What an error of the database means: for a person, for a commit, and whether trying again can help.

use linli_model::{Fault, Refusal};
use linli_store::CommitError;
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// The library's own error inside.
fn inner(e: &DbErr) -> Option<&sqlx::Error> {
    match e {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

/// The database's own code of an error, where it gives one: `40P01` of PostgreSQL, `13` of SQLite.
fn code(e: &DbErr) -> Option<String> {
    inner(e)?.as_database_error()?.code().map(|c| c.into_owned())
}

/// SQLite's code without what it adds to it.
fn primary(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|n| n & 0xff)
}

pub(crate) fn fault(e: DbErr) -> Fault {
    let text = e.to_string();
    let code = code(&e).unwrap_or_default();
    let sqlite = primary(&code);
    if sqlite == Some(13) || code == "53100" || text.contains("No space left") {
        return Fault::passing(text).saying(
            "disk_full",
            "磁盘空间已满,无法写入;已确认的数据不受影响。腾出空间后即可继续。",
            "The disk is full and nothing can be written. What was acknowledged is safe. Free some space to go on.",
        );
    }
    if matches!(sqlite, Some(11 | 26)) {
        return Fault::lasting(text).because(e).saying(
            "data_damaged",
            "数据库文件已损坏,或不是本程序的数据库。请保留该文件,并从备份恢复。",
            "The database file is damaged, or is not one of this program. Keep it, and restore a backup.",
        );
    }
    if matches!(sqlite, Some(8 | 14)) {
        return Fault::lasting(text).because(e).saying(
            "data_unreachable",
            "无法打开或写入数据库文件。请检查数据目录是否存在,以及运行账户对它的读写权限。",
            "The database file cannot be opened or written. See that the data folder exists and that the account this runs under may read and write it.",
        );
    }
    let busy = matches!(sqlite, Some(5 | 6));
    // 53: too many connections or no memory; 57P: the server is being stopped or starts; 08: the line broke.
    let server = ["53", "57P", "08"].iter().any(|class| code.starts_with(class)) && sqlite.is_none();
    let line =
        matches!(inner(&e), Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed));
    if busy || server || line || overtaken(&e) || matches!(e, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        Fault::passing(text).because(e)
    } else {
        Fault::lasting(text).because(e)
    }
}

/// Whether the transaction was given up in favour of another: a deadlock, or a write behind a newer one.
fn overtaken(e: &DbErr) -> bool {
    code(e).is_some_and(|c| ["40P01", "40001"].contains(&c.as_str()))
}

/// What a failed statement means for its commit.
pub(crate) fn refused(e: DbErr) -> CommitError {
    if let Some(SqlErr::UniqueConstraintViolation(what)) = e.sql_err() {
        return CommitError::Conflict(Refusal::new(
            "exists_already",
            format!("已存在,不能重复({what})"),
            format!("it exists already ({what})"),
        ));
    }
    if overtaken(&e) {
        return CommitError::Stale(e.to_string());
    }
    CommitError::Fault(fault(e))
}
