//! The workload's files: `PREFIX.csv`, `PREFIX.bin` with `PREFIX.dict`, and `PREFIX.caps.csv`.

use anyhow::{Context, Result, bail};
use std::{
    collections::HashMap,
    fs::{self, File},
    hash::{BuildHasherDefault, Hasher},
    io::{BufRead, BufReader, Read},
};

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

/// The same words come again and again.
#[derive(Default)]
struct Words {
    numbers: HashMap<Box<[u8]>, u32, BuildHasherDefault<Short>>,
}

impl Words {
    #[inline]
    fn number(&mut self, word: &[u8], names: &mut Vec<String>) -> u32 {
        if let Some(n) = self.numbers.get(word) {
            return *n;
        }
        let n = names.len() as u32;
        names.push(String::from_utf8_lossy(word).into_owned());
        self.numbers.insert(word.into(), n);
        n
    }
}

/// A hash for words of a few bytes.
#[derive(Default, Clone)]
struct Short(u64);
impl Hasher for Short {
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    #[inline]
    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(5) ^ x).wrapping_mul(0xf135_7aea_2e62_a9c5);
    }
    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }
    fn write_u8(&mut self, x: u8) {
        self.write_u64(u64::from(x));
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

/// The rows of the CSV file, in its order, without holding more than a line.
pub fn each_csv(prefix: &str, mut f: impl FnMut(&Tables, Row)) -> Result<()> {
    let file = format!("{prefix}.csv");
    let mut reader = BufReader::with_capacity(1 << 18, File::open(&file).with_context(|| file.clone())?);
    let (mut tables, mut devices, mut keys) = (Tables::default(), Words::default(), Words::default());
    let mut line = Vec::with_capacity(256);
    reader.read_until(b'\n', &mut line)?;
    line.clear();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let mut fields = line.trim_ascii_end().split(|c| *c == b',');
        let mut next = || fields.next().unwrap_or_default();
        let (ts, device, class, key, value, community) = (next(), next(), next(), next(), next(), next());
        let class = match class {
            b"door" => 0,
            b"gate" => 1,
            b"pressure" => 2,
            b"smoke" => 3,
            b"garage" => 4,
            b"temp" => 5,
            _ => bail!("{file}: no such class in {}", String::from_utf8_lossy(&line)),
        };
        let row = Row {
            ts: whole(ts),
            device: devices.number(device, &mut tables.devices),
            key: keys.number(key, &mut tables.keys),
            value: decimal(value),
            class,
            community: (whole(community.get(1..).unwrap_or_default()) - 1) as u8,
        };
        f(&tables, row);
        line.clear();
    }
    Ok(())
}

fn whole(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |n, c| n * 10 + i64::from(c.wrapping_sub(b'0')))
}

/// `-1.250`: the nearest number, since both parts are whole and small.
fn decimal(text: &[u8]) -> f64 {
    let (mut n, mut scale, mut dot, mut sign) = (0i64, 1i64, false, 1.0);
    for c in text {
        match c {
            b'-' => sign = -1.0,
            b'.' => dot = true,
            c => {
                n = n * 10 + i64::from(c.wrapping_sub(b'0'));
                scale *= if dot { 10 } else { 1 };
            }
        }
    }
    sign * n as f64 / scale as f64
}

/// What the binary file's numbers stand for.
pub fn tables(prefix: &str) -> Result<Tables> {
    let file = format!("{prefix}.dict");
    let text = fs::read_to_string(&file).with_context(|| file.clone())?;
    Ok(Tables { devices: Vec::new(), keys: text.lines().map(str::to_owned).collect() })
}

/// The rows of the binary file, in its order.
pub fn each_bin(prefix: &str, mut f: impl FnMut(Row)) -> Result<()> {
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
        block[..full].chunks_exact(24).map(record).for_each(&mut f);
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
    each_bin(prefix, |r| rows.push(r))?;
    Ok(rows)
}
