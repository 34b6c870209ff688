//! When posts are on duty.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, as_json, get, json},
};
use linli_model::{Fault, Instant, PostId};
use linli_store::{CommitError, DutyStore, DutyVersion};
use sea_orm::{QueryResult, Value};
use std::collections::BTreeMap;

const VERSION: &str = "SELECT post_id, version, body, set_by, set_at FROM duties";

fn read(row: &QueryResult) -> Result<DutyVersion, Fault> {
    Ok(DutyVersion {
        post: id(row, 0)?,
        version: get::<i64>(row, 1)? as u32,
        duty: json(row, 2)?,
        set_by: id(row, 3)?,
        set_at: Instant(get(row, 4)?),
    })
}

/// A number that is taken, or is not the next, makes the commit stale: somebody else was quicker.
pub(crate) async fn set(tx: &Transaction, v: &DutyVersion) -> Result<(), CommitError> {
    let values: Vec<Value> = vec![
        v.post.to_string().into(),
        i64::from(v.version).into(),
        as_json(&v.duty),
        v.set_by.to_string().into(),
        v.set_at.millis().into(),
    ];
    let sql = "INSERT INTO duties (post_id, version, body, set_by, set_at) SELECT $1, $2, $3, $4, $5 \
               WHERE (SELECT COALESCE(MAX(version), 0) FROM duties WHERE post_id = $1) = $2 - 1 \
               ON CONFLICT (post_id, version) DO NOTHING";
    match run(tx, sql, values).await? {
        1 => Ok(()),
        _ => Err(CommitError::Stale(format!("duty of post {}, version {}", v.post, v.version))),
    }
}

#[async_trait::async_trait]
impl DutyStore for SqlStore {
    async fn duties(&self) -> Result<BTreeMap<PostId, DutyVersion>, Fault> {
        let sql = format!(
            "{VERSION} WHERE version = (SELECT MAX(version) FROM duties d WHERE d.post_id = duties.post_id)"
        );
        let rows = self.db.all(&sql, vec![]).await?;
        rows.iter().map(|r| read(r).map(|v| (v.post, v))).collect()
    }

    async fn duty_versions(&self) -> Result<Vec<DutyVersion>, Fault> {
        let sql = format!("{VERSION} ORDER BY post_id, version");
        self.db.all(&sql, vec![]).await?.iter().map(read).collect()
    }
}
