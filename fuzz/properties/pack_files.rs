//! Any set of files is read as a pack or refused; a pack that was read is checked, all its traces run, in little time.
//!
//! A line `=== NAME` begins a file.

use crate::{shipped::catalogue, told};

pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = files(text);
    let read = linli_pack::from_files(files.iter().map(|(n, t)| (*n, t.as_str())), catalogue());
    match read {
        Ok(pack) => match linli_pack::check(&pack) {
            Ok(done) => assert_eq!(done.rules, pack.rules.len()),
            Err(wrong) => refused(&wrong),
        },
        Err(wrong) => refused(&wrong),
    }
}

fn refused(wrong: &[linli_model::Diagnostic]) {
    assert!(!wrong.is_empty(), "refused without a reason");
    told::check(wrong);
}

fn files(text: &str) -> Vec<(&str, String)> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("=== "), files.last_mut()) {
            (Some(name), _) => files.push((name.trim_end(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => {}
        }
    }
    files
}
