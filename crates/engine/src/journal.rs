//! The readings of the correction window in the order in which they settled, packed.
//!
//! Invariants
//! - JO1 What comes out is what went in, to the bit.
//! - JO2 Bounded: chunks that lie wholly in front of what is needed are dropped; a reading takes some 18 bytes.
//!
//! The newest readings lie as they came; some hundreds of them are packed together, column by column: of each number the low
//! bytes in which it may differ from the column's first. That costs a handful of instructions a number, where shorter codes
//! cost several times as many.

use crate::{
    buffer::Waiting,
    event::{Event, ValueTag},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::VecDeque, ops::Range};

/// So few that they stay in the processor's nearest memory while their columns are written.
const READINGS_PER_CHUNK: usize = 256;
const COLUMNS: usize = 7;
/// The column of readings' numbers.
const READING: usize = 2;

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

/// The first of a column's numbers, and how many low bytes of each are written: above them all are alike.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Column {
    first: u64,
    width: u8,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Chunk {
    first_at: i64,
    last_at: i64,
    n: u32,
    columns: [Column; COLUMNS],
    bytes: Packed,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    chunks: VecDeque<Chunk>,
    /// Not packed yet.
    newest: Vec<Waiting>,
    /// Values and kinds of what is being packed; kept for its memory.
    values: Vec<(u64, u64)>,
}

/// What was not packed yet is written as one chunk more.
impl Serialize for Journal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let newest = (!self.newest.is_empty()).then(|| Chunk::of(&self.newest, &mut Vec::new()));
        s.collect_seq(self.chunks.iter().chain(&newest))
    }
}
impl<'de> Deserialize<'de> for Journal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Journal, D::Error> {
        let chunks: VecDeque<Chunk> = VecDeque::deserialize(d)?;
        if !chunks.iter().all(Chunk::fits) {
            return Err(serde::de::Error::custom("a chunk of readings that nobody packed"));
        }
        Ok(Journal { chunks, ..Journal::default() })
    }
}

impl Journal {
    /// Takes down what has settled, in its order. Much at a time is packed as it lies.
    pub(crate) fn extend(&mut self, settled: &[Waiting]) {
        for part in settled.chunks(READINGS_PER_CHUNK) {
            if part.len() >= READINGS_PER_CHUNK / 2 {
                self.pack_newest();
                self.pack(part);
                continue;
            }
            let (now, later) = part.split_at(part.len().min(READINGS_PER_CHUNK - self.newest.len()));
            self.newest.extend_from_slice(now);
            if self.newest.len() == READINGS_PER_CHUNK {
                self.pack_newest();
                self.newest.extend_from_slice(later);
            }
        }
    }

    fn pack_newest(&mut self) {
        let mut newest = std::mem::take(&mut self.newest);
        if !newest.is_empty() {
            self.pack(&newest);
        }
        newest.clear();
        self.newest = newest;
    }

    fn pack(&mut self, part: &[Waiting]) {
        self.chunks.push_back(Chunk::of(part, &mut self.values));
    }

    /// Drops what lies in front of `at`, in whole chunks.
    pub(crate) fn forget_before(&mut self, at: i64) {
        while self.chunks.front().is_some_and(|c| c.last_at < at) {
            self.chunks.pop_front();
        }
        if self.newest.last().is_some_and(|w| w.event.at < at) {
            self.newest.clear();
        }
    }

    /// The numbers of its readings, at least of those up to `at`.
    pub(crate) fn readings_until(&self, at: i64) -> impl Iterator<Item = u64> + '_ {
        let chunks = self.chunks.iter().take_while(move |c| c.first_at <= at);
        let packed = chunks.flat_map(|chunk| {
            let mut readings = Vec::new();
            chunk.unpack(&mut readings);
            readings.into_iter().map(|w| w.event.reading)
        });
        packed.chain(self.newest.iter().map(|w| w.event.reading))
    }

    /// What happened in a span of event time, of those that are `wanted`.
    pub(crate) fn read(&self, span: Range<i64>, wanted: impl Fn(&Event) -> bool) -> Vec<Waiting> {
        let fits = |w: &Waiting| span.contains(&w.event.at) && wanted(&w.event);
        let (mut read, mut chunk_read) = (Vec::new(), Vec::new());
        for chunk in self.chunks.iter().filter(|c| c.last_at >= span.start && c.first_at < span.end) {
            chunk.unpack(&mut chunk_read);
            read.extend(chunk_read.drain(..).filter(|w| fits(w)));
        }
        read.extend(self.newest.iter().filter(|w| fits(w)));
        read
    }

    /// Takes out everything from `at` on.
    pub(crate) fn take_from(&mut self, at: i64) -> Vec<Waiting> {
        let keep = self.chunks.partition_point(|c| c.last_at < at);
        let mut taken = Vec::new();
        for chunk in self.chunks.split_off(keep) {
            chunk.unpack(&mut taken);
        }
        taken.append(&mut self.newest);
        // The first of these chunks may begin in front of it.
        let left = taken.partition_point(|w| w.event.at < at);
        self.extend(&taken[..left]);
        taken.drain(..left);
        taken
    }
}

