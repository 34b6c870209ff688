//! The past readings in Parquet files that any tool can read as they lie.
//!
//! Owns: the folders and names ([`part`]), the columns ([`columns`]), whole rows ([`rows`]) and rows by numbers ([`scan`])
//! out of them, which rows count ([`repeats`]), and how parts are written, replaced, joined and dropped. `area=310104011012/day=2026-11-23/part-000000000001-000000000042.parquet` holds the
//! rows of that residential area and local day whose log positions are 1 to 42.
//!
//! Invariants (HS1 to HS5 of the port, and)
//! - HP1 In one folder no two parts share a position: what overlaps is joined into one part, written
//!   before the old ones go. So a tool that reads `*.parquet` sees each row once.
//! - HP2 A part whose range lies inside another's of the same folder was joined into it, and a crash came
//!   before it was removed; opening removes it.
//! - HP3 A part is sorted by measure, then device, then observed_at, then position; in format 1 by device first.
//! - HP4 Whether a row counts is decided when it comes, against what came before it in the log, and is not decided again
//!   when parts are joined.
//!
//! Deliberately absent: names of people (ids are pseudonymous), a catalogue (folders are the catalogue),
//! and readings in quarantine.

use async_trait::async_trait;
use columns::Kept;
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use linli_history::{
    DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange, Scan, ScanQuery,
    memory::{outside, point, sort_as_read},
};
use linli_model::{AreaId, Fault, Instant, LocalDay, Millis};
use object::Object;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

mod columns;
mod object;
mod part;
mod repeats;
mod rows;
mod scan;

use part::{Folder, Part};

/// How often a read is begun again because a part was joined into another meanwhile.
const READ_ATTEMPTS_MAX: usize = 5;

pub struct ParquetHistory {
    store: Arc<dyn ObjectStore>,
    /// Where the store is a folder of this machine: files there are read in part.
    folder: Option<PathBuf>,
    zone: TimeZone,
    /// What lies in the store; the parts of a folder by position.
    parts: Mutex<BTreeMap<Folder, Vec<Part>>>,
    /// One change at a time, with what tells which rows count; reads do not wait for it.
    changing: tokio::sync::Mutex<repeats::Repeats>,
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
        let mut history = Self::open(Arc::new(store), zone).await?;
        history.folder = Some(folder.to_owned());
        Ok(history)
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
        let history = ParquetHistory {
            store,
            folder: None,
            zone,
            parts: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        };
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

    /// The bytes of a part, for a thread that may wait; None when it is no longer there.
    fn object_of(&self, folder: &Folder, part: &Part) -> Result<Option<Object>, Fault> {
        let location = part::location(folder, part.range);
        let Some(root) = &self.folder else {
            let found = futures::executor::block_on(fetch(&*self.store, &location))?;
            return Ok(found.map(Object::Whole));
        };
        match Object::open(&root.join(location.as_ref())) {
            Ok(object) => Ok(Some(object)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Fault::passing(format!("cannot read a history part: {e}")).because(e)),
        }
    }

    /// The rows of a part; None when it is no longer there.
    async fn load(
        &self,
        folder: &Folder,
        range: PositionRange,
        query: &Arc<HistoryQuery>,
        only: rows::Only,
    ) -> Result<Option<Vec<Kept>>, Fault> {
        let location = part::location(folder, range);
        let local = self.folder.as_ref().map(|root| root.join(location.as_ref()));
        let whole = match local {
            Some(_) => None,
            None => match fetch(&*self.store, &location).await? {
                Some(bytes) => Some(Object::Whole(bytes)),
                None => return Ok(None),
            },
        };
        let (area, query) = (folder.area.clone(), query.clone());
        let read = move || {
            let object = match (whole, local) {
                (Some(whole), _) => whole,
                (None, path) => match Object::open(&path.unwrap_or_default()) {
                    Ok(object) => object,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(e) => return Err(e.into()),
                },
            };
            rows::read(object, &area, &query, only).map(Some)
        };
        let read: Result<_, columns::ReadError> = tokio::task::spawn_blocking(read)
            .await
            .map_err(|e| Fault::passing("reading the history was cut short").because(e))?;
        read.map_err(|e| Fault::lasting(format!("history part {location} cannot be read: {e}")))
    }

