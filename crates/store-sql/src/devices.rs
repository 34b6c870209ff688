//! Devices and credentials.

use crate::{
    SqlStore,
    apply::class_code,
    connection::{cursor, get, json, within},
};
use linli_model::{DeviceId, Fault, Instant, SourceId};
use linli_store::{
    Credential, DeviceFilter, DeviceLearned, DeviceRecord, DeviceStore, DeviceWatch, Page, PageAsk,
};
use sea_orm::QueryResult;

fn record(row: &QueryResult) -> Result<DeviceRecord, Fault> {
    Ok(DeviceRecord {
        device: json(row, 0)?,
        last_seen: get::<Option<i64>>(row, 1)?.map(Instant),
        battery_pct: get(row, 2)?,
        learned: DeviceLearned {
            clock_offset_ms: get(row, 3)?,
            clock_since: get::<Option<i64>>(row, 4)?.map(Instant),
            silence_secs: get::<Option<i64>>(row, 5)?.and_then(|secs| u32::try_from(secs).ok()),
            silence_since: get::<Option<i64>>(row, 6)?.map(Instant),
        },
    })
}

const DEVICE: &str = "SELECT body, last_seen, battery_pct, clock_offset_ms, clock_since, silence_secs, silence_since FROM devices";

#[async_trait::async_trait]
impl DeviceStore for SqlStore {
    async fn device(&self, id: &DeviceId) -> Result<Option<DeviceRecord>, Fault> {
        let row = self.db.find(&format!("{DEVICE} WHERE id = $1"), vec![id.as_str().into()]).await?;
        row.map(|r| record(&r)).transpose()
    }

    /// A sub-district has thousands of devices, not millions: the watch state is told row by row by the one rule
    /// that says what silent is, and the page is cut from that.
    async fn devices(&self, filter: &DeviceFilter, page: &PageAsk) -> Result<Page<DeviceRecord>, Fault> {
        let mut values = Vec::new();
        let mut condition = within("area_path", &filter.within, &mut values);
        if let Some(class) = filter.class {
            values.push(class_code(class).into());
            condition = format!("{condition} AND class = ${}", values.len());
        }
        let rows = self.db.all(&format!("{DEVICE} WHERE {condition} ORDER BY id"), values).await?;
        let mut found = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        if let Some(text) = filter.text.as_ref().map(|t| t.to_lowercase()) {
            found.retain(|r| {
                r.device.id.as_str().to_lowercase().contains(&text)
                    || r.device.name.to_lowercase().contains(&text)
            });
        }
        // The page goes on behind a place in the order, not behind a device: that one may have left meanwhile.
        let place = |r: &DeviceRecord| {
            let first = filter.watch.is_some() || r.watch(filter.now) == DeviceWatch::Silent;
            (i64::from(!first), r.device.id.to_string())
        };
        if let Some(watch) = filter.watch {
            found.retain(|r| r.watch(filter.now) == watch);
        }
        found.sort_by_key(place);
        if let Some(after) = cursor(page.after.as_deref()) {
            found.retain(|r| place(r) > after);
        }
        let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX) as usize;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more).map(place);
        let (items, next) = (found, last.map(|(rank, id)| format!("{rank}~{id}")));
        Ok(Page { items, next })
    }

    async fn all_devices(&self) -> Result<Vec<DeviceRecord>, Fault> {
        self.db.all(&format!("{DEVICE} ORDER BY id"), vec![]).await?.iter().map(record).collect()
    }

    async fn credentials(&self) -> Result<Vec<Credential>, Fault> {
        let rows = self
            .db
            .all("SELECT name, secret_hash, source, device FROM credentials ORDER BY name", vec![])
            .await?;
        rows.iter()
            .map(|r| {
                Ok(Credential {
                    name: get(r, 0)?,
                    secret_hash: get(r, 1)?,
                    source: SourceId(get(r, 2)?),
                    device: get::<Option<String>>(r, 3)?.map(DeviceId),
                })
            })
            .collect()
    }
}
