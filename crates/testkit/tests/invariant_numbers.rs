//! An invariant's number is its name: a test that says `AB1` means one sentence of one module's header, in all of the workspace.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("corpus") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The number at the beginning of a header's item: `//! - AB1 What always holds.`
fn defined(line: &str) -> Option<&str> {
    let item = line.trim_start().strip_prefix("//! - ")?;
    let word = item.split(' ').next()?.trim_matches('*');
    let letters = word.chars().take_while(char::is_ascii_uppercase).count();
    let digits = &word[letters..];
    let is_number =
        (1..=3).contains(&letters) && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    is_number.then_some(word)
}

/// By number, the files that define it.
fn by_number() -> BTreeMap<String, Vec<String>> {
    let root = root();
    let mut files = Vec::new();
    for folder in ["crates", "fuzz", "benches"] {
        sources(&root.join(folder), &mut files);
    }
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let at = file.strip_prefix(&root).unwrap().display().to_string();
        for number in text.lines().filter_map(defined) {
            found.entry(number.to_owned()).or_default().push(at.clone());
        }
    }
    found
}

#[test]
fn a_header_s_item_begins_with_its_number() {
    for (line, want) in [
        ("//! - AB1 Holds.", Some("AB1")),
        ("    //! - ABC12 Holds.", Some("ABC12")),
        ("//! - AB1", Some("AB1")),
        ("//! - AB Holds.", None),
        ("//! - A list's item", None),
        ("// - AB1 Holds.", None),
        ("/// AB1", None),
    ] {
        assert_eq!(defined(line), want, "{line}");
    }
}

#[test]
fn no_number_of_an_invariant_is_given_twice_in_the_workspace() {
    let found = by_number();
    assert!(found.len() > 300, "only {} are found: the headers are written otherwise now", found.len());
    let twice: Vec<_> = found.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

/// The last digit of a family is as many as there are: one that went leaves no hole that a test still names.
#[test]
fn the_numbers_of_a_family_run_from_one() {
    let mut families: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for number in by_number().into_keys() {
        let letters = number.trim_end_matches(|c: char| c.is_ascii_digit());
        families.entry(letters.to_owned()).or_default().push(number[letters.len()..].parse().unwrap());
    }
    let holes: Vec<_> = families
        .into_iter()
        .filter_map(|(family, mut numbers)| {
            numbers.sort_unstable();
            let whole: Vec<u32> = (1..=numbers.len() as u32).collect();
            (numbers != whole).then(|| format!("{family}: {numbers:?}"))
        })
        .collect();
    assert_eq!(holes, Vec::<String>::new());
}
