//! Photos and other files in a folder, each named by the hash of its content.
//!
//! Owns: where a blob lies (`ab/abcd…`, by the first two digits), and taking in photos ([`photo`]).
//!
//! Invariants (BL1 to BL3 of the port, and)
//! - BF1 A blob has its name only after its bytes are synced, and `put` returns only after the name is. What a
//!   crash leaves under a temporary name is removed at opening.
//! - BF2 A blob whose bytes no longer have its hash is a lasting fault, never shown.
//!
//! Deliberately absent: photos in a database, and anything that changes a blob.

use async_trait::async_trait;
use linli_blobs::{BlobId, Blobs};
use linli_model::Fault;
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub mod photo;

/// Ends the names of files that are being written.
const UNNAMED: &str = ".tmp";

#[derive(Clone)]
pub struct FileBlobs {
    folder: Arc<PathBuf>,
    /// Tells files that are being written apart.
    writes: Arc<AtomicU64>,
}

fn fault(what: impl std::fmt::Display, e: io::Error) -> Fault {
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Fault::passing(format!("{what}: no space left")).because(e).saying(
                "disk_full",
                "磁盘空间已满,照片暂不能保存。已保存的不受影响,腾出空间后请重试。",
                "The disk is full, so the photo cannot be stored. What was stored is safe; try again once there is space.",
            )
        }
        _ => Fault::passing(format!("{what}: {e}")).because(e),
    }
}

impl FileBlobs {
    /// Opens a folder of blobs, made when it is not there.
    pub fn open(folder: impl AsRef<Path>) -> Result<FileBlobs, Fault> {
        let folder = folder.as_ref();
        let opened = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            for path in files_in(folder)? {
                if path.extension().is_some_and(|e| e == &UNNAMED[1..]) {
                    fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        opened().map_err(|e| fault(format!("cannot open the blob folder {}", folder.display()), e))?;
        Ok(FileBlobs { folder: Arc::new(folder.to_owned()), writes: Arc::default() })
    }

    fn path_of(&self, id: &BlobId) -> PathBuf {
        self.folder.join(&id.as_str()[..2]).join(id.as_str())
    }

    fn write(&self, id: &BlobId, bytes: &[u8]) -> io::Result<()> {
        let path = self.path_of(id);
        let shelf = self.folder.join(&id.as_str()[..2]);
        if !path.exists() {
            if !shelf.exists() {
                fs::create_dir_all(&shelf)?;
                fs::File::open(&*self.folder)?.sync_all()?;
            }
            let n = self.writes.fetch_add(1, Ordering::Relaxed);
            let unnamed = self.folder.join(format!("{}-{n}{UNNAMED}", std::process::id()));
            let mut file = fs::File::create(&unnamed)?;
            let written = file.write_all(bytes).and_then(|()| file.sync_all());
            if let Err(e) = written.and_then(|()| fs::rename(&unnamed, &path)) {
                // The first error is the one to report.
                let _ = fs::remove_file(&unnamed);
                return Err(e);
            }
        }
        // Also when it was there: whoever put it may have been killed before this.
        fs::File::open(shelf)?.sync_all()
    }

    /// Runs file work where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&FileBlobs) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(&this))
            .await
            .map_err(|e| Fault::passing(format!("{what} was cut short")).because(e))?
            .map_err(|e| fault(what, e))
    }
}

/// The files in a folder and in its folders.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_in(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn none_if_absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId, Fault> {
        self.blocking("storing a file", move |this| {
            let id = BlobId::of(&bytes);
            this.write(&id, &bytes).map(|()| id)
        })
        .await
    }

    async fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Fault> {
        let wanted = id.clone();
        let bytes = self
            .blocking("reading a file", move |this| none_if_absent(fs::read(this.path_of(&wanted))))
            .await?;
        match bytes {
            Some(bytes) if BlobId::of(&bytes) != *id => Err(Fault::lasting(format!("file {id} is damaged"))
                .saying(
                    "blob_damaged",
                    "该文件已损坏,无法显示。请从备份恢复。",
                    "This file is damaged and cannot be shown. Restore it from a backup.",
                )),
            found => Ok(found),
        }
    }

    async fn exists(&self, id: &BlobId) -> Result<bool, Fault> {
        let id = id.clone();
        self.blocking("looking for a file", move |this| this.path_of(&id).try_exists()).await
    }

    async fn delete(&self, id: &BlobId) -> Result<bool, Fault> {
        let id = id.clone();
        self.blocking("deleting a file", move |this| {
            Ok(none_if_absent(fs::remove_file(this.path_of(&id)))?.is_some())
        })
        .await
    }

    async fn list(&self) -> Result<Vec<BlobId>, Fault> {
        self.blocking("listing files", |this| {
            let names = files_in(&this.folder)?;
            let mut ids: Vec<BlobId> =
                names.iter().filter_map(|p| p.file_name()?.to_str()?.parse().ok()).collect();
            ids.sort();
            Ok(ids)
        })
        .await
    }
}
