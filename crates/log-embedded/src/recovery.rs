//! Opening a folder: what a crash may have left is put right, what it cannot have left is refused.

use crate::{
    LogOptions,
    files::Files,
    frame::FrameReader,
    segment::{self, HEADER_BYTES, Segment, damaged, unreadable},
};
use linli_log::fault;
use linli_model::{Fault, Position};
use std::{io, sync::Arc};

pub(crate) struct Opened {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) last: Position,
    /// Where the next frame goes in the last segment.
    pub(crate) end: u64,
}

pub(crate) fn open(files: &dyn Files, options: &LogOptions) -> Result<Opened, Fault> {
    let names = files.list().map_err(|e| Fault::passing("cannot list the log folder").because(e))?;
    let mut firsts: Vec<Position> = names.iter().filter_map(|n| segment::find_first(n)).collect();
    firsts.sort_unstable();
    let mut segments = vec![];
    for first in firsts {
        segments.push(Arc::new(Segment::open(files, &segment::name_of(first), first)?));
    }
    // Only now that nothing in the folder is newer than us may it be changed (LE6).
    let refused = |e: io::Error| match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => fault::disk_full(e),
        _ => Fault::passing(format!("cannot put the log folder right: {e}")).because(e),
    };
    for unnamed in names.iter().filter(|n| n.ends_with(".seg.new")) {
        files.remove(unnamed).map_err(refused)?;
    }
    let Some(newest) = segments.last().cloned() else {
        let newest = Segment::create(files, 1, options.salt).map_err(refused)?;
        return Ok(Opened { segments: vec![Arc::new(newest)], last: 0, end: HEADER_BYTES });
    };
    // Older ones are checked when they are read: a log of days would keep a start waiting.
    if let [.., closed, newest] = segments.as_slice() {
        closed_segment_reaches(closed, newest.first)?;
    }
    let (last, end) = settle_newest(&newest)?;
    // A process that was killed between naming the segment and syncing the name left that to us (LE4).
    files.sync_folder().map_err(refused)?;
    Ok(Opened { segments, last, end })
}

/// LG5, LE5: a closed segment ends where the next begins.
fn closed_segment_reaches(closed: &Segment, next: Position) -> Result<(), Fault> {
    let mut reached = closed.first - 1;
    closed.walk(HEADER_BYTES, |at, frame| {
        if frame.first == reached + 1 && frame.last() < next {
            reached = frame.last();
            closed.note(frame.first, at);
        }
        Ok(reached + 1 < next)
    })?;
    if reached + 1 == next {
        Ok(())
    } else {
        Err(damaged(&closed.name, format!("it ends at {reached}, the next segment begins at {next}")))
    }
}

/// Finds the end of the newest segment, cuts off a torn frame, and makes what will be served durable.
fn settle_newest(newest: &Segment) -> Result<(Position, u64), Fault> {
    let unreadable = |e| unreadable(&newest.name, e);
    let mut last = newest.first - 1;
    let mut last_at = None;
    let end = newest.walk(HEADER_BYTES, |at, frame| {
        let follows = frame.first == last + 1;
        if follows {
            last = frame.last();
            last_at = Some(at);
            newest.note(frame.first, at);
        }
        Ok(follows)
    })?;
    let len = newest.file.length().map_err(unreadable)?;
    // LE1: a whole frame behind a broken one means that the broken one had been synced.
    let mut frames = FrameReader::over(&*newest.file, newest.salt, len);
    if let Some(at) = frames.find_later(end).map_err(unreadable)? {
        return Err(damaged(&newest.name, format!("a whole frame at {at} follows a broken one at {end}")));
    }
    if frames.find(end).map_err(unreadable)?.is_some() {
        return Err(damaged(&newest.name, format!("the frame at {end} does not follow position {last}")));
    }
    if len > end {
        newest.file.truncate(end).map_err(unreadable)?;
    }
    if let Some(at) = last_at {
        // LE2: it may be in the page cache only, and after a sync that failed even marked as written.
        let mut bytes = vec![0; (end - at) as usize];
        newest.file.read_at(&mut bytes, at).map_err(unreadable)?;
        newest.file.write_at(&bytes, at).map_err(unreadable)?;
    }
    newest.file.sync().map_err(unreadable)?;
    Ok((last, end))
}
