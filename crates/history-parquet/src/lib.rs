//! The past readings in Parquet files that any tool can read as they lie.
//!
//! Owns: the folders and names ([`part`]), the columns ([`columns`]), and how parts are written, replaced,
//! joined and dropped. `area=310104011012/day=2026-11-23/part-000000000001-000000000042.parquet` holds the
//! rows of that residential area and local day whose log positions are 1 to 42.
//!
//! Invariants (HS1 to HS5 of the port, and)
//! - HP1 In one folder no two parts share a position: what overlaps is joined into one part, written
//!   before the old ones go. So a tool that reads `*.parquet` sees each row once.
//! - HP2 A part whose range lies inside another's of the same folder was joined into it, and a crash came
//!   before it was removed; opening removes it.
//! - HP3 A part is sorted by device, then observed_at, then position.
//!
//! Deliberately absent: names of people (ids are pseudonymous), a catalogue (folders are the catalogue),
//! and readings in quarantine.

use async_trait::async_trait;
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use linli_history::{
    DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange,
    memory::{outside, point, sort_as_read},
};
use linli_model::{AreaId, Fault, Instant, LocalDay, Millis};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

mod columns;
mod part;

use part::{Folder, Part};

/// How often a read is begun again because a part was joined into another meanwhile.
const READ_ATTEMPTS_MAX: usize = 5;

pub struct ParquetHistory {
    store: Arc<dyn ObjectStore>,
    zone: TimeZone,
    /// What lies in the store; the parts of a folder by position.
    parts: Mutex<BTreeMap<Folder, Vec<Part>>>,
    /// One change at a time; reads do not wait for it.
    changing: tokio::sync::Mutex<()>,
}

fn fault(what: &str, e: object_store::Error) -> Fault {
    let said = Fault::passing(format!("{what}: {e}"));
    let said = if is_no_space(&e) {
        said.saying(
            "disk_full",
            "磁盘空间已满,历史数据暂不能写入;读数仍保存在日志中,腾出空间后会自动补写。",
            "The disk is full, so history cannot be written. The readings are safe in the log and are added once there is space.",
        )
    } else {
        said
    };
    said.because(e)
}

/// The store wraps what the disk said.
fn is_no_space(e: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(e);
    while let Some(e) = cause {
        let kind = e.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) {
            return true;
        }
        cause = e.source();
    }
    false
}

