//! The door to the disk: everything the log does to a file goes through here and nothing else does.
//!
//! Invariants
//! - FL1 The traits have no default behaviour and hide no sync: a recording of the calls is a recording of
//!   what the disk was told, in order.
//! - FL2 A folder is open in one process at a time.

use std::{fmt, fs, io, os::unix::fs::FileExt, path::Path, path::PathBuf, sync::Arc};

/// One folder of files.
pub trait Files: Send + Sync {
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file; an older one of that name is emptied.
    fn create(&self, name: &str) -> io::Result<Arc<dyn File>>;
    fn open(&self, name: &str) -> io::Result<Arc<dyn File>>;
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals durable.
    fn sync_folder(&self) -> io::Result<()>;
}

pub trait File: Send + Sync {
    fn length(&self) -> io::Result<u64>;
    /// Fills `bytes` or fails.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    fn truncate(&self, len: u64) -> io::Result<()>;
    /// Makes the content and length durable.
    fn sync(&self) -> io::Result<()>;
}

impl fmt::Debug for dyn File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("File")
    }
}

/// A real folder.
pub struct DiskFiles {
    folder: PathBuf,
    /// Held while the folder is open (FL2).
    _lock: fs::File,
}

impl DiskFiles {
    pub fn open(folder: &Path) -> io::Result<DiskFiles> {
        fs::create_dir_all(folder)?;
        if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::File::open(parent)?.sync_all()?;
        }
        let lock =
            fs::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        lock.try_lock()
            .map_err(|_| io::Error::new(io::ErrorKind::ResourceBusy, "another Linli has this folder open"))?;
        Ok(DiskFiles { folder: folder.to_owned(), _lock: lock })
    }
}

struct DiskFile(fs::File);

impl Files for DiskFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = vec![];
        for entry in fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }
    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(self.folder.join(name))?;
        Ok(Arc::new(DiskFile(file)))
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let file = fs::OpenOptions::new().read(true).write(true).open(self.folder.join(name))?;
        Ok(Arc::new(DiskFile(file)))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }
    fn sync_folder(&self) -> io::Result<()> {
        fs::File::open(&self.folder)?.sync_all()
    }
}

impl File for DiskFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.0.read_exact_at(bytes, at)
    }
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }
    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync(&self) -> io::Result<()> {
        // fdatasync also writes the length, without which the data could not be read back.
        self.0.sync_data()
    }
}
