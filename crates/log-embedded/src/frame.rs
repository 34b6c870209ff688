//! How entries are written: one frame per sync.
//!
//! Frame: `LLF1`, payload length u32, first position u64, entry count u32, CRC-32 u32, payload; all little-endian.
//! Payload: per entry its length u32, a version byte, postcard. The CRC covers the segment's salt, the
//! three numbers and the payload.
//!
//! Invariants
//! - FR1 A frame whose checksum holds was written whole by us, in this segment.
//! - FR2 An entry of a newer version is refused by name, never guessed at.
//! - FR3 An entry is written in the oldest version that knows its kind, so an older program reads what it knows and refuses
//!   the rest by FR2.

use crate::files::File;
use linli_log::{ENTRY_BYTES_MAX, fault};
use linli_model::{Fault, LogEntry, Position, RegistryChange, RegistryEntry, Term};
use std::io;

pub(crate) const MAGIC: [u8; 4] = *b"LLF1";
pub(crate) const HEADER_BYTES: usize = 24;
/// The largest payload: what one call may append.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The newest version of [`LogEntry`]'s written form that is read. Postcard has no field names: any change of shape is a
/// new version, and so is a new kind of change, which an older program could not tell from a damaged one.
const ENTRY_VERSION: u8 = 4;
/// How much is read from the file at once, in bytes.
const CHUNK_BYTES: u64 = 256 * 1024;

/// The entries of one call, ready for a frame.
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u32,
}

pub(crate) fn encode_entries(entries: &[LogEntry]) -> Result<Encoded, Fault> {
    let mut bytes = Vec::with_capacity(256);
    for entry in entries {
        let at = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
        bytes.push(version_of(entry));
        bytes = postcard::to_extend(entry, bytes)
            .map_err(|e| Fault::lasting("a log entry has no written form").because(e))?;
        let len = bytes.len() - at - 4;
        if len > ENTRY_BYTES_MAX {
            return Err(fault::entry_too_large(len, ENTRY_BYTES_MAX));
        }
        bytes[at..at + 4].copy_from_slice(&(len as u32).to_le_bytes());
    }
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(fault::entry_too_large(bytes.len(), PAYLOAD_BYTES_MAX));
    }
    Ok(Encoded { bytes, count: entries.len() as u32 })
}

/// The oldest version that knows an entry's kind (FR3). A new kind finds its place here when it is compiled.
fn version_of(entry: &LogEntry) -> u8 {
    let LogEntry::Registry(RegistryEntry { change, .. }) = entry else { return 1 };
    match change {
        RegistryChange::DeviceSet(_)
        | RegistryChange::DeviceRetired(_)
        | RegistryChange::MemberJoined { .. }
        | RegistryChange::MemberLeft { .. }
        | RegistryChange::AwaySet { .. }
        | RegistryChange::AwayEnded { .. }
        | RegistryChange::RuleSet { .. }
        | RegistryChange::RuleRemoved { .. }
        | RegistryChange::OverrideSet { .. }
        | RegistryChange::OverrideRemoved { .. } => 1,
        RegistryChange::TermSet {
            term: Term::Hours(_) | Term::Only { .. } | Term::Exempt { .. } | Term::Severity(_),
            ..
        }
        | RegistryChange::TermRemoved { .. }
        | RegistryChange::DeviceLearned { .. }
        | RegistryChange::AreaRuleSet { .. }
        | RegistryChange::AreaRuleRemoved { .. } => 2,
        RegistryChange::RuleSuspension { .. } => 3,
        RegistryChange::OverridesNoted { .. } => 4,
    }
}

