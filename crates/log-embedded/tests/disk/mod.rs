//! A disk in memory that remembers every call, and what a power loss may leave of them.
//!
//! The rules of what is legal: a synced file keeps its content and length; of what was written after its
//! last sync any sectors may have reached the disk and any not, in any order, the last one torn at any byte,
//! and the length may have grown without the bytes (they read as zeros). Names made, moved or removed after
//! the folder's last sync may each have happened or not. After a sync that failed, what it should have
//! written may or may not be there, and no later sync writes it.

// Each test binary uses its own part of this.
#![allow(dead_code, unreachable_pub)]

use linli_log_embedded::files::{File, Files};
use linli_model::{LogEntry, Position};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, MutexGuard},
};

const SECTOR: usize = 512;

#[derive(Clone, Debug)]
pub enum Op {
    /// The name now means this file, which is empty.
    Create {
        name: String,
        ino: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    Write {
        ino: usize,
        at: usize,
        bytes: Arc<Vec<u8>>,
    },
    Truncate {
        ino: usize,
        len: usize,
    },
    Sync {
        ino: usize,
    },
    SyncFailed {
        ino: usize,
    },
    SyncFolder,
    /// Acknowledged to a sender, or given to a reader: from here on it must be there.
    Promise {
        entries: Arc<Vec<(Position, LogEntry)>>,
    },
    /// From here on entries before this may be gone.
    TrimAllowed {
        before: Position,
    },
}

/// A sync that the log calls, by what it is for. The harness can leave one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncPoint {
    Frame,
    SegmentHeader,
    SegmentName,
    TrimmedName,
    LastFrameAtOpen,
    NamesAtOpen,
}

pub const SYNC_POINTS: [SyncPoint; 6] = [
    SyncPoint::Frame,
    SyncPoint::SegmentHeader,
    SyncPoint::SegmentName,
    SyncPoint::TrimmedName,
    SyncPoint::LastFrameAtOpen,
    SyncPoint::NamesAtOpen,
];

/// What the next sync of a kind does instead of working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The process dies before the call reaches the disk.
    Killed,
    /// The disk reports an error and forgets what was to be written.
    Failed,
}

#[derive(Default)]
pub struct State {
    pub ops: Vec<Op>,
    names: BTreeMap<String, usize>,
    contents: Vec<Vec<u8>>,
    pub left_out: Option<SyncPoint>,
    pub trouble: Option<(SyncPoint, Trouble)>,
    /// The log is being opened: tells the syncs of opening from those of running.
    pub opening: bool,
    pub space_left: Option<usize>,
}

#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

struct DiskFile {
    disk: Disk,
    ino: usize,
}

impl Disk {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn of_image(image: &Image) -> Disk {
        let disk = Disk::default();
        for (name, bytes) in &image.files {
            let mut state = disk.state();
            let ino = state.contents.len();
            state.contents.push(bytes.clone());
            state.names.insert(name.clone(), ino);
        }
        disk
    }

    pub fn note(&self, op: Op) {
        self.state().ops.push(op);
    }

    /// The names and contents as a process sees them now.
    pub fn contents(&self) -> Image {
        let state = self.state();
        Image { files: state.names.iter().map(|(n, i)| (n.clone(), state.contents[*i].clone())).collect() }
    }
}

impl State {
    /// Carries out a sync of a kind, unless it is left out or in trouble.
    fn sync(&mut self, point: SyncPoint, done: Op, failed: Option<Op>) -> io::Result<()> {
        if self.trouble.is_some_and(|(at, _)| at == point) {
            if let (Some((_, Trouble::Failed)), Some(failed)) = (self.trouble.take(), failed) {
                self.ops.push(failed);
            }
            return Err(io::Error::other("no answer from the disk"));
        }
        if self.left_out != Some(point) {
            self.ops.push(done);
        }
        Ok(())
    }
}

