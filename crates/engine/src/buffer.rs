//! The reorder buffer: events wait here until the watermark has passed them.
//!
//! Invariants
//! - RB1 Events leave in order of event time; ties are ordered by what the readings are (`tie`), never by arrival,
//!   so that shuffling arrivals inside the lateness changes nothing.
//! - RB2 An event is moved a bounded number of times, however long the rest waits.
//!
//! Nearly everything arrives in order: it goes to a queue. The rest goes to a heap. When the watermark moves, everything
//! before it leaves together, as one stretch of the queue, into which those of the heap are merged first.

use crate::event::Event;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
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

#[derive(Clone, Debug, Default)]
pub struct Buffer {
    /// What has left already, in front of `left`; then what waits, in order.
    queue: Vec<Waiting>,
    left: usize,
    heap: BinaryHeap<Reverse<Waiting>>,
}

impl Serialize for Buffer {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        (&self.queue[self.left..], &self.heap).serialize(s)
    }
}
impl<'de> Deserialize<'de> for Buffer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Buffer, D::Error> {
        let (queue, heap) = Deserialize::deserialize(d)?;
        Ok(Buffer { queue, left: 0, heap })
    }
}

impl Buffer {
    /// Always in its place: a reading handed over is a reading copied once more.
    #[inline(always)]
    pub fn push(&mut self, w: Waiting) {
        match self.queue.last() {
            Some(last) if *last > w && self.left < self.queue.len() => self.heap.push(Reverse(w)),
            _ => self.queue.push(w),
        }
    }

    /// Lets everything before `to` leave, in its order.
    pub fn leave_until(&mut self, to: i64) -> &[Waiting] {
        let mut late = Vec::new();
        while self.heap.peek().is_some_and(|w| w.0.event.at < to) {
            late.extend(self.heap.pop().map(|w| w.0));
        }
        self.make_room(&late);
        let end = self.left + self.queue[self.left..].partition_point(|w| w.event.at < to);
        self.merge(&late, end);
        let leaving = std::mem::replace(&mut self.left, end)..end;
        &self.queue[leaving]
    }

    /// Sees to it that there is room in front of what waits for as many more, and not much more than that.
    fn make_room(&mut self, late: &[Waiting]) {
        if late.len() > self.left {
            let room = late.len() - self.left;
            self.queue.splice(0..0, late[..room].iter().copied());
            self.left += room;
        } else if self.left >= self.queue.len().div_ceil(2) {
            self.queue.drain(..self.left - late.len());
            self.left = late.len();
        }
    }

    /// Puts each in its place in front of `end`; what stands before it moves up.
    fn merge(&mut self, late: &[Waiting], end: usize) {
        let mut from = self.left;
        self.left -= late.len();
        let mut place = self.left;
        for w in late {
            let before = self.queue[from..end].partition_point(|q| q <= w);
            self.queue.copy_within(from..from + before, place);
            (from, place) = (from + before, place + before);
            self.queue[place] = *w;
            place += 1;
        }
    }

    /// Puts back what had left, in its order, with stragglers (`late`) among it; all of it lies before what waits.
    pub fn put_back(&mut self, left: Vec<Waiting>, late: Vec<Waiting>) {
        let mut all = left;
        all.extend(late);
        all.sort();
        all.extend_from_slice(&self.queue[self.left..]);
        (self.queue, self.left) = (all, 0);
    }
    /// The readings that are waiting.
    pub fn readings(&self) -> impl Iterator<Item = u64> + '_ {
        let waiting = self.queue[self.left..].iter();
        waiting.chain(self.heap.iter().map(|r| &r.0)).map(|w| w.event.reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NONE, ValueTag};

    fn waiting(at: i64, tie: u32) -> Waiting {
        let (value, reading, device, subject, measure) = (0.0, u64::from(tie), 0, NONE, 0);
        let event =
            Event { at, value, reading, device, subject, measure, tag: ValueTag::Number, clamped: false };
        Waiting { event, tie }
    }

    /// RB1
    #[test]
    fn whatever_came_when_it_leaves_in_order_and_once() {
        let mut seed = 7u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for spread in [1, 50, 5_000] {
            let (mut buffer, mut settled, mut n) = (Buffer::default(), 0, 0);
            let mut left: Vec<(i64, u32)> = Vec::new();
            for turn in 0..200 {
                for _ in 0..draw(60) {
                    let at = settled + draw(spread) as i64;
                    buffer.push(waiting(at, n));
                    n += 1;
                }
                settled += draw(spread / 2 + 2) as i64;
                let all = buffer.leave_until(settled);
                assert!(all.iter().all(|w| w.event.at < settled), "{turn}");
                left.extend(all.iter().map(Waiting::key));
            }
            left.extend(buffer.leave_until(i64::MAX).iter().map(Waiting::key));
            assert!(left.is_sorted());
            let mut ties: Vec<u32> = left.iter().map(|l| l.1).collect();
            ties.sort_unstable();
            assert!(ties.iter().copied().eq(0..n), "each once");
            assert_eq!(buffer.readings().count(), 0);
        }
    }
}