/// Writes the frame of `calls` into `frame`, which is emptied first.
pub(crate) fn fill<'a>(
    frame: &mut Vec<u8>,
    salt: u64,
    first: Position,
    calls: impl Iterator<Item = &'a Encoded>,
) {
    frame.clear();
    frame.extend_from_slice(&[0; HEADER_BYTES]);
    let mut count = 0;
    for call in calls {
        frame.extend_from_slice(&call.bytes);
        count += call.count;
    }
    let payload_len = (frame.len() - HEADER_BYTES) as u32;
    frame[0..4].copy_from_slice(&MAGIC);
    frame[4..8].copy_from_slice(&payload_len.to_le_bytes());
    frame[8..16].copy_from_slice(&first.to_le_bytes());
    frame[16..20].copy_from_slice(&count.to_le_bytes());
    let crc = checksum(salt, &frame[4..20], &frame[HEADER_BYTES..]);
    frame[20..24].copy_from_slice(&crc.to_le_bytes());
}

fn checksum(salt: u64, numbers: &[u8], payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&salt.to_le_bytes());
    crc.update(numbers);
    crc.update(payload);
    crc.finalize()
}

/// A frame as found in a file.
pub(crate) struct Frame<'a> {
    pub(crate) first: Position,
    pub(crate) count: u32,
    pub(crate) payload: &'a [u8],
    /// Where the next one starts.
    pub(crate) next: u64,
}

impl Frame<'_> {
    pub(crate) fn last(&self) -> Position {
        self.first + Position::from(self.count) - 1
    }

    /// Decodes the entries at `from` to `to`, at most `entries_max` in all of `found`.
    pub(crate) fn decode(
        &self,
        from: Position,
        to: Position,
        entries_max: usize,
        found: &mut Vec<(Position, LogEntry)>,
    ) -> Result<(), Fault> {
        let mut rest = self.payload;
        for position in self.first..=self.last() {
            let (len, after) =
                rest.split_first_chunk::<4>().ok_or_else(|| broken_entry(position, "cut short"))?;
            let len = u32::from_le_bytes(*len) as usize;
            let (entry, after) =
                after.split_at_checked(len).ok_or_else(|| broken_entry(position, "cut short"))?;
            rest = after;
            if position > to || found.len() >= entries_max {
                break;
            }
            if position >= from {
                found.push((position, decode_entry(position, entry)?));
            }
        }
        Ok(())
    }
}

fn decode_entry(position: Position, entry: &[u8]) -> Result<LogEntry, Fault> {
    decode_as_of(ENTRY_VERSION, position, entry)
}

/// As a program reads it whose newest version is this.
fn decode_as_of(newest: u8, position: Position, entry: &[u8]) -> Result<LogEntry, Fault> {
    match entry.split_first() {
        Some((version, bytes)) if (1..=newest).contains(version) => {
            postcard::from_bytes(bytes).map_err(|e| broken_entry(position, e))
        }
        Some((version, _)) => Err(newer_format(format!("log entry {position} has version {version}"))),
        None => Err(broken_entry(position, "empty")),
    }
}

fn broken_entry(position: Position, why: impl std::fmt::Display) -> Fault {
    Fault::lasting(format!("log entry {position} cannot be read: {why}")).saying(
        "log_damaged",
        format!("日志第 {position} 条无法读取,数据可能已损坏。请从备份恢复。"),
        format!("The log entry at position {position} cannot be read; the data may be damaged. Restore from a backup."),
    )
}

pub(crate) fn newer_format(what: String) -> Fault {
    Fault::lasting(format!("{what}, newer than this program knows")).saying(
        "log_newer_format",
        "日志由更新版本的程序写入,本版本不能打开。请使用新版本程序。",
        "The log was written by a newer version of this program, which this one cannot open. Use the newer version.",
    )
}

/// Reads frames of a file one after the other, in chunks.
pub(crate) struct FrameReader<'a> {
    file: &'a dyn File,
    salt: u64,
    end: u64,
    chunk: Vec<u8>,
    chunk_at: u64,
}

impl<'a> FrameReader<'a> {
    /// Reads up to the offset `end`.
    pub(crate) fn over(file: &'a dyn File, salt: u64, end: u64) -> Self {
        FrameReader { file, salt, end, chunk: vec![], chunk_at: 0 }
    }

