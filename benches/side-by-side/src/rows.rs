//! The workload's files: `PREFIX.csv`, `PREFIX.bin` with `PREFIX.dict`, and `PREFIX.caps.csv`.

use anyhow::{Context, Result, anyhow, bail};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::Read,
};

const BLOCK_BYTES: usize = 1 << 18;
/// In the order of their numbers.
const CLASSES: [Word; 6] =
    [word(b"door"), word(b"gate"), word(b"pressure"), word(b"smoke"), word(b"garage"), word(b"temp")];

/// A reading; device and key are numbers into [`Tables`].
#[derive(Clone, Copy)]
pub struct Row {
    pub ts: i64,
    pub value: f64,
    pub device: u32,
    pub key: u32,
    /// 0 door, 1 gate, 2 pressure, 3 smoke, 4 garage, 5 temp.
    pub class: u8,
    /// Community, from 0.
    pub community: u8,
}

#[derive(Default)]
pub struct Tables {
    pub devices: Vec<String>,
    pub keys: Vec<String>,
}

/// The same words come again and again; nearly all are short enough to be told apart as one number.
struct Words {
    /// Open addressing, at most half full: numbers of short words and one, 0 is a free place.
    places: Vec<u32>,
    /// By number; 0 is a long one.
    short: Vec<Word>,
    long: HashMap<Box<[u8]>, u32>,
}

/// Up to fifteen bytes, then zeros, then how many they are.
type Word = u128;

const fn word(bytes: &[u8]) -> Word {
    let (mut word, mut n) = ((bytes.len() as Word) << 120, 0);
    while n < bytes.len() {
        word |= (bytes[n] as Word) << (8 * n);
        n += 1;
    }
    word
}

impl Default for Words {
    fn default() -> Words {
        Words { places: vec![0; 1024], short: Vec::new(), long: HashMap::new() }
    }
}

impl Words {
    #[inline]
    fn number(&mut self, field: &Field<'_>, names: &mut Vec<String>) -> u32 {
        let known = match field.word() {
            Some(word) => self.find(word).ok(),
            None => self.long.get(field.bytes).copied(),
        };
        known.unwrap_or_else(|| self.learn(field, names))
    }

    /// A word's number, or the place where it would stand.
    #[inline]
    fn find(&self, word: Word) -> Result<u32, usize> {
        let mixed = (word as u64 ^ ((word >> 64) as u64).rotate_left(29)).wrapping_mul(0xf135_7aea_2e62_a9c5);
        // The highest bits are those in which every byte has had its part.
        let mut at = (mixed >> 40) as usize;
        loop {
            at &= self.places.len() - 1;
            match self.places[at] {
                0 => return Err(at),
                n if self.short[n as usize - 1] == word => return Ok(n - 1),
                _ => at += 1,
            }
        }
    }

    fn learn(&mut self, field: &Field<'_>, names: &mut Vec<String>) -> u32 {
        let n = names.len() as u32;
        names.push(String::from_utf8_lossy(field.bytes).into_owned());
        let Some(word) = field.word() else {
            self.short.push(0);
            self.long.insert(field.bytes.into(), n);
            return n;
        };
        self.short.push(word);
        if names.len() * 2 > self.places.len() {
            self.places = vec![0; self.places.len() * 2];
            for n in 0..self.short.len() {
                self.place(n);
            }
        } else {
            self.place(n as usize);
        }
        n
    }
    fn place(&mut self, n: usize) {
        if let Err(at) = self.find(self.short[n]) {
            self.places[at] = n as u32 + 1;
        }
    }
}

/// Capacity and initial count of each community.
pub fn capacities(prefix: &str) -> Result<Vec<(String, f64, f64)>> {
    let file = format!("{prefix}.caps.csv");
    let text = fs::read_to_string(&file).with_context(|| file.clone())?;
    let line = |l: &str| {
        let mut fields = l.split(',');
        let mut next = || fields.next().with_context(|| format!("{file}: {l}"));
        Ok((next()?.to_owned(), next()?.parse()?, next()?.parse()?))
    };
    text.lines().skip(1).map(line).collect()
}

