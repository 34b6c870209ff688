//! Versions of the routing rules.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, get},
};
use linli_model::{Fault, Instant};
use linli_store::{CommitError, RoutingStore, RoutingVersion};
use sea_orm::{QueryResult, Value};

const VERSION: &str = "SELECT version, text, note, made_by, made_at, on_since, is_on FROM routing_versions";

fn read(row: &QueryResult) -> Result<RoutingVersion, Fault> {
    Ok(RoutingVersion {
        version: get::<i64>(row, 0)? as u32,
        text: get(row, 1)?,
        note: get(row, 2)?,
        made_by: id(row, 3)?,
        made_at: Instant(get(row, 4)?),
        on_since: get::<Option<i64>>(row, 5)?.map(Instant),
        is_on: get::<i64>(row, 6)? != 0,
    })
}

/// A number that is taken makes the commit stale: somebody else was quicker.
pub(crate) async fn add(tx: &Transaction, v: &RoutingVersion) -> Result<(), CommitError> {
    let values: Vec<Value> = vec![
        i64::from(v.version).into(),
        v.text.as_str().into(),
        v.note.as_str().into(),
        v.made_by.to_string().into(),
        v.made_at.millis().into(),
    ];
    let sql = "INSERT INTO routing_versions (version, text, note, made_by, made_at, on_since, is_on) \
               VALUES ($1, $2, $3, $4, $5, NULL, 0) ON CONFLICT (version) DO NOTHING";
    match run(tx, sql, values).await? {
        1 => Ok(()),
        _ => Err(CommitError::Stale(format!("routing version {}", v.version))),
    }
}

pub(crate) async fn switch(tx: &Transaction, version: Option<u32>, at: Instant) -> Result<(), CommitError> {
    run(tx, "UPDATE routing_versions SET is_on = 0 WHERE is_on = 1", vec![]).await?;
    let Some(version) = version else { return Ok(()) };
    let values = vec![at.millis().into(), i64::from(version).into()];
    match run(tx, "UPDATE routing_versions SET is_on = 1, on_since = $1 WHERE version = $2", values).await? {
        1 => Ok(()),
        _ => Err(CommitError::Stale(format!("routing version {version}"))),
    }
}

#[async_trait::async_trait]
impl RoutingStore for SqlStore {
    async fn routing_versions(&self) -> Result<Vec<RoutingVersion>, Fault> {
        self.db.all(&format!("{VERSION} ORDER BY version DESC"), vec![]).await?.iter().map(read).collect()
    }
    async fn routing_on(&self) -> Result<Option<RoutingVersion>, Fault> {
        self.db.find(&format!("{VERSION} WHERE is_on = 1"), vec![]).await?.as_ref().map(read).transpose()
    }
}