impl ParquetHistory {
    /// Opens the history in a folder of its own, made when it is not there. Files are synced when written.
    pub async fn open_folder(folder: impl AsRef<Path>, zone: TimeZone) -> Result<ParquetHistory, Fault> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|e| {
            Fault::lasting(format!("cannot make the history folder {}: {e}", folder.display())).because(e)
        })?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|e| fault("cannot open the history folder", e))?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Self::open(Arc::new(store), zone).await
    }

    /// Opens the history in any object store, which must keep what it has acknowledged.
    pub async fn open(store: Arc<dyn ObjectStore>, zone: TimeZone) -> Result<ParquetHistory, Fault> {
        let objects: Vec<_> =
            store.list(None).try_collect().await.map_err(|e| fault("cannot list the history", e))?;
        let mut parts: BTreeMap<Folder, Vec<Part>> = BTreeMap::new();
        for object in objects {
            if let Some((folder, range)) = part::parse(&object.location) {
                parts.entry(folder).or_default().push(Part { range, bytes: object.size });
            }
        }
        let history =
            ParquetHistory { store, zone, parts: Mutex::default(), changing: tokio::sync::Mutex::default() };
        for (folder, parts) in &mut parts {
            let joined: Vec<_> = parts
                .iter()
                .filter(|p| parts.iter().any(|q| q.range != p.range && q.range.covers(p.range)))
                .map(|p| p.range)
                .collect();
            for range in joined {
                history.remove(folder, range).await?;
                parts.retain(|p| p.range != range);
            }
            parts.sort_by_key(|p| p.range);
        }
        *history.parts() = parts;
        Ok(history)
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<Folder, Vec<Part>>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parts_of(&self, folder: &Folder) -> Vec<Part> {
        self.parts().get(folder).cloned().unwrap_or_default()
    }

    async fn remove(&self, folder: &Folder, range: PositionRange) -> Result<(), Fault> {
        match self.store.delete(&part::location(folder, range)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(fault("cannot remove a history part", e)),
        }
    }

    /// The rows of a part; None when it is no longer there.
    async fn load(
        &self,
        folder: &Folder,
        range: PositionRange,
        query: &Arc<HistoryQuery>,
        only: columns::Only,
    ) -> Result<Option<Vec<HistoryRow>>, Fault> {
        let location = part::location(folder, range);
        let bytes = match self.store.get(&location).await {
            Ok(found) => found.bytes().await.map_err(|e| fault("cannot read a history part", e))?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(fault("cannot read a history part", e)),
        };
        let (area, query) = (folder.area.clone(), query.clone());
        let rows = tokio::task::spawn_blocking(move || columns::read(bytes, &area, &query, only))
            .await
            .map_err(|e| Fault::passing("reading the history was cut short").because(e))?
            .map_err(|e| Fault::lasting(format!("history part {location} cannot be read: {e}")))?;
        Ok(Some(rows))
    }

    /// Replaces parts of a folder by one part with these rows (HP1: write first, remove then).
    async fn replace(
        &self,
        folder: &Folder,
        old: &[Part],
        range: PositionRange,
        mut rows: Vec<HistoryRow>,
    ) -> Result<(), Fault> {
        let mut written = None;
        if !rows.is_empty() {
            rows.sort_by(|a, b| {
                let key = |r: &HistoryRow| (r.reading.observed_at, r.position);
                a.reading.device.cmp(&b.reading.device).then(key(a).cmp(&key(b)))
            });
            let bytes = tokio::task::spawn_blocking(move || columns::write(&rows))
                .await
                .map_err(|e| Fault::passing("writing the history was cut short").because(e))?
                .map_err(|e| Fault::lasting(format!("history rows cannot be written: {e}")).because(e))?;
            written = Some(Part { range, bytes: bytes.len() as u64 });
            self.store
                .put(&part::location(folder, range), PutPayload::from(bytes))
                .await
                .map_err(|e| fault("cannot write a history part", e))?;
        }
        {
            let mut parts = self.parts();
            let here = parts.entry(folder.clone()).or_default();
            here.retain(|p| !old.contains(p) && p.range != range);
            here.extend(written);
            here.sort_by_key(|p| p.range);
            if here.is_empty() {
                parts.remove(folder);
            }
        }
        for gone in old.iter().filter(|p| written.is_none() || p.range != range) {
            self.remove(folder, gone.range).await?;
        }
        Ok(())
    }

    /// Every row of these parts.
    async fn load_whole(&self, folder: &Folder, parts: &[Part]) -> Result<Vec<HistoryRow>, Fault> {
        let everything = Arc::new(HistoryQuery::between(Instant::MIN, Instant::MAX));
        let mut rows = vec![];
        for part in parts {
            let gone =
                || Fault::lasting(format!("history part {} is gone", part::location(folder, part.range)));
            let only = columns::Only::Everything;
            rows.extend(self.load(folder, part.range, &everything, only).await?.ok_or_else(gone)?);
        }
        Ok(rows)
    }

    /// The folders whose rows a question may need.
    fn folders_for(&self, query: &HistoryQuery) -> Vec<(Folder, Vec<Part>)> {
        if query.from >= query.to {
            return vec![];
        }
        let days = query.from.day_in(&self.zone)..=(query.to - Millis(1)).day_in(&self.zone);
        let wanted =
            |f: &Folder| days.contains(&f.day) && (query.areas.is_empty() || query.areas.contains(&f.area));
        self.parts().iter().filter(|(f, _)| wanted(f)).map(|(f, p)| (f.clone(), p.clone())).collect()
    }

    async fn find(&self, query: &HistoryQuery, only: columns::Only) -> Result<Vec<HistoryRow>, Fault> {
        let shared = Arc::new(query.clone());
        'again: for _ in 0..READ_ATTEMPTS_MAX {
            let mut rows = vec![];
            for (folder, parts) in self.folders_for(query) {
                for part in parts {
                    match self.load(&folder, part.range, &shared, only).await? {
                        Some(more) => rows.extend(more),
                        None => continue 'again,
                    }
                }
            }
            sort_as_read(&mut rows);
            rows.truncate(query.rows_max.unwrap_or(usize::MAX));
            return Ok(rows);
        }
        Err(Fault::passing("the history is being rewritten faster than it can be read"))
    }
}

