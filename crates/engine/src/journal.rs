//! The readings of the correction window in the order in which they settled, packed.
//!
//! Invariants
//! - JO1 What comes out is what went in, to the bit.
//! - JO2 Bounded: chunks that lie wholly in front of what is needed are dropped; a reading takes some 16 bytes.

use crate::{
    buffer::Waiting,
    event::{Event, NONE, ValueTag},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::VecDeque, ops::Range};

const READINGS_PER_CHUNK: u32 = 4096;
/// Bytes of a reading with every number at its longest: head, tie, and six numbers of ten.
const LINE_MAX: usize = 65;

/// Bytes that are written as they lie, not one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(pub(crate) Vec<u8>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(&self.0)
    }
}
impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Packed;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Packed, E> {
                Ok(Packed(bytes.to_vec()))
            }
        }
        d.deserialize_bytes(Bytes)
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Chunk {
    first_at: i64,
    last_at: i64,
    last_reading: u64,
    n: u32,
    bytes: Packed,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Journal {
    chunks: VecDeque<Chunk>,
}

impl Journal {
    #[inline]
    pub(crate) fn push(&mut self, w: &Waiting) {
        match self.chunks.back_mut() {
            Some(chunk) if chunk.n < READINGS_PER_CHUNK => chunk.push(w),
            _ => {
                let mut chunk = Chunk {
                    first_at: w.event.at,
                    last_at: w.event.at,
                    bytes: Packed(Vec::with_capacity(READINGS_PER_CHUNK as usize * 18)),
                    ..Chunk::default()
                };
                chunk.push(w);
                self.chunks.push_back(chunk);
            }
        }
    }

    /// Drops what lies in front of `at`, in whole chunks.
    pub(crate) fn forget_before(&mut self, at: i64) {
        while self.chunks.front().is_some_and(|c| c.last_at < at) {
            self.chunks.pop_front();
        }
    }

    /// The numbers of its readings, at least of those up to `at`.
    pub(crate) fn readings_until(&self, at: i64) -> impl Iterator<Item = u64> + '_ {
        let chunks = self.chunks.iter().take_while(move |c| c.first_at <= at);
        chunks.flat_map(|chunk| {
            let mut readings = Vec::new();
            chunk.unpack(&mut readings);
            readings.into_iter().map(|w| w.event.reading)
        })
    }

    /// What happened in a span of event time, of those that are `wanted`.
    pub(crate) fn read(&self, span: Range<i64>, wanted: impl Fn(&Event) -> bool) -> Vec<Waiting> {
        let (mut read, mut chunk_read) = (Vec::new(), Vec::new());
        for chunk in self.chunks.iter().filter(|c| c.last_at >= span.start && c.first_at < span.end) {
            chunk.unpack(&mut chunk_read);
            read.extend(chunk_read.drain(..).filter(|w| span.contains(&w.event.at) && wanted(&w.event)));
        }
        read
    }

    /// Takes out everything from `at` on.
    pub(crate) fn take_from(&mut self, at: i64) -> Vec<Waiting> {
        let keep = self.chunks.partition_point(|c| c.last_at < at);
        let mut taken = Vec::new();
        for chunk in self.chunks.split_off(keep) {
            chunk.unpack(&mut taken);
        }
        // The first of these chunks may begin in front of it.
        let left = taken.partition_point(|w| w.event.at < at);
        for w in taken.drain(..left) {
            self.push(&w);
        }
        taken
    }
}

impl Chunk {
    #[inline]
    fn push(&mut self, w: &Waiting) {
        let e = &w.event;
        let mut bytes = Line { bytes: [0; LINE_MAX], n: 0 };
        // Most sensors send few decimals. Beyond what an i64 holds the cast gives another number, and it is written whole.
        let thousandths = (e.value * 1000.0 + 0.5f64.copysign(e.value)) as i64;
        let short = (thousandths as f64 / 1000.0).to_bits() == e.value.to_bits();
        let head =
            e.tag as u8 | u8::from(e.clamped) << 2 | u8::from(e.subject != NONE) << 3 | u8::from(short) << 4;
        bytes.whole(&[head]);
        bytes.whole(&w.tie.to_le_bytes());
        bytes.put(e.at.wrapping_sub(self.last_at) as u64);
        bytes.put(u64::from(e.device));
        bytes.put(u64::from(e.measure));
        if e.subject != NONE {
            bytes.put(u64::from(e.subject));
        }
        bytes.put(zigzag(e.reading.wrapping_sub(self.last_reading) as i64));
        if short {
            bytes.put(zigzag(thousandths));
        } else {
            bytes.whole(&e.value.to_le_bytes());
        }
        self.bytes.0.extend_from_slice(&bytes.bytes[..bytes.n]);
        (self.last_at, self.last_reading) = (e.at, e.reading);
        self.n += 1;
    }