    /// Replaces parts of a folder by one part with these rows (HP1: write first, remove then).
    async fn replace(
        &self,
        folder: &Folder,
        old: &[Part],
        range: PositionRange,
        rows: Vec<Kept>,
    ) -> Result<(), Fault> {
        let mut written = None;
        if !rows.is_empty() {
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
    async fn load_whole(&self, folder: &Folder, parts: &[Part]) -> Result<Vec<Kept>, Fault> {
        let everything = Arc::new(HistoryQuery::between(Instant::MIN, Instant::MAX));
        let mut rows = vec![];
        for part in parts {
            let gone =
                || Fault::lasting(format!("history part {} is gone", part::location(folder, part.range)));
            let only = rows::Only::Everything;
            rows.extend(self.load(folder, part.range, &everything, only).await?.ok_or_else(gone)?);
        }
        repeats::judge_old(&mut rows);
        Ok(rows)
    }

    /// Decides which of the rows of a range count (HS6).
    async fn judge(
        &self,
        repeats: &mut repeats::Repeats,
        range: PositionRange,
        mut rows: Vec<HistoryRow>,
    ) -> Result<Vec<Kept>, Fault> {
        rows.sort_by_key(|r| r.position);
        let areas: BTreeSet<AreaId> = rows.iter().map(|r| r.area.clone()).collect();
        // Where the log is gone through again, only what lies before the range came before it.
        let again = {
            let parts = self.parts();
            let newer = |(f, p): (&Folder, &Vec<Part>)| {
                areas.contains(&f.area) && p.iter().any(|p| p.range.to >= range.from)
            };
            parts.iter().any(newer)
        };
        if again {
            repeats.forget(&areas);
        }
        let kept: Vec<Folder> = {
            let parts = self.parts();
            parts.keys().filter(|f| areas.contains(&f.area)).cloned().collect()
        };
        for folder in repeats.missing(&rows, &self.zone, &kept) {
            let mut before = Vec::new();
            for part in self.parts_of(&folder) {
                match self.load_whole(&folder, std::slice::from_ref(&part)).await {
                    Ok(rows) => before.extend(rows),
                    Err(fault) if fault.retry => return Err(fault),
                    // A damaged part is told to whoever reads its day; it does not stop the writing of all others. What it
                    // holds may then count a second time when it comes again.
                    Err(_) => {}
                }
            }
            let before = before.iter().filter(|k| k.row.position < range.from);
            let marks = before.map(|k| repeats::mark_of(&k.row)).collect();
            repeats.know(folder, marks);
        }
        let newest = rows.iter().map(|r| r.received_at).max();
        let kept = repeats.judge(rows, &self.zone);
        if again {
            repeats.forget(&areas);
        } else if let Some(newest) = newest {
            repeats.forget_before(newest, &self.zone);
        }
        Ok(kept)
    }

    async fn add_judged(&self, range: PositionRange, rows: Vec<Kept>) -> Result<(), Fault> {
        let mut days = repeats::Days::default();
        let mut by_folder: BTreeMap<Folder, Vec<Kept>> = BTreeMap::new();
        for kept in rows {
            let day = days.of(kept.row.at(), &self.zone);
            by_folder.entry(Folder { area: kept.row.area.clone(), day }).or_default().push(kept);
        }
        // A folder may hold rows of the range that are no longer among them.
        {
            let parts = self.parts();
            let met = parts.iter().filter(|(_, p)| p.iter().any(|p| p.range.meets(range)));
            for (folder, _) in met {
                by_folder.entry(folder.clone()).or_default();
            }
        }
        for (folder, mut rows) in by_folder {
            let (joined, old) = part::closure(range, &self.parts_of(&folder));
            let kept = self.load_whole(&folder, &old).await?;
            rows.extend(kept.into_iter().filter(|k| !range.contains(k.row.position)));
            self.replace(&folder, &old, joined, rows).await?;
        }
        Ok(())
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

    async fn find(&self, query: &HistoryQuery, only: rows::Only) -> Result<Vec<HistoryRow>, Fault> {
        let shared = Arc::new(query.clone());
        'again: for _ in 0..READ_ATTEMPTS_MAX {
            let mut rows = vec![];
            for (folder, parts) in self.folders_for(query) {
                for part in parts {
                    match self.load(&folder, part.range, &shared, only).await? {
                        Some(more) => rows.extend(more.into_iter().map(|k| k.row)),
                        None => continue 'again,
                    }
                }
            }
            sort_as_read(&mut rows);
            rows.truncate(query.rows_max.unwrap_or(usize::MAX));
            return Ok(rows);
        }
        Err(rewritten_too_fast())
    }
}

fn rewritten_too_fast() -> Fault {
    Fault::passing("the history is being rewritten faster than it can be read")
}

/// None when there is no such object.
async fn fetch(
    store: &dyn ObjectStore,
    location: &object_store::path::Path,
) -> Result<Option<bytes::Bytes>, Fault> {
    let found = match store.get(location).await {
        Ok(found) => found.bytes().await,
        Err(e) => Err(e),
    };
    match found {
        Ok(bytes) => Ok(Some(bytes)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(fault("cannot read a history part", e)),
    }
}

#[async_trait]
impl History for ParquetHistory {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        if let Some(row) = rows.iter().find(|r| !range.contains(r.position)) {
            return Err(outside(range, row));
        }
        let mut repeats = self.changing.lock().await;
        let judged = match self.judge(&mut repeats, range, rows).await {
            Ok(judged) => judged,
            Err(fault) => {
                *repeats = repeats::Repeats::default();
                return Err(fault);
            }
        };
        let added = self.add_judged(range, judged).await;
        if added.is_err() {
            // What was remembered may not have been written.
            *repeats = repeats::Repeats::default();
        }
        added
    }

    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        self.find(query, rows::Only::Everything).await
    }

    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        Ok(self.find(query, rows::Only::Points).await?.into_iter().map(point).collect())
    }

    fn scan(&self, query: &ScanQuery) -> Box<dyn Scan + '_> {
        Box::new(scan::ParquetScan::of(self, query))
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