/// What a reading is besides its columns.
mod mark {
    pub(super) const TAG: u8 = 3;
    pub(super) const CLAMPED: u8 = 4;
    /// Its value is written whole, as its bits.
    pub(super) const WHOLE: u8 = 8;
    /// Above them stands the number of its measure: of the first sixteen the column takes one byte.
    pub(super) const BITS: u32 = 4;
}

/// A value as so many of its `parts`th part, if it is nothing else. Most sensors send few decimals.
///
/// Without a branch, and without asking a float for a whole number, which is several instructions: so that a compiler
/// does it for several values at once. Added to [`WHOLE_FROM`], a number is rounded to a whole one, which stands in the
/// low bits.
#[inline]
fn counted(value: f64, parts: f64) -> (i64, bool) {
    let shifted = value * parts + WHOLE_FROM;
    let n = shifted - WHOLE_FROM;
    // Nothing that is not a number is below anything.
    let exact = n.abs() < COUNTED_MAX && (n / parts).to_bits() == value.to_bits();
    (shifted.to_bits().wrapping_sub(WHOLE_FROM.to_bits()) as i64, exact)
}

/// In thousandths, a text's number as it is.
#[inline]
fn parts_of(tag: ValueTag) -> f64 {
    if tag == ValueTag::Text { 1.0 } else { 1000.0 }
}

/// From here on floats are whole numbers, up to twice as much: half of that above and below it.
const WHOLE_FROM: f64 = ((3u64) << 51) as f64;
const COUNTED_MAX: f64 = (1u64 << 50) as f64;

