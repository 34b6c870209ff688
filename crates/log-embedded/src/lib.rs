//! The log of one installation in segment files: what intake acknowledges is in here, synced.
//!
//! Owns: the format on disk ([`frame`], [`segment`]), group commit ([`writer`]), what is done when a folder
//! is opened ([`recovery`]), and the narrow door to the disk ([`files`]) that lets tests record every
//! write and sync and rebuild what a power loss may leave.
//!
//! A folder holds `lock` and segments `<first position, 20 digits>.seg`. A segment is a header and frames;
//! a frame is what one sync made durable: the entries of one or many senders, with one checksum.
//!
//! Invariants (LG1 to LG5 of the port, and)
//! - LE1 At most one frame is written and not yet synced, and it is the last. So a frame that is broken
//!   and has a whole one behind it was acknowledged and is damaged: the folder is refused, not cut.
//! - LE2 What a reader was given is durable: opening rewrites and syncs the last frame before anything is read.
//! - LE3 A failed sync turns the log read-only until it is opened anew; a write that found no space is
//!   taken back and refused, and the next one is tried.
//! - LE4 A segment has its name only after its header is synced; it takes a frame only after its name is.
//! - LE5 Segments are dropped oldest first, each durably before the next: what is kept has no gap.
//! - LE6 A folder written by a newer version is refused before anything in it is changed.
//!
//! Deliberately absent: an index on disk, compression (batches are small and history compresses), and
//! replication (the log of an installation that scales out is another crate).

use async_trait::async_trait;
use linli_log::{Log, READ_ENTRIES_MAX, fault};
use linli_model::{Fault, LogEntry, Position};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot, watch};

pub mod files;
mod frame;
mod recovery;
mod segment;
mod writer;

use files::{DiskFiles, Files};
use segment::Segment;

/// How much of a read is decoded at most before it returns, in bytes of frames.
const READ_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Senders that may wait for the writer before `append` itself waits.
const SENDERS_WAITING_MAX: usize = 1024;

#[derive(Clone, Debug)]
pub struct LogOptions {
    /// A segment that has grown over this is closed and a next one begun.
    pub segment_bytes: u64,
    /// Mixed into the checksums of new segments, so that no sender can put a frame into a reading. Any
    /// number that senders do not know.
    pub salt: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions { segment_bytes: 64 * 1024 * 1024, salt: 0x6c69_6e6c_695f_6c67 }
    }
}

/// What reader, writer and trimmer share.
struct Shared {
    files: Arc<dyn Files>,
    /// Oldest first, never empty; the last is the one being written.
    segments: RwLock<Vec<Arc<Segment>>>,
    appended: watch::Sender<Position>,
}

impl Shared {
    fn segments(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    fn last(&self) -> Position {
        *self.appended.borrow()
    }
    fn first(&self) -> Position {
        self.segments.read().unwrap_or_else(PoisonError::into_inner)[0].first
    }

    fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault> {
        let last = self.last();
        let segments = self.segments();
        if after + 1 < segments[0].first {
            return Err(fault::trimmed(after, segments[0].first));
        }
        let mut found = vec![];
        let mut bytes_left = READ_BYTES_MAX;
        let mut next = after + 1;
        while next <= last && found.len() < entries_max && (found.is_empty() || bytes_left > 0) {
            let i = segments.partition_point(|s| s.first <= next) - 1;
            let to = segments.get(i + 1).map_or(last, |s| s.first - 1);
            segments[i].read(next, to.min(last), entries_max, &mut bytes_left, &mut found)?;
            match found.last() {
                Some((position, _)) if *position >= next => next = position + 1,
                _ => return Err(segment::damaged(&segments[i].name, format!("position {next} is missing"))),
            }
        }
        Ok(found)
    }

    /// LE5: one by one, oldest first, each synced away before the next.
    fn trim(&self, before: Position) -> Result<(), Fault> {
        loop {
            let oldest = {
                let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
                match segments.as_slice() {
                    [oldest, next, ..] if next.first <= before => oldest.clone(),
                    _ => return Ok(()),
                }
            };
            // Readers first: whoever asks from here on is told that it is gone.
            self.segments.write().unwrap_or_else(PoisonError::into_inner).retain(|s| s.first != oldest.first);
            self.files
                .remove(&oldest.name)
                .and_then(|()| self.files.sync_folder())
                .map_err(|e| Fault::passing(format!("cannot remove {}: {e}", oldest.name)).because(e))?;
        }
    }
}

pub struct EmbeddedLog {
    shared: Arc<Shared>,
    sender: Option<mpsc::Sender<writer::Request>>,
    writer: Option<JoinHandle<()>>,
    trimming: Arc<Mutex<()>>,
}

impl EmbeddedLog {
    /// Opens the log in a folder of its own, made when it is not there. Blocks while it checks the newest
    /// segment.
    pub fn open(folder: impl AsRef<Path>, options: LogOptions) -> Result<EmbeddedLog, Fault> {
        let folder = folder.as_ref();
        let files = DiskFiles::open(folder).map_err(|e| {
            let in_use = e.kind() == std::io::ErrorKind::ResourceBusy;
            let fault = Fault::lasting(format!("cannot open the log folder {}: {e}", folder.display())).because(e);
            if !in_use {
                return fault;
            }
            fault.saying(
                "folder_in_use",
                format!("另一个 Linli 正在使用 {}。一个数据目录只能由一个服务打开;请先停止那个服务,或换一个数据目录。", folder.display()),
                format!("Another Linli has {} open. A data folder belongs to one service at a time; stop that one first, or use another folder.", folder.display()),
            )
        })?;
        Self::open_over(Arc::new(files), options)
    }