impl Files for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }
    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let mut state = self.state();
        let ino = state.contents.len();
        state.contents.push(vec![]);
        state.names.insert(name.to_owned(), ino);
        state.ops.push(Op::Create { name: name.to_owned(), ino });
        Ok(Arc::new(DiskFile { disk: self.clone(), ino }))
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let ino = *self.state().names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(DiskFile { disk: self.clone(), ino }))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let ino = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), ino);
        state.ops.push(Op::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        state.ops.push(Op::Remove { name: name.to_owned() });
        Ok(())
    }
    fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.state();
        let removed = state.ops.iter().rev().find_map(|op| match op {
            Op::Remove { .. } => Some(true),
            Op::Create { .. } | Op::Rename { .. } => Some(false),
            _ => None,
        });
        let point = match removed {
            _ if state.opening && !state.names.keys().all(|n| n.ends_with("001.seg")) => {
                SyncPoint::NamesAtOpen
            }
            Some(true) => SyncPoint::TrimmedName,
            _ => SyncPoint::SegmentName,
        };
        state.sync(point, Op::SyncFolder, None)
    }
}

impl File for DiskFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().contents[self.ino].len() as u64)
    }
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let state = self.disk.state();
        let at = at as usize;
        let from = state.contents[self.ino].get(at..at + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(from);
        Ok(())
    }
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let fits = state.space_left.map_or(bytes.len(), |left| left.min(bytes.len()));
        if let Some(left) = &mut state.space_left {
            *left -= fits;
        }
        let written = Arc::new(bytes[..fits].to_vec());
        write(&mut state.contents[self.ino], at as usize, &written);
        state.ops.push(Op::Write { ino: self.ino, at: at as usize, bytes: written });
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let freed = state.contents[self.ino].len().saturating_sub(len as usize);
        if let Some(left) = &mut state.space_left {
            *left += freed;
        }
        state.contents[self.ino].resize(len as usize, 0);
        state.ops.push(Op::Truncate { ino: self.ino, len: len as usize });
        Ok(())
    }
    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let unnamed = state.names.iter().any(|(name, ino)| *ino == self.ino && name.ends_with(".new"));
        let point = match unnamed {
            true => SyncPoint::SegmentHeader,
            false if state.opening => SyncPoint::LastFrameAtOpen,
            false => SyncPoint::Frame,
        };
        let ino = self.ino;
        state.sync(point, Op::Sync { ino }, Some(Op::SyncFailed { ino }))
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

/// What a power loss left.
#[derive(Clone, Debug, Default)]
pub struct Image {
    pub files: BTreeMap<String, Vec<u8>>,
}

/// How much of what was not synced reaches the disk.
pub enum Fate {
    Nothing,
    Everything,
    Seeded(Box<ChaCha8Rng>),
}

impl Fate {
    pub fn seeded(seed: u64) -> Fate {
        Fate::Seeded(Box::new(ChaCha8Rng::seed_from_u64(seed)))
    }
    fn happens(&mut self) -> bool {
        match self {
            Fate::Nothing => false,
            Fate::Everything => true,
            Fate::Seeded(rng) => rng.random_bool(0.5),
        }
    }

    /// Lets an unsynced write or truncation reach the disk in whole, in part or not at all.
    fn reach(&mut self, content: &mut Vec<u8>, op: &Op) {
        match op {
            Op::Truncate { len, .. } if self.happens() => content.resize(*len, 0),
            Op::Write { at, bytes, .. } => match self {
                Fate::Nothing => {}
                Fate::Everything => write(content, *at, bytes),
                Fate::Seeded(rng) => torn_write(rng, content, *at, bytes),
            },
            _ => {}
        }
    }
}

