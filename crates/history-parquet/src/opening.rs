//! Opening a history, and what lies in it.

use crate::{
    ParquetHistory,
    fault::fault,
    object::Object,
    part::{self, Folder, Part},
    reading::fetch,
};
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use linli_history::PositionRange;
use linli_model::Fault;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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

    pub(crate) fn parts(&self) -> MutexGuard<'_, BTreeMap<Folder, Vec<Part>>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn parts_of(&self, folder: &Folder) -> Vec<Part> {
        self.parts().get(folder).cloned().unwrap_or_default()
    }

    pub(crate) async fn remove(&self, folder: &Folder, range: PositionRange) -> Result<(), Fault> {
        match self.store.delete(&part::location(folder, range)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(fault("cannot remove a history part", e)),
        }
    }

    /// The bytes of a part, for a thread that may wait; None when it is no longer there.
    pub(crate) fn object_of(&self, folder: &Folder, part: &Part) -> Result<Option<Object>, Fault> {
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
}
