//! Checkpoints, quarantine, the numbered registry changes.

use crate::{
    SqlStore,
    connection::{cursor, get, json},
};
use linli_model::{Fault, Instant, RegistryEntry, SourceId};
use linli_store::{Checkpoint, Page, PageAsk, QuarantineItem, StreamStore};
use sea_orm::QueryResult;

fn item(row: &QueryResult) -> Result<QuarantineItem, Fault> {
    Ok(QuarantineItem {
        id: get(row, 0)?,
        source: SourceId(get(row, 1)?),
        received_at: Instant(get(row, 2)?),
        row: json(row, 3)?,
    })
}

const ITEM: &str = "SELECT id, source, received_at, body FROM quarantine";

#[async_trait::async_trait]
impl StreamStore for SqlStore {
    async fn checkpoint(&self, name: &str) -> Result<Checkpoint, Fault> {
        let row = self
            .db
            .find("SELECT position, snapshot FROM checkpoints WHERE name = $1", vec![name.into()])
            .await?;
        row.map_or(Ok(Checkpoint::default()), |r| {
            Ok(Checkpoint { position: get::<i64>(&r, 0)? as u64, snapshot: get(&r, 1)? })
        })
    }

    async fn quarantine(&self, reason: Option<&str>, page: &PageAsk) -> Result<Page<QuarantineItem>, Fault> {
        let mut values = Vec::new();
        let mut condition = "state = 'open'".to_owned();
        if let Some(reason) = reason {
            values.push(reason.into());
            condition = format!("{condition} AND reason = ${}", values.len());
        }
        if let Some((received, last)) = cursor(page.after.as_deref()) {
            values.push(received.into());
            values.push(last.into());
            let n = values.len();
            condition = format!(
                "{condition} AND (received_at < ${} OR (received_at = ${} AND id < ${n}))",
                n - 1,
                n - 1
            );
        }
        let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX);
        let sql = format!("{ITEM} WHERE {condition} ORDER BY received_at DESC, id DESC LIMIT {}", limit + 1);
        let mut items = self.db.all(&sql, values).await?.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|i| format!("{}~{}", i.received_at.millis(), i.id));
        Ok(Page { items, next })
    }

    async fn quarantine_item(&self, id: &str) -> Result<Option<QuarantineItem>, Fault> {
        let row = self.db.find(&format!("{ITEM} WHERE id = $1 AND state = 'open'"), vec![id.into()]).await?;
        row.map(|r| item(&r)).transpose()
    }

    async fn quarantine_open(&self) -> Result<u64, Fault> {
        let row = self.db.find("SELECT COUNT(*) FROM quarantine WHERE state = 'open'", vec![]).await?;
        row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n as u64)
    }

    async fn registry_after(&self, seq: u64, limit: u32) -> Result<Vec<RegistryEntry>, Fault> {
        let sql = format!(
            "SELECT seq, effective_at, body FROM registry_changes WHERE seq > $1 ORDER BY seq LIMIT {limit}"
        );
        let rows = self.db.all(&sql, vec![(seq as i64).into()]).await?;
        rows.iter()
            .map(|r| {
                Ok(RegistryEntry {
                    seq: get::<i64>(r, 0)? as u64,
                    effective_at: Instant(get(r, 1)?),
                    change: json(r, 2)?,
                })
            })
            .collect()
    }
}
