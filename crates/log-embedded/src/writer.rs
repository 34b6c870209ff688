//! Group commit: one thread writes, and one sync serves every sender that waited meanwhile.
//!
//! Invariants
//! - WR1 A sender is answered with a position only after the sync of its frame returned without error.
//! - WR2 After a failed sync, or a write whose outcome is unknown, every answer is a lasting fault (LE3).
//! - WR3 Readers see a position only after its sync.

use crate::{
    LogOptions, Shared,
    frame::{self, Encoded, PAYLOAD_BYTES_MAX},
    segment::{HEADER_BYTES, Segment},
};
use linli_log::fault;
use linli_model::{Fault, Position};
use std::{
    io,
    sync::{Arc, PoisonError},
};
use tokio::sync::{mpsc, oneshot};

/// A frame takes no further sender once it is this large, in bytes.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// What one call of `append` waits for.
pub(crate) struct Request {
    pub(crate) encoded: Encoded,
    pub(crate) answer: oneshot::Sender<Result<Position, Fault>>,
}

/// Why a group was not kept.
enum Failed {
    /// Taken back; the next may succeed.
    NoSpace(String),
    /// Unknown what is on the disk: read-only from here on.
    Broken(String),
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    options: LogOptions,
    /// Where the next frame goes in the newest segment.
    end: u64,
    frame: Vec<u8>,
    broken: Option<String>,
}

impl Writer {
    pub(crate) fn over(shared: Arc<Shared>, options: LogOptions, end: u64) -> Self {
        Writer { shared, options, end, frame: vec![], broken: None }
    }

    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut left_over = None;
        while let Some(request) = left_over.take().or_else(|| requests.blocking_recv()) {
            let mut bytes = request.encoded.bytes.len();
            let mut group = vec![request];
            while bytes < GROUP_BYTES
                && let Ok(next) = requests.try_recv()
            {
                bytes += next.encoded.bytes.len();
                if bytes > PAYLOAD_BYTES_MAX {
                    left_over = Some(next);
                    break;
                }
                group.push(next);
            }
            self.carry_out(group);
        }
    }

    fn carry_out(&mut self, group: Vec<Request>) {
        let before = self.shared.last();
        match self.commit(before, &group) {
            Ok(()) => {
                let mut last = before;
                for request in &group {
                    last += Position::from(request.encoded.count);
                }
                self.shared.appended.send_replace(last);
                last = before;
                for request in group {
                    last += Position::from(request.encoded.count);
                    // A sender that went away loses only its answer.
                    let _ = request.answer.send(Ok(last));
                }
            }
            Err(failed) => {
                if let Failed::Broken(why) = &failed {
                    self.broken = Some(why.clone());
                }
                for request in group {
                    let fault = match &failed {
                        Failed::NoSpace(why) => fault::disk_full(why),
                        Failed::Broken(why) => fault::read_only(why),
                    };
                    let _ = request.answer.send(Err(fault));
                }
            }
        }
    }

    fn commit(&mut self, before: Position, group: &[Request]) -> Result<(), Failed> {
        if let Some(why) = &self.broken {
            return Err(Failed::Broken(why.clone()));
        }
        if self.end >= self.options.segment_bytes && self.end > HEADER_BYTES {
            self.begin_segment(before + 1)?;
        }
        let newest = self.newest();
        frame::fill(&mut self.frame, newest.salt, before + 1, group.iter().map(|r| &r.encoded));
        if let Err(e) = newest.file.write_at(&self.frame, self.end) {
            return Err(self.take_back(&newest, e));
        }
        newest.file.sync().map_err(|e| Failed::Broken(format!("sync of {}: {e}", newest.name)))?;
        newest.note(before + 1, self.end);
        self.end += self.frame.len() as u64;
        self.frame.shrink_to(2 * GROUP_BYTES);
        Ok(())
    }

    /// A write that found no space left part of a frame behind; without it the next can be tried.
    fn take_back(&self, newest: &Segment, e: io::Error) -> Failed {
        let what = format!("write to {}: {e}", newest.name);
        match newest.file.truncate(self.end) {
            Ok(()) if is_no_space(&e) => Failed::NoSpace(what),
            Ok(()) => Failed::Broken(what),
            Err(again) => Failed::Broken(format!("{what}; taking it back: {again}")),
        }
    }

    fn begin_segment(&mut self, first: Position) -> Result<(), Failed> {
        match Segment::create(&*self.shared.files, first, self.options.salt) {
            Ok(segment) => {
                let mut segments = self.shared.segments.write().unwrap_or_else(PoisonError::into_inner);
                segments.push(Arc::new(segment));
                self.end = HEADER_BYTES;
                Ok(())
            }
            // Nothing refers to it yet: the next attempt begins it anew.
            Err(e) if is_no_space(&e) => Err(Failed::NoSpace(format!("a next segment: {e}"))),
            Err(e) => Err(Failed::Broken(format!("a next segment: {e}"))),
        }
    }

    fn newest(&self) -> Arc<Segment> {
        let segments = self.shared.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments[segments.len() - 1].clone()
    }
}

fn is_no_space(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