/// The rows of the CSV file, in its order, a block at a time.
pub fn each_csv(prefix: &str, mut f: impl FnMut(&Tables, &[Row]) -> Result<()>) -> Result<()> {
    let file = format!("{prefix}.csv");
    let mut open = File::open(&file).with_context(|| file.clone())?;
    let (mut tables, mut devices, mut keys) = (Tables::default(), Words::default(), Words::default());
    let (mut block, mut full, mut first) = (vec![0u8; BLOCK_BYTES + SPARE], 0, true);
    let mut rows = Vec::new();
    loop {
        let read = open.read(&mut block[full..BLOCK_BYTES])?;
        full += read;
        let end = memchr::memrchr(b'\n', &block[..full]).map_or(0, |n| n + 1);
        let mut lines = Lines { bytes: &block[..full + SPARE], at: 0 };
        if std::mem::take(&mut first) {
            lines.at = memchr::memchr(b'\n', &block[..end]).map_or(0, |n| n + 1);
        }
        while lines.at < end {
            match lines.row(&mut tables, &mut devices, &mut keys) {
                Some(row) => rows.push(row),
                None => bail!("{file}: no such class in front of byte {} of a block", lines.at),
            }
        }
        f(&tables, &rows)?;
        rows.clear();
        if read == 0 {
            return if full == end { Ok(()) } else { Err(anyhow!("{file}: its last line does not end")) };
        }
        // A line may be cut by the end of the block.
        block.copy_within(end..full, 0);
        full -= end;
    }
}

/// Bytes behind a block, so that its last words can be read whole.
const SPARE: usize = 16;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// Whole lines that are read from left to right, eight bytes at a time.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A field, and the sixteen bytes from its beginning on.
struct Field<'a> {
    bytes: &'a [u8],
    sixteen: u128,
}

/// By length: which of sixteen bytes a short word has, and where its length stands. A table, since shifting a number of
/// sixteen bytes takes longer than looking it up.
const FIRST: [(u128, Word); 16] = {
    let (mut first, mut n) = ([(0, 0); 16], 0);
    while n < 16 {
        first[n] = ((1 << (8 * n)) - 1, (n as Word) << 120);
        n += 1;
    }
    first
};

impl Field<'_> {
    /// As a number of its own, if it is short.
    #[inline]
    fn word(&self) -> Option<Word> {
        let n = self.bytes.len();
        let (lowest, length) = FIRST.get(n)?;
        Some(self.sixteen & lowest | length)
    }
}

impl<'a> Lines<'a> {
    #[inline]
    fn row(&mut self, tables: &mut Tables, devices: &mut Words, keys: &mut Words) -> Option<Row> {
        let ts = self.whole();
        let device = devices.number(&self.field(), &mut tables.devices);
        let class = self.field().word();
        let class = CLASSES.iter().position(|c| class == Some(*c))?;
        let key = keys.number(&self.field(), &mut tables.keys);
        let value = self.decimal();
        self.at += 1;
        Some(Row { ts, device, key, value, class: class as u8, community: (self.whole() - 1) as u8 })
    }

