//! The bytes of a part: a local file, of which only what is needed is read, or a whole object.
//!
//! An object is fetched whole: it is a fraction of a megabyte, and a request costs more than its bytes.

use bytes::Bytes;
use parquet::{
    errors::{ParquetError, Result},
    file::reader::{ChunkReader, Length},
};
use std::{
    fs::File,
    io::{Cursor, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Footer and page index of a usual part fit in.
const TAIL: u64 = 16 * 1024;

#[derive(Clone)]
pub(crate) enum Object {
    Whole(Bytes),
    Local(Arc<LocalFile>),
}

pub(crate) struct LocalFile {
    file: Mutex<File>,
    len: u64,
    /// Its last bytes, which every reader begins with.
    tail: Bytes,
}

fn read_at(file: &Mutex<File>, start: u64, length: usize) -> std::io::Result<Bytes> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

impl Object {
    pub(crate) fn open(path: &Path) -> std::io::Result<Object> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let file = Mutex::new(file);
        let tail = read_at(&file, len.saturating_sub(TAIL), len.min(TAIL) as usize)?;
        Ok(Object::Local(Arc::new(LocalFile { file, len, tail })))
    }
}

impl Length for Object {
    fn len(&self) -> u64 {
        match self {
            Object::Whole(bytes) => bytes.len() as u64,
            Object::Local(local) => local.len,
        }
    }
}

impl ChunkReader for Object {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let length = self.len().saturating_sub(start);
        Ok(Cursor::new(self.get_bytes(start, usize::try_from(length)?)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.len() {
            return Err(ParquetError::EOF(format!("it ends at {}, before {end}", self.len())));
        }
        match self {
            Object::Whole(bytes) => Ok(bytes.slice(start as usize..end as usize)),
            Object::Local(local) => {
                let tail = local.len - local.tail.len() as u64;
                match start.checked_sub(tail) {
                    Some(from) => Ok(local.tail.slice(from as usize..from as usize + length)),
                    None => Ok(read_at(&local.file, start, length)?),
                }
            }
        }
    }
}