/// A signed number so that small ones of either sign have their upper bytes zero.
#[inline]
fn folded(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}
#[inline]
fn unfolded(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// A value as it is written, and what a reading is besides its other columns.
#[inline]
fn value_and_kind(e: &Event) -> (u64, u64) {
    let (n, exact) = counted(e.value, parts_of(e.tag));
    let (value, whole) = if exact { (folded(n), 0) } else { (e.value.to_bits(), mark::WHOLE) };
    let clamped = if e.clamped { mark::CLAMPED } else { 0 };
    (value, u64::from(e.measure) << mark::BITS | u64::from(e.tag as u8 | clamped | whole))
}

impl Chunk {
    /// `values` is room for what is worked out on the way.
    fn of(all: &[Waiting], values: &mut Vec<(u64, u64)>) -> Chunk {
        values.clear();
        values.extend(all.iter().map(|w| value_and_kind(&w.event)));
        let at = |w: &Waiting| w.event.at as u64;
        let value = |v: &(u64, u64)| v.0;
        let reading = |w: &Waiting| w.event.reading;
        let device = |w: &Waiting| u64::from(w.event.device);
        // No subject is the number before the first.
        let subject = |w: &Waiting| u64::from(w.event.subject.wrapping_add(1));
        let kind = |v: &(u64, u64)| v.1;
        let tie = |w: &Waiting| u64::from(w.tie);
        let columns = [
            Column::of(all, at),
            Column::of(values, value),
            Column::of(all, reading),
            Column::of(all, device),
            Column::of(all, subject),
            Column::of(values, kind),
            Column::of(all, tie),
        ];
        let mut bytes = Vec::with_capacity(all.len() * columns.iter().map(|c| c.width()).sum::<usize>());
        columns[0].write(all, at, &mut bytes);
        columns[1].write(values, value, &mut bytes);
        columns[2].write(all, reading, &mut bytes);
        columns[3].write(all, device, &mut bytes);
        columns[4].write(all, subject, &mut bytes);
        columns[5].write(values, kind, &mut bytes);
        columns[6].write(all, tie, &mut bytes);
        let time = |w: Option<&Waiting>| w.map_or(0, |w| w.event.at);
        let (first_at, last_at) = (time(all.first()), time(all.last()));
        Chunk { first_at, last_at, n: all.len() as u32, columns, bytes: Packed(bytes) }
    }

    /// Whether it can have been packed: each reading has a number of its own, so two of them take bytes. Made-up chunks
    /// would otherwise grow a thousandfold when they are unpacked.
    fn fits(&self) -> bool {
        let n = self.n as usize;
        let width: usize = self.columns.iter().map(|c| usize::from(c.width)).sum();
        let numbered = n == 1 || self.columns[READING].width > 0;
        (1..=READINGS_PER_CHUNK).contains(&n)
            && self.columns.iter().all(|c| c.width <= 8)
            && numbered
            && self.bytes.0.len() == n * width
    }

    /// Of bytes that were made up, as far as they reach.
    fn unpack(&self, out: &mut Vec<Waiting>) {
        let n = (self.n as usize).min(READINGS_PER_CHUNK);
        let mut from = [0; COLUMNS];
        let mut end = 0;
        for (from, column) in from.iter_mut().zip(&self.columns) {
            *from = end;
            end += n * column.width();
        }
        if end > self.bytes.0.len() {
            return;
        }
        out.reserve(n);
        for i in 0..n {
            let mut numbers = [0; COLUMNS];
            for ((number, column), from) in numbers.iter_mut().zip(&self.columns).zip(from) {
                let (width, mut eight) = (column.width(), column.first.to_le_bytes());
                eight[..width].copy_from_slice(&self.bytes.0[from + i * width..][..width]);
                *number = u64::from_le_bytes(eight);
            }
            out.push(waiting(numbers));
        }
    }
}

impl Column {
    fn width(self) -> usize {
        usize::from(self.width).min(8)
    }

    #[inline]
    fn of<T>(all: &[T], of: impl Fn(&T) -> u64 + Copy) -> Column {
        let first = all.first().map_or(0, of);
        let differs = all.iter().fold(0, |differs, w| differs | (of(w) ^ first));
        Column { first, width: (64 - differs.leading_zeros()).div_ceil(8) as u8 }
    }

    #[inline]
    fn write<T>(self, all: &[T], of: impl Fn(&T) -> u64 + Copy, bytes: &mut Vec<u8>) {
        match self.width {
            0 => {}
            1 => put::<T, 1>(all, of, bytes),
            2 => put::<T, 2>(all, of, bytes),
            3 => put::<T, 3>(all, of, bytes),
            4 => put::<T, 4>(all, of, bytes),
            5 => put::<T, 5>(all, of, bytes),
            6 => put::<T, 6>(all, of, bytes),
            7 => put::<T, 7>(all, of, bytes),
            _ => put::<T, 8>(all, of, bytes),
        }
    }
}

/// The low bytes of each number, side by side.
fn put<T, const WIDTH: usize>(all: &[T], of: impl Fn(&T) -> u64, bytes: &mut Vec<u8>) {
    let from = bytes.len();
    bytes.resize(from + all.len() * WIDTH, 0);
    let (places, _) = bytes[from..].as_chunks_mut::<WIDTH>();
    for (place, w) in places.iter_mut().zip(all) {
        if let Some(low) = of(w).to_le_bytes().first_chunk() {
            *place = *low;
        }
    }
}

fn waiting([at, value, reading, device, subject, kind, tie]: [u64; COLUMNS]) -> Waiting {
    let marks = kind as u8;
    let tag = match marks & mark::TAG {
        0 => ValueTag::Number,
        1 => ValueTag::Flag,
        _ => ValueTag::Text,
    };
    let value = match marks & mark::WHOLE {
        0 => unfolded(value) as f64 / parts_of(tag),
        _ => f64::from_bits(value),
    };
    let event = Event {
        at: at as i64,
        value,
        reading,
        device: device as u32,
        subject: (subject as u32).wrapping_sub(1),
        measure: (kind >> mark::BITS) as u16,
        tag,
        clamped: marks & mark::CLAMPED != 0,
    };
    Waiting { event, tie: tie as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NONE;

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
        all.chunks(700).for_each(|w| journal.extend(w));
        let bytes = postcard::to_stdvec(&journal).unwrap();
        let mut again: Journal = postcard::from_bytes(&bytes).unwrap();
        let at = all[6_000].event.at;
        let said = |w: &[Waiting]| w.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>();
        let first = all.partition_point(|w| w.event.at < at);
        assert!(said(&again.take_from(at)) == said(&all[first..]));
        assert!(said(&again.take_from(i64::MIN)) == said(&all[..first]));
    }

    /// JO1
    #[test]
    fn a_value_is_counted_or_written_whole_and_the_same_either_way() {
        let mut seed = 1u64;
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed ^ seed >> 29
        };
        let edges =
            [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE];
        let near = [COUNTED_MAX, COUNTED_MAX / 1000.0, WHOLE_FROM, WHOLE_FROM / 1000.0]
            .map(|n| [n, -n, n.next_up(), n.next_down(), -n.next_up()]);
        let drawn = (0..200_000).map(|i| match i % 4 {
            0 => f64::from_bits(draw()),
            1 => (draw() as i64 >> (i % 50 + 12)) as f64 / 1000.0,
            2 => ((draw() % 2_000_001) as f64 - 1e6) / 1000.0,
            _ => ((draw() % 2_001) as f64 - 1e3) / 10_000.0,
        });
        let (mut kept, mut whole) = (0, 0);
        for value in edges.into_iter().chain(near.into_iter().flatten()).chain(drawn) {
            let [e, text] =
                [ValueTag::Number, ValueTag::Text].map(|tag| Event { value, tag, ..waiting(1).event });
            let read = |e: &Event| {
                let (written, kind) = value_and_kind(e);
                super::waiting([0, written, 0, 0, 0, kind, 0]).event
            };
            let said = |e: &Event| (e.value.to_bits(), e.tag, e.measure, e.clamped);
            assert_eq!(said(&read(&e)), said(&e), "{value}");
            assert_eq!(said(&read(&text)), said(&text), "{value}");
            let (_, kind) = value_and_kind(&e);
            if kind as u8 & mark::WHOLE == 0 { kept += 1 } else { whole += 1 }
        }
        assert!(kept > 100_000 && whole > 50_000, "{kept} {whole}");
        assert_eq!(counted(0.15, 1000.0), (150, true));
        assert_eq!(counted(-2.0, 1000.0), (-2000, true));
        assert_eq!(counted(9_547.0, 1.0), (9_547, true));
    }

    #[test]
    fn a_chunk_that_nobody_packed_is_refused() {
        let read =
            |chunk: &Chunk| postcard::from_bytes::<Journal>(&postcard::to_stdvec(&vec![chunk]).unwrap());
        let packed =
            Chunk::of(&(0..READINGS_PER_CHUNK as u64).map(waiting).collect::<Vec<_>>(), &mut Vec::new());
        assert_eq!(read(&packed).unwrap().take_from(i64::MIN).len(), READINGS_PER_CHUNK);
        let one = Chunk::of(&[waiting(7)], &mut Vec::new());
        assert_eq!(read(&one).unwrap().take_from(i64::MIN).len(), 1);
        // A few bytes that would become hundreds of readings.
        let grows = Chunk { n: READINGS_PER_CHUNK as u32, ..Chunk::default() };
        let mut unnumbered = packed.clone();
        let width = unnumbered.columns.iter().map(|c| usize::from(c.width)).sum::<usize>();
        let of_numbers = usize::from(std::mem::take(&mut unnumbered.columns[READING].width));
        unnumbered.bytes.0.truncate(READINGS_PER_CHUNK * (width - of_numbers));
        let mut short = packed.clone();
        short.bytes.0.pop();
        let many = Chunk { n: READINGS_PER_CHUNK as u32 + 1, ..packed.clone() };
        let none = Chunk { n: 0, ..Chunk::default() };
        let mut wide = one.clone();
        wide.columns[0].width = 9;
        wide.bytes.0.resize(one.bytes.0.len() + 9 - usize::from(one.columns[0].width), 0);
        for (what, chunk) in [
            ("grows", grows),
            ("unnumbered", unnumbered),
            ("short", short),
            ("many", many),
            ("none", none),
            ("wide", wide),
        ] {
            assert!(read(&chunk).is_err(), "{what}");
        }
    }

    #[test]
    fn what_is_not_needed_is_dropped_in_whole_chunks() {
        let mut journal = Journal::default();
        (0..20_000).map(waiting).for_each(|w| journal.extend(&[w]));
        journal.forget_before(waiting(15_000).event.at);
        assert!(journal.chunks.len() <= 5_000 / READINGS_PER_CHUNK + 1, "{}", journal.chunks.len());
        assert!(journal.take_from(waiting(15_000).event.at).len() >= 5_000);
    }
}