    #[inline]
    fn eight(&self, at: usize) -> u64 {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |b| u64::from_le_bytes(*b))
    }
    /// Twice eight, asked for once: most fields end in the first eight, and nearly all in the second.
    #[inline]
    fn two_eights(&self) -> [u64; 2] {
        let sixteen = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<16>);
        let sixteen = sixteen.map_or(0, |b| u128::from_le_bytes(*b));
        [sixteen as u64, (sixteen >> 64) as u64]
    }

    /// Up to the next comma.
    #[inline]
    fn field(&mut self) -> Field<'a> {
        let from = self.at;
        let [first, second] = self.two_eights();
        let end = match (comma_in(first), comma_in(second)) {
            (Some(n), _) => from + n,
            (None, Some(n)) => from + 8 + n,
            (None, None) => self.end_behind(from + 16),
        };
        self.at = end + 1;
        let sixteen = u128::from(first) | u128::from(second) << 64;
        Field { bytes: self.bytes.get(from..end).unwrap_or_default(), sixteen }
    }
    /// The next comma from `from` on; the end where there is none.
    #[cold]
    fn end_behind(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + memchr::memchr(b',', rest).unwrap_or(rest.len())
    }

    /// Digits, and what ends them.
    #[inline]
    fn whole(&mut self) -> i64 {
        let [first, second] = self.two_eights();
        let (mut digits, value) = digits_of(first);
        let mut n = value as i64;
        self.at += digits;
        let mut next = second;
        while digits == 8 {
            let value;
            (digits, value) = digits_of(next);
            n = n * TENS[digits] + value as i64;
            self.at += digits;
            next = self.eight(self.at);
        }
        self.at += 1;
        n
    }

    /// `-1.250`: the nearest number, since both parts are whole and small.
    #[inline]
    fn decimal(&mut self) -> f64 {
        let negative = self.bytes.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let mut n = self.whole();
        let mut scale = 1;
        if self.bytes.get(self.at - 1) == Some(&b'.') {
            let (places, value) = digits_of(self.eight(self.at));
            (n, scale) = (n * TENS[places] + value as i64, TENS[places]);
            self.at += places + 1;
        }
        let n = n as f64 / scale as f64;
        if negative { -n } else { n }
    }
}

/// The place of the first comma.
#[inline]
fn comma_in(eight: u64) -> Option<usize> {
    let commas = eight ^ (ONES * u64::from(b','));
    // The lowest byte that is zero, exactly; those above may be wrong.
    let found = commas.wrapping_sub(ONES) & !commas & HIGHS;
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

const TENS: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// How many of eight bytes, from the first, are digits, and what number they write.
#[inline]
fn digits_of(eight: u64) -> (usize, u64) {
    let digits = eight ^ (ONES * u64::from(b'0'));
    let others = (digits.wrapping_add(ONES * 6) | digits) & (ONES * 0xf0);
    let n = others.trailing_zeros() as usize / 8;
    if n == 0 {
        return (0, 0);
    }
    // Missing ones in front are zeros; then two, four, eight digits at a time.
    let all = digits << (64 - 8 * n);
    let twos = (all.wrapping_mul(10) + (all >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100) + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    (n, (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff)
}

/// What the binary file's numbers stand for.
pub fn tables(prefix: &str) -> Result<Tables> {
    let file = format!("{prefix}.dict");
    let text = fs::read_to_string(&file).with_context(|| file.clone())?;
    Ok(Tables { devices: Vec::new(), keys: text.lines().map(str::to_owned).collect() })
}

/// The rows of the binary file, in its order.
pub fn each_bin(prefix: &str, mut f: impl FnMut(&[Row]) -> Result<()>) -> Result<()> {
    let file = format!("{prefix}.bin");
    let mut open = File::open(&file).with_context(|| file.clone())?;
    let (mut block, mut rows) = (vec![0u8; 24 * 4096], Vec::new());
    loop {
        let mut full = 0;
        while full < block.len() {
            match open.read(&mut block[full..])? {
                0 => break,
                n => full += n,
            }
        }
        if full == 0 {
            return Ok(());
        }
        rows.clear();
        rows.extend(block[..full].chunks_exact(24).map(record));
        f(&rows)?;
    }
}

/// i64 ts, u32 device, u32 key, f32 value, u8 class, u8 community, 2 bytes more.
#[inline]
fn record(b: &[u8]) -> Row {
    let four = |at: usize| [b[at], b[at + 1], b[at + 2], b[at + 3]];
    let value = f64::from(f32::from_le_bytes(four(16)));
    Row {
        ts: i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
        device: u32::from_le_bytes(four(8)),
        key: u32::from_le_bytes(four(12)),
        // Values are thousandths.
        value: (value * 1000.0).round() / 1000.0,
        class: b[20],
        community: b[21],
    }
}

pub fn load(prefix: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    each_bin(prefix, |more| {
        rows.extend_from_slice(more);
        Ok(())
    })?;
    Ok(rows)
}