    fn unpack(&self, out: &mut Vec<Waiting>) {
        let mut bytes = self.bytes.0.as_slice();
        let (mut at, mut reading) = (self.first_at, 0u64);
        out.reserve(self.n.min(READINGS_PER_CHUNK) as usize);
        for _ in 0..self.n {
            let Some(w) = unpack(&mut bytes, at, reading) else { return };
            (at, reading) = (w.event.at, w.event.reading);
            out.push(w);
        }
    }
}

fn unpack(bytes: &mut &[u8], last_at: i64, last_reading: u64) -> Option<Waiting> {
    let head = *bytes.split_off_first()?;
    let tie = u32::from_le_bytes(*bytes.split_off(..4)?.first_chunk()?);
    let at = last_at.wrapping_add(get(bytes)? as i64);
    let (device, measure) = (get(bytes)? as u32, get(bytes)? as u16);
    let subject = if head & 8 != 0 { get(bytes)? as u32 } else { NONE };
    let reading = last_reading.wrapping_add(unzigzag(get(bytes)?) as u64);
    let value = if head & 16 != 0 {
        unzigzag(get(bytes)?) as f64 / 1000.0
    } else {
        f64::from_le_bytes(*bytes.split_off(..8)?.first_chunk()?)
    };
    let tag = match head & 3 {
        0 => ValueTag::Number,
        1 => ValueTag::Flag,
        _ => ValueTag::Text,
    };
    let event = Event { at, value, reading, device, subject, measure, tag, clamped: head & 4 != 0 };
    Some(Waiting { event, tie })
}

/// One reading on its way into a chunk.
struct Line {
    bytes: [u8; LINE_MAX],
    n: usize,
}

impl Line {
    #[inline]
    fn whole(&mut self, bytes: &[u8]) {
        self.bytes[self.n..self.n + bytes.len()].copy_from_slice(bytes);
        self.n += bytes.len();
    }
    #[inline]
    fn put(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes[self.n] = n as u8 | 0x80;
            self.n += 1;
            n >>= 7;
        }
        self.bytes[self.n] = n as u8;
        self.n += 1;
    }
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let (mut n, mut shift) = (0u64, 0);
    loop {
        let b = *bytes.split_off_first()?;
        n |= u64::from(b & 0x7f).checked_shl(shift)?;
        if b & 0x80 == 0 {
            return Some(n);
        }
        shift += 7;
    }
}
fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}
fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(i: u64) -> Waiting {
        let values = [0.0, -0.0, 0.15, 1e300, 27.955, -3.0, f64::MIN_POSITIVE, 4e9, 0.1 + 0.2];
        Waiting {
            event: Event {
                at: (i / 3) as i64 * 977 - 5_000,
                value: values[i as usize % values.len()],
                reading: i.wrapping_mul(0x9e37_79b9) << (i % 30),
                device: i as u32 * 7,
                subject: if i.is_multiple_of(4) { NONE } else { i as u32 },
                measure: (i % 700) as u16,
                tag: [ValueTag::Number, ValueTag::Flag, ValueTag::Text][i as usize % 3],
                clamped: i.is_multiple_of(5),
            },
            tie: (i as u32).wrapping_mul(0x9e37_79b9),
        }
    }

    #[test]
    fn what_goes_in_comes_out_to_the_bit() {
        let mut journal = Journal::default();
        let all: Vec<Waiting> = (0..10_000).map(waiting).collect();
        all.iter().for_each(|w| journal.push(w));
        let bytes = postcard::to_stdvec(&journal).unwrap();
        let mut again: Journal = postcard::from_bytes(&bytes).unwrap();
        let at = all[6_000].event.at;
        let said = |w: &[Waiting]| w.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>();
        let first = all.partition_point(|w| w.event.at < at);
        assert!(said(&again.take_from(at)) == said(&all[first..]));
        assert!(said(&again.take_from(i64::MIN)) == said(&all[..first]));
    }

    #[test]
    fn what_is_not_needed_is_dropped_in_whole_chunks() {
        let mut journal = Journal::default();
        (0..20_000).map(waiting).for_each(|w| journal.push(&w));
        journal.forget_before(waiting(15_000).event.at);
        assert!(journal.chunks.len() <= 3, "{}", journal.chunks.len());
        assert!(journal.take_from(waiting(15_000).event.at).len() >= 5_000);
    }
}