    /// Opens the log over any [`Files`]: tests record and break them.
    pub fn open_over(files: Arc<dyn Files>, options: LogOptions) -> Result<EmbeddedLog, Fault> {
        let opened = recovery::open(&*files, &options)?;
        let shared = Arc::new(Shared {
            files,
            segments: RwLock::new(opened.segments),
            appended: watch::Sender::new(opened.last),
        });
        let (sender, requests) = mpsc::channel(SENDERS_WAITING_MAX);
        let writer = writer::Writer::over(shared.clone(), options, opened.end);
        let writer = std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || writer.run(requests))
            .map_err(|e| Fault::passing("cannot start the log's writer").because(e))?;
        Ok(EmbeddedLog { shared, sender: Some(sender), writer: Some(writer), trimming: Arc::default() })
    }
}

impl Drop for EmbeddedLog {
    /// Waits for what is being written, so that the folder can be opened again at once.
    fn drop(&mut self) {
        self.sender.take();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has answered nobody: nothing was acknowledged.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Log for EmbeddedLog {
    async fn append(&self, entries: Vec<LogEntry>) -> Result<Position, Fault> {
        if entries.is_empty() {
            return Ok(self.shared.last());
        }
        let encoded = frame::encode_entries(&entries)?;
        let stopped = || fault::read_only("the writer has stopped");
        let (answer, answered) = oneshot::channel();
        let sender = self.sender.as_ref().ok_or_else(stopped)?;
        sender.send(writer::Request { encoded, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    async fn read(&self, after: Position, entries_max: usize) -> Result<Vec<(Position, LogEntry)>, Fault> {
        let entries_max = entries_max.min(READ_ENTRIES_MAX);
        if after >= self.shared.last() && after.saturating_add(1) >= self.shared.first() {
            return Ok(vec![]);
        }
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || shared.read(after, entries_max))
            .await
            .map_err(|e| Fault::passing("reading the log was cut short").because(e))?
    }

    async fn last(&self) -> Result<Position, Fault> {
        Ok(self.shared.last())
    }

    async fn first(&self) -> Result<Position, Fault> {
        Ok(self.shared.first())
    }

    async fn trim(&self, before: Position) -> Result<(), Fault> {
        let (shared, trimming) = (self.shared.clone(), self.trimming.clone());
        tokio::task::spawn_blocking(move || {
            let _one_at_a_time = trimming.lock().unwrap_or_else(PoisonError::into_inner);
            shared.trim(before)
        })
        .await
        .map_err(|e| Fault::passing("trimming the log was cut short").because(e))?
    }

    fn appended(&self) -> watch::Receiver<Position> {
        self.shared.appended.subscribe()
    }
}
