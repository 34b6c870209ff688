//! Where a part lies and what its name says.

use linli_history::PositionRange;
use linli_model::{AreaId, LocalDay};
use object_store::path::Path;

/// One residential area's local day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Folder {
    pub(crate) area: AreaId,
    pub(crate) day: LocalDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) range: PositionRange,
    pub(crate) bytes: u64,
}

/// Area codes are letters, digits and `-`; anything else is written `.xx` per byte.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => out.push(char::from(byte)),
            _ => out.push_str(&format!(".{byte:02x}")),
        }
    }
    out
}

pub(crate) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = vec![];
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'.' {
            let hex = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

pub(crate) fn folder_name(folder: &Folder) -> String {
    format!("area={}/day={}", escaped(folder.area.as_str()), folder.day)
}

pub(crate) fn location(folder: &Folder, range: PositionRange) -> Path {
    Path::from(format!("{}/part-{:012}-{:012}.parquet", folder_name(folder), range.from, range.to))
}

/// None for whatever is not one of our parts; it is left alone.
pub(crate) fn parse(location: &Path) -> Option<(Folder, PositionRange)> {
    let mut segments = location.as_ref().split('/');
    let area = AreaId(unescaped(segments.next()?.strip_prefix("area=")?)?);
    let day = segments.next()?.strip_prefix("day=")?.parse().ok()?;
    let (from, to) = segments.next()?.strip_prefix("part-")?.strip_suffix(".parquet")?.split_once('-')?;
    let range = PositionRange { from: from.parse().ok()?, to: to.parse().ok()? };
    segments.next().is_none().then_some((Folder { area, day }, range))
}

/// The parts that share a position with `range`, or with one that does, and the range of them all.
pub(crate) fn closure(range: PositionRange, parts: &[Part]) -> (PositionRange, Vec<Part>) {
    let mut joined = range;
    loop {
        let met: Vec<_> = parts.iter().filter(|p| p.range.meets(joined)).copied().collect();
        let wider = met.iter().fold(joined, |all, p| all.joined(p.range));
        if wider == joined {
            return (joined, met);
        }
        joined = wider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_reads_back_to_its_folder_and_range() {
        for area in ["310104011012", "310104011-G2", "田林/十二村 ~1.=x"] {
            let folder = Folder { area: AreaId::new(area), day: "2026-11-23".parse().unwrap() };
            let range = PositionRange { from: 1, to: 9_999_999_999_999 };
            assert_eq!(parse(&location(&folder, range)), Some((folder, range)));
        }
    }

    #[test]
    fn a_file_of_someone_else_is_no_part() {
        for path in ["readme.md", "area=a/day=2026-11-23/notes.parquet", "area=a/day=today/part-1-2.parquet"]
        {
            assert_eq!(parse(&Path::from(path)), None, "{path}");
        }
    }

    #[test]
    fn the_closure_follows_overlaps_to_their_end() {
        let part = |from, to| Part { range: PositionRange { from, to }, bytes: 0 };
        let parts = [part(1, 4), part(5, 9), part(10, 20), part(30, 40)];
        let (range, met) = closure(PositionRange { from: 4, to: 6 }, &parts);
        assert_eq!((range, met.len()), (PositionRange { from: 1, to: 9 }, 2));
    }
}