#[async_trait]
impl History for ParquetHistory {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        if let Some(row) = rows.iter().find(|r| !range.contains(r.position)) {
            return Err(outside(range, row));
        }
        let _one_at_a_time = self.changing.lock().await;
        let mut by_folder: BTreeMap<Folder, Vec<HistoryRow>> = BTreeMap::new();
        for row in rows {
            let day = row.reading.observed_at.day_in(&self.zone);
            by_folder.entry(Folder { area: row.area.clone(), day }).or_default().push(row);
        }
        let met: Vec<_> = {
            let parts = self.parts();
            let meets = |parts: &&Vec<Part>| parts.iter().any(|p| p.range.meets(range));
            parts.iter().filter(|(_, p)| meets(p)).map(|(f, _)| f.clone()).collect()
        };
        for folder in met {
            by_folder.entry(folder).or_default();
        }
        for (folder, mut rows) in by_folder {
            let (joined, old) = part::closure(range, &self.parts_of(&folder));
            let kept = self.load_whole(&folder, &old).await?;
            rows.extend(kept.into_iter().filter(|r| !range.contains(r.position)));
            self.replace(&folder, &old, joined, rows).await?;
        }
        Ok(())
    }

    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        self.find(query, columns::Only::Everything).await
    }

    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        Ok(self.find(query, columns::Only::Points).await?.into_iter().map(point).collect())
    }

    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        let kept = |(folder, parts): (&Folder, &Vec<Part>)| DayKept {
            area: folder.area.clone(),
            day: folder.day,
            parts: parts.len(),
            bytes: parts.iter().map(|p| p.bytes).sum(),
        };
        Ok(self.parts().iter().map(kept).collect())
    }

    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        let _one_at_a_time = self.changing.lock().await;
        let old: Vec<_> = {
            let parts = self.parts();
            parts.iter().filter(|(f, _)| f.day < before).map(|(f, p)| (f.clone(), p.clone())).collect()
        };
        for (folder, parts) in &old {
            self.parts().remove(folder);
            for part in parts {
                self.remove(folder, part.range).await?;
            }
        }
        Ok(old.len())
    }

    async fn compact(&self, before: LocalDay) -> Result<usize, Fault> {
        let _one_at_a_time = self.changing.lock().await;
        let small: Vec<_> = {
            let parts = self.parts();
            let worth = |f: &Folder, p: &Vec<Part>| f.day < before && p.len() > 1;
            parts.iter().filter(|(f, p)| worth(f, p)).map(|(f, p)| (f.clone(), p.clone())).collect()
        };
        let mut fewer = 0;
        for (folder, parts) in small {
            let range = parts.iter().map(|p| p.range).reduce(PositionRange::joined);
            if let Some(range) = range {
                let rows = self.load_whole(&folder, &parts).await?;
                self.replace(&folder, &parts, range, rows).await?;
                fewer += parts.len() - 1;
            }
        }
        Ok(fewer)
    }
}

/// The residential areas and days of a row as they are named in the store, for tools that look there.
pub fn folder_of(area: &AreaId, day: LocalDay) -> String {
    part::folder_name(&Folder { area: area.clone(), day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such_through_the_store() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let wrapped = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(full) };
        let told = fault("cannot write a history part", wrapped);
        assert_eq!((told.code(), told.retry), ("disk_full", true));
        let other = object_store::Error::Generic { store: "LocalFileSystem", source: "broken".into() };
        assert_eq!(fault("cannot write a history part", other).code(), "fault_passing");
    }
}
