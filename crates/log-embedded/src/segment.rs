//! A segment: a file of frames from one position on.
//!
//! Header: `LINLILOG`, format u32, zero u32, first position u64, salt u64, CRC-32 u32, zero u32; little-endian.
//!
//! Invariants
//! - SG1 In a closed segment, what lies behind the position before the next segment's first is not read:
//!   it is what a full disk left of a frame that was taken back.

use crate::{
    files::{File, Files},
    frame::{self, Frame, FrameReader},
};
use linli_model::{Fault, LogEntry, Position};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

pub(crate) const HEADER_BYTES: u64 = 40;
const MAGIC: [u8; 8] = *b"LINLILOG";
/// The format of segments and frames that this version writes, and the newest it reads.
const FORMAT: u32 = 1;
/// Between two points of the index in memory, in bytes of file.
const INDEX_EVERY_BYTES: u64 = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) first: Position,
    pub(crate) salt: u64,
    pub(crate) file: Arc<dyn File>,
    index: Mutex<Index>,
}

/// Where some frames start, so that a read need not begin at the segment's start.
#[derive(Debug, Default)]
struct Index {
    points: Vec<(Position, u64)>,
}

impl Index {
    fn note(&mut self, first: Position, at: u64) {
        if self.points.last().is_none_or(|(p, o)| *p < first && o + INDEX_EVERY_BYTES <= at) {
            self.points.push((first, at));
        }
    }
    /// The nearest known frame start at or before `position`.
    fn find(&self, position: Position) -> Option<u64> {
        let i = self.points.partition_point(|(first, _)| *first <= position);
        i.checked_sub(1).map(|i| self.points[i].1)
    }
}

pub(crate) fn name_of(first: Position) -> String {
    format!("{first:020}.seg")
}

/// The first position that a file name promises; None for files that are no segments.
pub(crate) fn find_first(name: &str) -> Option<Position> {
    let digits = name.strip_suffix(".seg")?;
    (digits.len() == 20).then(|| digits.parse().ok()).flatten()
}

pub(crate) fn damaged(name: &str, why: impl std::fmt::Display) -> Fault {
    Fault::lasting(format!("log segment {name} is damaged: {why}")).saying(
        "log_damaged",
        format!("日志文件 {name} 已损坏,已确认的数据可能缺失,因此拒绝打开。请从备份恢复。"),
        format!("The log file {name} is damaged and acknowledged data may be missing, so it is not used. Restore from a backup."),
    )
}

pub(crate) fn unreadable(name: &str, e: io::Error) -> Fault {
    Fault::passing(format!("cannot read log segment {name}: {e}")).because(e)
}

impl Segment {
    /// LE4: header, sync, name, sync of the name. A sync that fails is never reported as a lack of space,
    /// which could be tried again.
    pub(crate) fn create(files: &dyn Files, first: Position, salt: u64) -> io::Result<Segment> {
        let name = name_of(first);
        let unnamed = format!("{name}.new");
        let file = files.create(&unnamed)?;
        let mut header = Vec::with_capacity(HEADER_BYTES as usize);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&FORMAT.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        header.extend_from_slice(&first.to_le_bytes());
        header.extend_from_slice(&salt.to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        file.write_at(&header, 0)?;
        file.sync().map_err(io::Error::other)?;
        files.rename(&unnamed, &name)?;
        files.sync_folder().map_err(io::Error::other)?;
        Ok(Segment { name, first, salt, file, index: Mutex::default() })
    }

    pub(crate) fn open(files: &dyn Files, name: &str, first: Position) -> Result<Segment, Fault> {
        let file = files.open(name).map_err(|e| unreadable(name, e))?;
        let mut header = [0; HEADER_BYTES as usize];
        if file.length().map_err(|e| unreadable(name, e))? < HEADER_BYTES {
            return Err(damaged(name, "its header is cut short"));
        }
        file.read_at(&mut header, 0).map_err(|e| unreadable(name, e))?;
        let number = |from: usize| u32::from_le_bytes(header[from..from + 4].try_into().unwrap_or_default());
        let long = |from: usize| u64::from_le_bytes(header[from..from + 8].try_into().unwrap_or_default());
        if header[..8] != MAGIC {
            return Err(damaged(name, "it does not begin like a log segment"));
        }
        if number(8) > FORMAT {
            return Err(frame::newer_format(format!("log segment {name} has format {}", number(8))));
        }
        if number(32) != crc32fast::hash(&header[..32]) || long(16) != first {
            return Err(damaged(name, "its header does not check"));
        }
        Ok(Segment { name: name.to_owned(), first, salt: long(24), file, index: Mutex::default() })
    }

    pub(crate) fn note(&self, first: Position, at: u64) {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).note(first, at);
    }

    /// Walks the whole frames from the offset `at`, which must be a frame's start, while `each` says to go
    /// on. Gives the offset behind the last frame walked.
    pub(crate) fn walk(
        &self,
        mut at: u64,
        mut each: impl FnMut(u64, &Frame<'_>) -> Result<bool, Fault>,
    ) -> Result<u64, Fault> {
        let end = self.file.length().map_err(|e| unreadable(&self.name, e))?;
        let mut frames = FrameReader::over(&*self.file, self.salt, end);
        while let Some(frame) = frames.find(at).map_err(|e| unreadable(&self.name, e))? {
            if !each(at, &frame)? {
                break;
            }
            at = frame.next;
        }
        Ok(at)
    }

    /// Adds the entries from `from` to `to`, both included and in this segment, to `found`.
    pub(crate) fn read(
        &self,
        from: Position,
        to: Position,
        entries_max: usize,
        bytes_left: &mut usize,
        found: &mut Vec<(Position, LogEntry)>,
    ) -> Result<(), Fault> {
        let start = self.index.lock().unwrap_or_else(PoisonError::into_inner).find(from);
        self.walk(start.unwrap_or(HEADER_BYTES), |at, frame| {
            self.note(frame.first, at);
            if frame.last() >= from {
                frame.decode(from, to, entries_max, found)?;
                *bytes_left = bytes_left.saturating_sub(frame.payload.len());
            }
            Ok(frame.last() < to && found.len() < entries_max && *bytes_left > 0)
        })?;
        Ok(())
    }
}