    /// The whole frame at this offset; None where there is no frame, a torn or a damaged one.
    pub(crate) fn find(&mut self, at: u64) -> io::Result<Option<Frame<'_>>> {
        let Some(header) = self.bytes(at, HEADER_BYTES as u64)? else { return Ok(None) };
        let number = |from: usize| u32::from_le_bytes(header[from..from + 4].try_into().unwrap_or_default());
        let (len, count, crc) = (number(4), number(16), number(20));
        let first = Position::from_le_bytes(header[8..16].try_into().unwrap_or_default());
        if header[..4] != MAGIC || len as usize > PAYLOAD_BYTES_MAX || count == 0 || first == 0 {
            return Ok(None);
        }
        let salt = self.salt;
        let whole = HEADER_BYTES as u64 + u64::from(len);
        let Some(bytes) = self.bytes(at, whole)? else { return Ok(None) };
        let payload = &bytes[HEADER_BYTES..];
        if checksum(salt, &bytes[4..20], payload) != crc {
            return Ok(None);
        }
        Ok(Some(Frame { first, count, payload, next: at + whole }))
    }

    fn bytes(&mut self, at: u64, len: u64) -> io::Result<Option<&[u8]>> {
        if at.checked_add(len).is_none_or(|to| to > self.end) {
            return Ok(None);
        }
        let chunk_end = self.chunk_at + self.chunk.len() as u64;
        if at < self.chunk_at || at + len > chunk_end {
            let take = len.max(CHUNK_BYTES).min(self.end - at);
            self.chunk.resize(take as usize, 0);
            self.chunk_at = at;
            self.file.read_at(&mut self.chunk, at)?;
        }
        let from = (at - self.chunk_at) as usize;
        Ok(Some(&self.chunk[from..from + len as usize]))
    }

    /// Where a whole frame starts after `at`, if one does.
    pub(crate) fn find_later(&mut self, at: u64) -> io::Result<Option<u64>> {
        for offset in at + 1..self.end.saturating_sub(HEADER_BYTES as u64 - 1) {
            let magic = self.bytes(offset, 4)?.is_some_and(|b| b == MAGIC);
            if magic && self.find(offset)?.is_some() {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::{AreaId, AreaPath};
    use linli_model::{
        Device, DeviceClass, DeviceId, DeviceState, Hand, IdSeed, Instant, Measure, Severity, SourceId,
        Subject, SubjectKind, SuspensionStep,
    };

    fn device_set() -> LogEntry {
        let area = AreaId::new("a");
        LogEntry::Registry(RegistryEntry {
            seq: 7,
            effective_at: Instant(1_000),
            change: RegistryChange::DeviceSet(Device {
                id: DeviceId::new("d"),
                class: DeviceClass::Smoke,
                name: "n".into(),
                area_path: AreaPath::root(&area),
                area,
                source: SourceId::new("s"),
                subject: Some(Subject::new(SubjectKind::Dwelling, "x")),
                measures: vec![Measure::new("smoke")],
                silence_secs_max: Some(60),
                capacity: None,
                lon: Some(1.0),
                lat: None,
                purpose: "p".into(),
                state: DeviceState::Active,
                valid_from: Instant(-1),
            }),
        })
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Old logs hold these bytes. Whoever changes the shape of an entry raises ENTRY_VERSION, keeps a reader
    /// for the old version, and adds the new bytes here. (Until the first release the bytes may simply be renewed.)
    #[test]
    fn the_written_form_of_entries_has_not_changed_under_its_version() {
        let written = |entry: LogEntry| hex(&encode_entries(&[entry]).unwrap().bytes);
        assert_eq!(written(LogEntry::Tick { at: Instant(1) }), "03000000010202");
        assert_eq!(written(linli_log::contract::batch(1, 1)), BATCH);
        assert_eq!(written(device_set()), DEVICE_SET);
    }

    const BATCH: &str = "7a000000010008636f6e74726163748290daf6c068010472312d30056465762d30d09fdaf6c0680c70726573737572655f6d706100\
        9a9999999999b93f010b6477656c6c696e673a64300101067b226964223a00096d616c666f726d656407726f77735b315d0101\
        0609e4b88de5ae8ce695b4096375742073686f727400";
    const DEVICE_SET: &str = "36000000010107d00f00016403016e016102612f0173010a6477656c6c696e673a780105736d6f6b65013c\
        0001000000000000f03f0001700001";

    #[test]
    fn an_entry_of_a_newer_version_is_refused() {
        assert_eq!(decode_entry(3, &[ENTRY_VERSION + 1, 0]).unwrap_err().code(), "log_newer_format");
        assert_eq!(decode_entry(3, &[]).unwrap_err().code(), "log_damaged");
    }

    /// With the version of entries that each came with.
    fn newer_kinds() -> Vec<(u8, RegistryChange)> {
        let (area, rule) = (AreaId::new("a"), "r".to_owned());
        let area_path = AreaPath::root(&area);
        let term = Term::Severity(Severity::Urgent);
        let suspended = SuspensionStep::Suspended { n: 20, confirmed: 3, upper_permille: 250, told: vec![] };
        let third = RegistryChange::RuleSuspension { rule: rule.clone(), version: 1, step: suspended };
        let fourth = RegistryChange::OverridesNoted {
            rule: rule.clone(),
            area: area.clone(),
            area_path: area_path.clone(),
            by: Hand { user: IdSeed::of_name("frame").id("user"), name: "n".to_owned() },
            reason: String::new(),
            back_to: Some(0),
        };
        let second = [
            RegistryChange::TermRemoved { rule: rule.clone(), area: area.clone(), key: term.key() },
            RegistryChange::TermSet {
                rule: rule.clone(),
                area: area.clone(),
                area_path: area_path.clone(),
                term,
                set_by: String::new(),
            },
            RegistryChange::DeviceLearned {
                device: DeviceId::new("d"),
                clock_offset_ms: Some(-1),
                silence_secs: None,
            },
            RegistryChange::AreaRuleSet {
                area: area.clone(),
                area_path: area_path.clone(),
                rule: rule.clone(),
                version: 1,
                text: String::new(),
                shadow: true,
                set_by: String::new(),
            },
            RegistryChange::AreaRuleRemoved { area, area_path, rule, shadow: false },
        ];
        second.map(|change| (2, change)).into_iter().chain([(3, third), (4, fourth)]).collect()
    }

    /// FR3: what a program of the first version makes of a log that a newer one has written.
    #[test]
    fn an_older_program_reads_what_it_knows_and_refuses_newer_kinds_by_name() {
        let of = |entry: LogEntry| encode_entries(&[entry]).unwrap().bytes.split_off(4);
        for known in [LogEntry::Tick { at: Instant(1) }, device_set(), linli_log::contract::batch(1, 1)] {
            let bytes = of(known.clone());
            assert_eq!(decode_as_of(1, 3, &bytes).unwrap(), known);
        }
        for (since, change) in newer_kinds() {
            let newer = LogEntry::Registry(RegistryEntry { seq: 1, effective_at: Instant(1), change });
            let bytes = of(newer.clone());
            for older in 1..since {
                let refused = decode_as_of(older, 3, &bytes).unwrap_err();
                assert_eq!(refused.code(), "log_newer_format", "{newer:?} by a program of version {older}");
            }
            assert_eq!(decode_as_of(since, 3, &bytes).unwrap(), newer);
            assert_eq!(decode_entry(3, &bytes).unwrap(), newer);
            // As it was written before it had a version of its own.
            let old = [&[1], &bytes[1..]].concat();
            assert_eq!(decode_entry(3, &old).unwrap(), newer);
        }
    }

    #[test]
    fn a_call_that_is_too_large_is_refused_alone() {
        let mut entry = linli_log::contract::batch(1, 1);
        if let LogEntry::Readings(batch) = &mut entry {
            batch.quarantined[0].raw = "x".repeat(ENTRY_BYTES_MAX);
        }
        assert_eq!(encode_entries(&[entry]).map(drop).unwrap_err().code(), "log_entry_too_large");
    }
}
