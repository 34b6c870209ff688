//! The reorder buffer: events wait here until the watermark has passed them.
//!
//! Invariants
//! - RB1 Events leave in order of event time; ties are ordered by what the readings are (`tie`), never by arrival,
//!   so that shuffling arrivals inside the lateness changes nothing.
//!
//! Nearly everything arrives in order: it goes to a queue. The rest goes to a heap; whichever front is earlier leaves.

use crate::event::Event;
use serde::{Deserialize, Serialize};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, VecDeque},
};

/// An event with the hash of what it is, for ties.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Waiting {
    pub event: Event,
    pub tie: u32,
}

impl Waiting {
    fn key(&self) -> (i64, u32) {
        (self.event.at, self.tie)
    }
}
impl PartialEq for Waiting {
    fn eq(&self, o: &Self) -> bool {
        self.key() == o.key()
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Waiting {
    fn cmp(&self, o: &Self) -> Ordering {
        self.key().cmp(&o.key())
    }
}

/// Where the event stands that leaves next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    Queue,
    Heap,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Buffer {
    queue: VecDeque<Waiting>,
    heap: BinaryHeap<Reverse<Waiting>>,
}

impl Buffer {
    #[inline]
    pub fn push(&mut self, w: Waiting) {
        match self.queue.back() {
            Some(last) if *last > w => self.heap.push(Reverse(w)),
            _ => self.queue.push_back(w),
        }
    }
    /// The event that leaves next, and where it stands.
    #[inline]
    pub fn first(&self) -> Option<(Front, &Waiting)> {
        match (self.queue.front(), self.heap.peek()) {
            (Some(q), None) => Some((Front::Queue, q)),
            (Some(q), Some(h)) if h.0 >= *q => Some((Front::Queue, q)),
            (_, Some(h)) => Some((Front::Heap, &h.0)),
            (None, None) => None,
        }
    }
    /// Lets [`Buffer::first`] leave.
    #[inline]
    pub fn leave(&mut self, front: Front) {
        match front {
            Front::Queue => drop(self.queue.pop_front()),
            Front::Heap => drop(self.heap.pop()),
        }
    }
    /// Puts back what had left, in its order, with stragglers (`late`) among it; all of it lies before what waits.
    pub fn put_back(&mut self, left: Vec<Waiting>, late: Vec<Waiting>) {
        let mut all = left;
        all.extend(late);
        all.sort();
        all.extend(self.queue.drain(..));
        self.queue = all.into();
    }
    /// The readings that are waiting.
    pub fn readings(&self) -> impl Iterator<Item = u64> + '_ {
        self.queue.iter().chain(self.heap.iter().map(|r| &r.0)).map(|w| w.event.reading)
    }
}
