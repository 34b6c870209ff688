//! Whole rows out of the parts.

use crate::{
    ParquetHistory,
    columns::{self, Kept},
    fault::{fault, rewritten_too_fast, unreadable},
    object::Object,
    part::{self, Folder, Part},
    repeats, rows,
};
use linli_history::{HistoryQuery, HistoryRow, PositionRange, memory::sort_as_read};
use linli_model::{Fault, Instant, Millis};
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// How often a read is begun again because a part was joined into another meanwhile.
pub(crate) const READ_ATTEMPTS_MAX: usize = 5;

impl ParquetHistory {
    /// The rows of a part; None when it is no longer there.
    pub(crate) async fn load(
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
        read.map_err(|e| unreadable(folder, range, &e))
    }

    /// Every row of these parts.
    pub(crate) async fn load_whole(&self, folder: &Folder, parts: &[Part]) -> Result<Vec<Kept>, Fault> {
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

    /// The folders whose rows a question may need.
    pub(crate) fn folders_for(&self, query: &HistoryQuery) -> Vec<(Folder, Vec<Part>)> {
        if query.from >= query.to {
            return vec![];
        }
        let days = query.from.day_in(&self.zone)..=(query.to - Millis(1)).day_in(&self.zone);
        let wanted =
            |f: &Folder| days.contains(&f.day) && (query.areas.is_empty() || query.areas.contains(&f.area));
        self.parts().iter().filter(|(f, _)| wanted(f)).map(|(f, p)| (f.clone(), p.clone())).collect()
    }

    pub(crate) async fn find(
        &self,
        query: &HistoryQuery,
        only: rows::Only,
    ) -> Result<Vec<HistoryRow>, Fault> {
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

/// None when there is no such object.
pub(crate) async fn fetch(
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