fn torn_write(rng: &mut ChaCha8Rng, content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    // Whole, not at all, a prefix cut at any byte, or any sectors.
    match rng.random_range(0..5) {
        0 => write(content, at, bytes),
        1 => {}
        2 => write(content, at, &bytes[..rng.random_range(0..=bytes.len())]),
        _ => {
            if rng.random_bool(0.5) && content.len() < at + bytes.len() {
                content.resize(at + bytes.len(), 0);
            }
            let mut from = at;
            while from < at + bytes.len() {
                let to = ((from / SECTOR + 1) * SECTOR).min(at + bytes.len());
                if rng.random_bool(0.5) {
                    write(content, from, &bytes[from - at..to - at]);
                }
                from = to;
            }
        }
    }
}

/// What is on the disk when the power goes after these calls.
pub fn power_loss(ops: &[Op], mut fate: Fate) -> Image {
    let mut durable: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    let mut unsynced: BTreeMap<usize, Vec<&Op>> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut unsynced_names: Vec<&Op> = vec![];
    let mut inos: BTreeMap<String, usize> = BTreeMap::new();
    for op in ops {
        match op {
            Op::Create { .. } | Op::Rename { .. } | Op::Remove { .. } => unsynced_names.push(op),
            Op::Write { ino, .. } | Op::Truncate { ino, .. } => unsynced.entry(*ino).or_default().push(op),
            Op::Sync { ino } => {
                let content = durable.entry(*ino).or_default();
                for op in unsynced.remove(ino).unwrap_or_default() {
                    Fate::Everything.reach(content, op);
                }
            }
            Op::SyncFailed { ino } => {
                let content = durable.entry(*ino).or_default();
                for op in unsynced.remove(ino).unwrap_or_default() {
                    fate.reach(content, op);
                }
            }
            Op::SyncFolder => {
                for op in unsynced_names.drain(..) {
                    rename(&mut names, &mut inos, op, true);
                }
            }
            Op::Promise { .. } | Op::TrimAllowed { .. } => {}
        }
    }
    for op in unsynced_names {
        let happens = fate.happens();
        rename(&mut names, &mut inos, op, happens);
    }
    for (ino, ops) in unsynced {
        let content = durable.entry(ino).or_default();
        for op in ops {
            fate.reach(content, op);
        }
    }
    Image {
        files: names
            .into_iter()
            .map(|(name, ino)| (name, durable.get(&ino).cloned().unwrap_or_default()))
            .collect(),
    }
}

/// `inos` follows what every name meant to the process, `names` what it means on the disk.
fn rename(names: &mut BTreeMap<String, usize>, inos: &mut BTreeMap<String, usize>, op: &Op, happens: bool) {
    match op {
        Op::Create { name, ino } => {
            inos.insert(name.clone(), *ino);
            if happens {
                names.insert(name.clone(), *ino);
            }
        }
        Op::Rename { from, to } => {
            if let Some(ino) = inos.remove(from) {
                inos.insert(to.clone(), ino);
                if happens {
                    names.remove(from);
                    names.insert(to.clone(), ino);
                }
            }
        }
        Op::Remove { name } => {
            inos.remove(name);
            if happens {
                names.remove(name);
            }
        }
        _ => {}
    }
}

/// What must be there after these calls: entries by position, and from where on.
pub fn promised(ops: &[Op]) -> (BTreeMap<Position, &LogEntry>, Position) {
    let mut entries = BTreeMap::new();
    let mut before = 0;
    for op in ops {
        match op {
            Op::Promise { entries: more } => entries.extend(more.iter().map(|(p, e)| (*p, e))),
            Op::TrimAllowed { before: b } => before = before.max(*b),
            _ => {}
        }
    }
    (entries, before)
}

/// Just behind every call that made something durable.
pub fn sync_ends(ops: &[Op]) -> BTreeSet<usize> {
    let is_sync = |op: &Op| matches!(op, Op::Sync { .. } | Op::SyncFolder | Op::SyncFailed { .. });
    ops.iter().enumerate().filter(|(_, op)| is_sync(op)).map(|(i, _)| i + 1).collect()
}
