//! The workload's files: `PREFIX.csv`, `PREFIX.bin` with `PREFIX.dict`, and `PREFIX.caps.csv`.

use anyhow::{Context, Result, anyhow, bail};
use std::{
    collections::HashMap,
    fs::{self, File},
    hash::{BuildHasherDefault, Hasher},
    io::Read,
};

const BLOCK_BYTES: usize = 1 << 18;

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
#[derive(Default)]
struct Words {
    short: HashMap<u128, u32, BuildHasherDefault<Mixed>>,
    long: HashMap<Box<[u8]>, u32>,
}

impl Words {
    #[inline]
    fn number(&mut self, word: &[u8], names: &mut Vec<String>) -> u32 {
        let next = names.len() as u32;
        let n = if word.len() < 16 {
            let mut bytes = [0u8; 16];
            bytes[..word.len()].copy_from_slice(word);
            bytes[15] = word.len() as u8;
            *self.short.entry(u128::from_le_bytes(bytes)).or_insert(next)
        } else if let Some(n) = self.long.get(word) {
            *n
        } else {
            *self.long.entry(word.into()).or_insert(next)
        };
        if n == next {
            names.push(String::from_utf8_lossy(word).into_owned());
        }
        n
    }
}

/// A hash for numbers.
#[derive(Default, Clone)]
struct Mixed(u64);
impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }
    #[inline]
    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(5) ^ x).wrapping_mul(0xf135_7aea_2e62_a9c5);
    }
    #[inline]
    fn write_u128(&mut self, x: u128) {
        self.write_u64(x as u64);
        self.write_u64((x >> 64) as u64);
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
pub fn each_csv(prefix: &str, mut f: impl FnMut(&Tables, Row) -> Result<()>) -> Result<()> {
    let file = format!("{prefix}.csv");
    let mut open = File::open(&file).with_context(|| file.clone())?;
    let (mut tables, mut devices, mut keys) = (Tables::default(), Words::default(), Words::default());
    let (mut block, mut full, mut first) = (vec![0u8; BLOCK_BYTES], 0, true);
    loop {
        let read = open.read(&mut block[full..])?;
        full += read;
        let mut rest = &block[..full];
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let line = Line { bytes: &rest[..end], at: 0 };
            rest = &rest[end + 1..];
            if !std::mem::take(&mut first) {
                let row = row(line, &mut tables, &mut devices, &mut keys).with_context(|| file.clone())?;
                f(&tables, row)?;
            }
        }
        let left = rest.len();
        if read == 0 {
            return if left == 0 { Ok(()) } else { Err(anyhow!("{file}: its last line does not end")) };
        }
        // A line may be cut by the end of the block.
        block.copy_within(full - left..full, 0);
        full = left;
    }
}

fn row(mut line: Line<'_>, tables: &mut Tables, devices: &mut Words, keys: &mut Words) -> Result<Row> {
    let ts = line.whole();
    let device = devices.number(line.field(), &mut tables.devices);
    let class = match line.field() {
        b"door" => 0,
        b"gate" => 1,
        b"pressure" => 2,
        b"smoke" => 3,
        b"garage" => 4,
        b"temp" => 5,
        _ => bail!("no such class in {}", String::from_utf8_lossy(line.bytes)),
    };
    let key = keys.number(line.field(), &mut tables.keys);
    let value = line.decimal();
    line.at += 1;
    Ok(Row { ts, device, key, value, class, community: (line.whole() - 1) as u8 })
}

/// A line that is read from left to right.
struct Line<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Line<'a> {
    #[inline]
    fn field(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|c| *c == b',').unwrap_or(rest.len());
        self.at += end + 1;
        &rest[..end]
    }
    #[inline]
    fn whole(&mut self) -> i64 {
        let mut n = 0;
        while let Some(c @ b'0'..=b'9') = self.bytes.get(self.at) {
            n = n * 10 + i64::from(c - b'0');
            self.at += 1;
        }
        self.at += 1;
        n
    }
    /// `-1.250`: the nearest number, since both parts are whole and small.
    #[inline]
    fn decimal(&mut self) -> f64 {
        const SCALES: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
        let (mut n, mut places, mut dot, mut sign) = (0i64, 0, 0, 1.0);
        while let Some(c) = self.bytes.get(self.at) {
            self.at += 1;
            match c {
                b'0'..=b'9' => {
                    n = n * 10 + i64::from(c - b'0');
                    places += dot;
                }
                b'.' => dot = 1,
                b'-' => sign = -1.0,
                _ => break,
            }
        }
        sign * n as f64 / SCALES.get(places).copied().unwrap_or(f64::NAN)
    }
}

/// What the binary file's numbers stand for.
pub fn tables(prefix: &str) -> Result<Tables> {
    let file = format!("{prefix}.dict");
    let text = fs::read_to_string(&file).with_context(|| file.clone())?;
    Ok(Tables { devices: Vec::new(), keys: text.lines().map(str::to_owned).collect() })
}

/// The rows of the binary file, in its order.
pub fn each_bin(prefix: &str, mut f: impl FnMut(Row) -> Result<()>) -> Result<()> {
    let file = format!("{prefix}.bin");
    let mut open = File::open(&file).with_context(|| file.clone())?;
    let mut block = vec![0u8; 24 * 8192];
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
        block[..full].chunks_exact(24).map(record).try_for_each(&mut f)?;
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
    each_bin(prefix, |r| {
        rows.push(r);
        Ok(())
    })?;
    Ok(rows)
}
